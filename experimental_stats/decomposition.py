"""Why the number of active enterprises has changed: every unit's reason, once (pure).

The units decided active in either wave are sorted by what happened to them in between; the
reasons add up to the change of the count. What the estimate changed by beyond that is its
correction: misclassification and non-response as each wave's audit and weights put them right.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Component(StrEnum):
    """What may have happened to a unit, in the order in which it is asked."""

    FRAME_BIRTH = "frame_birth"
    FRAME_DEATH = "frame_death"
    WEBSITE_GAINED = "website_gained"
    WEBSITE_LOST = "website_lost"
    REACHED_AGAIN = "reached_again"
    NOT_REACHED = "no_longer_reached"
    MODEL_CHANGE = "model_change"
    TEXT_CHANGE = "text_change"
    TEXT_AND_MODEL = "text_and_model_change"
    UNCHANGED = "unchanged"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState:
    """A unit of the frame in one wave.

    Attributes:
        has_website: Whether the register or the search gave it one.
        active: The decision; None where it was not classified or is outside the target population.
        model_id: That decided; empty where it was not classified.
        text_digest: Of the text it was decided on; empty where it was not classified.
    """

    has_website: bool
    active: bool | None
    model_id: str = ""
    text_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentOfChange:
    """What one reason contributes.

    Attributes:
        n_units: Units it applies to, whatever was decided of them.
        gained: Decided active only in the later wave.
        lost: Decided active only in the earlier wave.
        value: Enterprises; for reasons of units gained - lost.
    """

    component: Component
    n_units: int
    gained: int
    lost: int
    value: float


def decompose_change(
    before: Mapping[str, UnitState],
    after: Mapping[str, UnitState],
    *,
    change_of_estimate: float,
    new_model_on_old_text: Mapping[str, bool] | None = None,
) -> list[ComponentOfChange]:
    """Return what each reason contributes to the change of the estimated enterprises.

    Args:
        before: unit_id -> state, the frame of the earlier wave.
        after: The same of the later wave.
        change_of_estimate: Estimated enterprises, later less earlier.
        new_model_on_old_text: unit_id -> what the later wave's model decides on the earlier wave's
            text, where a bridge has asked it. A unit whose text and model have both changed is
            divided between the two by it; without it such units are a component of their own.

    Returns:
        All components in order, also those without units; their values add up to
        `change_of_estimate`.
    """
    asked = new_model_on_old_text or {}
    n_units = dict.fromkeys(Component, 0)
    gained = dict.fromkeys(Component, 0)
    lost = dict.fromkeys(Component, 0)

    def count(component: Component, first: bool, second: bool) -> None:
        gained[component] += second and not first
        lost[component] += first and not second

    for unit in before.keys() | after.keys():
        old, new = before.get(unit), after.get(unit)
        component = _reason(old, new)
        n_units[component] += 1
        was, is_now = bool(old and old.active), bool(new and new.active)
        if component is Component.TEXT_AND_MODEL and unit in asked:
            n_units[component] -= 1
            n_units[Component.MODEL_CHANGE] += 1
            n_units[Component.TEXT_CHANGE] += 1
            count(Component.MODEL_CHANGE, was, asked[unit])
            count(Component.TEXT_CHANGE, asked[unit], is_now)
        else:
            count(component, was, is_now)
    counted = sum(gained.values()) - sum(lost.values())
    return [
        ComponentOfChange(
            component=component,
            n_units=n_units[component],
            gained=gained[component],
            lost=lost[component],
            value=change_of_estimate - counted
            if component is Component.CORRECTION
            else float(gained[component] - lost[component]),
        )
        for component in Component
    ]


def _reason(old: UnitState | None, new: UnitState | None) -> Component:
    if old is None or new is None:
        return Component.FRAME_BIRTH if old is None else Component.FRAME_DEATH
    if old.has_website != new.has_website:
        return Component.WEBSITE_GAINED if new.has_website else Component.WEBSITE_LOST
    if (old.active is None) != (new.active is None):
        return Component.REACHED_AGAIN if old.active is None else Component.NOT_REACHED
    return _reason_of_decision(old, new)


def _reason_of_decision(old: UnitState, new: UnitState) -> Component:
    same_text = old.text_digest == new.text_digest
    if old.model_id == new.model_id:
        return Component.UNCHANGED if same_text else Component.TEXT_CHANGE
    return Component.MODEL_CHANGE if same_text else Component.TEXT_AND_MODEL
