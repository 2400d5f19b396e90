"""Intervals worked out by hand, and patterns that only look safe."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import linprog

from experimental_stats.disclosure import attack
from storage.errors import InvalidInput

LINE = {"nace": {"a": "_T", "b": "_T", "c": "_T"}}
SQUARE = {"nace": {"a": "_T", "b": "_T"}, "size": {"x": "_T", "y": "_T"}}


AXES = ("row", "column")
FAR = 1e6


def published(rows: dict, *names: str) -> pa.Table:
    keys = [key if isinstance(key, tuple) else (key,) for key in rows]
    columns = {name: [key[i] for key in keys] for i, name in enumerate(names)}
    columns["value"] = pa.array(list(rows.values()), pa.float64())
    columns["disclosure"] = ["" if value is not None else "primary" for value in rows.values()]
    return pa.table(columns)


def found(rows: dict, dimensions: dict) -> dict:
    table = attack(
        published(rows, *dimensions), dimensions=dimensions, totals=dict.fromkeys(dimensions, "_T")
    )
    return {
        tuple(row[name] for name in dimensions): (row["lower"], row["upper"])
        for row in table.to_pylist()
    }


def test_one_hidden_cell_is_what_is_missing_to_the_total():
    assert found({"_T": 20, "a": None, "b": 5, "c": 13}, LINE) == {("a",): (2, 2)}


def test_two_hidden_cells_share_what_is_missing():
    assert found({"_T": 20, "a": None, "b": None, "c": 13}, LINE) == {
        ("a",): (0, 7),
        ("b",): (0, 7),
    }


def test_without_the_total_nothing_bounds_a_cell():
    told = found({"_T": None, "a": None, "b": 5, "c": 13}, LINE)
    assert told["a",] == (0, float("inf"))
    assert told["_T",] == (18, float("inf"))


def test_a_hidden_cell_beside_a_total_of_nothing_is_nothing():
    assert found({"_T": 0, "a": None, "b": None, "c": 0}, LINE) == {("a",): (0, 0), ("b",): (0, 0)}


def test_margins_narrow_what_rows_leave_open():
    # a + b of column x is 6, of row a is 9: cell (a, x) lies between 9 - 8 = 1 and 6.
    rows = {("a", "x"): None, ("a", "y"): None, ("b", "x"): None, ("b", "y"): None}
    rows |= {("a", "_T"): 9, ("b", "_T"): 5, ("_T", "x"): 6, ("_T", "y"): 8, ("_T", "_T"): 14}
    told = found(rows, SQUARE)
    assert told["a", "x"] == pytest.approx((1, 6))
    assert told["b", "y"] == pytest.approx((0, 5))


def test_two_hidden_cells_in_every_line_may_still_be_exact():
    """The naive rule: it hides two in each row and column, and gives all of them away.

    Hidden are a and b in x and y, c in y and z: every line has two. But x + y over a and b leaves
    y of a and b together, so what is hidden of c in y is exact, and with it c in z.
    """
    dimensions = {
        "nace": {"a": "_T", "b": "_T", "c": "_T", "d": "_T"},
        "size": {"x": "_T", "y": "_T", "z": "_T", "w": "_T"},
    }
    rng = np.random.default_rng(1)
    inner = rng.integers(1, 30, (4, 4))
    full = np.pad(inner, ((0, 1), (0, 1)))
    full[4, :4], full[:4, 4], full[4, 4] = inner.sum(0), inner.sum(1), inner.sum()
    hidden = {
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
        ("c", "z"),
        ("c", "w"),
        ("d", "z"),
        ("d", "w"),
        ("c", "y"),
        ("a", "w"),
    }
    codes = ("a", "b", "c", "d", "_T"), ("x", "y", "z", "w", "_T")
    rows = {
        (r, c): None if (r, c) in hidden else float(full[i, j])
        for i, r in enumerate(codes[0])
        for j, c in enumerate(codes[1])
    }
    told = found(rows, dimensions)
    exact = {key for key, (low, high) in told.items() if high - low < 1e-6}
    assert told.keys() == hidden
    assert exact == set()
    del rows["a", "w"], rows["c", "y"]
    rows |= {("a", "w"): float(full[0, 3]), ("c", "y"): None}
    told = found(rows, dimensions)
    assert told["c", "y"] == pytest.approx((full[2, 1], full[2, 1]))


@pytest.mark.parametrize("seed", range(12))
def test_intervals_are_those_of_a_solver_asked_cell_by_cell(tables, seed):
    made = tables.made_up_table(seed, sizes=[(5, 4), (4, 3, 3)][seed % 2], companies=60)
    names = list(made.dimensions)
    keys = list(zip(*(made.cells.column(n).to_pylist() for n in names), strict=True))
    value = made.cells.column("value").to_numpy()
    rng = np.random.default_rng(seed)
    hidden = rng.random(len(keys)) < 0.4
    rows = {k: None if h else v for k, v, h in zip(keys, value.tolist(), hidden, strict=True)}
    told = found(rows, made.dimensions)
    place = {key: i for i, key in enumerate(keys)}
    sums = []
    for axis, name in enumerate(names):
        for key in keys:
            parts = [c for c, parent in made.dimensions[name].items() if parent == key[axis]]
            if parts:
                row = np.zeros(len(keys))
                row[place[key]] = -1
                for code in parts:
                    row[place[(*key[:axis], code, *key[axis + 1 :])]] = 1
                sums.append(row)
    bounds = [(0, None) if h else (v, v) for v, h in zip(value, hidden, strict=True)]
    for i in np.flatnonzero(hidden):
        for sign, end in ((1, 0), (-1, 1)):
            goal = np.zeros(len(keys))
            goal[i] = sign
            answer = linprog(goal, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds)
            expected = float("inf") if answer.status == 3 else sign * answer.fun
            assert told[keys[i]][end] == pytest.approx(expected, rel=1e-6, abs=1e-5), keys[i]


def test_a_table_without_hidden_cells_tells_nothing_more():
    assert found({"_T": 18, "a": 0, "b": 5, "c": 13}, LINE) == {}


def test_columns_of_the_answer_are_as_promised():
    table = attack(
        published({"_T": 20, "a": None, "b": None, "c": 13}, "nace"),
        dimensions=LINE,
        totals={"nace": "_T"},
    )
    assert table.column_names == ["nace", "lower", "upper"]
    assert table.schema.field("lower").type == pa.float64()


def test_published_cells_that_cannot_be_true_are_an_error():
    with pytest.raises(InvalidInput, match="no hidden values fit"):
        found({"_T": 10, "a": None, "b": None, "c": 13}, LINE)
    with pytest.raises(InvalidInput, match=r"nace=_T: 20, its 3 parts by nace together 19"):
        found({"_T": 20, "a": 1, "b": 5, "c": 13}, LINE)


def test_a_hidden_cell_that_kept_its_value_is_an_error():
    table = published({"_T": 20, "a": None, "b": None, "c": 13}, "nace")
    leaked = table.set_column(1, "value", pa.array([20.0, 2.0, None, 13.0]))
    with pytest.raises(InvalidInput, match=r"row 2 \(nace=a\): hidden, but has a value"):
        attack(leaked, dimensions=LINE, totals={"nace": "_T"})
    lost = table.set_column(1, "value", pa.array([None, None, None, 13.0]))
    with pytest.raises(InvalidInput, match=r"row 1 \(nace=_T\): no value"):
        attack(lost, dimensions=LINE, totals={"nace": "_T"})


def crossed(inner: np.ndarray, *, decimals: int | None = None) -> tuple[pa.Table, np.ndarray]:
    """A table of rows by columns with margins, its first two by two hidden; and all values."""
    whole = np.block(
        [
            [inner, inner.sum(axis=1, keepdims=True)],
            [inner.sum(axis=0, keepdims=True), inner.sum(keepdims=True)],
        ]
    )
    whole = whole if decimals is None else np.round(whole, decimals)
    hidden = np.zeros(whole.shape, bool)
    hidden[:2, :2] = True
    names = [
        [*(f"{letter}{n}" for n in range(size)), "_T"]
        for letter, size in zip("rc", inner.shape, strict=True)
    ]
    rows, columns = np.indices(whole.shape)
    table = {
        "row": [names[0][n] for n in rows.ravel()],
        "column": [names[1][n] for n in columns.ravel()],
        "value": pa.array(whole.ravel(), mask=hidden.ravel()),
        "disclosure": np.where(hidden.ravel(), "primary", ""),
    }
    return pa.table(table), whole


def attacked(inner: np.ndarray, *, decimals: int | None = None) -> list[tuple[float, float, float]]:
    """Lower end, upper end and true value of the four hidden cells."""
    table, whole = crossed(inner, decimals=decimals)
    codes = [
        dict.fromkeys((f"{c}{n}" for n in range(s)), "_T")
        for c, s in zip("rc", inner.shape, strict=True)
    ]
    found = attack(
        table,
        dimensions={"row": codes[0], "column": codes[1]},
        totals={"row": "_T", "column": "_T"},
    ).to_pylist()
    true = whole[:2, :2].ravel()
    return [(row["lower"], row["upper"], v) for row, v in zip(found, true, strict=True)]


def test_small_cells_beside_giants_are_known_as_far_as_a_float_tells_them():
    rng = np.random.default_rng(3)
    inner = rng.uniform(1e10, 9e11, (6, 5))
    inner[:2, :2] = [[1.0, 2.0], [3.0, 1.5]]
    for lower, upper, true in attacked(inner):
        # Beside sums of 1e12 a float tells a thousandth; the block has a play of 3.
        assert lower - 0.5 <= true <= upper + 0.5
        assert upper - lower == pytest.approx(3, abs=0.5)


def test_what_two_giants_differ_by_is_known_to_the_last_digit_that_a_float_tells():
    """No row bounds the small cell: only that another row tells the giant beside it."""
    dimensions = {"nace": {"a": "_T", "b": "_T", "b1": "b"}}
    giant, small = 343_897_920_147.68, 27.74
    told = found({"_T": giant + small, "a": None, "b": None, "b1": giant}, dimensions)
    assert told["b",] == pytest.approx((giant, giant), rel=1e-15)
    assert told["a",] == pytest.approx((small, small), abs=1e-3)


def test_rounding_of_sums_of_giants_leaves_no_more_room_than_it_is():
    """Sums of 7e11 in cents are a thousandth off; hidden cells of some hundreds hang on them."""
    true = {
        ("a", "x"): 775_835_078_194.24, ("a", "y"): 13.27, ("a", "z"): 1256.9,
        ("b", "x"): 775_835_075_115.22, ("b", "y"): 6.24, ("b", "z"): 313.21,
    }  # fmt: skip
    dimensions = {"row": {"a": "_T", "b": "_T"}, "column": {"x": "_T", "y": "_T", "z": "_T"}}
    rows = dict.fromkeys(true)
    for row in ("a", "b"):
        rows[row, "_T"] = sum(value for key, value in true.items() if key[0] == row)
    for column in ("x", "y", "z"):
        rows["_T", column] = sum(value for key, value in true.items() if key[1] == column)
    rows["_T", "_T"] = sum(true.values())
    told = found(rows, dimensions)
    # Column y is 19.51 and z 1570.11: their cells in row a lie between 0 and that.
    assert told["a", "y"] == pytest.approx((0, 19.51), abs=0.01)
    assert told["a", "z"] == pytest.approx((0, 1570.11), abs=0.01)
    assert told["a", "x"][1] - told["a", "x"][0] == pytest.approx(1589.62, abs=0.01)


def test_a_table_whose_cells_were_rounded_one_by_one_can_be_attacked():
    inner = np.random.default_rng(5).uniform(2_000, 90_000, (6, 5))
    inner[:2, :2] = [[10.004, 20.004], [30.004, 15.004]]
    for lower, upper, true in attacked(inner, decimals=2):
        assert lower - 0.2 <= true <= upper + 0.2
        assert upper - lower == pytest.approx(30, abs=0.5)


@pytest.mark.parametrize("seed", range(8))
def test_cells_beside_hidden_giants_are_those_of_a_solver_that_moves_the_true_table(seed):
    """Changes of the true table, in units of 1, know nothing of how large a giant is."""
    rng = np.random.default_rng(seed)
    inner = rng.integers(0, 90, (6, 5)).astype(float)
    inner[rng.random(inner.shape) < 0.2] *= 1e11
    table, whole = crossed(inner)
    hidden = rng.random(whole.shape) < (0.3, 0.5, 0.7, 0.9)[seed % 4]
    told = table.set_column(2, "value", pa.array(whole.ravel(), mask=hidden.ravel()))
    told = told.set_column(3, "disclosure", pa.array(np.where(hidden.ravel(), "primary", "")))
    trees = [dict.fromkeys(sorted(set(told.column(n).to_pylist()) - {"_T"}), "_T") for n in AXES]
    dimensions = dict(zip(AXES, trees, strict=True))
    answer = attack(told, dimensions=dimensions, totals=dict.fromkeys(AXES, "_T")).to_pylist()
    place = np.arange(whole.size).reshape(whole.shape)
    sums = np.zeros((sum(whole.shape), whole.size))
    for line, cells in zip(sums, (*place, *place.T), strict=True):
        line[cells], line[cells[-1]] = 1, -1
    least = np.where(hidden, np.maximum(-whole, -FAR), 0).ravel()
    bounds = np.stack([least, np.where(hidden, FAR, 0).ravel()], axis=1)
    for row, cell in zip(answer, np.flatnonzero(hidden), strict=True):
        value = whole.ravel()[cell]
        for sign, end in ((1, row["lower"]), (-1, row["upper"])):
            goal = sign * np.eye(whole.size)[cell]
            moved = linprog(goal, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds).fun
            if abs(moved) < FAR:  # else as far as a giant goes, or further
                assert end == pytest.approx(value + sign * moved, rel=1e-9, abs=0.01), row
