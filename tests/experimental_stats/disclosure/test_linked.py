"""Breakdowns and crossings beside a total that is told."""

import pytest

from experimental_stats.disclosure.linked import ALL, Figures, hidden_domains_of
from experimental_stats.disclosure.release_attack import ToldFigures, breaches


def crossed(cities: dict[str, tuple[float, float]]) -> tuple[Figures, list]:
    """Return companies by city, by size and by both; few of them are unsafe."""
    sizes = range(2)
    cell = {(c, s): ("city*size", f"{c}*{s}") for c in cities for s in sizes}
    values = {ALL: sum(map(sum, cities.values()))}
    values |= {("city", c): sum(parts) for c, parts in cities.items()}
    values |= {("size", str(s)): sum(parts[s] for parts in cities.values()) for s in sizes}
    values |= {cell[c, s]: parts[s] for c, parts in cities.items() for s in sizes}
    nests = [(("city", c), tuple(cell[c, s] for s in sizes)) for c in cities]
    nests += [(("size", str(s)), tuple(cell[c, s] for c in cities)) for s in sizes]
    few = {key: 1.0 for key, value in values.items() if 0 < value < 3}
    alone = [key for key, value in values.items() if value == 1]
    return Figures(values=values, up=few, down=few, alone=alone), nests


@pytest.mark.parametrize(
    ("cities", "told"),
    [
        ({"a": (1.0, 0.0), "b": (4.0, 5.0)}, {("size", "0"), ("size", "1")}),
        ({"a": (1.0, 0.0), "b": (0.0, 2.0), "c": (3.0, 5.0), "d": (4.0, 3.0)}, {("city", "c")}),
    ],
)
def test_a_city_of_one_company_does_not_cost_the_whole_crossing(cities, told):
    # The company knows its city's 1, so that the city's cells have no room above it: but below.
    figures, nests = crossed(cities)
    hidden = hidden_domains_of(figures, nests)
    assert set(figures.up) <= hidden
    assert told <= set(figures.values) - hidden
    published = {k: None if k in hidden else v for k, v in figures.values.items()}
    assert not breaches(ToldFigures(name="", told=published, most={}), figures, nests)


def test_a_breakdown_of_very_many_single_companies_is_hidden_whole():
    codes = {("city", f"{number:03}"): 1.0 for number in range(300)}
    few = dict.fromkeys(codes, 1.0)
    figures = Figures(values={ALL: 300.0, **codes}, up=few, down=few, alone=list(codes))
    assert hidden_domains_of(figures, []) == set(codes)
