import pyarrow as pa
import pytest

from experimental_stats.plain_text import csv_cell, plain, unguarded
from experimental_stats.population import (
    clean_domains,
    hidden_domains,
    impute_measure,
    in_target_population,
    waterfall,
)

CODES = {"classified": "complete", "timeout": "non_contact", "parked": "ineligible",
         "no_website": "structural"}  # fmt: skip


def frame(rows: list[tuple[str, str]], **columns: list) -> pa.Table:
    return pa.table(
        {
            "outcome": [outcome for outcome, _ in rows],
            "outcome_class": [CODES[outcome] for outcome, _ in rows],
            "region": [region for _, region in rows],
            **columns,
        }
    )


def test_units_without_a_website_of_their_own_are_outside_the_population():
    rows = [("classified", "a"), ("timeout", "a"), ("parked", "a"), ("no_website", "a")]
    assert in_target_population(frame(rows)).tolist() == [True, True, False, False]


def test_the_waterfall_accounts_for_every_unit():
    rows = [("classified", "a")] * 5 + [("timeout", "b")] * 4 + [("no_website", "a")] * 2
    told = waterfall(frame(rows), CODES, domains=("region",), minimum=3)
    whole = {r.outcome: r.n_units for r in told if r.domain_variable == "_T"}
    assert whole == {"_T": 11, "classified": 5, "timeout": 4, "no_website": 2}
    by_region = {
        (r.domain, r.outcome_class): r.n_units for r in told if r.domain_variable == "region"
    }
    assert by_region["a", "_T"] == 7
    assert by_region["a", "structural"] == 2
    assert by_region["b", "complete"] == 0


def test_a_domain_of_few_units_is_hidden_with_a_companion():
    rows = [("classified", "a")] * 9 + [("timeout", "b")] * 2 + [("parked", "c")] * 4
    told = waterfall(frame(rows), CODES, domains=("region",), minimum=3)
    assert hidden_domains(told) == {"region": {"b", "c"}}
    assert {r.n_units for r in told if r.domain in {"b", "c"}} == {None}


def test_codes_are_made_fit_to_be_shown():
    given = ["North\u202e", "", " \t", "_T", "_U", "a  b\n"]
    cleaned = clean_domains(frame([("classified", code) for code in given]), ("region",))
    assert cleaned.column("region").to_pylist() == [
        "North", "_U", "_U", "_T (register)", "_U (register)", "a b",
    ]  # fmt: skip


def test_missing_numbers_take_the_mean_of_their_size_class():
    rows = [("classified", "a")] * 4 + [("parked", "a")]
    table = frame(
        rows,
        size_class=["s", "s", "l", "x", "s"],
        employees=pa.array([4.0, None, 100.0, -3.0, None]),
    )
    filled, share = impute_measure(table, "employees")
    assert filled.column("employees").to_pylist() == [4.0, 4.0, 100.0, 52.0, 4.0]
    assert share == pytest.approx(0.5)


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x"])
def test_a_cell_that_would_be_a_formula_is_disarmed(start):
    assert csv_cell(start) == "'" + start
    assert unguarded(csv_cell(start)) == start
    assert csv_cell("\t " + start) == "'" + start


def test_text_is_cut_and_cleaned():
    assert plain("a\u200b\u2066b\x00 c") == "ab c"
    assert len(plain("x" * 1000)) == 300
    assert unguarded("'quoted'") == "'quoted'"
