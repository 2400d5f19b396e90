"""Estimates, finds and audit counts of the same domains, attacked as one programme."""

from dataclasses import replace

import numpy as np
import pytest
from estimate_rows import estimate_row

from experimental_stats.disclosure.estimates import (
    SectorEvidence,
    protect_estimates,
    without_figures,
)
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.found_companies import FoundCompanies
from experimental_stats.disclosure.linked import ALL, Figures
from experimental_stats.disclosure.release_attack import ToldFigures, near_figures
from experimental_stats.disclosure.rules import RELEASE_RULES
from experimental_stats.disclosure.together import Table, near_together
from storage.records.release import Estimate

NUMBERS = "enterprises"


def key(domain: str) -> tuple[str, str]:
    return ALL if domain == "_T" else ("v", domain)


def row(domain: str, value: float, begins: float, **more: object) -> Estimate:
    return estimate_row(domain, value, **({"ci_lower": begins} | more))


@pytest.fixture
def sector() -> tuple[list[Estimate], SectorEvidence]:
    """In a, the model decides for 2 companies where coders found 4 of an estimated 5."""
    finds = {"a": 4, "b": 0, "c": 20, "d": 20}
    values = {"a": 5.0, "b": 6.0, "c": 40.0, "d": 50.0}
    decided = {"a": 2.0, "b": 8.0, "c": 44.0, "d": 51.0}
    found = FoundCompanies(
        amounts={(NUMBERS, key(d)): float(n) for d, n in finds.items()} | {(NUMBERS, ALL): 44.0},
        largest={},
        counts={key(d): n for d, n in finds.items()} | {ALL: 44},
    )
    rows = [row("_T", 101.0, 44.0)]
    rows += [row(d, values[d], float(finds[d])) for d in values]
    rows = [
        replace(one, estimator="synthetic", n_audit=0) if one.domain == "b" else one for one in rows
    ]
    rows += [
        row(d, value, 0.0, estimator="classify_and_count")
        for d, value in {"_T": 105.0, **decided}.items()
    ]
    return rows, SectorEvidence(seen=found.counts, largest={}, found=found)


def without(rows: list[Estimate], domains: set[str]) -> list[Estimate]:
    return [without_figures(one, "primary") if one.domain in domains else one for one in rows]


def test_a_find_had_by_subtraction_is_the_least_of_the_hidden_estimate(sector):
    """4 were found in a: all 44 less the 20 of c and d, and nobody was audited in b."""
    rows, evidence = sector
    told = without(rows, {"a", "b"})
    (fault,) = attack_estimates(told, rows, evidence, RELEASE_RULES)
    assert "with the tables beside it, v a: between 4 and 11; has to reach from 3.5" in fault


def test_each_of_the_tables_alone_keeps_him_away(sector):
    """The sum of a and b is 11, and 4 finds are no secret."""
    rows, _ = sector
    values = {key(one.domain): one.value for one in rows if one.is_headline}
    told = {k: None if k[1] in {"a", "b"} else value for k, value in values.items()}
    asked = Figures(values=values, up={key("a"): 1.5}, down={key("a"): 1.5})
    assert near_figures(ToldFigures(name="s", told=told, most={}), asked, []) == {}


def test_protection_leaves_nothing_of_it(sector):
    rows, evidence = sector
    told = protect_estimates(rows, evidence, RELEASE_RULES)
    assert attack_estimates(told, rows, evidence, RELEASE_RULES) == []
    total = next(one for one in told if one.domain == "_T" and one.is_headline)
    assert total.value == 101.0


def test_nobody_is_kept_from_a_find_further_than_there_are_companies():
    """The one company of a was found active: who reads the number of companies knows no more."""
    finds = {"_T": 44, "a": 1, "b": 3, "c": 20, "d": 20}
    values = {"_T": 101.0, "a": 1.0, "b": 10.0, "c": 40.0, "d": 50.0}
    found = FoundCompanies(
        amounts={(NUMBERS, key(d)): float(n) for d, n in finds.items()},
        counts={key(d): n for d, n in finds.items()},
    )
    rows = [row(d, value, float(finds[d])) for d, value in values.items()]
    rows = [replace(one, n_frame=1, n_audit=1) if one.domain == "a" else one for one in rows]
    evidence = SectorEvidence(seen=found.counts, largest={}, found=found)
    told = protect_estimates(rows, evidence, RELEASE_RULES)
    assert attack_estimates(told, rows, evidence, RELEASE_RULES) == []
    assert [one.domain for one in told if one.value is None] == ["a", "b"]


def test_an_audit_count_had_by_subtraction_bounds_a_find_and_so_an_estimate():
    """No more than 2 units were audited in b, so that 10 of 12 finds stand in a."""
    told = {"_T": None, "a": None, "b": None}
    tables = [
        Table(
            published=ToldFigures(
                name=name, told={**{key(d): v for d, v in told.items()}, ALL: t}, most=most
            ),
            figures=Figures(values={ALL: t, key("a"): a, key("b"): t - a}, up=up, down=up),
        )
        for name, t, a, most, up in (
            ("estimates", 20.0, 14.0, {}, {key("a"): 5.0}),
            ("finds", 12.0, 10.5, {}, {}),
            ("audited", 32.0, 30.0, {key("b"): 2.0}, {}),
        )
    ]
    near = near_together(tables, [(1, 0), (1, 2)], [])
    assert near[0] == {key("a"): pytest.approx((10.0, 20.0), abs=1e-3)}
    assert near_together(tables[:2], [(1, 0)], []) == [{}, {}]


@pytest.mark.parametrize("seed", range(6))
def test_together_he_never_knows_less_and_never_errs(seed):
    """Ends hold the truth, and lie within those of each table alone."""
    rng = np.random.default_rng(seed)
    keys = [("v", str(number)) for number in range(6)]
    estimated = dict(zip(keys, rng.uniform(5, 50, 6).tolist(), strict=True))
    found = {k: value * rng.uniform(0.2, 0.9) for k, value in estimated.items()}
    hidden = set(keys[:3])
    tables = []
    for name, values in (("estimates", estimated), ("finds", found)):
        every = {ALL: sum(values.values()), **values}
        # What is asked for lies beyond any doubt, so that all ends are told.
        far = dict.fromkeys(hidden, 1e3)
        told = {k: None if k in hidden else v for k, v in every.items()}
        tables.append(
            Table(
                published=ToldFigures(name=name, told=told, most={}),
                figures=Figures(values=every, up=far, down=far),
            )
        )
    alone = [near_figures(t.published, t.figures, []) for t in tables]
    for table, one, both in zip(tables, alone, near_together(tables, [(1, 0)], []), strict=True):
        for k in hidden:
            assert one[k][0] - 1e-3 <= both[k][0] <= table.figures.values[k] + 1e-3
            assert table.figures.values[k] - 1e-3 <= both[k][1] <= one[k][1] + 1e-3
