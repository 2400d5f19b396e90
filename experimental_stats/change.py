"""How much a total has changed between two waves, with the covariance of their samples (pure).

The same units answer in both waves and many are audited in both, so that the errors of the two
totals go together: V(T2 - T1) = V1 + V2 - 2 ρ √(V1 V2) (docs/change.md). ρ is taken from the
linearised errors of both waves; the variances themselves stay those of the headline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from experimental_stats.audited_frame import TOTAL, read_audited_frame
from experimental_stats.estimation import estimate_totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CHANGE_VERSION = "panel_change/2"
SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("value_before", pa.float64()),
        ("value_after", pa.float64()),
        ("value", pa.float64()),
        ("standard_error", pa.float64()),
        ("ci_lower", pa.float64()),
        ("ci_upper", pa.float64()),
        ("confidence_level", pa.float64()),
        ("correlation", pa.float64()),
        ("n_audit_before", pa.int64()),
        ("n_audit_after", pa.int64()),
        ("n_audit_both", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveTables:
    """What `estimation.estimate_totals` takes of one wave.

    Attributes:
        units: One row a frame unit.
        audit: One row an audited unit.
    """

    units: pa.Table
    audit: pa.Table


def estimate_change(
    before: WaveTables,
    after: WaveTables,
    *,
    measures: Sequence[str] = ("enterprises",),
    confidence_level: float = 0.95,
    seed: int = 0,
) -> pa.Table:
    """Estimate the change of totals from one wave to a later one.

    Args:
        before: The earlier wave.
        after: The later wave; units that stand in both have the same ``unit_id``.
        measures: As `estimate_totals` takes them.
        confidence_level: Share 0-1 of the interval.
        seed: Of the estimates' Monte Carlo draws.

    Returns:
        Columns of `SCHEMA`, one row a measure: both totals, their difference ``value``, its
        standard error, and the interval of Zou and Donner (2008), which takes over how lopsided
        the two totals' intervals are. No null.

    Raises:
        InvalidInput: As `estimate_totals`.
    """
    choices = {"measures": measures, "confidence_level": confidence_level, "seed": seed}
    found = [_totals(wave, **choices) for wave in (before, after)]
    audited = [set(wave.audit.column("unit_id").to_pylist()) for wave in (before, after)]
    rows = []
    for measure in measures:
        correlation = _correlation(*(_errors(wave, measure) for wave in (before, after)))
        first, second = found[0][measure], found[1][measure]
        rows.append(
            {
                "measure": measure,
                "value_before": first["value"],
                "value_after": second["value"],
                "value": second["value"] - first["value"],
                "standard_error": _standard_error(first, second, correlation),
                **_limits(first, second, correlation),
                "confidence_level": confidence_level,
                "correlation": correlation,
                "n_audit_before": len(audited[0]),
                "n_audit_after": len(audited[1]),
                "n_audit_both": len(audited[0] & audited[1]),
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _totals(wave: WaveTables, **choices: Any) -> dict[str, dict[str, Any]]:
    rows = estimate_totals(wave.units, wave.audit, **choices).to_pylist()
    return {row["measure"]: row for row in rows if row["domain_variable"] == TOTAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phase:
    """One source of error: which units were sampled, and what each adds to the total's error.

    Attributes:
        sampled: bool, a unit of the frame.
        group: int64: stratum or cell it was sampled in; -1 where it could not be sampled.
        chance: float64: share of its group that was sampled, 0-1.
        error: float64: expanded residual; 0 where not sampled.
    """

    sampled: NDArray[np.bool_]
    group: NDArray[np.int64]
    chance: NDArray[np.float64]
    error: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errors:
    """The two phases of one wave, units in the order of `unit_ids`."""

    unit_ids: NDArray[np.str_]
    response: _Phase
    audit: _Phase


def _errors(wave: WaveTables, measure: str) -> _Errors:
    """Return the linearised errors of a total: first who responds, then who is audited."""
    frame = read_audited_frame(wave.units, wave.audit, domains=(), measures=(measure,))
    amount = np.where(frame.eligible, frame.measures[measure], 0.0)
    truth = np.where(frame.audited, frame.active * amount, 0.0)
    stratum = np.where(frame.responded, frame.stratum, -1)
    rate = _by_group(stratum, frame.audited, truth)
    expected = np.where(frame.audited, truth, rate)
    can_respond = np.where(frame.eligible, frame.cell.index, -1)
    answered = frame.responded & frame.eligible
    residual = expected - _by_group(can_respond, answered, expected)
    response = _phase(can_respond, answered, residual)
    weight = np.where(response.chance > 0, 1 / np.maximum(response.chance, 1e-12), 1.0)
    if frame.load is not None:  # raked or calibrated: a respondent stands for what its weight says
        weight = np.where(answered, 1.0 + frame.load, 1.0)
        response = replace(response, error=np.where(response.sampled, residual * weight, 0.0))
    audit = _phase(stratum, frame.audited, (truth - rate) * weight)
    ids = np.sort(np.array(wave.units.column("unit_id").to_pylist(), dtype=np.str_))
    return _Errors(unit_ids=ids, response=response, audit=audit)


def _by_group(
    group: NDArray[np.int64], sampled: NDArray[np.bool_], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for every unit the mean of its group's sampled units; 0 where there are none."""
    size = int(group.max(initial=-1)) + 1
    inside = sampled & (group >= 0)
    number = np.bincount(group[inside], minlength=size)
    total = np.bincount(group[inside], weights=values[inside], minlength=size)
    mean = np.append(total / np.maximum(number, 1), 0.0)  # the last one is for group -1
    return mean[group]


def _phase(
    group: NDArray[np.int64], sampled: NDArray[np.bool_], residual: NDArray[np.float64]
) -> _Phase:
    chance = _by_group(group, group >= 0, sampled.astype(np.float64))
    inside = sampled & (group >= 0)
    error = np.where(inside, residual / np.maximum(chance, 1e-12), 0.0)
    return _Phase(sampled=inside, group=group, chance=chance, error=error)


def _correlation(first: _Errors, second: _Errors) -> float:
    """Return the correlation of the two totals' errors, -1 to 1; 0 where one has none.

    In each phase Cov = Σ e1 e2 (1 - π1 π2 / π12) over the units sampled in both waves, π12 being
    the share of a pair of groups that both samples took: 0 for samples drawn independently, the
    ordinary variance with its finite-population correction for a sample that was kept.
    """
    _, here, there = np.intersect1d(
        first.unit_ids, second.unit_ids, assume_unique=True, return_indices=True
    )
    covariance = sum(
        _together(one, two, here, there)
        for one, two in ((first.response, second.response), (first.audit, second.audit))
    )
    variances = [
        sum(_together(phase, phase, every, every) for phase in (errors.response, errors.audit))
        for errors in (first, second)
        for every in [np.arange(len(errors.unit_ids))]
    ]
    if min(variances) <= 0:
        return 0.0
    return float(np.clip(covariance / np.sqrt(variances[0] * variances[1]), -1.0, 1.0))


def _together(one: _Phase, two: _Phase, here: NDArray[np.int64], there: NDArray[np.int64]) -> float:
    possible = (one.group[here] >= 0) & (two.group[there] >= 0)
    here, there = here[possible], there[possible]
    if not len(here):
        return 0.0
    pair = one.group[here] * (int(two.group.max()) + 1) + two.group[there]
    _, pair = np.unique(pair, return_inverse=True)
    both = one.sampled[here] & two.sampled[there]
    jointly = (np.bincount(pair, weights=both) / np.bincount(pair))[pair]
    independent = one.chance[here] * two.chance[there]
    errors = one.error[here] * two.error[there]
    kept = np.where(both, 1 - independent / np.maximum(jointly, 1e-12), 0.0)
    return float((errors * kept).sum())


def _standard_error(first: dict[str, Any], second: dict[str, Any], correlation: float) -> float:
    one, two = first["standard_error"], second["standard_error"]
    return float(np.sqrt(max(one**2 + two**2 - 2 * correlation * one * two, 0.0)))


def _limits(first: dict[str, Any], second: dict[str, Any], correlation: float) -> dict[str, float]:
    """Return the limits of a difference from those of its two parts (MOVER with correlation)."""
    below_second = second["value"] - second["ci_lower"]
    above_second = second["ci_upper"] - second["value"]
    below_first = first["value"] - first["ci_lower"]
    above_first = first["ci_upper"] - first["value"]

    def reach(of_second: float, of_first: float) -> float:
        together = of_second**2 + of_first**2 - 2 * correlation * of_second * of_first
        return float(np.sqrt(max(together, 0.0)))

    change = second["value"] - first["value"]
    return {
        "ci_lower": change - reach(below_second, above_first),
        "ci_upper": change + reach(above_second, below_first),
    }
