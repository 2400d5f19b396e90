"""What is asked for once more: bodies in part, conditions that hang, cookies of a visit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, page, polite, redirect

from crawlers.answers import Answer, Fault
from crawlers.bodies_in_part import fuller, is_in_part, lacks_something
from crawlers.condition_answers import was_had_without
from crawlers.run import crawl_websites
from storage.accounting import Outcome
from storage.page_archive import Exchange, Headers
from storage.workspace import Workspace

IF = ("If-None-Match", '"a"')
FAULT = Fault(reason=Outcome.TIMEOUT, detail="")
PATHS = ("/", *(f"/p{n}" for n in range(9)))
GATE = Reply(body=b"<html><title>Age</title>Are you 18? <a href='/enter'>yes</a></html>")


def came(body: bytes = b"", status: int = 200, *, whole: bool = True, sent: Headers = ()) -> Answer:
    exchange = Exchange(
        url="https://a.test/",
        fetched_at=datetime.now(UTC),
        address="",
        request_headers=sent,
        http_status=status,
        headers=(),
        body=body,
    )
    return Answer(exchange=exchange, body=body, whole=whole)


def test_a_body_in_part_and_an_unchanged_page_that_nobody_knew_lack_something() -> None:
    assert lacks_something(came(b"half", whole=False), ())
    assert lacks_something(came(status=304), ())
    assert not lacks_something(came(status=304), (IF,))
    assert not lacks_something(came(b"all"), ())
    assert not lacks_something(came(b"half", 404, whole=False), ())
    assert not lacks_something(FAULT, ())
    assert not is_in_part(came(b"cut by us", whole=False)._replace(cut=True))


def test_of_two_answers_the_one_that_says_more_is_taken() -> None:
    half, less, all_of_it = came(b"half", whole=False), came(b"h", whole=False), came(b"all")
    assert fuller(half, all_of_it) is all_of_it
    assert fuller(half, less) is half
    assert fuller(less, half) is half
    assert fuller(half, FAULT) is half
    assert fuller(half, came(b"gone", 404)) is half


def test_who_answers_without_conditions_only_is_found_out() -> None:
    assert was_had_without(came(b"all"), (IF,))
    assert not was_had_without(came(status=304, sent=(IF,)), (IF,))
    assert not was_had_without(came(b"all"), ())
    assert not was_had_without(FAULT, (IF,))


def gated(make_site: MakeSite, *, sets_on_page: bool) -> LoopbackSite:
    """Return ten pages behind a cookie, which the answer to a question sets, or the start page."""
    made: list[LoopbackSite] = []
    cookie = {"Set-Cookie": "known=1; Path=/"}

    def answering(path: str, _: int) -> Reply:
        is_known = "known=1" in made[0].requests[-1][2].get("Cookie", "")
        if path == "/robots.txt":
            return Reply(status=404)
        if path == "/" and (is_known or sets_on_page):
            return Reply(body=page("Home", *PATHS[1:]).body, headers=cookie)
        if path == "/enter":
            return Reply(status=302, headers=redirect("/").headers | cookie)
        if not is_known:
            return redirect("/") if path != "/" else GATE
        return page(f"Page {path}", *PATHS) if path in PATHS else Reply(status=404)

    made.append(make_site(answering))
    return made[0]


@pytest.mark.parametrize("sets_on_page", [True, False])
def test_a_visit_that_goes_on_has_its_cookies_again(
    workspace: Workspace, make_site: MakeSite, sets_on_page: bool
) -> None:
    site = gated(make_site, sets_on_page=sets_on_page)
    load_frame(workspace, [site.url])
    for most in (8, 99):
        report = crawl_websites(
            workspace, WAVE, politeness=polite(max_requests_per_website_and_day=most)
        )
    assert report.done == 1
    assert set(PATHS) <= set(site.paths)
    known = {path for path, _, sent in site.requests if "known=1" in sent.get("Cookie", "")}
    assert set(PATHS[1:]) <= known
    assert len(site.paths) <= len(PATHS) + 6


def test_who_wants_a_language_is_told_so_once_a_wave_and_before_conditions(
    workspace: Workspace, make_site: MakeSite
) -> None:
    made: list[LoopbackSite] = []

    def answering(path: str, _: int) -> Reply:
        sent = made[0].requests[-1][2]
        if path == "/robots.txt":
            return Reply(status=404)
        if sent.get("Accept-Language") != "*":
            return Reply(status=406)
        if path not in PATHS:
            return Reply(status=404)
        if sent.get("If-None-Match"):
            return Reply(status=304)
        said = page(f"Page {path} {path * 9}", *PATHS)
        return Reply(body=said.body, headers={**said.headers, "ETag": '"a"'})

    made.append(make_site(answering))
    site = made[0]
    for wave, n_rules in ((WAVE, 1), ("later", 0)):
        n_before = len(site.paths)
        load_frame(workspace, [site.url], wave)
        assert crawl_websites(workspace, wave, politeness=polite()).done == 1
        asked = site.paths[n_before:]
        assert set(PATHS) <= set(asked)
        assert len(asked) == len(PATHS) + n_rules + 1, "the start page twice"
