"""Strata that are domains: whose they are, what they share, and what the others keep."""

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audit_rates import Rates
from experimental_stats.audited_frame import Codes
from experimental_stats.estimation import estimate_totals
from experimental_stats.pooled_rates import Pool, owners, pool_strata


def codes(index: list[int]) -> Codes:
    return Codes(names=tuple(f"{n:02d}" for n in range(max(index) + 1)), index=np.array(index))


def rates_of(index: list[int], curve: list[float], found: list[float]) -> Rates:
    inside = np.array(index) >= 0
    return Rates(
        index=np.array(index),
        found=np.array(found),
        not_found=10.0 - np.array(found),
        spread=inside.astype(float),
        shape=np.ones(len(index)),
        curve=np.array(curve),
    )


def test_a_stratum_is_a_domains_that_holds_nearly_all_of_it():
    rates = rates_of([0] * 5 + [1] * 5 + [-1], [0.1] * 11, [1.0, 2.0])
    mostly, half = [0, 0, 0, 0, 1], [0, 0, 0, 1, 1]
    assert owners(rates, codes([*mostly, *half, 1])).tolist() == [0, -1]


def test_strata_of_like_scores_and_several_domains_share_a_rate():
    low, high = [0.01] * 4, [0.7] * 4
    rates = rates_of([0, 0, 1, 1, 2, 2, 3, 3], low + high, [0.0, 3.0, 6.0, 9.0])
    pool = pool_strata(rates, np.array([0, 1, 0, 1]), rates)
    assert pool is not None
    assert pool.rates(rates.rate) == pytest.approx([0.15, 0.15, 0.75, 0.75])
    drawn = np.array([[0.0, 0.2, 0.5, 0.7], [0.1, 0.1, 0.9, 0.9]])
    assert pool.rates(drawn) == pytest.approx(
        np.array([[0.1, 0.1, 0.6, 0.6], [0.1, 0.1, 0.9, 0.9]])
    )


@pytest.mark.parametrize("owner", [[-1, -1, -1, -1], [0, 0, 0, 0], [0, -1, 1, -1]])
def test_without_two_domains_of_like_scores_each_keeps_its_own(owner):
    rates = rates_of([0, 0, 1, 1, 2, 2, 3, 3], [0.01] * 4 + [0.7] * 4, [0.0, 3.0, 6.0, 9.0])
    assert pool_strata(rates, np.array(owner), rates) is None


def test_what_the_strata_hold_together_stays():
    rng = np.random.default_rng(4)
    weight, rate = rng.uniform(0, 50, 24), rng.random(24)
    weight[:6] = 0.0  # both parts of three strata, those of one group among them: nobody is left
    pool = Pool(group=np.array([0, 0, 0, 1, 1, 2, 3, 3, 2, 1, 4, 5]), weight=weight, n_parts=2)
    pooled = pool.rates(rate)
    assert (weight * pooled).sum() == pytest.approx((weight * rate).sum())
    assert pooled[:6].tolist() == rate[:6].tolist()
    for part in range(2):
        assert len({round(value, 12) for value in pooled[[6 + part, 8 + part, 18 + part]]}) == 1


def sections_as_strata(
    seed: int, n: int = 6000, sections: int = 12
) -> tuple[pa.Table, pa.Table, np.ndarray]:
    """Twelve sections, each two strata by decision, eight answers a stratum; all respond."""
    rng = np.random.default_rng(seed)
    section = rng.integers(0, sections, n)
    active = rng.random(n) < 0.04
    decided = rng.random(n) < np.where(active, 0.5, 0.02)
    stratum = 2 * section + decided
    chosen, chance = [], np.zeros(n)
    for name in range(2 * sections):
        members = np.flatnonzero(stratum == name)
        take = min(8, len(members))
        chosen.append(rng.choice(members, take, replace=False))
        chance[members] = take / len(members)
    drawn = np.concatenate(chosen)
    ids, names = np.char.mod("u%05d", np.arange(n)), np.char.mod("h%02d", stratum)
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": np.ones(n, bool),
            "responded": np.ones(n, bool),
            "probability": decided.astype(float),
            "weighting_cell": np.full(n, "a"),
            "audit_stratum": names,
            "section": np.char.mod("s%02d", section),
        }
    )
    audit = pa.table(
        {
            "unit_id": ids[drawn],
            "active": active[drawn],
            "stratum": names[drawn],
            "inclusion_probability": chance[drawn],
        }
    )
    return units, audit, np.bincount(section, weights=active, minlength=sections)


def test_sections_that_are_strata_learn_from_each_other():
    """With each stratum's own rate, of eight answers, their error was 133 % of the mean section."""
    covered, errors = [], []
    for seed in range(8):
        units, audit, truth = sections_as_strata(seed)
        rows = estimate_totals(units, audit, domains=("section",), seed=seed).to_pylist()[1:]
        covered += [r["ci_lower"] <= t <= r["ci_upper"] for r, t in zip(rows, truth, strict=True)]
        errors += [(r["value"] - t) / truth.mean() for r, t in zip(rows, truth, strict=True)]
    assert np.mean(covered) > 0.9
    assert np.sqrt(np.mean(np.square(errors))) < 0.6
