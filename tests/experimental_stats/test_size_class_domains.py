"""Classes of size as a domain: what size tells of activity counts once, whatever the measure."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.estimation import estimate_totals

CLASSES = np.array(["0-9", "10-49", "50-249", "250+"])


@cache
def sector(
    *, score_tells: bool, cell_is_class: bool
) -> tuple[pa.Table, pa.Table, dict[tuple[str, str], float]]:
    """6000 companies, the large forty times as often active; half are scored, a third answered."""
    rng = np.random.default_rng(4)
    n = 6000
    employees = np.ceil(rng.lognormal(2.0, 1.6, n))
    active = rng.random(n) < 1 / (1 + np.exp(5.5 - 0.9 * np.log(employees)))
    size = CLASSES[np.searchsorted([10, 50, 250], employees, side="right")]
    responded = rng.random(n) < 0.5
    score = 1 / (1 + np.exp(3.0 - 2.5 * active - rng.normal(size=n)))
    if not score_tells:
        score = rng.random(n)
    ids = np.array([f"u{place:04d}" for place in range(n)])
    asked = rng.choice(np.flatnonzero(responded), 1000, replace=False)
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": np.ones(n, bool),
            "responded": responded,
            "probability": score,
            "weighting_cell": size if cell_is_class else np.full(n, "all"),
            "audit_stratum": np.full(n, "h"),
            "size_class": size,
            "employees": employees,
        }
    )
    audit = pa.table(
        {
            "unit_id": ids[asked],
            "active": active[asked],
            "stratum": np.full(1000, "h"),
            "inclusion_probability": np.full(1000, 1000 / responded.sum()),
        }
    )
    truth = {("enterprises", code): float((active & (size == code)).sum()) for code in CLASSES}
    truth |= {
        ("employees", code): float((employees * (active & (size == code))).sum())
        for code in CLASSES
    }
    return units, audit, truth


@pytest.mark.parametrize("score_tells", [True, False])
@pytest.mark.parametrize("cell_is_class", [True, False])
def test_classes_of_size_hold_their_own_employees(score_tells: bool, cell_is_class: bool) -> None:
    """With the enterprises' ratios besides, the smallest class lost 40 to 90 % of its employees."""
    units, audit, truth = sector(score_tells=score_tells, cell_is_class=cell_is_class)
    rows = estimate_totals(
        units, audit, domains=("size_class",), measures=("enterprises", "employees")
    ).to_pylist()
    by_class = {(row["measure"], row["domain"]): row for row in rows if row["domain"] != "_T"}
    for code in CLASSES[:3]:
        row = by_class["employees", code]
        assert row["value"] == pytest.approx(truth["employees", code], rel=0.3)
        assert row["ci_lower"] <= truth["employees", code] <= row["ci_upper"]


def test_numbers_of_companies_end_at_whole_ones() -> None:
    units, audit, _ = sector(score_tells=True, cell_is_class=True)
    for row in estimate_totals(units, audit, domains=("size_class",)).to_pylist():
        ends = row["ci_lower"], row["ci_upper"]
        assert [end % 1 for end in ends] == [0.0, 0.0]


def test_two_answers_of_a_stratum_do_not_count_as_thirteen() -> None:
    """Half of the scored units stand behind two answers: employees are no surer than companies."""
    units, audit, _ = sector(score_tells=False, cell_is_class=True)
    rng = np.random.default_rng(9)
    stratum = np.where(rng.random(units.num_rows) < 0.5, "few", "many")
    of_unit = dict(zip(units.column("unit_id").to_pylist(), stratum.tolist(), strict=True))
    rows = audit.to_pylist()
    few = [row for row in rows if of_unit[row["unit_id"]] == "few"]
    chosen = [next(row for row in few if row["active"] is yes) for yes in (True, False)]
    many = [row for row in rows if of_unit[row["unit_id"]] == "many"]
    responded = units.column("responded").to_numpy()
    answers = []
    for name, held in (("few", chosen), ("many", many)):
        chance = len(held) / int((responded & (stratum == name)).sum())
        answers += [row | {"stratum": name, "inclusion_probability": chance} for row in held]
    place = units.column_names.index("audit_stratum")
    units = units.set_column(place, "audit_stratum", pa.array(stratum.astype(str)))
    measures = ("enterprises", "employees")
    table = estimate_totals(units, pa.Table.from_pylist(answers), measures=measures)
    companies, employees = (row["standard_error"] / row["value"] for row in table.to_pylist())
    assert employees > 0.7 * companies
