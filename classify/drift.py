"""Has the web, the sector or the model moved on? Every check, and what they say together (pure).

Data drift is a change of what the model reads, prior drift a change of how many units are active,
concept drift a change of what the sector means on the web. Only the last is a proof that the model
is wrong; the first two are reasons to look.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from classify import drift_measures as measures
from classify.measures import average_precision, precision_recall_f1

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from classify.drift_measures import Difference
    from classify.panel import Panel, TurnedCase

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

METHOD_VERSION = "drift-3"
ERROR_RATE = 0.05  # of a false alarm among all checks of a sector together
PSI_WATCH = 0.1
PSI_ACT = 0.25
APART_WATCH = 0.55  # area under the curve; .5 is not to be told apart
APART_ACT = 0.75
MINIMUM_UNITS = 30  # under which a comparison of waves is not made
MINIMUM_PANEL = 10
MINIMUM_PANEL_ACTIVE = 3


class Verdict(StrEnum):
    """What a check, or all of them, advise; in rising order."""

    NOT_MEASURED = "not_measured"
    KEEP = "keep"
    WATCH = "watch"
    RETRAIN = "retrain"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCheck:
    """One check and what it says.

    Attributes:
        kind: ``data``, ``prior`` or ``concept``.
        name: Stable name of the check.
        value: In the check's own scale; None where not measured.
        limit: The value from which it speaks up; None where not measured.
        p_value: 0-1, where the check has one.
        detail: For people.
    """

    kind: str
    name: str
    verdict: Verdict
    detail: str
    value: float | None = None
    limit: float | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What all checks of a sector say of a wave.

    Attributes:
        wave: The wave in question.
        reference_wave: The earlier one it was compared with.
        verdict: Of all checks together.
        checks: In a fixed order.
        turned: Labelled companies that were decided as labelled and are not any more.
    """

    sector: str
    wave: str
    reference_wave: str
    model_id: str
    verdict: Verdict
    checks: tuple[DriftCheck, ...]
    turned: tuple[TurnedCase, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WaveSample:
    """Units of a wave as one model reads them.

    Attributes:
        wave: Its name.
        unit_ids: Of the n units.
        vectors: float64 (n, dim): the mean vector of each unit's passages.
        probability: float64 (n,), by the model in question.
        active: bool (n,), its decisions.
        languages: Of the units.
        n_words: float64 (n,): words of each unit's passages.
        outcomes: Outcome -> units, of the whole frame of the wave.
    """

    wave: str
    unit_ids: tuple[str, ...]
    vectors: Array
    probability: Array
    active: Flags
    languages: tuple[str, ...]
    n_words: Array
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRates:
    """What one wave's audit says of the decisions.

    Attributes:
        correct_positives: Share of units decided active that are (PPV), with its variance; None
            where no such unit was audited.
        correct_negatives: Share of units decided inactive that are (1 - FOR), likewise.
    """

    wave: str
    correct_positives: tuple[float, float] | None
    correct_negatives: tuple[float, float] | None


def check_drift(
    before: WaveSample,
    after: WaveSample,
    *,
    panel: Panel | None = None,
    audits: Sequence[AuditRates] = (),
    learnt_share: float = 0.5,
    seed: int = 0,
) -> tuple[DriftCheck, ...]:
    """Make every check of one sector between two waves.

    Checks with a p-value speak up only where it is under `ERROR_RATE` divided by their number
    (Bonferroni), so that a sector without drift is left in peace in 19 of 20 comparisons.

    Args:
        before: The earlier wave, as the present model reads it.
        after: The wave in question.
        panel: Labelled units in both waves; None where there are none.
        audits: Of all audited waves, in order; the first is the reference.
        learnt_share: Share of active units where the model was calibrated, 0-1.
        seed: Of folds and resampling.

    Returns:
        In a fixed order, all of them, also those that could not be made.
    """
    return (
        *_data_checks(before, after, seed),
        *_prior_checks(before, after, learnt_share),
        *_panel_checks(panel, seed),
        *_audit_checks(audits),
    )


def overall(checks: Sequence[DriftCheck]) -> Verdict:
    """Return what the checks advise together.

    Retrain where one of them says so; watch where one says that; keep where at least one was
    made and all that were made are quiet.
    """
    order = list(Verdict)
    return max((check.verdict for check in checks), key=order.index, default=Verdict.NOT_MEASURED)


# ------------------------------------------------------------------ data

_DATA_CHECKS = ("scores", "languages", "words", "outcomes", "score_gap", "texts")
_N_TESTS = len(_DATA_CHECKS) + 1  # and the share of active units


def _data_checks(before: WaveSample, after: WaveSample, seed: int) -> list[DriftCheck]:
    fewest = min(len(before.unit_ids), len(after.unit_ids))
    if fewest < MINIMUM_UNITS:
        reason = f"needs {MINIMUM_UNITS} units with text in each wave; there are {fewest}"
        return [_not_measured("data", name, reason) for name in _DATA_CHECKS]
    scores = measures.count_by_decile(before.probability, after.probability)
    words = measures.count_by_decile(before.n_words, after.n_words)
    languages = Counter(before.languages), Counter(after.languages)
    apart = measures.tell_apart(
        before.vectors, after.vectors, [*before.unit_ids, *after.unit_ids], seed=seed
    )
    gap = measures.largest_gap(before.probability, after.probability)
    return [
        _by_index("scores", scores, "the model's probabilities (by decile)"),
        _by_index("languages", languages, "the languages of the websites"),
        _by_index("words", words, "how many words units show (by decile)"),
        _by_index("outcomes", (before.outcomes, after.outcomes), "the outcomes of all units"),
        DriftCheck(
            kind="data",
            name="score_gap",
            verdict=Verdict.WATCH if gap.value >= 0.1 and _is_sure(gap) else Verdict.KEEP,
            detail="largest gap between the two distributions of probabilities"
            " (Kolmogorov-Smirnov)",
            value=gap.value,
            limit=0.1,
            p_value=gap.p_value,
        ),
        DriftCheck(
            kind="data",
            name="texts",
            verdict=_graded(apart, APART_WATCH, APART_ACT),
            detail="how well a classifier tells the two waves' texts apart (area under the curve;"
            " .5 is not at all)",
            value=apart.value,
            limit=APART_WATCH,
            p_value=apart.p_value,
        ),
    ]


def _by_index(
    name: str, counts: tuple[Mapping[str, int], Mapping[str, int]], what: str
) -> DriftCheck:
    found = measures.stability_index(*counts)
    is_moved = found.value >= PSI_WATCH and _is_sure(found)
    strongly = ", strongly" if is_moved and found.value >= PSI_ACT else ""
    return DriftCheck(
        kind="data",
        name=name,
        verdict=Verdict.WATCH if is_moved else Verdict.KEEP,
        detail=f"population stability index of {what}{strongly}",
        value=found.value,
        limit=PSI_WATCH,
        p_value=found.p_value,
    )


def _graded(found: Difference, watch: float, act: float) -> Verdict:
    if found.value < watch or not _is_sure(found):
        return Verdict.KEEP
    return Verdict.RETRAIN if found.value >= act else Verdict.WATCH


def _is_sure(found: Difference) -> bool:
    return found.p_value < ERROR_RATE / _N_TESTS


def _not_measured(kind: str, name: str, reason: str) -> DriftCheck:
    return DriftCheck(kind=kind, name=name, verdict=Verdict.NOT_MEASURED, detail=reason)


# ------------------------------------------------------------------ prior


def _prior_checks(before: WaveSample, after: WaveSample, learnt_share: float) -> list[DriftCheck]:
    n, m = len(before.unit_ids), len(after.unit_ids)
    if min(n, m) < MINIMUM_UNITS:
        reason = f"needs {MINIMUM_UNITS} units with text in each wave; there are {min(n, m)}"
        return [_not_measured("prior", "share_active", reason)]
    counts = int(before.active.sum()), int(after.active.sum())
    change = measures.shares_differ(
        (counts[0], n), (counts[1], m), in_both=_decided_in_both(before, after)
    )
    likely = [
        measures.prior_by_likelihood(sample.probability, learnt_share) for sample in (before, after)
    ]
    return [
        DriftCheck(
            kind="prior",
            name="share_active",
            verdict=Verdict.WATCH if _is_sure(change) else Verdict.KEEP,
            detail=(
                f"change of the share decided active, from {counts[0] / n:.2%} to"
                f" {counts[1] / m:.2%} of the units compared, by what the model says before any"
                " correction; most likely share by the scores (maximum likelihood):"
                f" {likely[0]:.2%}, then {likely[1]:.2%}"
            ),
            value=change.value,
            limit=0.0,
            p_value=change.p_value,
        )
    ]


def _decided_in_both(before: WaveSample, after: WaveSample) -> measures.DecidedTwice:
    """Return how the units that are in both waves were decided in each."""
    then = dict(zip(before.unit_ids, before.active.tolist(), strict=True))
    now = dict(zip(after.unit_ids, after.active.tolist(), strict=True))
    both = then.keys() & now.keys()
    return measures.DecidedTwice(
        n=len(both),
        first=sum(then[unit] for unit in both),
        second=sum(now[unit] for unit in both),
        twice=sum(then[unit] and now[unit] for unit in both),
    )


# ------------------------------------------------------------------ concept


def _panel_checks(panel: Panel | None, seed: int) -> list[DriftCheck]:
    names = ("panel_average_precision", "panel_f1")
    n = len(panel.labelled_active) if panel else 0
    n_active = int(panel.labelled_active.sum()) if panel else 0
    if panel is None or n < MINIMUM_PANEL or n_active < MINIMUM_PANEL_ACTIVE:
        reason = (
            f"needs {MINIMUM_PANEL} labelled units with text in both waves, {MINIMUM_PANEL_ACTIVE}"
            f" of them active; there are {n} and {n_active}"
        )
        return [_not_measured("concept", name, reason) for name in names]
    said = panel.labelled_active

    def precision_before(places: npt.NDArray[np.intp]) -> float:
        return average_precision(panel.before[places], said[places])

    def f1_before(places: npt.NDArray[np.intp]) -> float:
        return precision_recall_f1(panel.before[places] >= panel.threshold, said[places])[2]

    # A panel without an error has a spread of 0; one unit wrong is half a unit's weight of F1.
    least = 0.5 / n_active
    floors = [
        measures.panel_floor(figure, n, least_deviation=least, seed=seed)
        for figure in (precision_before, f1_before)
    ]
    now = [
        average_precision(panel.after, said),
        precision_recall_f1(panel.after >= panel.threshold, said)[2],
    ]
    return [
        DriftCheck(
            kind="concept",
            name=name,
            verdict=Verdict.RETRAIN if value < floor else Verdict.KEEP,
            detail=f"on {n} labelled units crawled in both waves ({n_active} active); the limit is"
            " μ - 1.96 s of 1,000 resamples of the earlier wave",
            value=value,
            limit=floor,
        )
        for name, value, floor in zip(names, now, floors, strict=True)
    ]


def _audit_checks(audits: Sequence[AuditRates]) -> list[DriftCheck]:
    return [
        _audit_check(
            "audit_positives",
            "share of audited units decided active that are active",
            [rates.correct_positives for rates in audits if rates.correct_positives],
        ),
        _audit_check(
            "audit_negatives",
            "share of audited units decided inactive that are inactive",
            [rates.correct_negatives for rates in audits if rates.correct_negatives],
        ),
    ]


def _audit_check(name: str, what: str, rates: Sequence[tuple[float, float]]) -> DriftCheck:
    if len(rates) < 2:
        reason = f"needs two audited waves that this model decided; there are {len(rates)}"
        return _not_measured("concept", name, reason)
    cumulated = measures.cumulated_fall(rates)[-1]
    return DriftCheck(
        kind="concept",
        name=name,
        verdict=Verdict.RETRAIN if cumulated > measures.CUSUM_LIMIT else Verdict.KEEP,
        detail=f"CUSUM of the {what}: {rates[0][0]:.3f} in the first of {len(rates)} audits,"
        f" {rates[-1][0]:.3f} in the last",
        value=cumulated,
        limit=measures.CUSUM_LIMIT,
    )
