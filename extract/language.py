"""Which language a text is written in."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from extract.cleaning import count_words

if TYPE_CHECKING:
    from collections.abc import Iterable

UNDETERMINED = "und"
ENOUGH_WORDS = 25  # from here on the text alone decides
_SAMPLE = 3_000  # characters read: more does not change the answer, but costs time
# Least probability that a text without any hint is believed at.
_LEAST_CONFIDENCE = 0.5
# What business websites are written in. The identifier knows more (Latin, Volapük, Bavarian's
# neighbours); on lists of names and brands those win by chance.
_LANGUAGES = frozenset(
    "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it"
    " ja ka kk km kn ko lb lt lv mk ml mn mr ms mt my ne nl nn no pa pl pt ro ru sk sl sq sr sv sw"
    " ta te th tl tr uk ur uz vi zh".split()
)
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
    return code if code in _LANGUAGES else ""


def dominant_language(languages: Iterable[tuple[str, int]]) -> str:
    """Return the language most of the words are in; ``und`` where there is none.

    Args:
        languages: (language, number of words) of each document.
    """
    words: Counter[str] = Counter()
    for language, n_words in languages:
        words[language] += n_words
    told = {language: n for language, n in words.items() if language != UNDETERMINED}
    if not told:
        return UNDETERMINED
    # Equal counts: the first in the alphabet, so that the order of pages does not matter.
    return min(told, key=lambda language: (-told[language], language))


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE:
        return text
    # Pages open with names and slogans, often English; the middle is prose.
    middle = len(text) // 2
    third = _SAMPLE // 3
    return "\n".join((text[:third], text[middle - third : middle], text[middle : middle + third]))


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(_LANGUAGES & set(identifier.labels)))
    return identifier
