"""Text of strangers made fit to be shown: no control characters, no formulas (pure)."""

from __future__ import annotations

import unicodedata

LONGEST = 300  # characters of a name or code that is shown
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Cc: controls; Cf: format characters, among them those that turn the direction of text; Cs, Co,
# Cn: surrogates, private use, unassigned.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain(text: str, longest: int = LONGEST) -> str:
    """Return `text` without invisible characters, with single spaces, at most `longest` long."""
    shown = "".join(
        " " if character.isspace() else character
        for character in text[: 4 * longest]
        if character.isspace() or unicodedata.category(character) not in _INVISIBLE
    )
    words = " ".join(shown.split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def csv_cell(text: str) -> str:
    """Return `text` as a CSV cell: visible characters only, never a formula."""
    return guarded(plain(text, longest=2000))


def guarded(text: str) -> str:
    """Return `text`, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """Undo `guarded`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
