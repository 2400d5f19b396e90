"""The short version of benchmarks/coverage: the bounds of the estimator, by simulation."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[2] / "benchmarks" / "coverage" / "run.py"


@pytest.mark.slow
def test_the_simulation_keeps_its_bounds(tmp_path):
    kept = tmp_path / "figures.json"
    run = subprocess.run(
        [
            sys.executable,
            COMMAND,
            "--set",
            "gate",
            "--repetitions",
            "12",
            "--check",
            "--json",
            kept,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    pooled = json.loads(kept.read_text())["pooled"]
    # The reason for all of it: counting decisions misses the truth nearly always.
    assert pooled["counted enterprises total"]["coverage"] < 0.6
    assert pooled["enterprises total"]["coverage"] > 0.85


def test_a_bound_that_is_broken_ends_the_command():
    # One repetition of a blind simple random audit of a rare sector cannot keep the precision.
    run = subprocess.run(
        [sys.executable, COMMAND, "--only", "simple", "--repetitions", "1", "--check",
         "--bound-rmse", "0.001"],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "RMSE" in run.stdout
