"""Frames with a known truth, their response, and audits of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scenarios import NESTED

from experimental_stats.audit import draw_audit

REGIONS, SIZES = 60, 3
LETTERS = {"section": "S", "region": "R", "division": "D"}  # domain variable -> its codes begin so


def expit(x):
    return 1.0 / (1.0 + np.exp(-x))


def make_frame(scenario, rng):
    """One finite frame: what each unit is, whether it is active, what the model says of it.

    ``propensity`` is each unit's chance of responding, ``columns`` what `draw` tells of every unit
    whoever responds; many responses and audits may be drawn from one frame.
    """
    n = scenario.n_units
    sections = scenario.sections
    evenly = 100.0 if scenario.alike else 3.0
    section = rng.choice(sections, n, p=rng.dirichlet(np.full(sections, evenly)))
    region = rng.choice(REGIONS, n, p=rng.dirichlet(np.full(REGIONS, evenly / 6.0)))
    size = rng.choice(SIZES, n, p=[0.7, 0.22, 0.08])
    employees = np.array([3, 20, 120])[size] * rng.lognormal(0, scenario.size_spread, n)
    if scenario.tail:
        spread = scenario.size_spread
        employees = (
            rng.lognormal(1.5, spread, n)
            if scenario.tail == "lognormal"
            else 2.0 * (1.0 + rng.pareto(spread, n))
        )
        size = np.digitize(employees, [10, 50])
    employees = np.ceil(employees)
    of_section = rng.normal(0, scenario.effect, sections)
    effect = of_section[section] + rng.normal(0, 0.6 * scenario.effect, REGIONS)[region]
    if scenario.giant:
        employees[rng.integers(n)] = scenario.giant / 100 * employees.sum()
    effect = effect + scenario.size_effect * (np.log(employees) - np.log(employees).mean())
    active = rng.random(n) < expit(effect + _intercept(effect, scenario.prevalence))
    score = _score(scenario, active, section, rng)
    eligible = rng.random(n) >= scenario.over_coverage * (
        1.0 + (score >= np.quantile(score, 0.95)) if scenario.junk_scores_high else 1.0
    )
    frame = {
        "section": section,
        "region": region,
        "size": size,
        "employees": employees,
        "active": active,
        "score": score,
        "eligible": eligible,
        "propensity": _propensity(scenario, (section, size), of_section, active, rng),
    }
    if scenario.nested:
        frame["division"] = NESTED * section + rng.choice(NESTED, n, p=[0.6, 0.3, 0.1])
    frame["columns"] = _columns(frame, scenario)
    return frame


def _propensity(scenario, cell, of_section, active, rng):
    section, size = cell
    effect = rng.normal(0, 0.5, scenario.sections * SIZES)
    tilt = scenario.response_effect * of_section[section] + effect[section * SIZES + size]
    tilt += scenario.response_size * (size - 0.38) + scenario.response_active * active
    chance = expit(np.log(scenario.response / (1 - scenario.response)) + tilt)
    silent = rng.random(scenario.sections * SIZES) < scenario.silent
    return np.where(silent[section * SIZES + size], 0.0, chance)


def _columns(frame, scenario):
    """Return the columns of `units` that do not hang on who responds."""
    section, size, region = frame["section"], frame["size"], frame["region"]
    parts = {"section": (size, section), "region": (size, section, region), "size": (size,)}
    cell = [str(part) for part in parts.get(scenario.cells, (np.zeros(len(size), int),))[0]]
    for part in parts.get(scenario.cells, ())[1:]:
        cell = [f"{before}|{code}" for before, code in zip(cell, part, strict=True)]
    columns = {
        variable: pa.array(np.char.add(letter, frame[variable].astype(str)))
        for variable, letter in LETTERS.items()
        if variable in frame
    }
    return columns | {
        "unit_id": pa.array([f"u{place:06d}" for place in range(len(size))]),
        "eligible": pa.array(frame["eligible"]),
        "weighting_cell": pa.array(cell),
        "employees": pa.array(frame["employees"]),
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
    elif scenario.score == "mixture":  # right or wrong by chance alone: .95 and .985 as well
        above = np.where(like_active, rng.random(n) < 0.95, rng.random(n) < 0.015)
        score = np.where(above, rng.beta(8, 2, n), rng.beta(1.2, 12, n))
    elif scenario.score == "beta":  # sensitivity .953, specificity .984 at one half
        score = np.where(like_active, rng.beta(6.5, 2, n), rng.beta(1, 6, n))
    else:
        d = scenario.separation
        logit = d * (rng.normal(0, 1, n) + d * like_active) - d * d / 2
        score = expit(logit + np.log(scenario.prevalence / (1 - scenario.prevalence)))
    score = np.clip(score, 1e-12, 1 - 1e-12)
    score = expit(scenario.scale * np.log(score / (1 - score)) + scenario.shift)
    score = 1 - score if scenario.inverted else score
    if scenario.humped:
        score = np.where(~active & (rng.random(n) < scenario.humped), 1.0 - 0.001 * score, score)
    return score if scenario.digits is None else np.round(score, scenario.digits)


def draw(frame, scenario, rng):
    """Let units respond and audit them; return units and audit as `estimate_totals` takes them."""
    responded = rng.random(scenario.n_units) < frame["propensity"]
    rows = np.flatnonzero(responded)
    stratum = np.full(scenario.n_units, "", dtype=object)
    if scenario.empty and scenario.strata_known:
        apart = rng.random(len(rows)) < scenario.empty
        stratum[rows[apart]] = "never audited"
        rows = rows[~apart]
    chosen, inclusion = _sample(frame, scenario, rows, stratum, rng)
    units = frame["columns"] | {
        "responded": responded,
        "probability": pa.array(frame["score"], mask=~responded),
    }
    if scenario.strata_known:
        units["audit_stratum"] = pa.array(stratum, pa.string(), mask=~responded)
    audit = {
        "unit_id": units["unit_id"].take(pa.array(chosen)),
        "active": frame["active"][chosen],
        "stratum": pa.array(stratum[chosen], pa.string()),
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
                "active": score >= threshold(scenario, score),
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


def threshold(scenario, score):
    """The model's own cut: as many decided active as the sector has in truth, and half more."""
    return np.quantile(score, 1 - min(1.5 * scenario.prevalence, 0.5))


def _strata(frame, scenario, rows):
    """Return the stratum number of every respondent and how many to draw of each.

    By score: ``simple``; ``two`` (decided active or not, half each); ``thin`` (the same, one answer
    in eight from those decided inactive); ``quantiles`` (ten equal ones); ``equal`` and
    ``proportional`` (five by quantile of the score around the sector's share); ``bounds`` (four
    such, Neyman with floor); ``certain`` (as bounds, the largest likely units all taken);
    ``class_by_domain`` (decision by section). ``by_size`` and ``unrelated`` know nothing of the
    score (proportional with floor).
    """
    score = frame["score"][rows]
    p, labels = scenario.prevalence, scenario.labels
    decided = (score >= threshold(scenario, score)).astype(int)
    shares = {"simple": [1.0], "two": [0.5, 0.5], "thin": [0.125, 0.875]}
    if scenario.design in shares:
        place = np.zeros(len(rows), int) if scenario.design == "simple" else decided
        wish = np.array(shares[scenario.design])
    elif scenario.design == "quantiles":
        cuts = np.quantile(score, np.arange(0.1, 1.0, 0.1))
        place, wish = np.searchsorted(cuts, score, side="right"), np.ones(10)
    elif scenario.design in {"equal", "proportional"}:
        above = np.minimum(np.array([12, 5, 2, 0.6]) * p, [0.7, 0.5, 0.4, 0.3])
        place = np.searchsorted(np.quantile(score, 1 - above), score, side="right")
        counts = np.bincount(place, minlength=5)
        wish = np.ones(5) if scenario.design == "equal" else counts.astype(float)
    elif scenario.design == "class_by_domain":
        place = decided * scenario.sections + frame["section"][rows]
        wish = np.sqrt(np.bincount(place, minlength=2 * scenario.sections))
    elif scenario.design in {"by_size", "unrelated"}:
        place = frame["size"][rows] if scenario.design == "by_size" else rows % 5
        wish = np.sqrt(np.bincount(place))
    else:
        return _bounded(frame, scenario, rows)
    return place, _rounded(place, wish, labels, min(50, labels // (2 * len(wish))))


def _bounded(frame, scenario, rows):
    score, p, labels = frame["score"][rows], scenario.prevalence, scenario.labels
    cuts = np.quantile(score, [max(1 - 12 * p, 0.3), max(1 - 2.5 * p, 0.5), 1 - 0.8 * p])
    place = np.searchsorted(cuts, score, side="right")
    rate = np.array([0.001, 0.02, 0.25, 0.8])
    wish = np.bincount(place, minlength=4) * np.sqrt(rate * (1 - rate))
    if scenario.design == "certain":
        large = frame["employees"][rows] * (place >= 2)
        certain = np.argsort(-large, kind="stable")[: labels // 5]
        place[certain[large[certain] > 0]] = 4
        wish = np.append(wish, 0.0)
    take = _rounded(place, wish, labels, min(50, labels // (2 * len(wish))))
    if scenario.design == "certain":
        take[4] = (place == 4).sum()
    return place, take


def _rounded(place, wish, labels, least):
    take = np.maximum((labels * wish / wish.sum()).astype(int), least)
    return np.minimum(take, np.bincount(place, minlength=len(wish)))
