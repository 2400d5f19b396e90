"""`estimate_totals` on frames and audits of all kinds: valid rows, or an error that tells why."""

import json
import re
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from experimental_stats.assisted_totals import ASSISTED
from experimental_stats.estimation import METHODS, WARNINGS_KEY, estimate_totals
from storage.errors import InvalidInput

FIGURES = ("value", "standard_error", "ci_lower", "ci_upper")
# Codes that a register may hold: nothing, blanks, formulas, marks that turn text round, NUL.
CODES = ("", " ", "a", "b", "a|b", "|", "=1+1", "é", "\u202eb", "\x00", "_U", "_T ", "0")
SCORES = {
    "spread": lambda rng, n: rng.random(n),
    "ties": lambda rng, n: rng.integers(0, 2, n).astype(float),
    "equal": lambda rng, n: np.full(n, 0.3),
    "negative": lambda rng, n: rng.normal(-3, 5, n),
    "huge": lambda rng, n: rng.choice([1e-308, -1e-308, 1.0, 1e308], n),
    "zero": lambda rng, n: np.zeros(n),
}
AMOUNTS = {
    "whole": lambda rng, n: np.ceil(rng.lognormal(1, 1.5, n)),
    "zero": lambda rng, n: np.zeros(n),
    "mostly zero": lambda rng, n: rng.random(n) * (rng.random(n) < 0.1),
    "a giant": lambda rng, n: np.where(np.arange(n) == n // 2, 1e15, 1.0),
    "of all sizes": lambda rng, n: 10.0 ** rng.uniform(-300, 290, n),
    "tiny": lambda rng, n: rng.random(n) * 1e-307,
}
SHARES = st.sampled_from([0.0, 0.02, 0.5, 0.9, 1.0])


@st.composite
def cases(draw: st.DrawFn) -> tuple[pa.Table, pa.Table, dict]:
    """A frame of 0 to 90 units, any of whose parts may be empty, odd or extreme; an audit of it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.sampled_from([0, 1, 2, 5, 30, 90]))
    eligible, responded = rng.random(n) < draw(SHARES), rng.random(n) < draw(SHARES)
    score = SCORES[draw(st.sampled_from(sorted(SCORES)))](rng, n)
    active = rng.random(n) < draw(SHARES)
    n_strata = draw(st.integers(1, 6))
    cuts = np.sort(rng.choice(score, n_strata - 1)) if n else np.zeros(n_strata - 1)
    by_score = draw(st.booleans())
    place = np.searchsorted(cuts, score) if by_score else rng.integers(0, n_strata, n)
    stratum = np.array([f"s{number}" for number in range(n_strata)], object)[place]
    chosen, chance = np.zeros(n, bool), np.zeros(n)
    for number in range(n_strata):
        members = np.flatnonzero(responded & (place == number))
        size = int(np.ceil(len(members) * draw(SHARES)))
        chosen[rng.choice(members, size, replace=False)] = True
        chance[members] = size / max(len(members), 1)
    codes = np.array(CODES, object)
    few = codes[: draw(st.integers(1, len(CODES)))]
    units = {
        "unit_id": rng.permutation([f"{number:x}" for number in range(n)]).astype(object),
        "eligible": eligible,
        "responded": responded,
        "probability": pa.array(score, mask=~responded),
        "weighting_cell": rng.choice(few, n),
        "audit_stratum": pa.array(stratum, pa.string(), mask=~responded),
        "code": rng.choice(few, n),
        "single": pa.array([f"{number}" for number in range(n)], pa.string()),
        "amount": AMOUNTS[draw(st.sampled_from(sorted(AMOUNTS)))](rng, n),
    }
    if draw(st.booleans()):
        del units["audit_stratum"]
    rows = np.flatnonzero(chosen)
    texts = {"unit_id", "weighting_cell", "code"}
    audit = {
        "unit_id": pa.array(units["unit_id"][rows], pa.string()),
        "active": active[rows],
        "stratum": pa.array(stratum[rows], pa.string()),
        "inclusion_probability": chance[rows],
    }
    frame = {k: pa.array(v, pa.string()) if k in texts else v for k, v in units.items()}
    asked = {
        "domains": draw(st.sampled_from([(), ("code",), ("single", "code")])),
        "measures": draw(st.sampled_from([("enterprises",), ("amount", "enterprises")])),
        "method": draw(st.sampled_from(["stratified_audit"] * 6 + list(METHODS))),
        "confidence_level": draw(st.sampled_from([0.95, 0.5, 1e-6, 1 - 1e-9])),
        "seed": draw(st.integers(0, 2**63)),
    }
    return pa.table(frame), pa.table(audit), asked


def shuffled(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    """The same rows in another order and in two chunks."""
    mixed = table.take(rng.permutation(table.num_rows))
    half = table.num_rows // 2
    return pa.concat_tables([mixed.slice(0, half), mixed.slice(half)])


def demand_valid(table: pa.Table, units: pa.Table, asked: dict) -> None:
    """What contract.md promises of every answer."""
    rows = table.to_pylist()
    totals = {row["measure"]: row["value"] for row in rows if row["domain_variable"] == "_T"}
    sums = dict.fromkeys([(m, d) for m in asked["measures"] for d in asked["domains"]], 0.0)
    told = [(row["measure"], row["domain_variable"], row["domain"]) for row in rows]
    assert len(set(told)) == len(told)
    for row in rows:
        assert all(np.isfinite(row[name]) for name in FIGURES), row
        assert 0 <= row["ci_lower"] <= row["value"] <= row["ci_upper"], row
        assert row["n_audit"] <= row["n_classified"] <= row["n_frame"]
        if row["domain_variable"] != "_T":
            sums[row["measure"], row["domain_variable"]] += row["value"]
    for variable in asked["domains"]:
        codes = set(units.column(variable).to_pylist())
        assert {code for _, name, code in told if name == variable} == codes
    if units.num_rows:
        for (measure, _), whole in sums.items():
            assert whole == pytest.approx(totals[measure], rel=1e-6, abs=1e-300)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@given(case=cases(), order=st.integers(0, 2**32))
@settings(max_examples=120, deadline=None)
def test_any_frame_and_audit_gives_valid_rows_or_an_error_that_says_why(case, order):
    units, audit, asked = case
    try:
        table = estimate_totals(units, audit, **asked)
    except InvalidInput as fault:
        event(fault.title[:40])
        with pytest.raises(InvalidInput, match=re.escape(fault.title)):
            estimate_totals(units, audit, **asked)
        return
    event("answered by " + asked["method"])
    demand_valid(table, units, asked)
    rng = np.random.default_rng(order)
    assert estimate_totals(shuffled(units, rng), shuffled(audit, rng), **asked).equals(table)


def small_case() -> tuple[pa.Table, pa.Table]:
    """Eight units of two strata, two of each audited; one of each found active."""
    units = pa.table(
        {
            "unit_id": [f"u{place}" for place in range(8)],
            "eligible": [True] * 8,
            "responded": [True] * 8,
            "probability": [0.1, 0.55, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9],
            "weighting_cell": ["x"] * 8,
            "audit_stratum": ["a"] * 4 + ["b"] * 4,
            "code": ["north", "south"] * 4,
        }
    )
    audit = pa.table(
        {
            "unit_id": ["u0", "u1", "u4", "u5"],
            "active": [False, True, True, False],
            "stratum": ["a", "a", "b", "b"],
            "inclusion_probability": [0.5] * 4,
        }
    )
    return units, audit


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("seed", value) for value in (None, 1.0, "1", True, float("nan"), [1])],
        *[("confidence_level", v) for v in (None, "0.95", True, [0.9], Decimal("0.9"), 1, 0, -1)],
        ("confidence_level", float("nan")),
        *[("method", value) for value in (None, 3, ["ppi"], "")],
        *[("domains", v) for v in (None, 3, "code", {"code"}, [None], [3], pa.array(["code"]))],
        *[("measures", value) for value in (None, 3, "enterprises", {"enterprises"}, [None])],
    ],
    ids=str,
)
def test_a_setting_of_a_wrong_kind_is_named(name, wrong):
    with pytest.raises(InvalidInput, match=rf"^{name.removesuffix('s')}"):
        estimate_totals(*small_case(), **{name: wrong})


def test_numbers_of_numpy_and_names_that_come_one_by_one_are_taken():
    asked = {"seed": np.int64(3), "confidence_level": np.float32(0.5), "domains": iter(["code"])}
    table = estimate_totals(*small_case(), **asked)
    assert table.num_rows == 3
    plain = {"seed": 3, "confidence_level": 0.5, "domains": ("code",)}
    assert table.equals(estimate_totals(*small_case(), **plain))


@pytest.mark.parametrize("method", ["stratified_audit", *ASSISTED])
def test_a_stratum_without_answers_is_told_by_every_method(method):
    units, audit = small_case()
    table = estimate_totals(units, audit.slice(0, 2), method=method)
    (said, *_) = json.loads(table.schema.metadata[WARNINGS_KEY])
    assert said.startswith("Stratum 'b' holds 4 units and no answer: ")


def test_the_em_prior_needs_answers_of_both_kinds():
    units, audit = small_case()
    nobody = audit.set_column(1, "active", pa.array([False] * 4))
    with pytest.raises(InvalidInput, match="needs active and inactive"):
        estimate_totals(units, nobody, method="em_prior")
