from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from classify.sector import load_sectors, read_sector
from classify.sector_lint import lint_language, lint_sector, own_words

if TYPE_CHECKING:
    from pathlib import Path

SECTORS = load_sectors()


@pytest.mark.parametrize("name", SECTORS)
def test_shipped_definitions_leave_nothing_open(name: str) -> None:
    assert lint_sector(SECTORS[name]) == ()


def test_the_barest_definition_is_read_and_everything_open_is_told(tmp_path: Path) -> None:
    bare = tmp_path / "bare.toml"
    bare.write_text('title = "Bare"\ndescription = "Bare things."\nincludes = ["Makes things."]\n')
    keys = [remark.key for remark in lint_sector(read_sector(bare))]
    assert keys == ["excludes", "edge_cases", "examples", "nace_hints"]


def test_a_language_with_one_answer_only_is_told() -> None:
    drones = SECTORS["drones"]
    kept = tuple(e for e in drones.examples if e.active or e.language != "pl")
    (remark,) = lint_sector(replace(drones, examples=kept))
    assert remark.key == "examples.pl.inactive"


def test_hints_outside_the_classification_and_doubled_or_long_sentences_are_told() -> None:
    drones = SECTORS["drones"]
    worse = replace(
        drones,
        nace_hints=(*drones.nace_hints, "04.99"),
        includes=(*drones.includes, drones.includes[0], "word " * 61),
    )
    told = " ".join(remark.text for remark in lint_sector(worse))
    for part in ("'04.99' is in no class", "stands 2 times", "longer than 60 words"):
        assert part in told


def test_mark_up_and_a_crowd_of_sentences_are_told() -> None:
    drones = SECTORS["drones"]
    many = tuple(f"Makes part number {number} of drones." for number in range(120))
    worse = replace(drones, includes=(*many, "Sells <b>drones</b> &amp; parts."))
    told = " ".join(remark.text for remark in lint_sector(worse))
    assert "holds mark-up" in told
    assert "sentences speak for or against it" in told


def test_a_definition_in_another_language_than_it_says_is_told() -> None:
    drones = SECTORS["drones"]
    assert drones.excludes[0] in own_words(drones)
    assert lint_language(drones, "en") == lint_language(drones, "und") == ()
    (remark,) = lint_language(drones, "de")
    assert remark.key == "language"
    assert 'write language = "de"' in remark.text


def test_a_threshold_below_the_least_probability_is_told() -> None:
    drones = SECTORS["drones"]
    decision = replace(drones.decision, threshold=0.3, minimum_probability=0.9)
    (remark,) = lint_sector(replace(drones, decision=decision))
    assert remark.key == "decision"


@pytest.mark.parametrize(
    ("case", "ruling"),
    [
        ("Nebentätigkeit: eine Zimmerei saniert auch", "aktiv"),
        ("activité secondaire", "active si elle est nommée"),
        ("a builder who also fits alarms", "active: a secondary activity counts"),
        ("działalność dodatkowa", "aktywna"),
    ],
)
def test_a_ruling_on_secondary_activity_is_known_in_other_languages(case: str, ruling: str) -> None:
    drones = SECTORS["drones"]
    (edge, *_) = drones.edge_cases
    ruled = replace(drones, edge_cases=(replace(edge, case=case, ruling=ruling),))
    assert lint_sector(ruled) == ()
