import numpy as np
import pytest

from experimental_stats.score_levels import fit_level


def answered(n: int, rate, seed: int = 1):
    """Scores spread evenly, and answers that are yes at the rate given."""
    rng = np.random.default_rng(seed)
    score = rng.random(n)
    return score, rng.random(n) < rate(score), np.ones(n)


def test_scores_that_are_right_stay_as_they_are():
    level = fit_level(*answered(4000, lambda score: score))
    assert level.n_answers == 4000
    for score in (0.1, 0.5, 0.9):
        assert level.rate(np.array([score]))[0] == pytest.approx(score, abs=0.03)


def test_scores_of_a_model_that_learned_from_another_share_are_brought_to_the_sectors():
    # Odds a hundredth of what the score says: a balanced model in a sector of one percent.
    level = fit_level(*answered(4000, lambda score: score / (score + 100 * (1 - score))))
    assert level.rate(np.array([0.5]))[0] == pytest.approx(0.01, abs=0.006)
    assert level.rate(np.array([0.99]))[0] == pytest.approx(0.5, abs=0.15)


def test_answers_count_by_the_units_they_stand_for():
    # Half of the active units were drawn ten times as often: unweighted they would look common.
    rng = np.random.default_rng(2)
    score = np.full(6000, 0.5)
    active = rng.random(6000) < 0.1
    chance = np.where(active & (rng.random(6000) < 0.5), 1.0, 0.1)
    drawn = rng.random(6000) < chance
    level = fit_level(score[drawn], active[drawn], chance[drawn])
    assert level.rate(np.array([0.5]))[0] == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(("n", "n_active"), [(40, 20), (400, 4), (400, 397)])
def test_a_handful_of_answers_tells_nothing(n, n_active):
    score = np.linspace(0, 1, n)
    assert fit_level(score, np.arange(n) < n_active, np.ones(n)) is None


def test_scores_of_0_and_1_and_answers_that_part_cleanly_give_a_line_all_the_same():
    score = np.repeat([0.0, 1.0], 50)
    level = fit_level(score, score > 0.5, np.full(100, 0.2))
    assert np.isfinite([level.intercept, level.slope]).all()
    low, high = level.rate(np.array([0.0, 1.0]))
    assert 0 <= low < 0.05
    assert 0.95 < high <= 1
