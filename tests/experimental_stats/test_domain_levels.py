"""Ratios of domains to the whole and to wider domains: by hand, and how their draws go together."""

import numpy as np
import pytest

from experimental_stats.domain_levels import DomainLevels, RatioDraws, WiderDomains

DRAWS = 4000


def levels_of(
    found: list[float],
    expected: list[float],
    *,
    open_share: float = 1.0,
    wider: WiderDomains | None = None,
) -> DomainLevels:
    n = len(found)
    return DomainLevels(
        found=np.array(found),
        expected=np.array(expected),
        known=np.zeros(n),
        unknown=np.full(n, 40.0),
        by_cells=np.full(n, 40.0),
        open_share=np.full(n, open_share),
        wider=wider or WiderDomains.none(n, DRAWS),
    )


def drawn_of(levels: DomainLevels, seed: int = 2) -> RatioDraws:
    return levels.draw(np.random.default_rng(seed), DRAWS, None)


def sections_and_divisions(
    found: list[float], expected: list[float]
) -> tuple[DomainLevels, RatioDraws, DomainLevels]:
    """Two sections, with thrice and a third of what is expected; two divisions in each."""
    sections = levels_of([90.0, 10.0], [30.0, 30.0])
    drawn = drawn_of(sections)
    wider = WiderDomains.none(4, DRAWS).within(np.array([0, 0, 1, 1]), sections, drawn)
    return sections, drawn, levels_of(found, expected, wider=wider)


def test_missing_units_follow_what_the_audit_found_in_their_domain():
    high, low = levels_of([9.0, 1.0], [5.0, 5.0]).response_ratio()
    assert high > 1 > low


@pytest.mark.parametrize("open_share", [0.0, 0.25, 1.0])
def test_a_domain_is_as_uncertain_as_the_root_of_what_its_units_leave_open(open_share):
    whole = drawn_of(levels_of([9.0, 1.0], [5.0, 5.0])).audit
    some = levels_of([9.0, 1.0], [5.0, 5.0], open_share=open_share)
    drawn = drawn_of(some).audit
    assert drawn.std(axis=0) == pytest.approx(open_share**0.5 * whole.std(axis=0))
    assert drawn.mean(axis=0) == pytest.approx(some.audit_ratio(), rel=0.05)


def test_a_division_without_an_answer_is_like_its_section():
    sections, _, divisions = sections_and_divisions([90.0, 0.0, 10.0, 0.0], [30.0, 0.0, 30.0, 0.0])
    ratio = divisions.audit_ratio()
    assert ratio[[1, 3]] == pytest.approx(sections.audit_ratio())
    assert divisions.audit.own_weight()[[1, 3]] == pytest.approx([0.0, 0.0])


def test_it_is_less_certain_than_its_section():
    _, drawn, divisions = sections_and_divisions([90.0, 0.0, 10.0, 0.0], [30.0, 0.0, 30.0, 0.0])
    below = drawn_of(divisions, seed=5).audit
    assert (below[:, [1, 3]].std(axis=0) > drawn.audit.std(axis=0)).all()
    assert below[:, [1, 3]].mean(axis=0) == pytest.approx(drawn.audit.mean(axis=0), rel=0.1)


def test_finds_are_not_counted_twice_where_a_division_is_all_of_its_section():
    """The posterior of a section of one division: about as wide as that of the section itself."""
    _, drawn, divisions = sections_and_divisions([90.0, 0.0, 10.0, 0.0], [30.0, 0.0, 30.0, 0.0])
    below = drawn_of(divisions, seed=5).audit[:, [0, 2]]
    assert below.std(axis=0) == pytest.approx(drawn.audit.std(axis=0), rel=0.25)


def test_a_crossing_starts_from_its_row_and_its_column():
    rows, columns = levels_of([20.0, 5.0], [10.0, 10.0]), levels_of([16.0, 4.0], [10.0, 10.0])
    wider = (
        WiderDomains.none(4, DRAWS)
        .within(np.array([0, 0, 1, 1]), rows, drawn_of(rows))
        .within(np.array([0, 1, 0, 1]), columns, drawn_of(columns, seed=3))
    )
    cells = levels_of([0.0] * 4, [0.0] * 4, wider=wider)
    expected = np.outer(rows.audit_ratio(), columns.audit_ratio()).ravel()
    assert cells.audit_ratio() == pytest.approx(expected)
    assert wider.answers_drawn.mean(axis=0) == pytest.approx(expected, rel=0.05)


def test_scores_that_may_mislead_widen_the_draws_unless_answers_tell():
    sure = levels_of([400.0, 0.0], [400.0, 0.0])
    by_scores = np.random.default_rng(8).choice([0.5, 1.5], size=(DRAWS, 2))
    drawn = sure.draw(np.random.default_rng(2), DRAWS, by_scores).audit
    alone = drawn_of(sure).audit
    assert drawn[:, 1].std() > 1.2 * alone[:, 1].std()
    assert drawn[:, 0].std() < 1.5 * alone[:, 0].std()
