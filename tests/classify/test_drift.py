"""Each kind of drift rings its bell, and no drift rings none (rates: benchmarks/drift)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from classify.drift import AuditRates, DriftCheck, Verdict, WaveSample, check_drift, overall
from classify.panel import Panel, turned_cases

N, DIM = 240, 12


def wave(seed: int, *, name: str = "1", shift: float = 0.0, share: float = 0.15) -> WaveSample:
    generator = np.random.default_rng(7)  # the same companies in every wave
    vectors = generator.normal(size=(N, DIM))
    vectors = vectors + 0.1 * np.random.default_rng(seed).normal(size=vectors.shape) + shift
    probability = np.where(np.arange(N) < share * N, 0.9, 0.05)
    probability = probability + 0.02 * np.random.default_rng(seed).random(N)
    return WaveSample(
        wave=name,
        unit_ids=tuple(f"u{n}" for n in range(N)),
        vectors=vectors,
        probability=probability,
        active=probability >= 0.5,
        languages=("de", "en", "en") * (N // 3),
        n_words=np.linspace(40, 900, N),
        outcomes={"classified": N, "no_website": 60, "timeout": 9},
    )


def by_name(checks: tuple[DriftCheck, ...]) -> dict[str, DriftCheck]:
    return {check.name: check for check in checks}


def test_where_nothing_drifts_every_check_that_can_be_made_is_quiet() -> None:
    checks = check_drift(wave(1), wave(2, name="2"), learnt_share=0.15)
    assert overall(checks) is Verdict.KEEP
    assert {c.name for c in checks if c.verdict is Verdict.NOT_MEASURED} == {
        "panel_average_precision",
        "panel_f1",
        "audit_positives",
        "audit_negatives",
    }
    assert "maximum likelihood" in by_name(checks)["share_active"].detail


def test_texts_unlike_those_of_the_earlier_wave_are_a_reason_to_retrain() -> None:
    checks = by_name(check_drift(wave(1), wave(2, shift=1.0)))
    assert checks["texts"].verdict is Verdict.RETRAIN
    assert checks["languages"].verdict is Verdict.KEEP


def test_a_new_language_and_more_time_outs_are_reasons_to_look() -> None:
    after = replace(
        wave(2), languages=("pl", "en", "en") * (N // 3), outcomes={"classified": N, "timeout": 120}
    )
    checks = check_drift(wave(1), after)
    assert overall(checks) is Verdict.WATCH
    assert by_name(checks)["languages"].verdict is Verdict.WATCH
    assert by_name(checks)["outcomes"].verdict is Verdict.WATCH


def test_twice_as_many_active_units_are_a_reason_to_look() -> None:
    checks = check_drift(wave(1), wave(2, share=0.35))
    assert by_name(checks)["share_active"].verdict is Verdict.WATCH
    assert overall(checks) is Verdict.WATCH


def panel(wrong: int) -> Panel:
    said = np.arange(60) < 20
    before = np.where(said, 0.8, 0.1)
    after = before.copy()
    after[:wrong] = 0.05
    return Panel(labelled_active=said, before=before, after=after, threshold=0.5)


def test_a_panel_that_is_decided_wrong_now_is_a_reason_to_retrain() -> None:
    checks = by_name(check_drift(wave(1), wave(2), panel=panel(wrong=7)))
    assert checks["panel_f1"].verdict is Verdict.RETRAIN
    assert checks["panel_average_precision"].verdict is Verdict.RETRAIN


def test_one_unit_of_a_faultless_panel_may_change_its_website() -> None:
    checks = by_name(check_drift(wave(1), wave(2), panel=panel(wrong=1)))
    assert checks["panel_f1"].verdict is Verdict.KEEP


def test_an_audit_that_finds_half_of_the_positives_wrong_is_a_reason_to_retrain() -> None:
    def rates(number: str, right: float) -> AuditRates:
        return AuditRates(
            wave=number, correct_positives=(right, 0.002), correct_negatives=(0.999, 1e-5)
        )

    steady = [rates("1", 0.9), rates("2", 0.88), rates("3", 0.91)]
    assert overall(check_drift(wave(1), wave(2), audits=steady)) is Verdict.KEEP
    checks = check_drift(wave(1), wave(2), audits=[*steady, rates("4", 0.5)])
    assert by_name(checks)["audit_positives"].verdict is Verdict.RETRAIN
    assert by_name(checks)["audit_negatives"].verdict is Verdict.KEEP


def test_too_few_units_are_said_to_be_too_few() -> None:
    few = replace(
        wave(1),
        unit_ids=("a",),
        vectors=np.zeros((1, DIM)),
        probability=np.array([0.5]),
        active=np.array([True]),
        languages=("de",),
        n_words=np.array([5.0]),
    )
    checks = check_drift(few, wave(2))
    assert overall(checks) is Verdict.NOT_MEASURED
    assert "there are 1" in checks[0].detail


def test_labelled_units_that_turned_against_their_label_are_named_the_farthest_first() -> None:
    panel = Panel(
        labelled_active=np.array([True, True, False, False, True]),
        before=np.array([0.9, 0.8, 0.1, 0.7, 0.2]),
        after=np.array([0.1, 0.45, 0.95, 0.8, 0.1]),
        threshold=0.5,
        subjects=("a", "b", "c", "d", "e"),
        text_kept=(0.0, 0.5, 0.0, 1.0, 1.0),
    )
    found = turned_cases(panel)
    assert [one.subject for one in found] == ["c", "a", "b"]  # d and e were wrong before already
    assert found[2].text_kept == 0.5
