"""Models by the command line: compared, promoted, bridged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest


@pytest.fixture
def two_models(ranked: Path, inputs: Path, sectorlens: Callable[..., Any], told: Any) -> list[str]:
    """Give two models of drones, the older first; the second learnt from a label more."""
    there = ("--workspace", ranked)
    more = ranked / "more.csv"
    more.write_text("text,sector,active\nWe sell bread and cakes to hotels.,drones,0\n")
    for labels in (inputs / "labels.csv", more):
        sectorlens("label", "import", labels, *there)
        sectorlens("model", "train", "--sector", "drones", *there)
    return [model["model_id"] for model in told("model", "list", *there)["models"]][::-1]


def test_a_promotion_needs_a_name_and_a_reason_and_leaves_a_bridge(
    ranked: Path,
    two_models: list[str],
    told: Any,
    sectorlens: Callable[..., Any],
    refused: Callable[..., str],
) -> None:
    there = ("--workspace", ranked)
    old, new = two_models
    why = ("--reason", "one label more")
    refused("model", "promote", new, *why, "--by", "", *there, exit_code=3, tells=("name", "--by"))
    refused("model", "promote", new, "--reason", " ", *there, exit_code=3, tells=("reason",))
    compared = told("model", "compare", old, new, *there)
    assert compared["n"] >= 10
    said = sectorlens("label", "progress", "--sector", "drones", *there).stdout
    *_, first, second, beside, _, advice = said.splitlines()
    assert beside.startswith("Told apart: 1 labelled texts, 0 active")
    assert (first.split()[0], second.split()[0]) == ("labels.csv", "more.csv")
    assert "(+1, 0 active)" in second
    assert advice.split(":")[0] in {"Label more", "Open", "Stop labelling"}
    sectorlens("model", "promote", old, "--reason", "first of all", *there)
    assert "McNemar" in sectorlens("model", "compare", old, new, *there).stdout
    done = told("model", "promote", new, *why, "--by", "ada", *there)
    assert (done["former"], done["promoted_by"]) == (old, "ada")
    assert [b["measure"] for b in told("model", "bridges", *there)["bridges"]] == sorted(
        bridge["measure"] for bridge in done["bridges"]
    )
    assert "break_factor" in sectorlens("model", "bridges", *there).stdout
    for listed in (("model", "bridges"), ("label", "agreement"), ("label", "export")):
        refused(*listed, "--sector", "dornes", *there, exit_code=3, tells=("dornes", "drones"))
        sectorlens(*listed, "--sector", "tourism", *there)
    with duckdb.connect(ranked / "published" / "sectorlens.duckdb", read_only=True) as published:
        said = published.sql(
            "SELECT promoted_by, reason FROM model_promotion ORDER BY promoted_at"
        ).fetchall()
        assert said[-1] == ("ada", "one label more")
        assert published.sql("SELECT count(*) FROM bridge").fetchall() == [(len(done["bridges"]),)]
    refused("model", "compare", old, old, *there, exit_code=3, tells=("named twice",))


def test_a_decision_is_explained_and_the_table_is_published(
    ranked: Path,
    two_models: list[str],
    told: Any,
    sectorlens: Callable[..., Any],
    refused: Callable[..., str],
) -> None:
    there = ("--wave", "2026Q4", "--workspace", ranked)
    sectorlens("classify", "run", "--sector", "drones", *there)
    with duckdb.connect(ranked / "published" / "sectorlens.duckdb", read_only=True) as published:
        query = "SELECT unit_id FROM prediction WHERE active AND sector = 'drones' ORDER BY ALL"
        (unit, *_) = [row[0] for row in published.sql(query).fetchall()]
        kinds = published.execute(
            "SELECT DISTINCT kind FROM explanation WHERE unit_id = ? ORDER BY ALL", [unit]
        ).fetchall()
        assert kinds == [("neighbour",), ("rule",), ("word",)]
        archived = published.sql("SELECT count(*) FROM evidence WHERE archive_file IS NULL")
        assert archived.fetchall() == [(0,)]
    found = told("classify", "explain", "--unit", unit, "--sector", "drones", *there)
    assert found["model_id"] == two_models[-1]
    assert found["passages"][0]["archive_offset"] is not None
    said = sectorlens("classify", "explain", "--unit", unit, "--sector", "drones", *there).stdout
    for part in ("active, probability", "as archived: ", "words that moved", "inclusion of the"):
        assert part in said
    said = sectorlens("classify", "discover", "--sector", "drones", *there).stdout
    assert "units decided active, with text" in said
    assert "Kinds of companies" in said or "parted into kinds" in said
    said = sectorlens("classify", "nace", "--show", 3, *there).stdout
    assert "49 Land transport" in said or "units have suggestions (titles)" in said
    refused(
        "classify", "explain", "--unit", "T99", "--sector", "drones", *there,
        exit_code=3, tells=("T99",),
    )  # fmt: skip


def test_texts_that_stand_alone_train_a_model_before_any_register_came(
    make_workspace: Callable[..., Path],
    tmp_path: Path,
    sectorlens: Callable[..., Any],
    refused: Callable[..., str],
) -> None:
    there = ("--workspace", make_workspace(tmp_path / "new"))
    train = ("model", "train", "--sector", "drones", *there)
    labels = tmp_path / "labels.csv"
    labels.write_text("unit_id,sector,active\nu1,drones,1\n")
    sectorlens("label", "import", labels, *there)
    refused(*train, exit_code=4, tells=("frame import", "labels_of_unknown_units: 1"))
    texts = [
        *(f"Drones and unmanned aircraft for survey {n}.,drones,1" for n in range(5)),
        *(f"Bread and cakes for hotel number {n}.,drones,0" for n in range(10)),
    ]
    labels.write_text("\n".join(["text,sector,active", *texts]))
    sectorlens("label", "import", labels, *there)
    said = sectorlens(*train).stdout
    assert "15 labelled texts, before any register came: 5 active, 10 inactive." in said
    refused(*train, "--wave", "w", exit_code=4, tells=("no wave 'w'", "frame import"))
