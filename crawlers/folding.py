"""Letters of the languages of Europe in their plainest form, for finding words (pure)."""

from __future__ import annotations

import unicodedata

SPELLED_OUT = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
}
_SPELLED_OUT = str.maketrans(SPELLED_OUT)


def folded(text: str) -> str:
    """Return a text in lower case with no accents; letters of other scripts are left out."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.lower().translate(_SPELLED_OUT))
    return plain.encode("ascii", "ignore").decode()


def plain_bytes(html: str) -> bytes:
    """Return the ASCII letters of a page in lower case, to look for signs among them.

    That takes a fifth of the time of letters, and a pattern for any case is tried at every letter.
    """
    return html.encode("ascii", "ignore").lower()
