"""The crawl stage: what is due is visited by a process of its own, then taken over into the store.

The store is put aside while the crawl lasts, so that other commands may write meanwhile.
However a crawl ends (done, Ctrl-C, kill -9, power cut), the next one goes on in the same run
directory: visits that ended are taken over, those that had not go on from their archived pages.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import signal
import subprocess
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from time import monotonic, sleep
from typing import TYPE_CHECKING

from crawlers.earlier import EARLIER_FILE
from crawlers.exit_codes import EXIT_DISK_FAULT
from crawlers.journal import (
    LOG_FILE,
    TASK_FILE,
    CrawlTask,
    sync,
    write_task,
)
from crawlers.journal_lines import ended_visits
from crawlers.off_peak import read_hours
from crawlers.opt_out import apply_opt_outs
from crawlers.politeness import software
from crawlers.rendering.report import rendering_issues
from crawlers.request_gate import REQUESTS_FILE
from crawlers.robots_cache import put_away_if_broken
from crawlers.store_work import NO_WORK
from crawlers.worker_start import start_worker
from storage.accounting import Outcome, OutcomeClass, outcome_class
from storage.database import Store
from storage.errors import NotReady, RetriableError
from storage.little_memory import within_little_memory
from storage.records.crawl import RunId
from storage.records.stage import Issue, StageReport, no_progress
from storage.tables.crawl import (
    close_crawl_run,
    closed_crawl_runs,
    insert_crawl,
    next_pass_at,
    pending_websites,
    write_earlier_pages,
)
from storage.tables.opt_out import opted_out_domains
from storage.tables.requests import insert_requests
from storage.workspace import LOCK_FILE, ROBOTS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crawlers.journal_lines import VisitKey
    from crawlers.politeness import Politeness
    from crawlers.store_work import StoreWork
    from crawlers.worker_start import ForkedWorker
    from storage.records.crawl import WebsiteTask
    from storage.records.stage import ProgressListener
    from storage.workspace import Workspace

STAGE = "crawl"
STOP_SECONDS = 3.0  # what a crawl process gets to end by itself before it is killed
LOCK_SECONDS = 1.0  # what a crawl process whose parent was killed gets to notice it
VISITS_AT_ONCE = 400  # taken over in one transaction (memory)

_FAILED_CLASSES = frozenset({OutcomeClass.NON_CONTACT})


def crawl_websites(
    workspace: Workspace,
    wave: str,
    *,
    politeness: Politeness,
    progress: ProgressListener = no_progress,
    now: datetime | None = None,
    beside: StoreWork = NO_WORK,
) -> StageReport:
    """Make one pass over the websites of a wave that are due.

    Args:
        workspace: Where everything lies.
        wave: Must have a frame.
        politeness: How to behave.
        progress: Told of every visit that ended.
        now: Moment by which to be due (aware); the present if None.
        beside: Done with the store at the beginning and the end.

    Returns:
        `done` are websites reached. An outcome of the class non-contact, and our own fault, counts
        as `failed`; every other outcome (refusals, ineligible websites, content that cannot be
        read) as `rejected`.

    Raises:
        NotReady: The wave has no frame, or another crawl runs in this workspace.
        RetriableError: The disk is full, or the crawl process died; nothing that was done is lost.
    """
    with only_crawl(workspace), _disk_faults():
        told = put_away_if_broken(workspace.crawls / ROBOTS_FILE)
        with Store(workspace.database) as store:
            beside.begin(store)
            runs = _open_runs(workspace, store, wave)
            regained = sum(_take_over(store, wave, run).n_new for run in runs)
            politeness, objected = _honour_opt_outs(store, workspace, politeness)
            moment = now or datetime.now(UTC)
            schedule = politeness.pass_hours
            pending = pending_websites(store, wave, now=moment, schedule=schedule)
            idle = None
            if not pending:
                idle = _nothing_due(store, wave, runs, schedule)
            elif not read_hours(politeness.hours, politeness.time_zone).is_open(moment):
                idle = _out_of_hours(politeness, moment)
            if idle is not None:
                beside.end(store, idle := replace(idle, issues=objected))
                return idle
            for run in runs[:-1]:
                close_crawl_run(store, wave=wave, run_id=RunId(run.name))
            run = runs[-1] if runs else _new_run(workspace, wave)
            run.mkdir(parents=True, exist_ok=True)
            due = [site.website_url for site in pending]
            write_earlier_pages(store, wave, due, run / EARLIER_FILE)
            with store.put_aside():
                write_task(run, _task(run, wave, pending, politeness))
                interrupted = _crawl(workspace, run, len(pending), progress)
            ended = _take_over(store, wave, run).outcomes
            wanted = {(site.website_url, site.pass_number) for site in pending}
            outcomes = {key: outcome for key, outcome in ended.items() if key in wanted}
            if len(outcomes) == len(pending):
                close_crawl_run(store, wave=wave, run_id=RunId(run.name))
            notes = _notes(politeness, regained, interrupted, len(pending) - len(outcomes))
            notes += (told,) if told else ()
            report = _report(pending, outcomes, interrupted=interrupted, notes=notes)
            report = replace(report, issues=objected + tuple(rendering_issues(run)))
            beside.end(store, report)
    return report


def _honour_opt_outs(
    store: Store, workspace: Workspace, politeness: Politeness
) -> tuple[Politeness, tuple[Issue, ...]]:
    """Delete what is held of those who objected since; who once did is not visited again."""
    domains = politeness.opt_out_domains | set(opted_out_domains(store))
    applied = apply_opt_outs(store, workspace, domains)
    issue = Issue(
        stage=STAGE,
        code="opt_out_applied",
        detail=f"What was held of {', '.join(applied[:5])} was deleted: their owners objected.",
        count=len(applied),
    )
    return replace(politeness, opt_out_domains=domains), (issue,) if applied else ()


@contextmanager
def only_crawl(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's crawl lock; the crawl process holds it too, as long as it lives."""
    workspace.crawls.mkdir(parents=True, exist_ok=True)
    with (workspace.crawls / LOCK_FILE).open("a") as lock:
        os.set_inheritable(lock.fileno(), True)
        until = monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as fault:
                if monotonic() > until:
                    raise NotReady(
                        f"Another crawl is running in {workspace.root}",
                        "Wait until it has ended, or stop it; then run this command again.",
                    ) from fault
                sleep(0.1)
        yield


@contextmanager
def _disk_faults() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if fault.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise  # told with the place that may not be written to; more room would not help
        raise RetriableError(
            f"The crawl cannot write its files: {fault}",
            "Make room on the disk, then run the command again: it goes on where it stopped.",
        ) from fault


def _open_runs(workspace: Workspace, store: Store, wave: str) -> list[Path]:
    closed = closed_crawl_runs(store, wave)
    tasks = workspace.crawls_of(wave).glob(f"*/{TASK_FILE}")
    return sorted(task.parent for task in tasks if task.parent.name not in closed)


def _new_run(workspace: Workspace, wave: str) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return workspace.crawls_of(wave) / f"{moment}-{secrets.token_hex(2)}"


def _task(
    run: Path, wave: str, pending: Sequence[WebsiteTask], politeness: Politeness
) -> CrawlTask:
    return CrawlTask(
        run_id=RunId(run.name),
        wave=wave,
        archive_file=f"archive/{run.parent.name}/{run.name}.warc.gz",
        websites=tuple(pending),
        # To find its version out takes the crawl process as long as a hundred unsent pages.
        politeness=replace(politeness, software=politeness.software or software()),
    )


def _crawl(workspace: Workspace, run: Path, total: int, progress: ProgressListener) -> bool:
    """Run the crawl process to its end; True where the operator broke it off."""
    progress(STAGE, 0, total)
    with (run / LOG_FILE).open("ab") as log:
        process = start_worker(run, workspace.root, log)
    with process:
        try:
            for done, _ in enumerate(process.stdout or (), start=1):
                progress(STAGE, done, total)
            process.wait()
        except KeyboardInterrupt:
            _stop(process)
            return True
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        _raise_for(process.returncode, run)
    return False


def _stop(process: subprocess.Popen[bytes] | ForkedWorker) -> None:
    """Ask the crawl process to end, and kill it if that takes too long or is asked for again."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()


def _raise_for(code: int, run: Path) -> None:
    log = run / LOG_FILE
    last_words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    if code == EXIT_DISK_FAULT:
        raise RetriableError(
            f"The crawl process cannot write its files in {run}",
            "Make room on the disk, then run the command again: it goes on where it stopped.",
            last_words,
        )
    raise RetriableError(
        f"The crawl process ended unexpectedly (code {code})",
        f"Run the command again: it goes on where it stopped. Its log is {log}.",
        last_words,
    )


class _Taken:
    """What was taken over of a run: how many visits were new, and what all came to."""

    def __init__(self) -> None:
        self.n_new = 0
        self.outcomes: dict[VisitKey, Outcome] = {}


def _take_over(store: Store, wave: str, run: Path) -> _Taken:
    """Take over what a run has ended.

    Visits come in groups, each in a transaction of its own, so that memory is that of a group
    whatever the number of websites. Who is killed between two of them takes over the rest next
    time: a visit that is there already is left alone.
    """
    sync(run)
    taken = _Taken()
    within_little_memory(store, partial(_take_over_groups, store, wave, run, taken))
    return taken


def _take_over_groups(store: Store, wave: str, run: Path, taken: _Taken) -> None:
    with store.transaction():
        insert_requests(store, wave=wave, run_id=RunId(run.name), log=run / REQUESTS_FILE)
    ended = ended_visits(run)
    while group := list(islice(ended, VISITS_AT_ONCE)):
        with store.transaction():
            n_new = insert_crawl(
                store,
                wave=wave,
                run_id=RunId(run.name),
                visits=[one.visit for one in group],
                pages=[page for one in group for page in one.written],
                failures=[failure for one in group for failure in one.failures],
            )
        taken.n_new += n_new
        for one in group:
            taken.outcomes[one.visit.website_url, one.visit.pass_number] = one.visit.outcome


def _nothing_due(
    store: Store, wave: str, runs: Sequence[Path], schedule: Sequence[float]
) -> StageReport:
    for run in runs:
        close_crawl_run(store, wave=wave, run_id=RunId(run.name))
    when = next_pass_at(store, wave, schedule=schedule)
    note = f"No website of wave {wave} is due."
    if when is not None:
        note += (
            f" The next pass over those that did not answer is due at {when:%Y-%m-%d %H:%M} UTC."
        )
    return StageReport(stage=STAGE, of="websites", taken=0, done=0, notes=(note,))


def _out_of_hours(politeness: Politeness, now: datetime) -> StageReport:
    note = f"Nothing is crawled now: {_next_hours(politeness, now)}"
    return StageReport(stage=STAGE, of="websites", taken=0, done=0, notes=(note,))


def _next_hours(politeness: Politeness, now: datetime) -> str:
    hours = read_hours(politeness.hours, politeness.time_zone)
    return (
        f"the hours set are {politeness.hours} ({politeness.time_zone}), the next of which begin"
        f" at {hours.opens_at(now):%Y-%m-%d %H:%M} UTC."
    )


def _notes(politeness: Politeness, regained: int, interrupted: bool, left: int) -> tuple[str, ...]:
    notes = []
    if regained:
        notes.append(f"{regained} visits of an earlier run that was broken off were taken over.")
    now = datetime.now(UTC)
    if interrupted:
        notes.append("The crawl was interrupted; run the command again to go on.")
    elif left and not read_hours(politeness.hours, politeness.time_zone).is_open(now):
        notes.append(f"{left} visits stopped where they were: {_next_hours(politeness, now)}")
    elif left:
        notes.append(
            f"{left} websites had {politeness.requests_per_day} requests today, which is all that"
            " one may get in a day; run the command again after midnight UTC to go on."
        )
    return tuple(notes)


def _report(
    pending: Sequence[WebsiteTask],
    outcomes: dict[VisitKey, Outcome],
    *,
    interrupted: bool,
    notes: tuple[str, ...],
) -> StageReport:
    counts = Counter(outcomes.values())
    done = counts.pop(Outcome.REACHED, 0)
    failed = {
        str(outcome): number
        for outcome, number in sorted(counts.items())
        if outcome is Outcome.FAILED or outcome_class(outcome) in _FAILED_CLASSES
    }
    rejected = {
        str(outcome): number for outcome, number in sorted(counts.items()) if outcome not in failed
    }
    return StageReport(
        stage=STAGE,
        of="websites",
        taken=len(pending),
        done=done,
        rejected=rejected,
        failed=failed,
        pending=len(pending) - len(outcomes),
        interrupted=interrupted,
        notes=notes,
    )
