"""Crossings that add up to what they cross."""

from dataclasses import replace

import numpy as np
import pytest

from experimental_stats.reconciliation import reconcile
from storage.records.release import Estimate

ALL = ("_T", "_T")
REGIONS, SIZES = "abc", "xy"


def row(variable: str, domain: str, value: float, error: float = 1.0, **more) -> Estimate:
    fields = {
        **{"wave": "w", "sector": "s", "measure": "enterprises", "domain_variable": variable},
        **{"domain": domain, "estimator": "composite", "value": value, "standard_error": error},
        **{"ci_lower": 0.9 * value, "ci_upper": 1.2 * value, "confidence_level": 0.95},
        **{"n_frame": 99, "n_classified": 30, "n_audit": 9, "quality": "acceptable"},
        **{"disclosure": "", "method_version": "1"},
    }
    return Estimate(**(fields | more))


NESTS = [
    *((("r", r), tuple(("r*s", f"{r}*{s}") for s in SIZES)) for r in REGIONS),
    *((("s", s), tuple(("r*s", f"{r}*{s}") for r in REGIONS)) for s in SIZES),
]


def crossed(cells: dict[str, float], errors: dict[str, float] | None = None) -> list[Estimate]:
    """Return 40 companies by region (20, 15, 5), size (30, 10), and both as given."""
    plain = [row("_T", "_T", 40.0)]
    plain += [row("r", r, v) for r, v in zip(REGIONS, (20.0, 15.0, 5.0), strict=True)]
    plain += [row("s", s, v) for s, v in zip(SIZES, (30.0, 10.0), strict=True)]
    return plain + [
        row("r*s", code, value, (errors or {}).get(code, 1.0)) for code, value in cells.items()
    ]


def figures(rows) -> dict:
    return {(r.domain_variable, r.domain): r.value for r in rows}


def misses(rows) -> list[float]:
    told = figures(rows)
    sums = [(ALL, [k for k in told if k[0] == "r*s"]), *NESTS]
    return [abs(told[whole] - sum(told[part] for part in parts)) for whole, parts in sums]


CELLS = {"a*x": 15.2, "a*y": 5.1, "b*x": 11.0, "b*y": 3.7, "c*x": 4.4, "c*y": 0.6}


def test_cells_of_a_crossing_add_up_to_both_of_its_margins():
    rows = crossed(CELLS)
    found = reconcile(rows, NESTS, ["r*s", "r", "s"])
    assert max(misses(rows)) > 0.3
    assert max(misses(found)) < 1e-5
    # A variable more moves no figure of those before it.
    assert found[:6] == rows[:6]
    for before, after in zip(rows, found, strict=True):
        assert after.value == pytest.approx(before.value, rel=0.15)
        assert after.ci_lower <= min(after.value, before.ci_lower)
        assert after.ci_upper >= max(after.value, before.ci_upper)
        assert after == replace(before, value=after.value, ci_lower=after.ci_lower,
                                ci_upper=after.ci_upper)  # fmt: skip
    assert reconcile(found, NESTS, ["r", "s", "r*s"]) == found


def test_the_cells_move_as_raking_moves_them():
    found = figures(reconcile(crossed(CELLS), NESTS, ["r", "s", "r*s"]))
    table = np.array([[CELLS[f"{r}*{s}"] for s in SIZES] for r in REGIONS])
    for _ in range(200):  # iterative proportional fitting, the textbook's way
        table *= (np.array([20.0, 15.0, 5.0]) / table.sum(axis=1))[:, None]
        table *= np.array([30.0, 10.0]) / table.sum(axis=0)
    cells = [[found["r*s", f"{r}*{s}"] for s in SIZES] for r in REGIONS]
    assert np.array(cells) == pytest.approx(table, abs=1e-5)


def test_what_is_certain_stays_and_zeros_stay_zero():
    cells = CELLS | {"c*x": 4.0, "c*y": 0.0, "a*y": 7.0}
    found = reconcile(crossed(cells, errors={"a*y": 0.0}), NESTS, ["r", "s", "r*s"])
    assert max(misses(found)) < 1e-5
    told = figures(found)
    assert (told["r*s", "a*y"], told["r*s", "c*y"]) == (7.0, 0.0)


def test_certain_cells_that_contradict_a_margin_give_way():
    cells = CELLS | {"c*x": 0.0, "c*y": 0.0}
    found = reconcile(crossed(cells, errors={"c*x": 0.0, "c*y": 0.0}), NESTS, ["r", "s", "r*s"])
    assert max(misses(found)) < 1e-5


def test_where_no_figures_add_up_all_stay_as_they_are():
    rows = crossed(CELLS)
    # One cell cannot be both of two regions of 20 and 15.
    impossible = [(("r", region), (("r*s", "a*x"),)) for region in "ab"]
    assert reconcile(rows, impossible, ["r", "s", "r*s"]) == rows


def test_measures_and_estimators_are_made_to_add_up_each_for_itself():
    rows = crossed(CELLS)
    counted = [replace(r, estimator="classify_and_count", value=r.value * 2) for r in rows]
    heads = [replace(r, measure="employees", value=r.value * 7) for r in rows]
    found = reconcile([*rows, *counted, *heads], NESTS, ["r", "s", "r*s"])
    alone = reconcile(rows, NESTS, ["r", "s", "r*s"])
    assert found[: len(rows)] == alone
    for start, factor in ((len(rows), 2), (2 * len(rows), 7)):
        part = found[start : start + len(rows)]
        assert [r.value for r in part] == pytest.approx([factor * r.value for r in alone], abs=1e-4)
