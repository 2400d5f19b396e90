import pyarrow as pa
import pytest

from experimental_stats.arrow_tables import plain_table
from storage.errors import InvalidInput

IDS = ["b", "a", "a"]


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.binary()],
    ids=str,
)
def test_text_of_any_kind_is_read_as_text(kind):
    table = pa.table({"unit_id": pa.array(IDS).cast(kind), "left": [1, 2, 3]})
    assert plain_table("units", table, texts=("unit_id",)).column("unit_id").to_pylist() == IDS


def test_dictionaries_that_differ_from_chunk_to_chunk_are_read_as_text():
    parts = [pa.table({"unit_id": pa.array(part).dictionary_encode()}) for part in (["b"], IDS)]
    plain = plain_table("units", pa.concat_tables(parts), texts=("unit_id",))
    assert plain.column("unit_id").type == pa.string()
    assert plain.column("unit_id").to_pylist() == ["b", *IDS]


def test_numbers_as_identifiers_and_batches_are_taken():
    batch = pa.RecordBatch.from_pydict({"unit_id": [7, 8]})
    assert plain_table("audit", batch, texts=("unit_id",)).column("unit_id").to_pylist() == [
        "7",
        "8",
    ]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ([{"unit_id": "a"}], "units is a list, not an Arrow table"),
        (None, "units is a NoneType"),
        (pa.table({"unit_id": [[1]]}), "cannot be read as text"),
        (pa.table([["a"], ["b"]], names=["unit_id", "unit_id"]), "more than one column unit_id"),
        (pa.table({"unit_id": pa.array([b"\xff"])}), "cannot be read as text"),
    ],
)
def test_what_is_no_such_table_is_named(table, fault):
    with pytest.raises(InvalidInput, match=fault):
        plain_table("units", table, texts=("unit_id",))
