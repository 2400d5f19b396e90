"""Frames with an audit, as `estimate_totals` takes them: made up, or worked out by hand."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa

KNOWN_TOTALS = Path(__file__).parents[1] / "experimental_stats" / "known_totals.csv"


def frame_table(rows: list[dict]) -> pa.Table:
    """Units as `estimate_totals` takes them, from rows with few keys."""
    return pa.table(
        {
            "unit_id": [r["unit_id"] for r in rows],
            "eligible": pa.array([r.get("eligible", True) for r in rows], pa.bool_()),
            "responded": pa.array([r.get("responded", True) for r in rows], pa.bool_()),
            "probability": pa.array([r.get("probability") for r in rows], pa.float64()),
            "weighting_cell": [r.get("cell", "x") for r in rows],
            "audit_stratum": pa.array([r.get("stratum") for r in rows], pa.string()),
            "domain": [r.get("domain", "p") for r in rows],
            "employees": pa.array([r.get("employees", 1.0) for r in rows], pa.float64()),
        }
    )


def audit_table(rows: list[dict]) -> pa.Table:
    return pa.table(
        {
            "unit_id": pa.array([r["unit_id"] for r in rows], pa.string()),
            "active": pa.array([r["active"] for r in rows], pa.bool_()),
            "stratum": pa.array([r["stratum"] for r in rows], pa.string()),
            "inclusion_probability": pa.array([r["pi"] for r in rows], pa.float64()),
        }
    )


def random_frame(seed: int, n_units: int = 400, **fixed: object) -> tuple[pa.Table, pa.Table]:
    """A frame with everything that may be odd: ties, few distinct scores, empty cells."""
    rng = np.random.default_rng(seed)
    share = fixed.get("prevalence", rng.choice([0.0, 0.02, 0.2, 0.9, 1.0]))
    active = rng.random(n_units) < share
    score = np.round(np.clip(0.6 * active + rng.beta(1, 4, n_units), 0, 1), rng.integers(0, 4))
    score = np.full(n_units, fixed["score"]) if "score" in fixed else score
    responded = rng.random(n_units) < fixed.get("response", rng.choice([0.3, 0.7, 1.0]))
    responded[:4] = True
    eligible = rng.random(n_units) < fixed.get("eligible", rng.choice([0.5, 0.9, 1.0]))
    eligible[:4] = True
    stratum = np.searchsorted([0.1, 0.5], score)
    audit = []
    sampled = np.zeros(n_units, bool)
    for h in np.unique(stratum[responded]):
        members = np.flatnonzero(responded & (stratum == h))
        take = min(len(members), int(rng.integers(1, 60)))
        chosen = rng.choice(members, take, replace=False)
        sampled[chosen] = True
        audit += [
            {
                "unit_id": f"u{i}",
                "active": bool(active[i]),
                "stratum": f"h{h}",
                "pi": take / len(members),
            }
            for i in chosen
        ]
    if not (sampled & eligible).any():
        eligible[np.flatnonzero(sampled)[0]] = True
    rows = [
        {
            "unit_id": f"u{i}",
            "eligible": bool(eligible[i]),
            "responded": bool(responded[i]),
            "probability": float(score[i]) if responded[i] else None,
            "cell": f"{rng.integers(3)}|{rng.integers(8)}",
            "stratum": f"h{stratum[i]}" if responded[i] else None,
            "domain": "tiny" if i == n_units - 1 else f"d{rng.integers(6)}",
            "employees": float(rng.choice([0, 1, 5, 40, 3000], p=[0.1, 0.5, 0.3, 0.09, 0.01])),
        }
        for i in range(n_units)
    ]
    return frame_table(rows), audit_table(audit)


def known_cases() -> dict[str, list[dict[str, str]]]:
    with KNOWN_TOTALS.open(encoding="utf-8") as file:
        cases: dict[str, list[dict[str, str]]] = {}
        for row in csv.DictReader(file):
            cases.setdefault(row["case"], []).append(row)
    return cases


def tables_of(case: list[dict[str, str]]) -> tuple[pa.Table, pa.Table]:
    units = [
        {
            "unit_id": row["unit_id"],
            "eligible": row["eligible"] == "1",
            "responded": row["responded"] == "1",
            "probability": float(row["probability"]) if row["probability"] else None,
            "cell": row["cell"],
            "stratum": row["audit_stratum"] or None,
            "domain": row["domain"],
            "employees": float(row["employees"]),
        }
        for row in case
    ]
    sizes: dict[str, list[int]] = {}
    for row in case:
        if row["responded"] == "1":
            sizes.setdefault(row["audit_stratum"], []).append(int(row["drawn"]))
    audit = [
        {
            "unit_id": row["unit_id"],
            "active": row["active"] == "1",
            "stratum": row["audit_stratum"],
            "pi": sum(sizes[row["audit_stratum"]]) / len(sizes[row["audit_stratum"]]),
        }
        for row in case
        if row["drawn"] == "1"
    ]
    return frame_table(units), audit_table(audit)
