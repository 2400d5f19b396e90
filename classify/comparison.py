"""Two models on the same held-out units: is one better, beyond chance? (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from classify.held_out import ranked_by
from classify.measures import average_precision, precision_recall_f1

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from storage.records.assessment import HeldOutScore

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

METHOD_VERSION = "paired-bootstrap-2"
RESAMPLES = 2000
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Second model minus first, on the same units.

    Attributes:
        lower: Of the 95 % percentile interval of the paired bootstrap over groups.
        p_value: 0-1, two-sided: twice the smaller share of resamples on either side of 0.
        shown: True where the interval does not hold 0.
    """

    first: float
    second: float
    difference: float
    lower: float
    upper: float
    p_value: float
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDecisions:
    """McNemar's exact test on the decisions of both models.

    Attributes:
        only_first_right: Units that the first model alone decided as labelled.
        p_value: 0-1, two-sided binomial test of equal numbers (McNemar 1947, exact form).
    """

    both_right: int
    only_first_right: int
    only_second_right: int
    both_wrong: int
    p_value: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PairedScores:
    """What two models said of the same labelled subjects.

    Attributes:
        subjects: Their keys.
        active: bool (n,), the labels.
        groups: Of the subjects: what resampling draws together.
        probability: float64 (2, n), first and second model.
        ranking: float64 (2, n): what they rank by (`held_out.ranked_by`), both alike.
        decided: bool (2, n).
        only_one: Subjects that only one of the two was tested on.
        relabelled: Subjects whose label differs between the two.
        other_text: Subjects that the two read another text of.
    """

    subjects: tuple[str, ...]
    active: Flags
    groups: tuple[str, ...]
    probability: Array
    ranking: Array
    decided: Flags
    only_one: int
    relabelled: int
    other_text: int

    def of(self, kept: Flags) -> PairedScores:
        """Return some of the subjects; bool (n,)."""
        return replace(
            self,
            subjects=tuple(compress(self.subjects, kept)),
            active=self.active[kept],
            groups=tuple(compress(self.groups, kept)),
            probability=self.probability[:, kept],
            ranking=self.ranking[:, kept],
            decided=self.decided[:, kept],
        )


def pair_scores(
    first: Sequence[HeldOutScore], second: Sequence[HeldOutScore], *, same_texts: bool
) -> PairedScores:
    """Return the subjects that both models were tested on, by label and text alike.

    Args:
        first: Of the first model.
        second: Of the second model.
        same_texts: True where both read the same crawl: then each may have chosen its own
            passages; else a subject counts only where the passages are the same.
    """
    ours = {score.subject: score for score in first}
    theirs = {score.subject: score for score in second}
    common = sorted(ours.keys() & theirs.keys())
    alike = [key for key in common if ours[key].active == theirs[key].active]
    kept = [k for k in alike if same_texts or ours[k].text_digest == theirs[k].text_digest]
    return PairedScores(
        subjects=tuple(kept),
        active=np.array([ours[key].active for key in kept], dtype=bool),
        groups=tuple(ours[key].group_name for key in kept),
        probability=np.array(
            [[side[k].probability for k in kept] for side in (ours, theirs)], dtype=np.float64
        ).reshape(2, len(kept)),
        ranking=ranked_by([side[k] for side in (ours, theirs) for k in kept]).reshape(2, len(kept)),
        decided=np.array(
            [[side[k].decided for k in kept] for side in (ours, theirs)], dtype=bool
        ).reshape(2, len(kept)),
        only_one=len(ours.keys() ^ theirs.keys()),
        relabelled=len(common) - len(alike),
        other_text=len(alike) - len(kept),
    )


def compare_pairs(pairs: PairedScores, seed: int) -> dict[str, PairedDifference]:
    """Return the differences in average precision, F1 and Brier score (there less is better).

    Args:
        pairs: At least one active and one inactive subject.
        seed: Of the resampling.
    """
    active = pairs.active

    def ap(model: int, at: Places) -> float:
        return average_precision(pairs.ranking[model, at], active[at])

    def f1(model: int, at: Places) -> float:
        return precision_recall_f1(pairs.decided[model, at], active[at])[2]

    def brier(model: int, at: Places) -> float:
        return float(((pairs.probability[model, at] - active[at]) ** 2).mean())

    draws = _draw(pairs.groups, seed)
    everyone = np.arange(len(active))
    return {
        name: _difference(figure, everyone, draws)
        for name, figure in (("average_precision", ap), ("f1", f1), ("brier_score", brier))
    }


def _draw(groups: Sequence[str], seed: int) -> list[Places]:
    names, places = np.unique(np.array(groups), return_inverse=True)
    members = [np.flatnonzero(places == number) for number in range(len(names))]
    generator = np.random.default_rng(seed)
    return [
        np.concatenate([members[g] for g in generator.integers(0, len(names), len(names))])
        for _ in range(RESAMPLES)
    ]


def _difference(
    figure: Callable[[int, Places], float], everyone: Places, draws: Sequence[Places]
) -> PairedDifference:
    drawn = np.array([figure(1, at) - figure(0, at) for at in draws])
    tail = (1 - _CONFIDENCE) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail])
    first, second = figure(0, everyone), figure(1, everyone)
    sides = min(float((drawn <= 0).mean()), float((drawn >= 0).mean()))
    return PairedDifference(
        first=first,
        second=second,
        difference=second - first,
        lower=float(lower),
        upper=float(upper),
        p_value=min(1.0, 2 * max(sides, 1 / (RESAMPLES + 1))),
        shown=bool(lower > 0 or upper < 0),
    )


def compare_decisions(pairs: PairedScores) -> PairedDecisions:
    """Return McNemar's exact test on which decisions agree with the labels."""
    import scipy.stats

    first, second = (pairs.decided == pairs.active)[:2]
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    turned = only_first + only_second
    return PairedDecisions(
        both_right=int((first & second).sum()),
        only_first_right=only_first,
        only_second_right=only_second,
        both_wrong=int((~first & ~second).sum()),
        p_value=float(scipy.stats.binomtest(only_first, turned).pvalue) if turned else 1.0,
    )
