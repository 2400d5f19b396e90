"""Crossings: protected cell by cell where that can be done, else hidden whole and said so."""

from dataclasses import replace

import pytest

from experimental_stats.crossings import protect_crossed
from experimental_stats.disclosure.estimates import (
    SectorEvidence,
    protect_estimates,
)
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.disclosure.rules import RELEASE_RULES
from storage.records.release import Estimate

NOTHING_KNOWN = SectorEvidence(seen={}, largest={})


def row(variable: str, domain: str, value: float, units: int) -> Estimate:
    return Estimate(
        wave="w", sector="s", measure="enterprises", domain_variable=variable, domain=domain,
        estimator="composite", value=value, standard_error=1.0, ci_lower=value, ci_upper=value,
        confidence_level=0.95, n_frame=units, n_classified=units, n_audit=1, quality="",
        disclosure="", method_version="1",
    )  # fmt: skip


def rows(units_of_y: int) -> list[Estimate]:
    """Of the crossing's x both units are active; y can hold more than it does, or not."""
    return [
        row("_T", "_T", 9.0, 20),
        row("v", "a", 4.0, 10),
        row("v", "b", 5.0, 10),
        row("v*w", "x", 2.0, 2),
        row("v*w", "y", 7.0, units_of_y),
    ]


def test_a_crossing_that_can_be_protected_is_hidden_by_cells():
    told, whole = protect_crossed(rows(18), NOTHING_KNOWN, RELEASE_RULES)
    assert not whole
    assert [r.disclosure for r in told] == ["", "", "", "primary", "secondary"]


def test_one_that_cannot_be_goes_whole_and_the_rest_stays():
    given = rows(7)
    told, whole = protect_crossed(given, NOTHING_KNOWN, RELEASE_RULES)
    assert whole
    assert told[:3] == given[:3]
    assert [r.disclosure for r in told[3:]] == ["secondary", "secondary"]
    assert all(r.value is None and r.n_audit is None for r in told[3:])


def test_without_crossings_there_is_nothing_to_give_up():
    plain = [replace(r, domain_variable="v", domain=r.domain) for r in rows(7)[3:]]
    with pytest.raises(CannotProtect):
        protect_crossed([rows(7)[0], *plain], NOTHING_KNOWN, RELEASE_RULES)


def test_told_numbers_of_a_crossing_go_with_it_only_where_the_attacker_found_a_way():
    given = rows(7)
    counts = {(True, (r.domain_variable, r.domain)): replace(r, noise_bound=4.5) for r in given}
    told, whole = protect_crossed(given, NOTHING_KNOWN, RELEASE_RULES, counts=counts)
    assert not whole
    assert [r.noise_bound for r in told] == [4.5] * 5
    told, whole = protect_crossed(given, NOTHING_KNOWN, RELEASE_RULES, counts=counts, whole=True)
    assert whole
    assert [r.disclosure for r in told] == ["", "", "", "secondary", "secondary"]


def test_a_crossing_hidden_whole_is_attacked_by_what_earlier_releases_told_of_it():
    given = rows(7)
    nests = [(("v", "b"), (("v*w", "x"), ("v*w", "z")))]
    known = replace(NOTHING_KNOWN, nests=nests, seen={("v", "b"): 2})
    told, _ = protect_crossed(given, known, RELEASE_RULES, whole=True)
    assert told[2].disclosure == "primary"
    plain = [r for r in given if r.domain_variable != "v*w"]
    seen = [r for r in told if r.domain_variable != "v*w"]
    assert attack_estimates(seen, plain, known, RELEASE_RULES) == []
    before = {("enterprises", True, ("_T", "_T")): (9.0, 9.0)}
    before |= {("enterprises", True, ("v*w", code)): (v, v) for code, v in (("x", 2), ("z", 3))}
    (found,) = attack_estimates(seen, plain, replace(known, earlier=[before]), RELEASE_RULES)
    assert found.startswith("s enterprises v b: between")


def test_an_amount_that_nothing_protects_is_not_told_and_the_sector_is():
    # One company is known in either domain: beside the total each would work the other out.
    given = [row("_T", "_T", 100.0, 200), row("v", "a", 60.0, 100), row("v", "b", 40.0, 100)]
    counts = {(True, (r.domain_variable, r.domain)): replace(r, noise_bound=4.5) for r in given}
    given += [replace(one, measure="employees", value=9.0 * (one.value or 0)) for one in given]
    known = replace(NOTHING_KNOWN, seen={("v", "a"): 1, ("v", "b"): 1})
    with pytest.raises(CannotProtect):
        protect_estimates(given, known, RELEASE_RULES, counts=counts)
    told, is_whole = protect_crossed(given, known, RELEASE_RULES, counts=counts)
    assert not is_whole
    assert [one.value for one in told] == [100.0, 60.0, 40.0, None, None, None]
