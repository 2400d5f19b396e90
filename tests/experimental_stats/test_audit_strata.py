"""The curve of activity by score: which way it goes, and that noise does not turn it round."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audit_strata import stratum_rates
from experimental_stats.audited_frame import AuditedFrame, read_audited_frame


def frame_of(score: str, seed: int = 7, n: int = 3000, answers: int = 400) -> AuditedFrame:
    """All respond, a tenth are active, one stratum is audited at random."""
    rng = np.random.default_rng(seed)
    active = rng.random(n) < 0.1
    scores = {
        "tells": rng.normal(size=n) + 2.0 * active,
        "upside down": rng.normal(size=n) - 2.0 * active,
        "noise": rng.normal(size=n),
    }[score]
    ids = np.char.mod("u%05d", np.arange(n))
    asked = np.sort(rng.choice(n, answers, replace=False))
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": np.ones(n, bool),
            "responded": np.ones(n, bool),
            "probability": scores,
            "weighting_cell": np.full(n, "a"),
            "audit_stratum": np.full(n, "h"),
        }
    )
    audit = pa.table(
        {
            "unit_id": ids[asked],
            "active": active[asked],
            "stratum": np.full(answers, "h"),
            "inclusion_probability": np.full(answers, answers / n),
        }
    )
    return read_audited_frame(units, audit, domains=(), measures=("enterprises",))


def curve_of(frame: AuditedFrame) -> np.ndarray:
    return stratum_rates(frame).curve[np.argsort(frame.score)]


def test_scores_that_are_upside_down_tell_as_much_as_upright_ones():
    frame = frame_of("tells")
    turned = replace(frame, score=-frame.score)
    upright, upside_down = stratum_rates(frame), stratum_rates(turned)
    assert np.ptp(upright.curve) > 0.5
    assert upside_down.curve == pytest.approx(upright.curve)
    assert (np.diff(curve_of(turned)) <= 0).all()


def test_a_score_that_falls_is_read_as_falling():
    curve = curve_of(frame_of("upside down"))
    assert (np.diff(curve) <= 0).all()
    assert np.ptp(curve) > 0.5


@pytest.mark.parametrize("seed", range(12))
def test_the_chance_of_noise_turns_no_curve_round(seed: int):
    assert (np.diff(curve_of(frame_of("noise", seed))) >= 0).all()


@pytest.mark.parametrize("active", [0, 3000], ids=["none", "all"])
def test_answers_of_one_kind_turn_no_curve_round(active: int):
    frame = frame_of("noise")
    alike = replace(frame, active=frame.audited & (np.arange(3000) < active))
    assert np.ptp(stratum_rates(alike).curve) == 0
