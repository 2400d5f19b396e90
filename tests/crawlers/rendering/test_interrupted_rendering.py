"""A crawl that is killed while its browser works: nothing is left behind, and it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from crawled_rows import load_pages
from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, polite
from scripted_sites import NEEDS_BROWSER, application, routed

from crawlers.run import crawl_websites
from storage.database import Store
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

pytestmark = NEEDS_BROWSER

SCRIPT = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from loopback_sites import WAVE, polite
from crawlers.run import crawl_websites
from storage.workspace import Workspace
crawl_websites(Workspace(Path(sys.argv[1])), WAVE, politeness=polite())
"""
LINKS = tuple(f"/p{n}" for n in range(3))


def slow_application(make_site: MakeSite, *, behind_fragments: bool = False) -> LoopbackSite:
    inner = application(dict.fromkeys(("/", *LINKS), LINKS))
    if behind_fragments:
        inner = routed(tuple(f"#{link}" for link in LINKS))

    def answer(path: str, asked: int) -> Reply:
        reply = inner(path, asked)
        return Reply(body=reply.body, status=reply.status, headers=reply.headers, wait=0.2)

    return make_site(answer)


def start_crawl(workspace: Workspace) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(workspace.root), str(root / "tests" / "sites")],
        env=os.environ | {"PYTHONPATH": str(root)},
    )


def wait_for(condition: Any, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def descendants(process: int) -> dict[int, str]:
    """Give every process below one, with what it runs."""
    parents, found = {}, {process: ""}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it ended in between
            continue
        parents[int(entry.name)] = (int(stat[1]), words)
    while more := {p: w for p, (up, w) in parents.items() if up in found and p not in found}:
        found |= more
    return {one: words for one, words in found.items() if one != process}


def living(processes: dict[int, str]) -> list[str]:
    left = []
    for process, words in processes.items():
        try:
            stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        left += [words] if stat[0] != "Z" else []
    return left


@pytest.mark.parametrize(
    ("victim", "number", "behind_fragments"),
    [
        ("command", signal.SIGKILL, False),
        ("worker", signal.SIGKILL, True),
        ("command", signal.SIGINT, False),
    ],
)
def test_no_browser_outlives_its_crawl_and_the_next_one_goes_on(
    make_site: MakeSite, workspace: Workspace, victim: str, number: int, behind_fragments: bool
) -> None:
    site = slow_application(make_site, behind_fragments=behind_fragments)
    load_frame(workspace, [site.url])
    process = start_crawl(workspace)
    wait_for(lambda: any(path.startswith("/api/p") for path in site.paths))
    below = descendants(process.pid)
    assert any("--type=renderer" in words for words in below.values())
    worker = next(iter(below))  # the only one that the command itself began
    os.kill(worker if victim == "worker" else process.pid, number)
    process.wait(timeout=30)
    wait_for(lambda: not living(below), seconds=20)
    report = crawl_websites(workspace, WAVE, politeness=polite())
    assert (report.taken, report.done) == (1, 1)
    with Store(workspace.database) as store:
        pages = load_pages(store, WAVE, WebsiteUrl(site.url))
    assert [page.rendered for page in pages] == [True] * 4
    assert len({page.body_digest for page in pages}) == 4
    asked = [path for path in site.paths if not path.startswith(("/api", "/app", "/robots"))]
    assert len(asked) <= len(set(asked)) + 1, "only the page on its way is asked for again"


def test_a_browser_that_dies_costs_no_page_of_the_others(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = slow_application(make_site)
    load_frame(workspace, [site.url])
    process = start_crawl(workspace)
    wait_for(lambda: any(path.startswith("/api/p") for path in site.paths))
    browsers = [
        one
        for one, words in descendants(process.pid).items()
        if "/chromium" in words and "--type=" not in words and "/bin/sh" not in words
    ]
    os.kill(browsers[0], signal.SIGKILL)
    assert process.wait(timeout=60) == 0
    with Store(workspace.database) as store:
        pages = load_pages(store, WAVE, WebsiteUrl(site.url))
    assert [page.rendered for page in pages] == [True] * 4
