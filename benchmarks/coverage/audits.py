"""Frames with a known truth, their response, and audits of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from experimental_stats.audit import draw_audit

SECTIONS, REGIONS, SIZES = 12, 60, 3


def expit(x):
    return 1.0 / (1.0 + np.exp(-x))


def make_frame(scenario, rng):
    """One finite frame: what each unit is, whether it is active, and what the model says."""
    n = scenario.n_units
    section = rng.choice(SECTIONS, n, p=rng.dirichlet(np.full(SECTIONS, 3.0)))
    region = rng.choice(REGIONS, n, p=rng.dirichlet(np.full(REGIONS, 0.5)))
    size = rng.choice(SIZES, n, p=[0.7, 0.22, 0.08])
    employees = np.array([3, 20, 120])[size] * rng.lognormal(0, scenario.size_spread, n)
    employees = np.ceil(employees)
    of_section = rng.normal(0, scenario.effect, SECTIONS)
    effect = of_section[section] + rng.normal(0, 0.6 * scenario.effect, REGIONS)[region]
    if scenario.giant:
        employees[rng.integers(n)] = scenario.giant / 100 * employees.sum()
    effect = effect + scenario.size_effect * (np.log(employees) - np.log(employees).mean())
    active = rng.random(n) < expit(effect + _intercept(effect, scenario.prevalence))
    score = _score(scenario, active, section, rng)
    eligible = rng.random(n) >= scenario.over_coverage * (
        1.0 + (score >= np.quantile(score, 0.95)) if scenario.junk_scores_high else 1.0
    )
    tilt = (
        scenario.response_effect * of_section[section] + rng.normal(0, 0.5, 36)[section * 3 + size]
    )
    odds = np.log(scenario.response / (1 - scenario.response))
    return {
        "section": section,
        "region": region,
        "size": size,
        "employees": employees,
        "active": active,
        "score": score,
        "eligible": eligible,
        "responded": rng.random(n) < expit(odds + tilt),
    }


def _intercept(effect, prevalence):
    low, high = -15.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        if expit(effect + middle).mean() < prevalence:
            low = middle
        else:
            high = middle
    return low


def _score(scenario, active, section, rng):
    n = len(active)
    missed = np.where(section % 2, scenario.missed + scenario.domain_missed, scenario.missed)
    like_active = active & (rng.random(n) >= missed)
    if scenario.score == "constant":
        return np.full(n, 0.3)
    if scenario.score == "noise":
        score = rng.beta(1, 6, n)
    elif scenario.score == "beta":  # sensitivity .953, specificity .984 at one half
        score = np.where(like_active, rng.beta(6.5, 2, n), rng.beta(1, 6, n))
    else:
        d = scenario.separation
        logit = d * (rng.normal(0, 1, n) + d * like_active) - d * d / 2
        score = expit(logit + np.log(scenario.prevalence / (1 - scenario.prevalence)))
    score = np.clip(score, 1e-12, 1 - 1e-12)
    score = expit(scenario.scale * np.log(score / (1 - score)) + scenario.shift)
    score = 1 - score if scenario.inverted else score
    return score if scenario.digits is None else np.round(score, scenario.digits)


def draw(frame, scenario, rng):
    """Return units and audit as `estimate_totals` takes them."""
    rows = np.flatnonzero(frame["responded"])
    stratum = np.full(scenario.n_units, "", dtype=object)
    chosen, inclusion = _sample(frame, scenario, rows, stratum, rng)
    ids = np.array([f"u{i:06d}" for i in range(scenario.n_units)])
    units = {
        "unit_id": ids,
        "eligible": frame["eligible"],
        "responded": frame["responded"],
        "probability": pa.array(frame["score"], mask=~frame["responded"]),
        "weighting_cell": [
            f"{s}|{c}" for s, c in zip(frame["size"], frame["section"], strict=True)
        ],
        "section": np.char.add("S", frame["section"].astype(str)),
        "region": np.char.add("R", frame["region"].astype(str)),
        "employees": frame["employees"],
    }
    if scenario.strata_known:
        units["audit_stratum"] = pa.array([name or None for name in stratum], pa.string())
    audit = {
        "unit_id": ids[chosen],
        "active": frame["active"][chosen],
        "stratum": pa.array(stratum[chosen].tolist(), pa.string()),
        "inclusion_probability": inclusion[chosen],
    }
    return pa.table(units), pa.table(audit)


def _sample(frame, scenario, rows, stratum, rng):
    inclusion = np.zeros(scenario.n_units)
    if scenario.design == "own":
        score = frame["score"][rows]
        scores = pa.table(
            {
                "unit_id": [f"{i:06d}" for i in rows],
                "probability": score,
                "active": score >= _threshold(scenario, score),
                "employees": frame["employees"][rows],
            }
        )
        design = draw_audit(scores, size=scenario.labels, seed=int(rng.integers(1 << 30)))
        stratum[rows] = design.units.column("stratum").to_pylist()
        inclusion[rows] = design.units.column("inclusion_probability").to_numpy()
        return rows[design.units.column("drawn").to_numpy()], inclusion
    place, take = _strata(frame, scenario, rows)
    chosen = []
    for h in range(len(take)):
        members = rows[place == h]
        stratum[members] = f"h{h:02d}"
        inclusion[members] = take[h] / max(len(members), 1)
        chosen.append(rng.choice(members, take[h], replace=False))
    return np.concatenate(chosen), inclusion


def _threshold(scenario, score):
    """The model's own cut: as many decided active as the sector has in truth, and half more."""
    return np.quantile(score, 1 - min(1.5 * scenario.prevalence, 0.5))


def _strata(frame, scenario, rows):
    """Return the stratum number of every respondent and how many to draw of each.

    ``simple``; ``two`` (decided active or not, half each); ``bounds`` (four strata by quantile of
    the score around the sector's share, Neyman with floor); ``quantiles`` (ten equal ones);
    ``certain`` (as bounds, the largest likely units all taken); ``by_size`` and ``unrelated``
    (strata that know nothing of the score, proportional with floor).
    """
    score = frame["score"][rows]
    p, labels = scenario.prevalence, scenario.labels
    rank = score  # equal scores stay together
    if scenario.design == "simple":
        place, wish = np.zeros(len(rows), int), np.ones(1)
    elif scenario.design == "two":
        place, wish = (rank >= _threshold(scenario, score)).astype(int), np.ones(2)
    elif scenario.design == "quantiles":
        cuts = np.quantile(rank, np.arange(0.1, 1.0, 0.1))
        place, wish = np.searchsorted(cuts, rank, side="right"), np.ones(10)
    elif scenario.design in {"by_size", "unrelated"}:
        place = frame["size"][rows] if scenario.design == "by_size" else rows % 5
        wish = np.sqrt(np.bincount(place))
    else:
        cuts = np.quantile(rank, [max(1 - 12 * p, 0.3), max(1 - 2.5 * p, 0.5), 1 - 0.8 * p])
        place = np.searchsorted(cuts, rank, side="right")
        rate = np.array([0.001, 0.02, 0.25, 0.8])
        wish = np.bincount(place, minlength=4) * np.sqrt(rate * (1 - rate))
        if scenario.design == "certain":
            large = frame["employees"][rows] * (place >= 2)
            certain = np.argsort(-large, kind="stable")[: labels // 5]
            place[certain[large[certain] > 0]] = 4
            wish = np.append(wish, 0.0)
    sizes = np.bincount(place, minlength=len(wish))
    take = np.maximum((labels * wish / wish.sum()).astype(int), min(50, labels // (2 * len(wish))))
    if scenario.design == "certain":
        take[4] = sizes[4]
    return place, np.minimum(take, sizes)
