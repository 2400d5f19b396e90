"""Does the interval of a change between two waves cover? With and without a kept panel.

    python benchmarks/change/run.py [--repetitions 100] [--only kept]

Each repetition makes a frame of two waves (most units the same), lets it respond in both, audits
each with 400 answers, and estimates the change. Told are coverage of the 95 % interval, its mean
width over that of two independent samples, and the mean correlation.
"""

from __future__ import annotations

import argparse

import numpy as np
import pyarrow as pa

from experimental_stats.change import WaveTables, estimate_change
from experimental_stats.response_weights import weigh_responses

N, RESPONSE, LABELS = 4000, 0.7, 400


def two_waves(
    seed: int, *, kept: bool, growth: float, separation: float, weighting: str
) -> tuple[WaveTables, WaveTables, float]:
    """Return both waves and the true change; `kept`: the second audit takes the first's units.

    Small units and those of one region answer less often and are active more often, so that
    weighting by these margins (all but ``cells``) has something to mend.
    """
    rng = np.random.default_rng(seed)
    ids = np.array([f"u{k}" for k in range(N)])
    region, size_class = rng.integers(0, 4, N), rng.integers(0, 3, N)
    often = (
        np.ones(N) if weighting == "cells" else 0.6 + 0.4 * (region == 0) + 0.4 * (size_class == 0)
    )
    first = rng.random(N) < 0.05 * often
    second = np.where(first, rng.random(N) < 0.93, rng.random(N) < 0.05 * (0.07 + growth) / 0.95)
    draw = rng.random(N) if weighting == "cells" else rng.random(N) ** (1 / often)
    responds = [draw < RESPONSE, np.where(rng.random(N) < 0.9, draw, rng.random(N)) < RESPONSE]
    order = rng.random(N)
    waves = []
    for number, truth in enumerate((first, second)):
        score = 1 / (1 + np.exp(-(rng.normal(size=N) + np.where(truth, separation, -separation))))
        stratum = np.where(score >= 0.5, "b", "a")
        if not kept and number:
            order = rng.random(N)
        taken, inclusion = np.zeros(N, dtype=bool), np.zeros(N)
        for name, share in (("b", 0.6), ("a", 0.4)):
            members = np.flatnonzero((stratum == name) & responds[number])
            size = min(len(members), int(LABELS * share))
            chosen = members[np.argsort(order[members])[:size]]
            taken[chosen] = True
            inclusion[chosen] = size / len(members)
        units = pa.table(
            {
                "unit_id": ids,
                "eligible": np.ones(N, dtype=bool),
                "responded": responds[number],
                "probability": pa.array(
                    [s if r else None for s, r in zip(score, responds[number], strict=True)]
                ),
                "weighting_cell": ["all"] * N,
                "audit_stratum": pa.array(
                    [s if r else None for s, r in zip(stratum, responds[number], strict=True)]
                ),
            }
        )
        units = units.append_column("region", pa.array([f"r{k}" for k in region]))
        units = units.append_column("size", pa.array([f"s{k}" for k in size_class]))
        units = units.append_column("employees", pa.array(1.0 + size_class * 9.0))
        units, report = weigh_responses(
            units, method=weighting, margins=["region", "size"], amounts=["employees"]
        )
        assert report.method == weighting, report.note
        audit = pa.table(
            {
                "unit_id": ids[taken],
                "active": truth[taken],
                "stratum": stratum[taken],
                "inclusion_probability": inclusion[taken],
            }
        )
        waves.append(WaveTables(units=units, audit=audit))
    return waves[0], waves[1], float(second.sum() - first.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    arguments = parser.parse_args()
    n = arguments.repetitions
    print(f"{'case':34} {'coverage':>15} {'error':>7} {'RMSE':>7} {'correlation':>12} {'bias':>7}")
    for name, kept, growth, separation, weighting in (
        ("fresh audit, no growth", False, 0.0, 2.0, "cells"),
        ("kept panel, no growth", True, 0.0, 2.0, "cells"),
        ("kept panel, a quarter more", True, 0.25, 2.0, "cells"),
        ("weak score, fresh audit", False, 0.0, 1.0, "cells"),
        ("weak score, kept panel", True, 0.0, 1.0, "cells"),
        ("raking, fresh audit", False, 0.25, 1.0, "raking"),
        ("raking, kept panel", True, 0.25, 1.0, "raking"),
        ("calibration, fresh audit", False, 0.25, 1.0, "calibration"),
        ("calibration, kept panel", True, 0.25, 1.0, "calibration"),
    ):
        if arguments.only not in name:
            continue
        covered, width, correlation, bias = [], [], [], []
        for seed in range(n):
            before, after, truth = two_waves(
                seed, kept=kept, growth=growth, separation=separation, weighting=weighting
            )
            [row] = estimate_change(before, after, seed=seed).to_pylist()
            covered.append(row["ci_lower"] <= truth <= row["ci_upper"])
            rho, error = row["correlation"], row["standard_error"]
            correlation.append(rho)
            bias.append(row["value"] - truth)
            width.append(error)
        share = float(np.mean(covered))
        error = 1.96 * np.sqrt(share * (1 - share) / n)
        print(
            f"{name:34} {share:>7.3f} ± {error:.3f} {np.mean(width):>7.1f} {np.std(bias):>7.1f}"
            f" {np.mean(correlation):>12.2f} {np.mean(bias):>7.1f}"
        )


if __name__ == "__main__":
    main()
