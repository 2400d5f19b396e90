"""What users hand in wrong: a clear error with its mend, the right exit code, nothing lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_town import SETTINGS, Town

REFUSED, NOT_READY, INVALID, USAGE = 5, 4, 3, 2
WAVE = ("--wave", "2026Q4")


@pytest.fixture(scope="session")
def refused(sectorlens: Callable[..., Any]) -> Callable[..., str]:
    """Run a command that must fail: no traceback, nothing on stdout, all of `tells` on stderr."""

    def run(*arguments: str | Path, exit_code: int, tells: tuple[str, ...], **options: Any) -> str:
        done = sectorlens(*arguments, exit_code=exit_code, **options)
        assert "Traceback" not in done.stderr
        assert "our fault" not in done.stderr
        assert done.stdout == ""
        for told in tells:
            assert told in done.stderr, f"{told!r} is not in:\n{done.stderr}"
        said: str = done.stderr
        return said

    return run


@pytest.fixture(scope="module")
def inputs(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the town's register and labels once."""
    place = tmp_path_factory.mktemp("inputs")
    (place / "register.csv").write_text(town.register())
    (place / "labels.csv").write_text(town.labels())
    return place


@pytest.fixture(scope="module")
def framed_once(
    inputs: Path,
    make_workspace: Callable[..., Path],
    sectorlens: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    place = make_workspace(tmp_path_factory.mktemp("framed") / "workspace")
    sectorlens("frame", "import", inputs / "register.csv", *WAVE, "--workspace", place)
    return place


@pytest.fixture(scope="module")
def ranked_once(framed_once: Path, sectorlens: Callable[..., Any]) -> Path:
    place = framed_once.parent / "ranked"
    shutil.copytree(framed_once, place)
    sectorlens("run", *WAVE, "--workspace", place)
    return place


@pytest.fixture(scope="module")
def drawn_once(ranked_once: Path, inputs: Path, sectorlens: Callable[..., Any]) -> Path:
    place = ranked_once.parent / "drawn"
    shutil.copytree(ranked_once, place)
    there = ("--workspace", place)
    sectorlens("label", "import", inputs / "labels.csv", *there)
    sectorlens("run", *WAVE, *there)
    sectorlens("audit", "draw", *WAVE, "--sector", "drones", "--size", 18, *there)
    return place


@pytest.fixture
def framed(framed_once: Path, tmp_path: Path) -> Path:
    """Give a workspace with a frame."""
    return Path(shutil.copytree(framed_once, tmp_path / "framed"))


@pytest.fixture
def ranked(ranked_once: Path, tmp_path: Path) -> Path:
    """Give a workspace after a run without labels."""
    return Path(shutil.copytree(ranked_once, tmp_path / "ranked"))


@pytest.fixture
def drawn(drawn_once: Path, tmp_path: Path) -> Path:
    """Give a workspace with a model and an audit that waits for its answers."""
    return Path(shutil.copytree(drawn_once, tmp_path / "drawn"))


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
        (b"", ("labels.csv", "sector and active")),
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
