"""What a domain's scores say of its activity: by hand, by simulation, and where they mislead."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experimental_stats.audit_strata import stratum_rates
from experimental_stats.audited_frame import AuditedFrame, read_audited_frame
from experimental_stats.domain_shift import STEPS, _steps_at, domain_shift

LEVELS = np.array([0.1, 0.5, 0.9])  # of the score
ACTIVE, OTHERS = np.array([0.1, 0.3, 0.6]), np.array([0.9, 0.08, 0.02])  # shares at each level


def frame_of(
    shares: tuple[float, ...],
    *,
    size: int = 3000,
    others: tuple[np.ndarray, ...] = (OTHERS, OTHERS),
    strata: str = "score",
    answers: int = 400,
    constant: bool = False,
) -> tuple[AuditedFrame, np.ndarray]:
    """Domains of equal size with these shares active; all respond, strata by level of score."""
    rng = np.random.default_rng(11)
    domain = np.repeat(np.arange(len(shares)), size)
    active = rng.random(len(domain)) < np.array(shares)[domain]
    level = np.zeros(len(domain), dtype=int)
    for code in range(len(shares)):
        for is_active, share in ((True, ACTIVE), (False, others[code % len(others)])):
            rows = np.flatnonzero((domain == code) & (active == is_active))
            level[rows] = rng.choice(3, len(rows), p=share)
    place = level if strata == "score" else 3 * domain + level
    chosen, chance = [], np.zeros(len(domain))
    for stratum in np.unique(place):
        members = np.flatnonzero(place == stratum)
        take = min(answers // (np.ptp(place) + 1), len(members))
        chosen.append(rng.choice(members, take, replace=False))
        chance[members] = take / len(members)
    drawn = np.sort(np.concatenate(chosen))
    ids = np.char.mod("u%06d", np.arange(len(domain)))
    stratum = np.char.mod("h%02d", place)
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": np.ones(len(domain), bool),
            "responded": np.ones(len(domain), bool),
            "probability": np.full(len(domain), 0.5) if constant else LEVELS[level],
            "weighting_cell": np.full(len(domain), "a"),
            "audit_stratum": stratum,
            "domain": np.char.mod("d%02d", domain),
        }
    )
    audit = pa.table(
        {
            "unit_id": ids[drawn],
            "active": active[drawn],
            "stratum": stratum[drawn],
            "inclusion_probability": chance[drawn],
        }
    )
    return read_audited_frame(units, audit, domains=("domain",), measures=("enterprises",)), active


def shift_of(frame: AuditedFrame):
    rates = stratum_rates(frame)
    return domain_shift(frame, frame.domains["domain"], rates).factor, rates


def by_domain(frame: AuditedFrame, values: np.ndarray) -> np.ndarray:
    return np.bincount(frame.domains["domain"].index, weights=values)


def test_a_domain_with_more_high_scores_has_more_active_units_at_every_score() -> None:
    frame, active = frame_of((0.02, 0.04, 0.12), answers=1500)
    shift, rates = shift_of(frame)
    for score in LEVELS:
        low, middle, high = (
            shift[(frame.domains["domain"].index == code) & (frame.score == score)][0]
            for code in range(3)
        )
        assert low < middle < high
    outside = active & ~frame.audited
    blind = by_domain(frame, rates.rate[rates.index] * rates.spread)
    told = by_domain(frame, rates.rate[rates.index] * rates.spread * shift)
    truth = by_domain(frame, outside)
    assert np.abs(told - truth).sum() < 0.6 * np.abs(blind - truth).sum()


def test_answers_that_contradict_the_scores_of_a_domain_take_its_factors_back() -> None:
    """As many active in both; one has three times as many inactive units that score high."""
    noisy = np.array([0.7, 0.24, 0.06])
    shares, kinds = (0.05, 0.05), (OTHERS, noisy)
    few = shift_of(frame_of(shares, others=kinds, answers=60)[0])[0]
    many = shift_of(frame_of(shares, others=kinds, answers=3000)[0])[0]
    assert np.ptp(np.log(many)) < 0.3 * np.ptp(np.log(few))


def test_what_is_known_of_a_domain_by_size_is_not_counted_again_by_its_scores() -> None:
    frame, _ = frame_of((0.02, 0.04, 0.12), answers=1500)
    alone, rates = shift_of(frame)
    known = domain_shift(frame, frame.domains["domain"], rates, alone).factor
    assert np.ptp(np.log(known)) < 0.25 * np.ptp(np.log(alone))


def test_scores_that_say_nothing_leave_what_size_tells() -> None:
    even = np.full(3, 1 / 3)
    frame, _ = frame_of((0.1, 0.1, 0.1), others=(OTHERS, OTHERS))
    blind = replace(frame, score=np.random.default_rng(5).choice(LEVELS, len(frame.score), p=even))
    rates = stratum_rates(blind)
    thrice = np.where(frame.domains["domain"].index == 2, 3.0, 1.0)
    factor = domain_shift(blind, frame.domains["domain"], rates, thrice).factor
    assert factor == pytest.approx(1.0, abs=0.25)


def test_a_score_that_is_always_the_same_says_nothing() -> None:
    frame, _ = frame_of((0.02, 0.12), constant=True)
    assert (shift_of(frame)[0] == 1.0).all()


def test_strata_that_are_domains_keep_their_own_rates() -> None:
    frame, _ = frame_of((0.02, 0.12), strata="score and domain", answers=600)
    shift, rates = shift_of(frame)
    assert shift[rates.spread > 0] == pytest.approx(1.0)


def test_what_few_scores_say_of_a_domain_is_drawn_wider_than_what_many_say() -> None:
    spreads = []
    for size in (100, 3000):
        frame, _ = frame_of((0.02, 0.04, 0.12), size=size, answers=300)
        shift = domain_shift(frame, frame.domains["domain"], stratum_rates(frame))
        drawn = shift.draw(np.random.default_rng(3), 4000)
        assert drawn is not None
        assert drawn.shape == (4000, 3)
        assert drawn.mean(axis=0) == pytest.approx(np.ones(3), abs=0.1)
        spreads.append(drawn.std(axis=0))
    assert (spreads[0] > spreads[1]).all()


def test_draws_follow_the_weights_of_the_steps() -> None:
    frame, _ = frame_of((0.02, 0.12), size=200)
    shift = domain_shift(frame, frame.domains["domain"], stratum_rates(frame))
    assert shift.evidence is not None
    certain = replace(shift, powers=np.array([0.0, 0.0, 1.0]))
    drawn = certain.draw(np.random.default_rng(3), 20_000)
    assert drawn is not None
    weights, level = shift.evidence.weights, shift.evidence.level
    assert (weights * level).sum(axis=1) == pytest.approx(np.ones(2))
    assert drawn.mean(axis=0) == pytest.approx(np.ones(2), abs=0.02)
    variance = (weights * level**2).sum(axis=1) - 1.0
    assert drawn.var(axis=0) == pytest.approx(variance, rel=0.08)


def test_scores_that_say_nothing_are_not_drawn() -> None:
    frame, _ = frame_of((0.02, 0.12), constant=True)
    shift = domain_shift(frame, frame.domains["domain"], stratum_rates(frame))
    assert shift.draw(np.random.default_rng(3), 10) is None


def test_every_step_is_drawn_as_often_as_its_weight_says() -> None:
    frame, _ = frame_of((0.02, 0.04, 0.12), size=100, answers=300)
    shift = domain_shift(frame, frame.domains["domain"], stratum_rates(frame))
    assert shift.evidence is not None
    drawn = replace(shift, powers=np.array([0.0, 0.0, 1.0])).draw(np.random.default_rng(3), 4000)
    assert drawn is not None
    for domain, (weights, level) in enumerate(
        zip(shift.evidence.weights, shift.evidence.level, strict=True)
    ):
        times = [(drawn[:, domain] == value).sum() for value in level]
        assert np.abs(np.array(times) - 4000 * weights).max() <= 2.0


def test_powers_of_the_factors_are_drawn_row_by_row() -> None:
    frame, _ = frame_of((0.02, 0.12), size=200)
    shift = domain_shift(frame, frame.domains["domain"], stratum_rates(frame))
    plain = replace(shift, powers=np.array([0.0, 0.0, 1.0])).draw(np.random.default_rng(3), 500)
    mixed = replace(shift, powers=np.array([0.3, 0.4, 0.3])).draw(np.random.default_rng(3), 500)
    assert plain is not None
    assert mixed is not None
    as_power = [
        np.isclose(mixed, plain**power, rtol=1e-12).all(axis=1) for power in (0.0, 0.5, 1.0)
    ]
    assert np.logical_or.reduce(as_power).all()
    assert all(100 < rows.sum() < 260 for rows in as_power)


@given(
    level=st.lists(st.integers(0, 3000), min_size=len(STEPS), max_size=len(STEPS)),
    known=st.integers(0, 3200),
)
def test_the_step_that_leads_to_what_is_known_is_found_as_by_interpolation(
    level: list[int], known: int
) -> None:
    rising = np.maximum.accumulate(np.array(level) / 64)
    expected = float(np.interp(known / 64, rising, STEPS)) if rising[-1] > rising[0] else 0.0
    assert _steps_at(np.array([known / 64]), np.array([level]) / 64) == pytest.approx(
        [expected], abs=1e-12
    )


@settings(max_examples=15, deadline=None)
@given(
    shares=st.lists(st.floats(0.0, 0.3), min_size=1, max_size=5),
    size=st.integers(20, 300),
    answers=st.integers(6, 200),
)
def test_factors_move_no_stratum(shares: list[float], size: int, answers: int) -> None:
    frame, _ = frame_of(tuple(shares), size=size, answers=answers)
    shift, rates = shift_of(frame)
    assert np.isfinite(shift).all()
    assert (shift > 0).all()
    expected = np.bincount(rates.index, weights=rates.spread)
    assert np.bincount(rates.index, weights=rates.spread * shift) == pytest.approx(expected)
