"""Differences between releases are held to the rules; by hand, and on a small frame."""

import pyarrow as pa
import pytest

from experimental_stats.disclosure.changed_companies import (
    COMPARED,
    DECIDED,
    FOUND,
    INSIDE,
    Compared,
    Difference,
    EarlierRelease,
    companies_behind,
    held_apart,
    moves_since,
    of_these_figures,
    silent_companies,
    unsafe_differences,
)
from experimental_stats.disclosure.linked import ALL, Figures
from experimental_stats.disclosure.rules import RELEASE_RULES

NORTH, SOUTH = ("region", "north"), ("region", "south")
UNITS = pa.table(
    {
        "unit_id": ["a", "b", "c", "d", "e", "f"],
        "eligible": [True, True, True, True, True, False],
        "responded": [True, True, True, True, False, True],
        "decision": [1.0, 1.0, 0.0, 1.0, None, 1.0],
        "region": ["north", "north", "north", "south", "south", "south"],
        "employees": [10.0, 40.0, 50.0, 60.0, 70.0, 80.0],
    }
)
AUDIT = pa.table({"unit_id": ["a", "b", "c", "f"], "active": [True, False, True, True]})


def differences(earlier: dict, told: dict, now: dict | None = None):
    now = now or companies_behind(UNITS, AUDIT)
    return since(now, EarlierRelease(companies=earlier, told=told))


def since(now: dict, earlier: EarlierRelease) -> dict:
    moves = moves_since(UNITS, now, [earlier], domains=["region"])
    return unsafe_differences(moves, RELEASE_RULES)


def told_everywhere(role: str) -> dict:
    return {("employees", role, key): 100.0 for key in (ALL, NORTH, SOUTH)}


def test_who_stands_behind_a_figure_is_found_or_decided_where_no_coder_looked():
    behind = companies_behind(UNITS, AUDIT)
    assert behind[FOUND] == {"a", "c"}  # f is out of the target population
    assert behind[DECIDED] == {"a", "b", "d"}
    assert behind[INSIDE] == {"a", "c", "d"}  # b was looked at and is not active


def test_one_company_that_left_is_a_difference_that_may_not_be_told():
    behind = companies_behind(UNITS, AUDIT)
    before = behind | {INSIDE: behind[INSIDE] | {"b"}}
    found = differences(before, told_everywhere(INSIDE))
    # It makes all of its difference: p % of it is what a guess must miss it by.
    assert found == {
        ("employees", INSIDE, key): [Difference(before=100.0, moved=-40.0, margin=4.0)]
        for key in (ALL, NORTH)
    }


def test_many_companies_of_like_size_may_be_told_together():
    behind = companies_behind(UNITS, AUDIT)
    before = behind | {INSIDE: frozenset("be")}  # a, c, d came and b, e left
    found = differences(before, told_everywhere(INSIDE))
    assert ("employees", INSIDE, ALL) not in found
    # In the south d came and e left: two of them, each knows the other.
    assert found["employees", INSIDE, SOUTH][0].moved == -10.0


def test_between_waves_companies_change_by_what_they_grew_by_as_well():
    behind = companies_behind(UNITS, AUDIT)
    then = UNITS.set_column(5, "employees", pa.array([10.0, 40.0, 20.0, 60.0, 70.0, 80.0]))
    told = told_everywhere(INSIDE)
    earlier = EarlierRelease(companies=behind, told=told, units=then)
    found = since(behind, earlier)
    assert found == {
        ("employees", INSIDE, key): [Difference(before=100.0, moved=30.0, margin=3.0)]
        for key in (ALL, NORTH)
    }
    assert Compared(differences=found).unsafe_totals == {"employees"}
    same = EarlierRelease(companies=behind, told=told, units=UNITS)
    assert not since(behind, same)


def test_a_company_that_moves_changes_two_domains_and_no_total():
    behind = companies_behind(UNITS, AUDIT)
    region = pa.array(["north", "north", "south", "south", "south", "south"])
    then = UNITS.set_column(4, "region", region)
    earlier = EarlierRelease(companies=behind, told=told_everywhere(INSIDE), units=then)
    found = since(behind, earlier)
    assert {(key, one.moved) for (_, _, key), (one,) in found.items()} == {
        (NORTH, 50.0),
        (SOUTH, -50.0),
    }


def test_what_was_not_told_cannot_be_subtracted():
    behind = companies_behind(UNITS, AUDIT)
    before = behind | {INSIDE: behind[INSIDE] | {"b"}}
    assert differences(before, {}) == {}
    assert differences(before, {("employees", INSIDE, SOUTH): 100.0}) == {}
    assert differences(behind, told_everywhere(INSIDE)) == {}


@pytest.mark.parametrize(
    ("now", "expected"),
    # 40 left, weighted 1 to 1.5: a fall of 36 to 64 gives it away, within a margin of 4.
    [(60.0, True), (63.9, True), (64.1, False), (36.1, True), (35.9, False), (140.0, False)],
)
def test_a_difference_gives_away_what_it_lies_near_to_with_any_weight(now, expected):
    one = Difference(before=100.0, moved=-40.0, margin=4.0)
    assert one.gives_away(now, (1.0, 1.5)) is expected
    assert one.gives_away(now, (1.3, 1.5)) is expected  # as without any weight


def test_figures_that_give_away_who_changed_are_unsafe_and_say_why():
    figures = Figures(values={ALL: 60.0, NORTH: 3.0, SOUTH: 57.0}, up={SOUTH: 1.0}, down={})
    near = [Difference(before=100.0, moved=-40.0, margin=4.0)]
    found = held_apart(figures, {ALL: near, NORTH: near, ("region", "gone"): near})
    assert found.up == {ALL: 4.0, SOUTH: 1.0}
    assert found.down == {ALL: 4.0}
    assert found.why == {ALL: COMPARED}
    lowest = held_apart(figures, {NORTH: [Difference(before=43.0, moved=-40.0, margin=4.0)]})
    assert lowest.down == {NORTH: 3.0}  # nothing is below 0
    # Nor above the total that is told: 57 of 60 leave room for 3.
    most = held_apart(figures, {SOUTH: [Difference(before=97.0, moved=-40.0, margin=4.0)]})
    assert 2.99 < most.up[SOUTH] < 3.0


def test_a_total_that_is_hidden_for_a_change_is_no_longer_the_one_that_was_told():
    earlier = [{ALL: (100.0, 100.0), SOUTH: (57.0, 57.0)}, {ALL: (60.0, 60.0)}, {SOUTH: (5.0, 5.0)}]
    figures = Figures(values={ALL: 60.0}, why={ALL: COMPARED})
    assert of_these_figures(earlier, figures) == earlier[1:]
    assert of_these_figures(earlier, Figures(values={ALL: 60.0})) == earlier


def test_differences_are_asked_for_by_measure_and_role():
    one = [Difference(before=1.0, moved=1.0, margin=1.0)]
    compared = Compared(differences={("employees", INSIDE, ALL): one, ("turnover", FOUND, ALL): []})
    assert compared.of("employees", INSIDE) == {ALL: one}
    assert compared.of("employees", FOUND) == {}


def test_silence_is_a_digest_of_those_in_the_target_population_without_a_decision():
    other = UNITS.set_column(2, "responded", pa.array([True, True, True, True, True, True]))
    outside = UNITS.set_column(2, "responded", pa.array([True, True, True, True, False, False]))
    assert silent_companies(UNITS) == silent_companies(outside)
    assert silent_companies(UNITS) != silent_companies(other)
    assert silent_companies(UNITS) == silent_companies(UNITS.take([5, 4, 3, 2, 1, 0]))
