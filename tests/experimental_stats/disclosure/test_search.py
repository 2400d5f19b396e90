"""The search against all patterns there are, and its parts one by one."""

import os
import subprocess
import sys
from itertools import chain, combinations
from pathlib import Path

import numpy as np
import pytest

from experimental_stats.disclosure.bottleneck import BottleneckFinder
from experimental_stats.disclosure.cells import read_layout
from experimental_stats.disclosure.exposure import exposed_pairs
from experimental_stats.disclosure.master import Master
from experimental_stats.disclosure.pattern import Pattern
from experimental_stats.disclosure.requirement import Requirement, Way, range_requirements, reach
from experimental_stats.disclosure.routing import Router
from experimental_stats.disclosure.rules import assess, read_contributors, read_rules
from experimental_stats.disclosure.search import hidden_blocks
from experimental_stats.disclosure.structure import find_blocks


def blocks_of(made, rules):
    layout = read_layout(made.cells, made.dimensions, made.totals)
    contributors = read_contributors(made.cells, layout)
    return find_blocks(layout, contributors, assess(contributors, read_rules(rules)))


def is_sufficient(blocks, hidden: np.ndarray, *, singletons: bool) -> bool:
    router = Router(blocks, np.flatnonzero(hidden))
    met = all(router.way(requirement) for requirement in range_requirements(blocks))
    return met and not (singletons and exposed_pairs(blocks, hidden))


@pytest.mark.parametrize("singletons", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_no_pattern_of_a_small_table_hides_less(tables, seed, singletons):
    made = tables.made_up_table(seed, sizes=(5, 4), companies=25 + 5 * seed)
    blocks = blocks_of(made, tables.RULES)
    others = np.flatnonzero(~blocks.primary)
    assert len(others) <= 14
    found = hidden_blocks(blocks, singletons=singletons)
    assert is_sufficient(blocks, found, singletons=singletons)
    cost = blocks.costs[found].sum()
    for chosen in chain.from_iterable(combinations(others, n) for n in range(len(others) + 1)):
        hidden = blocks.primary.copy()
        hidden[list(chosen)] = True
        if blocks.costs[hidden].sum() < cost * (1 - 1e-4):
            assert not is_sufficient(blocks, hidden, singletons=singletons), chosen


def test_inequalities_hold_for_every_sufficient_pattern(tables):
    made = tables.made_up_table(5, sizes=(6, 5), companies=70)
    blocks = blocks_of(made, tables.RULES)
    finder = BottleneckFinder(blocks)
    draw = np.random.default_rng(3)
    sufficient = []
    for _ in range(60):
        hidden = blocks.primary | (draw.random(len(blocks.values)) < 0.6)
        if is_sufficient(blocks, hidden, singletons=False):
            sufficient.append(hidden)
    cuts = []
    for requirement in range_requirements(blocks):
        for share in (0.0, 0.3, 0.6):
            shares = np.where(blocks.primary, 1.0, share)
            if cut := finder.cut(requirement, shares):
                assert cut.weights @ shares[cut.blocks] < 1
                cuts.append(cut)
    assert cuts
    assert sufficient
    for cut in cuts:
        for hidden in sufficient:
            assert cut.weights @ hidden[cut.blocks] >= 1 - 1e-6


def test_a_neighbourhood_changes_nothing_outside_itself(tables):
    made = tables.made_up_table(2, sizes=(9, 7), companies=200)
    blocks = blocks_of(made, tables.RULES)
    pattern = Pattern(blocks, singletons=True)
    pattern.close(Router(blocks, np.arange(len(blocks.values))))
    pattern.hidden[:] = True
    master = Master(blocks, pattern.requirements, ways=pattern.ways, singletons=True)
    free = np.zeros(len(blocks.values), dtype=bool)
    free[: len(free) // 2] = True
    found = master.better(pattern.hidden, free, 1e9)
    assert found is not None
    assert found[~free].all()
    assert is_sufficient(blocks, found, singletons=True)
    assert master.better(found, free, 1e9) is None


def test_pruning_tells_again_what_nobody_needs(tables):
    made = tables.made_up_table(4, sizes=(7, 6), companies=120)
    blocks = blocks_of(made, tables.RULES)
    pattern = Pattern(blocks, singletons=False)
    router = Router(blocks, np.arange(len(blocks.values)))
    pattern.close(router)
    needed = pattern.hidden.copy()
    pattern.hidden[:] = True
    pattern.prune(1e9)
    assert pattern.cost <= blocks.costs.sum()
    assert is_sufficient(blocks, pattern.hidden, singletons=False)
    assert pattern.hidden.sum() <= needed.sum() + 2


def test_a_search_that_is_cut_short_hides_more_and_protects_as_well(tables):
    made = tables.made_up_table(101, sizes=(12, 9), companies=200)
    blocks = blocks_of(made, tables.RULES)
    hurried = hidden_blocks(blocks, singletons=True, effort=0.0)
    assert is_sufficient(blocks, hurried, singletons=True)
    unhurried = hidden_blocks(blocks, singletons=True)
    assert blocks.costs[unhurried].sum() < blocks.costs[hurried].sum()


def test_where_every_figure_is_unsafe_nothing_cheaper_is_looked_for(tables):
    made = tables.made_up_table(3, sizes=(9, 7), companies=200)
    blocks = blocks_of(made, tables.RULES | {"minimum_contributors": 1000})
    assert blocks.primary.all()
    assert hidden_blocks(blocks, singletons=True).all()


def test_a_way_reaches_as_far_as_its_smallest_block_lets_it():
    values = np.array([10.0, 4.0, 7.0])
    up, down = reach(
        Way(blocks=np.array([0, 1, 2]), steps=np.array([1.0, -2.0, 1.0])),
        values,
        np.full(3, np.inf),
    )
    # Along the way block 1 is used up after 2 steps; against it block 2 after 7.
    assert up.tolist() == [2.0, 14.0, 2.0]
    assert down.tolist() == [7.0, 4.0, 7.0]


def test_two_blocks_alone_in_a_line_expose_each_other(tables, line):
    cells, dimensions = line(a=(10, 1, 10), b=(12, 1, 12), c=(90, 9, 20, 19, 18))
    made = tables.MadeUpTable(
        name="", cells=cells, dimensions=dimensions, totals={"nace": "_T"}, microdata={}
    )
    blocks = blocks_of(made, tables.RULES)
    pairs = exposed_pairs(blocks, blocks.primary)
    assert len(pairs) == 2
    assert not exposed_pairs(blocks, np.ones(4, dtype=bool))
    router = Router(blocks, np.arange(4))
    way = router.way(Requirement(block=pairs[0][0], sign=1, amount=0.0, known_to=pairs[0][1]))
    assert pairs[0][1] not in way.blocks


ONE_PATTERN = """
import sys
import made_up_tables
import numpy as np
from experimental_stats.disclosure import protect

made = made_up_tables.made_up_table(7, sizes=(9, 6, 5), companies=400)
order = np.random.default_rng(int(sys.argv[1])).permutation(made.cells.num_rows)
found = protect(
    made.cells.take(order),
    dimensions=dict(reversed(made.dimensions.items())),
    totals=made.totals,
    rules=made_up_tables.RULES,
)
names = sorted(made.dimensions)
marks = zip(*(found.column(name).to_pylist() for name in (*names, "disclosure")))
print(sorted(mark for mark in marks if mark[-1]))
"""


def test_the_pattern_depends_on_no_clock_no_thread_no_hash_and_no_order_of_rows(tables):
    """Processes that take the machine from each other, each seeded and threaded otherwise."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_PATTERN, str(seed)],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(tables.__file__).parent)]),
                "PYTHONHASHSEED": str(seed),
                "OMP_NUM_THREADS": str(threads),
                "OPENBLAS_NUM_THREADS": str(threads),
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, threads in ((1, 1), (2, 4))
    ]
    told = [process.communicate()[0] for process in running]
    assert all(process.returncode == 0 for process in running)
    assert "secondary" in told[0]
    assert told[0] == told[1]


def test_what_the_search_may_do_is_counted_and_less_of_it_hides_more(tables):
    made = tables.made_up_table(203, sizes=(16, 12), companies=650)
    blocks = blocks_of(made, tables.RULES)
    costs = []
    for effort in (0.0, 0.02, 1.0):
        hidden = hidden_blocks(blocks, singletons=True, effort=effort)
        assert is_sufficient(blocks, hidden, singletons=True)
        assert (hidden == hidden_blocks(blocks, singletons=True, effort=effort)).all()
        costs.append(blocks.costs[hidden].sum())
    assert costs[0] > costs[2]
    assert costs[0] >= costs[1] >= costs[2]
