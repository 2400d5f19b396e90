import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from audited_frames import frame_table, known_cases, random_frame, tables_of
from hypothesis import given, settings
from hypothesis import strategies as st

from experimental_stats.estimation import WARNINGS_KEY, estimate_totals
from storage.errors import InvalidInput

COLUMNS = (
    "measure domain_variable domain estimator value standard_error ci_lower ci_upper"
    " confidence_level n_frame n_classified n_audit"
).split()
MEASURES = ("enterprises", "employees")


@pytest.mark.parametrize("name", known_cases())
def test_totals_worked_out_by_hand(name):
    case = known_cases()[name]
    rows = estimate_totals(*tables_of(case), measures=MEASURES).to_pylist()
    assert rows[0]["value"] == pytest.approx(float(case[0]["expected_enterprises"]))
    if case[0]["expected_employees"]:
        assert rows[1]["value"] == pytest.approx(float(case[0]["expected_employees"]))
    assert rows[0]["estimator"] == "stratified_audit"


def test_without_the_strata_of_the_frame_the_inclusion_probability_says_the_same():
    units, audit = tables_of(known_cases()["certain and sampled strata"])
    (row,) = estimate_totals(units.drop_columns("audit_stratum"), audit).to_pylist()
    assert row["value"] == pytest.approx(5.0)


def test_the_columns_and_the_order_of_rows_are_the_contracts():
    units, audit = random_frame(1)
    table = estimate_totals(units, audit, domains=["domain"], measures=MEASURES)
    assert table.column_names == COLUMNS
    rows = table.to_pylist()
    codes = sorted(set(units.column("domain").to_pylist()))
    assert [(r["measure"], r["domain"]) for r in rows] == [
        (measure, code) for measure in MEASURES for code in ["_T", *codes]
    ]


def assert_valid(table: pa.Table) -> None:
    for row in table.to_pylist():
        assert all(np.isfinite(row[name]) for name in COLUMNS[4:8]), row
        assert 0 <= row["ci_lower"] <= row["value"] <= row["ci_upper"], row
        assert row["standard_error"] >= 0
        assert row["n_audit"] <= row["n_classified"] <= row["n_frame"]
        if row["measure"] == "enterprises":
            assert row["ci_upper"] <= row["n_frame"] + 1e-9, row
    sums: dict[tuple[str, str], float] = {}
    for row in table.to_pylist():
        key = (row["measure"], row["domain_variable"])
        sums[key] = sums.get(key, 0.0) + row["value"]
    for (measure, _), value in sums.items():
        assert value == pytest.approx(sums[measure, "_T"], rel=1e-6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), known=st.booleans())
def test_whatever_the_frame_every_row_is_valid_and_domains_add_up(seed, known):
    units, audit = random_frame(seed)
    if not known:
        units = units.drop_columns("audit_stratum")
    for method in ("stratified_audit", "classify_and_count"):
        table = estimate_totals(
            units, audit, domains=("domain", "weighting_cell"), measures=MEASURES, method=method
        )
        assert_valid(table)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), shuffle=st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(seed, shuffle):
    units, audit = random_frame(seed)
    rng = np.random.default_rng(shuffle)
    mixed = units.take(rng.permutation(units.num_rows)), audit.take(rng.permutation(audit.num_rows))
    chunked = pa.concat_tables([mixed[0].slice(0, 100), mixed[0].slice(100)])
    first = estimate_totals(units, audit, domains=("domain",), measures=MEASURES)
    assert first.equals(estimate_totals(chunked, mixed[1], domains=("domain",), measures=MEASURES))


@pytest.mark.parametrize(
    "oddity",
    [
        {"score": 0.0},
        {"score": 1.0},
        {"score": 37.5},
        {"prevalence": 0.0},
        {"prevalence": 1.0},
        {"response": 0.0},
        {"eligible": 0.0},
    ],
    ids=str,
)
def test_odd_frames_give_valid_answers(oddity):
    units, audit = random_frame(3, **oddity)
    table = estimate_totals(units, audit, domains=("domain",), measures=MEASURES)
    assert_valid(table)


def test_an_audit_that_finds_nothing_still_leaves_something_possible():
    units, audit = random_frame(5, prevalence=0.0, response=0.7)
    rows = estimate_totals(units, audit, domains=("domain",)).to_pylist()
    assert rows[0]["value"] == 0
    assert rows[0]["ci_upper"] > 0
    assert rows[0]["standard_error"] > 0


def test_no_interval_denies_the_units_that_were_seen():
    units, audit = random_frame(11, prevalence=0.2)
    seen = audit.filter(audit.column("active")).column("unit_id")
    kept = units.filter(pc.and_(pc.is_in(units.column("unit_id"), seen), units.column("eligible")))
    counts = {r["values"]: r["counts"] for r in kept.column("domain").value_counts().to_pylist()}
    for row in estimate_totals(units, audit, domains=("domain",)).to_pylist()[1:]:
        assert row["ci_lower"] >= counts.get(row["domain"], 0)


def test_without_an_eligible_unit_everything_is_zero():
    units, audit = random_frame(2)
    none = units.set_column(1, "eligible", pa.array([False] * units.num_rows))
    rows = estimate_totals(none, audit, domains=("domain",)).to_pylist()
    assert {row["value"] for row in rows} == {0.0}
    assert {row["n_frame"] for row in rows} == {0}


def test_a_stratum_without_an_answer_is_joined_to_its_neighbour():
    units, audit = tables_of(known_cases()["certain and sampled strata"])
    only_low = audit.filter(pc.equal(audit.column("stratum"), "low"))
    table = estimate_totals(units, only_low)
    assert table.to_pylist()[0]["value"] == pytest.approx(9 * 1 / 2)
    (warning,) = json.loads(table.schema.metadata[WARNINGS_KEY])
    assert "no answer: they are put to" in warning


def warnings_of(units: pa.Table, audit: pa.Table) -> list[str]:
    return json.loads((estimate_totals(units, audit).schema.metadata or {}).get(WARNINGS_KEY, "[]"))


def test_what_hangs_on_units_without_a_score_is_told():
    units, audit = tables_of(known_cases()["one stratum"])
    assert warnings_of(units, audit) == []
    missing = frame_table(
        [{"unit_id": f"m{place}", "responded": False, "cell": "silent"} for place in range(11)]
    )
    (cells, share) = warnings_of(pa.concat_tables([units, missing]), audit)
    assert cells.startswith("Weighting cells without a respondent: 1, with 11 eligible units")
    assert share.startswith("52 % of the eligible units have no score")


def test_a_domain_that_nobody_audited_is_called_synthetic():
    units, audit = random_frame(13, prevalence=0.2, response=0.7)
    rows = estimate_totals(units, audit, domains=("domain",)).to_pylist()
    labels = {row["domain"]: (row["estimator"], row["n_audit"]) for row in rows}
    assert labels["tiny"] == ("synthetic", 0)
    assert {label for label, n in labels.values() if n} <= {"stratified_audit", "composite"}


def test_asking_for_more_moves_no_figure():
    units, audit = random_frame(21)
    alone = estimate_totals(units, audit).to_pylist()[0]
    more = estimate_totals(units, audit, domains=("domain",), measures=("employees", "enterprises"))
    assert alone in more.to_pylist()


def nested_frame(seed: int) -> tuple[pa.Table, pa.Table]:
    """A frame whose domains fall into three parts each, and cross with its weighting cells."""
    units, audit = random_frame(seed, prevalence=0.2, response=0.7)
    rng = np.random.default_rng([seed, 1])
    part = np.char.add(units.column("domain").to_pylist(), rng.choice(list("abc"), len(units)))
    crossing = [
        f"{domain}*{cell}"
        for domain, cell in zip(
            units.column("domain").to_pylist(),
            units.column("weighting_cell").to_pylist(),
            strict=True,
        )
    ]
    return units.append_column("part", pa.array(part)).append_column(
        "crossing", pa.array(crossing)
    ), audit


def test_finer_domains_add_up_to_the_wider_ones_and_all_to_the_total():
    units, audit = nested_frame(31)
    names = ("part", "crossing", "domain", "weighting_cell")
    rows = estimate_totals(units, audit, domains=names, measures=MEASURES).to_pylist()
    value = {(r["measure"], r["domain_variable"], r["domain"]): r["value"] for r in rows}
    for measure in MEASURES:
        for name in names:
            whole = sum(v for key, v in value.items() if key[:2] == (measure, name))
            assert whole == pytest.approx(value[measure, "_T", "_T"])
        for code in set(units.column("domain").to_pylist()):
            parts = sum(value.get((measure, "part", f"{code}{letter}"), 0.0) for letter in "abc")
            assert parts == pytest.approx(value[measure, "domain", code])


def test_neither_order_of_columns_nor_finer_domains_move_a_domain():
    units, audit = nested_frame(32)
    few = estimate_totals(units, audit, domains=("part", "domain")).to_pylist()
    more = estimate_totals(units, audit, domains=("crossing", "domain", "part")).to_pylist()
    assert [row for row in few if row not in more] == []


def test_a_wider_domain_tells_of_the_finer_ones_and_not_of_the_total():
    units, audit = nested_frame(33)
    alone = estimate_totals(units, audit, domains=("part",)).to_pylist()
    beside = estimate_totals(units, audit, domains=("part", "domain")).to_pylist()
    assert alone[0] == beside[0]
    assert [row for row in alone if row not in beside]


def test_the_seed_moves_intervals_but_never_the_estimate():
    units, audit = random_frame(22, prevalence=0.2)
    one, two = (estimate_totals(units, audit, seed=seed).to_pylist()[0] for seed in (1, 2))
    assert one["value"] == two["value"]
    assert one["standard_error"] != two["standard_error"]


def test_a_higher_confidence_level_widens_the_interval():
    units, audit = random_frame(22, prevalence=0.2, response=0.7)
    narrow, wide = (
        estimate_totals(units, audit, confidence_level=level).to_pylist()[0]
        for level in (0.5, 0.99)
    )
    assert wide["ci_lower"] < narrow["ci_lower"]
    assert narrow["ci_upper"] < wide["ci_upper"]


def replaced(table: pa.Table, name: str, values: list, kind: pa.DataType) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values, kind))


def with_first(table: pa.Table, name: str, value: object) -> pa.Table:
    column = table.column(name)
    return replaced(table, name, [value, *column.to_pylist()[1:]], column.type)


FAULTS = {
    "lacks the column": lambda u, a: (u.drop_columns("weighting_cell"), a),
    "audit lacks the column": lambda u, a: (u, a.drop_columns("active")),
    "units has more than one row": lambda u, a: (pa.concat_tables([u, u.slice(0, 1)]), a),
    "audit has more than one row": lambda u, a: (u, pa.concat_tables([a, a.slice(0, 1)])),
    "not in the frame": lambda u, a: (u, with_first(a, "unit_id", "stranger")),
    "without unit_id": lambda u, a: (with_first(u, "unit_id", None), a),
    "not above 0 and at most 1": lambda u, a: (u, with_first(a, "inclusion_probability", 0.0)),
    "differs within the stratum": lambda u, a: (u, with_first(a, "inclusion_probability", 0.01)),
    "name different strata": lambda u, a: (u, with_first(a, "stratum", "elsewhere")),
    "employees is missing": lambda u, a: (with_first(u, "employees", None), a),
    "employees is negative": lambda u, a: (with_first(u, "employees", -1.0), a),
    "eligible is null": lambda u, a: (with_first(u, "eligible", None), a),
    "domain is null": lambda u, a: (with_first(u, "domain", None), a),
    "stands for the total": lambda u, a: (with_first(u, "domain", "_T"), a),
    "weighting_cell is null": lambda u, a: (with_first(u, "weighting_cell", None), a),
    "probability is missing": lambda u, a: (with_first(u, "probability", float("nan")), a),
    "audit_stratum is null": lambda u, a: (with_first(u, "audit_stratum", None), a),
    "holds no eligible unit": lambda u, a: (u, a.slice(0, 0)),
    "not bool": lambda u, a: (replaced(u, "eligible", ["yes"] * u.num_rows, pa.string()), a),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_input_is_named(fault):
    units, audit = FAULTS[fault](*tables_of(known_cases()["one stratum"]))
    with pytest.raises(InvalidInput, match=fault):
        estimate_totals(units, audit, domains=("domain",), measures=MEASURES)


def test_an_audited_unit_that_has_not_responded_is_refused():
    units, audit = tables_of(known_cases()["census of respondents"])
    stranger = replaced(audit.slice(0, 1), "unit_id", ["b6"], pa.string())
    with pytest.raises(InvalidInput, match="have not responded"):
        estimate_totals(units, pa.concat_tables([audit, stranger]))


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"method": "guess"}, "not known"),
        ({"confidence_level": 1.0}, "not between"),
        ({"seed": -1}, "negative"),
        ({"measures": ()}, "nothing to estimate"),
        ({"domains": ("domain", "domain")}, "twice"),
    ],
    ids=str,
)
def test_a_fault_in_what_is_asked_for_is_named(asked, fault):
    units, audit = tables_of(known_cases()["one stratum"])
    with pytest.raises(InvalidInput, match=fault):
        estimate_totals(units, audit, **asked)


def test_nobody_responded_is_an_error_and_no_zero():
    units, audit = tables_of(known_cases()["one stratum"])
    silent = replaced(units, "responded", [False] * units.num_rows, pa.bool_())
    with pytest.raises(InvalidInput, match="has responded"):
        estimate_totals(silent, audit.slice(0, 0))


def test_classify_and_count_counts_decisions_and_weights_them_up():
    units, audit = tables_of(known_cases()["census of respondents"])
    (row,) = estimate_totals(units, audit.slice(0, 0), method="classify_and_count").to_pylist()
    assert row["estimator"] == "classify_and_count"
    assert row["value"] == pytest.approx(1 * 6 / 5)
    assert row["n_audit"] == 0
