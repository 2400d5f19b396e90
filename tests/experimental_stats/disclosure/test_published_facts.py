"""Leaks planted beside a hidden figure: each is read off the published rows."""

import math
from dataclasses import replace

from experimental_stats.disclosure.published_facts import facts_of
from storage.records.release import Estimate

HIDDEN = Estimate(
    wave="w", sector="s", measure="enterprises", domain_variable="v", domain="b",
    estimator="composite", value=None, standard_error=None, ci_lower=None, ci_upper=None,
    confidence_level=0.95, n_frame=None, n_classified=None, n_audit=None, quality="",
    disclosure="primary", method_version="1",
)  # fmt: skip
KEY = ("v", "b")


def told(domain: str, value: float) -> Estimate:
    return replace(HIDDEN, domain=domain, value=value, disclosure="")


def facts(*rows: Estimate, **more) -> dict:
    return facts_of(rows, **({"bases": {}} | more))


def ends(*rows: Estimate, **more) -> tuple[float, float]:
    return facts(*rows, **more)["enterprises"][KEY]


def test_a_hidden_row_as_it_should_be_tells_nothing():
    assert ends(HIDDEN) == (0.0, math.inf)
    assert facts(told("a", 3.0)) == {}


def test_an_interval_that_was_left_in_a_hidden_row_bounds_it():
    assert ends(replace(HIDDEN, ci_lower=1.0, ci_upper=2.5)) == (1.0, 2.5)
    assert ends(replace(HIDDEN, ci_upper=2.5)) == (0.0, 2.5)
    assert ends(replace(HIDDEN, value=2.0)) == (2.0, 2.0)


def test_a_share_of_a_number_of_units_that_is_told_gives_the_figure():
    share = replace(HIDDEN, measure="enterprises_share", value=0.05, disclosure="")
    least, most = ends(HIDDEN, share, bases={"enterprises": {KEY: 40.0}})
    assert 1.99 < least < 2.0 < most < 2.01
    assert ends(HIDDEN, share) == (0.0, math.inf)  # of what is not known
    interval = replace(share, value=None, ci_lower=0.025, ci_upper=0.075)
    least, most = ends(HIDDEN, interval, bases={"enterprises": {KEY: 40.0}})
    assert (round(least, 3), round(most, 3)) == (1.0, 3.0)


def test_a_total_among_other_assumptions_is_the_total():
    total = replace(HIDDEN, domain_variable="_T", domain="_T")
    beside = [("enterprises", "none_active", 5.0), ("enterprises", "all_active", 90.0)]
    assert facts(total, bases={}, assumptions=beside)["enterprises"]["_T", "_T"] == (5.0, 90.0)
    beside.append(("enterprises", "as_respondents", 8.0))
    assert facts(total, bases={}, assumptions=beside)["enterprises"]["_T", "_T"] == (8.0, 8.0)


def test_a_place_in_a_table_that_is_sorted_by_size_bounds_a_hidden_figure():
    down = [told("d", 9.0), told("a", 7.0), HIDDEN, told("c", 6.5)]
    assert ends(*down) == (6.5, 7.0)
    assert ends(*reversed(down)) == (6.5, 7.0)
    last = [told("d", 9.0), told("a", 7.0), told("c", 6.5), HIDDEN]
    assert ends(*last) == (0.0, 6.5)


def test_a_place_in_a_table_that_is_sorted_by_code_tells_nothing():
    assert ends(told("a", 9.0), HIDDEN, told("c", 7.0), told("d", 6.5)) == (0.0, math.inf)
    assert ends(told("d", 9.0), HIDDEN, told("c", 7.0), told("a", 8.0)) == (0.0, math.inf)
