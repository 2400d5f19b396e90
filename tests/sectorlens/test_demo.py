"""`sectorlens demo` as its reader sees it: real encoder and stages, a release beside the truth."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

SECTORS = {"ai_software", "clean_energy", "drones", "logistics", "tourism"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.encoder,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        importlib.util.find_spec("sentence_transformers") is None, reason="needs the extra embed"
    ),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(place: Path, told: Callable[..., Any]) -> Any:
    return told("demo", place / "first", started=True)


@pytest.fixture(scope="module")
def second(place: Path, first: Any, told: Callable[..., Any]) -> Path:
    """Make a second one, in another process; CI has just made one and says where."""
    if made := os.environ.get("SECTORLENS_SECOND_DEMO"):
        return Path(made)
    told("demo", place / "second", started=True)
    return place / "second"


def digests(release: Path) -> dict[str, str]:
    """Digest every file but databases, whose bytes may differ."""
    return {
        str(file.relative_to(release)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(release.rglob("*"))
        if file.is_file() and file.suffix != ".duckdb"
    }


def without_database(manifest: Path) -> Any:
    told = json.loads(manifest.read_text())
    del told["files"]["release.duckdb"]
    return told


def test_every_unit_of_the_register_has_one_final_outcome(first: Any) -> None:
    assert sum(row["units"] for row in first["units"]) == 300
    assert "pending" not in {row["outcome"] for row in first["units"]}


def test_the_stages_account_for_all_they_took(first: Any) -> None:
    for stage in first["stages"]:
        lost = sum(stage["rejected"].values()) + sum(stage["failed"].values())
        assert stage["taken"] == stage["done"] + stage["pending"] + lost, stage


def test_estimates_stand_beside_the_truth_and_most_intervals_hold_it(first: Any) -> None:
    told = first["estimates"]
    assert {row["sector"] for row in told} == SECTORS
    held = [row["lower"] <= row["known truth"] <= row["upper"] for row in told]
    assert sum(held) >= len(told) - 1  # of five 95 % intervals one may miss


def test_the_same_seed_gives_the_same_release(place: Path, first: Any, second: Path) -> None:
    one, two = place / "first" / "release", second / "release"
    before, after = digests(one), digests(two)
    del before["manifest.json"], after["manifest.json"]
    assert before == after
    assert without_database(one / "manifest.json") == without_database(two / "manifest.json")


def test_nothing_of_address_port_or_place_reaches_the_release(place: Path, first: Any) -> None:
    register = (place / "first" / "input" / "register.csv").read_text(encoding="utf-8")
    (port,) = set(re.findall(r"127\.\d+\.\d+\.\d+:(\d+)", register))
    for file in (place / "first" / "release").rglob("*"):
        if file.is_file():
            body = file.read_bytes()
            assert not re.search(rb"127\.\d+\.\d+\.\d+", body), file
            assert not re.search(rb":%s\b" % port.encode(), body), file
            assert str(place).encode() not in body, file


def test_the_hostile_unit_is_seen_and_neutralised(place: Path, first: Any) -> None:
    with duckdb.connect(
        place / "first" / "published" / "sectorlens.duckdb", read_only=True
    ) as reader:
        ((name, region),) = reader.execute(
            "SELECT legal_name, region FROM unit WHERE legal_name LIKE '=HYPERLINK%'"
        ).fetchall()
    assert "<script>" in name
    assert region.startswith("=")
    release = place / "first" / "release"
    page = (release / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "\u202e" not in page
    for table in release.glob("tables/*.csv"):
        text = table.read_text(encoding="utf-8")
        assert "\u202e" not in text
        assert not re.search(r'(^|,)"?[=+@\t]', text, flags=re.MULTILINE), table


def test_an_earlier_demo_is_replaced_but_nothing_else(
    place: Path, first: Any, sectorlens: Callable[..., Any]
) -> None:
    other = place / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("precious")
    refused = sectorlens("demo", other, exit_code=3)
    assert "not a demo" in refused.stderr
    assert (other / "thesis.txt").read_text() == "precious"
