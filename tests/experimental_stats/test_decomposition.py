from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from experimental_stats.decomposition import Component, UnitState, decompose_change

NOTHING = UnitState(has_website=False, active=None)
SILENT = UnitState(has_website=True, active=None)


def state(active: bool, model: str = "m1", text: str = "t1") -> UnitState:
    return UnitState(has_website=True, active=active, model_id=model, text_digest=text)


def by_component(*arguments, **named):
    return {part.component: part for part in decompose_change(*arguments, **named)}


def test_every_reason_gets_its_units() -> None:
    before = {
        "died": state(True),
        "stays": state(True),
        "website": NOTHING,
        "silent": state(True),
        "back": SILENT,
        "rewritten": state(False),
        "remodelled": state(True),
        "both": state(False),
    }
    after = {
        "born": state(True),
        "stays": state(True),
        "website": state(True),
        "silent": SILENT,
        "back": state(True),
        "rewritten": state(True, text="t2"),
        "remodelled": state(False, model="m2"),
        "both": state(True, model="m2", text="t2"),
    }
    found = by_component(before, after, change_of_estimate=10.0)
    values = {component: part.value for component, part in found.items() if part.value}
    assert values == {
        Component.FRAME_BIRTH: 1,
        Component.FRAME_DEATH: -1,
        Component.WEBSITE_GAINED: 1,
        Component.REACHED_AGAIN: 1,
        Component.NOT_REACHED: -1,
        Component.TEXT_CHANGE: 1,
        Component.MODEL_CHANGE: -1,
        Component.TEXT_AND_MODEL: 1,
        Component.CORRECTION: 8,
    }
    assert found[Component.UNCHANGED].n_units == 1


def test_a_bridge_divides_what_text_and_model_changed_together() -> None:
    before = {"a": state(False), "b": state(False), "c": state(True)}
    after = {unit: state(True, model="m2", text="t2") for unit in before}
    found = by_component(
        before,
        after,
        change_of_estimate=2.0,
        new_model_on_old_text={"a": True, "b": False, "c": False},
    )
    assert found[Component.TEXT_AND_MODEL].n_units == 0
    assert (found[Component.MODEL_CHANGE].gained, found[Component.MODEL_CHANGE].lost) == (1, 1)
    assert (found[Component.TEXT_CHANGE].gained, found[Component.TEXT_CHANGE].lost) == (2, 0)
    assert found[Component.CORRECTION].value == 0.0


STATES = st.one_of(
    st.just(NOTHING),
    st.just(SILENT),
    st.builds(state, st.booleans(), st.sampled_from("mn"), st.sampled_from("tu")),
)
FRAMES = st.dictionaries(st.sampled_from("abcdefgh"), STATES)


@given(FRAMES, FRAMES, st.floats(-100, 100))
def test_the_components_add_up_and_every_unit_has_one_reason(before, after, change) -> None:
    parts = decompose_change(before, after, change_of_estimate=change)
    assert [part.component for part in parts] == list(Component)
    assert abs(sum(part.value for part in parts) - change) < 1e-9
    assert sum(part.n_units for part in parts) == len(before.keys() | after.keys())
