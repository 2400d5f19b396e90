from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_states import KeptStates

from classify.calibration import calibrate
from classify.drift_measures import find_prior
from classify.prior_correction import correct_sector, shift_lines
from classify.prior_shift import PriorShift, carry_over, examine_shift, least_share
from classify.run import assess_units
from storage.records.assessment import HeldOutScore
from storage.tables.held_out import insert_held_out
from storage.tables.prior_shift import load_shift

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import StageReport

LABELLED, SHARE, WAVE = 150, 0.15, 1500


def draw(
    generator: np.random.Generator, n: int, share: float, *, away: tuple[float, float] = (0.0, 0.0)
) -> tuple[Any, Any]:
    """Return answers and scores; `away` moves the scores of inactive and of active companies."""
    active = generator.random(n) < share
    middle = np.where(active, 2.0 + away[1], -2.0 + away[0])
    return active, generator.normal(middle, 1.3)


def simulate(seed: int, share: float, **changes: Any) -> tuple[PriorShift, Any, Any]:
    """Return what is found in a wave, its calibrated probabilities, and its truth."""
    generator = np.random.default_rng(seed)
    said, scores = draw(generator, LABELLED, SHARE)
    calibration = calibrate(scores, said)
    truth, wave = draw(generator, WAVE, share, **changes)
    probability = calibration.probability(wave)
    return examine_shift(probability, calibration.probability(scores), said), probability, truth


def test_a_smaller_share_is_found_and_correcting_for_it_helps() -> None:
    applied, before, after = [], [], []
    for seed in range(5):
        found, probability, truth = simulate(seed, 0.02)
        applied.append(found.applied)
        if found.applied:
            before.append(abs(probability.mean() - truth.mean()))
            after.append(abs(found.correct(probability).mean() - truth.mean()))
    assert sum(applied) >= 3
    assert np.mean(after) < np.mean(before) / 2


@pytest.mark.parametrize("away", [(0.0, 0.0), (1.0, 0.0), (-0.7, 0.0), (-0.7, -0.7), (0.0, 1.3)])
def test_it_is_silent_without_shift_and_under_shifts_of_the_texts(
    away: tuple[float, float],
) -> None:
    for seed in range(2):
        found, probability, _ = simulate(seed, SHARE, away=away)
        assert found.reason in {"no_shift", "perhaps_moved", "other_shift"}
        assert found.correct(probability) is probability


def test_active_companies_that_score_lower_are_not_taken_for_fewer() -> None:
    """By the share alone they are: that is what the count is for."""
    found = [simulate(seed, SHARE, away=(0.0, -1.3))[0] for seed in range(4)]
    assert sum(one.shift_p < 0.01 for one in found) >= 1
    assert not any(one.applied for one in found)
    assert {one.reason for one in found if one.shift_p < 0.01} == {"perhaps_moved"}
    assert all(one.count_p == 1 for one in found if one.shift_p >= 0.01)


@pytest.mark.parametrize("turned", [False, True])
def test_a_share_that_cannot_be_told_from_none_is_not_corrected_to(*, turned: bool) -> None:
    """A wave without any active unit: nought is the likeliest; it is not corrected to."""
    generator = np.random.default_rng(3)
    said = np.arange(150) < 50
    scores = generator.normal(np.where(said, 2.0, -2.0), 1.3)
    wave = generator.normal(-2.0, 1.3, 2000)
    if turned:  # all of them active, in another wave
        said, scores, wave = ~said, -scores, -wave
    likely = calibrate(scores, said).probability
    found = examine_shift(likely(wave), likely(scores), said)
    assert found.applied
    assert found.found_share is not None
    used, em = found.wave_share, found.found_share
    if turned:
        used, em = 1 - used, 1 - em
    assert em * 2000 < 1
    assert used >= 0.5 / (100 + 1)
    corrected = found.correct(likely(wave))
    n_sought = float((1 - corrected if turned else corrected).sum())
    assert 0.2 < n_sought < 60
    assert n_sought < float((1 - likely(wave) if turned else likely(wave)).sum()) / 2


def test_the_bound_narrows_with_units_and_is_one_unit_where_the_share_is_sure() -> None:
    flat = np.full(1000, 0.001)
    few, many = (least_share(np.full(n, 0.001), 0.3, 0.0, n_others=10_000) for n in (300, 3000))
    assert 1 / 3000 < many < few < 0.3
    assert least_share(flat, 0.3, 0.0, n_others=20) == pytest.approx(0.5 / 21)
    sure = np.concatenate([np.full(980, 0.001), np.full(20, 0.999)])
    assert least_share(sure, 0.3, find_prior(sure, 0.3).share, n_others=20) == 1 / 1000


def test_few_units_or_few_labels_correct_nothing() -> None:
    generator = np.random.default_rng(1)
    active, scores = draw(generator, 60, 0.3)
    wave = generator.random(300)
    assert examine_shift(wave[:100], scores, active).reason == "few_units"
    few = np.arange(60) < 9
    assert examine_shift(wave, generator.random(60), few).reason == "few_labelled"


def test_the_order_of_units_and_labels_does_not_matter() -> None:
    generator = np.random.default_rng(2)
    active, scores = draw(generator, LABELLED, SHARE)
    likely = calibrate(scores, active).probability
    _, wave = draw(generator, 400, 0.02)
    first = examine_shift(likely(wave), likely(scores), active)
    mixed = generator.permutation(LABELLED)
    again = examine_shift(likely(generator.permutation(wave)), likely(scores[mixed]), active[mixed])
    assert again == first


@given(st.floats(0.001, 0.999), st.floats(0.01, 0.9), st.floats(0.01, 0.9), st.floats(0.001, 0.999))
def test_carrying_over_multiplies_the_odds(p: float, learnt: float, wave: float, q: float) -> None:
    [carried, other] = carry_over(np.array([p, q]), learnt, wave)
    expected = p / (1 - p) * wave / (1 - wave) / (learnt / (1 - learnt))
    assert carried / (1 - carried) == pytest.approx(expected, rel=1e-6)
    assert (carried > other) == (p > q) or carried == pytest.approx(other)
    assert carry_over(np.array([0.0, 1.0]), learnt, wave).tolist() == [0.0, 1.0]


def test_the_share_of_a_mixture_is_found() -> None:
    generator = np.random.default_rng(4)
    active, scores = draw(generator, 40_000, 0.04)
    # The exact posterior under equal shares: log-odds are (2 · 2 / 1.3²) · score.
    found = find_prior(1 / (1 + np.exp(-4 / 1.69 * scores)), 0.5)
    assert found.share == pytest.approx(active.mean(), abs=0.004)


@pytest.fixture
def assessed(store: Store, economy: Any, workbench: Workbench, kept: KeptStates) -> StageReport:
    """A small wave with a first model, and what its stage reported."""

    def assess() -> StageReport:
        drones, others = economy.fill(12, 20)
        economy.label(drones[:6], others[:12])
        return assess_units(store, economy.wave, workbench)

    told: StageReport = kept.begin("assessed", store, assess, models=workbench.model_directory)
    return told


@pytest.fixture
def scored(store: Store, economy: Any, workbench: Workbench, assessed: StageReport) -> Any:
    """A wave whose scores are replaced by 500 of a mixture with few active units."""
    [(model_id,)] = store.rows("SELECT DISTINCT model_id FROM prediction WHERE sector = 'drones'")
    generator = np.random.default_rng(6)
    said, scores = draw(generator, 200, 0.3)
    calibration = calibrate(scores, said)
    kept = [
        HeldOutScore(
            subject=str(n),
            group_name=str(n),
            fold=0,
            language="en",
            text_digest="",
            active=bool(active),
            probability=float(probability),
            decided=False,
        )
        for n, (active, probability) in enumerate(
            zip(said, calibration.probability(scores), strict=True)
        )
    ]
    insert_held_out(store, model_id, kept)
    store.execute("DELETE FROM prediction WHERE sector = 'drones'")
    store.execute("DELETE FROM prior_shift")  # as all that writes scores does
    _, wave = draw(generator, 500, 0.03)
    store.execute(
        "INSERT INTO prediction BY NAME SELECT $wave AS wave, 'u' || n AS unit_id,"
        " 'drones' AS sector, p AS probability, p >= 0.4 AS active, 0.4 AS threshold,"
        " 'model' AS basis, $model AS model_id, '' AS input_digest"
        " FROM (SELECT unnest($p) AS p, generate_subscripts($p, 1) AS n)",
        {"wave": economy.wave, "model": model_id, "p": calibration.probability(wave).tolist()},
    )
    model = workbench.load(model_id)
    card = dict(model.card) | {"data": dict(model.card["data"]) | {"active": 15, "n": 100}}
    return replace(model, card=card)


def table(store: Store) -> list[tuple[Any, ...]]:
    return store.rows(
        "SELECT unit_id, probability, raw_probability, active FROM prediction"
        " WHERE sector = 'drones' ORDER BY unit_id"
    )


def test_a_wave_is_corrected_both_figures_kept_and_taken_back_on_request(
    store: Store, economy: Any, scored: Any
) -> None:
    before = table(store)

    def correct(*, wanted: bool) -> Any:
        return correct_sector(store, economy.wave, scored, wanted=wanted, seed=0)

    [issue] = correct(wanted=True)
    assert issue.code == "prior_shift_corrected"
    shift = load_shift(store, economy.wave, "drones")
    assert shift is not None
    assert shift["reason"] == ""
    assert shift["wave_share"] < 0.1 < shift["learnt_share"]
    corrected = table(store)
    for (unit, old, none, _), (same, new, raw, active) in zip(before, corrected, strict=True):
        assert (unit, old, none) == (same, raw, None)
        expected = carry_over(np.array([old]), shift["learnt_share"], shift["wave_share"])[0]
        assert new == pytest.approx(expected)
        assert active == (new >= 0.4)
    assert sum(row[3] for row in corrected) < sum(row[3] for row in before)
    assert f"{shift['wave_share']:.2%} of 500 units" in shift_lines(store, scored.model_id)[2]
    # Again, with nothing new, and after a further unit was scored: never corrected twice.
    for scoring in ("SELECT 1", "DELETE FROM prior_shift"):
        store.execute(scoring)
        assert correct(wanted=True) == (issue,)
        assert table(store) == corrected
    assert correct(wanted=False) == ()
    assert table(store) == before
    assert load_shift(store, economy.wave, "drones")["reason"] == "switched_off"  # type: ignore[index]


def test_small_waves_say_nothing_and_keep_their_probabilities(
    store: Store, economy: Any, assessed: StageReport
) -> None:
    assert not any(issue.code.startswith("prior_shift") for issue in assessed.issues)
    shift = load_shift(store, economy.wave, "drones")
    assert shift is not None
    assert shift["reason"] == "few_units"
    assert load_shift(store, economy.wave, "tourism") is None
    assert {row[2] for row in table(store)} == {None}


def test_a_unit_that_is_active_without_explanation_gets_one(
    store: Store, economy: Any, workbench: Workbench, assessed: StageReport
) -> None:
    asked = "SELECT * FROM explanation ORDER BY ALL"
    explained = store.rows(asked)
    store.execute("DELETE FROM explanation WHERE unit_id = 'drone-07'")
    assert store.rows(asked) != explained
    again = assess_units(store, economy.wave, workbench)
    assert (again.taken, again.changed) == (0, True)
    assert store.rows(asked) == explained
    assert not assess_units(store, economy.wave, workbench).changed
    switched = assess_units(store, economy.wave, replace(workbench, correct_prior=False))
    assert (switched.taken, switched.changed) == (0, True)


def test_a_share_that_is_a_bound_is_told(store: Store, economy: Any, scored: Any) -> None:
    correct_sector(store, economy.wave, scored, wanted=True, seed=0)
    store.execute("UPDATE prior_shift SET found_share = 0.00001")
    [issue] = correct_sector(store, economy.wave, scored, wanted=True, seed=0)
    told = "this share is a bound: the likeliest, 0.0010%, cannot be told from none by 500 units"
    assert told in issue.detail
    shift = load_shift(store, economy.wave, "drones")
    assert shift is not None
    most = math.ceil(500 * shift["wave_share"])
    assert f"so at most {most} of them seem active; do not add probabilities up" in issue.detail
    assert sum(row[1] for row in table(store)) < most + 1
    assert told in shift_lines(store, scored.model_id)[2]
    assert shift_lines(store, "another") == []
