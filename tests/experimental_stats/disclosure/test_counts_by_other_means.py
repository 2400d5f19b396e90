"""Cell keys and controlled rounding: noise that adds up to nothing, tables that add up."""

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.disclosure.cell_key import BOUND, VARIANCE, p_table, perturb, record_keys
from experimental_stats.disclosure.rounding import round_counts
from storage.errors import InvalidInput


def test_the_p_table_is_bounded_unbiased_and_keeps_zeros():
    table = p_table()
    noise = np.arange(-BOUND, BOUND + 1)
    assert table.shape == (BOUND + 1, 2 * BOUND + 1)
    assert table.sum(axis=1) == pytest.approx(np.ones(BOUND + 1))
    assert table @ noise == pytest.approx(np.zeros(BOUND + 1), abs=1e-9)
    assert table[-1] @ noise**2 == pytest.approx(VARIANCE, rel=1e-6)
    assert table[0, BOUND] == 1
    for count in range(BOUND + 1):
        assert (table[count, noise < -count] == 0).all()
    # By hand: noise of at most 1 and a variance of 1/2 is -1, 0, 1 with 1/4, 1/2, 1/4.
    assert p_table(1, 0.5)[1] == pytest.approx([0.25, 0.5, 0.25], abs=1e-6)


@pytest.mark.parametrize(("bound", "variance"), [(0, 1.0), (3, 0.0), (2, 2.5)])
def test_a_p_table_that_cannot_be_is_an_error(bound, variance):
    with pytest.raises(InvalidInput, match="No noise of at most"):
        p_table(bound, variance)


def test_the_same_companies_get_the_same_noise_in_any_order():
    keys = record_keys([f"u{i}" for i in range(50)], "secret")
    assert ((keys >= 0) & (keys < 1)).all()
    assert record_keys(["u7"], "secret")[0] == keys[7]
    assert record_keys(["u7"], "other")[0] != keys[7]
    counts, table = np.array([50]), p_table()
    shuffled = np.random.default_rng(1).permutation(keys)
    assert perturb(counts, np.array([keys.sum()]), table) == perturb(
        counts, np.array([shuffled.sum()]), table
    )
    with pytest.raises(InvalidInput, match="need a secret"):
        record_keys(["u"], "")


def test_noise_averages_to_nothing_and_counts_stay_counts():
    draw = np.random.default_rng(2)
    table = p_table()
    for count in (0, 1, 2, 5, 300):
        counts = np.full(40_000, count)
        noisy = perturb(counts, draw.random(40_000) + count, table)
        assert (noisy >= 0).all()
        assert np.abs(noisy - count).max() <= BOUND
        assert noisy.mean() == pytest.approx(count, abs=4 * np.sqrt(VARIANCE / 40_000))
        assert (count > 0) == bool((noisy != count).any())
    with pytest.raises(InvalidInput, match="below 0"):
        perturb(np.array([-1]), np.array([0.3]), table)


@pytest.mark.parametrize("base", [3, 5])
@pytest.mark.parametrize("sizes", [(6,), (7, 5), (4, 4, 3)])
def test_rounded_tables_add_up_and_stay_near(tables, base, sizes):
    made = tables.made_up_table(4, sizes=sizes, companies=150, counts=True)
    rounded = round_counts(made.cells, dimensions=made.dimensions, totals=made.totals, base=base)
    # A table that does not add up would be refused here.
    again = round_counts(rounded, dimensions=made.dimensions, totals=made.totals, base=base)
    before, after = (t.column("value").to_numpy() for t in (made.cells, rounded))
    assert (after % base == 0).all()
    assert (np.abs(after - before) < base).all()
    assert (after[before == 0] == 0).all()
    assert again.equals(rounded)


def test_rounding_by_hand(line):
    # 4 + 4 + 4 = 12: each is nearest to 3, but 12 is a multiple: one goes up to 6.
    cells, dimensions = line(a=(4, 4), b=(4, 4), c=(4, 4))
    rounded = round_counts(cells, dimensions=dimensions, totals={"nace": "_T"}, base=3)
    assert rounded.column("value").to_pylist()[0] == 12
    assert sorted(rounded.column("value").to_pylist()[1:]) == [3, 3, 6]


def test_with_a_secret_a_count_goes_either_way_and_always_the_same_way(line):
    cells, dimensions = line(a=(1, 4), b=(4, 4), c=(9, 4))

    def rounded(secret: str, cells: pa.Table = cells) -> list[float]:
        found = round_counts(
            cells, dimensions=dimensions, totals={"nace": "_T"}, base=5, secret=secret
        )
        return found.column("value").to_pylist()

    tables = [rounded(str(number)) for number in range(60)]
    assert all(table[0] == sum(table[1:]) and abs(table[0] - 14) < 5 for table in tables)
    assert [set(column) for column in list(zip(*tables, strict=True))[1:]] == [
        {0.0, 5.0},
        {0.0, 5.0},
        {5.0, 10.0},
    ]
    assert rounded("7") == tables[7]
    order = pa.array([3, 0, 2, 1])
    assert rounded("7", cells.take(order)) == [tables[7][i] for i in order.to_pylist()]


def test_what_cannot_be_rounded_is_an_error(line):
    cells, dimensions = line(a=(4, 4), b=(2.5, 4))
    with pytest.raises(InvalidInput, match=r"row 1 \(nace=_T\): not a whole number"):
        round_counts(cells, dimensions=dimensions, totals={"nace": "_T"})
    with pytest.raises(InvalidInput, match="multiples of 1"):
        round_counts(cells, dimensions=dimensions, totals={"nace": "_T"}, base=1)
    assert isinstance(cells, pa.Table)
