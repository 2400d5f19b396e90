"""A sixth sector is one file: the example that `sectorlens init` ships, under a name of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_town import SETTINGS, Town, as_csv

WAVE = ("--wave", "2026Q4")


@pytest.fixture(scope="module")
def workspace(
    town: Town, sectorlens: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Make a workspace as a stranger does, decide drones in it, and add a sector afterwards."""
    place = tmp_path_factory.mktemp("sixth") / "workspace"
    there = ("--workspace", place)
    sectorlens("init", place)
    every = SETTINGS.replace('sectors = ["drones", "tourism"]', "")
    (place / "sectorlens.toml").write_text(every)
    (place / "register.csv").write_text(town.register())
    (place / "labels.csv").write_text(town.labels())
    sectorlens("frame", "import", place / "register.csv", *WAVE, *there)
    sectorlens("label", "import", place / "labels.csv", *there)
    sectorlens("run", *WAVE, *there)
    shutil.copy(place / "sectors" / "example.toml.txt", place / "sectors" / "cargo_bikes.toml")
    return place


@pytest.fixture(scope="module")
def classified(workspace: Path, sectorlens: Callable[..., Any]) -> str:
    """Rank the new sector alone, and give what was said."""
    ran = sectorlens("classify", "run", *WAVE, "--sector", "cargo_bikes", "--workspace", workspace)
    return str(ran.stdout)


def asked(workspace: Path, sql: str) -> list[Any]:
    with duckdb.connect(workspace / "published" / "sectorlens.duckdb", read_only=True) as reader:
        return reader.execute(sql).fetchall()


def test_the_new_sector_is_ranked_and_told_not_to_be_published(
    classified: str, workspace: Path
) -> None:
    assert "classify: 18 units: 18 done" in classified
    assert "cargo_bikes: only ranked by its definition, which may not be published" in classified
    assert "drones" not in classified
    rows = asked(
        workspace,
        "SELECT count(*), count(active), min(basis), bool_and(probability BETWEEN 0 AND 1)"
        " FROM prediction WHERE sector = 'cargo_bikes'",
    )
    assert rows == [(18, 0, "definition", True)]


def test_the_new_sector_has_evidence_for_every_unit(classified: str, workspace: Path) -> None:
    rows = asked(
        workspace,
        "SELECT count(DISTINCT unit_id) FROM evidence"
        " WHERE sector = 'cargo_bikes' AND url <> '' AND passage <> ''",
    )
    assert rows == [(18,)]


def test_other_sectors_keep_what_was_decided(classified: str, workspace: Path) -> None:
    rows = asked(workspace, "SELECT count(DISTINCT sector), count(*) FROM prediction")
    assert rows == [(6, 6 * 18)]


def test_a_run_ranks_it_among_the_others_and_then_rests(
    classified: str, workspace: Path, sectorlens: Callable[..., Any]
) -> None:
    assert "Nothing was due" in sectorlens("run", *WAVE, "--workspace", workspace).stdout


def test_its_labels_are_taken(
    classified: str, workspace: Path, sectorlens: Callable[..., Any], told: Any
) -> None:
    file = workspace / "bike_labels.csv"
    file.write_text(as_csv(("unit_id", "sector", "active"), [("T00", "cargo_bikes", 0)]))
    (report,) = told("label", "import", file, "--workspace", workspace)["stages"]
    assert report["done"] == 1


def test_the_release_names_it_as_not_published_with_the_reason(
    classified: str, workspace: Path, town: Town, sectorlens: Callable[..., Any], told: Any
) -> None:
    there = ("--workspace", workspace)
    drawn = told("audit", "draw", *WAVE, "--sector", "drones", "--size", 18, *there)["units"]
    active = {company.unit_id: int(company.active) for company in town.companies}
    answers = workspace / "answers.csv"
    rows = [(unit["unit_id"], "drones", active[unit["unit_id"]], "a") for unit in drawn]
    answers.write_text(as_csv(("unit_id", "sector", "active", "coder"), rows))
    sectorlens("audit", "import", answers, *there)
    built = sectorlens("release", "build", *WAVE, "--to", workspace / "release", *there).stdout
    assert "cargo_bikes is only ranked by its definition" in built
    page = (workspace / "release" / "index.html").read_text(encoding="utf-8")
    told_of_it = page.partition(">Cargo bikes<")[2].partition("<h")[0]
    assert "Not published: this sector is only ranked by its definition" in told_of_it


def test_a_change_of_one_word_ranks_it_anew(
    classified: str, workspace: Path, sectorlens: Callable[..., Any]
) -> None:
    file = workspace / "sectors" / "cargo_bikes.toml"
    file.write_text(file.read_text().replace("made to carry goods", "made to carry loads"))
    said = sectorlens("run", *WAVE, "--workspace", workspace).stdout
    assert "classify: 18 units: 18 done" in said
