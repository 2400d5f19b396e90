"""When Scrapy is loaded, seen by taking it away from the process that crawls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loopback_sites import LoopbackSite, MakeSite, Reply, load_frame, page, polite

from crawlers.run import crawl_websites
from storage.errors import RetriableError

if TYPE_CHECKING:
    from pathlib import Path

    from storage.workspace import Workspace

MENU = ("/", "/about", "/products")
TAG = 'W/"1"'


class Website:
    """Says of each page that it is as before, but for one that may be changed."""

    def __init__(self, make_site: MakeSite) -> None:
        self.changed = ""
        self.site: LoopbackSite | None = None
        self.site = make_site(self)

    def __call__(self, path: str, _asked: int) -> Reply:
        if path not in MENU:
            return Reply(status=404)
        headers = {"Content-Type": "text/html; charset=utf-8", "ETag": TAG}
        asked = self.site.requests[-1][2] if self.site else {}
        if path != self.changed and asked.get("If-None-Match") == TAG:
            return Reply(status=304, headers=headers)
        body = page(f"Page {path}{self.changed and ' of today'}", *MENU).body
        return Reply(body=body, headers=headers)

    @property
    def url(self) -> str:
        assert self.site is not None
        return self.site.url


def take_scrapy_away(patch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "scrapy.py").write_text("raise RuntimeError('Scrapy is loaded')")
    patch.setenv("PYTHONPATH", str(broken))


def test_a_wave_without_changes_needs_no_scrapy(
    make_site: MakeSite, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    website = Website(make_site)
    load_frame(workspace, [website.url], "w1")
    assert crawl_websites(workspace, "w1", politeness=polite(render="never")).done == 1
    take_scrapy_away(monkeypatch, tmp_path)
    load_frame(workspace, [website.url], "w2")
    report = crawl_websites(workspace, "w2", politeness=polite(render="never"))
    assert (report.taken, report.done) == (1, 1)


@pytest.mark.parametrize("is_known", [False, True])
def test_an_engine_that_does_not_start_ends_the_crawl_and_no_website_bears_the_blame(
    make_site: MakeSite,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_known: bool,
) -> None:
    website = Website(make_site)
    if is_known:
        load_frame(workspace, [website.url], "w1")
        crawl_websites(workspace, "w1", politeness=polite(render="never"))
        website.changed = "/about"
    load_frame(workspace, [website.url], "w2")
    with monkeypatch.context() as taken:
        take_scrapy_away(taken, tmp_path)
        with pytest.raises(RetriableError, match="ended unexpectedly") as told:
            crawl_websites(workspace, "w2", politeness=polite(render="never"))
    assert "Scrapy is loaded" in str(told.value.details)
    report = crawl_websites(workspace, "w2", politeness=polite(render="never"))
    assert (report.taken, report.done) == (1, 1)  # nothing was held against the website
