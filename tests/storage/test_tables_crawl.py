from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from crawled_rows import load_pages, website_rows

from storage.accounting import TRANSIENT, Outcome
from storage.database import Store
from storage.errors import NotReady
from storage.records.crawl import FetchFailure, Page, RunId, WebsiteVisit
from storage.records.frame import WebsiteUrl
from storage.tables.crawl import (
    close_crawl_run,
    closed_crawl_runs,
    insert_crawl,
    next_pass_at,
    pending_websites,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCHEDULE = (4.0, 24.0)
A, B, C = (WebsiteUrl(f"http://{name}.example/") for name in "abc")


@pytest.fixture
def crawl_store() -> Iterator[Store]:
    with Store() as store:
        store.execute("INSERT INTO wave VALUES ('w', 1, ?, 'r.csv', '', '', 3, 0)", [NOW])
        for unit, website, given in (
            ("1", A, True),
            ("2", A, True),
            ("3", B, False),
            ("4", C, True),
        ):
            store.execute(
                "INSERT INTO unit_website VALUES ('w', ?, ?, ?, true)", [unit, website, given]
            )
        yield store


def visit(
    website: WebsiteUrl,
    outcome: Outcome = Outcome.REACHED,
    *,
    number: int = 1,
    ended_at: datetime = NOW,
    not_before: datetime | None = None,
) -> WebsiteVisit:
    return WebsiteVisit(
        website_url=website,
        final_url=website,
        outcome=outcome,
        detail="",
        n_requests=5,
        n_pages=1,
        n_bytes=100,
        started_at=ended_at - timedelta(minutes=1),
        ended_at=ended_at,
        pass_number=number,
        not_before=not_before,
    )


def page(website: WebsiteUrl, path: str = "", *, offset: int = 0, position: int = 0) -> Page:
    return Page(
        website_url=website,
        url=f"{website}{path}",
        final_url=f"{website}{path}",
        fetched_at=NOW,
        http_status=200,
        media_type="text/html",
        n_bytes=10,
        body_digest="sha256:0",
        archive_file="archive/w/r.warc.gz",
        archive_offset=offset,
        position=position,
    )


def insert(store: Store, *visits: WebsiteVisit, pages: tuple[Page, ...] = ()) -> int:
    with store.transaction():
        return insert_crawl(
            store, wave="w", run_id=RunId("r"), visits=visits, pages=pages, failures=[]
        )


def pending(store: Store, now: datetime = NOW) -> dict[str, int]:
    tasks = pending_websites(store, "w", now=now, schedule=SCHEDULE)
    return {task.website_url: task.pass_number for task in tasks}


def test_every_website_is_due_once_however_many_units_name_it(crawl_store: Store) -> None:
    tasks = pending_websites(crawl_store, "w", now=NOW, schedule=SCHEDULE)
    assert [(t.website_url, t.scheme_given, t.pass_number) for t in tasks] == [
        (A, True, 1),
        (B, False, 1),
        (C, True, 1),
    ]


def test_a_wave_without_frame_is_not_ready(crawl_store: Store) -> None:
    with pytest.raises(NotReady):
        pending_websites(crawl_store, "other", now=NOW, schedule=SCHEDULE)


def test_what_was_reached_or_refused_is_not_due_again(crawl_store: Store) -> None:
    insert(crawl_store, visit(A), visit(B, Outcome.REFUSED_ROBOTS), visit(C, Outcome.PARKED))
    assert pending(crawl_store, NOW + timedelta(days=365)) == {}
    assert next_pass_at(crawl_store, "w", schedule=SCHEDULE) is None


@pytest.mark.parametrize("outcome", sorted(TRANSIENT))
def test_what_may_pass_is_due_again_at_its_time(crawl_store: Store, outcome: Outcome) -> None:
    insert(crawl_store, visit(A, outcome), visit(B), visit(C))
    assert next_pass_at(crawl_store, "w", schedule=SCHEDULE) == NOW + timedelta(hours=4)
    assert pending(crawl_store, NOW + timedelta(hours=3, minutes=59)) == {}
    assert pending(crawl_store, NOW + timedelta(hours=4)) == {A: 2}


def test_who_asked_to_be_left_alone_for_longer_is(crawl_store: Store) -> None:
    later, soon = NOW + timedelta(days=2), NOW + timedelta(hours=1)
    insert(
        crawl_store,
        visit(A, Outcome.RATE_LIMITED, not_before=later),
        visit(B, Outcome.SERVER_ERROR, not_before=soon),
        visit(C, not_before=later),
    )
    assert next_pass_at(crawl_store, "w", schedule=SCHEDULE) == NOW + timedelta(hours=4)
    assert pending(crawl_store, NOW + timedelta(hours=4)) == {B: 2}
    insert(crawl_store, visit(B, number=2))
    assert next_pass_at(crawl_store, "w", schedule=SCHEDULE) == later
    assert pending(crawl_store, later - timedelta(minutes=1)) == {}
    assert pending(crawl_store, later) == {A: 2}


def failures(website: WebsiteUrl, n: int, reason: Outcome, after: int = 1) -> list[FetchFailure]:
    """Return faults of as many pages, so many seconds after the last page that was had."""
    return [
        FetchFailure(
            website_url=website,
            url=f"{website}{number}",
            reason=reason,
            detail="",
            failed_at=NOW + timedelta(seconds=after),
        )
        for number in range(n)
    ]


@pytest.mark.parametrize(("n", "reason"), [(5, Outcome.SERVER_ERROR), (2, Outcome.RATE_LIMITED)])
def test_who_failed_half_way_is_due_again(crawl_store: Store, n: int, reason: Outcome) -> None:
    fewer = [*failures(B, n - 1, reason), *failures(B, 9, Outcome.NOT_FOUND)]
    before = failures(C, 9, reason, after=-1)
    with crawl_store.transaction():
        insert_crawl(
            crawl_store,
            wave="w",
            run_id=RunId("r"),
            visits=[visit(A), visit(B), visit(C)],
            pages=[page(A), page(B), page(C)],
            failures=[*failures(A, n, reason), *fewer, *before],
        )
    assert next_pass_at(crawl_store, "w", schedule=SCHEDULE) == NOW + timedelta(hours=4)
    assert pending(crawl_store, NOW + timedelta(hours=3)) == {}
    assert pending(crawl_store, NOW + timedelta(hours=4)) == {A: 2}
    later = dataclasses.replace(page(A, "late"), fetched_at=NOW + timedelta(hours=5))
    insert(crawl_store, visit(A, number=2, ended_at=NOW + timedelta(hours=5)), pages=(later,))
    assert pending(crawl_store, NOW + timedelta(days=9)) == {}
    assert crawl_store.rows("SELECT n_pages, n_passes FROM website WHERE website_url = ?", [A]) == [
        (2, 2)
    ]


def test_passes_end_with_the_schedule(crawl_store: Store) -> None:
    insert(crawl_store, visit(B), visit(C), visit(A, Outcome.TIMEOUT))
    insert(crawl_store, visit(A, Outcome.TIMEOUT, number=2))
    assert pending(crawl_store, NOW + timedelta(hours=23)) == {}
    assert pending(crawl_store, NOW + timedelta(hours=24)) == {A: 3}
    insert(crawl_store, visit(A, Outcome.TIMEOUT, number=3))
    assert pending(crawl_store, NOW + timedelta(days=99)) == {}
    assert next_pass_at(crawl_store, "w", schedule=SCHEDULE) is None


def test_taking_over_twice_changes_nothing(crawl_store: Store) -> None:
    assert insert(crawl_store, visit(A), pages=(page(A), page(A, "x", position=1))) == 1
    assert insert(crawl_store, visit(A), pages=(page(A, offset=99),)) == 0
    assert [one.archive_offset for one in load_pages(crawl_store, "w", A)] == [0, 0]


def test_a_later_pass_replaces_pages_of_the_same_address(crawl_store: Store) -> None:
    insert(crawl_store, visit(A, Outcome.TIMEOUT), pages=(page(A), page(A, "x", position=1)))
    insert(crawl_store, visit(A, number=2), pages=(page(A, offset=7),))
    pages = load_pages(crawl_store, "w", A)
    assert [(one.url, one.archive_offset) for one in pages] == [(A, 7), (f"{A}x", 0)]
    assert pages[0] == page(A, offset=7)


def test_websites_that_left_the_frame_are_not_taken_over(crawl_store: Store) -> None:
    gone = WebsiteUrl("http://gone.example/")
    assert insert(crawl_store, visit(gone), pages=(page(gone),)) == 0
    assert load_pages(crawl_store, "w", gone) == []


def test_the_visit_that_counts_is_the_one_that_reached_the_website(crawl_store: Store) -> None:
    insert(crawl_store, visit(A, Outcome.TIMEOUT), visit(B, Outcome.TIMEOUT))
    insert(crawl_store, visit(A, number=2), pages=(page(A),))
    insert(
        crawl_store, visit(A, Outcome.TIMEOUT, number=3), visit(B, Outcome.DNS_FAILURE, number=2)
    )
    rows = website_rows(crawl_store, "w").to_pylist()
    assert [(r["website_url"], r["outcome"], r["n_requests"], r["n_pages"]) for r in rows] == [
        (A, "reached", 15, 1),
        (B, "dns_failure", 10, 0),
    ]


def test_failures_are_kept_with_their_reason(crawl_store: Store) -> None:
    failure = FetchFailure(
        website_url=A, url=f"{A}gone", reason=Outcome.NOT_FOUND, detail="HTTP 404", failed_at=NOW
    )
    insert_crawl(
        crawl_store, wave="w", run_id=RunId("r"), visits=[visit(A)], pages=[], failures=[failure]
    )
    assert crawl_store.rows("SELECT url, reason FROM fetch_failure") == [(f"{A}gone", "not_found")]


def test_a_run_is_closed_once(crawl_store: Store) -> None:
    close_crawl_run(crawl_store, wave="w", run_id=RunId("r"))
    close_crawl_run(crawl_store, wave="w", run_id=RunId("r"))
    assert closed_crawl_runs(crawl_store, "w") == {"r"}
    assert closed_crawl_runs(crawl_store, "other") == set()
