"""From scores out of fold to the decision: calibration, threshold, and what thin texts lose (pure).

The threshold is that of the definition's rule. Two bounds keep false alarms rare, both shown on the
titles of the activities outside the sector, by fits that had not seen them:

- No unit is decided active with a score under which the activities, each by the second highest of
  its titles in four languages, would be called active too often. One odd wording moves nothing.
- Each title counts by itself where all there is of a unit is a phrase as short as a title: the
  score of such a text loses as much as brings the share of titles called active within the bound
  and leaves `NEIGHBOURS` between. Trades next to the sector are rare among the titles, and five
  words on a supplier or a namesake ("Hostel for the homeless") differ little from five on the
  sector.

A single bound by titles for all units would cost websites a good part of their recall for what five
words can look like.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import calibrate
from classify.false_alarms import count_false_alarms, least_threshold
from classify.measures import find_threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.calibration import Calibration
    from classify.sector import DecisionRule

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

# Log-odds that titles stay below the cut, as phrases; found on the UK's index of activities: with
# it neighbours called active fall from 1.6 to 0.4 %, and half as many phrases of the sector are.
NEIGHBOURS = 1.0
_MARGIN = 1e-9  # so that rounding puts no title back over the threshold


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scored:
    """Texts with what fits that had not seen them say.

    Attributes:
        scores: float64 (n,).
        thin: float64 (n,), 0-1: how little text each is (`thin_text`).
    """

    scores: Array
    thin: Array

    def of(self, chosen: Flags) -> Scored:
        """Return those of the texts that are chosen, bool (n,)."""
        return Scored(scores=self.scores[chosen], thin=self.thin[chosen])

    def less(self, discount: float) -> Array:
        """Return float64 (n,): scores after thin texts lost `discount`."""
        return np.asarray(self.scores - discount * self.thin)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Decision:
    """How scores become decisions.

    Attributes:
        calibration: Score, less what thin texts lose, to probability.
        threshold: Probability from which a unit is decided active.
        by_rule: What the definition's rule alone gave.
        thin_discount: What a phrase loses of its score; 0 or more.
        least_score: No unit with less is decided active, whatever a rule gives; -inf for no bound.
        ordinary: float64 (m,): probabilities of the titles.
    """

    calibration: Calibration
    threshold: float
    by_rule: float
    thin_discount: float
    least_score: float
    ordinary: Array

    def describe(self, rule: DecisionRule) -> dict[str, Any]:
        """Return what the card says of it, as plain values."""
        alarms = count_false_alarms(self.ordinary, self.threshold)
        return {
            "rule": rule.rule,
            "asked": {
                "threshold": rule.threshold,
                "minimum_probability": rule.minimum_probability,
                "minimum_precision": rule.minimum_precision,
            },
            "threshold": self.threshold,
            "threshold_by_rule": self.by_rule,
            "thin_discount": self.thin_discount,
            "false_alarms": {
                **asdict(alarms),
                "maximum": rule.maximum_false_positive_rate,
                "within": alarms.upper <= rule.maximum_false_positive_rate,
            },
        }


def set_decision(
    labelled: Scored,
    active: Flags,
    rule: DecisionRule,
    *,
    ordinary: Scored,
    activities: Sequence[str],
) -> Decision:
    """Return the decision that the labels and the bound on false alarms give.

    Args:
        labelled: Units, out of fold.
        active: bool (n,): their answers.
        rule: Of the sector's definition; a threshold by hand is left alone.
        ordinary: Titles of activities outside the sector.
        activities: Of each title the activity; titles in several languages share theirs.
    """
    if rule.threshold is not None:
        return _by_hand(labelled, active, rule.threshold, ordinary)
    floor = least_threshold(
        _agreed_by(ordinary.scores, activities), rule.maximum_false_positive_rate
    )
    discount = _thin_discount(labelled.scores, active, rule, floor, ordinary.scores)
    # Where labelled units are thin themselves they lose too, and the map is learnt anew on that.
    scores, titles = labelled.less(discount), ordinary.less(discount)
    calibration = calibrate(scores, active)
    by_rule = find_threshold(calibration.probability(scores), active, rule)
    likely = calibration.probability(titles)
    at_floor = max(by_rule, float(calibration.probability(np.array([floor]))[0]))
    by_titles = min(least_threshold(likely, rule.maximum_false_positive_rate), 1.0)
    if by_titles > at_floor:
        floor = least_threshold(titles, rule.maximum_false_positive_rate)
    return Decision(
        calibration=calibration,
        threshold=max(at_floor, by_titles),
        by_rule=by_rule,
        thin_discount=discount,
        least_score=floor,
        ordinary=likely,
    )


def raised_by(
    decision: Decision, ordinary: Scored, activities: Sequence[str], *, most: int = 5
) -> list[str]:
    """Return the activities that raised the threshold, the one that speaks most for it first.

    They are those that the definition's rule alone would call active by two of their titles: what
    belongs to the sector among them is missing from its `nace_hints`.

    Args:
        decision: By `set_decision`.
        ordinary: As given to it.
        activities: As given to it.
        most: How many are told.
    """
    if decision.threshold <= decision.by_rule or not activities:
        return []
    names = sorted(set(activities))
    likely = decision.calibration.probability(_agreed_by(ordinary.scores, activities))
    nearest = np.argsort(-likely, kind="stable")[:most]
    return [names[place] for place in nearest if likely[place] >= decision.by_rule]


def _by_hand(labelled: Scored, active: Flags, threshold: float, ordinary: Scored) -> Decision:
    """Return the decision by a threshold that somebody chose: nothing is bounded."""
    calibration = calibrate(labelled.scores, active)
    return Decision(
        calibration=calibration,
        threshold=threshold,
        by_rule=threshold,
        thin_discount=0.0,
        least_score=-math.inf,
        ordinary=calibration.probability(ordinary.scores),
    )


def _thin_discount(
    scores: Array, active: Flags, rule: DecisionRule, floor: float, titles: Array
) -> float:
    """Return what phrases lose; nothing where every title may be called active, or none is known.

    It is what titles have to lose until few enough are less than `NEIGHBOURS` below the cut.
    """
    calibration = calibrate(scores, active)
    by_rule = find_threshold(calibration.probability(scores), active, rule)
    cut = max(calibration.score_at(by_rule), floor)
    missing = least_threshold(titles, rule.maximum_false_positive_rate) - cut
    if not math.isfinite(missing) or missing + NEIGHBOURS <= 0:
        return 0.0
    return (missing + NEIGHBOURS) * (1 + _MARGIN) + _MARGIN


def _agreed_by(scores: Array, names: Sequence[str]) -> Array:
    """Return float64 (number of names,): the second highest score of each, the only one of one."""
    if not len(scores):
        return scores
    _, places = np.unique(np.array(names), return_inverse=True)
    ordered = np.lexsort((-scores, places))
    first = np.flatnonzero(np.diff(places[ordered], prepend=-1))
    second = np.minimum(first + 1, np.append(first[1:], len(scores)) - 1)
    return np.asarray(scores[ordered][second])
