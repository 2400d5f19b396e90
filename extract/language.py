"""Which language a text is written in."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from extract.cleaning import count_words
from extract.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

UNDETERMINED = "und"
ENOUGH_WORDS = 25  # from here on the text alone decides
_SAMPLE = 3_000  # characters read: more does not change the answer, but costs time
_FAIR_SHARE = 0.25
# Least probability that a text without any hint is believed at.
_LEAST_CONFIDENCE = 0.5
# Placeholder text ("lorem ipsum") is Latin: recognised, so that it passes for no other language.
_PLACEHOLDER = "la"
# Other codes for the same languages, as pages declare them.
_ALIASES = {"nb": "no", "iw": "he", "in": "id", "mo": "ro", "sh": "hr", "fil": "tl", "cmn": "zh"}
_CODE = re.compile(r"^\s*([a-zA-Z]{2,3})(?:[-_ ]|\s*$)")
_NO_WORDS = re.compile(
    r"https?://\S+|\S+@\S+|\b[\w-]+\.(?:com|de|fr|nl|it|es|pl|eu|net|org|be|ch|at)\b|[\d#|/<>{}\[\]]+"
)


def identify_language(text: str, *, declared: str = "") -> str:
    """Return the language of a text as ISO 639-1, ``und`` where it cannot be told.

    Args:
        text: Cleaned text.
        declared: What the page claims (``lang`` of its html element). It is often wrong, so it
            only tips the balance where the text is short.

    Returns:
        Two lower-case letters, or ``und``. Norwegian Bokmål is ``no``, Nynorsk ``nn``.
    """
    sample = _NO_WORDS.sub(" ", _sample(text))
    words = count_words(sample)
    hint = language_code(declared)
    if words < 3:
        return hint or UNDETERMINED
    ranked = dict(_identifier().rank(sample))
    best, confidence = max(ranked.items(), key=lambda pair: float(pair[1]))
    if best == _PLACEHOLDER:
        return UNDETERMINED
    if words >= ENOUGH_WORDS:
        return str(best)
    if hint and float(ranked.get(hint, 0.0)) >= float(confidence) / 4:
        return hint
    return str(best) if float(confidence) >= _LEAST_CONFIDENCE else hint or UNDETERMINED


def language_code(declared: str) -> str:
    """Return the language of a tag such as ``de-AT`` as ISO 639-1; empty where it is none."""
    match = _CODE.match(declared)
    code = match.group(1).lower() if match else ""
    code = _ALIASES.get(code, code)
    return code if code in _known() else ""


def dominant_language(languages: Iterable[tuple[str, int]], *, start: str = "") -> str:
    """Return the language a website is in: as a rule, the one most of its words are in.

    A website in several languages is in that of its start page, where that holds at least
    `_FAIR_SHARE` of the words of the largest: the start page addresses the home market, and how
    many pages of each language were fetched is chance.

    Args:
        languages: (language, number of words) of each document.
        start: Language of the start page; empty where it gave no document.

    Returns:
        ISO 639-1, or ``und`` where no document's language could be told.
    """
    words: Counter[str] = Counter()
    for language, n_words in languages:
        words[language] += n_words
    told = {language: n for language, n in words.items() if language != UNDETERMINED}
    if not told:
        return UNDETERMINED
    if start in told and told[start] >= _FAIR_SHARE * max(told.values()):
        return start
    # Equal counts: the first in the alphabet, so that the order of pages does not matter.
    return min(told, key=lambda language: (-told[language], language))


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE:
        return text
    # Pages open with names and slogans, often English; the middle is prose.
    middle = len(text) // 2
    third = _SAMPLE // 3
    return "\n".join((text[:third], text[middle - third : middle], text[middle : middle + third]))


def _known() -> frozenset[str]:
    return frozenset(listed("languages"))


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted((_known() | {_PLACEHOLDER}) & set(identifier.labels)))
    return identifier
