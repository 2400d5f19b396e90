"""What a crawl brought home is taken over in groups: in little memory, and whole after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from loopback_sites import WAVE, polite

from crawlers.journal import CrawlJournal, CrawlTask, write_task
from crawlers.run import VISITS_AT_ONCE, crawl_websites
from storage.accounting import Outcome
from storage.database import Store
from storage.page_archive import Exchange
from storage.records.crawl import FetchFailure, Page, RunId, WebsiteVisit
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

N_WEBSITES = 8 * VISITS_AT_ONCE + 7  # more groups than are loaded before a kill is noticed
MOMENT = datetime(2026, 11, 22, 1, 2, 3, 456, tzinfo=UTC)
WHOLE_GROUP = 250_000  # bytes; one takes 167 000 in the log of the database
ARCHIVE = f"archive/{WAVE}/run.warc.gz"
TAKE_OVER = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from loopback_sites import WAVE, polite
from crawlers.run import crawl_websites
from storage.workspace import Workspace
crawl_websites(Workspace(Path(sys.argv[1])), WAVE, politeness=polite())
"""


def leave_a_crawl(workspace: Workspace, n_websites: int) -> None:
    """Leave what a crawl leaves whose parent was killed at its end: nothing is taken over yet."""
    with Store(workspace.database) as store:
        store.execute("INSERT INTO wave VALUES (?, 1, ?, '', '', '', 0, 0)", [WAVE, MOMENT])
        store.execute(
            "INSERT INTO unit_website SELECT ?, 'U' || n, 'http://w' || n || '.test/', true, true"
            " FROM range(?) t(n)",
            [WAVE, n_websites],
        )
    run = workspace.crawls / WAVE / "run"
    write_task(
        run,
        CrawlTask(
            run_id=RunId("run"),
            wave=WAVE,
            archive_file=ARCHIVE,
            websites=(),
            politeness=polite(),
        ),
    )
    with CrawlJournal(workspace.root, run, ARCHIVE) as journal:
        for number in range(n_websites):
            site = WebsiteUrl(f"http://w{number}.test/")
            write_visit(journal, site)


def write_visit(journal: CrawlJournal, site: WebsiteUrl) -> None:
    exchange = Exchange(
        url=site, fetched_at=MOMENT, address="", request_headers=(), http_status=200,
        headers=(), body=b"<p>",
    )  # fmt: skip
    page = Page(
        website_url=site, url=site, final_url=site, fetched_at=MOMENT, http_status=200,
        media_type="text/html", n_bytes=3, body_digest="", archive_file="", archive_offset=0,
        position=0,
    )  # fmt: skip
    journal.keep_page(exchange, page, requests=1, n_bytes=3)
    missed = FetchFailure(
        website_url=site, url=f"{site}x", reason=Outcome.NOT_FOUND, detail="", failed_at=MOMENT
    )
    journal.note_failure(missed, requests=2, n_bytes=3)
    visit = WebsiteVisit(
        website_url=site, final_url=site, outcome=Outcome.REACHED, detail="", n_requests=2,
        n_pages=1, n_bytes=3, started_at=MOMENT, ended_at=MOMENT,
    )  # fmt: skip
    journal.end_visit(visit)


def held(workspace: Workspace) -> list[int]:
    """Return how many visits, pages, failures and closed runs the database holds."""
    with Store(workspace.database) as store:
        ((*counts,),) = store.rows(
            "SELECT (SELECT count(*) FROM website_visit), (SELECT count(*) FROM page),"
            " (SELECT count(*) FROM fetch_failure), (SELECT count(*) FROM crawl_run)"
        )
    return counts


def test_a_kill_between_two_groups_loses_and_doubles_nothing(workspace: Workspace) -> None:
    leave_a_crawl(workspace, N_WEBSITES)
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_OVER, str(workspace.root), str(root / "tests" / "sites")],
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    log = workspace.database.with_name(f"{workspace.database.name}.wal")
    until = time.monotonic() + 30
    while not (log.exists() and log.stat().st_size > WHOLE_GROUP):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.0005)
    process.kill()
    process.wait()
    visits, pages, failures, closed = held(workspace)
    assert visits % VISITS_AT_ONCE == 0, "a group stands together, or not at all"
    assert 0 < visits < N_WEBSITES
    assert (pages, failures, closed) == (visits, visits, 0)
    report = crawl_websites(workspace, WAVE, politeness=polite())
    assert report.taken == 0, "no website is visited again"
    assert held(workspace) == [N_WEBSITES] * 3 + [1]
