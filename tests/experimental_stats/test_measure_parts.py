from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audited_frame import AuditedFrame, read_audited_frame
from experimental_stats.measure_parts import LEAST_TOLD
from experimental_stats.stratified_audit import StratifiedAudit


def frame_of(response: tuple[float, float], asked: int = 60, spread: float = 0.0) -> AuditedFrame:
    """Two weighting cells of 200 units that respond as told; one stratum, a fifth active."""
    rng = np.random.default_rng(5)
    cell = np.repeat([0, 1], 200)
    within = np.tile(np.arange(200), 2)
    responded = within < 200 * np.array(response)[cell]
    employees = np.ceil(10 * rng.lognormal(0, spread, 400))
    ids = [f"u{place:03d}" for place in range(400)]
    rows = np.flatnonzero(responded)
    chosen = np.sort(rng.choice(rows, asked, replace=False))
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": [True] * 400,
            "responded": responded,
            "probability": np.full(400, 0.5),
            "weighting_cell": np.where(cell, "a|y", "a|x"),
            "audit_stratum": pa.array(["h"] * 400, mask=~responded),
            "employees": employees,
        }
    )
    audit = pa.table(
        {
            "unit_id": [ids[row] for row in chosen],
            "active": within[chosen] % 5 == 0,
            "stratum": ["h"] * asked,
            "inclusion_probability": [asked / len(rows)] * asked,
        }
    )
    return read_audited_frame(units, audit, domains=(), measures=("enterprises", "employees"))


def parts_of(frame: AuditedFrame, measure: str = "enterprises"):
    return StratifiedAudit(frame, 0.95).parts(measure)


def test_answers_that_stand_for_equally_many_tell_what_the_unbiased_variance_says():
    assert parts_of(frame_of((0.5, 0.5))).information == pytest.approx([58 / 60])


def test_answers_that_stand_for_different_numbers_tell_less_after_kish():
    frame = frame_of((0.9, 0.3))
    parts = parts_of(frame)
    weight = 1.0 + parts.load[frame.audited]
    kish = weight.sum() ** 2 / (weight**2).sum() / 60
    assert kish < 0.95
    assert parts.information == pytest.approx([kish * 58 / 60])


def test_a_handful_of_answers_still_tells_something():
    assert parts_of(frame_of((0.5, 0.5), asked=2)).information == pytest.approx([LEAST_TOLD])


def test_an_answer_stands_for_the_units_outside_the_audit():
    assert parts_of(frame_of((0.5, 0.5))).stands_for == pytest.approx([140 / 60])


def test_for_enterprises_families_change_nothing():
    parts = parts_of(frame_of((0.9, 0.3)))
    by_cells = (parts.without_score * parts.cell_rate[parts.cells.index]).sum()
    assert parts.missing_factor == pytest.approx([1.0, 1.0])
    assert parts.missing_expected.sum() == pytest.approx(by_cells)


def test_every_measure_counts_missing_units_alike():
    frame = frame_of((0.9, 0.3), spread=1.0)
    one, other = parts_of(frame), parts_of(frame, "employees")
    assert one.load == pytest.approx(other.load)
    by_chance = (other.without_score * other.by_size.rate).sum()
    assert other.missing_expected.sum() == pytest.approx(by_chance)
    assert one.by_size is None


def test_in_a_cell_where_nothing_was_found_draws_fall_on_units_that_may_be_active():
    frame = frame_of((0.5, 0.5))
    nothing = replace(frame, active=np.zeros(400, bool))
    possible = parts_of(nothing).possible
    outside = frame.responded & ~frame.audited
    assert (possible[outside] > 0).all()
    assert (possible[~outside] == 0).all()


def test_the_variance_of_response_by_hand():
    # Two cells of 100 respondents, each standing for one other; 60 of the 200 were audited.
    frame = frame_of((0.5, 0.5))
    rate = frame.active.sum() / 60
    spread, level = 0.0, 0.0
    for place in (0, 1):
        inside = frame.responded & (frame.cell.index == place)
        answers, found = frame.audited[inside].sum(), frame.active[inside].sum()
        expected = found + (100 - answers) * rate
        spread += expected * (1 - expected / 100) * (1 + answers / 100 / 99)
        level += expected
    spread += 140 * rate * (1 - rate) * 3  # shared by audit and response: p q (2 g + g²), g = 1
    assert parts_of(frame).response_relative_variance == pytest.approx(spread / level**2)


@pytest.mark.slow
def test_a_small_cell_of_skewed_sizes_brings_amounts_no_bias():
    """Activity rises with size, cells hold ten respondents: the separate ratio lost a tenth."""
    errors = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        cell = np.repeat(np.arange(20), 20)
        employees = np.ceil(3 * rng.lognormal(0, 1.6, 400))
        active = rng.random(400) < 1 / (1 + np.exp(2.5 - 0.6 * np.log(employees)))
        responded = rng.random(400) < 0.5
        ids = [f"u{place:03d}" for place in range(400)]
        units = pa.table(
            {
                "unit_id": ids,
                "eligible": [True] * 400,
                "responded": responded,
                "probability": np.full(400, 0.5),
                "weighting_cell": [f"a|{code:02d}" for code in cell],
                "audit_stratum": ["h"] * 400,
                "employees": employees,
            }
        )
        rows = np.flatnonzero(responded)
        audit = pa.table(
            {
                "unit_id": [ids[row] for row in rows],
                "active": active[rows],
                "stratum": ["h"] * len(rows),
                "inclusion_probability": [1.0] * len(rows),
            }
        )
        frame = read_audited_frame(units, audit, domains=(), measures=("employees",))
        parts = parts_of(frame, "employees")
        truth = (employees * active).sum()
        errors.append(((parts.seen.sum() + parts.missing_expected.sum()) - truth, truth))
    error, truth = np.array(errors).T
    bias, chance = error.mean() / truth.mean(), error.std() / truth.mean() / np.sqrt(300)
    assert abs(bias) < 0.02 + 2 * chance
