import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experimental_stats.estimation import WARNINGS_KEY, estimate_totals
from experimental_stats.out_of_reach import NOTHING_TELLS

# Stratum -> units, answers, found active; scores of a stratum lie side by side, in this order.
WHOLE = {"a": (600, 60, 0), "b": (300, 60, 6), "c": (100, 50, 40)}


def frame_of(
    strata: dict[str, tuple[int, int, int]], *, without: str = "", given: bool = True
) -> tuple[pa.Table, pa.Table]:
    """Units of `strata`, half as many again without a score; no answers of `without`."""
    names = np.repeat(list(strata), [n for n, _, _ in strata.values()])
    number = np.concatenate([np.arange(n) for n, _, _ in strata.values()])
    asked = np.array([n < strata[name][1] for name, n in zip(names, number, strict=True)])
    active = np.array([n < strata[name][2] for name, n in zip(names, number, strict=True)])
    ids = [f"u{i:05d}" for i in range(len(names))]
    missing = len(names) // 2
    columns = {
        "unit_id": [*ids, *(f"v{i:05d}" for i in range(missing))],
        "eligible": [True] * (len(names) + missing),
        "responded": [True] * len(names) + [False] * missing,
        "probability": pa.array([*np.linspace(0.0, 1.0, len(names)), *[None] * missing]),
        "weighting_cell": ["x"] * (len(names) + missing),
        "side": [*np.where(number % 2, "odd", "even"), *["odd"] * missing],
        "employees": [3.0] * (len(names) + missing),
    }
    if given:
        columns["audit_stratum"] = [*names, *[None] * missing]
    kept = asked & (names != without)
    audit = pa.table(
        {
            "unit_id": np.array(ids)[kept],
            "active": active[kept],
            "stratum": names[kept],
            "inclusion_probability": [strata[name][1] / strata[name][0] for name in names[kept]],
        }
    )
    return pa.table(columns), audit


def total_of(table: pa.Table) -> dict[str, float]:
    return table.to_pylist()[0]


def told_of(table: pa.Table) -> list[str]:
    return list(json.loads((table.schema.metadata or {}).get(WARNINGS_KEY, b"[]")))


def test_of_an_audit_of_the_decided_active_alone_is_told_that_nothing_tells_of_the_others():
    table = estimate_totals(*frame_of(WHOLE, without="a"))
    told = [said for said in told_of(table) if said.endswith(NOTHING_TELLS)]
    assert [said.split(" eligible")[0] for said in told] == ["600 of 1000"]
    # All of them may be inactive: b's 6 in 60 answers of 300 and c's 80, 1.5 times.
    assert total_of(table)["ci_lower"] < 1.5 * (30 + 80)


def test_without_strata_the_chances_tell_that_most_units_had_none():
    units, audit = frame_of(WHOLE, without="a", given=False)
    assert any(
        "stands for 400 of 1000 units" in said for said in told_of(estimate_totals(units, audit))
    )
    row = total_of(estimate_totals(units, audit))
    # a's 600 units add nothing to the figure; at b's rate of a tenth they would hold 60.
    assert row["ci_upper"] > row["value"] + 1.5 * 0.1 * 600
    assert row["value"] < 1.5 * (0.1 * 300 + 80) * 1.2
    whole = told_of(estimate_totals(*frame_of(WHOLE, given=False)))
    assert not any(said.endswith(NOTHING_TELLS) for said in whole)


def test_units_below_all_answers_may_all_be_inactive():
    strata = {"a": (300, 30, 0), "b": (600, 60, 6), "c": (100, 50, 40)}
    table = estimate_totals(*frame_of(strata, without="a"))
    assert any("Stratum 'a' holds 300 units and no answer" in said for said in told_of(table))
    row = total_of(table)
    # b's tenth of 600 and c's 80 of 100, with half as many again without a score.
    assert row["ci_lower"] < 1.5 * (0.1 * 600 + 80) < row["value"]
    assert row["standard_error"] > 1.5 * 0.1 * 300 / np.sqrt(12)


def test_units_above_all_answers_may_all_be_active():
    row = total_of(estimate_totals(*frame_of(WHOLE, without="c")))
    # The 100 units of c and the 50 without a score that they stand for may be active, all of them.
    assert row["ci_upper"] > 150
    assert row["value"] < 120


def test_a_stratum_between_the_answers_is_spoken_for_by_them():
    whole, gap = (total_of(estimate_totals(*frame_of(WHOLE, without=name))) for name in ("", "b"))
    assert gap["ci_upper"] - gap["ci_lower"] < 6 * (whole["ci_upper"] - whole["ci_lower"])
    assert gap["standard_error"] < 300 / np.sqrt(12)


@settings(max_examples=20, deadline=None)
@given(
    sizes=st.tuples(st.integers(20, 200), st.integers(300, 600), st.integers(20, 200)),
    without=st.sampled_from(["a", "c"]),
)
def test_domains_reach_as_far_together_as_the_total_and_add_up(sizes, without):
    strata = {name: (n, 20, 5) for name, n in zip("abc", sizes, strict=True)}
    measures = ("enterprises", "employees")
    table = estimate_totals(
        *frame_of(strata, without=without), domains=("side",), measures=measures
    )
    assert json.loads(table.schema.metadata[WARNINGS_KEY])
    rows = table.to_pylist()
    for total, *domains in (rows[:3], rows[3:]):
        assert sum(row["value"] for row in domains) == pytest.approx(total["value"], rel=1e-6)
        for row in (total, *domains):
            assert 0 <= row["ci_lower"] <= row["value"] <= row["ci_upper"]
    # Without the units above, the interval could not hold that all of them are active.
    if without == "c":
        assert rows[0]["ci_upper"] >= min(1.5 * sizes[2], 1.5 * sum(sizes))
