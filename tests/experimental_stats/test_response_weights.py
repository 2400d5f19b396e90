import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experimental_stats.estimation import estimate_totals
from experimental_stats.response_weights import weigh_responses
from storage.errors import InvalidInput

MARGINS = ("size", "region")


def made_frame(seed: int, n: int = 800) -> pa.Table:
    """Small units of the north answer least; not all units are in the target population."""
    rng = np.random.default_rng(seed)
    size, region = rng.choice(3, n, p=[0.6, 0.3, 0.1]), rng.choice(4, n)
    responded = rng.random(n) < 0.3 + 0.2 * size / 2 + 0.1 * region
    return pa.table(
        {
            "unit_id": [f"u{i:04d}" for i in range(n)],
            "eligible": rng.random(n) < 0.9,
            "responded": responded,
            "probability": pa.array(rng.random(n), mask=~responded),
            "weighting_cell": [f"{s}" for s in size],
            "size": [f"s{s}" for s in size],
            "region": [f"r{r}" for r in region],
            "employees": np.ceil(np.array([3, 20, 150])[size] * rng.lognormal(0, 0.5, n)),
        }
    )


def weights_of(units: pa.Table) -> np.ndarray:
    return units.column("response_weight").fill_null(0.0).to_numpy()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(["raking", "calibration", "greg"]))
def test_weights_are_at_least_one_and_add_up_to_the_frame(seed, method):
    units = made_frame(seed)
    weighed, report = weigh_responses(units, method=method, margins=MARGINS, amounts=("employees",))
    if report.note:
        assert report.method == "cells"
        return
    weight, eligible = weights_of(weighed), units.column("eligible").to_numpy()
    asked = eligible & units.column("responded").to_numpy()
    assert weight[asked].min() >= 1
    assert (weight[~asked] == 0).all()
    for name in MARGINS:
        codes = np.array(units.column(name).to_pylist())
        for code in set(codes):
            known = (eligible & (codes == code)).sum()
            assert weight[codes == code].sum() == pytest.approx(known, rel=1e-4)
    if method != "raking":
        employees = units.column("employees").to_numpy()
        assert weight @ employees == pytest.approx(employees[eligible].sum(), rel=1e-4)


@pytest.mark.parametrize("method", ["raking", "calibration", "greg"])
def test_thousands_of_codes_are_met_within_little_memory(method):
    units = made_frame(4, n=20_000)
    place = np.random.default_rng(1).integers(0, 500, 20_000)
    units = units.append_column("place", pa.array([f"p{code}" for code in place]))
    asked = {"method": method, "margins": ("place", "unit_id"), "amounts": ("employees",)}
    tracemalloc.start()
    weighed, report = weigh_responses(units, **asked)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (report.method, report.note) == (method, "")
    assert most < 60e6  # a column for each of 500 codes would take 80 MB, and 160 MB a product
    weight, eligible = weights_of(weighed), units.column("eligible").to_numpy()
    held = np.bincount(place, weights=weight, minlength=500)
    assert held == pytest.approx(np.bincount(place[eligible], minlength=500), rel=1e-4)


def test_post_stratification_by_hand():
    units = pa.table(
        {
            "unit_id": [f"u{i:02d}" for i in range(40)],
            "eligible": [True] * 40,
            "responded": [i % 20 < 5 or (i >= 20 and i % 20 < 10) for i in range(40)],
            "probability": [0.5] * 40,
            "weighting_cell": ["a"] * 20 + ["b"] * 20,
        }
    )
    same, report = weigh_responses(units, method="cells", margins=(), amounts=())
    assert same is units
    assert (report.lowest, report.highest) == (2.0, 4.0)  # 20 / 10 and 20 / 5
    # Weights 4 (five times) and 2 (ten times): mean 40 / 15, mean square 120 / 15.
    assert report.design_effect == pytest.approx((120 / 15) / (40 / 15) ** 2)
    # Rates .25 and .5 on twenty units each: S = .125 * sqrt(40 / 39).
    assert report.r_indicator == pytest.approx(1 - 2 * 0.125 * np.sqrt(40 / 39))


def test_raking_two_margins_by_hand():
    # Missing: 30 of row a, 10 of row b; 20 of each column. Loads begin at 1 in a 2 x 2 table of ten
    # respondents each, whose raked table is the product of its margins.
    rows, columns = np.repeat(["a", "b"], 20), np.tile(np.repeat(["x", "y"], 10), 2)
    missing_rows, missing_columns = np.repeat(["a", "b"], [30, 10]), np.tile(["x", "y"], 20)
    units = pa.table(
        {
            "unit_id": [f"u{i:03d}" for i in range(80)],
            "eligible": [True] * 80,
            "responded": [True] * 40 + [False] * 40,
            "probability": [0.5] * 80,
            "weighting_cell": ["x"] * 80,
            "row": np.concatenate([rows, missing_rows]),
            "column": np.concatenate([columns, missing_columns]),
        }
    )
    weighed, _ = weigh_responses(units, method="raking", margins=("row", "column"), amounts=())
    assert weights_of(weighed)[[0, 10, 20, 30]] == pytest.approx([2.5, 2.5, 1.5, 1.5])


def regression_loads(load: np.ndarray, x: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The textbook's loads: d (1 + x'λ) with λ = (Σ d x x')⁺ (X − Σ d x)."""
    multiplier = np.linalg.pinv(x.T @ (load[:, None] * x)) @ (wanted - x.T @ load)
    return load * (1.0 + x @ multiplier)


def test_greg_is_the_regression_estimator_where_no_bound_is_met():
    units = made_frame(3)
    weighed, report = weigh_responses(units, method="greg", margins=MARGINS, amounts=("employees",))
    assert (report.method, report.note) == ("greg", "")
    eligible = units.column("eligible").to_numpy()
    asked = eligible & units.column("responded").to_numpy()
    missing = eligible & ~asked
    size, region = (np.array(units.column(name).to_pylist()) for name in MARGINS)
    x = np.column_stack(
        [size == code for code in sorted(set(size))]
        + [region == code for code in sorted(set(region))]
        + [units.column("employees").to_numpy()]
    ).astype(float)
    start = np.array([(missing & (size == s)).sum() / (asked & (size == s)).sum() for s in size])
    expected = regression_loads(start[asked], x[asked], x[missing].sum(axis=0))
    assert ((0.2 * start[asked] < expected) & (expected < 4.0 * start[asked])).all()
    assert weights_of(weighed)[asked] == pytest.approx(1.0 + expected, rel=1e-6)
    # What any variable that is linear in the margins adds up to is then known without error.
    linear = x @ np.linspace(1.0, 2.0, x.shape[1])
    assert weights_of(weighed) @ linear == pytest.approx(linear[eligible].sum(), rel=1e-6)


def test_greg_is_cut_off_at_its_bounds_where_the_line_would_leave_them():
    # Loads are all 1. The line -0.2 + 0.6 x gives units of 1 and 2 employees loads 0.4 and 1, those
    # of 12 employees 7, cut off at 4: 4 + 8 + 8 = 20 units and 4 + 16 + 96 = 116 employees.
    units = pa.table(
        {
            "unit_id": [f"u{i:02d}" for i in range(40)],
            "eligible": [True] * 40,
            "responded": [True] * 20 + [False] * 20,
            "probability": [0.5] * 40,
            "weighting_cell": ["x"] * 40,
            "margin": ["m"] * 40,
            "employees": [1.0] * 10 + [2.0] * 8 + [12.0] * 2 + [1.0] * 14 + [17.0] * 6,
        }
    )
    weighed, report = weigh_responses(
        units, method="greg", margins=("margin",), amounts=("employees",)
    )
    assert (report.method, report.note) == ("greg", "")
    load = weights_of(weighed)[:20] - 1.0
    assert load == pytest.approx([0.4] * 10 + [1.0] * 8 + [4.0] * 2, rel=1e-5)


def test_totals_that_no_bounded_weight_can_meet_fall_back_to_the_cells_and_say_so():
    units = made_frame(1)
    missing = units.column("eligible").to_numpy() & ~units.column("responded").to_numpy()
    employees = np.where(missing, 1e7, units.column("employees").to_numpy())
    giant = units.set_column(
        units.column_names.index("employees"), "employees", pa.array(employees)
    )
    same, report = weigh_responses(
        giant, method="calibration", margins=MARGINS, amounts=("employees",)
    )
    assert same is giant
    assert report.method == "cells"
    assert "did not meet" in report.note


def test_the_order_of_units_does_not_matter():
    units = made_frame(4)
    mixed = units.take(np.random.default_rng(0).permutation(units.num_rows))
    one, two = (
        weigh_responses(table, method="calibration", margins=MARGINS, amounts=())[0]
        for table in (units, mixed)
    )
    assert weights_of(two.sort_by("unit_id")) == pytest.approx(weights_of(one), rel=1e-6)


def audited(units: pa.Table, share_active: float = 0.3) -> pa.Table:
    responded = units.filter(units.column("responded"))
    rng = np.random.default_rng(1)
    active = rng.random(responded.num_rows) < share_active
    return pa.table(
        {
            "unit_id": responded.column("unit_id"),
            "active": active,
            "stratum": ["h"] * responded.num_rows,
            "inclusion_probability": np.ones(responded.num_rows),
        }
    )


def test_with_all_respondents_audited_the_total_is_the_weighted_sum():
    units = made_frame(2)
    weighed, _ = weigh_responses(
        units, method="calibration", margins=MARGINS, amounts=("employees",)
    )
    audit = audited(units)
    rows = estimate_totals(
        weighed, audit, measures=("enterprises", "employees"), domains=("region",)
    ).to_pylist()
    answers = dict(
        zip(audit.column("unit_id").to_pylist(), audit.column("active").to_pylist(), strict=True)
    )
    active = np.array([answers.get(u, False) for u in units.column("unit_id").to_pylist()])
    weight = weights_of(weighed)
    assert rows[0]["value"] == pytest.approx(weight @ active)
    total = next(r for r in rows if r["measure"] == "employees")
    assert total["value"] == pytest.approx((weight * units.column("employees").to_numpy()) @ active)
    regions = [r["value"] for r in rows if r["measure"] == "enterprises"][1:]
    assert sum(regions) == pytest.approx(rows[0]["value"])


def test_a_weight_below_one_is_refused():
    units = made_frame(2)
    wrong = units.append_column("response_weight", pa.array(np.full(units.num_rows, 0.5)))
    with pytest.raises(InvalidInput, match="response_weight is missing or below 1"):
        estimate_totals(wrong, audited(units))
