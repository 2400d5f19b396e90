"""Cells hidden in vain are told, and nothing else becomes known by it."""

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.disclosure import attack
from experimental_stats.disclosure.cells import read_layout
from experimental_stats.disclosure.known_anyway import exactly_known, told_anyway
from experimental_stats.disclosure.pattern import Pattern
from experimental_stats.disclosure.requirement import Way
from experimental_stats.disclosure.routing import Router
from experimental_stats.disclosure.rules import assess, read_contributors, read_rules
from experimental_stats.disclosure.search import hidden_blocks
from experimental_stats.disclosure.structure import find_blocks

LINE = {"a": "_T", "b": "_T", "c": "_T"}


def read(made, rules):
    layout = read_layout(made.cells, made.dimensions, made.totals)
    contributors = read_contributors(made.cells, layout)
    return layout, find_blocks(layout, contributors, assess(contributors, read_rules(rules)))


def intervals(made, layout, blocks, hidden: np.ndarray) -> dict:
    """What the attacker finds: cell -> ends."""
    here = ((blocks.block >= 0) & hidden[blocks.block])[layout.place]
    told = made.cells.select([*made.dimensions, "value"])
    value = pa.array(told.column("value").to_numpy(), mask=here)
    told = told.set_column(told.column_names.index("value"), "value", value)
    told = told.append_column("disclosure", pa.array(np.where(here, "secondary", "").tolist()))
    found = attack(told, dimensions=made.dimensions, totals=made.totals).to_pylist()
    return {tuple(row[n] for n in made.dimensions): (row["lower"], row["upper"]) for row in found}


@pytest.mark.parametrize("seed", range(4))
def test_telling_what_is_known_anyway_changes_no_other_interval(tables, seed):
    made = tables.made_up_table(seed, sizes=(8, 6), companies=140)
    layout, blocks = read(made, tables.RULES)
    draw = np.random.default_rng(seed)
    hidden = blocks.primary | (draw.random(len(blocks.values)) < 0.15)
    asked = hidden & ~blocks.primary
    known = exactly_known(blocks, hidden, asked)
    before = intervals(made, layout, blocks, hidden)
    after = intervals(made, layout, blocks, hidden & ~known)
    assert after.keys() < before.keys() or not known.any()
    for key, ends in after.items():
        assert ends == pytest.approx(before[key], rel=1e-6, abs=1e-6), key
    # What was told is what the attacker knew, and no secondary that he knows is left.
    for key, (lower, upper) in before.items():
        if key not in after:
            assert upper - lower <= 1e-6 * max(upper, 1.0)
    codes = zip(*(made.cells.column(n).to_pylist() for n in made.dimensions), strict=True)
    places = dict(zip(codes, layout.place, strict=True))
    for key, (lower, upper) in after.items():
        if not blocks.primary[blocks.block[places[key]]]:
            assert upper - lower > 1e-6


def test_a_lone_hidden_cell_of_a_line_is_known_and_two_are_not(tables):
    cells = tables.tabulate(
        {"nace": ["a", "b", "b", "c", "c", "c"]},
        np.array([4.0, 5.0, 6.0, 7.0, 8.0, 9.0]),
        {"nace": LINE},
        counts=False,
    )
    made = tables.MadeUpTable(
        name="", cells=cells, dimensions={"nace": LINE}, totals={"nace": "_T"}, microdata={}
    )
    _, blocks = read(made, {})
    one = blocks.values == 4.0
    assert (exactly_known(blocks, one, one) == one).all()
    two = one | (blocks.values == 11.0)
    assert not exactly_known(blocks, two, two).any()


def test_a_zero_that_can_only_rise_holds_another_zero(tables):
    """Two hidden zeros in a told sum: nothing can rise, though by algebra alone they might move."""
    cells = tables.tabulate(
        {"nace": ["a", "b", "c"]}, np.array([0.0, 0.0, 9.0]), {"nace": LINE}, counts=False
    )
    made = tables.MadeUpTable(
        name="", cells=cells, dimensions={"nace": LINE}, totals={"nace": "_T"}, microdata={}
    )
    _, blocks = read(made, {})
    zeros = blocks.values == 0.0
    assert zeros.sum() == 2
    assert (exactly_known(blocks, zeros, zeros) == zeros).all()
    with_room = zeros | (blocks.values == 9.0) & (np.arange(len(blocks.values)) > 0)
    assert not exactly_known(blocks, with_room, zeros).any()


def test_what_the_solver_rounds_is_taken_out_of_a_proof(tables):
    made = tables.made_up_table(3, sizes=(7, 5), companies=90)
    _, blocks = read(made, tables.RULES)
    pattern = Pattern(blocks, singletons=False)
    pattern.close(Router(blocks, np.arange(len(blocks.values))))
    pattern.prune(1e9)
    spare = np.array(
        [
            block
            for block in np.flatnonzero(~pattern.hidden)
            if exactly_known(
                blocks,
                pattern.hidden | (np.arange(len(pattern.hidden)) == block),
                np.arange(len(pattern.hidden)) == block,
            )[block]
        ]
    )
    assert len(spare)
    requirement, way = next(iter(pattern.ways.items()))
    noisy = Way(
        blocks=np.append(way.blocks, spare[0]),
        steps=np.append(way.steps, 1e-9 * np.abs(way.steps).max()),
    )
    hidden = pattern.hidden.copy()
    hidden[spare[0]] = True
    told, ways = told_anyway(blocks, hidden, {requirement: noisy})
    assert (told == pattern.hidden).all()
    assert ways[requirement].blocks.tolist() == way.blocks.tolist()


@pytest.mark.parametrize("seed", [2, 104])
def test_a_search_that_ends_at_once_leaves_no_secondary_that_is_known(tables, seed):
    made = tables.made_up_table(seed, sizes=(12, 9), companies=200)
    _, blocks = read(made, tables.RULES)
    for effort in (0.0, 0.05):
        hidden = hidden_blocks(blocks, singletons=True, effort=effort)
        assert not exactly_known(blocks, hidden, hidden & ~blocks.primary).any()


def test_pruning_without_any_work_still_tells_what_no_way_runs_through(tables):
    made = tables.made_up_table(4, sizes=(7, 6), companies=120)
    _, blocks = read(made, tables.RULES)
    pattern = Pattern(blocks, singletons=False)
    pattern.close(Router(blocks, np.arange(len(blocks.values))))
    used = blocks.primary.copy()
    for way in pattern.ways.values():
        used[way.blocks] = True
    pattern.hidden[:] = True
    pattern.prune(0.0)
    assert (pattern.hidden <= used).all()
