from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audited_frame import AuditedFrame, read_audited_frame
from experimental_stats.estimation import estimate_totals
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


def rescored(frame: AuditedFrame, seed: int) -> AuditedFrame:
    return replace(frame, score=np.random.default_rng(seed).random(len(frame.score)))


def test_missing_units_are_what_the_answers_say_of_their_cells_by_hand() -> None:
    frame = frame_of((0.9, 0.3))  # 180 of 200 stand for 20, 60 of 200 for 140
    load, asked = np.where(frame.cell.index == 0, 20 / 180, 140 / 60), frame.audited
    outside = frame.responded & ~asked
    answer = frame.active[asked].astype(float)
    together = np.cov(load[asked], answer)[0, 1]
    rest = outside.sum() * (answer.mean() * load[outside].mean() + together)
    by_hand = (load[asked] * answer).sum() + rest
    assert parts_of(frame).missing_expected.sum() == pytest.approx(by_hand)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_curve_drawn_through_the_answers_moves_no_total(seed: int) -> None:
    frame = frame_of((0.9, 0.3), asked=25)  # too few answers for a cut by score
    level, curved = parts_of(frame), parts_of(rescored(frame, seed))
    assert np.ptp(curved.rates.shape[curved.rates.index >= 0]) > 0.3
    assert curved.missing_expected.sum() == pytest.approx(level.missing_expected.sum())


def test_over_all_audits_missing_units_are_neither_more_nor_less() -> None:
    """Mean over 500 audits of one response."""
    frame = frame_of((0.9, 0.3))
    rows = np.flatnonzero(frame.responded)
    active = (np.arange(400) % 5 == 0) & ((frame.cell.index == 1) | (np.arange(400) % 20 == 0))
    load = np.where(frame.cell.index == 0, 20 / 180, 140 / 60)
    rng, off = np.random.default_rng(8), []
    for seed in range(500):
        asked = np.zeros(400, dtype=bool)
        asked[rng.choice(rows, 14, replace=False)] = True
        drawn = replace(rescored(frame, seed), audited=asked, active=active & asked)
        # What weights 1/π give is right over all audits; beside it chance is smaller.
        by_weights = (load * active)[asked].sum() * len(rows) / 14
        off.append(parts_of(drawn).missing_expected.sum() - by_weights)
    error = np.std(off) / np.sqrt(len(off))
    assert error < 0.02 * (load * active)[rows].sum()
    assert abs(np.mean(off)) < 3 * error


def test_strata_that_had_to_be_guessed_are_not_cut_by_score() -> None:
    frame = rescored(frame_of((0.9, 0.9), asked=200), 4)
    assert len(parts_of(frame).rates.found) > 1
    assert len(parts_of(replace(frame, strata_known=False)).rates.found) == 1


def test_units_of_a_stratum_nobody_answered_in_go_by_their_own_score() -> None:
    """Decided inactive, decided active, and a tenth of both that nobody was to look at."""
    rng = np.random.default_rng(3)
    decided = np.arange(2000) % 10 == 0
    unasked = rng.random(2000) < 0.1
    active = decided & (rng.random(2000) < 0.8)
    stratum = np.where(unasked, "m", np.where(decided, "z", "a"))
    ids = np.char.mod("u%04d", np.arange(2000))
    chosen = np.flatnonzero((stratum == "z") | ((stratum == "a") & (np.arange(2000) % 7 == 1)))
    chance = {name: np.isin(chosen, np.flatnonzero(stratum == name)).sum() for name in "az"}
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": [True] * 2000,
            "responded": [True] * 2000,
            "probability": np.where(decided, 0.8, 0.1) + 0.1 * rng.random(2000),
            "weighting_cell": ["a"] * 2000,
            "audit_stratum": stratum,
        }
    )
    audit = pa.table(
        {
            "unit_id": ids[chosen],
            "active": active[chosen],
            "stratum": stratum[chosen],
            "inclusion_probability": [
                chance[name] / (stratum == name).sum() for name in stratum[chosen]
            ],
        }
    )
    frame = read_audited_frame(units, audit, domains=(), measures=("enterprises",))
    parts = parts_of(frame)
    value = parts.seen.sum() + parts.domain_parts(None).unaudited[0] @ parts.rates.rate
    assert value == pytest.approx(active.sum(), rel=0.06)  # as a whole to either: 15 % off and more


@pytest.mark.parametrize("answers", [8, 40])
def test_employees_of_companies_all_of_one_size_are_as_uncertain_as_the_companies(answers):
    n = 1200
    stratum = np.repeat(["a", "b", "c"], n // 3)
    chosen = np.arange(n) % (n // 3) < answers
    active = np.arange(n) % 4 == 0
    units = pa.table(
        {
            "unit_id": [f"u{place:04d}" for place in range(n)],
            "eligible": [True] * n,
            "responded": [True] * n,
            "probability": [0.5] * n,
            "weighting_cell": ["x"] * n,
            "audit_stratum": stratum,
            "employees": [5.0] * n,
        }
    )
    audit = pa.table(
        {
            "unit_id": units.column("unit_id").filter(pa.array(chosen)),
            "active": active[chosen],
            "stratum": stratum[chosen],
            "inclusion_probability": [answers / (n / 3)] * int(chosen.sum()),
        }
    )
    table = estimate_totals(units, audit, measures=("enterprises", "employees"))
    companies, employees = table.column("standard_error").to_pylist()
    assert employees / 5.0 == pytest.approx(companies, rel=0.05)
