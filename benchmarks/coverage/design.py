"""What the sizes of a drawn audit cost: `python benchmarks/coverage/design.py`.

For frames with a known truth, the relative standard error of the number of active respondents that
the strata and sizes of `audit draw` give, worked out and not simulated::

    √ Σ_h N_h² (1 / n_h − 1 / N_h) p_h (1 − p_h)  over  Σ_h N_h p_h

without an earlier audit, and with one of 300 units whose answers level the scores.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

from audits import make_frame, threshold
from scenarios import Scenario

from experimental_stats.audit import draw_audit
from experimental_stats.score_levels import fit_level

EARLIER = 300
DESIGNED = (
    Scenario("1 %, calibrated", prevalence=0.01),
    Scenario("1 %, beta", prevalence=0.01, score="beta"),
    Scenario("2 %, beta", score="beta"),
    Scenario("5 %, beta, 200 answers", prevalence=0.05, score="beta", labels=200),
    Scenario("2 %, right or wrong by chance alone", score="mixture"),
    Scenario("2 %, log odds 3 too high", shift=3.0),
    Scenario("2 %, log odds 3 too low", shift=-3.0),
    Scenario("2 %, a weak score", separation=2.0),
    Scenario("5 %, pure noise", prevalence=0.05, score="noise"),
    Scenario("0.3 %, beta", prevalence=0.003, score="beta"),
    Scenario("5 %, inverted", prevalence=0.05, inverted=True),
)


def relative_error(design, active):
    stratum = np.array(design.units.column("stratum").to_pylist())
    variance = 0.0
    for part in design.strata:
        rate = active[stratum == part.name].mean()
        variance += part.n_units * (part.n_units / part.n_drawn - 1.0) * rate * (1.0 - rate)
    return np.sqrt(variance) / active.sum()


def errors_of(scenario, seed):
    """Return the error of a draw without and with an earlier audit."""
    rng = np.random.default_rng([5, seed])
    frame = make_frame(replace(scenario, design="own"), rng)
    rows = np.flatnonzero(rng.random(scenario.n_units) < frame["propensity"])
    score, active = frame["score"][rows], (frame["active"] & frame["eligible"])[rows]
    table = pa.table(
        {
            "unit_id": [f"u{row:06d}" for row in rows],
            "probability": score,
            "active": score >= threshold(scenario, score),
        }
    )
    earlier = draw_audit(table, size=EARLIER, seed=seed + 100).units
    drawn = earlier.column("drawn").to_numpy()
    chance = earlier.column("inclusion_probability").to_numpy()
    level = fit_level(score[drawn], active[drawn], chance[drawn])
    return [
        relative_error(draw_audit(table, size=scenario.labels, seed=seed, level=known), active)
        for known in (None, level)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=3)
    frames = parser.parse_args().frames
    print(f"{'scores':38}{'first audit %':>14}{'later audit %':>14}")
    for scenario in DESIGNED:
        errors = np.array([errors_of(scenario, seed) for seed in range(frames)])
        first, later = 100 * np.sqrt((errors**2).mean(axis=0))
        print(f"{scenario.name:38}{first:14.1f}{later:14.1f}", flush=True)


if __name__ == "__main__":
    main()
