from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classify.run import assess_units
from classify.sector import Bounds, DecisionRule, load_sectors
from classify.sector_versions import keep_wording, tell_unraised_version

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store

DRONES = load_sectors()["drones"]
WIDER = replace(DRONES, includes=(*DRONES.includes, "Insures drones."))


def test_another_wording_of_the_same_version_is_told_until_the_version_is_raised(
    store: Store,
) -> None:
    assert keep_wording(store, DRONES) == ()
    assert keep_wording(store, DRONES) == ()
    (issue,) = keep_wording(store, WIDER)
    assert issue.code == "version_not_raised"
    assert "drones: version '1' was used with other words" in issue.detail
    assert keep_wording(store, replace(WIDER, version="2")) == ()


def test_lint_tells_it_before_anything_is_decided_and_keeps_nothing(store: Store) -> None:
    keep_wording(store, DRONES)
    assert tell_unraised_version(store, DRONES) == ""
    assert "raise it" in tell_unraised_version(store, WIDER)
    assert store.rows("SELECT count(*) FROM sector_version") == [(1,)]


def test_threshold_and_bounds_are_no_change_of_meaning(store: Store) -> None:
    keep_wording(store, DRONES)
    moved = replace(DRONES, decision=DecisionRule(threshold=0.4), bounds=Bounds(maximum_share=0.1))
    assert keep_wording(store, replace(moved, digest="sha256:other", source="elsewhere")) == ()


def test_what_a_version_said_stays_readable(store: Store) -> None:
    keep_wording(store, DRONES)
    ((wording,),) = store.rows("SELECT wording FROM sector_version")
    said = json.loads(wording)
    assert said["includes"] == list(DRONES.includes)
    assert said["edge_cases"][0]["ruling"] == DRONES.edge_cases[0].ruling


def test_a_run_warns_of_a_sector_whose_words_changed_under_its_version(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(2, 3)
    first = assess_units(store, economy.wave, workbench)
    assert not [issue for issue in first.issues if issue.code == "version_not_raised"]
    changed = replace(workbench, sectors={**workbench.sectors, "drones": WIDER})
    again = assess_units(store, economy.wave, changed)
    assert [i.detail[:7] for i in again.issues if i.code == "version_not_raised"] == ["drones:"]
