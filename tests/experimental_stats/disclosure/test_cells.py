"""Bad tables, dimensions and rules: errors that name the row."""

import pyarrow as pa
import pytest

from experimental_stats.disclosure import protect
from storage.errors import InvalidInput

RULES = {"minimum_contributors": 3, "protection_percent": 30.0}
TREE = {"nace": {"a": "_T", "b": "_T"}}
GOOD = {"nace": ["_T", "a", "b"], "value": [9.0, 2.0, 7.0], "n_contributors": [9, 2, 7]}
LARGE = {"largest_1": [4.0, 1.0, 4.0], "largest_2": [2.0, 1.0, 2.0], "largest_3": [1.0, 0.0, 1.0]}


def work(columns=None, *, tree=None, totals=None, rules=None):
    return protect(
        pa.table(GOOD | (columns or {})),
        dimensions=tree or TREE,
        totals=totals or dict.fromkeys(tree or TREE, "_T"),
        rules=RULES if rules is None else rules,
    )


def test_the_good_table_is_good():
    assert work().column("disclosure").to_pylist() == ["", "primary", "secondary"]
    assert work(LARGE).num_rows == 3


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"value": [9.0, None, 7.0]}, r"row 2 \(nace=a\): value is missing"),
        ({"value": [9.0, float("nan"), 7.0]}, r"row 2 \(nace=a\): value nan"),
        ({"value": [9.0, -2.0, 7.0]}, r"row 2 \(nace=a\): value -2.0"),
        ({"value": [9.0, float("inf"), 7.0]}, r"row 2 \(nace=a\): value inf"),
        ({"value": ["9", "2", "7"]}, "'value' holds string, not numbers"),
        ({"value": [9.0, 3.0, 7.0]}, "nace=_T: 9, its 2 parts by nace together 10"),
        ({"value": [9e-9, 2e-9, 6e-9]}, "nace=_T: 9e-09, its 2 parts by nace together 8e-09"),
        ({"value": [1e308, 1e308, 1e308]}, "nace=_T: 1e\\+308, its 2 parts by nace together inf"),
        ({"n_contributors": [9, None, 7]}, r"row 2 \(nace=a\): n_contributors is missing"),
        ({"n_contributors": [9, 0, 7]}, r"row 2 \(nace=a\): a value, but no contributors"),
        ({"n_contributors": [9, 1.5, 7]}, r"row 2 \(nace=a\): not a whole number"),
        ({"nace": ["_T", "a", "a"]}, "more than once\nnace=a"),
        ({"nace": ["_T", "a", "x"]}, "row 3: nace 'x'"),
        ({"nace": ["_T", "a", None]}, "row 3: nace None"),
        ({"n_contributors": [6, 2, 7]}, r"row 1 \(nace=_T\): fewer contributors than a part"),
        (LARGE | {"n_contributors": [9, 1, 7]}, r"row 2 \(nace=a\): more contributions than"),
        ({"disclosure": ["", "", ""]}, "protected already"),
        (LARGE | {"largest_2": [2.0, 3.0, 2.0]}, r"row 2 \(nace=a\): largest_\* not in order"),
        (LARGE | {"largest_1": [4.0, 2.0, 4.0]}, r"row 2 \(nace=a\): the largest contributions"),
        (LARGE | {"largest_3": [1.0, 0.0, None]}, r"row 3 \(nace=b\): largest_3 is missing"),
        ({"largest_1": [1.0, 1.0, 1.0]}, "largest_2: 0 times"),
    ],
)
def test_a_bad_table_is_an_error_that_names_the_row(columns, told):
    with pytest.raises(InvalidInput, match=told):
        work(columns)


def test_what_is_no_table_is_an_error():
    with pytest.raises(InvalidInput, match=r"cells are dict, not a pyarrow\.Table"):
        protect(GOOD, dimensions=TREE, totals={"nace": "_T"}, rules=RULES)
    with pytest.raises(InvalidInput, match="mappings by column"):
        work(tree=TREE, totals="_T")
    with pytest.raises(InvalidInput, match="'nace' are no mapping"):
        work(tree={"nace": ["a", "b"]})


@pytest.mark.parametrize("off", [0, [], [[1, 0]], [[1, 0.0], [2, 0]]])
def test_0_switches_dominance_off(off):
    told = work(LARGE, rules={"dominance": off}).column("disclosure").to_pylist()
    assert told == ["", "", ""]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("nace", pa.dictionary(pa.int8(), pa.string())),
        ("nace", pa.large_string()),
        ("n_contributors", pa.int32()),
        ("n_contributors", pa.uint8()),
        ("value", pa.float32()),
        ("value", pa.decimal128(9, 2)),
    ],
)
def test_types_chunks_and_further_columns_change_nothing(name, kind):
    cells = pa.table(GOOD).append_column("note", pa.array(["x", None, "z"]))
    place = cells.column_names.index(name)
    cells = cells.set_column(place, name, cells.column(name).cast(kind))
    cells = pa.concat_tables([cells.slice(0, 1), cells.slice(1, 0), cells.slice(1)])
    marked = protect(cells, dimensions=TREE, totals={"nace": "_T"}, rules=RULES)
    assert marked.column("disclosure").to_pylist() == ["", "primary", "secondary"]
    assert marked.drop_columns(["disclosure"]).equals(cells)


def test_missing_combinations_are_named():
    with pytest.raises(InvalidInput, match="missing\nnace=b"):
        protect(pa.table(GOOD).slice(0, 2), dimensions=TREE, totals={"nace": "_T"}, rules=RULES)
    with pytest.raises(InvalidInput, match="value: 0 times"):
        protect(
            pa.table(GOOD).drop_columns(["value"]), dimensions=TREE, totals={"nace": "_T"}, rules={}
        )


@pytest.mark.parametrize(
    ("tree", "totals", "told"),
    [
        ({"nace": {"a": "b", "b": "a"}}, None, "'a' is its own ancestor: a > b > a"),
        ({"nace": {"a": "a", "b": "_T"}}, None, "'a' is its own ancestor"),
        ({"nace": {"a": "_T", "b": "X"}}, None, "'X' is a root beside the total '_T'"),
        ({"nace": {"a": "_T", "b": "_T", "_T": "Z"}}, None, "the total '_T' has a parent, 'Z'"),
        ({"nace": {"a": "_T", "b": None}}, None, "'b' under None is not text"),
        (TREE, {"region": "_T"}, "name different columns: nace, region"),
        ({"nace": {"a": "b", "b": "c", "c": "b"}}, None, "'b' is its own ancestor: b > c > b"),
    ],
)
def test_a_bad_dimension_is_an_error(tree, totals, told):
    with pytest.raises(InvalidInput, match=told):
        work(tree=tree, totals=totals)


@pytest.mark.parametrize("name", ["value", "disclosure", "lower"])
def test_a_dimension_named_like_another_column_is_an_error(name):
    cells = pa.table({name: ["_T"], "n_contributors": [1]})
    with pytest.raises(InvalidInput, match=f"mean other columns\n{name}\nRename"):
        protect(cells, dimensions={name: {}}, totals={name: "_T"}, rules=RULES)


def test_no_dimension_and_too_many_cells_are_errors():
    with pytest.raises(InvalidInput, match="at least one dimension"):
        protect(pa.table(GOOD), dimensions={}, totals={}, rules=RULES)
    names = ["u", "v", "w"]
    tree = {name: {f"{name}{i}": "_T" for i in range(99)} for name in names}
    cells = pa.table({name: ["_T"] for name in names} | {"value": [1.0], "n_contributors": [1]})
    with pytest.raises(InvalidInput, match="1000000 cells"):
        protect(cells, dimensions=tree, totals=dict.fromkeys(names, "_T"), rules=RULES)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"minimum": 3}, "no rule called minimum"),
        ({"dominance": [[4, 75.0]]}, r"dominance \(4, 75.0\)"),
        ({"dominance": [[1, -1.0]]}, r"dominance \(1, -1.0\)"),
        ({"dominance": [["one", 75.0]]}, r"dominance \('one', 75.0\)"),
        ({"dominance": [1, 75.0]}, r"dominance \[1, 75.0\]: a list of pairs"),
        ({"dominance": [[1]]}, r"dominance \(1,\)"),
        ({"p_percent": -1}, "p_percent -1"),
        ({"p_percent": "10"}, "p_percent '10'"),
        ({"p_percent": None}, "p_percent None"),
        ({"minimum_contributors": float("nan")}, "minimum_contributors nan"),
        ({"minimum_contributors": 2.5}, "minimum_contributors 2.5: a whole number"),
        ({"singletons": "no"}, "singletons 'no': true or false"),
        ([("p_percent", 10)], "rules are list"),
    ],
)
def test_a_bad_rule_is_an_error(rules, told):
    with pytest.raises(InvalidInput, match=told):
        work(rules=rules)
