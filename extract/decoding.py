"""From bytes to characters, as browsers decide it, and a little better where a page lies."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

# Read as characters, but never as markup: removed before parsing (libxml2 stops at the first NUL).
_CONTROLS = dict.fromkeys([*range(9), 11, *range(14, 32), 0x7F, 0xFFFE, 0xFFFF])
_NON_ASCII_BYTES = re.compile(rb"[\x80-\xff]")
# Codecs of Python that are no charset of any page: names in their place are faults, and punycode
# takes time without end.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
_SAMPLE = 20_000  # bytes looked at for a guess


def decode_page(body: bytes, content_type: str) -> str:
    """Decode a page: byte order mark, then header, then meta, then what the bytes themselves say.

    This is the order of the WHATWG standard (encoding sniffing), with two departures, both for
    pages whose declaration is plainly wrong: bytes that are valid UTF-8 beyond ASCII are UTF-8
    whatever is declared, and a declared encoding that fails is given up for a guess.

    Args:
        body: After content decoding.
        content_type: Value of the header; may be empty or hostile.

    Returns:
        Characters without control characters other than tab, line feed, form feed and return.
    """
    return _decode(body, content_type).translate(_CONTROLS)


def _decode(body: bytes, content_type: str) -> str:
    marked, mark = read_bom(body)
    if marked and mark:
        return body[len(mark) :].decode(marked, "replace")
    if wide := _unmarked_utf16(body[:_SAMPLE]):
        return body.decode(wide, "replace")
    if _NON_ASCII_BYTES.search(body) is None:
        return _escaped(body, content_type)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass  # not UTF-8: the declaration decides
    for encoding in _declared(body, content_type):
        try:
            return body.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return body.decode(_guess(body), "replace")


def _escaped(body: bytes, content_type: str) -> str:
    # Pure ASCII bytes can still be a stateful encoding such as ISO-2022-JP.
    if b"\x1b" in body and any(
        name.startswith("iso2022") for name in _declared(body, content_type)
    ):
        return body.decode("iso2022_jp", "replace")
    return body.decode("ascii")


def _unmarked_utf16(sample: bytes) -> str | None:
    # Half of the bytes of Latin text in UTF-16 are NUL, all on the same side.
    if len(sample) < 4 or sample.count(0) < len(sample) * 0.2:
        return None
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if low > 10 * high:
        return "utf-16-le"
    return "utf-16-be" if high > 10 * low else None


def _declared(body: bytes, content_type: str) -> list[str]:
    found = []
    for name in (
        http_content_type_encoding(content_type),
        html_body_declared_encoding(body[:4096]),
    ):
        codec = resolve_encoding(name) if name else None
        if codec in _NO_CHARSETS:
            continue
        # Bytes that hold "<meta charset=utf-16>" in ASCII are not UTF-16 (WHATWG says the same).
        if codec and not codec.startswith(("utf-8", "utf-16", "utf-32", "utf-7")):
            found.append(codec)
    return found


def _guess(body: bytes) -> str:
    sample = body[: _SAMPLE // 2] + body[-_SAMPLE // 2 :] if len(body) > _SAMPLE else body
    # A UTF-8 page with a few broken bytes stays UTF-8.
    if sample.decode("utf-8", "ignore").count("\ufffd") == 0:
        broken = sample.decode("utf-8", "replace").count("\ufffd")
        if broken * 10 < len(_NON_ASCII_BYTES.findall(sample)):
            return "utf-8"
    best = from_bytes(sample).best()
    if best is None:
        return "cp1252"
    try:
        return codecs.lookup(best.encoding).name
    except LookupError:
        return "cp1252"
