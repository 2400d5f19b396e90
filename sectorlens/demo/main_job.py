"""The main job on a made-up economy: the same stages, files and checks as in production."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sectorlens import build, pipeline
from sectorlens.demo.economy import make_economy
from sectorlens.demo.server import serve_economy
from sectorlens.session import Session
from sectorlens.settings import read_settings
from storage.errors import InvalidInput
from storage.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sectorlens.demo.economy import Economy
    from storage.records.stage import ProgressListener, StageReport

WAVE = "demo"
AUDIT_SIZE = 100
MARK = "demo.json"

SETTINGS = """\
# The settings of `sectorlens demo`: websites of its own, served on this machine, need no delay.

[crawl]
organisation = "sectorlens demo"
contact_url = "https://demo.example/about-our-crawler"
allow_networks = ["127.0.0.0/8"]
render = "never"                  # the same figures with a browser installed and without
delay_seconds = 0
delay_per_address_seconds = 0
timeout_seconds = 5

[release]
title = "Companies active in particular sectors of a made-up economy"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What the demo shows beside each other.

    Attributes:
        estimates: (sector, known truth, estimate, lower, upper, classify and count) of enterprises
            in the target population; figures are None where they were suppressed.
        described: The waterfall, as `sectorlens status` tells it.
    """

    workspace: Workspace
    release: Path
    described: dict[str, object]
    estimates: tuple[tuple[str, int, float | None, float | None, float | None, float | None], ...]


def run_demo(
    directory: Path,
    *,
    seed: int,
    size: int,
    progress: ProgressListener,
    told: Callable[[StageReport], None],
) -> DemoResult:
    """Make an economy, serve its websites, and take it from register to release.

    Args:
        directory: The workspace; an earlier demo in it is replaced, anything else is refused.
        seed: Of the economy.
        size: Units in the register.
        progress: Listens to the stages.
        told: Called with each stage's report as it ends.

    Raises:
        InvalidInput: `directory` holds something that is not a demo.
    """
    workspace = _begin(directory, seed, size)
    session = Session(workspace=workspace, settings=read_settings(workspace), progress=progress)
    economy = make_economy(seed=seed, size=size)
    inputs = workspace.root / "input"
    inputs.mkdir()
    with serve_economy(economy) as server:
        (inputs / "register.csv").write_bytes(economy.register_csv(server.port_of))
        told(
            pipeline.record(
                session,
                WAVE,
                lambda store: build.import_frame(session, store, WAVE, inputs / "register.csv"),
            )
        )
        (inputs / "labels.csv").write_bytes(economy.labels_csv())
        told(
            pipeline.record(
                session,
                WAVE,
                lambda store: build.import_labels(session, store, inputs / "labels.csv"),
            )
        )
        pipeline.run_all(session, WAVE, told)
    told(_audit(session, economy, inputs))
    release = workspace.root / "release"
    told(pipeline.record(session, WAVE, lambda store: build.produce(session, store, WAVE, release)))
    return DemoResult(
        workspace=workspace,
        release=release,
        described=pipeline.describe(session, WAVE),
        estimates=_beside_the_truth(session, economy),
    )


def _begin(directory: Path, seed: int, size: int) -> Workspace:
    workspace = Workspace(directory.resolve())
    if workspace.root.exists() and any(workspace.root.iterdir()):
        if not (workspace.root / MARK).is_file():
            raise InvalidInput(
                f"{workspace.root} holds something that is not a demo",
                "Name another directory: sectorlens demo DIR.",
            )
        shutil.rmtree(workspace.root)
    workspace.root.mkdir(parents=True, exist_ok=True)
    (workspace.root / MARK).write_text(json.dumps({"seed": seed, "size": size}) + "\n")
    workspace.settings_file.write_text(SETTINGS, encoding="utf-8")
    return workspace


def _audit(session: Session, economy: Economy, inputs: Path) -> StageReport:
    """Draw an audit for every sector and answer it from the known truth, as a coder would."""
    from experimental_stats.run import import_audit_answers

    answers = io.StringIO()
    sheet = csv.writer(answers, lineterminator="\n")
    sheet.writerow(("unit_id", "sector", "active", "coder"))
    for sector in build.sectors(session):
        truth = economy.truth(sector)
        build.draw_audit(session, WAVE, sector, size=AUDIT_SIZE)
        for row in build.audit_sheet(session, WAVE, sector):
            unit_id = str(row["unit_id"])
            sheet.writerow((unit_id, sector, int(truth[unit_id]), "demo truth"))
    file = inputs / "audit_answers.csv"
    file.write_text(answers.getvalue(), encoding="utf-8")
    return pipeline.record(session, WAVE, lambda store: import_audit_answers(store, WAVE, file))


def _beside_the_truth(
    session: Session, economy: Economy
) -> tuple[tuple[str, int, float | None, float | None, float | None, float | None], ...]:
    from experimental_stats.outcome_cells import OUTSIDE
    from storage.tables.release import load_headlines, load_units_by_class

    with session.open() as store:
        target = load_units_by_class(store, WAVE, outside=OUTSIDE)
        headlines = load_headlines(store, WAVE)
    rows = []
    for sector, value, lower, upper, counted in headlines:
        truth = economy.truth(sector)
        rows.append((sector, sum(truth[unit] for unit in target), value, lower, upper, counted))
    return tuple(rows)
