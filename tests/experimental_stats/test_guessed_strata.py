import numpy as np
import pytest

from experimental_stats.guessed_strata import guess_strata


def test_strata_side_by_side_go_by_the_nearest_audited_score():
    guessed = guess_strata(
        np.array([0.0, 0.29, 0.31, 0.9]),
        scores=np.array([0.1, 0.2, 0.4, 0.8]),
        strata=np.array([0, 0, 1, 1]),
        chances=np.array([0.5, 0.5]),
    )
    assert guessed.tolist() == [0, 0, 1, 1]


def test_overlapping_strata_are_dealt_out_by_how_many_units_are_outside_the_audit():
    score = np.linspace(0, 1, 3000)
    scores = np.tile(np.linspace(0, 1, 100), 2)
    strata = np.repeat([0, 1], 100)
    guessed = guess_strata(
        score, scores=scores, strata=strata, chances=np.array([0.1, 0.05])
    )  # 900 and 1900 outside
    assert np.bincount(guessed) == pytest.approx([3000 * 9 / 28, 3000 * 19 / 28], abs=5)
    # Evenly along the score: nothing is known of how the strata lie in it.
    assert score[guessed == 0].mean() == pytest.approx(0.5, abs=0.01)


def test_a_stratum_taken_for_certain_gets_no_unit_of_those_it_overlaps():
    guessed = guess_strata(
        np.linspace(0, 1, 50),
        scores=np.array([0.1, 0.9, 0.5]),
        strata=np.array([0, 0, 1]),
        chances=np.array([0.2, 1.0]),
    )
    assert set(guessed) == {0}


def test_without_an_answer_there_is_one_stratum():
    none = np.array([])
    guessed = guess_strata(
        np.ones(3), scores=none, strata=none.astype(np.int64), chances=np.array([np.nan])
    )
    assert guessed.tolist() == [0, 0, 0]
