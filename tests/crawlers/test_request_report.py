"""What servers saw, what the report says, and what keeps a crawl within hours and day."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawled_rows import website_rows
from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, page, polite

from crawlers.request_report import write_request_report
from crawlers.run import crawl_websites
from storage.database import Store
from storage.errors import InvalidInput
from storage.workspace import Workspace

LINKS = [f"/p{n}" for n in range(12)]


def report(workspace: Workspace, domain: str = "") -> list[dict[str, str]]:
    target = workspace.root / "out" / "requests.csv"
    with Store(workspace.database) as store:
        n_rows = write_request_report(store, workspace, WAVE, to=target, domain=domain)
    with target.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == n_rows
    return rows


def twelve_pages(make_site: MakeSite) -> LoopbackSite:
    pages = {f"/p{n}": page(f"Page {n}", *LINKS) for n in range(10)}
    return make_site({"/": page("Home", *LINKS), **pages, "/p10": Reply(status=500)})


def test_the_report_holds_what_the_servers_saw(workspace: Workspace, make_site: MakeSite) -> None:
    shop = twelve_pages(make_site)
    down = make_site({"/robots.txt": Reply(status=503)})
    load_frame(workspace, [shop.url, down.url])
    crawl_websites(workspace, WAVE, politeness=polite(max_retries=1))
    rows = {row["domain"]: row for row in report(workspace)}
    for site in (shop, down):
        assert int(rows[site.address]["requests"]) == len(site.requests)
        assert rows[site.address]["host"] == f"{site.address}:{site.port}"
        assert rows[site.address]["user_agent"] == site.requests[0][2]["User-Agent"]
    assert rows[shop.address]["robots_txt"] == "404"
    assert rows[shop.address]["pages"] == "11"
    assert "500=2" in rows[shop.address]["statuses"]
    assert rows[down.address]["statuses"] == "503=2"
    assert [row["domain"] for row in report(workspace, shop.address)] == [shop.address]
    with Store(workspace.database) as store:
        spent = {row["website_url"]: row for row in website_rows(store, WAVE).to_pylist()}
    assert spent[shop.url]["n_requests"] == len(shop.requests)


def test_no_cell_of_the_report_is_a_formula(workspace: Workspace, make_site: MakeSite) -> None:
    site = make_site({"/": page("Home")})
    load_frame(workspace, [site.url])
    crawl_websites(workspace, WAVE, politeness=polite(organisation="=cmd|' /C calc'!A0"))
    assert all(not cell.startswith(tuple("=+-@\t\r")) for cell in report(workspace)[0].values())


def test_a_report_that_cannot_be_written_is_told(workspace: Workspace, tmp_path: Path) -> None:
    load_frame(workspace, [])
    (tmp_path / "taken").write_text("a file, no directory")
    with Store(workspace.database) as store, pytest.raises(InvalidInput, match="cannot be written"):
        write_request_report(store, workspace, WAVE, to=tmp_path / "taken" / "x.csv")


def test_the_day_ends_a_visit_which_goes_on_the_next_day(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site = twelve_pages(make_site)
    load_frame(workspace, [site.url])
    capped = polite(max_requests_per_website_and_day=6)
    first = crawl_websites(workspace, WAVE, politeness=capped)
    assert (first.pending, first.done, first.interrupted) == (1, 0, False)
    assert "all that one may get in a day" in first.notes[0]
    assert len(site.requests) == 6
    again = crawl_websites(workspace, WAVE, politeness=capped)
    assert (again.pending, len(site.requests)) == (1, 6)
    logs = workspace.crawls.glob("*/*/requests.log")
    for log in logs:  # the day after: what was sent was sent yesterday
        _make_older(log)
    last = crawl_websites(workspace, WAVE, politeness=polite(max_requests_per_website_and_day=50))
    assert last.done == 1
    asked = [path for path in site.paths if path not in {"/robots.txt", "/p10"}]
    assert len(asked) == len(set(asked))


def _make_older(log: Path) -> None:
    lines = []
    for line in log.read_text("utf-8").splitlines():
        parts = line.split("\t")
        if parts[0] == "B":
            parts[2] = str(float(parts[2]) - 86_400)
        lines.append("\t".join(parts))
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_outside_its_hours_a_run_does_nothing_and_says_when_to_come(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site = make_site({"/": page("Home")})
    load_frame(workspace, [site.url])
    begins = datetime.now(UTC) + timedelta(hours=2)
    window = f"{begins:%H:%M}-{begins + timedelta(hours=1):%H:%M}"
    report = crawl_websites(workspace, WAVE, politeness=polite(hours=window))
    assert (report.taken, site.requests) == (0, [])
    assert f"begin at {begins:%Y-%m-%d %H:%M} UTC" in report.notes[0]
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 1


def test_a_crawl_stops_when_its_hours_end_and_goes_on_in_the_next_ones(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site = make_site(
        lambda path, _: (
            Reply(status=404) if path == "/robots.txt" else page(path, *LINKS) if path else Reply()
        )
    )
    load_frame(workspace, [site.url])
    # Open by the clock that the run is told, closed by the one that its requests go by.
    ended = datetime.now(UTC) - timedelta(hours=2)
    window = f"{ended - timedelta(hours=1):%H:%M}-{ended:%H:%M}"
    stopped = crawl_websites(
        workspace, WAVE, politeness=polite(hours=window), now=ended - timedelta(minutes=30)
    )
    assert (stopped.pending, stopped.interrupted, site.requests) == (1, False, [])
    assert "stopped where they were" in stopped.notes[0]
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 1
