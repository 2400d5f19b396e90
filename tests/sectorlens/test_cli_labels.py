"""Labels by the command line: out and in again, double coding, agreement."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classify.sector import load_sectors
from classify.sector_versions import keep_wording
from storage.database import Store


@pytest.fixture
def double_coded(framed: Path, tmp_path: Path, sectorlens: Callable[..., Any]) -> Path:
    """Give a workspace in which two people labelled, and differed on T02."""
    labels = tmp_path / "double.csv"
    rows = [
        *(f"T{n:02},drones,{int(n < 4)},ada,training,,1" for n in range(1, 9)),
        *(f"T{n:02},drones,{int(n < 4 and n != 2)},bob,training,,1" for n in range(1, 9)),
    ]
    header = "unit_id,sector,active,coder,purpose,role,guideline"
    labels.write_text("\n".join((header, *rows, "")), encoding="utf-8")
    sectorlens("label", "import", labels, "--workspace", framed)
    return framed


def test_disagreements_are_listed_until_an_adjudicator_settles_them(
    double_coded: Path, told: Any, sectorlens: Callable[..., Any], tmp_path: Path
) -> None:
    there = ("--workspace", double_coded)
    (one,) = told("label", "disagreements", "--sector", "drones", *there)["disagreements"]
    assert one["answers"] == {"ada": "active", "bob": "inactive"}
    assert one["ruling"] == ""
    assert "ada: active, bob: inactive" in sectorlens("label", "disagreements", *there).stdout
    ruling = tmp_path / "ruling.csv"
    ruling.write_text("unit_id,sector,active,coder,role\nT02,drones,1,eve,adjudicator\n")
    sectorlens("label", "import", ruling, *there)
    (one,) = told("label", "disagreements", *there)["disagreements"]
    assert one["ruling"] == "active"
    nothing = sectorlens("label", "disagreements", "--purpose", "test", *there).stdout
    assert nothing == "No subject has labels that differ.\n"


def test_agreement_is_told_with_both_coefficients(
    double_coded: Path, told: Any, sectorlens: Callable[..., Any]
) -> None:
    there = ("--workspace", double_coded)
    found = told("label", "agreement", *there)["sectors"]["drones"]
    assert (found["n_double_coded"], found["n_disputed"], found["n_open"]) == (8, 1, 1)
    (pair,) = found["pairs"]
    assert pair["cohen_kappa"]["observed"] == pair["gwet_ac1"]["observed"] == 7 / 8
    said = sectorlens("label", "agreement", *there).stdout
    assert "8 of 8 labelled subjects were judged by two or more coders" in said
    assert "kappa 0.71 (" in said
    other = sectorlens("label", "agreement", "--sector", "tourism", *there).stdout
    assert other.startswith("No label for tourism has been imported")


@pytest.mark.parametrize("layout", ["csv", "label-studio"])
def test_all_labels_leave_and_come_back_and_a_second_import_adds_none(
    double_coded: Path, told: Any, sectorlens: Callable[..., Any], tmp_path: Path, layout: str
) -> None:
    there = ("--workspace", double_coded)
    before = told("label", "export", *there)["labels"]
    assert {label["guideline"] for label in before} == {"1"}
    out = tmp_path / f"out.{'csv' if layout == 'csv' else 'json'}"
    sectorlens("label", "export", "--as", layout, "--to", out, *there)
    (again,) = told("label", "import", out, *there)["stages"]
    assert (again["taken"], again["done"]) == (16, 0)
    assert again["rejected"] == {"known_already": 16}
    assert told("label", "export", *there)["labels"] == before
    if layout == "label-studio":
        assert {len(task["annotations"]) for task in json.loads(out.read_text())} == {2}


def test_a_trained_model_tells_of_its_labels(
    drawn: Path, told: Any, sectorlens: Callable[..., Any], refused: Callable[..., str]
) -> None:
    there = ("--workspace", drawn)
    (model, *_) = told("model", "list", *there)["models"]
    found = told("label", "check", "--sector", "drones", "--most", 3, *there)
    assert found["model_id"] == model["model_id"]
    assert [one["rank"] for one in found["suspects"]] == [1, 2, 3]
    assert (
        "likely wrong by the held-out scores"
        in sectorlens("label", "check", "--sector", "drones", *there).stdout
    )
    errors = told("model", "evaluate", model["model_id"], *there)["errors_of_training_data"]
    assert set(errors) == {
        "labels", "agreement", "disagreements", "likely_label_errors", "leakage", "balance",
    }  # fmt: skip
    said = sectorlens("model", "evaluate", model["model_id"], *there).stdout
    assert f"{model['model_id']} (drones) on " in said
    assert "cross-validation" in said
    assert re.search(r"^model +average precision +[0-9.]+ +[0-9.]+ +[0-9.]+$", said, re.MULTILINE)
    assert "{" not in said
    assert "Errors of training data" in said
    assert "labels of different folds" in said
    refused(
        "label", "check", "--sector", "tourism", *there,
        exit_code=4, tells=("tourism", "model train --sector tourism"),
    )  # fmt: skip


def test_an_audit_tells_how_far_its_coders_agree(
    drawn: Path, tmp_path: Path, told: Any, sectorlens: Callable[..., Any]
) -> None:
    there = ("--workspace", drawn)
    sheet = sectorlens("audit", "sheet", "--wave", "2026Q4", "--sector", "drones", *there).stdout
    units = [row["unit_id"] for row in csv.DictReader(io.StringIO(sheet))]
    # Both yes on 4, both no on 12; the second coder says yes to two that the first says no to.
    rows = [
        f"{unit},drones,{int(number < most)},{coder}"
        for coder, most in (("ann", 4), ("ben", 6))
        for number, unit in enumerate(units)
    ]
    file = tmp_path / "answers.csv"
    file.write_text("\n".join(("unit_id,sector,active,coder", *rows)))
    assert told("audit", "import", file, *there)["stages"][0]["done"] == 36
    (audit,) = told("audit", "status", *there)["audits"]
    assert (audit["double_coded"], audit["agreed"], len(audit["disagreements"])) == (18, 16, 2)
    by_chance = (4 * 6 + 14 * 12) / 18**2
    assert audit["kappa"] == pytest.approx((16 / 18 - by_chance) / (1 - by_chance))
    share = 5 / 18
    assert audit["ac1"] == pytest.approx(
        (16 / 18 - 2 * share * (1 - share)) / (1 - 2 * share * (1 - share))
    )
    assert "(ann: 0, ben: 1)" in sectorlens("audit", "status", *there).stdout


def test_nothing_is_suggested_before_units_are_scored(
    framed: Path, sectorlens: Callable[..., Any]
) -> None:
    asked = ("label", "suggest", "--wave", "2026Q4", "--sector")
    refused = sectorlens(*asked, "drones", "--workspace", framed, exit_code=4)
    assert "classify run" in refused.stderr
    sectorlens(*asked, "no_sector", "--workspace", framed, exit_code=3)


def test_what_definitions_leave_open_is_told(framed: Path, told: Any, sectorlens: Any) -> None:
    assert told("sector", "lint", "--workspace", framed)["remarks"] == []
    bare = 'title = "Bare"\ndescription = "Bare things."\nincludes = ["Makes things."]\n'
    (framed / "sectors").mkdir(exist_ok=True)
    (framed / "sectors" / "bare.toml").write_text(bare)
    assert "bare: edge_cases: " in sectorlens("sector", "lint", "--workspace", framed).stdout


def test_lint_tells_a_version_that_was_not_raised_and_goes_on_while_another_command_writes(
    framed: Path, sectorlens: Any
) -> None:
    (framed / "sectors").mkdir(exist_ok=True)
    other = (framed / "sectors" / "drones.toml").resolve()
    words = 'title = "Drones"\ndescription = "Flies drones."\nincludes = ["Flies drones."]\n'
    other.write_text(words)
    with Store(framed / "work" / "sectorlens.duckdb") as store:
        keep_wording(store, load_sectors()["drones"])
        busy = sectorlens("sector", "lint", "--workspace", framed)
        assert "Versions were not held against those in use" in busy.stderr
        assert "drones: excludes: " in busy.stdout
    assert (
        "drones: version: '1' was used"
        in sectorlens("sector", "lint", "--workspace", framed).stdout
    )
    other.write_text(f'version = "2"\n{words}')
    assert "version:" not in sectorlens("sector", "lint", "--workspace", framed).stdout


def test_lint_tells_of_labels_whose_sector_was_renamed(
    framed: Path, tmp_path: Path, sectorlens: Any
) -> None:
    there = ("--workspace", framed)
    (framed / "sectors").mkdir(exist_ok=True)
    before = framed / "sectors" / "guards.toml"
    before.write_text('title = "Guards"\ndescription = "Guards."\nincludes = ["Guards homes."]\n')
    (tmp_path / "l.csv").write_text("text,sector,active\nWe guard banks.,guards,1\n")
    sectorlens("label", "import", tmp_path / "l.csv", *there)
    assert "no definition" not in sectorlens("sector", "lint", *there).stdout
    before.rename(framed / "sectors" / "security.toml")
    told = sectorlens("sector", "lint", *there).stdout
    assert "guards: name: labels or models of it are kept, but it has no definition" in told


def test_a_dry_import_warns_as_the_import_does_and_writes_nothing(
    double_coded: Path, tmp_path: Path, told: Any, sectorlens: Any
) -> None:
    there = ("--workspace", double_coded)
    file = tmp_path / "odd.csv"
    file.write_text("unit_id,sector,active,coder\nT01,drones,0,eve\nNO-SUCH,drones,1,eve\n")
    before = sectorlens("label", "export", *there).stdout
    (dry,) = told("label", "import", file, "--dry-run", *there)["stages"]
    warned = {issue["code"]: issue["count"] for issue in dry["issues"]}
    assert warned == {"labels_of_unknown_units": 1, "labels_contradictory": 1}
    shown = sectorlens("label", "import", file, "--dry-run", *there).stdout
    assert "warning (labels_of_unknown_units, 1)" in shown
    assert sectorlens("label", "export", *there).stdout == before
    (done,) = told("label", "import", file, *there)["stages"]
    assert {issue["code"]: issue["count"] for issue in done["issues"]} == warned
    file.write_text("unit_id,sector,active\n")
    (nothing,) = told("label", "import", file, *there)["stages"]
    assert nothing["notes"] == [f"{file} holds no label."]
