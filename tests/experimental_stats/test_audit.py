import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experimental_stats.audit import draw_audit
from experimental_stats.score_levels import fit_level
from storage.errors import InvalidInput


def scores(n: int = 3000, seed: int = 1, digits: int = 6) -> pa.Table:
    rng = np.random.default_rng(seed)
    probability = np.where(rng.random(n) < 0.03, rng.beta(5, 2, n), rng.beta(1, 40, n))
    probability = probability.round(digits)
    return pa.table(
        {
            "unit_id": [f"u{i:05d}" for i in range(n)],
            "probability": probability,
            "active": probability >= 0.5,
            "employees": rng.integers(1, 500, n).astype(float),
        }
    )


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 900),
    size=st.integers(2, 1000),
    digits=st.integers(0, 6),
    seed=st.integers(0, 9),
    certain=st.sampled_from([None, 100.0]),
)
def test_every_draw_has_its_size_and_says_the_chance_of_every_unit(n, size, digits, seed, certain):
    design = draw_audit(scores(n, seed, digits), size=size, seed=seed, certain_employees=certain)
    rows = design.units.to_pylist()
    assert len(rows) == n
    assert sum(row["drawn"] for row in rows) == min(size, n)
    for stratum in design.strata:
        inside = [row for row in rows if row["stratum"] == stratum.name]
        drawn = sum(row["drawn"] for row in inside)
        assert (len(inside), drawn) == (stratum.n_units, stratum.n_drawn)
        assert drawn >= 1
        assert {row["inclusion_probability"] for row in inside} == {drawn / len(inside)}


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_rows():
    table = scores()
    mixed = table.take(np.random.default_rng(9).permutation(table.num_rows))
    first = draw_audit(table, size=300, seed=1).units
    assert first.equals(draw_audit(mixed, size=300, seed=1).units)
    assert not first.equals(draw_audit(table, size=300, seed=2).units)


def test_a_size_beyond_the_units_takes_them_all():
    design = draw_audit(scores(40), size=40, seed=1)
    assert [(s.name, s.n_units, s.n_drawn) for s in design.strata] == [("census", 40, 40)]


def test_units_near_the_threshold_are_drawn_more_often_than_the_many_unlikely_ones():
    design = draw_audit(scores(20_000), size=1000, seed=1)
    share = {s.name: s.n_drawn / s.n_units for s in design.strata}
    likely = min(value for name, value in share.items() if name.startswith("b"))
    assert likely > 3 * share["a1"]
    lowest = next(s for s in design.strata if s.name == "a1")
    assert lowest.n_drawn >= 150


def error_of(design, active: np.ndarray) -> float:
    """The relative standard error of the number of active units, from the truth."""
    stratum = np.array(design.units.column("stratum").to_pylist())
    variance = 0.0
    for part in design.strata:
        rate = active[stratum == part.name].mean()
        variance += part.n_units * (part.n_units / part.n_drawn - 1) * rate * (1 - rate)
    return float(np.sqrt(variance) / active.sum())


def test_scores_that_are_no_probabilities_do_not_starve_the_strata_that_decide():
    # Inactive units score 0.14 on average; two percent are active and score 0.76.
    rng = np.random.default_rng(4)
    active = rng.random(13_000) < 0.02
    probability = np.where(active, rng.beta(6.5, 2, 13_000), rng.beta(1, 6, 13_000))
    ids = [f"u{place:05d}" for place in range(13_000)]
    table = pa.table({"unit_id": ids, "probability": probability, "active": probability >= 0.5})
    plain = draw_audit(table, size=1000, seed=1)
    # By the scores alone 10 answers went to each stratum decided active: an error of 8.7 %.
    assert min(s.n_drawn for s in plain.strata if s.name.startswith("b")) > 40
    assert error_of(plain, active) < 0.07
    drawn = plain.units.column("drawn").to_numpy()
    chance = plain.units.column("inclusion_probability").to_numpy()
    level = fit_level(probability[drawn], active[drawn], chance[drawn])
    assert error_of(draw_audit(table, size=1000, seed=2, level=level), active) < 0.05


def test_equal_scores_lie_in_one_stratum():
    design = draw_audit(scores(2000, digits=1), size=200, seed=1)
    places: dict[float, set[str]] = {}
    probability = scores(2000, digits=1).column("probability").to_pylist()
    for value, name in zip(probability, design.units.column("stratum").to_pylist(), strict=True):
        places.setdefault(value, set()).add(name)
    assert {len(names) for names in places.values()} == {1}


def test_large_units_predicted_active_can_be_taken_for_certain():
    table = scores()
    design = draw_audit(table, size=300, seed=1, certain_employees=400.0)
    rows = zip(table.to_pylist(), design.units.to_pylist(), strict=True)
    large = [drawn for unit, drawn in rows if unit["active"] and unit["employees"] >= 400]
    assert large
    assert {(row["stratum"], row["drawn"], row["inclusion_probability"]) for row in large} == {
        ("c", True, 1.0)
    }


def test_units_of_small_domains_are_drawn_more_often():
    table = scores(20_000)
    region = np.where(np.arange(20_000) % 100 == 0, "small", "large")
    design = draw_audit(
        table.append_column("region", pa.array(region)), size=600, seed=1, domains=["region"]
    )
    share = {s.name: s.n_drawn / s.n_units for s in design.strata}
    boosted = [name for name in share if name.endswith("+")]
    assert boosted
    for name in boosted:
        # At least as often where the plain stratum is nearly taken whole, else about twice.
        assert share[name] > min(1.4 * share[name.rstrip("+")], 0.95)
    rows = zip(region, design.units.column("stratum").to_pylist(), strict=True)
    assert {place for place, name in rows if name.endswith("+")} == {"small"}
    assert "a1+" not in share


def test_without_small_domains_nothing_is_boosted():
    table = scores(20_000).append_column("region", pa.array(["all"] * 20_000))
    with_domain = draw_audit(table, size=600, seed=1, domains=["region"])
    assert with_domain.units.equals(draw_audit(table, size=600, seed=1).units)


def test_units_that_are_only_ranked_are_cut_by_score_alone():
    table = scores().set_column(2, "active", pa.nulls(3000, pa.bool_()))
    design = draw_audit(table, size=300, seed=1)
    assert {s.name[0] for s in design.strata} == {"a"}


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(InvalidInput, match="cannot carry"):
        draw_audit(scores(), size=1, seed=1)
    with pytest.raises(InvalidInput, match="nothing to draw"):
        draw_audit(scores().slice(0, 0), size=10, seed=1)
    broken = pa.table({"unit_id": ["a"], "probability": [float("nan")], "active": [True]})
    with pytest.raises(InvalidInput, match="no score"):
        draw_audit(broken, size=10, seed=1)
