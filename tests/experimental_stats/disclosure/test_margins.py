import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from experimental_stats.disclosure import (
    Margin,
    hidden_codes,
    is_small_total,
    protect_margins,
)
from storage.records.release import Estimate


def row(domain: str, value: float, **changes: object) -> Estimate:
    fields = {
        "wave": "w",
        "sector": "s",
        "measure": "enterprises",
        "domain_variable": "_T" if domain == "_T" else "v",
        "domain": domain,
        "estimator": "composite",
        "value": value,
        "standard_error": 1.0,
        "ci_lower": value / 2,
        "ci_upper": value * 2,
        "confidence_level": 0.95,
        "n_frame": 500,
        "n_classified": 300,
        "n_audit": 30,
        "quality": "acceptable",
        "disclosure": "",
        "method_version": "1",
    }
    return Estimate(**(fields | changes))


def protect(rows, *, seen=None, minimum=3, forced=None):
    protected = protect_margins(rows, seen=seen or {}, minimum=minimum, forced=forced or {})
    return {(r.measure, r.domain): r.disclosure for r in protected}, protected


def test_safe_figures_are_all_told():
    rows = [row("_T", 60), row("a", 30), row("b", 30), row("c", 0)]
    pattern, protected = protect(rows)
    assert set(pattern.values()) == {""}
    assert protected == rows


def test_a_small_figure_takes_the_smallest_other_along():
    pattern, protected = protect(
        [row("_T", 62), row("a", 2), row("b", 40), row("c", 20), row("d", 0)]
    )
    assert pattern == {
        ("enterprises", "_T"): "", ("enterprises", "a"): "primary", ("enterprises", "b"): "",
        ("enterprises", "c"): "secondary", ("enterprises", "d"): "",
    }  # fmt: skip
    hidden = protected[1]
    assert (hidden.value, hidden.ci_upper, hidden.n_audit, hidden.quality) == (None, None, None, "")


def test_few_units_seen_active_are_small_too():
    pattern, _ = protect([row("_T", 60), row("a", 20), row("b", 40)], seen={("v", "a"): 2})
    assert pattern["enterprises", "a"] == "primary"


def test_few_units_in_the_register_are_small_even_with_a_zero():
    pattern, _ = protect([row("_T", 60), row("a", 0, n_frame=2), row("b", 60)])
    assert pattern["enterprises", "a"] == "primary"


def test_the_same_codes_are_hidden_for_every_measure_and_estimator():
    rows = [row("_T", 62), row("a", 2), row("b", 40), row("c", 20)]
    rows += [row(r.domain, (r.value or 0) * 9, measure="employees") for r in rows]
    rows += [row(r.domain, 50.0, estimator="classify_and_count") for r in rows[:4]]
    _, protected = protect(rows)
    hidden = {r.domain for r in protected if r.disclosure}
    assert hidden == {"a", "c"}
    assert all(r.value is None for r in protected if r.domain in hidden)


def test_codes_hidden_elsewhere_are_hidden_here():
    pattern, _ = protect([row("_T", 60), row("a", 30), row("b", 30)], forced={"v": {"b"}})
    assert pattern["enterprises", "b"] == "secondary"


def test_where_nothing_else_can_protect_the_whole_breakdown_goes():
    pattern, _ = protect([row("_T", 60), row("a", 60), row("b", 0)], seen={("v", "a"): 1})
    assert pattern["enterprises", "a"] == "primary"
    assert pattern["enterprises", "b"] == "secondary"


def test_a_total_on_few_units_is_known_as_small():
    assert is_small_total([row("_T", 2.4)], 0, 3)
    assert is_small_total([row("_T", 9)], 2, 3)
    assert not is_small_total([row("_T", 9)], 9, 3)


@given(
    values=st.lists(st.integers(0, 60), min_size=2, max_size=12),
    employees=st.lists(st.integers(1, 4000), min_size=12, max_size=12),
)
def test_what_is_left_by_subtraction_stays_open(values, employees):
    codes = [f"c{i}" for i in range(len(values))]
    count = Margin(
        values=dict(zip(codes, map(float, values), strict=True)), bounds={}, least_range=1
    )
    amount = Margin(
        values={c: float(v * e) for c, v, e in zip(codes, values, employees, strict=False)},
        bounds={},
    )
    unsafe = {code for code, value in count.values.items() if 0 < value < 3}
    hidden = hidden_codes([count, amount], unsafe)
    assert {code for code, how in hidden.items() if how == "primary"} == unsafe
    if unsafe and set(hidden) != set(codes):
        for margin in (count, amount):
            left = sum(margin.values[code] for code in hidden)
            for code in unsafe:
                assert left - margin.values[code] >= 0.3 * margin.values[code]
        assert np.sum([count.values[code] > 0 for code in hidden]) >= 2
