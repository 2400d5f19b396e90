"""The titles of an activity classification, level by level and language by language."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

from storage.errors import InvalidInput

TITLED = {"NACE_R2": "nace_r2.csv", "NACE_R21": "nace_r21.csv"}
_PREFIX = "title_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTitle:
    """One title of a division or of what it contains.

    Attributes:
        code: Without dot, two to four digits.
        division: Its first two digits.
        section: Letter.
        language: Two letters.
        title: As the classification words it.
    """

    code: str
    division: str
    section: str
    language: str
    title: str


def division_titles(classification: str) -> dict[str, str]:
    """Return division -> its English title.

    Raises:
        InvalidInput: No titles ship for that classification.
    """
    return {
        title.code: title.title
        for title in read_titles(classification)
        if title.code == title.division and title.language == "en"
    }


def read_titles(classification: str) -> list[ActivityTitle]:
    """Return all titles of divisions, groups and classes, in the order of the list.

    Raises:
        InvalidInput: No titles ship for that classification.
    """
    if classification not in TITLED:
        raise InvalidInput(
            f"There are no titles of the classification {classification!r}",
            f"Set classification under [frame] to one of: {', '.join(TITLED)}.",
        )
    source = resources.files("storage.classifications") / TITLED[classification]
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return [
        ActivityTitle(
            code=row["code"],
            division=row["code"][:2],
            section=row["section"],
            language=column.removeprefix(_PREFIX),
            title=title,
        )
        for row in rows
        if row["level"] != "1"
        for column, title in row.items()
        if column.startswith(_PREFIX) and title
    ]
