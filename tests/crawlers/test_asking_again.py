"""What becomes of a website whose pages are asked for again, when one of them is not as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from crawled_rows import load_pages
from loopback_sites import load_frame, polite
from returning_sites import NEW, ODD, ODDITIES, PATHS, ReturningSite
from warcio.archiveiterator import ArchiveIterator

from crawlers.run import crawl_websites
from storage.database import Store
from storage.records.crawl import Page
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

FIRST, SECOND = "w1", "w2"
KINDS = [*ODDITIES, "no_validators"]
# How often the odd page is asked for, where that is not once: retries as in any visit.
TIMES = {
    "slow_down": 2,
    "unavailable_once": 2,
    "broken": 3,
    "closes_before_it_answers": 2,  # on a connection that was kept, which servers may close
    "resets": 3,
    "half_a_head": 2,
    "dislikes_conditions": 2,
    "farewell": 2,
    "silent": 2,
    "half_a_body": 2,
    "start_unavailable_once": 2,
    "start_resets": 2,
}
# Pages of which none is kept any more.
GONE = {
    "vanished", "moved", "moved_home", "moved_away", "broken", "forbidden", "resets", "no_http",
    "unknown_coding", "too_large", "empty",
}  # fmt: skip
# Pages whose body came, as it was or not; all others are told to be the same.
SENT = {
    "changed": {ODD, NEW},
    "moved": {ODD},  # it counts under the address that was asked for
    "same_bytes": {ODD},
    "half_a_body": {ODD},
    "silent": {ODD},  # asked for once more without conditions
    "dislikes_conditions": set(PATHS[3:]),
    "start_changed": {"/"},
    "last_changed": {"/p7"},
    "no_validators": {ODD},
}


@dataclass(frozen=True, slots=True)
class Returned:
    """The websites after two waves, and what the second brought home."""

    sites: dict[str, ReturningSite]
    pages: dict[str, list[Page]]
    root: Path


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Returned]:
    workspace = Workspace(tmp_path_factory.mktemp("again"))
    sites = {kind: ReturningSite(kind, f"127.77.0.{k}") for k, kind in enumerate(KINDS, start=1)}
    for number, wave in enumerate((FIRST, SECOND), start=1):
        for site in sites.values():
            site.wave = number
        load_frame(workspace, [site.url for site in sites.values()], wave)
        # Long enough for answers of a machine that has much else to do; one website keeps silent.
        manners = polite(render="never", timeout_seconds=6.0)
        crawl_websites(workspace, wave, politeness=manners)
    with Store(workspace.database) as store:
        pages = {k: load_pages(store, SECOND, WebsiteUrl(s.url)) for k, s in sites.items()}
    yield Returned(sites, pages, workspace.root)
    for site in sites.values():
        site.close()


def path_of(page: Page) -> str:
    return "/" + page.url.split("/", 3)[3]


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in {"too_many", "start_gone"}])
def test_nothing_is_asked_twice_that_any_visit_would_ask_once(
    returned: Returned, kind: str
) -> None:
    odd = ODDITIES[kind].path if kind in ODDITIES else ODD
    wanted = Counter(PATHS) + Counter({odd: TIMES.get(kind, 1) - 1})
    if kind in {"changed", "moved"}:
        wanted[NEW] += 1
    if kind == "start_moved":  # it leads to a page that is then in its turn, too
        wanted["/p1"] += 1
    asked = returned.sites[kind].paths(2)
    assert Counter(asked) == wanted
    first_times = [path for path in dict.fromkeys(asked) if path != NEW]
    assert first_times == list(PATHS)  # in the order of the earlier wave


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in {"too_many", "start_gone"}])
def test_pages_are_kept_as_they_are_and_those_not_sent_by_what_the_earlier_wave_has(
    returned: Returned, kind: str
) -> None:
    pages = {path_of(page): page for page in returned.pages[kind]}
    gone = {ODD} if kind in GONE and kind != "moved" else set()
    assert set(pages) == set(PATHS) - gone | SENT.get(kind, set())
    assert sorted(page.position for page in pages.values()) == list(range(len(pages)))
    not_sent = {path for path, page in pages.items() if page.revisit == "server-not-modified"}
    assert not_sent == set(pages) - SENT.get(kind, set())
    now = f"archive/{SECOND}/"
    there = {path for path, page in pages.items() if page.archive_file.startswith(now)}
    assert there.isdisjoint(not_sent)


def test_a_website_that_wants_to_be_left_alone_is(returned: Returned) -> None:
    assert returned.sites["too_many"].paths(2) == ["/", "/p1", "/p2", ODD]
    assert [path_of(page) for page in returned.pages["too_many"]] == ["/", "/p1", "/p2"]


def test_a_start_page_that_is_gone_ends_the_visit_as_ever(returned: Returned) -> None:
    assert returned.sites["start_gone"].paths(2) == ["/"]
    assert not returned.pages["start_gone"]


def test_as_long_as_nothing_is_odd_all_goes_over_one_connection(returned: Returned) -> None:
    for kind, where in (("plain", ["/"]), ("closing", ["/", "/p4"]), ("with_a_body", ["/", "/p4"])):
        site = returned.sites[kind]
        assert [one.path for one in site.asked if one.wave == 2 and one.is_first] == where
        assert all(one.is_conditional for one in site.asked if one.wave == 2)


def test_what_a_page_that_is_not_sent_says_of_its_use_is_heard(returned: Returned) -> None:
    with Store(Workspace(returned.root).database) as store:
        said = store.rows(
            "SELECT website_url, signal, n_pages FROM website_signal WHERE wave = ?", [SECOND]
        )
    sites = returned.sites
    assert sorted(said) == sorted(
        [
            (sites["says_noindex"].url, "noindex", 1),
            (sites["reserves_rights"].url, "tdm-reservation", 1),
        ]
    )


def test_cookies_of_a_page_that_is_not_sent_are_sent_back(returned: Returned) -> None:
    site = returned.sites["sets_a_cookie"]
    assert [one.path for one in site.asked if one.has_cookie] == list(PATHS[4:])


def test_the_archive_holds_one_revisit_for_each_page_not_sent(returned: Returned) -> None:
    (file,) = (returned.root / "archive" / SECOND).glob("*.warc.gz")
    with file.open("rb") as stream:
        revisits = Counter(
            record.rec_headers.get_header("WARC-Target-URI")
            for record in ArchiveIterator(stream)
            if record.rec_type == "revisit"
        )
    told = Counter(
        page.final_url for pages in returned.pages.values() for page in pages if page.revisit
    )
    assert revisits == told
