"""Estimates of one sector: what is hidden, and what an outsider makes of the rest."""

from dataclasses import replace

import pyarrow as pa
import pytest
from estimate_rows import estimate_row as row
from hypothesis import given, settings
from hypothesis import strategies as st

from experimental_stats.disclosure.contributions import largest_contributions
from experimental_stats.disclosure.estimates import (
    SectorEvidence,
    is_small_total,
    protect_estimates,
    without_figures,
)
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.linked import Figures, hidden_domains_of, nested_domains
from experimental_stats.disclosure.release_attack import ToldFigures, breaches, told_before
from experimental_stats.disclosure.rules import RELEASE_RULES

ALL = ("_T", "_T")


def known(**changes) -> SectorEvidence:
    return SectorEvidence(**({"seen": {}, "largest": {}} | changes))


def exactly(told: dict) -> dict:
    return {key: (value, value) for key, value in told.items()}


def protected(rows, evidence=None, rules=RELEASE_RULES):
    evidence = evidence or known()
    found = protect_estimates(rows, evidence, rules)
    assert attack_estimates(found, rows, evidence, rules) == []
    return {(r.measure, r.domain): r.disclosure for r in found}, found


def test_safe_figures_are_all_told():
    rows = [row("_T", 60), row("a", 30), row("b", 30), row("c", 0)]
    pattern, found = protected(rows)
    assert set(pattern.values()) == {""}
    assert found == rows


def test_a_small_figure_takes_the_smallest_other_along():
    rows = [row("_T", 62), row("a", 2), row("b", 40), row("c", 20), row("d", 0)]
    pattern, found = protected(rows)
    assert {key[1]: how for key, how in pattern.items() if how} == {
        "a": "primary",
        "c": "secondary",
    }
    hidden = found[1]
    assert (hidden.value, hidden.ci_upper, hidden.n_audit, hidden.quality) == (None, None, None, "")


def test_few_units_seen_or_registered_are_small_too():
    rows = [row("_T", 60), row("a", 20), row("b", 40)]
    pattern, _ = protected(rows, known(seen={("v", "a"): 2}))
    assert pattern["enterprises", "a"] == "primary"
    pattern, _ = protected([row("_T", 60), row("a", 0, n_frame=2), row("b", 60)])
    assert pattern["enterprises", "a"] == "primary"


def test_a_part_of_a_company_is_one_so_that_1_switches_the_rule_off():
    rows = [row("_T", 60), row("a", 0.4), row("b", 59.6)]
    off = replace(RELEASE_RULES, minimum_contributors=1, p_percent=0.0)
    assert set(protected(rows, rules=off)[0].values()) == {""}
    assert protected(rows)[0]["enterprises", "a"] == "primary"


def test_where_a_domain_is_estimated_at_nothing_its_parts_are_too():
    nests = [(("v", "a"), (("u", "a1"), ("u", "a2"))), (("v", "b"), (("u", "b1"), ("u", "b2")))]
    rows = [row("_T", 60), row("a", 0, n_frame=9), row("b", 60)]
    few = {"domain_variable": "u", "n_frame": 2}
    rows += [row("a1", 0, **few), row("a2", 0, **few | {"n_frame": 7})]
    rows += [row("b1", 0, **few), row("b2", 60, **few | {"n_frame": 70})]
    pattern, _ = protected(rows, known(nests=nests))
    assert pattern["enterprises", "a1"] == ""
    assert pattern["enterprises", "b1"] == "primary"


def test_a_domain_of_few_companies_is_hidden_for_every_measure_and_estimator():
    rows = [row("_T", 62), row("a", 2), row("b", 40), row("c", 20)]
    rows += [row(r.domain, (r.value or 0) * 9, measure="employees") for r in rows]
    rows += [row(r.domain, 50.0, estimator="classify_and_count") for r in rows[1:4]]
    rows.append(row("_T", 150.0, estimator="classify_and_count"))
    _, found = protected(rows)
    hidden = {r.domain for r in found if r.disclosure}
    assert hidden == {"a", "c"}
    assert all(r.value is None for r in found if r.domain in hidden)


def test_a_comparison_that_counts_every_unit_is_not_told_and_the_headline_stays():
    units = {"_T": 20, "a": 1, "b": 2, "c": 17}
    rows = [row(d, v, n_frame=units[d]) for d, v in (("_T", 9), ("a", 0.5), ("b", 0.5), ("c", 8))]
    rows += [
        row(d, n, n_frame=n, estimator="classify_and_count") for d, n in units.items()
    ]  # decided active, every one of them: the total says all
    _, found = protected(rows)
    total, *_ = [r for r in found if r.domain == "_T" and r.estimator == "composite"]
    assert (total.value, total.disclosure) == (9, "")
    assert all(r.value is None for r in found if r.estimator == "classify_and_count")


def test_what_one_company_makes_up_is_hidden_for_that_measure_alone():
    rows = [row("_T", 62), row("a", 22), row("b", 20), row("c", 20)]
    rows += [row(d, v, measure="employees") for d, v in
             (("_T", 900), ("a", 300), ("b", 310), ("c", 290))]  # fmt: skip
    dominant = known(
        largest={
            ("employees", ("v", "a")): (280.0, 10.0, 9.0),
            ("employees", ALL): (280.0, 60.0, 50.0),
        }
    )
    pattern, _ = protected(rows, dominant)
    assert pattern["employees", "a"] == "primary"
    assert pattern["employees", "c"] == "secondary"
    assert not any(how for (measure, _), how in pattern.items() if measure == "enterprises")


def test_a_measure_whose_total_one_company_makes_up_is_not_told_at_all():
    rows = [row("_T", 62), row("a", 32), row("b", 30)]
    rows += [row(d, v, measure="employees") for d, v in (("_T", 900), ("a", 800), ("b", 100))]
    pattern, _ = protected(rows, known(largest={("employees", ALL): (780.0, 90.0, 9.0)}))
    assert pattern["employees", "_T"] == "primary"
    assert pattern["employees", "b"] == "secondary"
    assert pattern["enterprises", "b"] == ""


def test_domains_hidden_elsewhere_are_hidden_here():
    rows = [row("_T", 60), row("a", 30), row("b", 30)]
    pattern, _ = protected(rows, known(forced={("v", "b")}))
    assert pattern["enterprises", "b"] == "secondary"


def test_where_nothing_else_can_protect_the_whole_breakdown_goes():
    pattern, _ = protected([row("_T", 60), row("a", 60), row("b", 0)], known(seen={("v", "a"): 1}))
    assert pattern == {
        ("enterprises", "_T"): "", ("enterprises", "a"): "primary",
        ("enterprises", "b"): "secondary",
    }  # fmt: skip


def test_what_the_last_wave_hid_is_hidden_again_where_it_costs_little_more():
    rows = [row("_T", 65), row("a", 2), row("b", 40), row("c", 11), row("d", 12)]
    assert protected(rows)[0]["enterprises", "c"] == "secondary"
    pattern, _ = protected(rows, known(before={("enterprises", ("v", "d"))}))
    assert pattern["enterprises", "d"] == "secondary"
    assert pattern["enterprises", "c"] == ""


def test_a_region_of_two_provinces_gives_away_no_province():
    frame = pa.table(
        {"region": ["n"] * 5 + ["s"] * 5, "province": ["n1"] * 2 + ["n2"] * 3 + ["s1"] * 5}
    )
    nests = nested_domains(frame, ["region", "province"])
    assert (("region", "n"), (("province", "n1"), ("province", "n2"))) in nests
    values = {ALL: 60.0, ("region", "n"): 22.0, ("region", "s"): 38.0, ("province", "n1"): 2.0,
              ("province", "n2"): 20.0, ("province", "s1"): 18.0,
              ("province", "s2"): 20.0}  # fmt: skip
    small = {("province", "n1"): 1.0}
    figures = Figures(values=values, up=small, down=small)
    # Without the nest the cheapest companion is s1; with it, that gives n1 away by the region.
    assert ("province", "s1") in hidden_domains_of(figures, [])
    naive = {key: None if key[1] in {"n1", "s1"} else v for key, v in values.items()}
    (told,) = breaches(ToldFigures(name="t", told=naive, most={}), figures, nests)
    assert told.split(";")[0] == "t province n1: between 2 and 2"
    hidden = hidden_domains_of(figures, nests)
    assert ("province", "n2") in hidden
    right = {key: None if key in hidden else v for key, v in values.items()}
    assert breaches(ToldFigures(name="t", told=right, most={}), figures, nests) == []


def test_an_outsider_catches_naive_suppression():
    rows = [row("_T", 62), row("a", 2), row("b", 40), row("c", 20)]
    naive = [without_figures(r, "primary") if r.domain == "a" else r for r in rows]
    found = attack_estimates(naive, rows, known(), RELEASE_RULES)
    assert [line.split(";")[0] for line in found] == ["s enterprises v a: between 2 and 2"]
    (told,) = attack_estimates(rows, rows, known(), RELEASE_RULES)
    assert told.split(";")[0] == "s enterprises v a: unsafe, but told"


def test_an_outsider_knows_how_many_companies_there_are():
    # b has 3 companies: whatever is hidden, at most 3 of the 22 are in b, so at least 19 in a.
    rows = [row("_T", 62), row("a", 20, n_frame=21), row("b", 2, n_frame=3), row("c", 40)]
    naive = [without_figures(r, "primary") if r.domain in {"a", "b"} else r for r in rows]
    assert attack_estimates(naive, rows, known(), RELEASE_RULES) == []
    tight = [replace(r, n_frame=20) if r.domain == "a" else r for r in rows]
    (told,) = attack_estimates(naive, tight, known(), RELEASE_RULES)
    assert told.split(";")[0] == "s enterprises v b: between 2 and 3"
    protected(tight)


def test_two_releases_of_the_same_figures_are_taken_together():
    rows = [row("_T", 62), row("a", 2), row("b", 40), row("c", 20)]
    naive = [without_figures(r, "primary") if r.domain in {"a", "c"} else r for r in rows]
    before = {("enterprises", True, ALL): 62.0, ("enterprises", True, ("v", "c")): 20.0}
    (told,) = attack_estimates(naive, rows, known(earlier=[exactly(before)]), RELEASE_RULES)
    assert told.startswith("s enterprises v a: between 2 and 2; has to reach from 1 to 3 (minimum_")
    # A revised total says that these are other figures: nothing can be subtracted.
    revised = {("enterprises", True, ALL): 64.0, ("enterprises", True, ("v", "c")): 20.0}
    assert attack_estimates(naive, rows, known(earlier=[exactly(revised)]), RELEASE_RULES) == []


def test_what_an_earlier_release_told_with_noise_is_known_between_its_ends():
    told = {ALL: 50.0, ("v", "a"): None, ("v", "b"): None}
    noisy = {ALL: (50.0, 50.0), ("v", "a"): (0.0, 6.5)}
    exact = {ALL: (50.0, 50.0), ("v", "a"): (2.0, 2.0)}
    other = {ALL: (51.0, 51.0), ("v", "a"): (9.0, 9.0)}

    def known(*earlier, **facts):
        return told_before(ToldFigures(name="", told=told, most={}, earlier=earlier, **facts))

    assert known(noisy) == {("v", "a"): (0.0, 6.5)}
    assert known(noisy, exact, other) == {("v", "a"): (2.0, 2.0)}
    # What is told with noise now and cannot have been that before is another figure.
    assert known(exact, facts={("v", "a"): (4.5, 13.5)}) == {}


def test_ends_of_earlier_releases_that_contradict_each_other_tell_of_a_revision():
    figures = Figures(values={ALL: 20.0, ("v", "a"): 2.0, ("v", "b"): 18.0}, up={("v", "a"): 1.0},
                      down={("v", "a"): 1.0})  # fmt: skip
    told = dict.fromkeys(figures.values, None) | {ALL: 20.0}
    facts = {("v", "a"): (0.0, 6.0), ("v", "b"): (13.0, 23.0)}
    impossible = {ALL: (20.0, 20.0), ("v", "a"): (5.0, 9.0), ("v", "b"): (16.0, 22.0)}
    published = ToldFigures(name="", told=told, most={}, earlier=[impossible], facts=facts)
    assert breaches(published, figures, []) == []


def test_the_largest_contributions_are_those_of_companies_in_the_sector():
    units = pa.table(
        {
            "unit_id": ["a", "b", "c", "d", "e"],
            "eligible": [True, True, True, True, False],
            "decision": [1.0, 1.0, 0.0, None, 1.0],
            "region": ["n", "n", "n", "s", "s"],
            "employees": [5.0, 70.0, 9.0, 30.0, 99.0],
        }
    )
    audit = pa.table({"unit_id": ["b", "c"], "active": [False, True]})
    found = largest_contributions(
        units, audit, domains=["region"], measures=["enterprises", "employees"]
    )
    assert found == {("employees", ALL): (9.0, 5.0), ("employees", ("region", "n")): (9.0, 5.0)}


def test_a_sector_of_which_nobody_knows_a_company_has_no_contributions():
    units = pa.table({"unit_id": ["a"], "eligible": [True], "decision": [0.0], "heads": [5.0]})
    audit = pa.table({"unit_id": ["a"], "active": [False]})
    assert largest_contributions(units, audit, domains=[], measures=["heads"]) == {}


def test_a_total_on_few_companies_is_known_as_small():
    assert is_small_total([row("_T", 2.4)], 0, 3)
    assert is_small_total([row("_T", 9)], 2, 3)
    assert not is_small_total([row("_T", 9)], 9, 3)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    values=st.lists(st.integers(0, 60), min_size=2, max_size=9),
    employees=st.lists(st.integers(1, 400), min_size=9, max_size=9),
    share=st.floats(0.1, 1.0),
    spare=st.integers(1, 50),
)
def test_no_random_sector_gives_anything_away(values, employees, share, spare):
    total = sum(values)
    if total < 3:
        return
    heads = [v * e for v, e in zip(values, employees, strict=False)]
    rows = [row("_T", total, n_frame=500)]
    rows += [row(f"c{i}", v, n_frame=v + spare) for i, v in enumerate(values)]
    rows += [row("_T", sum(heads), measure="employees")]
    rows += [row(f"c{i}", h, measure="employees") for i, h in enumerate(heads)]
    largest = {("employees", ("v", f"c{i}")): (share * h,) for i, h in enumerate(heads)}
    protected(rows, known(largest=largest))


@pytest.mark.parametrize("parts", [1, 2])
def test_a_domain_that_is_another_by_a_different_name_is_hidden_with_it(parts):
    frame = pa.table({"u": ["a"] * 4 + ["b"] * 6, "v": ["x"] * 4 + ["y", "z"] * 3})
    nests = nested_domains(frame, ["u", "v"])
    values = {ALL: 40.0, ("u", "a"): 2.0, ("u", "b"): 38.0, ("v", "x"): 2.0, ("v", "y"): 8.0,
              ("v", "z"): 30.0}  # fmt: skip
    small = dict.fromkeys([("u", "a"), ("v", "x")][:parts], 1.0)
    hidden = hidden_domains_of(Figures(values=values, up=small, down=small), nests)
    assert {("u", "a"), ("v", "x"), ("u", "b")} <= hidden
