"""What a release withholds, the change between waves withholds as well."""

from __future__ import annotations

import pyarrow as pa
import pytest

from experimental_stats.change import WaveTables
from experimental_stats.disclosure.rules import RELEASE_RULES, Rules
from experimental_stats.withheld_change import CHANGED, FEW, withheld_totals


def wave(employees: list[float], *, decided: int = 5) -> WaveTables:
    """Ten companies of which the first `decided` are decided active; nobody was audited but one."""
    n = len(employees)
    units = pa.table(
        {
            "unit_id": [f"u{i}" for i in range(n)],
            "eligible": [True] * n,
            "responded": [True] * n,
            "decision": [float(i < decided) for i in range(n)],
            "employees": employees,
        }
    )
    audit = pa.table({"unit_id": [f"u{n - 1}"], "active": [False]})
    return WaveTables(units=units, audit=audit)


def totals(before: float, after: float, enterprises: float = 5.0) -> list[dict]:
    return [
        {"measure": "enterprises", "value_before": enterprises, "value_after": enterprises},
        {"measure": "employees", "value_before": before, "value_after": after},
    ]


SAFE = [30.0, 25.0, 20.0, 22.0, 27.0] + [1.0] * 5
GIANT = [3000.0, *SAFE[1:]]
GROWN = [90.0, *SAFE[1:]]


def withheld(before, after, told, rules=RELEASE_RULES) -> dict[str, str]:
    return withheld_totals(before, after, told, weights=(1.0, 1.2), rules=rules)


def test_totals_that_may_be_told_change_in_public():
    many = [value + 3.0 for value in SAFE]
    assert withheld(wave(SAFE), wave(many), totals(124.0, 139.0)) == {}
    assert withheld(wave(SAFE), wave(SAFE), totals(124.0, 124.0)) == {}


@pytest.mark.parametrize("waves", [(GIANT, SAFE), (SAFE, GIANT)])
def test_a_total_of_one_giant_is_withheld_in_whichever_wave_it_stands(waves):
    told = totals(*(sum(employees[:5]) for employees in waves))
    assert withheld(*map(wave, waves), told) == {"employees": FEW}
    assert withheld(*map(wave, waves), told, rules=Rules()) == {}


def test_a_change_that_is_one_company_s_is_withheld_though_both_totals_are_safe():
    assert withheld(wave(SAFE), wave(GROWN), totals(124.0, 184.0)) == {"employees": CHANGED}
    # Weights and other answers moved it away from what the company grew by.
    assert withheld(wave(SAFE), wave(GROWN), totals(124.0, 280.0)) == {}


def test_a_sector_of_two_companies_is_withheld_whole():
    found = withheld(wave(SAFE, decided=2), wave(SAFE), totals(55.0, 124.0, enterprises=2.0))
    assert found["enterprises"] == FEW
