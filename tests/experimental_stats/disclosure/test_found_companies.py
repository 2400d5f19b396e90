"""What coders found is a table of its own that intervals tell: it is protected and attacked too."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experimental_stats.disclosure.estimates import (
    SectorEvidence,
    protect_estimates,
    without_figures,
)
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.found_companies import FoundCompanies, found_companies
from experimental_stats.disclosure.rules import RELEASE_RULES
from storage.records.release import Estimate

ALL = ("_T", "_T")
FRAME = pa.table(
    {
        "unit_id": ["u1", "u2", "u3", "u4", "u5", "u6"],
        "eligible": [True, True, True, True, False, True],
        "region": ["a", "a", "a", "b", "b", "b"],
        "employees": [90.0, 5.0, 7.0, 30.0, 900.0, 60.0],
    }
)


def audit(**answers: bool) -> pa.Table:
    return pa.table({"unit_id": list(answers), "active": list(answers.values())})


def rows(measure: str, figures: dict, found: FoundCompanies) -> list[Estimate]:
    """Estimates whose intervals begin where coders' finds end."""
    return [
        Estimate(
            wave="w",
            sector="s",
            measure=measure,
            domain_variable="_T" if domain == "_T" else "v",
            domain=domain,
            estimator="composite",
            value=value,
            standard_error=1.0,
            ci_lower=found.amounts.get((measure, key(domain)), 0.0),
            ci_upper=value * 2,
            confidence_level=0.95,
            n_frame=500,
            n_classified=300,
            n_audit=30,
            quality="acceptable",
            disclosure="",
            method_version="1",
        )
        for domain, value in figures.items()
    ]


def key(domain: str) -> tuple[str, str]:
    return ALL if domain == "_T" else ("v", domain)


def finds(measure: str, amounts: dict[str, list[float]], **more) -> FoundCompanies:
    """Domain -> amounts of the companies found in it."""
    every = [amount for found in amounts.values() for amount in found]
    by_domain = {"_T": every} | amounts
    return FoundCompanies(
        amounts={(measure, key(d)): sum(found) for d, found in by_domain.items()},
        largest={
            (measure, key(d)): tuple(sorted(found, reverse=True)[:3])
            for d, found in by_domain.items()
        },
        counts={key(d): len(found) for d, found in by_domain.items()},
        **more,
    )


def known(found: FoundCompanies) -> SectorEvidence:
    return SectorEvidence(seen={}, largest={}, found=found)


def hidden(told: list[Estimate]) -> set[str]:
    return {row.domain for row in told if row.disclosure}


def at_nothing(told: list[Estimate]) -> set[str]:
    return {row.domain for row in told if row.ci_lower == 0}


def test_only_eligible_companies_that_coders_found_active_count():
    answers = audit(u1=True, u2=False, u3=True, u4=True, u5=True)
    found = found_companies(
        FRAME, answers, domains=["region"], measures=["enterprises", "employees"]
    )
    assert found.counts == {ALL: 3, ("region", "a"): 2, ("region", "b"): 1}
    assert found.amounts["employees", ALL] == 127
    assert found.amounts["employees", ("region", "a")] == 97
    assert found.amounts["enterprises", ("region", "b")] == 1
    assert found.largest["employees", ALL] == (90, 30, 7)


def test_where_nobody_was_found_the_totals_are_nothing():
    found = found_companies(FRAME, audit(u1=False), domains=["region"], measures=["employees"])
    assert found.amounts == {("employees", ALL): 0}


@pytest.fixture
def dominated():
    """Of a's 200 employees 104 were found: 100 in one company, so that 104 tells it to 2 %."""
    found = finds(
        "employees", {"a": [100.0, 2.0, 2.0], "b": [40.0, 40.0, 40.0], "c": [30.0, 30.0, 30.0]}
    )
    figures = rows("employees", {"_T": 600.0, "a": 200.0, "b": 250.0, "c": 150.0}, found)
    return figures, known(found)


def test_a_safe_amount_is_told_and_its_interval_does_not_begin_at_a_dominated_sum(dominated):
    figures, evidence = dominated
    blind = replace(evidence, found=FoundCompanies())
    assert protect_estimates(figures, blind, RELEASE_RULES) == figures
    faults = attack_estimates(figures, figures, evidence, RELEASE_RULES)
    assert any("v a: unsafe, but told" in fault for fault in faults)
    told = protect_estimates(figures, evidence, RELEASE_RULES)
    assert hidden(told) == set()
    assert at_nothing(told) == {"a", "c"}
    assert [replace(row, ci_lower=0.0) for row in told] == [
        replace(row, ci_lower=0.0) for row in figures
    ]
    assert attack_estimates(told, figures, evidence, RELEASE_RULES) == []


def test_a_second_cell_in_which_nothing_was_found_hides_nothing():
    """Estimates of a and d may be anything together; what was found of them is all in a."""
    found = finds("enterprises", {"a": [1.0, 1.0], "b": [1.0] * 20, "c": [1.0] * 30, "d": []})
    figures = rows("enterprises", {"_T": 90.0, "a": 9.0, "b": 31.0, "c": 40.0, "d": 10.0}, found)
    evidence = known(found)
    naive = [
        without_figures(row, "primary" if row.domain == "a" else "secondary")
        if row.domain in "ad"
        else row
        for row in figures
    ]
    assert any(
        "v a: between 0 and 2" in fault
        for fault in attack_estimates(naive, figures, evidence, RELEASE_RULES)
    )
    told = protect_estimates(figures, evidence, RELEASE_RULES)
    assert hidden(told) == set()
    assert at_nothing(told) == {"a", "b", "d"}
    assert attack_estimates(told, figures, evidence, RELEASE_RULES) == []


def test_what_an_earlier_release_told_of_the_finds_is_known(dominated):
    """A later model moves every estimate and none of what coders found."""
    figures, evidence = dominated
    before = {("employees", ("v", "c")): 90.0, ("employees", ("v", "b")): 120.0}
    later = replace(evidence, found=replace(evidence.found, earlier=[before]))
    told = protect_estimates(figures, later, RELEASE_RULES)
    assert at_nothing(told) == {"_T", "a"}
    assert attack_estimates(told, figures, later, RELEASE_RULES) == []
    blind = protect_estimates(figures, evidence, RELEASE_RULES)
    faults = attack_estimates(blind, figures, later, RELEASE_RULES)
    assert any("v a: between 104 and 104" in fault for fault in faults)
    other_audit = [{("employees", ("v", "c")): 85.0}]
    revised = replace(evidence, found=replace(evidence.found, earlier=other_audit))
    assert attack_estimates(blind, figures, revised, RELEASE_RULES) == []


def test_what_earlier_releases_gave_away_keeps_no_later_one_back(dominated):
    figures, evidence = dominated
    before = {("employees", (v, d)): n for v, d, n in (("_T", "_T", 314.0), ("v", "b", 120.0))}
    before["employees", ("v", "c")] = 90.0
    later = replace(evidence, found=replace(evidence.found, earlier=[before]))
    told = protect_estimates(figures, later, RELEASE_RULES)
    assert hidden(told) == set()
    assert attack_estimates(told, figures, later, RELEASE_RULES) == []


def test_a_total_whose_finds_are_dominated_is_told_and_begins_at_nothing():
    found = finds("employees", {"a": [100.0, 2.0, 2.0], "b": [0.0, 0.0, 0.0]})
    counted = finds("enterprises", {"a": [1.0] * 3, "b": [1.0] * 3})
    both = replace(found, amounts={**found.amounts, **counted.amounts})
    figures = rows("employees", {"_T": 600.0, "a": 300.0, "b": 300.0}, both)
    companies = rows("enterprises", {"_T": 60.0, "a": 30.0, "b": 30.0}, both)
    told = protect_estimates([*figures, *companies], known(both), RELEASE_RULES)
    assert hidden(told) == set()
    assert at_nothing(told[:3]) == {"_T", "a", "b"}
    assert told[3:] == companies
    assert attack_estimates(told, [*figures, *companies], known(both), RELEASE_RULES) == []


@given(
    st.lists(st.lists(st.integers(1, 500), max_size=4), min_size=1, max_size=5),
    st.sampled_from(["enterprises", "employees"]),
    st.sets(st.sampled_from(["_T", "d0", "d1", "d2", "d3"])),
)
def test_however_few_were_found_estimates_that_are_safe_are_told(finds_of, measure, before):
    counted = measure == "enterprises"
    amounts = {
        f"d{n}": [1.0 if counted else float(amount) for amount in found]
        for n, found in enumerate(finds_of)
    }
    found = finds(measure, amounts)
    told_before = {(measure, key(d)): found.amounts.get((measure, key(d)), 0.0) for d in before}
    found = replace(found, earlier=[{k: lower for k, lower in told_before.items() if lower}])
    values = {domain: 40.0 + 30.0 * sum(of) for domain, of in amounts.items()}
    figures = rows(measure, {"_T": sum(values.values()), **values}, found)
    told = protect_estimates(figures, known(found), RELEASE_RULES)
    assert hidden(told) == set()
    for row, true in zip(told, figures, strict=True):
        assert row.ci_lower in (0.0, true.ci_lower)
    assert attack_estimates(told, figures, known(found), RELEASE_RULES) == []


def test_intervals_of_moved_counts_do_not_tell_what_was_found():
    found = finds("enterprises", {"a": [1.0, 1.0], "b": [1.0] * 20})
    figures = rows("enterprises", {"_T": 60.0, "a": 20.0, "b": 40.0}, found)
    moved = [replace(row, noise_bound=4.5) for row in figures]
    assert attack_estimates(figures, figures, known(found), RELEASE_RULES)
    assert attack_estimates(moved, figures, known(found), RELEASE_RULES) == []
