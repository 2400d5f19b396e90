from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pytest

from classify.sector import load_sectors, read_sector
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = sorted(
    entry.name.removesuffix(".toml")
    for entry in resources.files("classify.sectors").iterdir()
    if entry.name.endswith(".toml")
)
SPACE = """
title = "Space"
description = "Enterprises that build or launch spacecraft, or sell what they observe."
includes = ["Builds satellites.", "Launches rockets."]
excludes = ["Model rockets for children."]
nace_hints = ["30.30"]
version = 3

[[edge_cases]]
case = "A planetarium."
ruling = "Inactive."

[examples]
en = ["We build small satellites."]
de = { active = ["Wir bauen Satelliten."], inactive = ["Sternwarte mit Führungen."] }

[decision]
rule = "precision"
minimum_precision = 0.8

[bounds]
maximum_share = 0.01
"""


def test_hints_are_codes_of_either_revision_of_nace(tmp_path: Path) -> None:
    hints = ["V", "J62.1", "62", "30.30"]  # NACE 2.1 has a section V
    (tmp_path / "space.toml").write_text(SPACE.replace('["30.30"]', str(hints).replace("'", '"')))
    assert load_sectors([tmp_path])["space"].nace_hints == tuple(hints)


def test_the_five_sectors_ship() -> None:
    assert SHIPPED == ["ai_software", "clean_energy", "drones", "logistics", "tourism"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_definition_says_all_that_a_coder_needs(name: str) -> None:
    sector = load_sectors()[name]
    assert len(sector.includes) >= 5
    assert len(sector.excludes) >= 5
    assert any("secondary activity" in case.case.lower() for case in sector.edge_cases)
    assert sector.nace_hints
    assert 0 <= sector.bounds.minimum_share < sector.bounds.maximum_share <= 1
    for language in ("en", "de", "fr", "es", "it", "nl", "pl"):
        kinds = [e.active for e in sector.examples if e.language == language]
        assert kinds.count(True) >= 2, language
        assert kinds.count(False) >= 2, language


@pytest.mark.parametrize("name", SHIPPED)
def test_no_example_is_both_active_and_inactive(name: str) -> None:
    sector = load_sectors()[name]
    active = {example.text for example in sector.inclusions}
    assert active.isdisjoint(example.text for example in sector.exclusions)


def test_a_sixth_sector_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "space.toml").write_text(SPACE)
    sectors = load_sectors([tmp_path, tmp_path / "absent"])
    assert set(sectors) == {*SHIPPED, "space"}
    space = sectors["space"]
    assert (space.version, space.decision.rule) == ("3", "precision")
    assert [(e.language, e.active) for e in space.examples] == [
        ("de", True),
        ("de", False),
        ("en", True),
    ]
    assert len(space.inclusions) == 2 + 2 + 2
    assert len(space.exclusions) == 2


def test_a_file_of_the_workspace_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "drones.toml").write_text(SPACE)
    sectors = load_sectors([tmp_path])
    assert sectors["drones"].title == "Space"
    assert sectors["drones"].digest != load_sectors()["drones"].digest


def test_the_digest_changes_with_any_word_and_not_with_spelling_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "space.toml").write_text(SPACE)
    same, other = tmp_path / "space.toml", tmp_path / "spice.toml"
    same.write_text("# a remark\n" + SPACE)
    other.write_text(SPACE.replace("Launches", "Fires"))
    first = read_sector(tmp_path / "a" / "space.toml").digest
    assert read_sector(same).digest == first
    assert read_sector(other).digest != first


def test_the_language_of_a_definition_is_that_of_its_sentences_and_english_by_default(
    tmp_path: Path,
) -> None:
    plain, english, german = (tmp_path / f"{name}.toml" for name in ("plain", "english", "german"))
    plain.write_text(SPACE)
    english.write_text(f'language = "en"\n{SPACE}')
    german.write_text(f'language = "de"\n{SPACE}')
    sectors = load_sectors([tmp_path])
    assert sectors["plain"].digest == sectors["english"].digest != sectors["german"].digest
    own = 4  # title, description and two inclusions; examples name their own
    assert {e.language for e in sectors["german"].inclusions[:own]} == {"de"}
    assert {e.language for e in sectors["plain"].inclusions[:own]} == {"en"}
    assert sectors["german"].exclusions[0].language == "de"
    german.write_text(f'language = "German"\n{SPACE}')
    with pytest.raises(InvalidInput) as fault:
        read_sector(german)
    assert "language: is not two or three small letters" in fault.value.details[0]


@pytest.mark.parametrize(("sentence", "is_fault"), [("...", True), ("🚲🚲", True), ("物流", False)])
def test_a_sentence_holds_a_word_in_any_script(
    tmp_path: Path, sentence: str, is_fault: bool
) -> None:
    file = tmp_path / "short.toml"
    file.write_text(f'title = "物流"\ndescription = "物流"\nincludes = ["{sentence}"]\n', "utf-8")
    if not is_fault:
        assert read_sector(file).includes == (sentence,)
        return
    with pytest.raises(InvalidInput) as fault:
        read_sector(file)
    assert "includes.0: holds no word" in fault.value.details[0]


def test_all_faults_of_all_files_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('title = "T"\ncolour = "red"\n')
    (tmp_path / "two.toml").write_text("title = [")
    (tmp_path / "Three.toml").write_text(SPACE)
    (tmp_path / "four.toml").write_text(
        SPACE.replace("maximum_share = 0.01", "maximum_share = 0.1\nminimum_share = 0.5")
    )
    (tmp_path / "five.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(InvalidInput) as fault:
        load_sectors([tmp_path])
    told = "\n".join(fault.value.details)
    for part in (
        "one.toml: colour: is not a key",
        "one.toml: description",
        "one.toml: includes",
        "two.toml: cannot be read as TOML",
        "Three.toml: the name",
        "four.toml: bounds: Value error, minimum_share is above maximum_share",
        "five.toml: cannot be read",
    ):
        assert part in told


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "huge.toml").write_text("# " + "x" * 1_100_000)
    with pytest.raises(InvalidInput) as fault:
        read_sector(tmp_path / "huge.toml")
    assert "larger than" in fault.value.details[0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            '"Model rockets for children."',
            '"builds   satellites"',
            "speaks for and against the sector: 'Builds satellites.'",
        ),
        ("Sternwarte mit Führungen", "Wir bauen Satelliten", "speaks for and against the sector"),
        ('title = "Space"', r'title = "Sp\u0000ace"', "title: holds U+0000, which does not show"),
        ("Launches rockets", r"Launches \u202estekcor", "includes.1: holds U+202E"),
        ("version = 3", 'version = ""', "version: is not 1 to 40 characters that show"),
        ("version = 3", "version = true", "version: is not a word or a number"),
        ("version = 3", "version = nan", "version: is not a word or a number"),
        ("version = 3", "version = [3]", "version: is not a word or a number"),
        ("version = 3", r'version = "3\n4"', "version: is not 1 to 40"),
        ('["30.30"]', '[""]', "nace_hints.0: '' is not a NACE code in quotation marks"),
        ('["30.30"]', '["."]', "nace_hints.0: '.' is not a NACE code"),
        ('["30.30"]', "[30.3]", "nace_hints.0: 30.3 is not a NACE code in quotation marks"),
        ("\nen = [", "\nenglish = [", "examples.english: is not two or three small letters"),
        ("{ active", "{ activ", "examples.de.activ: is not a key"),
        (
            'en = ["We build small satellites."]',
            "en = [7]",
            "examples.en.0: is not a text in quotation marks",
        ),
        (
            'excludes = ["Model rockets for children."]',
            'excludes = "None"',
            "excludes: Input should be a valid list",
        ),
        (
            '["Builds satellites.", "Launches rockets."]',
            "[]",
            "includes: List should have at least 1 item",
        ),
        (
            'rule = "precision"',
            'rule = "best"',
            "decision.rule: Input should be 'f1', 'count' or 'precision'",
        ),
        (
            'rule = "precision"',
            "threshold = 2",
            "decision.threshold: Input should be less than or equal to 1",
        ),
    ],
)
def test_what_an_author_got_wrong_is_told_once_by_its_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in SPACE
    (tmp_path / "space.toml").write_text(SPACE.replace(old, new))
    with pytest.raises(InvalidInput) as fault:
        read_sector(tmp_path / "space.toml")
    (detail,) = fault.value.details
    assert f"space.toml: {told}" in detail or told in detail
    assert "list.0" not in detail


def test_a_file_without_its_keys_names_each_of_them(tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text("")
    with pytest.raises(InvalidInput) as fault:
        read_sector(tmp_path / "none.toml")
    assert [line.partition(".toml: ")[2] for line in fault.value.details] == [
        "title: is missing",
        "description: is missing",
        "includes: is missing",
    ]
