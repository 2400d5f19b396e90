"""Whether a model's own threshold may decide, by what it did to labels it had not seen (pure).

With few positives a calibration can come out flat; the threshold that promises the best F1 is then
one that calls everybody active. So a threshold is admitted only where, out of fold, companies that
it calls active are demonstrably more often active than those it does not: by Fisher's exact test,
one-sided, at 5 %. Calling everybody active, or drawing lots, never passes. A model that is not
admitted still sorts companies, which an audit needs no more of; it calls active only those that it
holds more likely active than not, and says at every turn that nothing shows it right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from storage.records.stage import Issue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.records.assessment import HeldOutScore

LEVEL = 0.05
CAREFUL = 0.5  # the least threshold of a model that was not admitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the out-of-fold decisions show; of websites that belong together one counts.

    Attributes:
        n: Labelled companies.
        n_active: Of them labelled active.
        decided: Of them called active out of fold.
        hits: Of those labelled active.
        p_value: Chance of so many hits or more where decisions have nothing to do with labels.
        admitted: Whether they are.
        n_copies: Labels of one answer that are all near copies of one text; 0 where none are. No
            fold is then without what it learnt from, so that nothing is shown.
    """

    n: int
    n_active: int
    decided: int
    hits: int
    p_value: float
    admitted: bool
    n_copies: int = 0

    @property
    def told(self) -> str:
        """Return the finding as half a sentence."""
        if self.n_copies:
            return (
                f"all {self.n_copies} labels of one answer are near copies of one text, so that it"
                " was tested on what it learnt from"
            )
        share = f"{self.n_active} of {self.n} labelled companies are active"
        if not self.decided:
            return f"out of fold it calls none active, where {share}"
        return (
            f"out of fold it is right in {self.hits} of the {self.decided} it calls active, where"
            f" {share} (p = {self.p_value:.2g}, below {LEVEL:g} is needed)"
        )


def is_admitted(card: Mapping[str, Any]) -> bool:
    """Return whether a model's threshold was admitted; of a card from before it was asked, yes."""
    return bool(card["decision"].get("admission", {}).get("admitted", True))


def threshold_of(card: Mapping[str, Any]) -> float:
    """Return the probability from which a model counts a unit as active, 0-1."""
    threshold = float(card["decision"]["threshold"])
    return threshold if is_admitted(card) else max(threshold, CAREFUL)


def doubt_about(card: Mapping[str, Any]) -> str:
    """Return why a model's decisions are in doubt, as half a sentence; empty where they are not."""
    if is_admitted(card):
        return ""
    admission = Admission(**card["decision"]["admission"])
    return (
        f"{admission.told}; it decides from a probability of {threshold_of(card):.2f}, and its"
        " decisions are not shown to be better than chance"
    )


def issues_of_doubt(card: Mapping[str, Any]) -> tuple[Issue, ...]:
    """Return the warning of a model that nothing shows to be right; none of others."""
    doubt = doubt_about(card)
    if not doubt:
        return ()
    detail = f"{card['model_id']}: {doubt}; `sectorlens label suggest` tells what to label next"
    return (Issue(stage="classify", code="model_not_admitted", detail=detail),)


def judge_admission(held_out: Sequence[HeldOutScore], *, n_copies: int = 0) -> Admission:
    """Return whether decisions out of fold are demonstrably better than chance.

    Args:
        held_out: Of all labelled subjects, under thresholds set on the other folds.
        n_copies: As in `Admission`.
    """
    from scipy.stats import hypergeom

    _, first = np.unique([one.group_name for one in held_out], return_index=True)
    kept = [held_out[place] for place in first]
    n, n_active = len(kept), sum(one.active for one in kept)
    decided = sum(one.decided for one in kept)
    hits = sum(one.decided and one.active for one in kept)
    p_value = float(hypergeom.sf(hits - 1, n, n_active, decided)) if n else 1.0
    return Admission(
        n=n,
        n_active=n_active,
        decided=decided,
        hits=hits,
        p_value=p_value,
        admitted=p_value < LEVEL and not n_copies,
        n_copies=n_copies,
    )
