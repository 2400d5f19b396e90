from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from coded_sites import N_ITEMS, PAGES_OF_CODED_SITES, coded_sites
from crawled_rows import website_rows
from crowded_sites import crowded_sites
from evil_sites import evil_sites
from habit_sites import IDS, ITEMS, habit_sites
from hostile_sites import hostile_sites
from hostile_web import HostileSite, HostileWeb, judged
from lenient_sites import lenient_sites
from listed_sites import listed_sites
from loopback_sites import WAVE, load_frame, polite
from misled_sites import misled_sites
from odd_sites import odd_sites
from picky_sites import HAD, picky_sites
from shape_sites import PAGES, shape_sites
from uneven_sites import PAGES as PAGES_OF_UNEVEN_SITES
from uneven_sites import uneven_sites
from visitor_sites import PAGES as PAGES_OF_VISITOR_SITES
from visitor_sites import visitor_sites

from crawlers.run import crawl_websites
from storage.database import Store
from storage.workspace import Workspace

MAX_PAGES = 25
MAX_BYTES = 2_000_000  # of a page
SITES = (
    *(hostile_sites, odd_sites, coded_sites, evil_sites, lenient_sites, shape_sites),
    *(habit_sites, listed_sites, visitor_sites, crowded_sites, uneven_sites),
    *(misled_sites, picky_sites),
)
NAMES = tuple(name for sites in SITES for name in sites())


@dataclass(frozen=True)
class Crawled:
    sites: dict[str, HostileSite]
    rows: dict[str, dict[str, Any]]
    failures: dict[str, dict[str, str]]
    seconds: float
    peak_mb: float


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    web = HostileWeb({name: site for sites in SITES for name, site in sites().items()})
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    load_frame(workspace, [site.url for site in web.sites.values()])
    begun, watch = monotonic(), PeakOfCrawl(workspace)
    crawl_websites(
        workspace,
        WAVE,
        politeness=polite(timeout_seconds=2.5, max_bytes_per_page=MAX_BYTES, websites_at_once=12),
    )
    seconds = monotonic() - begun
    watch.end()
    with Store(workspace.database) as store:
        rows = {row["website_url"]: row for row in website_rows(store, WAVE).to_pylist()}
        failed = store.rows("SELECT website_url, url, reason FROM fetch_failure")
    yield Crawled(
        sites=web.sites,
        rows={name: rows[site.url] for name, site in web.sites.items()},
        failures={
            name: {url.removeprefix(site.url): reason for w, url, reason in failed if w == site.url}
            for name, site in web.sites.items()
        },
        seconds=seconds,
        peak_mb=watch.peak_mb,
    )
    web.close()


class PeakOfCrawl:
    """Watches the crawl process; `getrusage` would count what this process held when it forked."""

    def __init__(self, workspace: Workspace) -> None:
        self.peak_mb = 0.0
        self._wanted = str(workspace.root).encode()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.2):
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):  # it ended in between
                    words = entry.read_bytes().split(b"\0")
                    if b"crawlers.worker" in words and self._wanted in words:
                        status = (entry.parent / "status").read_text()
                        self.peak_mb = int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.parametrize("name", NAMES)
def test_every_website_ends_with_its_outcome(crawled: Crawled, name: str) -> None:
    assert crawled.rows[name]["outcome"] == crawled.sites[name].outcome, crawled.rows[name]


@pytest.mark.parametrize("name", NAMES)
def test_no_website_has_anything_to_say_against_its_crawler(crawled: Crawled, name: str) -> None:
    site = crawled.sites[name]
    assert judged(site) == [], site.paths


@pytest.mark.parametrize("name", NAMES)
def test_no_trap_gets_more_than_ten_requests_beyond_the_page_limit(
    crawled: Crawled, name: str
) -> None:
    assert len(crawled.sites[name].paths) <= MAX_PAGES + 10


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("calendar", 11),
        ("subtle_calendar", 11),
        ("self_growing", 11),
        ("facets", 11),
        ("home_for_all", 2),
        ("soft_errors", 10),
        ("aliases", 10),
        ("empty_pages", 10),
        ("ordinary", 9),
        ("feed", 9),
        *((name, PAGES + 2) for name in shape_sites()),
        ("days", 11),
        ("growing_path", 11),
        ("gone_el", 9),
        ("gone_bg", 9),
        ("gone_tr", 9),
        ("gone_lv", 9),
        ("echoes", 14),
        ("beside_each", 9),
        ("turned_away", 6),
        ("in_many_views", len(PAGES_OF_VISITOR_SITES)),
    ],
)
def test_repeats_and_error_pages_are_not_kept(crawled: Crawled, name: str, most: int) -> None:
    assert crawled.rows[name]["n_pages"] <= most


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        *((name, PAGES_OF_CODED_SITES) for name in coded_sites() if name.startswith("code_")),
        ("time_stamp", PAGES_OF_CODED_SITES),
        ("catalogue", PAGES_OF_CODED_SITES + N_ITEMS),
        ("coming_soon", PAGES_OF_CODED_SITES + 10),  # nine items, and one that is empty
        ("items_by_slug", PAGES_OF_CODED_SITES + len(ITEMS)),
        ("by_ids", 1 + IDS),
        ("one_is_a_file", PAGES_OF_CODED_SITES),
        ("adds_language", PAGES_OF_CODED_SITES),
        ("drops_ending", PAGES_OF_CODED_SITES),
        ("noting_page", len(PAGES_OF_VISITOR_SITES)),
        ("noting_place", len(PAGES_OF_VISITOR_SITES)),
        ("noting_item", len(PAGES_OF_VISITOR_SITES)),
    ],
)
def test_codes_in_links_hide_no_page_and_make_none(crawled: Crawled, name: str, pages: int) -> None:
    assert crawled.rows[name]["n_pages"] == pages, crawled.sites[name].paths


@pytest.mark.parametrize("name", crowded_sites())
def test_no_crowd_hides_a_page(crawled: Crawled, name: str) -> None:
    site = crawled.sites[name]
    assert set(site.pages) <= set(site.paths), site.paths


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bomb", "too_large"),
        ("bomb_deflate", "too_large"),
        ("bomb_in_bomb", "too_large"),
        ("brotli_bomb", "too_large"),
        ("gzip_in_gzip", "bad_response"),
        ("brotli", "bad_response"),
        ("picture", "bad_response"),
        ("data", "bad_response"),
        ("dripping_head", "timeout"),
        ("dripping_body", "timeout"),
        ("one_line", "too_large"),
        ("reset_in_body", "connection_reset"),
        ("chunk_extension", "bad_response"),
    ],
)
def test_a_page_that_is_none_is_one_failure_of_its_own(
    crawled: Crawled, name: str, reason: str
) -> None:
    assert crawled.failures[name].get("bad") == reason, crawled.failures[name]


@pytest.mark.parametrize(
    "name", ["endless_body", "endless_chunks", "endless_head", "endless_line", "endless_interim"]
)
def test_what_has_no_end_is_given_up(crawled: Crawled, name: str) -> None:
    # Too large or too long: on a busy machine the clock may be first. Or we hung up.
    assert crawled.failures[name].get("bad") in {
        *("too_large", "timeout", "bad_response", "connection_reset")
    }


@pytest.mark.parametrize("name", ["bomb", "bomb_deflate"])
def test_bytes_that_came_to_nothing_count(crawled: Crawled, name: str) -> None:
    # What it was inflated to when that became too much.
    assert crawled.rows[name]["n_bytes"] > 0.9 * MAX_BYTES


def test_it_ends_soon_and_stays_small(crawled: Crawled) -> None:
    assert crawled.seconds < 90
    assert 20 < crawled.peak_mb < 250


@pytest.mark.parametrize(
    "name", ["never_the_same_segment", "never_the_same_parameter", "time_alone"]
)
def test_pages_that_never_come_the_same_are_kept_once_each(crawled: Crawled, name: str) -> None:
    assert crawled.rows[name]["n_pages"] == len(PAGES_OF_UNEVEN_SITES)


@pytest.mark.parametrize(
    "name", ["turns_to_503", "turns_to_500", "turns_to_429", "turns_to_resets"]
)
def test_what_was_had_before_a_host_turned_is_kept(crawled: Crawled, name: str) -> None:
    assert crawled.rows[name]["n_pages"] == HAD
