"""Passes over those that did not answer: when they are due, how many there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawled_rows import website_rows
from loopback_sites import WAVE, MakeSite, Reply, load_frame, page, polite

from crawlers.run import crawl_websites
from storage.database import Store
from storage.workspace import Workspace


def test_by_default_there_are_three_passes_spread_over_more_than_a_day() -> None:
    hours = polite().pass_hours
    assert len(hours) >= 2
    assert sum(hours) >= 24


def test_three_passes_are_made_each_in_its_time_and_then_the_outcome_stands(
    workspace: Workspace, make_site: MakeSite
) -> None:
    down = make_site(lambda path, _: Reply(status=503))
    late = make_site(
        lambda path, asked: (
            Reply(status=404)
            if path == "/robots.txt"
            else page("Back at last")
            if asked >= 2
            else Reply(status=503)
        )
    )
    fine = make_site({"/": page("Home")})
    load_frame(workspace, [down.url, late.url, fine.url])
    settings = polite(pass_hours=(4.0, 24.0), max_retries=0)

    def run(hours: float) -> tuple[int, str]:
        report = crawl_websites(
            workspace, WAVE, politeness=settings, now=datetime.now(UTC) + timedelta(hours=hours)
        )
        return report.taken, " ".join(report.notes)

    assert run(0)[0] == 3
    taken, told = run(3.9)
    assert (taken, "The next pass" in told) == (0, True)
    assert run(4.1)[0] == 2  # those that did not answer
    # The visits ended now, whatever moment the run was told: a day later is the third pass.
    assert run(23.9)[0] == 0
    assert run(24.1)[0] == 2
    taken, told = run(1000)
    assert (taken, "The next pass" in told) == (0, False)
    assert down.paths.count("/robots.txt") == 3
    assert late.paths.count("/robots.txt") == 1  # remembered: its answer said what is allowed
    assert fine.paths == ["/robots.txt", "/"]
    with Store(workspace.database) as store:
        rows = {row["website_url"]: row for row in website_rows(store, WAVE).to_pylist()}
    assert (rows[down.url]["outcome"], rows[down.url]["n_passes"]) == ("robots_unavailable", 3)
    assert (rows[late.url]["outcome"], rows[late.url]["n_passes"]) == ("reached", 3)
    assert rows[late.url]["n_requests"] == len(late.requests)


def test_a_website_whose_host_failed_half_way_is_gone_on_with_in_a_later_pass(
    workspace: Workspace, make_site: MakeSite
) -> None:
    state = {"pages": 4}
    paths = ("/", *(f"/{name}" for name in "abcdefghijk"))

    def answering(path: str, _: int) -> Reply:
        if path == "/robots.txt":
            return Reply(status=404)
        state["pages"] -= 1
        if state["pages"] < 0:
            return Reply(status=503)
        return page(f"Page {path} says what no other {path * 9} says", *paths)

    turned = make_site(answering)
    load_frame(workspace, [turned.url])
    settings = polite(pass_hours=(4.0,), max_retries=1)

    def row() -> dict[str, object]:
        with Store(workspace.database) as store:
            found: dict[str, object] = website_rows(store, WAVE).to_pylist()[0]
        return found

    crawl_websites(workspace, WAVE, politeness=settings)
    assert "The next pass" in crawl_websites(workspace, WAVE, politeness=settings).notes[0]
    assert (row()["outcome"], row()["n_pages"]) == ("reached", 4)
    assert row()["detail"] == "broken off: 5 pages in a row were not had"
    assert len(turned.paths) == 1 + 4 + 2 + 4, "only the first of them is asked for again"
    state["pages"] = 99
    later = datetime.now(UTC) + timedelta(hours=4.1)
    crawl_websites(workspace, WAVE, politeness=settings, now=later)
    assert (row()["outcome"], row()["n_pages"], row()["detail"]) == ("reached", len(paths), "")
    assert crawl_websites(workspace, WAVE, politeness=settings, now=later).taken == 0
