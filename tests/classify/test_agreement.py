from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.agreement import agreement_of_two, cohen_kappa, gwet_ac1

# Twelve subjects, four coders, five answers, some left out: the worked example of Gwet (2014),
# also the data set `cac.raw4raters` of the R package irrCAC.
FOUR_CODERS = [
    (1, 1, 0, 1),
    (2, 2, 3, 2),
    (3, 3, 3, 3),
    (3, 3, 3, 3),
    (2, 2, 2, 2),
    (1, 2, 3, 4),
    (4, 4, 4, 4),
    (1, 1, 2, 1),
    (2, 2, 2, 2),
    (0, 5, 5, 5),
    (0, 0, 1, 1),
    (0, 0, 3, 0),
]


def counted(rows: list[tuple[int, ...]], q: int) -> np.ndarray:
    return np.array([[row.count(k) for k in range(1, q + 1)] for row in rows], dtype=float)


def test_kappa_of_a_table_worked_by_hand() -> None:
    # p_o = 35/50; p_e = .5 * .6 + .5 * .4 = .5; kappa = .2 / .5 = .4
    # variance: A = .4 (1 - 1.1 * .6)^2 + .3 (1 - .9 * .6)^2 = .04624 + .06348 = .10972
    #   B = .36 (.1 (.6 + .5)^2 + .2 (.4 + .5)^2) = .36 * .283 = .10188; C = (.4 - .3)^2 = .01
    #   (A + B - C) / (50 * .25) = .2016 / 12.5 = .016128, its root .126996
    found = cohen_kappa(np.array([[20.0, 5.0], [10.0, 15.0]]))
    assert found is not None
    assert (found.observed, found.expected) == (pytest.approx(0.7), pytest.approx(0.5))
    assert found.value == pytest.approx(0.4)
    assert found.standard_error == pytest.approx(0.126996, abs=1e-6)
    assert found.lower == pytest.approx(0.4 - 1.959964 * 0.126996, abs=1e-5)
    assert found.n_subjects == 50


def test_ac1_of_the_published_example() -> None:
    found = gwet_ac1(counted(FOUR_CODERS, 5))
    assert found is not None
    assert found.value == pytest.approx(0.77544, abs=5e-6)
    assert found.standard_error == pytest.approx(0.14295, abs=5e-6)
    assert found.lower == pytest.approx(0.461, abs=5e-4)
    assert found.upper == 1.0
    assert found.n_subjects == 11


def test_a_row_may_stand_for_many_subjects() -> None:
    rows = np.array([(2.0, 0.0), (1.0, 1.0), (0.0, 2.0), (0.0, 1.0), (3.0, 1.0)])
    subjects = np.array([4.0, 3.0, 20.0, 5.0, 0.0])
    found = gwet_ac1(rows, subjects)
    one_by_one = gwet_ac1(np.repeat(rows, subjects.astype(int), axis=0))
    assert found
    assert one_by_one
    assert asdict(found) == pytest.approx(asdict(one_by_one), abs=1e-12)


def test_ac1_stays_high_where_one_answer_is_rare_and_kappa_falls() -> None:
    # 95 of 100 agree, nearly all on "inactive": the paradox that AC1 was made for.
    kappa = cohen_kappa(np.array([[1.0, 2.0], [3.0, 94.0]]))
    rows = [(1, 1)] * 1 + [(1, 2)] * 5 + [(2, 2)] * 94
    ac1 = gwet_ac1(counted(rows, 2))
    assert kappa is not None
    assert ac1 is not None
    assert kappa.observed == ac1.observed == pytest.approx(0.95)
    # pi_active = (1 + 2.5) / 100 = .035; p_e = 2 * .035 * .965 = .06755
    assert ac1.value == pytest.approx((0.95 - 0.06755) / (1 - 0.06755))
    assert kappa.value is not None
    assert kappa.value < 0.5
    assert ac1.value > 0.9


def test_full_agreement_on_one_answer_has_no_kappa_but_an_ac1_of_one() -> None:
    kappa = cohen_kappa(np.array([[0.0, 0.0], [0.0, 9.0]]))
    assert kappa is not None
    assert (kappa.value, kappa.lower) == (None, None)
    ac1 = gwet_ac1(counted([(2, 2)] * 9, 2))
    assert ac1 is not None
    assert (ac1.value, ac1.lower, ac1.upper) == (1.0, 1.0, 1.0)


def test_without_a_subject_that_two_coded_there_is_nothing_to_say() -> None:
    assert cohen_kappa(np.zeros((2, 2))) is None
    assert gwet_ac1(counted([(1,), (2,)], 2)) is None
    one = gwet_ac1(counted([(1, 1)], 2))
    assert one is not None
    assert (one.value, one.lower) == (1.0, None)


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 2)), min_size=2, max_size=40))
def test_neither_changes_when_the_two_coders_or_the_answers_change_places(
    rows: list[tuple[int, int]],
) -> None:
    table = np.zeros((2, 2))
    for first, second in rows:
        table[first - 1, second - 1] += 1
    kappa, turned, renamed = (
        cohen_kappa(table),
        cohen_kappa(table.T),
        cohen_kappa(table[::-1, ::-1]),
    )
    assert kappa is not None
    assert turned is not None
    assert renamed is not None
    for other in (turned, renamed):
        assert (other.value is None) == (kappa.value is None)
        if kappa.value is not None:
            assert other.value == pytest.approx(kappa.value)
            assert other.standard_error == pytest.approx(kappa.standard_error, abs=1e-9)
    counts = counted(rows, 2)
    ac1, other_way = gwet_ac1(counts), gwet_ac1(counts[:, ::-1])
    assert ac1 is not None
    assert other_way is not None
    assert ac1.value == pytest.approx(other_way.value)
    assert ac1.lower is not None
    assert ac1.upper is not None
    assert -1 <= ac1.lower <= ac1.upper <= 1


def test_kappa_and_ac1_of_two_coders_by_hand() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: p = .70; shares of yes .50 and .60.
    kappa, ac1 = agreement_of_two([[20, 5], [10, 15]])
    assert kappa is not None
    assert ac1 is not None
    assert kappa.value == pytest.approx(0.4)  # p_e = .5 * .6 + .5 * .4 = .5
    assert ac1.value == pytest.approx((0.7 - 0.495) / 0.505)  # q = .55: p_e = 2 * .55 * .45
    assert agreement_of_two([[0, 0], [0, 0]]) == (None, None)


def test_one_subject_gives_no_interval() -> None:
    kappa, ac1 = agreement_of_two([[0, 1], [0, 0]])
    assert kappa
    assert ac1
    assert (kappa.value, kappa.standard_error, kappa.lower) == (0.0, None, None)
    assert ac1.lower is None
