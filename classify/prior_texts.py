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
    from classify.sector import SectorDefinition

# Part of every model's digest: raise it when the same definition gives other texts.
PRIOR_RULE = "1"
_LANGUAGES = ("de", "en", "fr", "it")
_CLASS_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorText:
    """A short text with a known answer.

    Attributes:
        key: Unique among the prior texts of a sector.
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
    hints = [hint.replace(".", "") for hint in definition.nace_hints if hint]
    ordinary = [
        PriorText(
            key=f"activity:{activity.code}",
            text=activity.titles[_LANGUAGES[n % len(_LANGUAGES)]],
            language=_LANGUAGES[n % len(_LANGUAGES)],
            active=False,
            stated=False,
        )
        for n, activity in enumerate(_activities())
        if not any(_covers(hint, activity) for hint in hints)
    ]
    return (*statements, *ordinary)


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
