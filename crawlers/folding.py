"""Letters of the languages of Europe in their plainest form, for finding words (pure)."""

from __future__ import annotations

import unicodedata

_SPELLED_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def folded(text: str) -> str:
    """Return a text in lower case with no accents; letters of other scripts are left out."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.lower().translate(_SPELLED_OUT))
    return plain.encode("ascii", "ignore").decode()
