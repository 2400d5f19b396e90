"""Patterns known by hand, and random tables that an outsider looks at."""

from time import perf_counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experimental_stats.disclosure import protect

COUNT = {
    "minimum_contributors": 3,
    "protection_percent": 30.0,
    "singletons": True,
    "dominance": [],
    "p_percent": 0.0,
}
FULL = {
    "minimum_contributors": 3,
    "dominance": [[1, 75.0], [2, 90.0]],
    "p_percent": 10.0,
    "protection_percent": 30.0,
    "singletons": True,
}
FEW_EXAMPLES = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def marks(outsider) -> dict:
    return {key: mark for key, mark in zip(outsider.keys, outsider.marks, strict=True) if mark}


def test_of_three_counts_the_cheapest_hides_the_small_one(protected, line):
    outsider = protected(*line(a=(2, 2), b=(5, 5), c=(13, 13)), COUNT)
    assert marks(outsider) == {("a",): "primary", ("b",): "secondary"}
    assert outsider.intervals() == {("a",): (0.0, 7.0), ("b",): (0.0, 7.0)}


def test_empty_cells_are_safe_and_hide_nothing(protected, line):
    outsider = protected(*line(a=(1, 1), b=(0, 0), c=(6, 6)), COUNT)
    assert marks(outsider) == {("a",): "primary", ("c",): "secondary"}


def test_where_only_one_cell_is_filled_its_total_goes_with_it(protected, line):
    outsider = protected(*line(a=(2, 2), b=(0, 0)), COUNT)
    assert set(marks(outsider)) == {("a",), ("_T",)}
    assert outsider.intervals()["a",] == (0.0, float("inf"))


def test_a_magnitude_needs_room_upwards_to_what_its_rule_asks(protected, line):
    # 90 of 100 come from one company: it must look possible up to 90 / .75 = 120, 20 more.
    table = line(
        a=(100, 5, 90, 4, 3), b=(15, 6, 4, 3, 3), c=(25, 6, 6, 5, 4), d=(400, 9, 60, 55, 50)
    )
    outsider = protected(*table, FULL | {"dominance": [[1, 75.0]], "p_percent": 0.0})
    assert marks(outsider) == {("a",): "primary", ("c",): "secondary"}


def test_the_only_contributor_of_a_hidden_cell_learns_no_other_one(protected, line):
    table = line(a=(10, 1, 10), b=(12, 1, 12), c=(200, 9, 30, 29, 28), d=(300, 9, 50, 49, 48))
    assert set(marks(protected(*table, FULL | {"singletons": False}))) == {("a",), ("b",)}
    outsider = protected(*table, FULL)
    assert marks(outsider) == {("a",): "primary", ("b",): "primary", ("c",): "secondary"}
    assert outsider.judge() == []


def test_a_section_with_one_division_is_hidden_with_it(protected):
    dimensions = {"nace": {"A": "_T", "A1": "A", "B": "_T", "C": "_T"}}
    cells = pa.table(
        {
            "nace": ["_T", "A", "A1", "B", "C"],
            "value": [30.0, 2.0, 2.0, 8.0, 20.0],
            "n_contributors": [30, 2, 2, 8, 20],
        }
    )
    outsider = protected(cells, dimensions, COUNT)
    assert marks(outsider) == {("A",): "primary", ("A1",): "primary", ("B",): "secondary"}


def test_a_margin_that_rests_on_two_companies_is_unsafe_itself(protected):
    rows = {("A", "x"): 1, ("A", "y"): 1, ("B", "x"): 9, ("B", "y"): 8}
    rows |= {("A", "_T"): 2, ("B", "_T"): 17, ("_T", "x"): 10, ("_T", "y"): 9, ("_T", "_T"): 19}
    cells = pa.table(
        {
            "nace": [key[0] for key in rows],
            "size": [key[1] for key in rows],
            "value": [float(n) for n in rows.values()],
            "n_contributors": list(rows.values()),
        }
    )
    dimensions = {"nace": {"A": "_T", "B": "_T"}, "size": {"x": "_T", "y": "_T"}}
    outsider = protected(cells, dimensions, COUNT)
    assert marks(outsider)["A", "_T"] == "primary"
    assert outsider.judge() == []


def test_a_safe_table_and_one_without_rules_stay_as_they_are(protected, line):
    assert marks(protected(*line(a=(20, 20), b=(5, 5)), COUNT)) == {}
    off = {"minimum_contributors": 0, "dominance": [], "p_percent": 0, "protection_percent": 0}
    assert marks(protected(*line(a=(1, 1), b=(5, 5)), off)) == {}


def test_an_empty_table_stays_empty(protected, line):
    assert marks(protected(*line(a=(0, 0), b=(0, 0)), COUNT)) == {}


def test_a_cell_whose_company_reports_nothing_is_not_exact(protected, line):
    outsider = protected(*line(a=(0, 1, 0), b=(40, 5, 9, 9, 8), c=(50, 6, 9, 9, 8)), FULL)
    assert marks(outsider)["a",] == "primary"
    assert outsider.judge() == []


@pytest.mark.parametrize("counts", [True, False])
@FEW_EXAMPLES
@given(
    seed=st.integers(0, 10_000),
    sizes=st.sampled_from([(4,), (7, 4), (5, 5), (4, 4, 3), (8, 3)]),
    filling=st.floats(0.3, 6),
)
def test_no_random_table_gives_anything_away(tables, protected, counts, seed, sizes, filling):
    companies = max(2, int(filling * np.prod(sizes)))
    made = tables.made_up_table(seed, sizes=sizes, companies=companies, counts=counts)
    outsider = protected(made.cells, made.dimensions, FULL)
    assert outsider.judge() == []


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_and_dimensions_changes_nothing(tables, protected, seed):
    made = tables.made_up_table(seed, sizes=(9, 7), companies=160)
    pattern = marks(protected(made.cells, made.dimensions, FULL))
    order = np.random.default_rng(seed).permutation(made.cells.num_rows)
    turned = dict(reversed(made.dimensions.items()))
    turned = {name: dict(reversed(tree.items())) for name, tree in turned.items()}
    again = protect(
        made.cells.take(pa.array(order)), dimensions=turned, totals=made.totals, rules=FULL
    )
    assert again.column_names == [*made.cells.column_names, "disclosure"]
    found = {(r["nace"], r["region"]): r["disclosure"] for r in again.to_pylist()}
    assert {key: mark for key, mark in found.items() if mark} == pattern


def test_a_table_of_three_dimensions_is_protected_in_seconds(tables, protected):
    made = tables.made_up_table(11, sizes=(8, 6, 4), companies=400)
    start = perf_counter()
    outsider = protected(made.cells, made.dimensions, FULL)
    assert perf_counter() - start < 60
    assert outsider.judge(singletons=False) == []
    unsafe = (outsider.marks == "primary").sum()
    assert unsafe > 10


def test_more_is_told_than_by_hiding_whole_lines(tables, protected):
    made = tables.made_up_table(3, sizes=(12, 9), companies=400)
    outsider = protected(made.cells, made.dimensions, FULL)
    hidden = outsider.value[outsider.marks != ""].sum() / outsider.value.sum()
    assert hidden < 0.25
