"""Which addresses are none to be asked for: files, deeds, endless ones, slips (pure)."""

from __future__ import annotations

import re
from collections import Counter

from crawlers.deeds import does_something, is_machinery

MAX_CHAIN = 100  # clicks from the start page, of pages of which each is linked by one before alone
MAX_SEGMENTS = 10  # of a path

_NO_PAGE = re.compile(
    r"\.(?:7z|avi|bin|bmp|bz2|css|csv|dmg|docx?|dwg|eot|eps|epub|exe|flac|flv|gif|gz|ico|ics|jar"
    r"|jpe?g|js|json|kml|m4[av]|mkv|mov|mp[34]|mpe?g|msi|odt|ods|og[gv]|otf|pdf|png|ppsx?|pptx?|ps"
    r"|rar|rss|rtf|stp|step|svg|swf|tar|tgz|tiff?|ttf|txt|vcf|wav|webm|webp|wm[av]|woff2?|xlsx?"
    r"|xml|zip)$",
    re.IGNORECASE,
)
# Links as they were not meant: a host, a mail address or a telephone number without its scheme,
# and names of templates and programmes that nobody replaced. Each leads to another error page in
# every directory that it stands in.
_SLIP = re.compile(
    r"\A\s*(?:www\.[\w-]+\.\w|[\w-]+\.(?:com|net|org|biz)(?:[/?#]|$)|https?;?/|\+\d{1,3}[\s(./]"
    r"|[^/?#:@\s]+@[\w-]+\.[\w.-]+\s*$|\$\w+$)"
    r"|\{\{|\$\{|<%|%7b%7b|\[object|(?:^|/)(?:undefined|null|nan)/?\s*$",
    re.IGNORECASE,
)
_NAMES_A_START = re.compile(r"/(?:home|start)\.(?:html?|php\d?|aspx?|jsp|xhtml|shtml)$", re.I)


def is_slip(href: str) -> bool:
    """Tell whether a link, as it is written, leads nowhere that was meant."""
    return _SLIP.search(href) is not None


def start_named_by(url: str) -> str:
    """Return the directory of which an address may be the start page by its name; else empty.

    Args:
        url: In tidy form.
    """
    return url[: url.rindex("/") + 1] if _NAMES_A_START.search(url) else ""


class AddressBounds:
    """What the addresses of one website may look like."""

    def __init__(self) -> None:
        self._choices: set[int] = set()  # directories of an address, whatever their order

    def hold(self, path: str, query: str, depth: int) -> bool:
        """Tell whether an address may be asked for; it is remembered.

        Args:
            path: Of a tidy URL.
            query: Of it; may be empty.
            depth: Clicks from the start page.
        """
        segments = path.strip("/").split("/")
        if depth > MAX_CHAIN or len(segments) > MAX_SEGMENTS or _NO_PAGE.search(path):
            return False
        if does_something(path, query) or is_machinery(path):
            return False
        if len(segments) > 3 and max(Counter(segments).values()) > 2:
            return False  # a link that grows by itself: a/b/a/b/a/b
        return len(segments) <= 2 or self._is_new_choice(segments, query)

    def _is_new_choice(self, segments: list[str], query: str) -> bool:
        """Tell whether an address is not one known in another order: `red/large`, `large/red`."""
        if any(map(str.isdigit, segments)):
            return True  # of dates the order is what counts
        mark = hash((segments[0], *sorted(segments[1:]), query))
        is_new = mark not in self._choices
        self._choices.add(mark)
        return is_new
