"""What withdrawn releases gave away, and earlier figures that are other ones; by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from experimental_stats.disclosure.linked import ALL, Figures, hidden_domains_of
from experimental_stats.disclosure.recalled import hidden_beside_known, with_recalled
from experimental_stats.disclosure.release_attack import ToldFigures, breaches, near_figures

A, B, C, D = (("region", code) for code in "abcd")
VALUES = {ALL: 100.0, A: 5.0, B: 25.0, C: 30.0, D: 40.0}
FIGURES = Figures(values=VALUES, up={A: 5.0, B: 5.0}, down={A: 5.0, B: 5.0})
TOLD = {ALL: (100.0, 100.0), A: (5.0, 5.0)}


def seen(hidden: set, *earlier: dict) -> ToldFigures:
    told = {key: None if key in hidden else value for key, value in VALUES.items()}
    return ToldFigures(name="", told=told, most={}, earlier=earlier)


def test_what_a_withdrawn_release_told_is_hidden_and_no_more_is_asked_for_it():
    figures = with_recalled(FIGURES, [], [TOLD], [])
    assert figures.recalled == {A}
    hidden = hidden_domains_of(figures, [], hidden={A, B})
    # A is known: it protects nobody, and B needs another beside it.
    assert near_figures(seen(hidden, TOLD), figures, []) == {}
    assert breaches(seen(hidden - {A}, TOLD), figures, []) == [" region a: unsafe, but told"]
    assert near_figures(seen({A, B}, TOLD), figures, []).keys() == {B}
    (fault, _) = breaches(seen({A, B}, TOLD), FIGURES, [])  # not taken back
    assert fault == " region a: known to be 5, told by an earlier release"


def test_what_it_told_of_other_figures_is_known_by_subtraction_or_not_at_all():
    by_sums = {ALL: (100.0, 100.0), B: (25.0, 25.0), C: (30.0, 30.0), D: (40.0, 40.0)}
    assert with_recalled(FIGURES, [], [by_sums], []).recalled == {A, B}
    another = {ALL: (101.0, 101.0), A: (6.0, 6.0)}
    assert not with_recalled(FIGURES, [], [another], []).recalled
    rounded = {A: (4.0, 6.0), B: (20.0, 40.0)}
    assert with_recalled(FIGURES, [], [rounded], []).recalled == {A}
    assert not with_recalled(FIGURES, [], [], []).recalled


def test_what_an_earlier_release_told_protects_no_other():
    figures = Figures(values=VALUES, up={A: 5.0}, down={A: 5.0})
    cheapest = hidden_domains_of(figures, [])
    assert cheapest == {A, B}
    before = {ALL: (100.0, 100.0), B: (25.0, 25.0)}
    known = with_recalled(figures, [before], [], [])
    assert known.told == {ALL, B}
    hidden = hidden_domains_of(known, [])
    assert B not in hidden
    assert near_figures(seen(hidden, before), figures, []) == {}
    assert near_figures(seen(cheapest, before), figures, []).keys() == {A}
    assert with_recalled(figures, [{ALL: (99.0, 99.0), B: (25.0, 25.0)}], [], []).told == set()


def test_who_takes_an_earlier_figure_for_this_one_and_errs_knows_nothing():
    hidden = set(VALUES)
    # Nothing told now contradicts them: all of the measure is hidden.
    facts = {ALL: (0.0, 1000.0)}
    about = Figures(values=VALUES, up={ALL: 10.0}, down={ALL: 10.0})
    for before, expected in ((130.0, set()), (104.0, {ALL}), (100.0, {ALL})):
        told = ToldFigures(
            name="",
            told=dict.fromkeys(hidden),
            most={},
            earlier=[{ALL: (before, before)}],
            facts=facts,
        )
        assert set(near_figures(told, about, [])) == expected


def test_earlier_releases_that_contradict_together_are_believed_from_the_last_one_on():
    figures = Figures(values=VALUES, up={A: 5.0}, down={A: 5.0})
    older, newer = {D: (40.0, 40.0), B: (15.0, 15.0)}, {D: (40.0, 40.0), A: (5.0, 5.0)}
    hidden = {A, B}
    assert set(near_figures(seen(hidden, older, newer), figures, [])) == {A}
    assert set(near_figures(seen(hidden, newer, older), figures, [])) == set()


def test_a_breakdown_that_is_told_no_longer_is_known_to_what_makes_it_up():
    """Provinces n and s were told; now their regions are, and a needs another of n beside it."""
    nests = [(("province", "n"), (A, D)), (("province", "s"), (B, C))]
    asked = replace(FIGURES, up={A: 5.0}, down={A: 5.0})
    earlier = {ALL: (100.0, 100.0)} | {
        whole: (sum(VALUES[part] for part in parts),) * 2 for whole, parts in nests
    }
    figures = with_recalled(asked, [earlier], [], nests)
    find = partial(hidden_beside_known, nests=nests, hidden={A}, before=(), singletons=True)
    assert find(asked) == {A, B}
    assert near_figures(seen({A, B}, earlier), asked, nests).keys() == {A}
    assert find(figures) == {A, D}
    assert near_figures(seen({A, D}, earlier), asked, nests) == {}
    revised = with_recalled(asked, [earlier | {ALL: (90.0, 90.0)}], [], nests)
    assert find(revised) == {A, B}
