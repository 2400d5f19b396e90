from __future__ import annotations

import csv
import dataclasses
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.labels import COLUMNS, LabelTargets, export_labels, read_labels
from storage.errors import InvalidInput
from storage.records.assessment import Label

if TYPE_CHECKING:
    from pathlib import Path


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode())
    return path


def test_the_three_ways_to_name_a_subject_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "\ufeffunit_id,url,text,sector,active,coder,coded_at,language,purpose\n"
        "u1,,,drones,1,ada,2026-11-22T10:30:00Z,,\n"
        ",www.b.example,,drones,0,bob,2026-11-22,,test\n"
        ',,"a text,\nof two lines",drones,,,,EN,training\n',
    )
    one, two, three = read_labels(path, {"drones"}).labels
    assert (one.unit_id, one.active, one.purpose) == ("u1", True, "training")
    assert one.coded_at == datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
    assert (two.url, two.active, two.purpose) == ("www.b.example", False, "test")
    assert (three.text, three.active, three.language) == ("a text,\nof two lines", None, "en")


def test_all_faults_are_told_at_once_by_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "unit_id,url,text,sector,active,coded_at,purpose\n"
        "u1,b.example,,drones,1,,\n"
        "u2,,,drone,1,,\n"
        "u3,,,drones,yes,,\n"
        "u4,,,drones,1,yesterday,\n"
        "u5,,,drones,1,,fun\n"
        ",https://:99999/,,drones,1,,\n"
        "u7,,,drones,1,,,9\n"
        "u8,,,drones\n"
        ",http://a\x00b/,,drones,1,,\n"
        "u9,,,drones,1,,\n"
        "u10,,,drones,1,0001-01-01T00:00:00+05:00,\n",
    )
    with pytest.raises(InvalidInput) as fault:
        read_labels(path, {"drones"})
    assert [line.split(":")[0] for line in fault.value.details] == [
        f"line {n}" for n in (*range(2, 11), 12)
    ]


def test_a_column_that_only_resembles_one_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "unit_id,sector,active,Purpose,region\nu1,drones,1,test,north\n")
    read = read_labels(path, {"drones"})
    assert [label.purpose for label in read.labels] == ["training"]
    assert [(w.code, w.count) for w in read.warnings] == [("columns_not_read", 1)]
    assert "'Purpose'" in read.warnings[0].detail


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unit_id,active\nu1,1\n", "sector is missing"),
        ("sector,active\ndrones,1\n", "unit_id, url or text is missing"),
        ("", "it is empty"),
        ("URL,sector,active\nu1,drones,1\n", "its header has 'URL', 'sector', 'active'"),
        ("unit_id,sector,active,active\nu1,drones,1,0\n", "active stands in the header more"),
        ('unit_id,sector,active\nu1,drones,1\n"u2,drones,1\n', "line 3 opens a quotation mark"),
        ('unit_id,sector,active\nu1,"dro"nes,1\n', "the row that begins in line 2"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_labels(write(tmp_path, text))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"unit_id,sector,active\nu1,drones,1\nM\xfcller,drones,1\n", "line 3 is not UTF-8.*0xfc"),
        ("unit_id,sector,active\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_bytes_that_are_no_utf8_are_refused_by_their_line(
    tmp_path: Path, data: bytes, told: str
) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=told):
        read_labels(path)


@pytest.mark.parametrize("sign", [";", "\t"])
def test_the_separators_of_other_spreadsheets_are_known_by_the_header(
    tmp_path: Path, sign: str
) -> None:
    rows = [["unit_id", "note", "sector", "active"], ["u1", "small, but sure", "drones", "1"]]
    (label,) = read_labels(write(tmp_path, "".join(f"{sign.join(row)}\n" for row in rows))).labels
    assert (label.unit_id, label.note, label.active) == ("u1", "small, but sure", True)


def test_an_answer_is_read_as_programs_write_it(tmp_path: Path) -> None:
    said = ["1", "1.0", "TRUE", "active", "0", "0.0", "False", "inactive", "", "cannot tell"]
    path = write(
        tmp_path, "text,sector,active\n" + "".join(f"t{n},drones,{a}\n" for n, a in enumerate(said))
    )
    read = [label.active for label in read_labels(path).labels]
    assert read == [True] * 4 + [False] * 4 + [None] * 2


def test_a_row_of_a_sheet_that_nobody_answered_is_no_cannot_tell(tmp_path: Path) -> None:
    head = "unit_id,sector,active,coder,note,score,passage,passage_url"
    rest = "likely active,0.9,we fly,https://a.example/"
    path = write(
        tmp_path,
        f"{head}\nu1,drones,1,kim,{rest}\nu2,drones,,,{rest}\nu3,drones,,kim,{rest}\n"
        f"u4,drones,cannot tell,,{rest}\nu5,drones,0,,{rest}\n",
    )
    read = read_labels(path)
    assert [(label.unit_id, label.active) for label in read.labels] == [
        ("u1", True),
        ("u3", None),
        ("u4", None),
        ("u5", False),
    ]
    assert read.n_unanswered == 1
    plain = read_labels(write(tmp_path, "unit_id,sector,active,coder\nu2,drones,,\n"))
    assert ([label.active for label in plain.labels], plain.n_unanswered) == ([None], 0)


def test_a_name_with_a_nul_byte_is_refused_since_it_looks_like_another(tmp_path: Path) -> None:
    path = write(tmp_path, "unit_id,sector,active\nu\x001,drones,1\n")
    with pytest.raises(InvalidInput, match="line 2: unit_id holds a NUL byte"):
        read_labels(path)


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_labels(path)


def test_text_that_parquet_holds_as_bytes_is_text(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    table = pa.table({"unit_id": [b"u1"], "sector": [b"drones"], "active": [1]})
    pq.write_table(table, path)
    assert [(label.unit_id, label.sector) for label in read_labels(path).labels] == [
        ("u1", "drones")
    ]
    pq.write_table(table.set_column(0, "unit_id", pa.array([b"\xff"])), path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_labels(path)


def test_parquet_is_read_with_missing_answers(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    table = pa.table(
        {
            "text": ["a", "b", "c"],
            "sector": ["drones"] * 3,
            "active": pa.array([1.0, 0.0, float("nan")]),
            "coded_at": pa.array([datetime(2026, 1, 2, tzinfo=UTC), None, None]),
        }
    )
    pq.write_table(table, path)
    labels = read_labels(path).labels
    assert [label.active for label in labels] == [True, False, None]
    assert labels[0].coded_at == datetime(2026, 1, 2, tzinfo=UTC)


def test_a_parquet_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    path.write_text("no parquet")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_labels(path)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1).map(
    lambda text: text.strip() or "x"
)


@given(st.lists(st.tuples(TEXT, st.sampled_from([True, False, None]), TEXT), max_size=5))
def test_what_is_exported_can_be_imported(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, bool | None, str]]
) -> None:
    labels = [Label(sector="drones", active=a, text=t, note=note) for t, a, note in rows]
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    path.write_bytes(export_labels(labels).encode())
    assert read_labels(path).labels == labels


def test_a_lone_carriage_return_ends_no_row_of_an_export(tmp_path: Path) -> None:
    label = Label(sector="drones", active=True, text="old Mac\rtext", note="a\r\nb\rc")
    assert read_labels(write(tmp_path, export_labels([label, label]))).labels == [label, label]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "＝1", "'=1", "''@x", "'plain"])
def test_no_cell_of_an_export_is_a_formula_and_all_come_back(tmp_path: Path, start: str) -> None:
    labels = [
        Label(sector="drones", active=True, unit_id=start, note=start, coder=start),
        Label(sector="drones", active=False, text=f"{start} a text", page_digest=start),
    ]
    text = export_labels(labels)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r＝＋－＠"))]
    assert read_labels(write(tmp_path, text)).labels == labels


def test_every_field_of_a_label_is_exported_and_read_again(tmp_path: Path) -> None:
    label = Label(
        sector="drones",
        active=None,
        unit_id="u1",
        coder="ada",
        coded_at=datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
        language="de",
        note="two\nlines",
        purpose="audit",
        wave="2026Q4",
        inclusion_probability=1 / 3,
        guideline="7",
        page_digest="sha256:ab",
        role="adjudicator",
    )
    assert set(COLUMNS) == {field.name for field in dataclasses.fields(Label)}
    assert read_labels(write(tmp_path, export_labels([label]))).labels == [label]


@pytest.mark.parametrize(
    ("column", "value"), [("role", "boss"), ("inclusion_probability", "0"), ("wave", "")]
)
def test_roles_and_probabilities_are_checked(tmp_path: Path, column: str, value: str) -> None:
    path = write(tmp_path, f"unit_id,sector,active,{column}\nu1,drones,1,{value}\n")
    if column == "wave":
        assert read_labels(path).labels[0].wave == ""
        return
    with pytest.raises(InvalidInput) as fault:
        read_labels(path)
    assert fault.value.details[0].startswith(f"line 2: {column} {value!r}")


@pytest.mark.parametrize(
    "spelling",
    [
        "a.example",
        "http://a.example",
        "https://www.a.example/",
        "HTTPS://WWW.A.EXAMPLE:443/",
        "http://a.example:80#top",
    ],
)
def test_spellings_of_one_website_meet(spelling: str) -> None:
    targets = LabelTargets(
        known_units=frozenset(),
        unit_websites=[("u", "https://a.example/")],
        accepted={},
        with_text=frozenset(),
    )
    assert targets.website_of(spelling) == "https://a.example/"
    assert targets.website_of("b.example") == ""


def test_of_two_spellings_in_the_frame_the_one_with_text_is_meant() -> None:
    targets = LabelTargets(
        known_units=frozenset(),
        unit_websites=[("u", "http://a.example/"), ("v", "https://www.a.example/")],
        accepted={},
        with_text=frozenset({"http://a.example/"}),
    )
    assert targets.website_of("a.example") == "http://a.example/"


def test_a_file_that_is_not_there_is_no_file_to_be_saved_otherwise(tmp_path: Path) -> None:
    for place, why in ((tmp_path / "nope.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(InvalidInput, match=why) as told:
            read_labels(place)
        assert "Errno" not in told.value.title
        assert told.value.advice.startswith("Check the name")


def test_the_country_of_a_language_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    file.write_text("text,sector,active,language\nWe fly.,drones,1,en-GB\nFlug,drones,1,DE_at\n")
    assert [label.language for label in read_labels(file).labels] == ["en", "de"]
