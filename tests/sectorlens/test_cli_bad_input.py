"""What users hand in wrong: a clear error with its mend, the right exit code, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_town import SETTINGS, Town

REFUSED, NOT_READY, INVALID, USAGE = 5, 4, 3, 2
WAVE = ("--wave", "2026Q4")


def units(workspace: Path) -> int:
    with duckdb.connect(workspace / "published" / "sectorlens.duckdb", read_only=True) as reader:
        return int(reader.execute("SELECT count(*) FROM unit").fetchall()[0][0])


# ---------------------------------------------------------------- workspace and settings


@pytest.mark.parametrize(
    "command",
    ["status", "run --wave W", "frame import x.csv --wave W", "model list", "audit status"],
)
def test_outside_of_a_workspace_the_way_in_is_told(
    refused: Callable[..., str], tmp_path: Path, command: str
) -> None:
    refused(
        *command.split(), cwd=tmp_path, exit_code=NOT_READY,
        tells=(str(tmp_path), "sectorlens init DIR"),
    )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_a_workspace_is_not_made_twice(
    sectorlens: Callable[..., Any], refused: Callable[..., str], tmp_path: Path
) -> None:
    sectorlens("init", tmp_path)
    (tmp_path / "sectorlens.toml").write_text("# mine\n")
    refused("init", tmp_path, exit_code=INVALID, tells=("is a workspace already",))
    assert (tmp_path / "sectorlens.toml").read_text() == "# mine\n"


def test_a_workspace_cannot_be_made_of_a_file(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused("init", tmp_path / "file", exit_code=INVALID, tells=(str(tmp_path / "file"),))
    refused("init", tmp_path / "file" / "in", exit_code=INVALID, tells=("file/in",))


def test_all_wrong_settings_are_told_together(
    refused: Callable[..., str], sectorlens: Callable[..., Any], framed: Path
) -> None:
    wrong = "[crawl]\ndelay_seconds = -1\ntimeout_second = 3\n[release]\nminimum_contributors = 0\n"
    (framed / "sectorlens.toml").write_text(wrong)
    refused(
        "run", *WAVE, "--workspace", framed, exit_code=INVALID,
        tells=(
            "sectorlens.toml has 3 wrong setting", "crawl.delay_seconds",
            "crawl.timeout_second: no such setting", "release.minimum_contributors",
        ),
    )  # fmt: skip
    (framed / "sectorlens.toml").write_text(SETTINGS)
    assert "20  all units" in sectorlens("status", "--workspace", framed).stdout


def test_nothing_is_crawled_under_the_placeholder_names(
    refused: Callable[..., str],
    sectorlens: Callable[..., Any],
    inputs: Path,
    town: Town,
    tmp_path: Path,
) -> None:
    there = ("--workspace", tmp_path / "new")
    sectorlens("init", tmp_path / "new")
    sectorlens("frame", "import", inputs / "register.csv", *WAVE, *there)
    asked = town.requests()
    for command in ("run", "crawl run"):
        refused(
            *command.split(), *WAVE, *there, exit_code=INVALID,
            tells=("sectorlens.toml", "crawl.organisation and crawl.contact_url", "[crawl]"),
        )  # fmt: skip
    assert town.requests() == asked


@pytest.mark.parametrize(
    ("old", "new", "command", "tells"),
    [
        (
            'embedder = "hashed"',
            'embedder = "hashd"',
            "classify run",
            ("'hashd'", "Did you mean hashed?", "e5_small"),
        ),
        (
            "[classify]",
            '[extract]\nextractor = "visibl_text"\n[classify]',
            "extract run",
            ("'visibl_text'", "Did you mean visible_text?"),
        ),
        (
            'sectors = ["drones", "tourism"]',
            'sectors = ["dronse"]',
            "classify run",
            ("dronse", "tourism", "<name>.toml"),
        ),
        (
            "delay_seconds = 0",
            'opt_out_file = "nowhere.txt"',
            "crawl run",
            ("nowhere.txt",),
        ),
    ],
)
def test_a_name_in_the_settings_that_means_nothing_is_told_with_the_known_ones(  # noqa: PLR0917 - a table of cases
    refused: Callable[..., str],
    sectorlens: Callable[..., Any],
    ranked: Path,
    old: str,
    new: str,
    command: str,
    tells: tuple[str, ...],
) -> None:
    settings = ranked / "sectorlens.toml"
    settings.write_text(SETTINGS.replace(old, new, 1))
    refused(*command.split(), *WAVE, "--workspace", ranked, exit_code=INVALID, tells=tells)
    settings.write_text(SETTINGS)
    sectorlens("run", *WAVE, "--workspace", ranked)


# ---------------------------------------------------------------- the register


@pytest.mark.parametrize(
    ("content", "tells"),
    [
        (None, ("register.csv", "cannot be read")),
        (b"", ("register.csv", "is empty")),
        (b"unit_id,legal_name\n", ("has a header but no rows",)),
        (b"unit_id,name\nU1,One\n", ("legal_name", "mapping")),
        (b"unit_id,legal_name\nU1,One\nU1,Two\nU2,\n", ("line 2", "line 3", "line 4", "U2")),
        (b"unit_id,legal_name\nU1,Caf\xe9\n", ("line 2", "U1")),
        (b"unit_id,legal_name,nace_code\nU1,One,99.99\n", ("line 2", "nace_code")),
        (b"unit_id,legal_name,website\nU1,One,http://a b/\n", ("line 2", "website")),
    ],
)
def test_a_register_that_cannot_be_used_changes_nothing(
    refused: Callable[..., str],
    framed: Path,
    tmp_path: Path,
    content: bytes | None,
    tells: tuple[str, ...],
) -> None:
    register = tmp_path / "register.csv"
    if content is not None:
        register.write_bytes(content)
    refused(
        "frame", "import", register, *WAVE, "--workspace", framed, exit_code=INVALID, tells=tells
    )
    assert units(framed) == 20
    assert not (framed / "rejected").exists()


def test_good_rows_are_imported_where_that_is_asked_for(
    sectorlens: Callable[..., Any], told: Any, framed: Path, tmp_path: Path
) -> None:
    register = tmp_path / "register.csv"
    register.write_text("unit_id,legal_name,website\nU1,One,\nU1,Two,\nU3,Three,\n")
    there = ("--wave", "next", "--workspace", framed)
    (report,) = told("frame", "import", register, *there, "--accept-partial")["stages"]
    assert (report["taken"], report["done"]) == (3, 1)
    assert (framed / "rejected" / "frame-next.csv").read_text().count("\n") == 3
    assert "Wave next" in sectorlens("status", "--workspace", framed).stdout


@pytest.mark.parametrize("wave", ["2026 Q4", "../x", "", "é", "x" * 33])
def test_a_wave_needs_a_plain_name(
    refused: Callable[..., str], framed: Path, inputs: Path, wave: str
) -> None:
    refused(
        "frame", "import", inputs / "register.csv", "--wave", wave, "--workspace", framed,
        exit_code=INVALID, tells=("cannot be the name of a wave", "1 to 32"),
    )  # fmt: skip


def test_a_frame_is_replaced_until_it_was_crawled(
    refused: Callable[..., str],
    sectorlens: Callable[..., Any],
    framed: Path,
    ranked: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "other.csv").write_text("unit_id,legal_name\nX,Ix\n")
    again = ("frame", "import", tmp_path / "other.csv", *WAVE, "--workspace")
    sectorlens(*again, framed)
    assert units(framed) == 1
    refused(*again, ranked, exit_code=REFUSED, tells=("2026Q4", "have been crawled", "new wave"))
    assert units(ranked) == 20


# ---------------------------------------------------------------- the order of steps


@pytest.mark.parametrize(
    "command", ["run", "crawl run", "extract run", "link run", "classify run", "status"]
)
def test_an_unknown_wave_is_told_with_the_known_ones(
    refused: Callable[..., str], framed: Path, command: str
) -> None:
    refused(
        *command.split(), "--wave", "2027Q1", "--workspace", framed, exit_code=NOT_READY,
        tells=("2027Q1", "2026Q4"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "tells"),
    [
        ("extract run --wave 2026Q4", ("18 websites wait for crawl", "sectorlens crawl run")),
        ("link run --wave 2026Q4", ("sectorlens crawl run --wave 2026Q4",)),
        ("classify run --wave 2026Q4", ("sectorlens crawl run --wave 2026Q4",)),
        ("audit draw --wave 2026Q4 --sector drones --size 5", ("sectorlens classify run",)),
        ("release build --wave 2026Q4 --to {to}", ("drones has not been classified",)),
        ("model train --sector drones", ("drones", "sectorlens")),
    ],
)
def test_a_step_too_early_names_the_one_that_comes_first(
    refused: Callable[..., str],
    framed: Path,
    tmp_path: Path,
    command: str,
    tells: tuple[str, ...],
) -> None:
    arguments = command.format(to=tmp_path / "release").split()
    refused(*arguments, "--workspace", framed, exit_code=NOT_READY, tells=tells)
    assert not (tmp_path / "release").exists()


def test_classifying_waits_for_linking(
    refused: Callable[..., str], sectorlens: Callable[..., Any], framed: Path
) -> None:
    there = (*WAVE, "--workspace", framed)
    sectorlens("crawl", "run", *there)
    refused(
        "link", "run", *there, exit_code=NOT_READY, tells=("sectorlens extract run --wave 2026Q4",)
    )
    sectorlens("extract", "run", *there)
    refused(
        "classify", "run", *there, exit_code=NOT_READY, tells=("sectorlens link run --wave 2026Q4",)
    )
    sectorlens("link", "run", *there)
    assert "18 done" in sectorlens("classify", "run", *there).stdout


def test_a_ranking_by_definition_is_not_released(
    refused: Callable[..., str], sectorlens: Callable[..., Any], ranked: Path, tmp_path: Path
) -> None:
    build = ("release", "build", *WAVE, "--to", tmp_path / "release", "--workspace", ranked)
    refused(
        *build, exit_code=REFUSED,
        tells=("drones is only ranked by its definition", "label import", "model train"),
    )  # fmt: skip
    draw = ("audit", "draw", *WAVE, "--sector", "drones", "--size", 5, "--workspace", ranked)
    sectorlens(*draw)
    refused(*build, exit_code=REFUSED, tells=("drones is only ranked by its definition",))
    assert not (tmp_path / "release").exists()


def test_a_release_waits_for_the_audit(
    refused: Callable[..., str],
    sectorlens: Callable[..., Any],
    drawn: Path,
    town: Town,
    tmp_path: Path,
) -> None:
    build = ("release", "build", *WAVE, "--to", tmp_path / "release", "--workspace", drawn)
    refused(
        *build, exit_code=NOT_READY,
        tells=("drones has an audit that is not fully answered", "sectorlens audit import"),
    )  # fmt: skip
    rows = [f"{c.unit_id},{int(c.active)}" for c in town.companies if c.website]
    (tmp_path / "answers.csv").write_text("\n".join(["unit_id,active", *rows]))
    sectorlens("audit", "import", tmp_path / "answers.csv", "--workspace", drawn)
    sectorlens(*build)
    assert (tmp_path / "release" / "index.html").is_file()


def test_a_release_does_not_replace_what_is_none(
    refused: Callable[..., str], drawn: Path, tmp_path: Path
) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    build = ("release", "build", *WAVE, "--workspace", drawn, "--to")
    refused(*build, tmp_path / "thesis", exit_code=INVALID, tells=("holds no release of ours",))
    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"
