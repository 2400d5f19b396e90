"""From the bytes of an answer to the characters of a page: is it HTML, in which charset (pure).

Both are decided as browsers decide them, by the bytes as well as by what the server says, and
neither may be taken in by it: a charset is one of those that the web has, for a codec like
`idna` or `zlib` in its place is a fault, and `punycode` takes time without end.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# What is never looked into, whatever it begins with: files of a kind that servers do know.
_OTHER_TYPES = re.compile(
    r"(?:image|audio|video|font|model|message|multipart)/"
    r"|text/(?:css|csv|calendar|vcard|markdown|.*(?:java|ecma)script|event-stream|rtf)"
    r"|application/(?:pdf|zip|gzip|.*(?:json|javascript|ecmascript)|vnd\.(?!wap)|ms|rtf|wasm"
    r"|(?:rss|atom|rdf|soap|kml|gpx|opensearchdescription)\b)"
)
_DOCUMENTS = re.compile(rb"<html[\s>]|<!doctype\s+html|<head[\s>]|<body[\s>]|<frameset[\s>]", re.I)
# By which browsers know HTML (MIME Sniffing Standard, 7.1), where it is all that there is.
_FIRST_TAGS = re.compile(
    rb"\s*(?:<!--|<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body"
    rb"|br|p|meta|frameset|nav|header|main|center|span|link)[\s>])",
    re.IGNORECASE,
)
# What other files begin with, whatever media type they are sent under.
_OTHER_FILES = (
    *(b"%PDF-", b"%!PS", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"MZ"),
    *(b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"OggS", b"ID3", b"\x00\x00\x01\x00", b"wOF"),
    *(b"{\\rtf", b"\xd0\xcf\x11\xe0", b"\x7fELF", b"BM\xfe", b"II*\x00", b"MM\x00*", b"SQLite"),
)
_SAMPLE = 4096
_MAX_LATE = 65_536  # bytes in which a page's own word on its charset is looked for
_LATE_META = re.compile(
    rb"<meta\b[^<>]{0,200}?\bcharset\s*+=\s*+[\"']?+([\w-]{2,40})", re.IGNORECASE
)
_CHARSET = re.compile(r"""(?:^|[;,\s])charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_SAMPLE_FOR_GUESS = 20_000
_MAX_GUESSED = 3000
_TAGS = re.compile(rb"<[^<>]{0,4096}>")
_LOW, _HIGH = re.compile(rb"[A-Za-z]"), re.compile(rb"[\x80-\xff]")
_MAX_NUL = 8  # in the first 1024 bytes, where a broken template may leave some

# WHATWG Encoding Standard, as Python names its codecs; UTF-16 needs its mark, or is none.
_NAMES = """
    ibm866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10
    iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic cp874 cp1250
    cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 ascii iso8859-1 iso8859-9 tis-620
"""
_NAMES_OF_WIDE = """
    utf-8 gbk gb18030 gb2312 big5 big5hkscs euc_jp iso2022_jp shift_jis cp932 euc_kr cp949 johab
"""
_SINGLE_BYTE = frozenset(codecs.lookup(name).name for name in _NAMES.split())
_ENCODINGS = _SINGLE_BYTE | {codecs.lookup(name).name for name in _NAMES_OF_WIDE.split()}


def is_html(media_type: str, body: bytes) -> bool:
    """Tell whether a body is HTML.

    Args:
        media_type: Without parameters, lower case; empty where none was sent.
        body: With its content encoding undone.
    """
    start = body[:_SAMPLE].lstrip()
    if start.startswith(_OTHER_FILES):
        return False
    wide = unmarked_utf16(body[:_SAMPLE]) or start.startswith((b"\xff\xfe", b"\xfe\xff"))
    n_nul = start[:1024].count(0) if b"\0" in start and not wide else 0
    if n_nul > _MAX_NUL:
        return False  # a picture or a program under a false name
    if wide:
        start = start.replace(b"\x00", b"")
    if start.removeprefix(b"\xef\xbb\xbf")[:1] in {b"{", b"["} and b"<" not in start:
        return False  # data for scripts
    if media_type in _HTML_TYPES and not n_nul:
        return True
    if _OTHER_TYPES.match(media_type):
        return False
    is_xml = media_type.endswith("xml") or start.startswith(b"<?xml")
    return bool(_DOCUMENTS.search(start[:1024]) or (not is_xml and _FIRST_TAGS.match(start)))


def media_type_of(content_type: str) -> str:
    """Return the media type that a server names: the last one, where it names several.

    Args:
        content_type: Value of the header; may be empty or hostile.

    Returns:
        Without parameters, in lower case, at most 100 characters.
    """
    types = (part.partition(";")[0].strip().lower()[:100] for part in content_type.split(","))
    return next((one for one in reversed([*types]) if "/" in one), "")


def decode_html(body: bytes, content_type: str) -> str:
    """Return a page's text as a browser would decode it: BOM, header, `meta`, then UTF-8.

    Args:
        body: With its content encoding undone.
        content_type: Value of the header; may be empty, wrong or hostile.
    """
    marked, mark = read_bom(body)
    if marked and mark:
        return body[len(mark) :].decode(marked, "replace")
    encoding = _charset_without_mark(body, content_type)
    if encoding in _SINGLE_BYTE:
        return codecs.charmap_decode(body, "strict", _table_of(encoding))[0]
    return body.decode(encoding, "replace")


def charset_of_queries(body: bytes, content_type: str) -> str:
    """Return the charset in which browsers encode the parameters of a page's links.

    Args:
        body: With its content encoding undone.
        content_type: Value of the header; may be empty, wrong or hostile.

    Returns:
        That of the page, but UTF-8 for one in UTF-16 (WHATWG Encoding Standard, 4.3).
    """
    marked, mark = read_bom(body)
    charset = "utf-8" if marked and mark else _charset_without_mark(body, content_type)
    return "utf-8" if charset.startswith("utf") else charset


def _charset_without_mark(body: bytes, content_type: str) -> str:
    return (
        unmarked_utf16(body[:_SAMPLE])
        or _of_the_web(_named_in(content_type))
        or _of_the_web(html_body_declared_encoding(body))
        or _of_the_web(_declared_late(body))
        or _utf8_or_guess(body)
    )


def unmarked_utf16(sample: bytes) -> str:
    """Return the name of UTF-16 without a mark that bytes are in; empty where they are not.

    Half of the bytes of Latin text in UTF-16 are NUL, all of them on the same side.

    Args:
        sample: The first bytes of a body.
    """
    if b"\0" not in sample or len(sample) < 4 or sample.count(0) < len(sample) * 0.2:
        return ""
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if low > 10 * high:
        return "utf-16-le"
    return "utf-16-be" if high > 10 * low else ""


@lru_cache
def _table_of(encoding: str) -> str:
    """Return the characters of all 256 bytes; those that stand for none get the mark of such.

    By this table decoding takes the same time whatever the bytes are; else each fault costs a call.
    """
    return bytes(range(256)).decode(encoding, "replace")


def _named_in(content_type: str) -> str | None:
    if found := _CHARSET.search(content_type[:1000]):
        return resolve_encoding(found[1])
    return None


def _declared_late(body: bytes) -> str | None:
    """Return the charset of a `meta` element that stands behind the first few kilobytes."""
    found = _LATE_META.search(body, 0, _MAX_LATE) if len(body) > _SAMPLE else None
    return resolve_encoding(found[1].decode("ascii")) if found else None


def _of_the_web(encoding: str | None) -> str:
    return encoding if encoding in _ENCODINGS else ""


def _utf8_or_guess(body: bytes) -> str:
    try:
        body[:_SAMPLE].decode("utf-8")
    except UnicodeDecodeError as fault:
        # A character cut in two at the end of the sample is no sign against UTF-8.
        return "utf-8" if fault.start > _SAMPLE - 6 else _guess(body)
    return "utf-8"


def _guess(body: bytes) -> str:
    """Return the charset of a page that names none and is not in UTF-8.

    That of Western Europe, but where most letters are beyond ASCII, as in no language of its.
    """
    text = _TAGS.sub(b" ", body[:_SAMPLE_FOR_GUESS])
    n_high = len(_HIGH.findall(text))
    if n_high < len(_LOW.findall(text)):
        return "cp1252"
    from charset_normalizer import from_bytes  # takes its time to load, and few pages need it

    best = from_bytes(b" ".join(text.split())[:_MAX_GUESSED]).best()
    return _of_the_web(resolve_encoding(best.encoding) if best else None) or "cp1252"
