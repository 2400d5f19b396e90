import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audited_frame import read_audited_frame
from experimental_stats.estimation import estimate_totals
from experimental_stats.stratified_audit import StratifiedAudit


def frame_tables(
    employees: np.ndarray, active: np.ndarray, responded: np.ndarray, cell: np.ndarray
) -> tuple[pa.Table, pa.Table]:
    """A frame all of whose respondents were audited."""
    ids = np.array([f"u{place:04d}" for place in range(len(employees))])
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": np.ones(len(ids), bool),
            "responded": responded,
            "probability": np.full(len(ids), 0.5),
            "weighting_cell": [f"a|{code}" for code in cell],
            "audit_stratum": ["h"] * len(ids),
            "employees": employees,
        }
    )
    audit = pa.table(
        {
            "unit_id": ids[responded],
            "active": active[responded],
            "stratum": ["h"] * int(responded.sum()),
            "inclusion_probability": np.ones(int(responded.sum())),
        }
    )
    return units, audit


def rising(seed: int, n: int = 600, *, slope: float = 0.8):
    rng = np.random.default_rng(seed)
    employees = np.ceil(rng.lognormal(1.5, 1.5, n))
    active = rng.random(n) < 1 / (1 + np.exp(3.5 - slope * np.log(employees)))
    return frame_tables(employees, active, rng.random(n) < 0.6, rng.integers(0, 6, n)), active


def chances(tables: tuple[pa.Table, pa.Table]) -> np.ndarray:
    frame = read_audited_frame(*tables, domains=(), measures=("employees",))
    return StratifiedAudit(frame, 0.95).parts("employees").by_size.rate


def test_where_the_large_are_more_often_active_so_are_the_large_without_a_score():
    tables, _ = rising(1)
    size = tables[0].column("employees").to_numpy()
    missing = ~tables[0].column("responded").to_numpy()
    rate = chances(tables)
    assert (rate[~missing] == 0).all()
    assert rate[missing & (size > 50)].mean() > 3 * rate[missing & (size < 5)].mean()
    assert (rate <= 1).all()


def test_a_cell_in_which_nothing_was_found_may_still_hold_an_active_company():
    tables, active = rising(2)
    units, audit = tables
    cell = np.array(units.column("weighting_cell").to_pylist())
    responded = units.column("responded").to_numpy()
    quiet = (cell == "a|3") & responded
    audit = audit.set_column(1, "active", pa.array((active & ~quiet)[responded]))
    rate = chances((units, audit))
    assert (rate[(cell == "a|3") & ~responded] > 0).all()
    row = estimate_totals(units, audit, measures=("employees",)).to_pylist()[0]
    largest = units.column("employees").to_numpy()[(cell == "a|3") & ~responded].max()
    assert row["ci_upper"] > row["value"] + 0.2 * largest


def test_units_of_one_size_take_the_rate_of_their_cells_together():
    responded = np.arange(100) % 2 == 0
    cell = np.repeat([0, 1], 50)
    tables = frame_tables(np.full(100, 7.0), np.arange(100) % 10 == 0, responded, cell)
    rate = chances(tables)[~responded]
    assert rate.sum() == pytest.approx(0.2 * 50)
    rows = estimate_totals(*tables, measures=("enterprises", "employees")).to_pylist()
    assert rows[1]["value"] == pytest.approx(7 * rows[0]["value"])


def test_cells_in_which_nothing_was_found_add_no_companies_to_those_that_were():
    responded, first = np.arange(200) % 2 == 0, np.arange(200) < 100
    active = first & (np.arange(200) % 10 == 0)
    units, audit = frame_tables(np.full(200, 7.0), active, responded, np.zeros(200, int))
    # Two families of cells: in the second one nobody was found.
    cells = np.where(first, "small|x", "large|x")
    units = units.set_column(units.column_names.index("weighting_cell"), "weighting_cell", [cells])
    rate = chances((units, audit))[~responded]
    assert (rate > 0).all()
    rows = estimate_totals(units, audit, measures=("enterprises", "employees")).to_pylist()
    assert rate.sum() == pytest.approx(rows[0]["value"] - active[responded].sum())
    assert rows[1]["value"] == pytest.approx(7 * rows[0]["value"])


def test_no_company_that_answered_is_expected_again_where_the_frame_holds_no_other_of_its_size():
    employees = np.full(200, 5.0)
    employees[0] = 5000.0  # active, answered; a ratio would expand it by the missing half
    responded = np.arange(200) % 2 == 0
    active = np.arange(200) % 20 == 0
    tables = frame_tables(employees, active, responded, np.zeros(200, int))
    row = estimate_totals(*tables, measures=("employees",)).to_pylist()[0]
    assert 5000 + 9 * 5 < row["value"] < 5000 + 9 * 5 + 100 * 5
    assert row["ci_upper"] <= 5000 + 9 * 5 + 100 * 5


@pytest.mark.slow
def test_few_active_companies_of_very_different_size_are_covered():
    """Some fifteen active respondents, sizes over three orders of magnitude: covered 55 to 80 %."""
    covered = []
    for seed in range(120):
        tables, active = rising(1000 + seed, 700, slope=0.5)
        truth = float((tables[0].column("employees").to_numpy() * active).sum())
        row = estimate_totals(*tables, measures=("employees",), seed=seed).to_pylist()[0]
        covered.append(row["ci_lower"] <= truth <= row["ci_upper"])
    assert np.mean(covered) > 0.90 - 2 * np.sqrt(0.9 * 0.1 / len(covered))
