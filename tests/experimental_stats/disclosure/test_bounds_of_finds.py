"""Estimates beside a hidden find bound it: nothing more was found than is estimated or audited."""

from dataclasses import replace

import pytest
from estimate_rows import estimate_row

from experimental_stats.disclosure.estimates import (
    SectorEvidence,
    protect_estimates,
    without_figures,
)
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.found_companies import FoundCompanies, bounds_of_finds
from experimental_stats.disclosure.rules import RELEASE_RULES
from storage.records.release import Estimate

ALL = ("_T", "_T")
FINDS = {"a": [100.0, 2.0, 2.0], "b": [25.0] * 8, "c": [20.0] * 3, "d": [10.0] * 5}


def found_of(finds: dict[str, list[float]], measure: str) -> FoundCompanies:
    by_domain = {("v", code): amounts for code, amounts in finds.items()}
    by_domain[ALL] = sorted((x for amounts in finds.values() for x in amounts), reverse=True)
    return FoundCompanies(
        amounts={(measure, k): sum(amounts) for k, amounts in by_domain.items()},
        largest={(measure, k): tuple(amounts[:3]) for k, amounts in by_domain.items()},
        counts={k: len(amounts) for k, amounts in by_domain.items()},
    )


def row(domain: str, value: float, found: float, **more: object) -> Estimate:
    told = {"measure": "employees", "standard_error": 9.0, "ci_lower": found}
    return estimate_row(domain, value, **(told | more))


def figures(found: FoundCompanies, values: dict[str, float]) -> list[Estimate]:
    """Estimates; where nothing is estimated beyond what was found, they have no error."""
    rows = []
    for domain, value in {"_T": sum(values.values()), **values}.items():
        key = ALL if domain == "_T" else ("v", domain)
        held = found.amounts["employees", key]
        error = 0.0 if value == held else 9.0
        rows.append(row(domain, value, held, standard_error=error))
    return rows


def evidence(found: FoundCompanies) -> SectorEvidence:
    seen = {key: max(count, 40) for key, count in found.counts.items()}
    return SectorEvidence(seen=seen, largest={}, found=found)


@pytest.fixture(scope="module")
def dominated() -> tuple[list[Estimate], FoundCompanies]:
    """One company makes most of what was found in a; all that there is in the others was found."""
    found = found_of(FINDS, "employees")
    return figures(found, {"a": 400.0, "b": 200.0, "c": 60.0, "d": 50.0}), found


def test_a_find_that_estimates_beside_it_give_away_is_seen_by_the_attacker(dominated):
    rows, found = dominated
    blind = [replace(one, ci_lower=0.0) if one.domain in {"a", "d"} else one for one in rows]
    faults = attack_estimates(blind, rows, evidence(found), RELEASE_RULES)
    assert any("where intervals begin) v a: between 104 and 104" in fault for fault in faults)


def test_estimates_that_give_a_find_away_are_hidden(dominated):
    rows, found = dominated
    told = protect_estimates(rows, evidence(found), RELEASE_RULES)
    hidden = {one.domain for one in told if one.disclosure}
    assert "a" in hidden
    assert len(hidden) > 1
    assert hidden < {"a", "b", "c", "d"}
    assert attack_estimates(told, rows, evidence(found), RELEASE_RULES) == []


def test_estimates_with_room_above_what_was_found_stay_told(dominated):
    _, found = dominated
    rows = figures(found, {"a": 400.0, "b": 500.0, "c": 200.0, "d": 300.0})
    told = protect_estimates(rows, evidence(found), RELEASE_RULES)
    assert not any(one.disclosure for one in told)
    assert attack_estimates(told, rows, evidence(found), RELEASE_RULES) == []


def test_what_rows_say_of_finds():
    found = found_of({"a": [1.0], "b": [1.0] * 4, "c": [], "d": [1.0]}, "enterprises")
    about = [
        row("a", 7.5, 0.0, measure="enterprises", n_audit=1),
        row("b", 4.0, 0.0, measure="enterprises", standard_error=0.0),
        without_figures(row("c", 3.0, 0.0, estimator="synthetic"), "primary"),
        row("d", 0.9, 0.0, measure="enterprises"),  # raked below what was found: no bound
    ]
    bounds = bounds_of_finds(about, found, "enterprises")
    assert bounds == {
        ("v", "a"): (0.0, 1.0),
        ("v", "b"): (4.0, 4.0),
        ("v", "c"): (0.0, 0.0),
        ("v", "d"): (0.0, 1.0),
    }
