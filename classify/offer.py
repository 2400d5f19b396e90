"""Whether some passage of a unit reads as an offer of the sector (pure).

A score says that a text is of the sector's world. An article on solar parks is, and so are the law
firm of those who build them and the hotel with panels on its roof. What they lack is a passage that
offers what the sector offers. So each passage is compared with wordings of either kind
(`offer_wordings`): on the one side what the definition includes, as a firm says it to customers,
on the other what other trades say to theirs, what is written about the sector and about trades, and
what the definition excludes. The nearest ones decide: a definition rules on single activities, and
their mean lies between them.

How near is near enough the labels tell: a unit loses of its score, down to below the threshold, as
far as its best passage is further from an offer than those of nineteen in twenty active labels are.
One passage is enough, as the rule on secondary activities asks. Languages count the same on either
side, so that none is nearer to an offer than another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.embedder import unit_rows
from classify.thin_text import thinness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from classify.score import Compass
    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

# Part of every model's digest: raise it when the same vectors hold other units.
OFFER_RULE = "1"
STEEPNESS = 100.0  # log-odds lost by a cosine of 1 further from an offer than active labels are
HELD_BELOW = 1.0  # log-odds below the threshold under which nothing more is lost
# Of a normal distribution: nineteen in twenty lie above the mean less so many standard deviations.
_DEVIATIONS = 1.645
_FEWEST_ACTIVE = 5
# How much nearer wordings outweigh further ones: e to the power of this times their cosine.
_SHARPNESS = 20.0
_LEAST_AGREEMENT = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Wordings:
    """Sentences of one kind, their languages weighing the same.

    Attributes:
        rows: float32 (n, dim), background taken off, of unit norm.
        weights: float64 (n,), their sum 1.
    """

    rows: npt.NDArray[np.float32]
    weights: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OfferCheck:
    """What offers of the sector are near to, and what else there is.

    Attributes:
        background: float64 (dim,): taken off every vector, as by the compass.
        offers: Offers of the sector.
        others: Of each of the other kinds one.
    """

    background: Array
    offers: Wordings
    others: Sequence[Wordings]

    def evidence(self, units: Sequence[UnitText]) -> Array:
        """Return float64 (n,): how much nearer each unit's best passage is to an offer; cosines."""
        lengths = [len(unit.vectors) for unit in units]
        passages = self.of_passages(np.concatenate([unit.vectors for unit in units]))
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
        return np.asarray(np.maximum.reduceat(passages, starts))

    def of_passages(self, vectors: Array) -> Array:
        """Return float64 (n,): the same of each passage."""
        rows = unit_rows(vectors - self.background).astype(np.float64)
        against = np.logaddexp.reduce([_nearness(rows, other) for other in self.others], axis=0)
        return np.asarray((_nearness(rows, self.offers) - against) / _SHARPNESS)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OfferBound:
    """How units without an offer are held below the threshold.

    Attributes:
        check: Of the sector.
        levels: float64 (1 + n_folds,): what the evidence of active labels exceeds, of all and of
            those outside each fold.
        cut: The score that the threshold stands for.
    """

    check: OfferCheck
    levels: Array
    cut: float

    def hold(self, scores: Array, units: Sequence[UnitText], fits: Places) -> Array:
        """Return the scores after units that offer too little lost theirs.

        None falls lower than `HELD_BELOW` under the cut, and phrases lose nothing: they bear a
        bound of their own (`decision_setting`).

        Args:
            scores: float64 (n,), before calibration.
            units: At least one.
            fits: int (n,): 1 + the fold that a unit was held out in, 0 for none.
        """
        lost = _lost(self.levels[fits], self.check.evidence(units), units)
        lowest = np.minimum(scores, self.cut - HELD_BELOW)
        return np.asarray(np.maximum(lowest, scores - lost))

    def describe(self, unit: UnitText, fit: int) -> dict[str, Any]:
        """Return what reads most like an offer of the sector, and whether that is enough.

        Where it is not, ``lost`` tells the log-odds before calibration that the unit loses, if it
        has so much above `HELD_BELOW` under the cut: a unit that lacks little may stay active.

        Args:
            unit: The unit.
            fit: 1 + the fold that it was held out in, 0 for none.
        """
        evidence = self.check.of_passages(unit.vectors)
        best, level = int(np.argmax(evidence)), float(self.levels[fit])
        lost = _lost(np.array([level]), evidence[[best]], [unit])
        return {
            "passage": unit.passages[best].text,
            "url": unit.passages[best].url,
            "evidence": float(evidence[best]),
            "level": level,
            "enough": bool(evidence[best] >= level),
            "lost": float(lost[0]),
        }


def _lost(levels: Array, evidence: Array, units: Sequence[UnitText]) -> Array:
    """Return float64 (n,): what units lose that offer too little, before the bound from below."""
    return (1.0 - thinness(units)) * STEEPNESS * np.maximum(0.0, levels - evidence)


def offer_levels(evidence: Array, active: Flags, folds: Places) -> Array:
    """Return float64 (1 + n_folds,): the level of all active labels and of those outside each fold.

    It is their mean less 1.645 standard deviations; -inf where they are fewer than five.
    """
    outside = [active & (folds != fold) for fold in range(int(folds.max()) + 1)]
    return np.array([_level(evidence[members]) for members in (active, *outside)])


def _level(evidence: Array) -> float:
    if len(evidence) < _FEWEST_ACTIVE:
        return -np.inf
    return float(evidence.mean() - _DEVIATIONS * evidence.std(ddof=1))


def weigh(rows: npt.NDArray[np.float32], languages: Sequence[str]) -> Wordings:
    """Return wordings whose languages weigh the same.

    Args:
        rows: float32 (n, dim), of unit norm.
        languages: Of the rows.
    """
    found, places, counts = np.unique(np.array(languages), return_inverse=True, return_counts=True)
    return Wordings(rows, 1.0 / (len(found) * counts[places]))


def knows_trades(
    rows: npt.NDArray[np.float32], trades: Sequence[int], languages: Sequence[str]
) -> bool:
    """Tell whether an encoder finds the same trade again in another language.

    Each language's offers are compared with those of all others: in nine of ten pairs the same
    trade has to be nearer than another one, or what is said in one language says nothing of others.

    Args:
        rows: float32 (n, dim), offers of trades, of unit norm.
        trades: Of the rows.
        languages: Of the rows.
    """
    trade, language = np.array(trades), np.array(languages)
    right = []
    for name in np.unique(language):
        here = np.flatnonzero(language == name)
        means = [rows[(trade == trade[row]) & (language != name)].mean(axis=0) for row in here]
        alike = rows[here] @ np.stack(means).T
        right.append((np.diag(alike)[:, None] > alike)[~np.eye(len(here), dtype=bool)])
    return bool(np.concatenate(right).mean() >= _LEAST_AGREEMENT)


def _nearness(rows: Array, wordings: Wordings) -> Array:
    """Return float64 (n,): the logarithm of the weighted sum of exponential cosines."""
    alike = _SHARPNESS * (rows @ wordings.rows.T)
    highest = alike.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(alike - highest) @ wordings.weights) + highest[:, 0])


def bound_state(bound: OfferBound) -> dict[str, Any]:
    """Return all that a bound is made of but the background, which the compass holds too."""
    kinds = (bound.check.offers, *bound.check.others)
    return {
        "rows": [kind.rows for kind in kinds],
        "weights": [kind.weights for kind in kinds],
        "levels": bound.levels,
        "cut": bound.cut,
    }


def bound_from_state(state: Mapping[str, Any], compass: Compass) -> OfferBound:
    """Return the bound whose state was stored."""
    offers, *others = (
        Wordings(rows, weights)
        for rows, weights in zip(state["rows"], state["weights"], strict=True)
    )
    check = OfferCheck(background=compass.background, offers=offers, others=others)
    return OfferBound(check=check, levels=state["levels"], cut=float(state["cut"]))
