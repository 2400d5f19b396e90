"""What is known before any label: the definition's statements, and what ordinary firms do.

A few labelled websites say little of the thousand trades that are not among them: an electrician
looks like solar energy to a model that saw a baker and a lawyer. So every model also learns from
short texts whose answer is known. The definition's statements speak for and against the sector; the
classes of NACE Rev. 2, in four languages, speak against every sector that does not name them in its
`nace_hints`. Their weight is bounded, so that labels lead as soon as there are some dozens.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from classify.activity_titles import read_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from classify.sector import SectorDefinition

# Part of every model's digest: raise it when the same definition gives other texts.
PRIOR_RULE = "1"
_LANGUAGES = ("de", "en", "fr", "it")
_CLASS_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorText:
    """A short text with a known answer.

    Attributes:
        key: Of the statement or the activity; titles in several languages share theirs.
        stated: It stands in the definition; else it is the title of an activity.
    """

    key: str
    text: str
    language: str
    active: bool
    stated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Activity:
    section: str
    code: str
    titles: dict[str, str]


def prior_texts(definition: SectorDefinition) -> tuple[PriorText, ...]:
    """Return the definition's statements, then one title of each activity outside its hints.

    The titles take turns in their language, so that no language goes with the answer.
    """
    statements = [
        PriorText(
            key=f"statement:{n}", text=s.text, language=s.language, active=s.active, stated=True
        )
        for n, s in enumerate((*definition.inclusions, *definition.exclusions))
    ]
    ordinary = [
        _title(activity, _LANGUAGES[n % len(_LANGUAGES)])
        for n, activity in _ordinary_activities(definition)
    ]
    return (*statements, *ordinary)


def ordinary_texts(definition: SectorDefinition) -> tuple[PriorText, ...]:
    """Return the titles, in all languages, of every activity outside the definition's hints.

    One language of each trains (`prior_texts`); all of them show how often ordinary activities are
    called active, by fits that left out the whole activity.
    """
    return tuple(
        _title(activity, language)
        for _, activity in _ordinary_activities(definition)
        for language in _LANGUAGES
    )


def activity_titles(definition: SectorDefinition, keys: Sequence[str]) -> list[str]:
    """Return code and English title of activities outside the definition's hints.

    Args:
        definition: Of the sector.
        keys: Of `ordinary_texts`.
    """
    titles = {text.key: text.text for text in ordinary_texts(definition) if text.language == "en"}
    codes = [key.removeprefix("activity:") for key in keys]
    return [f"{code[:2]}.{code[2:]} {titles[key]}" for code, key in zip(codes, keys, strict=True)]


def left_out_in(texts: Iterable[PriorText], n_folds: int) -> list[int]:
    """Return the fold whose fit leaves each text out; -1 for statements, which none leaves out.

    All titles of an activity are of one fold, in whatever language.
    """
    place = {f"activity:{activity.code}": n for n, activity in enumerate(_activities())}
    return [-1 if text.stated else place.get(text.key, n) % n_folds for n, text in enumerate(texts)]


def _ordinary_activities(definition: SectorDefinition) -> Iterator[tuple[int, _Activity]]:
    for n, activity in enumerate(_activities()):
        if not is_hinted(definition, section=activity.section, code=activity.code):
            yield n, activity


def is_hinted(definition: SectorDefinition, *, section: str, code: str) -> bool:
    """Return whether the definition's hints speak of a class of NACE Rev. 2."""
    activity = _Activity(section=section, code=code.replace(".", ""), titles={})
    hints = (hint.replace(".", "") for hint in definition.nace_hints if hint)
    return any(_covers(hint, activity) for hint in hints)


def _title(activity: _Activity, language: str) -> PriorText:
    return PriorText(
        key=f"activity:{activity.code}",
        text=activity.titles[language],
        language=language,
        active=False,
        stated=False,
    )


def unknown_hints(definition: SectorDefinition) -> tuple[str, ...]:
    """Return the hints that speak of no class of NACE Rev. 2."""
    return tuple(
        hint
        for hint in definition.nace_hints
        if hint and not any(_covers(hint.replace(".", ""), known) for known in _activities())
    )


def _covers(hint: str, activity: _Activity) -> bool:
    """Tell whether a hint (section, division, group, class or finer) speaks of an activity."""
    if hint.isalpha():
        return hint == activity.section
    digits = hint.lstrip("ABCDEFGHIJKLMNOPQRSTU")
    return activity.code.startswith(digits) or digits.startswith(activity.code)


@cache
def _activities() -> tuple[_Activity, ...]:
    """Return the classes of NACE Rev. 2 with their titles by language."""
    found: dict[str, _Activity] = {}
    for title in read_titles("NACE_R2"):
        if len(title.code) == _CLASS_DIGITS:
            known = found.setdefault(
                title.code, _Activity(section=title.section, code=title.code, titles={})
            )
            known.titles[title.language] = title.title
    return tuple(found.values())
