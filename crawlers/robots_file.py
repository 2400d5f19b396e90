"""Reading robots.txt by RFC 9309: groups, product tokens, longest match, wildcards (pure).

Own, because the policy is ours to answer for: the libraries at hand compare encoded paths in other
ways than the RFC, or take time without bound on patterns made to hurt. Reading costs one pass over
the lines; asking about an address costs one look-up for each length of its beginning, and a search
for each piece between wildcards, of which no more than `MAX_PIECES` are held.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PIECES = 20_000  # pieces between wildcards that one file may have us look for
MAX_PIECES_OF_A_RULE = 40
MAX_SITEMAPS = 100

_AGENT = frozenset({b"user-agent", b"useragent", b"user agent"})
# What people write for "disallow"; read as meant, since they meant to be left alone.
_TYPOS = b"disallow dissallow dissalow disalow diasllow disallaw"
_DISALLOW = frozenset(_TYPOS.split())
_TOKEN = re.compile(rb"[A-Za-z_-]+")
_MARKS = (  # of UTF-32 first: that of UTF-16 begins like it
    *((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32")),
    *((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")),
)
# LF, CR and both (RFC 9309), and what other programmes end lines with: a missed line may deny.
_LINE_ENDS = re.compile(rb"\r\n?|[\n\x0b\x0c]|\xe2\x80[\xa8\xa9]|\xc2\x85")
_WIDE_COLON = re.compile(rb"\xef\xbc\x9a")
_INVISIBLE = re.compile(rb"\xef\xbb\xbf|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0")  # marks, widths of 0
# An encoded octet, or one that may not stand in an address as it is; `$` counts as one of these.
_TO_ENCODE = re.compile(r"%[0-9A-Fa-f]{2}|[^!#%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]|%")
_BEGINS_PATH = re.compile(r"[/?;]")
_SAME_RAW = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!'(),:;@[]"
)
_SAME_RAW_IN_PATH = _SAME_RAW | frozenset("&=+")
_SAME_RAW_IN_QUERY = _SAME_RAW | frozenset("/?")


@dataclass(frozen=True, slots=True)
class _Wildcards:
    """A pattern with wildcards; `weight` is its length in octets."""

    weight: int
    allow: bool
    pieces: tuple[str, ...]
    anchored: bool
    shortest: int

    def fits(self, path: str) -> bool:
        """Tell whether the pattern describes the beginning of a path, or all of it."""
        first, *middle, last = self.pieces
        if len(path) < self.shortest or not path.startswith(first):
            return False
        position = len(first)
        for piece in middle:
            found = path.find(piece, position)
            if found < 0:
                return False
            position = found + len(piece)
        if self.anchored:
            return path.endswith(last) and len(path) - len(last) >= position
        return path.find(last, position) >= 0


class PathRules:
    """The rules of all groups that speak to us, merged.

    Args:
        rules: (allow, pattern as written) in the order of the file.
    """

    def __init__(self, rules: list[tuple[bool, bytes]]) -> None:
        self._beginnings: dict[str, tuple[int, bool]] = {}
        self._wholes: dict[str, tuple[int, bool]] = {}
        self._wild: list[_Wildcards] = []
        pieces = 0
        for allow, written in rules:
            pattern, anchored = _pattern(written)
            if "*" not in pattern:
                known = self._wholes if anchored else self._beginnings
                _keep_longest(known, pattern, len(pattern) + anchored, allow=allow)
                continue
            found = _wildcards(pattern, anchored, allow)
            if found is None:
                continue
            pieces += len(found.pieces)
            if pieces <= MAX_PIECES:
                self._wild.append(found)
            elif not allow:  # no file of good faith has as many: deny what it may have meant
                _keep_longest(self._beginnings, found.pieces[0], found.weight, allow=allow)
        self._lengths = sorted({len(beginning) for beginning in self._beginnings})
        self._wild.sort(key=lambda rule: (-rule.weight, not rule.allow))

    def __len__(self) -> int:
        return len(self._beginnings) + len(self._wholes) + len(self._wild)

    def allow(self, path: str) -> bool:
        """Tell whether a path may be asked for: the longest rule decides, of two the kinder one.

        Args:
            path: With its query, in the form of `canonical_path`.
        """
        best = self._wholes.get(path, (0, True))
        for length in self._lengths:
            if length > len(path):
                break
            rule = self._beginnings.get(path[:length])
            if rule and rule > best:
                best = rule
        for wild in self._wild:
            if (wild.weight, wild.allow) <= best:
                break
            if wild.fits(path):
                return wild.allow
        return best[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """What a robots.txt says to one product token.

    Attributes:
        rules: Of the groups that name the token, else of those for everybody.
        crawl_delay: Seconds; 0 where none is asked for.
        sitemaps: As written, at most `MAX_SITEMAPS`.
    """

    rules: PathRules
    crawl_delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """Tell whether an absolute address may be asked for."""
        path = canonical_path(url)
        return path == "/robots.txt" or self.rules.allow(path)


@dataclass(slots=True)
class _Audience:
    """What was found for the groups of one audience: those that name us, or everybody."""

    addressed: bool = False
    seen: bool = False
    delay: float = 0.0
    rules: list[tuple[bool, bytes]] = field(default_factory=list)


def read_robots_file(content: bytes, product_token: str) -> RobotsFile:
    """Read a robots.txt as RFC 9309 says, forgiving what its section 2.2 leaves to readers.

    Forgiven are: a missing colon where the line has two words, ``Disallow`` misspelt in the usual
    ways, a version behind the product token. Lines of other kinds end no group.

    Args:
        content: UTF-8, or UTF-16, with its mark or without.
        product_token: Ours; compared without regard to case.
    """
    token = product_token.lower().encode()
    named, everybody = _Audience(), _Audience()
    sitemaps: list[str] = []
    is_open, delay = False, 0.0
    for name, value in _records(content):
        if name in _AGENT:
            if not is_open:
                is_open, delay = True, 0.0
                named.addressed = everybody.addressed = False
            named.addressed |= _is_token(value, token)
            everybody.addressed |= value == b"*" or value[:2] in {b"* ", b"*\t"}
            named.seen |= named.addressed
        elif name in _DISALLOW or name == b"allow":
            is_open = False
            _add_rule(name == b"allow", value, named, everybody)
        elif name == b"crawl-delay":
            delay = max(delay, _seconds(value))
            for audience in (named, everybody):
                if audience.addressed:
                    audience.delay = max(audience.delay, delay)
        elif name == b"sitemap" and len(sitemaps) < MAX_SITEMAPS:
            sitemaps.append(value.decode("utf-8", "replace"))
    ours = named if named.seen else everybody
    return RobotsFile(rules=PathRules(ours.rules), crawl_delay=ours.delay, sitemaps=tuple(sitemaps))


def canonical_path(url: str) -> str:
    """Return path and query of an absolute address in the form that rules are compared in.

    Octets that may stand either way are decoded, all others encoded in capitals; what separates
    (``/`` in a path, ``&`` in a query) stays apart from its encoded form. ``*`` and ``$`` are
    encoded, so that an address can hold no wildcard.

    Args:
        url: Absolute; its fragment is left out.
    """
    _, _, rest = url.partition("#")[0].partition("://")
    start = _BEGINS_PATH.search(rest)
    path = rest[start.start() :] if start else "/"
    path = path if path.startswith("/") else f"/{path}"
    if not path.isascii():
        path = path.encode("utf-8", "replace").decode("latin-1")
    return _canonical(path).replace("*", "%2A")


def _canonical(path: str) -> str:
    if not _TO_ENCODE.search(path):
        return path
    before, mark, query = path.partition("?")
    return (
        _TO_ENCODE.sub(lambda found: _octet(found[0], _SAME_RAW_IN_PATH), before)
        + mark
        + _TO_ENCODE.sub(lambda found: _octet(found[0], _SAME_RAW_IN_QUERY), query)
    )


def _octet(text: str, same_raw: frozenset[str]) -> str:
    if len(text) == 3:
        decoded = chr(int(text[1:], 16))
        return decoded if decoded in same_raw else text.upper()
    return f"%{ord(text):02X}"


def _records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in _as_lines(content):
        if not (told := line.partition(b"#")[0].strip()):
            continue
        name, colon, value = told.partition(b":")
        if not colon:
            words = _WIDE_COLON.split(told, 1) if not told.isascii() else ()
            words = words if len(words) == 2 else told.split(None, 2)
            if len(words) != 2:
                continue
            name, value = words
        if not name.isascii():
            name = _INVISIBLE.sub(b"", name)
        if len(name) <= 20:
            yield name.strip().lower(), value.strip()


def _as_lines(content: bytes) -> list[bytes]:
    """Return the lines of a file, whatever its writer's programme made of them."""
    for mark, charset in _MARKS:
        if content.startswith(mark):
            content = content.decode(charset, "replace").encode("utf-8", "replace")
            break
    if b"\0" in content:  # UTF-16 or UTF-32 without a mark: what is ASCII has octets too many
        content = content.replace(b"\0", b"")
    if not content.isascii():
        content = content.replace(b"\xc2\xa0", b" ")  # a blank, to who wrote it
    lines = _LINE_ENDS.split(content)
    return lines if len(lines) > 1 else content.split(b"\\n")  # ends that were written out


def _is_token(value: bytes, token: bytes) -> bool:
    found = _TOKEN.match(value)
    return bool(found) and found[0].lower() == token  # type: ignore[index]  # checked before


def _add_rule(allow: bool, pattern: bytes, *audiences: _Audience) -> None:
    for audience in audiences:
        if audience.addressed and pattern:
            audience.rules.append((allow, pattern))


def _seconds(value: bytes) -> float:
    try:
        seconds = float(value.replace(b",", b"."))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _pattern(written: bytes) -> tuple[str, bool]:
    anchored = written.endswith(b"$")
    text = written.removesuffix(b"$").decode("latin-1")
    return _canonical(text), anchored


def _keep_longest(
    known: dict[str, tuple[int, bool]], pattern: str, weight: int, *, allow: bool
) -> None:
    known[pattern] = max(known.get(pattern, (0, False)), (weight, allow))


def _wildcards(pattern: str, anchored: bool, allow: bool) -> _Wildcards | None:
    """Return a pattern cut at its wildcards; None where it is too long to allow anything.

    One that is too long to be looked for denies what begins like it and is no shorter.
    """
    first, *others, last = pattern.split("*")
    pieces = (first, *filter(None, others), last)
    weight, shortest = len(pattern) + anchored, sum(map(len, pieces))
    if len(pieces) <= MAX_PIECES_OF_A_RULE:
        return _Wildcards(weight, allow, pieces, anchored, shortest)
    if allow:
        return None
    return _Wildcards(weight, allow, (*pieces[:MAX_PIECES_OF_A_RULE], ""), False, shortest)
