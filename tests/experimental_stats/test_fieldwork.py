import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experimental_stats.audit_sheet import SHEET_COLUMNS, as_csv
from experimental_stats.run import (
    audit_sheet,
    audit_status,
    draw_audit_sample,
    import_audit_answers,
)
from storage.errors import InvalidInput, NotReady, QualityError
from storage.tables.release import load_drawn


@pytest.fixture
def sheet(store, wave):
    draw_audit_sample(store, "w1", "drones", size=60, seed=1)
    return audit_sheet(store, "w1", "drones")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("unit_id,sector,active,coder", *lines)) + "\n", encoding="utf-8")
    return path


def test_every_scored_unit_has_a_stratum_and_the_design_is_kept(store, wave):
    design = draw_audit_sample(store, "w1", "drones", size=60, seed=1)
    ((units, drawn),) = store.rows("SELECT count(*), sum(drawn::INT)::INT FROM audit_unit")
    assert (units, drawn) == (len(wave.active), 60)
    ((size, seed, kept),) = store.rows("SELECT size, seed, design FROM audit_draw")
    assert (size, seed) == (60, 1)
    assert design.strata[0].name in kept


def test_a_dry_run_tells_the_strata_and_keeps_nothing(store, wave):
    design = draw_audit_sample(store, "w1", "drones", size=60, seed=1, dry_run=True)
    assert sum(stratum.n_drawn for stratum in design.strata) == 60
    assert store.rows("SELECT count(*) FROM audit_draw") == [(0,)]
    assert draw_audit_sample(store, "w1", "drones", size=60, seed=1).units.equals(design.units)


def test_a_later_draw_takes_scores_for_what_the_earlier_answers_say_they_are(store, wave, tmp_path):
    draw_audit_sample(store, "w1", "drones", size=200, seed=1)
    answers = wave.answer(audit_sheet(store, "w1", "drones"), tmp_path / "answers.csv")
    import_audit_answers(store, "w1", answers)
    store.execute("INSERT INTO wave SELECT * REPLACE ('w2' AS wave, 2 AS position) FROM wave")
    for table in ("unit", "prediction"):
        store.execute(
            f"INSERT INTO {table} SELECT * REPLACE ('w2' AS wave) FROM {table}"  # noqa: S608 - names of this test
        )
    draw_audit_sample(store, "w2", "drones", size=100, seed=1)
    kept = {
        name: json.loads(design)["level"]
        for name, design in store.rows("SELECT wave, design FROM audit_draw")
    }
    assert kept["w1"] is None
    assert (kept["w2"]["wave"], kept["w2"]["n_answers"]) == ("w1", 200)
    assert kept["w2"]["slope"] > 0


def test_domains_of_the_frame_go_into_the_design_and_unknown_columns_do_not(store, wave):
    asked = ("region", "chamber", "nowhere", "active")
    draw_audit_sample(store, "w1", "drones", size=300, seed=1, domains=asked)
    ((kept,),) = store.rows("SELECT design FROM audit_draw")
    assert json.loads(kept)["domains"] == ["region", "chamber"]


def test_a_second_coder_gets_the_same_random_part_each_time(store, wave, sheet):
    part = audit_sheet(store, "w1", "drones", share=0.2)
    assert len(part) == 12
    assert part == audit_sheet(store, "w1", "drones", share=0.2)
    assert [row for row in sheet if row in part] == part


def test_a_dry_import_checks_and_keeps_nothing(store, wave, sheet, tmp_path):
    path = wave.answer(sheet, tmp_path / "a.csv")
    assert import_audit_answers(store, "w1", path, dry_run=True).done == 60
    assert store.rows("SELECT count(*) FROM label") == [(0,)]
    bad = write(tmp_path / "b.csv", "stranger,drones,1,kim")
    with pytest.raises(InvalidInput):
        import_audit_answers(store, "w1", bad, dry_run=True)


def test_the_sheet_is_blind(sheet):
    assert set(sheet[0]) == set(SHEET_COLUMNS)
    assert {row["active"] for row in sheet} == {""}
    assert [row["unit_id"] for row in sheet] == sorted(row["unit_id"] for row in sheet)


def test_no_cell_of_the_sheet_is_a_formula(store, wave):
    draw_audit_sample(store, "w1", "drones", size=10_000, seed=1)
    text = as_csv(audit_sheet(store, "w1", "drones"))
    assert "HYPERLINK" in text
    for row in csv.reader(io.StringIO(text)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_without_a_classification_the_command_is_named(store, wave):
    with pytest.raises(NotReady) as told:
        draw_audit_sample(store, "w1", "tourism", size=60, seed=1)
    assert "classify run" in told.value.advice


def test_a_second_draw_is_refused_unless_nothing_was_answered(store, wave, sheet, tmp_path):
    with pytest.raises(QualityError, match="already"):
        draw_audit_sample(store, "w1", "drones", size=50, seed=2)
    draw_audit_sample(store, "w1", "drones", size=50, seed=2, replace=True)
    assert store.rows("SELECT size FROM audit_draw") == [(50,)]
    answers = wave.answer(audit_sheet(store, "w1", "drones"), tmp_path / "a.csv")
    import_audit_answers(store, "w1", answers)
    with pytest.raises(QualityError, match="50 answers are in"):
        draw_audit_sample(store, "w1", "drones", size=50, seed=3, replace=True)


def test_the_filled_sheet_is_taken_back_as_it_was_given(store, wave, sheet, tmp_path):
    for row in sheet:
        row |= {"active": str(int(wave.active[row["unit_id"]])), "coder": "kim"}
    path = tmp_path / "sheet.csv"
    path.write_text("\ufeff" + as_csv(sheet), encoding="utf-8")
    report = import_audit_answers(store, None, path)
    assert (report.taken, report.done) == (60, 60)
    (status,) = audit_status(store, "w1")
    assert (status["answered"], status["open"]) == (60, 0)
    ((kept, share),) = store.rows(
        "SELECT count(*), min(inclusion_probability) FROM label"
        " WHERE purpose = 'audit' AND wave = 'w1'"
    )
    assert kept == 60
    assert share > 0


def test_the_same_file_twice_is_kept_once(store, wave, sheet, tmp_path):
    path = wave.answer(sheet, tmp_path / "a.csv")
    import_audit_answers(store, "w1", path)
    report = import_audit_answers(store, "w1", path)
    assert (report.done, report.rejected) == (0, {"known_already": 60})
    assert store.rows("SELECT count(*) FROM label") == [(60,)]


def test_all_faults_are_told_by_line_and_nothing_is_kept(store, wave, sheet, tmp_path):
    first, second = sheet[0]["unit_id"], sheet[1]["unit_id"]
    path = write(
        tmp_path / "a.csv",
        f"{first},drones,1,kim",
        f"{second},drones,perhaps,kim",
        "stranger,drones,1,kim",
        f"{first},drones,0,kim",
        f"{second},tourism,1,kim",
    )
    with pytest.raises(InvalidInput, match="4 faults") as told:
        import_audit_answers(store, "w1", path)
    details = sorted(told.value.details)
    assert [detail.partition(":")[0] for detail in details] == [
        "line 3",
        "line 4",
        "line 5",
        "line 6",
    ]
    assert "1, 0 or empty" in details[0]
    assert "was not drawn" in details[1]
    assert "contradicts line 2" in details[2]
    assert store.rows("SELECT count(*) FROM label") == [(0,)]


def test_answers_to_a_sample_that_was_drawn_otherwise_are_refused(store, wave, sheet, tmp_path):
    kept = {row["unit_id"]: row for row in load_drawn(store, "w1").to_pylist()}
    head = "unit_id,active,stratum,inclusion_probability"
    unit, other = (kept[row["unit_id"]] for row in sheet[:2])
    name, share = unit["stratum"], unit["inclusion_probability"]
    path = tmp_path / "own.csv"
    path.write_text(
        f"{head}\n{unit['unit_id']},1,{name},{share * 0.7}\n{other['unit_id']},0,elsewhere,\n"
    )
    with pytest.raises(InvalidInput, match="2 faults") as told:
        import_audit_answers(store, "w1", path)
    assert "says inclusion_probability" in told.value.details[0]
    assert "says stratum 'elsewhere'" in told.value.details[1]
    path.write_text(f"{head}\n{unit['unit_id']},1,{name},{100 * share:.2f}%\n")
    assert import_audit_answers(store, "w1", path).done == 1
    european = f"{other['unit_id']};0;{other['stratum']};{other['inclusion_probability']:.4f}"
    path.write_text(f"{head}\n".replace(",", ";") + european.replace(".", ","))
    assert import_audit_answers(store, "w1", path).done == 1


def test_a_file_that_names_no_unit_says_which_column_is_missing(store, wave, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("unit,active\na,1\n")
    draw_audit_sample(store, "w1", "drones", size=60, seed=1)
    with pytest.raises(InvalidInput) as told:
        import_audit_answers(store, "w1", path)
    assert "no column `unit_id` or `url`" in told.value.details[0]


def test_an_answer_that_contradicts_an_earlier_import_is_refused(store, wave, sheet, tmp_path):
    unit = sheet[0]["unit_id"]
    import_audit_answers(store, "w1", write(tmp_path / "a.csv", f"{unit},drones,1,kim"))
    with pytest.raises(InvalidInput) as told:
        import_audit_answers(store, "w1", write(tmp_path / "b.csv", f"{unit},drones,0,kim"))
    assert "an earlier import" in told.value.details[0]


def test_cannot_tell_is_an_answer(store, wave, sheet, tmp_path):
    unit = sheet[0]["unit_id"]
    report = import_audit_answers(store, "w1", write(tmp_path / "a.csv", f"{unit},drones,,kim"))
    assert "could not tell" in report.notes[0]
    (status,) = audit_status(store)
    assert (status["cannot_tell"], status["open"]) == (1, 59)
    assert sum(status["open_by_stratum"].values()) == 59


def test_a_sheet_taken_back_half_filled_in_can_be_completed(store, wave, sheet, tmp_path):
    one, two = sheet[0]["unit_id"], sheet[1]["unit_id"]
    half = write(tmp_path / "a.csv", f"{one},drones,1,", f"{two},drones,,")
    assert import_audit_answers(store, "w1", half).done == 2
    whole = write(tmp_path / "b.csv", f"{one},drones,1,", f"{two},drones,0,")
    report = import_audit_answers(store, "w1", whole)
    assert (report.done, report.rejected) == (1, {"known_already": 1})
    (status,) = audit_status(store)
    assert (status["answered"], status["cannot_tell"], status["open"]) == (2, 0, 58)
    assert import_audit_answers(store, "w1", half).rejected == {"known_already": 2}
    with pytest.raises(InvalidInput, match="1 faults"):
        import_audit_answers(store, "w1", write(tmp_path / "c.csv", f"{two},drones,1,"))


def test_coders_who_differ_wait_for_adjudication(store, wave, sheet, tmp_path):
    one, two = sheet[0]["unit_id"], sheet[1]["unit_id"]
    lines = [
        f"{one},drones,1,kim",
        f"{one},drones,0,lee",
        f"{two},drones,0,kim",
        f"{two},drones,0,lee",
    ]
    report = import_audit_answers(store, "w1", write(tmp_path / "a.csv", *lines))
    assert [issue.code for issue in report.issues] == ["coders_disagree"]
    (status,) = audit_status(store)
    assert (status["disagreed"], status["double_coded"], status["agreed"]) == (1, 2, 1)
    import_audit_answers(store, "w1", write(tmp_path / "b.csv", f"{one},drones,1,adjudicated"))
    (status,) = audit_status(store)
    assert (status["disagreed"], status["answered"], status["active"]) == (0, 2, 1)


def test_answers_may_come_by_website_and_without_sector(store, wave, sheet, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"url,active\n{sheet[0]['website_url'].upper()},0\nhttps://no.example,1\n")
    with pytest.raises(InvalidInput) as told:
        import_audit_answers(store, "w1", path)
    assert told.value.details == ("line 3: no drawn unit has the website 'https://no.example'",)
    address = sheet[0]["website_url"].upper().replace("://", "://www.").rstrip("/")
    path.write_text(f"url,active\n{address},0\n")
    assert import_audit_answers(store, "w1", path).done == 1


def test_a_sheet_that_nobody_filled_in_holds_no_answer(store, wave, sheet, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("unit_id,sector,active,coder\n")
    with pytest.raises(InvalidInput, match="holds no answer"):
        import_audit_answers(store, "w1", path)


def test_one_mistake_in_every_row_is_told_once(store, wave, sheet, tmp_path):
    path = write(tmp_path / "a.csv", *(f"{row['unit_id']},drone,1,kim" for row in sheet))
    with pytest.raises(InvalidInput, match="60 faults") as told:
        import_audit_answers(store, "w1", path)
    (line,) = told.value.details
    assert "line 2, line 3, line 4, line 5, line 6 and 55 more" in line
    assert "names the sector 'drone'" in line


def test_parquet_answers_are_read(store, wave, sheet, tmp_path):
    units = [r["unit_id"].encode() for r in sheet[:3]]  # as other programs write text, too
    table = pa.table({"unit_id": units, "active": [True, False, None]})
    pq.write_table(table, tmp_path / "a.parquet")
    assert import_audit_answers(store, "w1", tmp_path / "a.parquet").done == 3


def test_a_training_label_answers_no_audit(store, wave, sheet, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"unit_id,active,purpose\n{sheet[0]['unit_id']},1,training\n")
    with pytest.raises(InvalidInput) as told:
        import_audit_answers(store, "w1", path)
    assert "label import" in told.value.details[0]


@pytest.mark.parametrize("body", [b"\xff\xfe\x00broken", b"", b'unit_id,active\n"open'], ids=str)
def test_an_unreadable_file_is_refused(store, wave, sheet, tmp_path, body):
    path = tmp_path / "a.csv"
    path.write_bytes(body)
    with pytest.raises(InvalidInput, match="cannot be read"):
        import_audit_answers(store, "w1", path)


def test_without_a_draw_there_is_nothing_to_answer(store, wave, tmp_path):
    with pytest.raises(NotReady, match="No audit"):
        import_audit_answers(store, None, write(tmp_path / "a.csv"))
    with pytest.raises(NotReady):
        audit_sheet(store, "w1", "drones")
    assert audit_status(store) == []


def test_the_wave_column_decides_and_may_not_contradict_the_command(store, wave, sheet, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"unit_id,active,wave\n{sheet[0]['unit_id']},1,w9\n")
    with pytest.raises(InvalidInput) as told:
        import_audit_answers(store, "w1", path)
    assert "answers wave 'w9'" in told.value.details[0]
