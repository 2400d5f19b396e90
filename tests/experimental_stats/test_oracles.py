"""Estimates against other people's software: svy (R's `survey` in Python) and quapy.

What they said stands in `known_oracle_answers.csv` and is compared always; where they are installed
they are asked again. ``pip install svy quapy`` into a test environment of its own does.
"""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.estimation import estimate_totals

HERE = Path(__file__).parent


def rows_of(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def groups_of(case: str) -> list[dict[str, float | str]]:
    return [
        {
            "stratum": row["stratum"],
            "score": float(row["score"]),
            **{key: int(row[key]) for key in ("units", "audited", "active")},
        }
        for row in rows_of("known_oracles.csv")
        if row["case"] == case
    ]


def tables_of(case: str) -> tuple[pa.Table, pa.Table]:
    """Everybody responds; in each group the first units are audited, the first of them active."""
    groups = groups_of(case)
    units, answers = [], []
    for group in groups:
        alike = [g for g in groups if g["stratum"] == group["stratum"]]
        chance = sum(g["audited"] for g in alike) / sum(g["units"] for g in alike)
        for place in range(group["units"]):
            name = f"{group['stratum']}{group['score']}{place:05d}"
            units.append((name, group["score"], group["stratum"], "ew"[place % 2]))
            if place < group["audited"]:
                answers.append((name, place < group["active"], group["stratum"], chance))
    names, scores, strata, domains = zip(*units, strict=True)
    asked, active, of_stratum, chances = zip(*answers, strict=True)
    return pa.table(
        {
            "unit_id": names,
            "eligible": [True] * len(names),
            "responded": [True] * len(names),
            "probability": scores,
            "weighting_cell": ["x"] * len(names),
            "audit_stratum": strata,
            "side": domains,
        }
    ), pa.table(
        {
            "unit_id": asked,
            "active": active,
            "stratum": of_stratum,
            "inclusion_probability": chances,
        }
    )


@pytest.mark.parametrize("known", rows_of("known_oracle_answers.csv"), ids=lambda row: row["id"])
def test_known_answers_of_svy_and_quapy(known):
    rows = estimate_totals(
        *tables_of(known["case"]), domains=("side",), method=known["method"]
    ).to_pylist()
    (row,) = (row for row in rows if row["domain"] == known["domain"])
    assert row["value"] == pytest.approx(float(known["value"]), rel=1e-6)
    if known["standard_error"]:
        allowed = float(known["allowed"] or 1e-5)
        assert row["standard_error"] == pytest.approx(float(known["standard_error"]), rel=allowed)


def textbook(case: str) -> tuple[float, float]:
    """Σ N k/n and the root of Σ N² (1 − n/N) s²/n, s² = n p (1 − p) / (n − 1) (Cochran 1977)."""
    total = variance = 0.0
    for group in groups_of(case):
        share = group["active"] / group["audited"]
        total += group["units"] * share
        spread = group["audited"] * share * (1 - share) / (group["audited"] - 1)
        variance += group["units"] * (group["units"] - group["audited"]) * spread / group["audited"]
    return total, float(np.sqrt(variance))


@pytest.mark.parametrize("case", ["three strata", "nothing found below"])
def test_the_known_answers_of_stratified_samples_are_the_textbooks(case):
    (known,) = (
        row
        for row in rows_of("known_oracle_answers.csv")
        if row["case"] == case and row["method"] == "ppi" and row["domain"] == "_T"
    )
    total, error = textbook(case)
    assert float(known["value"]) == pytest.approx(total)
    assert float(known["standard_error"]) == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("case", ["three strata", "nothing found below"])
def test_svy_says_so_now(case):
    svy = pytest.importorskip("svy", reason="svy is not installed in this environment")
    polars = pytest.importorskip("polars")
    rows = [
        (group["stratum"], float(place < group["active"]), group["units"], group["audited"])
        for group in groups_of(case)
        for place in range(group["audited"])
    ]
    table = polars.DataFrame(rows, schema=["h", "y", "units", "asked"], orient="row")
    table = table.with_columns((polars.col("units") / polars.col("asked")).alias("weight"))
    sample = svy.Sample(table, svy.Design(stratum="h", wgt="weight", pop_size="units"))
    (said,) = sample.estimation.total("y").estimates
    ours = estimate_totals(*tables_of(case), method="ppi").to_pylist()[0]
    assert ours["value"] == pytest.approx(said.est)
    assert ours["standard_error"] == pytest.approx(said.se, rel=1e-6)


def test_quapy_inverts_the_misclassification_matrix_alike():
    functional = pytest.importorskip(
        "quapy.functional", reason="quapy is not installed in this environment"
    )
    above, below = groups_of("one stratum of decisions")
    hit = above["active"] / (above["active"] + below["active"])
    wrong = (above["audited"] - above["active"]) / sum(
        group["audited"] - group["active"] for group in (above, below)
    )
    decided = above["units"] / (above["units"] + below["units"])
    said = functional.solve_adjustment_binary(decided, hit, wrong) * 2000
    (ours,) = estimate_totals(
        *tables_of("one stratum of decisions"), method="misclassification"
    ).to_pylist()
    assert ours["value"] == pytest.approx(said)


def test_quapy_maximises_the_expectation_alike():
    aggregative = pytest.importorskip(
        "quapy.method.aggregative", reason="quapy is not installed in this environment"
    )
    groups = groups_of("one stratum of three scores")
    active = np.array([group["active"] for group in groups], float)
    others = np.array([group["audited"] - group["active"] for group in groups], float)
    share = active.sum() / (active + others).sum()
    # As documented: one answer's weight is spread over all bins, of which two are empty here.
    dense = [(kind + 0.2) / (kind.sum() + 1) for kind in (active, others)]
    posterior = share * dense[0] / (share * dense[0] + (1 - share) * dense[1])
    counts = [group["units"] for group in groups]
    each = np.repeat(np.column_stack([1 - posterior, posterior]), counts, axis=0)
    prior = np.array([1 - share, share])
    said = aggregative.EMQ.EM(prior, each, epsilon=1e-12)[0][1] * sum(counts)
    (ours,) = estimate_totals(
        *tables_of("one stratum of three scores"), method="em_prior"
    ).to_pylist()
    assert ours["value"] == pytest.approx(said, rel=1e-6)
