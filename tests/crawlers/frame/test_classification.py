"""Activity codes as registers write them."""

from __future__ import annotations

import csv
from collections import Counter
from importlib import resources

import pytest

from crawlers.frame.classification import CODE_LISTS, Classification, load_classification
from storage.errors import InvalidInput


@pytest.fixture(scope="module")
def nace() -> Classification:
    return load_classification("NACE_R2")


@pytest.mark.parametrize(
    ("written", "code", "section"),
    [
        ("J", "J", "J"),
        ("j", "J", "J"),
        ("62", "62", "J"),
        ("62.0", "620", "J"),
        ("620", "620", "J"),
        ("62.01", "6201", "J"),
        ("6201", "6201", "J"),
        ("J62.01", "6201", "J"),
        ("J 6201", "6201", "J"),
        ("01.11", "0111", "A"),
        ("62.01Z", "6201Z", "J"),
        ("62011", "62011", "J"),
        ("62.01.1", "62011", "J"),
        ("620100", "620100", "J"),
        ("", "", ""),
    ],
)
def test_a_code_of_any_level_is_read(
    nace: Classification, written: str, code: str, section: str
) -> None:
    assert nace.look_up(written) == (code, section)
    assert nace.look_up(written) == (code, section)  # from what was already looked up


@pytest.mark.parametrize(
    "written",
    [
        *"V 00 04 62.99 6299 999 62. .62 62-01 62..01 6201000 62Z ６２ 62.01ZZ JJ62 =62".split(),
        *("6 201", "a" * 10_000, "6201.5.2.1"),
    ],
)
def test_a_code_outside_the_list_is_refused(nace: Classification, written: str) -> None:
    with pytest.raises(ValueError, match="is not in NACE_R2"):
        nace.look_up(written)


@pytest.mark.parametrize(
    ("written", "meant"), [("111", "0111"), ("1.11", "0111"), ("1", "01"), ("1110", "01110")]
)
def test_a_lost_leading_zero_is_told_and_never_guessed(
    nace: Classification, written: str, meant: str
) -> None:
    with pytest.raises(ValueError, match=f"if {meant} is meant, its leading zero was lost"):
        nace.look_up(written)


def test_a_section_that_contradicts_the_digits_is_refused(nace: Classification) -> None:
    with pytest.raises(ValueError, match="in section J of NACE_R2, not in C"):
        nace.look_up("C62.01")


def test_the_two_revisions_put_software_into_different_sections() -> None:
    assert load_classification("NACE_R21").look_up("62.10") == ("6210", "K")
    with pytest.raises(ValueError, match="not in NACE_R2"):
        load_classification("NACE_R2").look_up("62.10")


def test_without_a_classification_codes_stay_as_they_are() -> None:
    assert load_classification("none").look_up("5415.11-x") == ("5415.11-x", "")


def test_an_unknown_classification_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="no classification known") as told:
        load_classification("NAICS")
    assert "NACE_R2, NACE_R21, none" in told.value.advice


@pytest.mark.parametrize(
    ("name", "by_level"),
    [("NACE_R2", [21, 88, 272, 615]), ("NACE_R21", [22, 87, 287, 651])],
)
def test_a_code_list_is_complete_and_consistent(name: str, by_level: list[int]) -> None:
    source = resources.files("storage.classifications") / CODE_LISTS[name]
    rows = list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))
    level = {row["code"]: int(row["level"]) for row in rows}
    section = {row["code"]: row["section"] for row in rows}
    assert len(level) == len(rows)
    counts = Counter(level.values())
    assert [counts[number] for number in (1, 2, 3, 4)] == by_level
    assert all(row["title_en"] for row in rows)
    for code in (code for code in level if level[code] > 1):
        assert len(code) == level[code]
        parent = code[:-1] if level[code] > 2 else section[code]
        assert section[parent] == section[code]
