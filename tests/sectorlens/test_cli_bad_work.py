"""What goes wrong at work: labels, audits, databases, two at once; the mend told, nothing lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_town import Town

REFUSED, NOT_READY, INVALID, USAGE = 5, 4, 3, 2
WAVE = ("--wave", "2026Q4")


# ---------------------------------------------------------------- sectors, labels, models, audits


@pytest.mark.parametrize(
    "command",
    [
        "classify run --wave 2026Q4 --sector dronse",
        "model train --sector dronse",
        "audit draw --wave 2026Q4 --sector dronse --size 5",
    ],
)
def test_an_unknown_sector_is_told_with_the_known_ones(
    refused: Callable[..., str], ranked: Path, command: str
) -> None:
    refused(
        *command.split(), "--workspace", ranked, exit_code=INVALID,
        tells=("dronse", "drones", "tourism", "sectors/<name>.toml"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        "model train --sector drones",
        "model drift",
        "classify explain --unit T01 --sector drones",
        "classify discover --sector drones",
        "classify nace",
        "label suggest --sector drones",
        "label progress --sector drones",
    ],
)
def test_an_unknown_wave_is_told_with_the_known_ones(
    refused: Callable[..., str], ranked: Path, command: str
) -> None:
    refused(
        *command.split(), "--wave", "2027", "--workspace", ranked, exit_code=NOT_READY,
        tells=("no wave '2027'", "2026Q4", "frame import FILE --wave 2027"),
    )  # fmt: skip


def test_a_faulty_sector_file_is_told_with_its_keys(
    refused: Callable[..., str], sectorlens: Callable[..., Any], ranked: Path
) -> None:
    file = ranked / "sectors" / "bikes.toml"
    file.parent.mkdir()
    file.write_text('title = "Bikes"\ndescription = 5\nincludes = []\ninclude = ["x"]\n')
    told = (str(file), "description", "includes", "include: is not a key")
    refused("classify", "run", *WAVE, "--workspace", ranked, exit_code=INVALID, tells=told)
    file.write_text("title = ")
    refused("run", *WAVE, "--workspace", ranked, exit_code=INVALID, tells=(str(file), "TOML"))
    file.unlink()
    sectorlens("classify", "run", *WAVE, "--workspace", ranked)


@pytest.mark.parametrize(
    ("content", "tells"),
    [
        (None, ("labels.csv", "cannot be read")),
        (b"", ("labels.csv", "it is empty")),
        (b"unit_id,active\nT01,1\n", ("column sector", "missing")),
        (b"name,sector,active\nT01,drones,1\n", ("unit_id, url or text",)),
        (
            b"unit_id,sector,active\nT01,dronse,1\nT02,drones,maybe\n,drones,1\n",
            ("line 2", "'dronse'", "line 3", "'maybe'", "line 4"),
        ),
        (b"unit_id,sector,active\nT01,drones,1,1\n", ("line 2", "more cells")),
        (b"unit_id,sector,active,note\nT01,drones,1,\xff\n", ("labels.csv", "UTF-8")),
    ],
)
def test_labels_that_cannot_be_used_are_not_kept(
    refused: Callable[..., str],
    told: Any,
    framed: Path,
    tmp_path: Path,
    content: bytes | None,
    tells: tuple[str, ...],
) -> None:
    labels = tmp_path / "labels.csv"
    if content is not None:
        labels.write_bytes(content)
    command = ("label", "import", labels, "--workspace", framed)
    refused(*command, exit_code=INVALID, tells=tells)
    assert told("label", "export", "--workspace", framed) == {"labels": []}


def test_an_unknown_model_is_told_with_the_known_ones(
    refused: Callable[..., str], drawn: Path
) -> None:
    there = ("--workspace", drawn)
    for command in (("show", "x"), ("evaluate", "x"), ("promote", "x", "--reason", "y")):
        refused("model", *command, *there, exit_code=INVALID, tells=("'x'", "drones-"))


@pytest.mark.parametrize(
    ("content", "tells"),
    [
        (None, ("answers.csv", "cannot be read")),
        ("", ("answers.csv", "empty")),
        ("unit_id,active\nT19,1\nZZ,0\n", ("line 2", "'T19' was not drawn", "line 3", "'ZZ'")),
        ("unit_id,active\nT01,maybe\n", ("line 2", "'maybe'")),
        ("unit_id,answer\nT01,1\n", ("active",)),
        ("unit_id,sector,active\nT01,tourism,1\n", ("line 2", "'tourism'", "drones")),
    ],
)
def test_answers_that_cannot_be_used_are_not_kept(
    refused: Callable[..., str],
    told: Any,
    drawn: Path,
    tmp_path: Path,
    content: str | None,
    tells: tuple[str, ...],
) -> None:
    answers = tmp_path / "answers.csv"
    if content is not None:
        answers.write_text(content)
    command = ("audit", "import", answers, "--workspace", drawn)
    refused(*command, exit_code=INVALID, tells=tells)
    (audit,) = told("audit", "status", "--workspace", drawn)["audits"]
    assert (audit["answered"], audit["open"]) == (0, 18)


def test_an_audit_is_drawn_once(
    refused: Callable[..., str], sectorlens: Callable[..., Any], drawn: Path
) -> None:
    draw = ("audit", "draw", *WAVE, "--sector", "drones", "--size", 9, "--workspace", drawn)
    refused(*draw, exit_code=REFUSED, tells=("'drones'", "drawn already", "audit sheet"))
    again = sectorlens("audit", "sheet", *WAVE, "--sector", "drones", "--workspace", drawn)
    assert again.stdout.count(",drones,") == 18


def test_a_place_that_cannot_be_written_is_told_and_the_draw_is_kept(
    refused: Callable[..., str], sectorlens: Callable[..., Any], ranked: Path, tmp_path: Path
) -> None:
    which = (*WAVE, "--sector", "drones", "--workspace", ranked)
    lost = ("--to", tmp_path / "no" / "such" / "sheet.csv")
    refused(
        "audit", "draw", *which, "--size", 9, *lost, exit_code=INVALID,
        tells=("no/such/sheet.csv cannot be used", "Name another place"),
    )  # fmt: skip
    sectorlens("audit", "sheet", *which, "--to", tmp_path / "sheet.csv")
    assert (tmp_path / "sheet.csv").read_text().count(",drones,") == 9


def test_answers_without_any_audit_are_told_the_way(
    refused: Callable[..., str], ranked: Path, tmp_path: Path
) -> None:
    (tmp_path / "answers.csv").write_text("unit_id,active\nT01,1\n")
    refused(
        "audit", "import", tmp_path / "answers.csv", "--workspace", ranked, exit_code=NOT_READY,
        tells=("sectorlens audit draw",),
    )  # fmt: skip


# ---------------------------------------------------------------- the work database


def test_a_workspace_of_a_newer_version_is_left_alone(
    refused: Callable[..., str], sectorlens: Callable[..., Any], framed: Path
) -> None:
    database = framed / "work" / "sectorlens.duckdb"
    with duckdb.connect(database) as writer:
        writer.execute("INSERT INTO migration (number, name) VALUES (9999, 'of_tomorrow')")
    for command in (("status",), ("run", *WAVE), ("label", "export")):
        refused(
            *command, "--workspace", framed, exit_code=INVALID,
            tells=(str(database), "newer sectorlens", "9999", "nothing was changed"),
        )  # fmt: skip
    with duckdb.connect(database) as writer:
        writer.execute("DELETE FROM migration WHERE number = 9999")
    sectorlens("status", "--workspace", framed)


def test_a_work_database_that_is_none_is_told(
    refused: Callable[..., str], framed: Path, tmp_path: Path
) -> None:
    database = framed / "work" / "sectorlens.duckdb"
    database.write_bytes(b"no database at all " * 1000)
    refused("status", "--workspace", framed, exit_code=INVALID, tells=(str(database), "backup"))
    database.unlink()
    with duckdb.connect(database) as writer:
        writer.execute("CREATE TABLE cats (name VARCHAR)")
    refused(
        "status", "--workspace", framed, exit_code=INVALID,
        tells=(str(database), "no work database of sectorlens"),
    )  # fmt: skip


def test_an_unreadable_page_archive_costs_pages_not_the_run(
    sectorlens: Callable[..., Any], told: Any, framed: Path
) -> None:
    there = (*WAVE, "--workspace", framed)
    sectorlens("crawl", "run", *there)
    (archive,) = (framed / "archive").rglob("*.warc.gz")
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    sectorlens("run", *there)
    status = told("status", "--workspace", framed)
    states = {state["stage"]: state for state in status["stages"]}
    assert sum(states["extract"]["failed"].values()) > 0
    assert not any(row["outcome"] == "pending" for row in status["units"])


def test_a_vector_cache_that_cannot_be_read_is_set_aside(
    sectorlens: Callable[..., Any], ranked: Path, inputs: Path
) -> None:
    cache = ranked / "work" / "vectors.duckdb"
    cache.write_bytes(b"rubbish " * 5000)
    sectorlens("label", "import", inputs / "labels.csv", "--workspace", ranked)
    said = sectorlens("run", *WAVE, "--workspace", ranked).stdout
    assert "set aside" in said
    assert "18 done" in said


# ---------------------------------------------------------------- two at once, and usage


def test_a_second_run_at_once_is_refused_and_the_first_goes_on(
    refused: Callable[..., str],
    start: Callable[..., Any],
    make_workspace: Callable[..., Path],
    sectorlens: Callable[..., Any],
    tmp_path: Path,
    slow_town: Town,
) -> None:
    place = make_workspace(tmp_path / "workspace")
    (tmp_path / "register.csv").write_text(slow_town.register())
    there = (*WAVE, "--workspace", place)
    sectorlens("frame", "import", tmp_path / "register.csv", *there)
    asked = slow_town.requests()
    first = start("run", *there)
    while slow_town.requests() == asked:
        assert first.poll() is None
        time.sleep(0.01)
    refused(
        "run", *there, exit_code=NOT_READY, tells=("Another crawl is running", "Wait until it has")
    )
    out, said = first.communicate(timeout=60)
    assert first.returncode == 0, said
    assert ["18", "classified", "complete"] in [line.split() for line in out.splitlines()]


def test_a_work_database_in_use_is_told(
    refused: Callable[..., str], sectorlens: Callable[..., Any], framed: Path
) -> None:
    with duckdb.connect(framed / "work" / "sectorlens.duckdb"):
        refused("status", "--workspace", framed, exit_code=NOT_READY, tells=("Another process",))
    sectorlens("status", "--workspace", framed)


@pytest.mark.parametrize(
    ("command", "tells"),
    [
        ("rnu", ("No such command", "run")),
        ("frame imprt x.csv", ("No such command", "import")),
        ("run", ("Missing option", "--wave")),
        ("run --wave W --wvae X", ("No such option", "--wvae")),
        ("frame import --wave W", ("Missing argument", "FILE")),
        ("audit draw --wave W --sector S --size 0", ("--size",)),
        ("audit draw --wave W --sector S --size many", ("--size",)),
        ("status --format yaml", ("--format", "json")),
        ("release build --wave W", ("Missing option", "--to")),
    ],
)
def test_a_wrong_command_line_is_told(
    refused: Callable[..., str], command: str, tells: tuple[str, ...]
) -> None:
    refused(*command.split(), exit_code=USAGE, tells=tells)


def test_a_traceback_is_shown_on_demand_only(
    sectorlens: Callable[..., Any], tmp_path: Path
) -> None:
    done = sectorlens("--debug", "status", "--workspace", tmp_path, exit_code=NOT_READY)
    assert "Traceback" in done.stderr
