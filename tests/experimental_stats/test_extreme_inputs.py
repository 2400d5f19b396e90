"""Inputs of `estimate_totals` in units, types and sizes that nobody foresaw."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from experimental_stats.estimation import WARNINGS_KEY, estimate_totals

ASKED = {"domains": ("domain",), "measures": ("enterprises", "employees")}


def drawn(seed: int = 3, n: int = 400) -> tuple[pa.Table, pa.Table]:
    """A frame of two strata, half of whose respondents were audited."""
    rng = np.random.default_rng(seed)
    active = rng.random(n) < 0.2
    responded, eligible = rng.random(n) < 0.7, rng.random(n) < 0.8
    stratum = np.where(rng.random(n) < 0.3 + 0.5 * active, "b", "a")
    chosen = responded & (rng.random(n) < 0.5)
    share = {s: chosen[stratum == s].sum() / responded[stratum == s].sum() for s in ("a", "b")}
    units = pa.table(
        {
            "unit_id": [f"u{place}" for place in range(n)],
            "eligible": eligible,
            "responded": responded,
            "probability": pa.array(rng.random(n) + active, mask=~responded),
            "weighting_cell": [f"x|{code}" for code in rng.integers(0, 3, n)],
            "audit_stratum": pa.array(stratum, mask=~responded),
            "domain": [f"d{code}" for code in rng.integers(0, 5, n)],
            "employees": np.ceil(rng.lognormal(1.5, 1.5, n)),
        }
    )
    audit = pa.table(
        {
            "unit_id": units.column("unit_id").filter(pa.array(chosen)),
            "active": active[chosen],
            "stratum": stratum[chosen],
            "inclusion_probability": [float(share[s]) for s in stratum[chosen]],
        }
    )
    return units, audit


def put(table: pa.Table, name: str, column: object) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def rows_of(units: pa.Table, audit: pa.Table) -> list[dict]:
    """The figures, checked: finite, ordered, adding up."""
    rows = estimate_totals(units, audit, **ASKED).to_pylist()
    for row in rows:
        assert 0 <= row["ci_lower"] <= row["value"] <= row["ci_upper"] < np.inf
        assert 0 <= row["standard_error"] < np.inf
    for measure in ASKED["measures"]:
        total, *parts = [row["value"] for row in rows if row["measure"] == measure]
        assert sum(parts) == pytest.approx(total, rel=1e-6, abs=0)
    return rows


@pytest.mark.parametrize("factor", [1e-300, 1e-3, 1e200], ids=str)
def test_the_unit_of_an_amount_does_not_matter(factor):
    units, audit = drawn()
    size = pc.multiply(units.column("employees"), factor)
    plain, scaled = rows_of(units, audit), rows_of(put(units, "employees", size), audit)
    for one, other in zip(plain, scaled, strict=True):
        if one["measure"] == "employees":
            for name in ("value", "ci_lower", "ci_upper", "standard_error"):
                assert other[name] / factor == pytest.approx(one[name], rel=1e-6)


@pytest.mark.parametrize("factor", [1e-310, 1e307], ids=str)
def test_scores_of_any_scale_sort_alike(factor):
    units, audit = drawn()
    score = pc.multiply(units.column("probability"), factor)
    scaled = rows_of(put(units, "probability", score), audit)
    assert scaled[0]["value"] == pytest.approx(rows_of(units, audit)[0]["value"])


def test_scores_too_small_to_tell_beside_the_largest_are_ties():
    units, audit = drawn()
    score = units.column("probability").to_numpy().copy()
    score[:200] *= 1e-309
    rows_of(put(units, "probability", pa.array(score, from_pandas=True)), audit)


def test_text_types_of_arrow_and_unused_columns_change_nothing():
    units, audit = drawn(7)
    plain = rows_of(units, audit)
    for name in ("unit_id", "weighting_cell", "audit_stratum", "domain"):
        units = put(units, name, units.column(name).dictionary_encode())
    audit = put(audit, "unit_id", audit.column("unit_id").cast(pa.large_string()))
    units = units.append_column("unused", pa.array(["x"] * units.num_rows, pa.string_view()))
    assert rows_of(units, audit) == plain


def test_a_unit_outside_the_target_population_may_have_no_size():
    units, audit = drawn()
    plain = rows_of(units, audit)
    outside = pc.invert(units.column("eligible"))
    unsized = pc.if_else(outside, pa.scalar(None, pa.float64()), units.column("employees"))
    assert rows_of(put(units, "employees", unsized), audit) == plain


def warnings_of(units: pa.Table, audit: pa.Table) -> list[str]:
    found = (estimate_totals(units, audit).schema.metadata or {}).get(WARNINGS_KEY, b"[]")
    return json.loads(found)


def test_an_audit_whose_chances_do_not_fit_its_answers_is_doubted():
    units, audit = drawn()
    chance = audit.column("inclusion_probability")
    wrong = put(audit, "inclusion_probability", pc.multiply(chance, 0.3))
    assert warnings_of(units, audit) == []
    assert all("is it a probability sample" in said for said in warnings_of(units, wrong))
    assert len(warnings_of(units, wrong)) == 2
    unknown = units.drop_columns("audit_stratum")
    assert warnings_of(unknown, audit) == []
    (said,) = warnings_of(unknown, wrong)
    assert "have responded" in said


@pytest.mark.parametrize(
    "size",
    [np.zeros(400), np.where(np.arange(400) == 9, 1e12, 1.0), np.where(np.arange(400) % 7, 0.0, 2)],
    ids=["all 0", "a giant", "most 0"],
)
def test_amounts_of_odd_shape_give_valid_figures(size):
    units, audit = drawn()
    rows_of(put(units, "employees", pa.array(size, pa.float64())), audit)


def everybody_asked(active: list[bool], employees: list[float], missing: int) -> tuple:
    """Respondents who were all audited, and units without a score beside them."""
    n = len(active)
    names = [f"u{place:03d}" for place in range(n + missing)]
    responded = np.arange(n + missing) < n
    units = pa.table(
        {
            "unit_id": names,
            "eligible": [True] * len(names),
            "responded": responded,
            "probability": pa.array(np.full(len(names), 0.5), mask=~responded),
            "weighting_cell": ["c"] * len(names),
            "domain": [f"d{place % 2}" for place in range(len(names))],
            "employees": [*employees, *[5.0] * missing],
        }
    )
    sure = {"stratum": ["all"] * n, "inclusion_probability": [1.0] * n}
    return units, pa.table({"unit_id": names[:n], "active": active, **sure})


def test_a_census_of_respondents_that_finds_nothing_says_not_that_there_is_nothing():
    rows = rows_of(*everybody_asked([False] * 100, [5.0] * 100, 50))
    total = {row["measure"]: row for row in rows if row["domain"] == "_T"}
    assert total["enterprises"]["value"] == total["employees"]["value"] == 0
    # Of a rate that 100 answers bound at 3 %, the 50 others may hold one or two, or four by chance.
    assert 1 <= total["enterprises"]["ci_upper"] <= 5
    assert 5 <= total["employees"]["ci_upper"] <= 30
    assert all(row["ci_upper"] > 0 for row in rows)


def test_finds_without_employees_say_not_that_no_other_has_any():
    active = [True] + [False] * 99
    rows = rows_of(*everybody_asked(active, [0.0] + [5.0] * 99, 50))
    (employees,) = [r for r in rows if (r["measure"], r["domain"]) == ("employees", "_T")]
    assert (employees["value"], employees["ci_upper"]) == (0.0, pytest.approx(15, abs=10))


def test_a_census_of_the_frame_is_certain():
    for found in (0, 3):
        active = [place < found for place in range(40)]
        for row in rows_of(*everybody_asked(active, [5.0] * 40, 0)):
            assert row["ci_lower"] == row["value"] == row["ci_upper"]


def test_a_census_of_respondents_who_are_all_active_says_not_that_everybody_is():
    rows = rows_of(*everybody_asked([True] * 10, [5.0] * 10, 30))
    total = {row["measure"]: row for row in rows if row["domain"] == "_T"}
    # Of a rate that ten answers bound at 75 % the 30 others hold 20 or more.
    for measure, size in (("enterprises", 1), ("employees", 5)):
        row = total[measure]
        assert (row["value"], row["ci_upper"]) == pytest.approx((40 * size, 40 * size))
        assert 28 * size <= row["ci_lower"] <= 36 * size
        assert row["standard_error"] > 0
    one = rows_of(*everybody_asked([True], [5.0], 1))[0]
    assert (one["value"], one["ci_lower"]) == (2.0, 1.0)


def test_an_amount_that_only_units_without_a_score_have_is_not_nought():
    active = [place < 20 for place in range(100)]
    units, audit = everybody_asked(active, [0.0] * 100, 50)
    (employees,) = [r for r in rows_of(units, audit) if r["measure"] == "employees"][:1]
    assert employees["value"] == pytest.approx(50 * 5.0 * 0.2, rel=0.05)
    assert employees["ci_lower"] < 40
    assert employees["ci_upper"] > 60
    table = estimate_totals(units, audit, measures=("employees",))
    (said,) = json.loads(table.schema.metadata[WARNINGS_KEY])
    assert "No unit with a score has any employees" in said
    nobody = everybody_asked([False] * 100, [0.0] * 100, 50)
    assert [r["value"] for r in rows_of(*nobody)] == [0.0] * 6


def test_a_standard_error_counts_no_draw_beyond_the_whole_frame():
    # One find among a few answers and most units without a score: draws reach beyond them all.
    units, audit = everybody_asked([True, False, False, False], [400.0, 1.0, 1.0, 1.0], 60)
    for row in rows_of(units, audit):
        size = np.array(units.column("employees"))
        whole = {"enterprises": 64.0, "employees": size.sum()}[row["measure"]]
        assert row["standard_error"] <= whole / 2
