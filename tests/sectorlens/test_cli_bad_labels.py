"""Labels that contradict or name nobody, and a workbench that is damaged: told, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_odd_labels_a_damaged_cache_and_a_missing_embedder_are_told(
    ranked: Path,
    inputs: Path,
    told: Any,
    sectorlens: Callable[..., Any],
    refused: Callable[..., str],
    tmp_path: Path,
) -> None:
    there = ("--workspace", ranked)
    odd = tmp_path / "odd.csv"
    odd.write_text(
        "unit_id,sector,active,coder\nNOBODY,drones,1,b\nT01,drones,1,b\nT01,drones,0,c\n"
    )
    (report,) = told("label", "import", odd, *there)["stages"]
    assert report["done"] == 3
    assert {issue["code"]: issue["count"] for issue in report["issues"]} == {
        "labels_contradictory": 1,
        "labels_of_unknown_units": 1,
    }
    refused(
        "model", "train", "--sector", "drones", *there,
        exit_code=4, tells=("No label", "labels_contradictory: 1", "labels_of_unknown_units: 1"),
    )  # fmt: skip
    sectorlens("label", "import", inputs / "labels.csv", *there)
    (ranked / "work" / "vectors.duckdb").write_bytes(b"damaged" * 5000)
    done = sectorlens("model", "train", "--sector", "drones", *there)
    assert "warning (vector_cache_set_aside)" in done.stderr
    assert "warning (labels_contradictory, 1)" in done.stderr
    assert "Labels that were not used: 1 given both ways and not settled" in done.stdout
    (model,) = told("model", "list", *there)["models"]
    settings = ranked / "sectorlens.toml"
    settings.write_text(settings.read_text().replace('embedder = "hashed"', 'embedder = "nope"'))
    for command in (
        ("model", "evaluate", model["model_id"]),
        ("model", "promote", model["model_id"], "--reason", "x"),
        ("classify", "explain", "--unit", "T02", "--sector", "drones", "--wave", "2026Q4"),
    ):
        refused(*command, *there, exit_code=3, tells=("'nope'", "Known are", "hashed"))
    assert told("model", "list", *there)["models"] == [model]
