"""Make a stranger's text safe and even: one block a line, nothing invisible in it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAXIMUM_TEXT_BYTES = 100_000
MAXIMUM_FIELD_CHARACTERS = 1_000

_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\w+(?:[.'’\-]\w+)*")
# Scripts written without spaces between words; a word is taken as two characters on average.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def clean_line(text: str, *, limit: int | None = None) -> str:
    """Return `text` as one line: spaces folded, control, bidi and other invisible marks gone.

    Args:
        text: Any string.
        limit: Greatest length kept (characters); None keeps all.

    Returns:
        Text in Unicode normal form C without the categories Cc, Cf, Cs, Co, Cn. Soft hyphens and
        zero-width joiners are among them; a word reads the same without.
    """
    if text.isascii() and text.isprintable():
        line = text
    else:
        kept = _SPACES.sub(" ", text).translate(_invisible())
        line = unicodedata.normalize("NFC", kept)
    return _SPACES.sub(" ", line).strip()[:limit]


def clean_blocks(blocks: Iterable[str]) -> tuple[str, ...]:
    """Return the blocks cleaned, without empty ones and without one that repeats its forerunner."""
    cleaned: list[str] = []
    for block in blocks:
        line = clean_line(block)
        if line and (not cleaned or line != cleaned[-1]) and any(map(str.isalnum, line)):
            cleaned.append(line)
    return tuple(cleaned)


def join_blocks(blocks: Iterable[str]) -> str:
    """Join blocks to a text, one a line, of at most `MAXIMUM_TEXT_BYTES` of UTF-8 (bytes)."""
    text = "\n".join(blocks)
    encoded = text.encode("utf-8")
    if len(encoded) <= MAXIMUM_TEXT_BYTES:
        return text
    return encoded[:MAXIMUM_TEXT_BYTES].decode("utf-8", "ignore").rstrip()


def count_words(text: str) -> int:
    """Count words: runs of letters and digits; in scripts without spaces, half the characters."""
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    if unspaced:
        return unspaced // 2 + len(_WORD.findall(_UNSPACED.sub(" ", text)))
    return len(_WORD.findall(text))


@lru_cache(maxsize=1)
def _invisible() -> dict[int, None]:
    # Assigned planes and the BOM; private use and unassigned characters lie in these too.
    unwanted = {"Cc", "Cf", "Cs", "Co", "Cn"}
    return {point: None for point in range(0x30000) if unicodedata.category(chr(point)) in unwanted}
