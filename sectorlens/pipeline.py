"""The order of the stages, and how one of them is run: measured, kept, published."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sectorlens import build, crawling
from sectorlens.unfinished import Note, read_note, tell_of, write_note
from storage.errors import InvalidInput, NotReady
from storage.publication import publish
from storage.tables.decision_basis import load_decision_bases
from storage.tables.frame import known_waves, waves
from storage.tables.stage import (
    insert_stage_report,
    load_stage_state,
    load_stage_states,
    load_waterfall,
    owes_an_account,
)
from storage.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from sectorlens.session import Session
    from storage.database import Store
    from storage.records.stage import StageReport

STAGES = ("crawl", "extract", "link", "classify")
# The crawl is not among these: it opens the database itself, at its beginning and its end only.
_WORK = {"extract": build.extract, "link": build.link, "classify": build.classify}


def run_stage(session: Session, wave: str, stage: str) -> StageReport:
    """Run what is due of one stage, keep its report and publish its results.

    Raises:
        NotReady: The wave or the stage before it is missing.
    """
    if stage in _WORK:
        check_ready(session, wave, stage)
    return _run(session, wave, stage)


def run_all(session: Session, wave: str, told: Callable[[StageReport], None]) -> list[StageReport]:
    """Run every stage that is due, in order; stop early where one is interrupted.

    Args:
        session: The command's view of the workspace.
        wave: The wave to work on.
        told: Called with each stage's report as it ends.
    """
    reports = []
    for stage in STAGES:
        report = _run(session, wave, stage)
        told(report)
        reports.append(report)
        if report.interrupted:
            break
    return reports


def record(
    session: Session, wave: str, work: Callable[[Store], StageReport], *, stage: str = ""
) -> StageReport:
    """Run `work` on the open work database; keep its report and publish.

    Args:
        session: The command's view of the workspace.
        wave: That it works on.
        work: Gives the report.
        stage: Of the pipeline, where what is done of it stands before `work` has ended.
    """
    started, used = time.monotonic(), _cpu_seconds()
    with session.open() as store:
        was_broken_off = _begin(session, store, wave, stage)
        try:
            report = work(store)
        except (InvalidInput, NotReady):  # refused, and told: nothing was begun
            write_note(session.workspace.unpublished, Note())
            raise
        _keep(session, store, wave, report, (started, used), was_broken_off=was_broken_off)
    return report


def latest_wave(store: Store) -> str:
    """Return the wave that was imported last.

    Raises:
        NotReady: There is none.
    """
    if known := waves(store):
        return known[-1]
    raise NotReady(
        "No register has been imported yet", "Run `sectorlens frame import FILE --wave W`."
    )


def chosen_wave(store: Store, wave: str | None) -> str:
    """Return the wave that was asked for, by default the last one imported.

    Raises:
        NotReady: There is no such wave, or none at all.
    """
    if not wave:
        return latest_wave(store)
    known_waves(store, wave)
    return wave


def wave_if_any(store: Store, wave: str | None) -> str:
    """Return the wave that was asked for, by default the last one; empty where there is none.

    For models: texts that stand alone need no register.

    Raises:
        NotReady: There is no such wave.
    """
    return chosen_wave(store, wave) if wave or waves(store) else ""


def check_ready(session: Session, wave: str, stage: str) -> None:
    """Refuse a stage whose wave is unknown or whose forerunner has not run.

    Raises:
        NotReady: Says which command comes first.
    """
    with session.open() as store:
        known_waves(store, wave)
        states = {state["stage"]: state for state in load_stage_states(store, wave)}
    for before in STAGES[: STAGES.index(stage)]:
        state = states[before]
        if state["taken"] and state["pending"] == state["taken"]:
            raise NotReady(
                f"Nothing to {stage} yet in wave {wave}: {state['pending']} {state['of']} wait"
                f" for {before}",
                f"Run `sectorlens {before} run --wave {wave}` first, or `sectorlens run`.",
            )


def describe(session: Session, wave: str | None) -> dict[str, Any]:
    """Return where every case of every stage and every unit of a wave stands.

    Args:
        session: The command's view of the workspace.
        wave: The wave; None for the last one imported.
    """
    with session.open() as store:
        wave = chosen_wave(store, wave)
        return {
            "wave": wave,
            "stages": load_stage_states(store, wave),
            "units": [
                {"outcome": outcome, "outcome_class": kind, "units": n}
                for outcome, kind, n, _ in load_waterfall(store, wave)
            ],
            "decisions": [asdict(basis) for basis in load_decision_bases(store, wave)],
        }


def _run(session: Session, wave: str, stage: str) -> StageReport:
    if stage in _WORK:
        return record(session, wave, lambda store: _WORK[stage](session, store, wave), stage=stage)
    return crawling.crawl(session, wave, _BesideCrawl(session, wave))


class _BesideCrawl:
    """What `record` does for other stages, at a crawl's beginning and end."""

    def __init__(self, session: Session, wave: str) -> None:
        self._session, self._wave = session, wave
        self._begun = time.monotonic(), _cpu_seconds()
        self._was_broken_off = False

    def begin(self, store: Store) -> None:
        """Refuse a wave that is unknown; note that the store may now hold what is not published."""
        known_waves(store, self._wave)
        self._was_broken_off = _begin(self._session, store, self._wave, "crawl")

    def end(self, store: Store, report: StageReport) -> None:
        """Keep the report and publish."""
        _keep(
            self._session,
            store,
            self._wave,
            report,
            self._begun,
            was_broken_off=self._was_broken_off,
        )


def _begin(session: Session, store: Store, wave: str, stage: str) -> bool:
    """Note what is begun and may leave what is not published; tell whether something had before.

    A process that is killed between its last transaction and the publication leaves the note.
    """
    place = session.workspace.unpublished
    if left := read_note(place):
        tell_of(store, left)
    state = load_stage_state(store, wave, stage) if stage else {}
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    write_note(place, Note(wave=wave, stage=stage, begun=begun, state=state))
    return left is not None


def _keep(
    session: Session,
    store: Store,
    wave: str,
    report: StageReport,
    begun: tuple[float, float],
    *,
    was_broken_off: bool,
) -> None:
    # With nothing to do a stage warns of what it warned of before; a crawl, of who objected now.
    is_news = (
        report.taken
        or report.changed
        or (report.issues and report.stage == "crawl")
        or owes_an_account(store, wave, report.stage)
    )
    if is_news:
        insert_stage_report(
            store,
            wave,
            report,
            wall_seconds=round(time.monotonic() - begun[0], 3),
            cpu_seconds=round(_cpu_seconds() - begun[1], 3),
            code_version=__version__,
            settings_digest=session.settings.digest,
        )
    if is_news or was_broken_off or not session.workspace.published.exists():
        publish(store, session.workspace.published)
    session.workspace.unpublished.unlink(missing_ok=True)


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
