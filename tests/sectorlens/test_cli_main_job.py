"""The main job through the command line, on a made-up economy served on loopback."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loopback_sites import LoopbackSite, Reply, page
from small_town import SETTINGS

from sectorlens.demo.economy import Economy, make_economy
from sectorlens.demo.server import serve_economy

WAVE = ("--wave", "2026Q4")


@dataclass
class Job:
    """A workspace after the main job, and what each command said."""

    workspace: Path
    economy: Economy
    port: int
    sheet: str = ""
    ended: dict[str, Any] = field(default_factory=dict)

    @property
    def release(self) -> Path:
        return self.workspace.parent / "release"

    def asked(self, sql: str) -> list[Any]:
        file = self.workspace / "published" / "sectorlens.duckdb"
        with duckdb.connect(file, read_only=True) as reader:
            return reader.execute(sql).fetchall()


@pytest.fixture(scope="module")
def job(
    tmp_path_factory: pytest.TempPathFactory, sectorlens: Callable[..., Any], told: Any
) -> Iterator[Job]:
    """Take a small economy from register to release, as the README tells it."""
    root = tmp_path_factory.mktemp("job")
    economy = make_economy(7, 80)
    with serve_economy(economy) as served:
        job = Job(root / "statistics", economy, served.port)
        there = ("--workspace", job.workspace)
        (root / "register.csv").write_bytes(economy.register_csv(served.port_of))
        (root / "labels.csv").write_bytes(economy.labels_csv())
        job.ended["init"] = told("init", job.workspace)
        (job.workspace / "sectorlens.toml").write_text(SETTINGS)
        job.ended["frame"] = told("frame", "import", root / "register.csv", *WAVE, *there)
        job.ended["dry"] = told("run", *WAVE, "--dry-run", *there)
        job.ended["nothing_written"] = not (job.workspace / "archive").exists()
        job.ended["run"] = sectorlens("run", *WAVE, *there)
        job.ended["labels"] = told("label", "import", root / "labels.csv", *there)
        job.ended["train"] = told("model", "train", "--sector", "drones", *WAVE, *there)
        model = job.ended["train"]["model_id"]
        job.ended["promote"] = told("model", "promote", model, "--reason", "the first", *there)
        job.ended["decided"] = told("run", *WAVE, *there)
        _audit(job, sectorlens, told)
        job.ended["release"] = told("release", "build", *WAVE, "--to", job.release, *there)
        yield job


def _audit(job: Job, sectorlens: Callable[..., Any], told: Any) -> None:
    there = ("--workspace", job.workspace)
    draw = ("audit", "draw", *WAVE, "--sector", "drones", "--size", 45, *there)
    job.sheet = sectorlens(*draw).stdout
    truth = job.economy.truth("drones")
    rows = list(csv.DictReader(io.StringIO(job.sheet)))
    answered = io.StringIO()
    out = csv.DictWriter(answered, rows[0])
    out.writeheader()
    for row in rows:
        out.writerow(row | {"active": int(truth[row["unit_id"]]), "coder": "anna"})
    file = job.workspace.parent / "answers.csv"
    file.write_text(answered.getvalue(), encoding="utf-8")
    job.ended["answers"] = told("audit", "import", file, *WAVE, *there)


def test_every_unit_ends_with_the_outcome_that_its_website_deserves(job: Job) -> None:
    found = dict(job.asked("SELECT unit_id, outcome FROM unit_outcome"))
    assert found == {unit: str(code) for unit, code in job.economy.expected_outcomes().items()}


def test_the_text_run_ends_with_a_waterfall_that_sums_to_the_frame(job: Job) -> None:
    lines = job.ended["run"].stdout.splitlines()
    start = lines.index(next(line for line in lines if line.startswith("units")))
    units = [int(line.split()[0]) for line in lines[start + 1 :]]
    assert units[-1] == sum(units[:-1]) == 80
    assert lines[-1].endswith("all units")


def test_progress_and_reports_of_stages_go_to_standard_error(job: Job) -> None:
    said = job.ended["run"]
    assert "crawl: 0 of 66" in said.stderr
    assert " of 66\n" not in said.stdout


@pytest.mark.parametrize("name", ["frame", "run", "decided", "labels", "answers", "release"])
def test_every_report_adds_up(job: Job, told: Any, name: str) -> None:
    reports = (told("status", "--workspace", job.workspace) if name == "run" else job.ended[name])[
        "stages"
    ]
    assert reports
    for report in reports:
        lost = sum(report["rejected"].values()) + sum(report["failed"].values())
        assert report["taken"] == report["done"] + report["pending"] + lost


def test_status_tells_the_last_wave_in_words_and_as_json(
    job: Job, sectorlens: Callable[..., Any], told: Any
) -> None:
    there = ("--workspace", job.workspace)
    as_json = told("status", *WAVE, *there)
    assert [state["stage"] for state in as_json["stages"]] == [
        "frame", "crawl", "extract", "link", "classify",
    ]  # fmt: skip
    assert sum(row["units"] for row in as_json["units"]) == 80
    assert all(state["pending"] == 0 for state in as_json["stages"])
    in_words = sectorlens("status", *there).stdout
    assert "Wave 2026Q4" in in_words
    assert "frame: 80 rows: 80 done, 0 pending" in in_words
    assert "80  all units" in in_words


def test_a_dry_run_tells_what_waits_and_writes_nothing(job: Job) -> None:
    states = {state["stage"]: state["pending"] for state in job.ended["dry"]["stages"]}
    assert states["crawl"] == 66
    assert job.ended["nothing_written"]


def test_dry_runs_of_stages_and_labels_leave_the_workspace_as_it_is(job: Job, told: Any) -> None:
    there = ("--workspace", job.workspace)
    before = job.asked("SELECT count(*) FROM stage_run")
    for stage in ("crawl", "extract", "link", "classify"):
        (state,) = told(stage, "run", *WAVE, "--dry-run", *there)["stages"]
        assert (state["stage"], state["pending"]) == (stage, 0)
    labels = job.workspace.parent / "labels.csv"
    (state,) = told("label", "import", labels, "--dry-run", *there)["stages"]
    assert state["pending"] == job.ended["labels"]["stages"][0]["taken"]
    assert job.asked("SELECT count(*) FROM stage_run") == before


def test_a_second_run_does_no_work_and_says_so(job: Job, sectorlens: Callable[..., Any]) -> None:
    before = job.asked("SELECT count(*) FROM stage_run")
    said = sectorlens("run", *WAVE, "--workspace", job.workspace).stdout
    assert "Nothing was due: no work done." in said
    assert said.count("nothing is due, no work done") == 4
    assert job.asked("SELECT count(*) FROM stage_run") == before


def test_a_second_pass_before_its_time_says_when_it_is_due(job: Job, told: Any) -> None:
    (report,) = told("crawl", "run", *WAVE, "--workspace", job.workspace)["stages"]
    assert report["taken"] == 0
    assert "due at" in report["notes"][0]


def test_models_are_listed_shown_evaluated_and_promoted(
    job: Job, sectorlens: Callable[..., Any], told: Any
) -> None:
    there = ("--workspace", job.workspace)
    model = job.ended["train"]["model_id"]
    (listed,) = told("model", "list", *there)["models"]
    assert (listed["model_id"], listed["promoted"]) == (model, True)
    assert model in sectorlens("model", "list", *there).stdout
    assert told("model", "show", model, *there)["model_id"] == model
    assert model in sectorlens("model", "show", model, *there).stdout
    assert told("model", "evaluate", model, *WAVE, *there)["sector"] == "drones"
    assert {basis for (basis,) in job.asked(
        "SELECT DISTINCT model_id FROM prediction WHERE sector = 'drones'"
    )} == {model}  # fmt: skip


def test_labels_come_out_as_they_went_in(job: Job, sectorlens: Callable[..., Any]) -> None:
    out = sectorlens("label", "export", "--workspace", job.workspace).stdout
    rows = [row for row in csv.DictReader(io.StringIO(out)) if row["purpose"] == "training"]
    given = list(csv.DictReader(io.StringIO(job.economy.labels_csv().decode())))
    assert {(row["unit_id"], row["sector"], row["active"]) for row in rows} == {
        (row["unit_id"], row["sector"], row["active"]) for row in given
    }


def test_what_to_label_next_is_a_sheet_that_label_import_reads(
    job: Job, sectorlens: Callable[..., Any], told: Any, tmp_path: Path
) -> None:
    there = ("--workspace", job.workspace)
    sheet = tmp_path / "next.csv"
    asked = ("label", "suggest", *WAVE, "--sector", "tourism", "--size", "4", "--to", sheet)
    assert "label import" in sectorlens(*asked, *there).stdout
    rows = list(csv.DictReader(sheet.open(encoding="utf-8")))
    assert 0 < len(rows) <= 4
    assert len({row["unit_id"] for row in rows}) == len(rows)
    (waiting,) = told("label", "import", sheet, "--dry-run", *there)["stages"]
    assert waiting["pending"] == 0
    (untouched,) = told("label", "import", sheet, *there)["stages"]
    assert (untouched["taken"], untouched["done"]) == (len(rows), 0)
    assert untouched["rejected"] == {"not_answered_yet": len(rows)}


def test_the_audit_sheet_is_csv_on_stdout_and_tells_no_score(job: Job) -> None:
    rows = list(csv.DictReader(io.StringIO(job.sheet)))
    assert len(rows) == 45
    assert not {"probability", "stratum"} & set(rows[0])
    assert all(row["active"] == "" for row in rows)


def test_the_audit_is_fully_answered(job: Job, sectorlens: Callable[..., Any], told: Any) -> None:
    there = ("--workspace", job.workspace)
    (audit,) = told("audit", "status", *there)["audits"]
    assert (audit["drawn"], audit["answered"], audit["open"]) == (45, 45, 0)
    assert "drones" in sectorlens("audit", "status", *WAVE, *there).stdout


def test_every_command_gives_one_json_document(job: Job, told: Any) -> None:
    for name in ("init", "promote", "train", "release"):
        assert isinstance(job.ended[name], dict)
    assert told("plugins", "list")["classify.embedders"]
    assert told("label", "export", "--workspace", job.workspace)["labels"]


def test_no_text_of_strangers_can_run_in_a_sheet(job: Job) -> None:
    for row in csv.reader(io.StringIO(job.sheet)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)
    assert "\u202e" not in job.sheet


def release_texts(release: Path) -> Iterator[tuple[Path, str]]:
    """Give the text of every file of a release, that in databases and workbooks too."""
    for file in sorted(path for path in release.rglob("*") if path.is_file()):
        if file.suffix == ".duckdb":
            yield file, database_text(file)
        elif zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as book:
                parts = [book.read(part).decode("utf-8", "replace") for part in book.namelist()]
            yield file, "".join(parts)
        else:
            yield file, file.read_text(encoding="utf-8")


def database_text(file: Path) -> str:
    with duckdb.connect(file, read_only=True) as reader:
        tables = [name for (name,) in reader.execute("FROM (SHOW TABLES)").fetchall()]
        rows = [row for name in tables for row in reader.execute(f'FROM "{name}"').fetchall()]
    return "\n".join(str(cell) for row in rows for cell in row)


def test_nothing_of_port_or_path_or_unit_reaches_the_release(job: Job) -> None:
    names = [unit.unit_id for unit in job.economy.units]
    for file, text in release_texts(job.release):
        assert not re.search(r"127\.\d+\.\d+\.\d+", text), file
        for found in (f":{job.port}", str(job.workspace), *names):
            assert found not in text, (file, found)


def test_the_hostile_name_and_region_are_neutralised_in_the_release(job: Job) -> None:
    for file, text in release_texts(job.release):
        assert "HYPERLINK" not in text, file
        assert "\u202e" not in text, file
        if file.suffix == ".html":
            assert "<b>Nord" not in text, file
        if file.suffix == ".csv":
            for row in csv.reader(io.StringIO(text)):
                for cell in row:
                    assert not cell.startswith(("=", "+", "@", "\t")), (file, cell)


def test_a_release_built_twice_is_equal_byte_by_byte(job: Job, told: Any, tmp_path: Path) -> None:
    place = ("--to", tmp_path / "again", "--workspace", job.workspace)
    told("release", "build", *WAVE, *place, started=True)
    files = sorted(
        path.relative_to(job.release) for path in job.release.rglob("*") if path.is_file()
    )
    assert files == sorted(
        path.relative_to(tmp_path / "again")
        for path in (tmp_path / "again").rglob("*")
        if path.is_file()
    )
    varies = json.loads((job.release / "manifest.json").read_text())["varies"]
    for file in files:
        if file.suffix == ".duckdb":
            continue
        one, other = ((place / file).read_bytes() for place in (job.release, tmp_path / "again"))
        if file.name == "manifest.json":
            one, other = (_without(json.loads(text), varies) for text in (one, other))
        assert one == other, file


def _without(manifest: Any, varies: list[str]) -> Any:
    """Drop the fields that the manifest says may differ, and what is told of databases."""
    for name in varies:
        place, *inner = name.split(".", 1)
        if inner:
            manifest[place].pop(inner[0], None)
        else:
            manifest.pop(place, None)
    manifest["files"] = {k: v for k, v in manifest.get("files", {}).items() if ".duckdb" not in k}
    return manifest


def test_what_is_released_names_the_other_sectors_and_why(job: Job) -> None:
    (report,) = job.ended["release"]["stages"]
    assert (report["done"], report["rejected"]) == (1, {"only_ranked": 1})
    assert any(note.startswith("tourism is only ranked") for note in report["notes"])


def test_the_workspace_is_found_from_within_and_can_be_moved(
    job: Job, sectorlens: Callable[..., Any], tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(job.workspace, moved)
    assert "80  all units" in sectorlens("status", cwd=moved / "archive").stdout
    said = sectorlens("run", *WAVE, cwd=moved).stdout
    assert "Nothing was due" in said


def test_readers_and_label_imports_go_on_while_a_crawl_runs(
    make_workspace: Callable[..., Path],
    sectorlens: Callable[..., Any],
    start: Callable[..., Any],
    tmp_path: Path,
) -> None:
    place = make_workspace(
        tmp_path / "workspace",
        settings=SETTINGS.replace("timeout_seconds = 5", "timeout_seconds = 60"),
    )
    there = ("--workspace", place)
    labelled = threading.Event()
    slow = LoopbackSite(lambda path, asked: slow_page(path, labelled))
    try:
        rows = f"unit_id,legal_name,website\nU1,Slow Limited,{slow.url}\n"
        (tmp_path / "register.csv").write_text(rows)
        (tmp_path / "labels.csv").write_text("unit_id,sector,active\nU1,drones,1\n")
        sectorlens("frame", "import", tmp_path / "register.csv", *WAVE, *there)
        running = start("run", *WAVE, *there)
        while not any(path == "/" for path in slow.paths):
            assert running.poll() is None
        published = place / "published" / "sectorlens.duckdb"
        with duckdb.connect(published, read_only=True) as reader:
            assert reader.execute("SELECT outcome, detail FROM unit_outcome").fetchall() == [
                ("pending", "crawl")
            ]
        sectorlens("label", "import", tmp_path / "labels.csv", *there)
        with duckdb.connect(published, read_only=True) as reader:
            assert reader.execute("SELECT unit_id FROM label").fetchall() == [("U1",)]
        labelled.set()
        assert running.poll() is None, "the crawl ended before it could be read beside it"
        out, said = running.communicate(timeout=60)
        assert running.returncode == 0, said
        assert ["1", "classified", "complete"] in [line.split() for line in out.splitlines()]
    finally:
        labelled.set()
        slow.close()


def slow_page(path: str, go_on: threading.Event) -> Reply:
    """Answer with links to further pages, of which none comes before the test goes on."""
    if path not in {"/", "/robots.txt"}:
        go_on.wait(50)  # a little less than the crawl waits
    return page(f"Slow {path}", "/1", "/2", "/3", text="slow and steady " * 30)
