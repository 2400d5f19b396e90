"""Which kinds of addresses of a website give pages, and which give nothing (pure).

An address is of several kinds at once: of its host, its first directory, its own directory, the
shape of its path, the names at its end and beginning, those of its parameters. What was fetched
counts for or against each; so a website that grows addresses without end (`/alt/<code>.html`,
`/print/…`, `?view=…`, a hundred subdomains) is seen through after a few of them, whatever it calls
them.
"""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import urlsplit

from crawlers.language_codes import LANGUAGES

DOUBTFUL_AFTER = 2  # addresses of a kind that gave nothing, and none that gave something
HOPELESS_AFTER = 4
MAX_KINDS = 5000  # remembered for one website

_FIRST_WORD = re.compile(r"/([A-Za-z]{2,})[-_]")  # of what stands in no directory
# Behind the name of a page: no ending that all of a website's pages may have.
_VIEW_SUFFIX = re.compile(
    r"\.(?!(?:html?|php|aspx?|jsp|xhtml|shtml|cfm|cgi|pl|do|action|en|de|fr)/?$)([a-z]{2,12}(?:\.html?)?)/?$"
)
# Tried once for a row of letters, and not at each of them.
_TOKEN_WITH_DIGIT = re.compile(r"(?<![A-Za-z])[A-Za-z]*+\d[A-Za-z\d]*+")


class NoPage(StrEnum):
    """What an address gave that gave no page worth keeping; journals hold these names."""

    DEAD = "dead"
    REPEATED = "repeated"
    ALIAS = "alias"
    FILE = "file"
    MAZE = "maze"


# How much each speaks against addresses like its own: a dead link may be one of its own; a page
# that is there and says nothing new is how traps are made; one that names a known page as itself
# says so, and a file that is no page stands among files. Redirects without end cost as much as
# seven dead links, each time.
WEIGHTS = {
    NoPage.DEAD: 1.0,
    NoPage.REPEATED: 1.5,
    NoPage.ALIAS: 2.0,
    NoPage.FILE: 2.0,
    NoPage.MAZE: 3.0,
}
# How journals named them until November 2026.
_BY_NUMBER = {1.0: NoPage.DEAD, 1.5: NoPage.REPEATED, 2.0: NoPage.ALIAS, 2.01: NoPage.FILE}


def no_page_from_json(written: str | float) -> NoPage:
    """Return what an address gave as a journal holds it: by its name, or by its old number."""
    return NoPage(written) if isinstance(written, str) else _BY_NUMBER[written]


class AddressYields:
    """What came of the addresses of one website so far, by their kinds.

    Args:
        home: Host and port of the start page: that it stands there speaks against no address.
    """

    def __init__(self, home: str = "") -> None:
        self._home = home
        self._gave: dict[str, float] = {}
        self._failed: dict[str, float] = {}
        self._thin: dict[str, float] = {}

    def note(self, url: str, *, gave_a_page: bool, counts: NoPage = NoPage.DEAD) -> None:
        """Take down what came of an address.

        Args:
            url: In tidy form.
            gave_a_page: Whether it was one worth keeping.
            counts: What it gave instead, where it was not.
        """
        noted = self._gave if gave_a_page else self._failed
        weight = 1.0 if gave_a_page else WEIGHTS[counts]
        for kind in address_kinds(url, self._home):
            if kind in noted or len(noted) < MAX_KINDS:
                noted[kind] = noted.get(kind, 0.0) + weight

    def note_doubt(self, url: str) -> None:
        """Take down that an address gave next to nothing, or a fault that may pass."""
        for kind in address_kinds(url, self._home):
            if kind in self._thin or len(self._thin) < MAX_KINDS:
                self._thin[kind] = self._thin.get(kind, 0.0) + 1.0

    def is_doubtful(self, url: str) -> bool:
        """Tell whether other addresses should be tried first."""
        if self._failed and self._failures(url) >= DOUBTFUL_AFTER:
            return True
        thin, gave = self._thin, self._gave
        kinds = address_kinds(url, self._home) if thin else ()
        return any(thin.get(kind, 0.0) - gave.get(kind, 0.0) >= DOUBTFUL_AFTER for kind in kinds)

    def is_hopeless(self, url: str) -> bool:
        """Tell whether an address is not worth a request at all."""
        return bool(self._failed) and self._failures(url) >= HOPELESS_AFTER

    def has_given(self, url: str) -> bool:
        """Tell whether an address of one kind with this one, or the page above it, gave a page.

        Not of one kind by its host alone, which all are.
        """
        if any(kind in self._gave for kind in address_kinds(url, self._home) if "/" in kind):
            return True
        parts = urlsplit(url)
        above = parts.path.rstrip("/").rpartition("/")[0]
        return bool(above) and f"{parts.netloc}{shape_of(above)}" in self._gave

    def has_given_by_parameter(self, url: str) -> bool:
        """Tell whether a page was had by one of an address's parameters."""
        parts = urlsplit(url)
        names = (pair.partition("=")[0] for pair in parts.query.split("&"))
        return any(f"{parts.netloc}?{name}" in self._gave for name in names)

    def _failures(self, url: str) -> float:
        """Return how often an address of the worst kind failed beyond twice the pages it gave."""
        kinds = address_kinds(url, self._home)
        failed, gave = self._failed, self._gave
        return max((failed.get(kind, 0.0) - 2 * gave.get(kind, 0.0) for kind in kinds), default=0.0)


def address_kinds(url: str, home: str = "") -> list[str]:
    """Return the kinds of addresses that an address is one of.

    Args:
        url: In tidy form.
        home: Host and port that are no kind of their own.
    """
    parts = urlsplit(url)
    host, path = parts.netloc, parts.path
    directory = path.rpartition("/")[0]
    kinds = [] if host == home else [host]
    if directory:
        first = path.split("/", 2)[1]
        kinds += [f"{host}/{shape_of(first)}/*", f"{host}{shape_of(directory)}/*"]
        if first in LANGUAGES:  # `/en/about`, `/fr/about`
            kinds.append(f"{host}/<language>/*")
        last = path.rstrip("/").rpartition("/")[2].partition(".")[0]
        if last.replace("-", "").isalpha():  # `/about/amp/`, `/prices/text-only.html`
            kinds.append(f"{host}/*/{last}")
    elif named := _FIRST_WORD.match(path):
        kinds.append(f"{host}/{named[1]}-*")
    if suffix := _VIEW_SUFFIX.search(path):  # `/about.print`, `/prices.amp.html`
        kinds.append(f"{host}/*.{suffix[1]}")
    if parts.query:  # the path itself may well be a page
        names = sorted({pair.partition("=")[0] for pair in parts.query.split("&")})
        kinds += [f"{host}{path}?{'&'.join(names)}", *(f"{host}?{name}" for name in names)]
    elif path != "/":
        kinds.append(f"{host}{shape_of(path)}")
    return list(dict.fromkeys(kinds))


def shape_of(path: str) -> str:
    """Return a path without what numbers and codes in it say."""
    return _TOKEN_WITH_DIGIT.sub("0", path)
