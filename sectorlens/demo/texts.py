"""The sentence banks: reading them, and writing a sentence out of one.

A sentence holds choices ``[this|that]`` and slots: ``{company} {place} {year} {recent} {people}
{founder} {client} {item} {count} {partner}``; names also ``{surname} {other} {coined} {name}
{form}``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A kind of work, whatever the language.

    Attributes:
        sectors: Sectors that a firm doing this is active in. nace: four-digit codes, no dot.
    """

    key: str
    sectors: tuple[str, ...]
    nace: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTexts:
    """What firms of one activity say in one language.

    Attributes:
        name: Word for company names. items: what is offered, as headings.
        sentences: With choices and slots.
    """

    name: str
    items: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTexts:
    """Everything that is written in one language.

    Attributes:
        names: Stock of names by kind (``surnames``, ``places`` …), and country and phone prefix
            as lists of one.
        words: Labels of menus and facts. slugs: file names by page.
        sentences: General prose by occasion. mentions: by sector, what outsiders say in passing.
        sectors: by sector, what its own firms say whatever their speciality.
    """

    language: str
    names: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    slugs: Mapping[str, tuple[str, ...]]
    sentences: Mapping[str, tuple[str, ...]]
    mentions: Mapping[str, tuple[str, ...]]
    sectors: Mapping[str, tuple[str, ...]]
    activities: Mapping[str, ActivityTexts]


@cache
def load_activities() -> tuple[Activity, ...]:
    """Read the list of activities, in file order."""
    return tuple(
        Activity(key=key, sectors=tuple(entry["sectors"]), nace=tuple(entry["nace"]))
        for key, entry in _read("activities.toml").items()
    )


@cache
def load_language(language: str) -> LanguageTexts:
    """Read the sentence banks of one language."""
    company = _read(f"{language}/company.toml")
    activities = _read(f"{language}/activities.toml")
    return LanguageTexts(
        language=language,
        names={
            key: tuple(value) if isinstance(value, list) else (value,)
            for key, value in company.items()
            if not isinstance(value, dict)
        },
        words=company["words"],
        slugs=_tuples(company["slugs"]),
        sentences=_tuples(company["text"]),
        mentions=_tuples(company["mentions"]),
        sectors=_tuples(company["sectors"]),
        activities={
            key: ActivityTexts(
                name=entry["name"], items=tuple(entry["items"]), sentences=tuple(entry["text"])
            )
            for key, entry in activities.items()
        },
    )


def write_sentence(template: str, facts: Mapping[str, str], draw: random.Random) -> str:
    """Decide the choices of a template, fill its slots and begin with a capital letter.

    Args:
        template: Text with ``[a|b]`` and ``{slot}``.
        facts: Slot -> text; filled in untouched, so hostile text stays one piece of text.
        draw: Decides the choices, one draw each.

    Raises:
        KeyError: The template has a slot that `facts` does not hold.
    """
    chosen = _CHOICE.sub(lambda found: draw.choice(found.group(1).split("|")), template)
    return _SLOT.sub(lambda found: facts[found.group(1)], chosen[:1].upper() + chosen[1:])


def pick(entries: Sequence[str], count: int, draw: random.Random) -> list[str]:
    """Draw up to `count` different entries, in random order."""
    return draw.sample(list(entries), min(count, len(entries)))


def _read(name: str) -> dict[str, Any]:
    folder = resources.files("sectorlens.demo").joinpath("texts")
    return tomllib.loads(folder.joinpath(*name.split("/")).read_text(encoding="utf-8"))


def _tuples(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in table.items()}
