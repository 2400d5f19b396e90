"""Does the word half learn the sector or the language? Asked of the same websites without it.

A language whose few labelled websites are mostly of one sector invites a model to learn the
language. Words are centred by language against that; whether it holds is told in three ways:

- average precision within each language, each website under the fit that had not seen it;
- the same in languages held out whole: no label of theirs trained the fit that decides;
- the pull of the language: over the inactive websites, the slope of a website's score (in standard
  deviations of all scores) on the share of active ones among the other labelled websites of its
  language. A model that learns languages gives inactive websites more where their language has
  many active ones; 0 is no pull.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.classifier import BASELINE_CLASSIFIER, DEFAULT_CLASSIFIER, own_classifier
from classify.measures import average_precision

if TYPE_CHECKING:
    from classify.classifier import Classifier, Lesson

FEWEST_ACTIVE = 2  # of a language, for an average precision that says something
_FEWEST_LABELLED = 5


def candidates() -> dict[str, Classifier]:
    """Return the default with and without its word half, and words alone without centring."""
    return {
        "sectorlens": own_classifier(DEFAULT_CLASSIFIER, {}),
        "without_words": own_classifier(DEFAULT_CLASSIFIER, {"word_share": 0.0}),
        BASELINE_CLASSIFIER: own_classifier(BASELINE_CLASSIFIER, {}),
    }


def measure_languages(lesson: Lesson) -> dict[str, Any]:
    """Return by candidate: average precision by language, in languages held out, and the pull."""
    languages = np.array([unit.language for unit in lesson.labelled])
    told: dict[str, Any] = {}
    for name, classifier in candidates().items():
        scores = classifier.learn(lesson).held_out
        unseen = held_out_by_language(classifier, lesson, languages)
        told[name] = {
            "by_language": by_language(scores, lesson.active, languages),
            "language_held_out": by_language(unseen, lesson.active, languages),
            "pull": round(pull(scores, lesson.active, languages), 3),
        }
    return told


def held_out_by_language(classifier: Classifier, lesson: Lesson, languages: Any) -> Any:
    """Return each website's score by a fit that no label of its language trained.

    Languages with few labels are held out together. NaN for all where one language holds nearly
    all active websites: nothing can be learnt without it.
    """
    named = {name: int((languages == name).sum()) for name in sorted(set(languages.tolist()))}
    large = [name for name, number in named.items() if number >= _FEWEST_LABELLED]
    place = {name: number for number, name in enumerate(large)}
    folds = np.array([place.get(name, len(large)) for name in languages], dtype=np.intp)
    if any(lesson.active[folds != fold].sum() < FEWEST_ACTIVE for fold in set(folds.tolist())):
        return np.full(len(languages), np.nan)
    return classifier.learn(replace(lesson, folds=folds)).held_out


def by_language(scores: Any, active: Any, languages: Any) -> dict[str, list[float]]:
    """Return language -> [average precision, websites, active ones]; last their weighted mean."""
    found: dict[str, list[float]] = {}
    total: dict[str, float] = defaultdict(float)
    for name in sorted(set(languages.tolist())):
        here = languages == name
        n_active = int(active[here].sum())
        if n_active < FEWEST_ACTIVE or n_active == here.sum() or np.isnan(scores[here]).any():
            continue
        precision = average_precision(scores[here], active[here])
        found[name] = [round(precision, 3), int(here.sum()), n_active]
        total["weighted"] += precision * n_active
        total["active"] += n_active
    if total:
        mean = round(total["weighted"] / total["active"], 3)
        found["mean"] = [mean, sum(int(row[1]) for row in found.values()), int(total["active"])]
    return found


def pull(scores: Any, active: Any, languages: Any) -> float:
    """Return the slope of inactive websites' scores on their language's share of active ones."""
    share = np.zeros(len(active))
    for name in set(languages.tolist()):
        here = languages == name
        share[here] = active[here].sum() / max(int(here.sum()) - 1, 1)
    x, y = share[~active], scores[~active] / (scores.std() or 1.0)
    spread = float(((x - x.mean()) ** 2).sum())
    return float(((x - x.mean()) * (y - y.mean())).sum() / spread) if spread else 0.0
