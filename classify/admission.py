"""Whether a model's own threshold may decide, by what it did to labels it had not seen (pure).

With few positives a calibration can come out flat; the threshold that promises the best F1 is then
one that calls everybody active. So a threshold is admitted only where, out of fold, companies that
it calls active are demonstrably more often active than those it does not: by Fisher's exact test,
one-sided, at 5 %. Calling everybody active, or drawing lots, never passes. A model that is not
admitted still sorts companies, which an audit needs no more of; it calls active only those that it
holds more likely active than not, and says at every turn that nothing shows it right.

Labels that are wrong at random pass that test: a model learns from the right ones, and is measured
on the wrong ones too. They show elsewhere: companies are labelled active whose text is as far from
the sector as can be. So a model is in doubt, too, where among the labelled companies that are least
like the sector demonstrably more than one in twenty is labelled active. These are as many as half
of the inactive ones, the last by the definition's rank and the last by the model out of fold; the
fewer of the two counts, so that neither a poor definition nor a poor model alone brings the doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from storage.records.stage import Issue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from storage.records.assessment import HeldOutScore

    Array = npt.NDArray[np.float64]

LEVEL = 0.05
MOST_WRONG = 0.05  # share labelled active among those least like the sector that raises no doubt
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
        n_unlike: Labelled companies that are least like the sector; 0 where it was not looked at.
        n_unlike_active: Of them labelled active, by the order that has fewer.
        unlike_p: Chance of so many or more where one in twenty is.
    """

    n: int
    n_active: int
    decided: int
    hits: int
    p_value: float
    admitted: bool
    n_copies: int = 0
    n_unlike: int = 0
    n_unlike_active: int = 0
    unlike_p: float = 1.0

    @property
    def has_doubtful_labels(self) -> bool:
        """Return whether its labels look wrong, though it decides better than chance by them."""
        return self.p_value < LEVEL and not self.n_copies and self.unlike_p < LEVEL

    @property
    def told(self) -> str:
        """Return the finding as half a sentence."""
        if self.n_copies:
            return (
                f"all {self.n_copies} labels of one answer are near copies of one text, so that it"
                " was tested on what it learnt from"
            )
        if self.has_doubtful_labels:
            return (
                f"of the {self.n_unlike} labelled companies least like the sector, by the"
                f" definition as by the model out of fold, {self.n_unlike_active} or more are"
                f" labelled active (p = {self.unlike_p:.2g} where one in {1 / MOST_WRONG:.0f} is):"
                " labels look wrong, or the texts do not tell what they were given for"
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
    shown = "its decisions are not shown to be better than chance"
    if admission.has_doubtful_labels:
        shown = "measures on such labels say little of it"
    least = f"it decides from a probability of {threshold_of(card):.2f}"
    return f"{admission.told}; {least}, and {shown}"


def advice_on(card: Mapping[str, Any]) -> str:
    """Return what to do about a model in doubt."""
    if Admission(**card["decision"]["admission"]).has_doubtful_labels:
        return (
            f"`sectorlens label check --sector {card['sector']}` ranks the labels to look at again"
        )
    return "`sectorlens label suggest` tells what to label next"


def issues_of_doubt(card: Mapping[str, Any]) -> tuple[Issue, ...]:
    """Return the warning of a model that nothing shows to be right; none of others."""
    doubt = doubt_about(card)
    if not doubt:
        return ()
    detail = f"{card['model_id']}: {doubt}; {advice_on(card)}"
    return (Issue(stage="classify", code="model_not_admitted", detail=detail),)


def judge_admission(
    held_out: Sequence[HeldOutScore], *, n_copies: int = 0, likeness: Sequence[float] = ()
) -> Admission:
    """Return whether decisions out of fold are demonstrably better than chance, on sound labels.

    Args:
        held_out: Of all labelled subjects, under thresholds set on the other folds.
        n_copies: As in `Admission`.
        likeness: Of the same subjects to the sector, by its definition; empty: labels are not
            looked at.
    """
    from scipy.stats import binom, hypergeom

    _, first = np.unique([one.group_name for one in held_out], return_index=True)
    kept = [held_out[place] for place in first]
    n, n_active = len(kept), sum(one.active for one in kept)
    decided = sum(one.decided for one in kept)
    hits = sum(one.decided and one.active for one in kept)
    p_value = float(hypergeom.sf(hits - 1, n, n_active, decided)) if n else 1.0
    n_unlike, n_unlike_active = 0, 0
    if len(likeness):
        said = [one.probability if one.score is None else one.score for one in kept]
        ranks = np.array(likeness)[first], np.array(said)
        n_unlike, n_unlike_active = _labelled_active_below(ranks, kept)
    unlike_p = float(binom.sf(n_unlike_active - 1, n_unlike, MOST_WRONG))
    return Admission(
        n=n,
        n_active=n_active,
        decided=decided,
        hits=hits,
        p_value=p_value,
        admitted=p_value < LEVEL and not n_copies and unlike_p >= LEVEL,
        n_copies=n_copies,
        n_unlike=n_unlike,
        n_unlike_active=n_unlike_active,
        unlike_p=unlike_p,
    )


def _labelled_active_below(ranks: Sequence[Array], kept: Sequence[HeldOutScore]) -> tuple[int, int]:
    """Return how many companies are least like the sector, and how many are labelled active."""
    active = np.array([one.active for one in kept], dtype=bool)
    n = int((~active).sum()) // 2
    return n, min(int(active[np.argsort(rank, kind="stable")[:n]].sum()) for rank in ranks)
