from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from kept_states import KeptStates

from classify.drift import Verdict
from classify.drift_page import drift_page
from classify.measures import average_precision
from classify.monitoring import monitor_drift
from classify.panel import TurnedCase
from classify.run import assess_units
from classify.training import train_model
from classify.training_set import collect_training_set, labels_lost_to_audit
from storage.errors import InvalidInput, NotReady
from storage.records.assessment import Label
from storage.tables.assessment import insert_labels

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store

N_DRONES, N_OTHERS = 16, 24


@pytest.fixture
def next_wave(store: Store, economy: Any, add_wave: Any) -> Callable[..., Any]:
    """Give the companies a further wave; `otherwise`: what flew before bakes now."""

    def add(name: str, *, otherwise: bool = False) -> Any:
        add_wave(name)
        made = type(economy)(store, name)
        if otherwise:
            for number in range(N_DRONES):
                made.add(f"drone-{number:02}", "Fresh bread and cakes from our bakery. " * 4)
            for number in range(N_OTHERS):
                made.add_other_firm(number)
        else:
            made.fill(N_DRONES, N_OTHERS)
        return made

    return add


@pytest.fixture
def trained(
    store: Store, economy: Any, next_wave: Any, workbench: Workbench, kept: KeptStates
) -> Any:
    def train() -> dict[str, str]:
        first = next_wave("2025")
        drones = [f"drone-{n:02}" for n in range(N_DRONES)]
        others = [f"other-{n:02}" for n in range(N_OTHERS)]
        first.label(drones[:10], others[:16])
        train_model(store, "drones", workbench, wave="2025")
        return dict(first.texts)

    texts = kept.begin("monitoring", store, train, models=workbench.model_directory)
    return type(economy)(store, "2025", dict(texts))


def test_a_wave_like_the_last_one_is_no_reason_to_retrain(
    store: Store, trained: Any, next_wave: Any, workbench: Workbench
) -> None:
    next_wave("2026")
    report = monitor_drift(store, "2026", "drones", workbench)
    assert (report.reference_wave, report.verdict) == ("2025", Verdict.KEEP)
    rows = store.rows("SELECT name, verdict FROM drift_check WHERE wave = '2026' ORDER BY position")
    assert [name for name, _ in rows] == [check.name for check in report.checks]
    again = monitor_drift(store, "2026", "drones", workbench)
    assert again == report
    assert len(store.rows("SELECT * FROM drift_check")) == len(rows)


def test_companies_that_write_otherwise_now_are_a_reason_to_retrain_and_the_page_says_why(
    store: Store, trained: Any, next_wave: Any, workbench: Workbench
) -> None:
    next_wave("2026", otherwise=True)
    report = monitor_drift(store, "2026", "drones", workbench)
    assert report.verdict is Verdict.RETRAIN
    page = drift_page(report)
    assert page.startswith("# Drift of drones, wave 2026: retrain")
    why = page.split("Model `")[0]
    (panel,) = (check for check in report.checks if check.name == "panel_f1")
    assert f"panel_f1 (retrain): {panel.value:.3g}, limit {panel.limit:.3g}; on " in why
    assert "is not measured" not in why
    odd = TurnedCase(subject="u<b>`1", labelled_active=True, before=0.9, after=0.1, text_kept=1.0)
    assert "\n- `` u<b>`1 ``: labelled active" in drift_page(replace(report, turned=(odd,)))
    blind = [replace(c, verdict=Verdict.NOT_MEASURED) for c in report.checks if c.kind == "concept"]
    others = [replace(c, verdict=Verdict.KEEP) for c in report.checks if c.kind != "concept"]
    page = drift_page(replace(report, verdict=Verdict.KEEP, checks=(*others, *blind)))
    assert "whether the model still decides right is not measured" in page


def test_the_panel_is_scored_as_units_are_by_fits_that_had_not_seen_it(
    store: Store, next_wave: Any, workbench: Workbench
) -> None:
    first = next_wave("2025")
    # Two bakeries that somebody took for drones: a fit that saw them knows them, others do not.
    active = [*(f"drone-{n:02}" for n in range(10)), "other-00", "other-01"]
    inactive = [f"other-{n:02}" for n in range(2, 16)]
    first.label(active, inactive)
    train_model(store, "drones", workbench, wave="2025")
    next_wave("2026")
    report = monitor_drift(store, "2026", "drones", workbench)
    assess_units(store, "2026", workbench)
    scores = dict(
        store.rows(
            "SELECT unit_id, raw_probability FROM prediction"
            " WHERE wave = '2026' AND sector = 'drones' AND raw_probability IS NOT NULL"
            " UNION SELECT unit_id, probability FROM prediction"
            " WHERE wave = '2026' AND sector = 'drones' AND raw_probability IS NULL"
        )
    )
    panel = {check.name: check for check in report.checks}["panel_average_precision"]
    said = np.array([True] * len(active) + [False] * len(inactive))
    expected = average_precision(np.array([scores[u] for u in (*active, *inactive)]), said)
    assert expected < 1
    assert panel.value == pytest.approx(expected)


def test_audits_of_two_waves_are_followed(
    store: Store, trained: Any, next_wave: Any, workbench: Workbench
) -> None:
    next_wave("2026")
    for wave in ("2025", "2026"):
        assess_units(store, wave, workbench)
        answers = {f"drone-{n:02}": n > 1 for n in range(10, 16)} | {"other-20": False}
        units = [(unit, "s", True, 0.5) for unit in answers]
        store.insert(
            "audit_unit",
            pa.table(
                {
                    "wave": [wave] * len(units),
                    "sector": ["drones"] * len(units),
                    "unit_id": [unit for unit, *_ in units],
                    "stratum": ["s"] * len(units),
                    "drawn": [True] * len(units),
                    "inclusion_probability": [0.5] * len(units),
                }
            ),
        )
        labels = [
            Label(sector="drones", active=said, unit_id=unit, purpose="audit", wave=wave)
            for unit, said in answers.items()
        ]
        insert_labels(store, labels, "audit.csv")
    checks = {c.name: c for c in monitor_drift(store, "2026", "drones", workbench).checks}
    assert checks["audit_positives"].verdict is Verdict.KEEP
    assert "of 2 audits" in checks["audit_positives"].detail


def test_units_that_an_audit_drew_stay_in_the_panel_and_what_their_labels_taught_is_told(
    store: Store, trained: Any, next_wave: Any, workbench: Workbench
) -> None:
    next_wave("2026")
    before = monitor_drift(store, "2026", "drones", workbench)
    learnt = collect_training_set(store, "2025", "drones")
    units = [f"drone-{n:02}" for n in range(8)] + ["other-00", "other-20"]
    (told,) = labels_lost_to_audit(learnt, units)
    assert (told.code, told.count) == ("labels_audited", 9)
    assert "8 of 10 active and 1 of 16 inactive ones" in told.detail
    assert labels_lost_to_audit(learnt, ["other-20"]) == ()
    store.insert_columns(
        "audit_unit",
        {
            "wave": ["2025"] * len(units),
            "sector": ["drones"] * len(units),
            "unit_id": units,
            "stratum": ["s"] * len(units),
            "drawn": [True] * len(units),
            "inclusion_probability": [0.5] * len(units),
        },
    )
    assert collect_training_set(store, "2025", "drones").n_positive == 2
    assert monitor_drift(store, "2026", "drones", workbench) == before


def test_there_must_be_a_model_and_an_earlier_wave(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    with pytest.raises(NotReady, match="No model has been trained for drones"):
        monitor_drift(store, "2025", "drones", workbench)


def test_the_first_wave_has_nothing_to_be_compared_with(
    store: Store, trained: Any, workbench: Workbench
) -> None:
    with pytest.raises(NotReady, match="no wave with text before 2025"):
        monitor_drift(store, "2025", "drones", workbench)
    with pytest.raises(NotReady, match="no wave '2031'"):
        monitor_drift(store, "2031", "drones", workbench)
    with pytest.raises(InvalidInput, match="'2026' is no wave before 2025"):
        monitor_drift(store, "2025", "drones", workbench, reference_wave="2026")
