"""What domains changed by together, of which releases hide some; by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experimental_stats.disclosure.changed_companies import INSIDE, Compared, Move
from experimental_stats.disclosure.changed_unions import hidden_beside, telling_unions
from experimental_stats.disclosure.estimates import SectorEvidence, protect_estimates
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.linked import ALL
from experimental_stats.disclosure.rules import RELEASE_RULES
from storage.records.release import Estimate

A, B, C, D, GONE = (("region", code) for code in "abcdg")
SUMS = [(ALL, (A, B, C, D))]
# Then: a and b were hidden. One company of 187 left a, four of like size came to d.
BEFORE = {ALL: 10_000.0, C: 3_000.0, D: 4_000.0}
CAME = {"p": 40.0, "q": 45.0, "r": 50.0, "s": 55.0}
MOVE = Move(before=BEFORE, changes={A: {"x": -187.0}, D: CAME, ALL: {"x": -187.0, **CAME}})
NOW = {ALL: 10_003.0, A: 1_113.0, B: 1_700.0, C: 3_000.0, D: 4_190.0}
LAYER = ("employees", INSIDE)


def unions(now: dict, move: Move = MOVE) -> list:
    return [union.hidden for union in telling_unions(now, move, SUMS, RELEASE_RULES)]


def test_one_company_that_left_hidden_domains_is_what_the_others_do_not_explain():
    assert unions(NOW) == [(A, B)]
    assert unions({key: NOW[key] for key in (ALL, C, D)}) == [(A, B)]  # hidden still
    assert unions({key: NOW[key] for key in (ALL, C)}) == []  # with those of d it is five


@pytest.mark.parametrize("key", [ALL, A])
def test_nothing_is_told_where_the_whole_is_hidden_or_nobody_few_changed(key):
    now = {name: value for name, value in NOW.items() if name != ALL}
    if key == ALL:
        assert unions(now) == []
    else:
        assert unions(NOW, replace(MOVE, changes={D: CAME})) == []


def test_a_domain_that_is_gone_was_told_all_the_same():
    gone = Move(before=BEFORE | {GONE: 187.0}, changes={GONE: {"x": -187.0}})
    now = NOW | {ALL: 9_813.0, D: 4_000.0}
    assert unions(now, gone) == [(A, B, GONE)]


def test_domains_in_which_enough_changed_are_hidden_too():
    assert hidden_beside(NOW, [MOVE], SUMS, RELEASE_RULES) == {D}
    few = replace(MOVE, changes={A: {"x": -187.0}, D: {"p": 40.0}})
    assert hidden_beside(NOW, [few], SUMS, RELEASE_RULES) == {C, D}  # all that were told
    assert hidden_beside(NOW, [], SUMS, RELEASE_RULES) == set()


def rows() -> list[Estimate]:
    return [
        Estimate(
            wave="w", sector="drones", measure=measure, domain_variable=key[0], domain=key[1],
            estimator="composite", value=value / scale, standard_error=1.0, ci_lower=0.0,
            ci_upper=value * 2, confidence_level=0.95, n_frame=9_000, n_classified=600, n_audit=90,
            quality="acceptable", disclosure="", method_version="1",
        )
        for measure, scale in (("enterprises", 10.0), ("employees", 1.0))
        for key, value in NOW.items()
    ]  # fmt: skip


def test_a_release_is_protected_from_it_and_refused_where_it_is_not():
    largest = {("employees", key): (90.0, 80.0, 70.0) for key in NOW}
    seen = dict.fromkeys(NOW, 40)
    careless = SectorEvidence(seen=seen, largest=largest)
    evidence = replace(careless, compared=Compared(moves={LAYER: [MOVE]}))
    told = protect_estimates(rows(), careless, RELEASE_RULES)
    assert not any(row.disclosure for row in told)
    (fault,) = attack_estimates(told, rows(), evidence, RELEASE_RULES)
    assert fault.startswith("drones employees region a, region b: what they changed by together")
    told = protect_estimates(rows(), evidence, RELEASE_RULES)
    assert attack_estimates(told, rows(), evidence, RELEASE_RULES) == []
    hidden = {(row.measure, row.domain) for row in told if row.disclosure}
    assert ("employees", "d") in hidden
    assert all(measure == "employees" for measure, _ in hidden)
