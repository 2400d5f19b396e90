"""Parts of addresses that say nothing of the page: sessions, tokens, time stamps (pure).

A website can put a code of its own making into each link: as a parameter of any name, as a
directory, behind the path; or a parameter that says where a visitor came from. Its pages then
stand at ever new addresses. No list of names knows such a part, but the website shows it: an
address that differs from that of a kept page in nothing but a code, and brings nothing new. Where
that is seen on two paths, and nowhere two pages are told apart by a code at that place, the place
is volatile: addresses alike but for it are one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.website_urls import url_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.parse import SplitResult

SEEN_ON_PATHS = 2  # on which a part must have made no difference
MAX_PARTS = 12  # of one address that are looked at

# Made by a programme: a digit in it, or letters of both cases in a row too long for a name.
_CODE = re.compile(r"(?=[^\d]*\d)[^/?&;]{6,}|(?=[a-z]*[A-Z])(?=[A-Z]*[a-z])[A-Za-z]{16,}")
_MATRIX = re.compile(r";([^=/;]*)=?([^/;]*)")


class VolatileParts:
    """What the addresses of one website have shown so far."""

    def __init__(self) -> None:
        self._kept: set[str] = set()  # pages
        self._known: list[str] = []  # addresses of pages, and of repeats
        self._without: dict[str, set[str]] = defaultdict(set)  # by place: pages less their code
        self._no_difference: dict[str, set[str]] = defaultdict(set)
        self._telling: set[str] = set()
        self._volatile: frozenset[str] = frozenset()
        self._folded: set[str] = set()

    def note(self, url: str, *, gave_a_page: bool) -> bool:
        """Take down an address that gave a page, or that gave one that repeats others.

        Returns:
            Whether other parts than before are volatile now.

        Args:
            url: In tidy form.
            gave_a_page: Whether it was one worth keeping.
        """
        key = url_key(url)
        for place, rest in coded_parts(url):
            alike = self._without[place]
            has_like = rest in alike or (rest in self._kept and rest != key)
            if not gave_a_page and has_like:
                self._no_difference[place].add(rest)
            elif gave_a_page and has_like:
                self._telling.add(place)
            elif gave_a_page:
                alike.add(rest)
        if gave_a_page:
            self._kept.add(key)
        self._known.append(url)
        return self._settle(url)

    def is_known(self, url: str) -> bool:
        """Tell whether an address differs from one noted in nothing but volatile parts."""
        return bool(self._volatile) and self._fold(url) in self._folded

    def _settle(self, url: str) -> bool:
        volatile = frozenset(
            place
            for place, paths in self._no_difference.items()
            if len(paths) >= SEEN_ON_PATHS and place not in self._telling
        )
        if volatile != self._volatile:
            self._volatile = volatile
            self._folded = {self._fold(known) for known in self._known}
            return True
        if volatile:
            self._folded.add(self._fold(url))
        return False

    def _fold(self, url: str) -> str:
        if "?" in url:
            url = self._without_parameters(url)
        for place, rest in coded_parts(url):
            if place in self._volatile:
                return rest  # of several such parts the first: each of them is enough to know it
        return url_key(url)

    def _without_parameters(self, url: str) -> str:
        path, _, query = url.partition("?")
        pairs = [p for p in query.split("&") if _place_of(p) not in self._volatile]
        return f"{path}?{'&'.join(pairs)}" if pairs else path


def _place_of(pair: str) -> str:
    name, mark, _ = pair.partition("=")
    # A code alone is what a parameter without a name says: `/about?1700000000`.
    return "?" if not mark and _CODE.fullmatch(pair) else f"?{name}"


@lru_cache(maxsize=2)  # of a page it is asked for several reasons
def coded_parts(url: str) -> tuple[tuple[str, str], ...]:
    """Return the place of each code in an address, and what the address is without it (its key).

    What a parameter says counts as a code whatever it is: where a visitor came from, how a list is
    sorted. Places are the name of a parameter (``?name``), of a matrix parameter (``;name``), the
    last segment of a path, or a directory by its number.

    Args:
        url: In tidy form.
    """
    if "?" not in url and not any(map(str.isdigit, url)) and len(url) < 40:
        return ()
    return tuple(_coded_parts(urlsplit(url)))


def _coded_parts(parts: SplitResult) -> Iterator[tuple[str, str]]:
    start = f"{parts.scheme}://{parts.netloc}"
    pairs = parts.query.split("&")[:MAX_PARTS] if parts.query else []
    for number, pair in enumerate(pairs):
        rest = "&".join(pairs[:number] + pairs[number + 1 :])
        place = _place_of(pair)
        yield place, url_key(f"{start}{parts.path}" + (f"?{rest}" if rest else ""))
    query = f"?{parts.query}" if parts.query else ""
    for found in _MATRIX.finditer(parts.path):
        if _CODE.fullmatch(found[2] or found[1]):
            path = parts.path[: found.start()] + parts.path[found.end() :]
            yield f";{found[1] if found[2] else ''}", url_key(f"{start}{path}{query}")
    segments = parts.path.split("/")
    for number, segment in enumerate(segments[1:MAX_PARTS], start=1):
        if _CODE.fullmatch(segment):
            place = "/last" if number == len(segments) - 1 else f"/{number}"
            path = "/".join(segments[:number] + segments[number + 1 :]) or "/"
            yield place, url_key(f"{start}{path}{query}")
