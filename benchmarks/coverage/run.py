"""Do the intervals cover? Simulation of frames, response and audits with a known truth.

One command: ``python benchmarks/coverage/run.py`` (a short version; ``--repetitions 400`` for the
long one). Each repetition makes a finite frame, lets it respond and audits it; classify and count
stands beside. Prints per scenario and size of domain: bias and RMSE (relative to the truth, %),
coverage of the 95 % interval, mean width over the truth.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from experimental_stats.estimation import estimate_totals


@dataclass(frozen=True)
class Scenario:
    name: str
    n_units: int = 30_000
    prevalence: float = 0.01
    response: float = 0.65
    separation: float = 3.815  # of two normal scores: sensitivity .95, specificity .985
    missed: float = 0.0  # share of active units that score like the others
    labels: int = 1000
    design: str = "score"
    over_coverage: float = 0.0
    size_effect: float = 0.0  # of log employees on the log odds of activity
    shift: float = 0.0  # miscalibration on the log odds scale
    strata_known: bool = True


SCENARIOS = (
    Scenario("base 1 %"),
    Scenario("0.3 %", prevalence=0.003),
    Scenario("2 %", prevalence=0.02),
    Scenario("5 %", prevalence=0.05),
    Scenario("20 %", prevalence=0.20),
    Scenario("1 %, missed at random", missed=0.05, separation=4.2),
    Scenario("1 %, deciles", design="deciles"),
    Scenario("1 %, two strata", design="two"),
    Scenario("1 %, simple random", design="simple"),
    Scenario("5 %, 300 labels", prevalence=0.05, labels=300),
    Scenario("2 %, over-coverage", prevalence=0.02, over_coverage=0.2),
    Scenario("2 %, size effect", prevalence=0.02, size_effect=0.4),
    Scenario("2 %, badly calibrated", prevalence=0.02, shift=4.0),
    Scenario("2 %, weak model", prevalence=0.02, separation=2.0),
    Scenario("2 %, strata not given", prevalence=0.02, strata_known=False),
)


def expit(x):
    return 1.0 / (1.0 + np.exp(-x))


def make_frame(scenario: Scenario, rng):
    n = scenario.n_units
    nace = rng.choice(12, n, p=rng.dirichlet(np.full(12, 3.0)))
    size = rng.choice(3, n, p=[0.7, 0.22, 0.08])
    region = rng.choice(60, n, p=rng.dirichlet(np.full(60, 0.5)))
    employees = np.ceil(np.array([3, 20, 120])[size] * rng.lognormal(0, 0.6, n))
    effect = rng.normal(0, 0.7, 12)[nace] + rng.normal(0, 0.3, 60)[region]
    effect = effect + scenario.size_effect * (np.log(employees) - np.log(employees).mean())
    low, high = -15.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if expit(effect + middle).mean() < scenario.prevalence else (low, middle)
        )
    active = rng.random(n) < expit(effect + low)
    like_active = active & (rng.random(n) >= scenario.missed)
    d = scenario.separation
    x = rng.normal(0, 1, n) + d * like_active
    logit = d * x - d * d / 2 + np.log(scenario.prevalence / (1 - scenario.prevalence))
    eligible = rng.random(n) >= scenario.over_coverage
    propensity = np.clip(
        scenario.response + rng.uniform(-0.25, 0.25, 36)[nace * 3 + size], 0.05, 0.98
    )
    return {
        "nace": nace,
        "size": size,
        "region": region,
        "employees": employees,
        "active": active,
        "score": expit(logit + scenario.shift),
        "eligible": eligible,
        "propensity": propensity,
    }


def strata_of(score, scenario: Scenario):
    """Bounds by expected activity, as a methodologist would set them before the audit."""
    calibrated = expit(np.log(score / (1 - score)) - scenario.shift)
    if scenario.design == "simple":
        return np.zeros(len(score), int), calibrated
    if scenario.design == "two":
        return (calibrated >= 0.5).astype(int), calibrated
    if scenario.design == "deciles":
        ranks = np.argsort(np.argsort(score))
        return (10 * ranks // len(score)), calibrated
    return np.searchsorted([0.002, 0.02, 0.2, 0.7], calibrated), calibrated


def draw(frame, scenario: Scenario, rng):
    responded = rng.random(scenario.n_units) < frame["propensity"]
    rows = np.flatnonzero(responded)
    stratum = np.full(scenario.n_units, -1)
    stratum[rows], calibrated = strata_of(frame["score"][rows], scenario)
    k = stratum.max() + 1
    sizes = np.bincount(stratum[rows], minlength=k)
    mean = np.bincount(stratum[rows], weights=calibrated, minlength=k) / np.maximum(sizes, 1)
    if scenario.design == "deciles":
        take = np.full(k, scenario.labels // 10)
    else:
        weight = sizes * np.sqrt(np.maximum(mean * (1 - mean), 1e-4))
        take = np.maximum((scenario.labels * weight / weight.sum()).astype(int), 25)
    take = np.minimum(take, sizes)
    audited = np.concatenate(
        [rng.choice(rows[stratum[rows] == h], take[h], replace=False) for h in range(k) if sizes[h]]
    )
    ids = np.array([f"u{i:06d}" for i in range(scenario.n_units)])
    names = np.array([f"s{h:02d}" for h in range(k)] + [None])
    units = {
        "unit_id": ids,
        "eligible": frame["eligible"],
        "responded": responded,
        "probability": pa.array(frame["score"], mask=~responded),
        "weighting_cell": [f"{s}|{c}" for s, c in zip(frame["size"], frame["nace"], strict=True)],
        "nace": [f"N{c:02d}" for c in frame["nace"]],
        "region": [f"R{c:02d}" for c in frame["region"]],
        "employees": frame["employees"],
    }
    if scenario.strata_known:
        units["audit_stratum"] = pa.array(names[stratum], pa.string())
    audit = pa.table(
        {
            "unit_id": ids[audited],
            "active": frame["active"][audited],
            "stratum": pa.array(names[stratum[audited]], pa.string()),
            "inclusion_probability": (take / np.maximum(sizes, 1))[stratum[audited]],
        }
    )
    return pa.table(units), audit


def truths(frame):
    counted = frame["active"] & frame["eligible"]
    found = {}
    for measure, x in (("enterprises", np.ones(len(counted))), ("employees", frame["employees"])):
        found[measure, "_T", "_T"] = (x * counted).sum()
        for variable, letter in (("nace", "N"), ("region", "R")):
            sums = np.bincount(frame[variable], weights=x * counted, minlength=60)
            for code, value in enumerate(sums):
                found[measure, variable, f"{letter}{code:02d}"] = value
    return found


def size_of(n_active):
    return "large" if n_active >= 50 else "small" if n_active >= 10 else "tiny"


def run(scenario: Scenario, repetitions: int, seed: int, domains=("nace", "region")):
    rows = defaultdict(list)
    seconds = []
    for repetition in range(repetitions):
        rng = np.random.default_rng([seed, repetition])
        frame = make_frame(scenario, rng)
        truth = truths(frame)
        units, audit = draw(frame, scenario, rng)
        begin = time.perf_counter()
        table = estimate_totals(
            units, audit, domains=domains, measures=("enterprises", "employees"), seed=repetition
        )
        seconds.append(time.perf_counter() - begin)
        naive = estimate_totals(units, audit, method="classify_and_count").to_pylist()[0]
        whole = truth["enterprises", "_T", "_T"]
        rows["classify and count", "total"].append(
            (
                naive["value"] / whole - 1,
                naive["ci_lower"] <= whole <= naive["ci_upper"],
                (naive["ci_upper"] - naive["ci_lower"]) / whole,
            )
        )
        for row in table.to_pylist():
            key = (row["measure"], row["domain_variable"], row["domain"])
            value = truth[key]
            group = (
                "total" if row["domain"] == "_T" else size_of(truth["enterprises", key[1], key[2]])
            )
            covered = row["ci_lower"] - 1e-9 <= value <= row["ci_upper"] + 1e-9
            over = max(value, 1.0)
            rows[row["measure"], group].append(
                ((row["value"] - value) / over, covered, (row["ci_upper"] - row["ci_lower"]) / over)
            )
    return rows, float(np.median(seconds))


HEADER = (
    f"{'scenario':26}{'measure':20}{'group':8}{'bias %':>9}{'± MC':>7}{'RMSE %':>9}"
    f"{'cover':>8}{'width':>8}{'n':>7}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--labels", type=int)
    arguments = parser.parse_args()
    pooled = defaultdict(list)
    print(HEADER)
    for scenario in SCENARIOS:
        if arguments.only not in scenario.name:
            continue
        chosen = replace(scenario, labels=arguments.labels) if arguments.labels else scenario
        rows, seconds = run(chosen, arguments.repetitions, arguments.seed)
        for (measure, group), values in sorted(rows.items()):
            pooled[measure, group] += [covered for _, covered, _ in values]
            print(told(scenario.name, measure, group, values))
        print(f"{'':26}{seconds * 1000:.0f} ms a call", flush=True)
    for (measure, group), covered in sorted(pooled.items()):
        print(
            f"{'pooled':26}{measure:20}{group:8}{'':25}{np.mean(covered):8.3f}"
            f"{'':8}{len(covered):7d}"
        )


def told(name, measure, group, values):
    errors, covered, widths = (np.array(column, float) for column in zip(*values, strict=True))
    n = len(errors)
    numbers = (
        f"{100 * errors.mean():9.2f}{100 * errors.std() / np.sqrt(n):7.2f}"
        f"{100 * np.sqrt((errors**2).mean()):9.2f}{covered.mean():8.3f}{widths.mean():8.2f}{n:7d}"
    )
    return f"{name:26}{measure:20}{group:8}{numbers}"


if __name__ == "__main__":
    main()
