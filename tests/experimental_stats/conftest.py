"""A made-up wave, filled straight into the tables that the stages before would have written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.exporters import (
    csv_table,
    html_page,
    release_database,
    sensitivity_json,
)
from experimental_stats.plan import ReleasePlan, SectorNote
from experimental_stats.run import (
    audit_sheet,
    draw_audit_sample,
    import_audit_answers,
    produce_release,
)
from storage.database import Store

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
HOSTILE_NAME = '=HYPERLINK("http://x")<script>alert(1)</script>\u202e'
HOSTILE_REGION = "=cmd|' /C calc'!A0<b>\u202eNorth\u0007"
BLANK = (
    "trade_name nace_code address postcode city country phone email vat_number registration_number"
).split()


@dataclass
class MiniWave:
    """Wave ``w1``: 900 units, 6 in 7 with a website, 5 in 6 of these scored."""

    store: Store
    active: dict[str, bool] = field(default_factory=dict)

    def fill(self, n_units: int = 900) -> None:
        rng = np.random.default_rng(7)
        ids = [f"u{number:04d}" for number in range(n_units)]
        regions = np.array(["North", "South", "East", HOSTILE_REGION])[
            rng.choice(4, n_units, p=[0.4, 0.35, 0.2, 0.05])
        ]
        units = {
            "wave": ["w1"] * n_units,
            "unit_id": ids,
            "unit_type": ["enterprise"] * n_units,
            "legal_name": [HOSTILE_NAME if i == 5 else f"Firm {i}" for i in range(n_units)],
            "nace_section": rng.choice(["C", "J", "M", ""], n_units).tolist(),
            "size_class": rng.choice(["0-9", "10-49", "50+"], n_units, p=[0.6, 0.3, 0.1]).tolist(),
            "region": regions.tolist(),
            "employees": rng.integers(1, 80, n_units).astype(float).tolist(),
            "turnover": [None] * n_units,
            "other": [json.dumps({"chamber": "a" if i % 3 else "b"}) for i in range(n_units)],
        }
        units |= {name: [""] * n_units for name in BLANK}
        self.store.insert("unit", pa.table(units))
        with_website = [unit for number, unit in enumerate(ids) if number % 7]
        self._reach([unit for unit in with_website if int(unit[1:]) % 6 == 0], "timeout")
        scored = [unit for unit in with_website if int(unit[1:]) % 6]
        self._reach(scored, "reached")
        truth = rng.random(len(scored)) < 0.12
        score = np.clip(
            np.where(truth, rng.beta(6, 2, len(scored)), rng.beta(1, 9, len(scored))), 0, 1
        )
        self.active = dict(zip(scored, truth.tolist(), strict=True))
        self.predict("drones", scored, score)
        self.store.execute(
            "INSERT INTO wave VALUES ('w1', 1, ?, 'register.csv', 'sha256:aa', '', ?, 0)",
            [NOON, n_units],
        )
        self.store.execute(
            "INSERT INTO model VALUES ('drones-1', 'drones', ?, 1, 'models/drones-1', '{}')", [NOON]
        )

    def predict(
        self, sector: str, units: list[str], score: np.ndarray, basis: str = "model"
    ) -> None:
        n = len(units)
        decided = score >= 0.5
        self.store.insert(
            "prediction",
            pa.table(
                {
                    "wave": ["w1"] * n,
                    "unit_id": units,
                    "sector": [sector] * n,
                    "probability": score,
                    "active": pa.array([None] * n, pa.bool_()) if basis != "model" else decided,
                    "threshold": [0.5] * n,
                    "basis": [basis] * n,
                    "model_id": [f"{sector}-1"] * n,
                    "input_digest": ["sha256:0"] * n,
                }
            ),
        )

    def answer(self, sheet: list[dict], path: Path, **changes: str) -> Path:
        """Write the answered sheet: the truth, but for `changes` (unit -> cell)."""
        lines = ["unit_id,sector,active,coder"]
        for row in sheet:
            said = changes.get(row["unit_id"], str(int(self.active[row["unit_id"]])))
            lines.append(f"{row['unit_id']},{row['sector']},{said},kim")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def _reach(self, units: list[str], outcome: str) -> None:
        urls = [f"https://{unit}.example/" for unit in units]
        whose = {"wave": "w1", "unit_id": units, "website_url": urls}
        self._insert("unit_website", whose, scheme_given=True, declared=True)
        visit = {"run_id": "r", "pass_number": 1, "detail": "", "n_requests": 3, "n_pages": 1}
        visit |= {"n_bytes": 100, "started_at": NOON, "ended_at": NOON}
        site = {"wave": "w1", "website_url": urls}
        self._insert("website_visit", site, final_url=urls, outcome=outcome, **visit)
        if outcome == "reached":
            text = {"outcome": outcome, "detail": "", "n_documents": 1, "n_words": 50}
            text |= {"language": "en", "extractor": "x", "text_digest": "sha256:0"}
            self._insert("website_text", site, **text)
            link = {"link_probability": 0.9, "link_evidence": "{}", "accepted": True}
            link |= {"method_version": "1", "text_digest": "sha256:0"}
            self._insert("website_link", whose, **link)

    def _insert(self, table: str, columns: dict, **more: object) -> None:
        columns = columns | more
        n = max(len(values) for values in columns.values() if isinstance(values, list))
        rows = {
            name: values if isinstance(values, list) else [values] * n
            for name, values in columns.items()
        }
        self.store.insert(table, pa.table(rows))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def wave(store: Store) -> MiniWave:
    mini = MiniWave(store)
    with store.transaction():
        mini.fill()
    return mini


@pytest.fixture
def audited(store: Store, wave: MiniWave, tmp_path: Path) -> MiniWave:
    """The wave with a fully answered audit of 200 units."""
    draw_audit_sample(store, "w1", "drones", size=200, seed=1)
    answers = wave.answer(audit_sheet(store, "w1", "drones"), tmp_path / "answers.csv")
    import_audit_answers(store, "w1", answers)
    return wave


@pytest.fixture
def plan() -> ReleasePlan:
    return ReleasePlan(
        wave="w1",
        sectors=(
            SectorNote(
                name="drones",
                title="Drones <& more>",
                description="Makes, flies or services unmanned aircraft.",
                includes=("Aerial survey by drone.",),
                excludes=("Toys.",),
                rulings=(("A surveyor <with> one drone.", "Active when it is offered."),),
                version="1",
            ),
        ),
        organisation="Statistics Example",
        contact_url="https://example.org/scraping",
        domains=("nace_section", "size_class", "region", "chamber"),
        code_version="0.1.0",
        settings_digest="sha256:bb",
    )


@pytest.fixture
def exporters() -> dict[str, object]:
    return {
        module.__name__.rpartition(".")[2]: module.build({})
        for module in (csv_table, html_page, release_database, sensitivity_json)
    }


@pytest.fixture
def built(
    store: Store,
    audited: MiniWave,
    plan: ReleasePlan,
    exporters: dict[str, object],
    tmp_path: Path,
) -> Path:
    """The directory of a release of the audited wave."""
    report = produce_release(store, plan, directory=tmp_path / "release", exporters=exporters)
    assert (report.taken, report.done) == (1, 1)
    return tmp_path / "release"
