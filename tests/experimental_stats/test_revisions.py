from dataclasses import replace

import pytest

from experimental_stats.revisions import (
    TriangleRow,
    Vintage,
    cause_of,
    revision_triangle,
    summarise_revisions,
)


def vintage(wave: str, number: int, value: float | None, cause: str = "revision") -> Vintage:
    return Vintage(
        wave=wave,
        sector="drones",
        measure="enterprises",
        vintage=number,
        cause="first" if number == 1 else cause,
        value=value,
    )


TOLD = [
    vintage("2025", 1, 100.0),
    vintage("2025", 2, 104.0),
    vintage("2025", 3, 150.0, cause="break"),
    vintage("2026", 1, 160.0),
    vintage("2026", 2, 154.0),
]


def test_new_data_revise_and_a_new_method_breaks() -> None:
    assert cause_of(None, "x") == "first"
    assert cause_of("x", "x") == "revision"
    assert cause_of("x", "y") == "break"


def test_the_triangle_has_a_row_a_wave_and_a_column_a_vintage() -> None:
    assert revision_triangle(reversed(TOLD)) == [
        TriangleRow(
            wave=wave,
            sector="drones",
            measure="enterprises",
            vintages=tuple(range(1, len(values) + 1)),
            values=values,
            causes=causes,
            withdrawn=(False,) * len(values),
        )
        for wave, values, causes in (
            ("2026", (160.0, 154.0), ("first", "revision")),
            ("2025", (100.0, 104.0, 150.0), ("first", "revision", "break")),
        )
    ]


def test_breaks_are_counted_and_never_averaged_into_revisions() -> None:
    [found] = summarise_revisions(TOLD)
    assert (found.n_revisions, found.n_breaks) == (2, 1)
    assert found.mean_revision == pytest.approx((4 - 6) / 2)
    assert found.mean_absolute_revision == pytest.approx(5)
    assert found.relative_mean_absolute_revision == pytest.approx(10 / (104 + 154))


def test_a_measure_that_a_later_release_tells_first_is_neither_broken_nor_revised() -> None:
    turnover = [replace(one, measure="turnover") for one in TOLD]
    *_, row = revision_triangle([*TOLD[:3], turnover[2]])
    assert (row.measure, row.vintages, row.causes) == ("turnover", (3,), ("first",))
    *_, found = summarise_revisions([*TOLD[:3], turnover[2]])
    assert (found.n_revisions, found.n_breaks) == (0, 0)


def test_a_break_is_one_for_a_measure_too_that_its_release_left_out() -> None:
    enterprises = [*TOLD[:3], vintage("2025", 4, 155.0)]
    turnover = [replace(enterprises[place], measure="turnover") for place in (0, 3)]
    rows = revision_triangle([*enterprises, *turnover])
    assert [row.causes[-1] for row in rows] == ["revision", "break"]
    assert rows[1].vintages == (1, 4)
    [_, found] = summarise_revisions([*enterprises, *turnover])
    assert (found.measure, found.n_revisions, found.n_breaks) == ("turnover", 0, 1)


def test_nothing_is_a_revision_of_what_was_taken_back() -> None:
    told = [
        vintage("2025", 1, 100.0),
        replace(vintage("2025", 2, 900.0), withdrawn=True),
        vintage("2025", 3, 104.0),
        replace(vintage("2026", 1, 160.0), withdrawn=True),
        vintage("2026", 2, 154.0),
    ]
    [found] = summarise_revisions(told)
    assert (found.n_revisions, found.n_breaks, found.n_withdrawn) == (1, 0, 2)
    assert found.mean_revision == pytest.approx(4)
    broken = replace(told[1], cause="break")
    [found] = summarise_revisions([told[0], broken, told[2]])
    assert (found.n_revisions, found.n_breaks, found.mean_revision) == (0, 1, None)
    assert revision_triangle(told)[0].withdrawn == (False, True, False)


def test_suppressed_vintages_are_steps_without_a_size() -> None:
    [found] = summarise_revisions([vintage("2025", 1, None), vintage("2025", 2, 7.0)])
    assert (found.n_revisions, found.mean_revision) == (1, None)
