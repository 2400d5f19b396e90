"""A crawl that was killed, broken off or doubled: nothing lost, next to nothing asked twice."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from crawled_rows import load_pages, website_rows
from loopback_sites import (
    WAVE,
    LoopbackSite,
    MakeSite,
    Reply,
    load_frame,
    page,
    polite,
    redirect,
)

from crawlers.run import crawl_websites, only_crawl
from storage.database import Store
from storage.errors import NotReady, RetriableError
from storage.page_archive import read_page
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

HTML = {"Content-Type": "text/html"}
ROBOTS = Reply(body=b"User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"})
SCRIPT = """
import json, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from loopback_sites import polite
from crawlers.run import crawl_websites, only_crawl
from storage.workspace import Workspace
report = crawl_websites(Workspace(Path(sys.argv[1])), sys.argv[3], politeness=polite())
print(json.dumps({"interrupted": report.interrupted, "pending": report.pending,
                  "taken": report.taken}))
"""


def slow_site(make_site: MakeSite, wait: float = 0.08) -> LoopbackSite:
    links = [f"/p{n}" for n in range(20)]

    def answer(path: str, _: int) -> Reply:
        if path == "/robots.txt":
            return ROBOTS
        return Reply(body=page(path, *links).body, headers=HTML, wait=wait)

    return make_site(answer)


def start_crawl(workspace: Workspace, wave: str = WAVE) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(workspace.root), str(root / "tests" / "sites"), wave],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(root)},
    )


def wait_for(condition: Any, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def repeats(site: LoopbackSite) -> int:
    return len(site.paths) - len(set(site.paths))


def test_a_killed_crawl_goes_on_and_repeats_next_to_nothing(
    make_site: MakeSite, workspace: Workspace
) -> None:
    sites = [slow_site(make_site) for _ in range(2)]
    quick = make_site({"/": page("Done at once")})
    load_frame(workspace, [site.url for site in (*sites, quick)])
    process = start_crawl(workspace)
    wait_for(lambda: all(len(site.paths) > 8 for site in sites))
    process.kill()
    process.wait()
    time.sleep(0.3)
    asked = [len(site.paths) for site in sites]
    time.sleep(0.5)
    assert asked == [len(site.paths) for site in sites], "the crawl process died with its parent"
    archive = next(workspace.archive.glob(f"{WAVE}/*.warc.gz"))
    with archive.open("ab") as broken:
        broken.write(gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n")[:-9])
    journal = next(workspace.crawls.glob(f"{WAVE}/*/journal.jsonl"))
    with journal.open("ab") as broken:
        broken.write(b'{"kind": "page", "rec')
    report = crawl_websites(workspace, WAVE, politeness=polite())
    assert (report.taken, report.done) == (2, 2), "the finished website is not visited again"
    assert len(list(workspace.crawls.glob(f"{WAVE}/*/task.json"))) == 1
    for site in sites:
        assert repeats(site) <= 2, "robots.txt and the request that was on its way"
    assert len(quick.paths) == 2
    with Store(workspace.database) as store:
        assert sorted(website_rows(store, WAVE)["n_pages"].to_pylist()) == [1, 21, 21]
        for site in sites:
            for kept in load_pages(store, WAVE, WebsiteUrl(site.url)):
                assert (
                    read_page(workspace.root, kept.archive_file, kept.archive_offset).url
                    == kept.url
                )


def test_a_dead_crawl_process_is_told_and_gone_on_with(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = slow_site(make_site)
    load_frame(workspace, [site.url])

    def kill_child() -> None:
        wait_for(lambda: len(site.paths) > 5)
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().split(b"\0")
            except OSError:  # it ended in between
                continue
            if b"crawlers.worker" in words and str(workspace.root).encode() in words:
                os.kill(int(entry.parent.name), signal.SIGKILL)

    killer = threading.Thread(target=kill_child)
    killer.start()
    with pytest.raises(RetriableError, match="ended unexpectedly"):
        crawl_websites(workspace, WAVE, politeness=polite())
    killer.join()
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 1
    assert repeats(site) <= 2


def winding_site(make_site: MakeSite) -> LoopbackSite:
    """A website of which a good half of the requests bring no page."""
    links = [f"/p{n}" for n in range(4)]
    links += [f"/moved{n}" for n in range(4)] + [f"/gone{n}/x" for n in range(3)]
    links += ["/copies/a", "/copies/b"]
    answers = {
        "/": redirect("/start"),
        "/start": page("The start page of a firm", *links),
        "/robots.txt": ROBOTS,
        "/later": page("Only a repeat leads here", text="Something that is said nowhere else."),
    }
    answers |= {f"/p{n}": page(f"Page {n} of ours", text=f"Word{n} " * 60) for n in range(4)}
    answers |= {f"/moved{n}": redirect(f"/p{n}") for n in range(4)}
    copy = page("The start page of a firm", *links, "/later")
    answers |= {"/copies/a": copy, "/copies/b": copy}

    def answer(path: str, _: int) -> Reply:
        found = answers.get(path, Reply(status=404, body=b"no", headers=HTML))
        return replace(found, wait=0.15)

    return make_site(answer)


@pytest.mark.parametrize("after", [2, 6, 13])
def test_what_gave_no_page_is_not_asked_again_after_a_kill(
    make_site: MakeSite, workspace: Workspace, after: int
) -> None:
    undisturbed, killed = winding_site(make_site), winding_site(make_site)
    load_frame(workspace, [undisturbed.url])
    crawl_websites(workspace, WAVE, politeness=polite())
    load_frame(workspace, [killed.url], wave="again")
    process = start_crawl(workspace, wave="again")
    wait_for(lambda: len(killed.paths) > after)
    process.kill()
    process.communicate()
    time.sleep(0.3)
    crawl_websites(workspace, "again", politeness=polite())
    assert repeats(killed) <= 1, "the request that was on its way"
    assert set(killed.paths) == set(undisturbed.paths)
    with Store(workspace.database) as store:
        first, second = (
            {
                kept.final_url.removeprefix(site.url)
                for kept in load_pages(store, wave, WebsiteUrl(site.url))
            }
            for wave, site in ((WAVE, undisturbed), ("again", killed))
        )
        requests = website_rows(store, "again")["n_requests"].to_pylist()
    assert first == second
    assert len(undisturbed.paths) <= requests[0] + 1 <= len(undisturbed.paths) + 1


def test_a_wave_over_an_unchanged_web_that_is_killed_asks_for_nothing_that_it_would_not_ask(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = winding_site(make_site)
    load_frame(workspace, [site.url])
    crawl_websites(workspace, WAVE, politeness=polite())
    first = len(site.paths)
    load_frame(workspace, [site.url], wave="again")
    process = start_crawl(workspace, wave="again")
    wait_for(lambda: len(site.paths) > first + 2)
    process.kill()
    process.communicate()
    time.sleep(0.3)
    crawl_websites(workspace, "again", politeness=polite())
    with Store(workspace.database) as store:
        pages = load_pages(store, "again", WebsiteUrl(site.url))
    assert all(kept.revisit for kept in pages)
    again = site.paths[first:]
    assert set(again) == {"/", *(f"/{kept.final_url.removeprefix(site.url)}" for kept in pages)}
    assert len(again) <= 1 + len(pages) + 1, "the redirect, and the request that was on its way"


def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = slow_site(make_site)
    quick = make_site({"/": page("Done at once")})
    load_frame(workspace, [site.url, quick.url])
    process = start_crawl(workspace)
    wait_for(lambda: len(site.paths) > 6)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert json.loads(out) == {"interrupted": True, "pending": 1, "taken": 2}
    with Store(workspace.database) as store:
        assert website_rows(store, WAVE)["website_url"].to_pylist() == [quick.url]
    report = crawl_websites(workspace, WAVE, politeness=polite())
    assert (report.taken, report.done) == (1, 1)
    assert repeats(site) <= 2


def test_two_crawls_on_one_workspace_are_refused(make_site: MakeSite, workspace: Workspace) -> None:
    site = slow_site(make_site, wait=0.4)
    load_frame(workspace, [site.url])
    process = start_crawl(workspace)
    wait_for(lambda: len(site.paths) > 2)
    with pytest.raises(NotReady, match="Another crawl"):
        crawl_websites(workspace, WAVE, politeness=polite())
    process.kill()
    process.communicate()
    # The lock is the system's: with the last process that holds it, it is free, file or no file.
    assert (workspace.crawls / "lock").exists()
    with only_crawl(workspace):
        pass
