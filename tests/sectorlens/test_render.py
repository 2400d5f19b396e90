import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sectorlens.cli import render
from sectorlens.cli.options import Format
from storage.errors import InvalidInput
from storage.records.stage import Issue, StageReport

HOSTILE = "a\x1b[31mred\x1b]0;title\x07\u202egnp.exe\u2066\x9b2Jb\r\u200b"
REPORT = StageReport(
    stage="crawl",
    of="websites",
    taken=9,
    done=4,
    rejected={"parked": 2},
    failed={"timeout": 1},
    pending=2,
    notes=("a note",),
    issues=(Issue(stage="crawl", code="odd", detail="something odd", count=3),),
)


def test_escapes_and_bidi_marks_of_strangers_do_not_reach_the_terminal() -> None:
    assert render.plain(HOSTILE) == "a[31mred]0;titlegnp.exe2Jb"


@given(st.text())
def test_what_is_left_is_printable_or_a_line_end(text: str) -> None:
    shown = render.plain(text)
    assert not any(ord(sign) < 32 and sign != "\n" for sign in shown)
    assert "\x7f" not in shown
    assert render.plain(shown) == shown


def test_everything_written_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    render.put(HOSTILE)
    render.say(HOSTILE)
    render.put_table(("name",), [(HOSTILE,)])
    render.say_fault(InvalidInput(HOSTILE, HOSTILE, [HOSTILE]))
    written = capsys.readouterr()
    for text in (written.out, written.err):
        assert not set(text) & set("\x1b\x07\u202e\u2066\x9b\r\u200b")


@given(st.text(st.characters(codec="utf-8")))
def test_json_holds_every_sign_and_steers_no_terminal(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", written := io.StringIO())
        render.put_json({"said": text})
    shown = written.getvalue()
    assert json.loads(shown) == {"said": text}
    assert all(sign == "\n" or sign.isprintable() for sign in shown)


def test_paths_and_moments_become_text_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    render.put_json({"place": Path("a/b")})
    assert json.loads(capsys.readouterr().out) == {"place": "a/b"}


def test_numbers_stand_to_the_right_and_words_to_the_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    render.put_table(("n", "what", "share"), [(5, "a", 0.25), (1000, "longer", 12345.678)])
    assert capsys.readouterr().out.splitlines() == [
        "   n  what        share",
        "   5  a            0.25",
        "1000  longer  1.235e+04",
    ]


def test_a_table_shows_nothing_for_none_and_keeps_a_row_on_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    render.put_table(("a", "b"), [("x\ny", None)])
    assert capsys.readouterr().out.splitlines() == ["a    b", "x y"]


def test_a_table_without_rows_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    render.put_table(("a", "b"), [])
    assert capsys.readouterr().out == "a  b\n"


def test_a_report_is_one_sentence() -> None:
    assert render.sentence(REPORT) == (
        "crawl: 9 websites: 4 done, 2 parked, 1 timeout, 2 left for later"
    )
    nothing = StageReport(stage="link", of="unit websites", taken=0, done=0)
    assert render.sentence(nothing) == "link: nothing is due, no work done"


def test_reports_tell_notes_and_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    render.put_reports([REPORT], Format.TEXT)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["  a note", "  warning (odd, 3): something odd"]
    render.put_reports([replace(REPORT, notes=("something odd",))], Format.TEXT)
    assert capsys.readouterr().out.splitlines()[1:] == lines[2:]  # once, not twice


def test_reports_as_json_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    render.put_reports([REPORT], Format.JSON)
    (report,) = json.loads(capsys.readouterr().out)["stages"]
    lost = sum(report["rejected"].values()) + sum(report["failed"].values())
    assert report["taken"] == report["done"] + report["pending"] + lost
    assert report["issues"] == [{"code": "odd", "count": 3, "detail": "something odd"}]


def test_a_fault_tells_what_where_and_the_mend(capsys: pytest.CaptureFixture[str]) -> None:
    places = [f"line {number}" for number in range(render.MAX_DETAILS + 7)]
    render.say_fault(InvalidInput("It is wrong", "Mend it.", places))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "error: It is wrong"
    assert lines[1] == "  line 0"
    assert lines[-2:] == ["  … and 7 more", "Mend it."]


def test_the_waterfall_ends_with_all_units(capsys: pytest.CaptureFixture[str]) -> None:
    units = [
        {"units": 12, "outcome": "classified", "outcome_class": "complete"},
        {"units": 3, "outcome": "parked", "outcome_class": "ineligible"},
    ]
    render.put_waterfall({"units": units})
    assert capsys.readouterr().out.splitlines()[-1] == "   15  all units"


def test_what_waits_is_told_in_words_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    states = [{"stage": "crawl", "of": "websites", "pending": 4}]
    render.put_waiting(states, Format.TEXT)
    assert capsys.readouterr().out == "crawl: 4 websites wait; nothing was done\n"
    render.put_waiting(states, Format.JSON)
    assert json.loads(capsys.readouterr().out) == {"dry_run": True, "stages": states}
