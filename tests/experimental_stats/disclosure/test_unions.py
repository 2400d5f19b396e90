"""Domains of two variables that make up the same units, though none is made up of others."""

from __future__ import annotations

import pyarrow as pa

from experimental_stats.disclosure.linked import (
    ALL,
    JOINED,
    Figures,
    hidden_domains_of,
    joined_domains,
    nested_domains,
    related_domains,
    with_unions,
)
from experimental_stats.disclosure.release_attack import ToldFigures, near_figures

# Regions n and m hold the units of the labour markets a and b, regions s and t those of c and d.
PLACES = [
    *(("n", "a"), ("n", "b"), ("m", "a"), ("m", "b")),
    *(("s", "c"), ("s", "d"), ("t", "c"), ("t", "d")),
]
UNITS = pa.table(
    {
        "region": [region for region, _ in PLACES],
        "market": [market for _, market in PLACES],
        "side": ["north" if region in "nm" else "south" for region, _ in PLACES],
    }
)
NORTH, SOUTH = (f"region{JOINED}market", "0"), (f"region{JOINED}market", "1")
VALUES = {
    ALL: 100.0,
    **{("region", code): value for code, value in zip("nmst", (2.0, 38.0, 3.0, 57.0), strict=True)},
    **{
        ("market", code): value
        for code, value in zip("abcd", (15.0, 25.0, 40.0, 20.0), strict=True)
    },
}
UNSAFE = {("region", "n"): 1.0, ("region", "s"): 1.0}
FIGURES = Figures(values=VALUES, up=UNSAFE, down=UNSAFE)


def parts(variable: str, codes: str) -> tuple:
    return tuple((variable, code) for code in codes)


def near(hidden: set, nests: list) -> dict:
    told = {key: None if key in hidden else value for key, value in VALUES.items()}
    return near_figures(ToldFigures(name="", told=told, most={}), FIGURES, nests)


def test_unions_are_what_hangs_together():
    variables = ["region", "market"]
    assert nested_domains(UNITS, variables) == []
    assert joined_domains(UNITS, variables, []) == [
        (NORTH, parts("region", "mn")),
        (NORTH, parts("market", "ab")),
        (SOUTH, parts("region", "st")),
        (SOUTH, parts("market", "cd")),
    ]


def test_a_union_that_is_a_domain_or_everything_is_none_of_them():
    with_sides = ["region", "market", "side"]
    assert related_domains(UNITS, with_sides) == nested_domains(UNITS, with_sides)
    crossed = pa.table({"one": ["x", "x", "y"], "other": ["p", "q", "p"]})
    assert related_domains(crossed, ["one", "other"]) == []


def test_what_makes_up_the_same_gives_a_hidden_domain_away():
    nests = related_domains(UNITS, ["region", "market"])
    hidden = set(UNSAFE)
    assert near(hidden, []) == {}
    found = near(hidden, nests)
    assert {key: round(ends[0], 3) for key, ends in found.items()} == {
        ("region", "n"): 2.0,
        ("region", "s"): 3.0,
    }


def test_it_is_protected_by_a_companion_on_each_side():
    nests = related_domains(UNITS, ["region", "market"])
    hidden = hidden_domains_of(FIGURES, nests)
    assert not any(JOINED in variable for variable, _ in hidden)
    assert near(hidden, nests) == {}
    assert hidden > set(UNSAFE)
    assert hidden_domains_of(FIGURES, []) == set(UNSAFE)  # as if nobody knew


def test_unions_have_the_sum_of_their_parts_and_need_all_of_them():
    nests = related_domains(UNITS, ["region", "market"])
    values = with_unions(FIGURES, nests).values
    assert (values[NORTH], values[SOUTH]) == (40.0, 60.0)
    few = Figures(values={key: value for key, value in VALUES.items() if key[0] != "region"})
    assert with_unions(few, nests).values[NORTH] == 40.0
    none = Figures(values={ALL: 100.0})
    assert with_unions(none, nests).values == {ALL: 100.0}
