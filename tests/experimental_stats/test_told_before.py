"""The waterfall of a release beside those of earlier ones, which had other breakdowns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.outcome_cells import attack_classes, cell_key, class_tables
from experimental_stats.population import attack_waterfall, told_before, told_rows, waterfall
from experimental_stats.run import produce_release
from storage.tables.told_waterfall import load_told_waterfall

CODES = {
    "classified": "complete",
    "refused_robots": "refusal",
    "timeout": "non_contact",
    "no_website": "structural",
    "parked": "ineligible",
}
FEW = ["size", "region"]
ALL_FOUR = ["size", "section", "region", "province"]


def frame(seed: int) -> pa.Table:
    """A few hundred units whose provinces make up regions."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([60, 150, 400]))
    province = rng.integers(0, 8, n)
    size, section = rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05]), rng.integers(0, 4, n)
    outcome = rng.choice(list(CODES), n, p=[0.6, 0.08, 0.12, 0.15, 0.05]).tolist()
    return pa.table(
        {
            "outcome": outcome,
            "outcome_class": [CODES[code] for code in outcome],
            "province": [f"p{x}" for x in province],
            "region": [f"r{x // 3}" for x in province],
            "size": [f"s{x}" for x in size],
            "section": [f"n{x}" for x in section],
        }
    )


def open_cells(units: pa.Table, told: list[tuple[str, str, str, int]], domains: list[str]) -> dict:
    """Return the small classes that all that was told gives away together."""
    numbers = {
        cell_key((variable, code, kind)): units_of
        for variable, code, kind, units_of in told
        if kind != "_T"
    }
    shown = {(variable, code) for variable, code, kind, _ in told if kind == "_T"}
    hidden = {(d, c) for d in domains for c in units.column(d).to_pylist()} - shown
    tables = class_tables(units, domains=domains, minimum=3, hidden=hidden)
    return attack_classes(numbers, tables)


@pytest.mark.parametrize("seed", [25, 30])
@pytest.mark.parametrize("order", [(FEW, ALL_FOUR), (ALL_FOUR, FEW)])
def test_releases_with_other_breakdowns_tell_nothing_together(seed, order):
    units = frame(seed)
    told: list[tuple[str, str, str, int]] = []
    seen: list[str] = []
    for domains in order:
        before = told_before([name for name in seen if name not in domains], told)
        rows = waterfall(units, CODES, domains=domains, minimum=3, before=before)
        assert attack_waterfall(rows, units, domains=domains, minimum=3, before=before) == []
        told += told_rows(rows)
        seen += [name for name in domains if name not in seen]
    assert open_cells(units, told, seen) == {}


def test_releases_that_know_nothing_of_each_other_give_single_units_away():
    units = frame(30)
    every = [waterfall(units, CODES, domains=domains, minimum=3) for domains in (ALL_FOUR, FEW)]
    assert open_cells(units, [row for rows in every for row in told_rows(rows)], ALL_FOUR)


def test_what_a_release_told_of_units_is_on_record(store, built, plan, exporters, tmp_path):
    first = set(load_told_waterfall(store, "w1"))
    assert {name for name, *_ in first} == set(plan.domains)
    fewer = replace(plan, domains=("region",))
    produce_release(store, fewer, directory=tmp_path / "fewer", exporters=exporters)
    assert set(load_told_waterfall(store, "w1")) == first
