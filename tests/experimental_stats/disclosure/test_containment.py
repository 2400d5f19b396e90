"""Domains that lie within others bound them, though no sum holds between the two."""

from __future__ import annotations

import pyarrow as pa

from experimental_stats.disclosure.containment import contained_domains, known_sums
from experimental_stats.disclosure.linked import (
    ALL,
    COVER,
    REST,
    Figures,
    hidden_domains_of,
    related_domains,
    with_unions,
)
from experimental_stats.disclosure.release_attack import ToldFigures, near_figures

# All large companies stand in section n, which has small ones too; medium ones in n and m.
PAIRS = [
    *(("large", "n"), ("small", "n"), ("medium", "n"), ("medium", "m")),
    *(("small", "m"), ("small", "o"), ("small", "p")),
]
UNITS = pa.table({"size": [size for size, _ in PAIRS], "section": [code for _, code in PAIRS]})
LARGE, MEDIUM, SMALL = (("size", code) for code in ("large", "medium", "small"))
N, M, OTHER, P = (("section", code) for code in "nmop")
VARIABLES = ["size", "section"]
VALUES = {ALL: 100.0, LARGE: 20.0, MEDIUM: 30.0, SMALL: 50.0, N: 21.0, M: 40.0, OTHER: 30.0, P: 9.0}
FIGURES = Figures(values=VALUES, up={LARGE: 6.0}, down={LARGE: 6.0})


def bounds(units: pa.Table = UNITS) -> list:
    return contained_domains(units, VARIABLES, related_domains(units, VARIABLES))


def near(hidden: set, nests: list, figures: Figures = FIGURES) -> dict:
    told = {key: None if key in hidden else value for key, value in figures.values.items()}
    return near_figures(ToldFigures(name="", told=told, most={}), figures, nests)


def test_what_lies_within_and_what_covers_are_found():
    rest = (f"section{REST}size", "n")
    assert (N, (LARGE, rest)) in bounds()
    cover, beyond = (f"size{COVER}section", "medium"), (f"size{COVER}section{REST}size", "medium")
    assert (cover, (M, N)) in bounds()
    assert (cover, (MEDIUM, beyond)) in bounds()
    assert not any(
        parts[0] == SMALL for _, parts in bounds()
    )  # in all sections: no bound but the total


def test_sums_are_no_bounds_and_one_variable_bounds_nothing():
    nested = pa.table({"size": ["a", "b", "b"], "section": ["x", "y", "z"]})
    assert bounds(nested) == []
    assert contained_domains(UNITS, ["size"], []) == []


def test_a_told_domain_gives_away_what_makes_nearly_all_of_it():
    hidden = {LARGE, SMALL}
    assert near(hidden, []) == {}  # as if nobody knew
    assert {key: round(high, 3) for key, (_, high) in near(hidden, bounds()).items()} == {
        LARGE: 21.0
    }


def test_a_told_part_gives_away_the_domain_that_it_makes_nearly_all_of():
    figures = Figures(values=VALUES, up={N: 6.0}, down={N: 6.0})
    found = near({N, OTHER}, bounds(), figures)
    assert {key: round(low, 3) for key, (low, _) in found.items()} == {N: 20.0}


def test_few_domains_together_bound_what_they_cover():
    values = VALUES | {MEDIUM: 58.0, SMALL: 22.0}
    figures = Figures(values=values, up={MEDIUM: 15.0}, down={MEDIUM: 15.0})
    found = near({MEDIUM, SMALL}, bounds(), figures)
    assert {key: round(high, 3) for key, (_, high) in found.items()} == {MEDIUM: 61.0}


def test_what_bounds_is_hidden_with_it():
    hidden = hidden_domains_of(FIGURES, bounds())
    assert N in hidden
    assert hidden <= set(VALUES)
    assert near(hidden, bounds()) == {}


def test_only_bounds_that_matter_are_looked_at_and_none_that_estimates_contradict():
    safe = Figures(values=VALUES)
    assert with_unions(safe, bounds()).values == VALUES
    wide = Figures(values=VALUES | {N: 60.0}, up={LARGE: 6.0}, down={LARGE: 6.0})
    assert with_unions(wide, bounds()).values == wide.values
    against = Figures(values=VALUES | {N: 19.0}, up={LARGE: 6.0}, down={LARGE: 6.0})
    assert with_unions(against, bounds()).values == against.values
    assert with_unions(FIGURES, bounds()).values[f"section{REST}size", "n"] == 1.0


def test_what_two_crossings_share_is_known_though_only_an_earlier_release_told_it():
    """Section n by size is told, and n by region but for one: section itself was told before."""
    cells = [(a, b, c) for a in "nm" for b in "sl" for c in "xy"]
    units = pa.table(
        {
            "section": [section for section, _, _ in cells],
            "section*size": [f"{section} * {size}" for section, size, _ in cells],
            "section*region": [f"{section} * {region}" for section, _, region in cells],
        }
    ).append_column("eligible", pa.array([True] * len(cells)))
    values = {ALL: 100.0} | {
        (name, code): 25.0
        for name in ("section*size", "section*region")
        for code in units[name].to_pylist()
    }
    unsafe, second = ("section*region", "n * x"), ("section*region", "m * x")
    figures = Figures(values=values, up={unsafe: 6.0}, down={unsafe: 6.0})
    for past in ([], ["section"]):
        nests = known_sums(units, units, ["section*size", "section*region", *past], past)
        assert near({unsafe, second}, nests, figures).keys() == {unsafe}
        assert near(hidden_domains_of(figures, nests), nests, figures) == {}
