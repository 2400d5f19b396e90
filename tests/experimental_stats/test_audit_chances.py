"""Answers that are no probability sample of their strata are told; those that are, are not."""

import json

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.estimation import WARNINGS_KEY, estimate_totals

N = 900


def frame_of(seed: int = 0, *, decimals: int = 6) -> dict:
    """A frame of one stratum's units: two thirds responded, sizes heavy-tailed."""
    rng = np.random.default_rng(seed)
    return {
        "unit_id": np.array([f"u{place:04d}" for place in range(N)]),
        "eligible": rng.random(N) < 0.9,
        "responded": rng.random(N) < 0.67,
        "score": np.round(rng.beta(0.3, 6, N), decimals),
        "region": np.array(["a", "b", "c"], object)[rng.integers(0, 3, N)],
        "employees": np.ceil(rng.pareto(1.1, N)),
    }


def warnings_of(frame: dict, chosen: np.ndarray, *, known: bool = True, **codes: object) -> list:
    """What `estimate_totals` tells of an audit of the rows `chosen`, said to be drawn at random."""
    responded = frame["responded"]
    columns = {
        "unit_id": frame["unit_id"],
        "eligible": frame["eligible"],
        "responded": responded,
        "probability": pa.array(frame["score"], mask=~responded),
        "weighting_cell": codes.get("cell", ["x"] * N),
        "region": codes.get("region", frame["region"]),
        "employees": frame["employees"],
    }
    if known:
        columns["audit_stratum"] = pa.array(["s"] * N, mask=~responded)
    audit = {
        "unit_id": frame["unit_id"][chosen],
        "active": frame["score"][chosen] > 0.3,
        "stratum": codes.get("stratum", ["s"] * len(chosen)),
        "inclusion_probability": [len(chosen) / int(responded.sum())] * len(chosen),
    }
    asked = {"domains": ("region",), "measures": ("enterprises", "employees")}
    table = estimate_totals(pa.table(columns), pa.table(audit), **asked)
    return json.loads((table.schema.metadata or {}).get(WARNINGS_KEY, b"[]"))


CHOICES = {
    "Audited units rank higher by score": lambda score, size, region: np.argsort(-score),
    "Audited units rank lower by score": lambda score, size, region: np.argsort(score),
    "Audited units rank higher by employees": lambda score, size, region: np.argsort(-size),
    "Domain 'b' of region holds 60 answers": lambda score, size, region: np.argsort(region != "b"),
}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("begins", CHOICES)
def test_units_that_were_chosen_and_not_drawn_are_told(begins, known):
    frame = frame_of()
    rows = np.flatnonzero(frame["responded"])
    best = CHOICES[begins](*(frame[name][rows] for name in ("score", "employees", "region")))
    said = warnings_of(frame, rows[best[:60]], known=known)
    assert any(line.startswith(begins) and line.endswith("sample?") for line in said)


@pytest.mark.parametrize("size", [1, 2, 60, 400])
@pytest.mark.parametrize("decimals", [0, 1, 6])
def test_units_that_were_drawn_are_not_accused(size, decimals):
    """Scores in ties, one of them rare, and sizes a thousand times apart."""
    frame = frame_of(decimals, decimals=decimals)
    rows = np.flatnonzero(frame["responded"])
    drawn = np.random.default_rng(size).choice(rows, size, replace=False)
    rare = rows[np.argmax(frame["employees"][rows])]
    for chosen in (drawn, np.union1d(drawn, [rare])):
        assert not [line for line in warnings_of(frame, chosen) if "rank" in line or "Dom" in line]


def test_all_respondents_are_a_sample_of_themselves():
    frame = frame_of()
    assert warnings_of(frame, np.flatnonzero(frame["responded"])) == []


def test_empty_codes_are_taken_as_such_and_told():
    frame = frame_of()
    drawn = np.flatnonzero(frame["responded"])[::4]
    region = np.where(np.arange(N) < 7, "", frame["region"])
    said = warnings_of(frame, drawn, region=region, cell=[" "] * 3 + ["x"] * (N - 3))
    assert said[:2] == [
        "units.region is empty in 7 rows: they are taken as a code of their own.",
        "units.weighting_cell is empty in 3 rows: they are taken as a code of their own.",
    ]
    blank = [""] * 2 + ["s"] * (len(drawn) - 2)
    (said, *_) = warnings_of(frame, drawn, known=False, stratum=blank)
    assert said == "audit.stratum is empty in 2 rows: they are taken as a code of their own."


def test_a_frame_without_an_eligible_unit_says_that_its_zeros_are_no_finding():
    frame = frame_of() | {"eligible": np.zeros(N, bool)}
    assert warnings_of(frame, np.flatnonzero(frame["responded"])[:50]) == [
        "No unit is eligible: every total is 0."
    ]
