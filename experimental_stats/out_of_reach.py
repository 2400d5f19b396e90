"""Units that no answer speaks for: of strata without one, beyond the scores of all answers (pure).

A stratum without an answer takes the rates of the answers nearest by score. Between answers that is
interpolation. Beyond them nothing holds it but that a higher score means no less: units below the
lowest answered score may all be inactive, units above the highest may all be active. Intervals
reach so far; where most units lie there, the estimate is made of next to nothing: it is told, and a
release withholds the sector.

Strata that were guessed from the answers hold as many units as the inclusion probabilities say. Of
an audit that stands for less than half of the respondents the others add nothing to the figure, and
the interval reaches up to what they would hold at the rates nearest by score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.weighting import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame, Codes
    from experimental_stats.measure_parts import MeasureParts

MOST_UNTOLD = 0.5  # share of the respondents beyond all answers from which on it is told
NOTHING_TELLS = "nothing tells how many of the others are active."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far the truth may lie from a figure for want of answers, in units of the measure.

    Attributes:
        down: shape (n_domains,), ≥ 0: what units below all answered scores are expected to hold.
        up: shape (n_domains,), ≥ 0: what units above all answered scores may hold beyond that, and
            of guessed strata those below them.
    """

    down: NDArray[np.float64]
    up: NDArray[np.float64]

    def error(self) -> NDArray[np.float64]:
        """Return the standard deviation of a number that may lie anywhere between."""
        error: NDArray[np.float64] = (self.down + self.up) / np.sqrt(12.0)
        return error


def beyond_answers(frame: AuditedFrame) -> NDArray[np.int8]:
    """Return −1 and 1 for units of unanswered strata below and above all answers, else 0.

    Units of a stratum that holds an answer are spoken for, whatever their score. Where strata were
    guessed from the answers it is all units that score so, if the audit stands for few.
    """
    side = np.zeros(len(frame.score), dtype=np.int8)
    asked = frame.audited & frame.eligible
    silent = np.flatnonzero(frame.eligible & frame.responded & ~frame.audited)
    if frame.strata_known:
        answers = np.bincount(frame.stratum[asked], minlength=len(frame.stratum_names))
        silent = silent[answers[frame.stratum[silent]] == 0]
    elif stood_for(frame) >= (1.0 - MOST_UNTOLD) * int(frame.responded.sum()):
        return side
    if len(silent):
        answered = frame.score[asked]
        side[silent[frame.score[silent] < answered.min()]] = -1
        side[silent[frame.score[silent] > answered.max()]] = 1
    return side


def stood_for(frame: AuditedFrame) -> float:
    """Return how many units the answers stand for by their inclusion probabilities."""
    answers = np.bincount(frame.stratum[frame.audited], minlength=len(frame.inclusion))
    asked = answers > 0
    return float((answers[asked] / frame.inclusion[asked]).sum())


def reach_of(
    frame: AuditedFrame, parts: MeasureParts, side: NDArray[np.int8], codes: Codes | None = None
) -> Reach:
    """Return the reach of a measure's total, or of every domain of `codes`.

    Args:
        frame: The audited frame.
        parts: The measure.
        side: Of `beyond_answers`. Units without a score follow the respondents of their cell.
        codes: A domain variable; None for the total.
    """
    size = 1 if codes is None else len(codes.names)
    if not side.any():
        return Reach(down=np.zeros(size), up=np.zeros(size))
    stands_for = 1.0 + parts.load
    expected = parts.unaudited_expected * stands_for
    most = np.where(side > 0, 1.0, np.append(parts.rates.rate, 0.0)[parts.rates.index])
    rest = np.maximum(parts.responded * most * stands_for - expected, 0.0)
    down = expected * (side < 0) * frame.strata_known
    up = rest * ((side > 0) if frame.strata_known else (side != 0))
    if codes is None:
        return Reach(down=down.sum(keepdims=True), up=up.sum(keepdims=True))
    return Reach(down=sum_by(codes.index, down, size), up=sum_by(codes.index, up, size))


def too_narrow(frame: AuditedFrame, side: NDArray[np.int8]) -> list[str]:
    """Return a sentence, ending in `NOTHING_TELLS`, where most units with a score had no chance.

    That is where more than half of the eligible respondents are of strata without an answer and
    score lower, or higher, than all answers; or where strata are not known, and the inclusion
    probabilities say that the audit stands for less than half of the respondents.

    Args:
        frame: The audited frame.
        side: Of `beyond_answers`.
    """
    if frame.strata_known:
        eligible = int((frame.eligible & frame.responded).sum())
        outside = int((side != 0).sum())
        said = (
            f"{outside} of {eligible} eligible units with a score are of strata without an answer"
            " and score beyond all that were audited"
        )
    else:
        eligible = int(frame.responded.sum())
        told = stood_for(frame)
        outside = eligible - int(min(round(told), eligible))
        said = (
            f"By its inclusion probabilities the audit stands for {told:.0f} of {eligible} units"
            " with a score"
        )
    return [f"{said}: {NOTHING_TELLS}"] if outside > MOST_UNTOLD * eligible else []
