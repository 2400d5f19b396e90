"""Company names as they can be compared: folded, with the legal form taken off."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from extract.phrases import listed

_NAME_WORD = r"[A-ZÀ-ÖØ-ÞĀ-ŽА-Я0-9][\w&.'’+\-]{0,40}"
_JOINING = r"(?:&|\+|und|and|et|e|y|en|i|of|de|di|van|der|the|du|des|da|do|für|for|voor)"
_ABBREVIATION = re.compile(r"\b(?:\w\.\s?){2,}")
_SLASHED = re.compile(r"\b(\w)/(\w)\b")
_NOT_WORD = re.compile(r"[^\w]+|_")
_DIGRAPHS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o", "ı": "i", "þ": "t"})
# Transliterated umlauts, so that Mueller meets Müller; the fold is applied to both sides.
_TRANSLITERATED = re.compile(r"([aou])e")
_MOST_NAMES = 200


def fold(text: str) -> str:
    """Return words in lower case without accents or punctuation, parted by single spaces.

    Abbreviations with points become one word (``S.r.l.`` → ``srl``), and ``ae oe ue`` fold to
    ``a o u``, as do the umlauts they stand for.
    """
    joined = _ABBREVIATION.sub(lambda match: re.sub(r"[.\s]", "", match.group()) + " ", text)
    joined = _SLASHED.sub(r"\1\2", joined).casefold()
    plain = unicodedata.normalize("NFKD", joined).translate(_DIGRAPHS)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = " ".join(_NOT_WORD.sub(" ", plain).split())
    return _TRANSLITERATED.sub(r"\1", words)


def without_legal_form(folded: str) -> str:
    """Take legal forms off the end, and one off the beginning, of a folded name.

    A name that is nothing but a legal form is left as it is.
    """
    words = folded.split()
    forms = _legal_forms()
    shortened = True
    while shortened:
        shortened = False
        for form in forms:
            size = len(form)
            if size < len(words) and tuple(words[-size:]) == form:
                words, shortened = words[:-size], True
                break
    for form in forms:
        size = len(form)
        if size < len(words) and len("".join(form)) >= 3 and tuple(words[:size]) == form:
            words = words[size:]
            break
    while len(words) > 1 and words[-1] in listed("connectives"):
        words.pop()
    return " ".join(words)


def named_companies(text: str) -> frozenset[str]:
    """Return the names that stand before a legal form in running text, folded, without the form.

    Args:
        text: As displayed, with its letter case; lines part names.
    """
    names: set[str] = set()
    for match in _named_company().finditer(text):
        name = without_legal_form(fold(match.group(1)))
        # "Das Team der GmbH", "2026 AG": a legal form stands there, but no name.
        words = [word for word in name.split() if word not in listed("connectives")]
        if any(len(word) > 2 and not word.isdigit() for word in words):
            names.add(name)
        if len(names) >= _MOST_NAMES:
            break
    return frozenset(names)


@lru_cache(maxsize=1)
def _legal_forms() -> tuple[tuple[str, ...], ...]:
    # Longest first, so that "gmbh co kg" is not read as "kg".
    forms = {tuple(form.split()) for form in listed("legal_forms")}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


@lru_cache(maxsize=1)
def _named_company() -> re.Pattern[str]:
    written = "|".join(listed("written_legal_forms"))
    name = rf"{_NAME_WORD}(?:[ \t](?:{_NAME_WORD}|{_JOINING})){{0,5}}?"
    return re.compile(rf"(?<![\w.])({name}),?[ \t](?:{written})(?![\w])")
