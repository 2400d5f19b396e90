"""What a command does with the store beside a crawl: at its beginning and at each of its ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from loopback_sites import WAVE, MakeSite, load_frame, page, polite

from crawlers.run import crawl_websites
from storage.database import Store
from storage.errors import NotReady
from storage.records.stage import StageReport
from storage.workspace import Workspace


@dataclass
class Notes:
    """Writes down what the store held at the beginning and at the end."""

    fault: Exception | None = None
    visits: list[int] = field(default_factory=list)
    reports: list[StageReport] = field(default_factory=list)

    def begin(self, store: Store) -> None:
        self._note(store)
        if self.fault:
            raise self.fault

    def end(self, store: Store, report: StageReport) -> None:
        self._note(store)
        self.reports.append(report)

    def _note(self, store: Store) -> None:
        self.visits.append(store.rows("SELECT count(*) FROM website_visit")[0][0])


def test_work_is_done_before_the_crawl_and_behind_what_it_brought(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site = make_site({"/": page("Home")})
    load_frame(workspace, [site.url])
    notes = Notes()
    report = crawl_websites(workspace, WAVE, politeness=polite(), beside=notes)
    assert notes.visits == [0, 1]
    assert notes.reports == [report]
    assert report.done == 1


def test_it_ends_also_where_nobody_is_due(workspace: Workspace, make_site: MakeSite) -> None:
    load_frame(workspace, [make_site({"/": page("Home")}).url])
    crawl_websites(workspace, WAVE, politeness=polite())
    notes = Notes()
    report = crawl_websites(workspace, WAVE, politeness=polite(), beside=notes)
    assert (notes.visits, notes.reports, report.taken) == ([1, 1], [report], 0)


def test_it_ends_also_out_of_hours(workspace: Workspace, make_site: MakeSite) -> None:
    site = make_site({"/": page("Home")})
    load_frame(workspace, [site.url])
    notes, noon = Notes(), datetime(2026, 1, 10, 12, tzinfo=UTC)
    night = polite(hours="02:00-03:00", time_zone="UTC")
    report = crawl_websites(workspace, WAVE, politeness=night, now=noon, beside=notes)
    assert (notes.visits, notes.reports, site.paths) == ([0, 0], [report], [])


def test_a_fault_at_the_beginning_ends_the_crawl_before_anybody_is_asked(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site = make_site({"/": page("Home")})
    load_frame(workspace, [site.url])
    with pytest.raises(NotReady, match="not now"):
        crawl_websites(
            workspace, WAVE, politeness=polite(), beside=Notes(fault=NotReady("not now"))
        )
    assert site.paths == []
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 1
