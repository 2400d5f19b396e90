"""Which terms set one group of units apart from another (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats
from sklearn.feature_extraction.text import CountVectorizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

CONFIDENCE = 0.95
FEWEST_UNITS = 3  # of the group in question that use a term: fewer may be one company's name
MOST_TERMS = 60_000
COMMON_SHARE = 0.4  # of a language's companies that use a word: from there on it says nothing
_FEWEST_SPEAKERS = 10  # of a language, for it to be known which words are common in it
_WORD = r"(?u)\b[^\W\d_][^\W_]{2,30}\b"
# E-mail and web addresses are no words: `com` is not what a company does. What stands before a sign
# is bounded: a text without blanks would take time by the square of its length.
_ADDRESS = re.compile(
    r"[^\s@]{1,64}@\S+|(?:https?://|www\.)\S+"
    r"|\b[a-z0-9][a-z0-9.-]{0,80}\.(?:com|org|net|info|eu|[a-z]{2})\b(?:/\S*)?"
)
NO_COMMON_WORDS: Mapping[str, frozenset[str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTerm:
    """A term and how much more one group uses it.

    Attributes:
        term: One word or two, in lower case.
        language: Of most units that use it.
        n_active: Units of the group in question that use it.
        n_compared: Units of the other group that use it.
        log_odds_ratio: Natural logarithm; above 0 where the group uses it more.
        ci_lower: Lower limit of its interval.
        ci_upper: Upper limit.
        confidence_level: Of the interval, 0-1.
    """

    term: str
    language: str
    n_active: int
    n_compared: int
    log_odds_ratio: float
    ci_lower: float
    ci_upper: float
    confidence_level: float = CONFIDENCE


def key_terms(
    texts: Sequence[str],
    in_group: Flags,
    languages: Sequence[str],
    *,
    most: int = 50,
    surely: bool = True,
    common: Mapping[str, frozenset[str]] = NO_COMMON_WORDS,
) -> list[KeyTerm]:
    """Return the terms that set a group of units apart, the surest first.

    A unit uses a term or does not; how often is not counted, so that no single website can make a
    term. Odds ratios are Mantel and Haenszel's over the languages (1959) with the variance of
    Robins, Breslow and Greenland (1986) and ½ in every cell: a term of one language is compared
    within that language, so that the language of most active units is no finding. Terms are
    ranked by the lower limit.

    Args:
        texts: Of the units.
        in_group: bool (n,): the group in question; the others are what it is compared with.
        languages: Of the units.
        most: Terms to return at most.
        surely: Only terms whose interval lies above 0; else all whose log odds ratio does.
        common: Language -> words of `common_words`: no term is, begins with or ends in one.

    Returns:
        The terms; none where a group is empty.
    """
    if not in_group.any() or in_group.all():
        return []
    counter = CountVectorizer(
        binary=True,
        ngram_range=(1, 2),
        min_df=min(FEWEST_UNITS, len(texts)),
        max_features=MOST_TERMS,
        token_pattern=_WORD,
    )
    try:
        uses = counter.fit_transform([_ADDRESS.sub(" ", text) for text in texts])
    except ValueError:  # no term is shared by as many units
        return []
    terms = counter.get_feature_names_out()
    spoken = np.array(languages)
    names = np.unique(spoken)
    counts = {
        name: (
            _column_sums(uses[in_group & (spoken == name)]),
            _column_sums(uses[~in_group & (spoken == name)]),
        )
        for name in names
    }
    sizes = {name: (in_group & (spoken == name)).sum() for name in names}
    rests = {name: (~in_group & (spoken == name)).sum() for name in names}
    log_ratio, deviation = _mantel_haenszel(
        [(*counts[name], float(sizes[name]), float(rests[name])) for name in names]
    )
    reach = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * deviation
    n_active, n_compared = np.stack(list(counts.values())).sum(axis=0)
    by_language = np.stack([active + rest for active, rest in counts.values()])
    lower = np.where(n_active >= FEWEST_UNITS, log_ratio - reach, -np.inf)
    spoken_in = names[by_language.argmax(axis=0)]
    telling = np.array(
        [
            common.get(name, frozenset()).isdisjoint((term.split()[0], term.split()[-1]))
            for term, name in zip(terms, spoken_in, strict=True)
        ]
    )
    order = np.lexsort((terms, -lower))
    return [
        KeyTerm(
            term=str(terms[k]),
            language=str(spoken_in[k]),
            n_active=int(n_active[k]),
            n_compared=int(n_compared[k]),
            log_odds_ratio=float(log_ratio[k]),
            ci_lower=float(lower[k]),
            ci_upper=float(log_ratio[k] + reach[k]),
        )
        for k in order[telling[order]][:most]
        if (lower[k] > 0 if surely else log_ratio[k] > 0 and np.isfinite(lower[k]))
    ]


def common_words(texts: Sequence[str], languages: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Return language -> words that many companies of any trade use: *and*, *your*, *contact*.

    Args:
        texts: Of companies of all trades.
        languages: Of the companies; one that fewer than ten speak has none.
    """
    spoken = np.array(languages)
    found: dict[str, frozenset[str]] = {}
    for name in np.unique(spoken):
        here = [text for text, language in zip(texts, languages, strict=True) if language == name]
        if len(here) < _FEWEST_SPEAKERS:
            continue
        counter = CountVectorizer(binary=True, token_pattern=_WORD, min_df=COMMON_SHARE)
        try:
            found[str(name)] = frozenset(counter.fit(here).get_feature_names_out().tolist())
        except ValueError:  # no word is used by as many
            continue
    return found


def _column_sums(matrix: Any) -> Array:
    return np.asarray(matrix.sum(axis=0)).ravel().astype(np.float64)


def _mantel_haenszel(
    strata: Sequence[tuple[Array, Array, float, float]],
) -> tuple[Array, Array]:
    """Return the logarithm of the common odds ratio and its standard error, for every term.

    Args:
        strata: Active units and others that use the term (arrays over terms), and all active
            units and all others, of each language. A language in which nobody uses a term says
            nothing of it, nor does one that lacks one of the groups.
    """
    width = len(strata[0][0])
    r, s, pr, ps_qr, qs = (np.zeros(width) for _ in range(5))
    for active, rest, n_active, n_rest in strata:
        if not n_active or not n_rest:
            continue
        used = (active + rest) > 0
        a, b = active + 0.5, n_active - active + 0.5
        c, d = rest + 0.5, n_rest - rest + 0.5
        n = n_active + n_rest + 2
        rk, sk = np.where(used, a * d / n, 0), np.where(used, b * c / n, 0)
        p, q = (a + d) / n, (b + c) / n
        r, s = r + rk, s + sk
        pr, ps_qr, qs = pr + p * rk, ps_qr + p * sk + q * rk, qs + q * sk
    told = (r > 0) & (s > 0)
    r, s = np.where(told, r, 1.0), np.where(told, s, 1.0)
    variance = pr / (2 * r**2) + ps_qr / (2 * r * s) + qs / (2 * s**2)
    return np.where(told, np.log(r / s), -np.inf), np.sqrt(variance)
