"""Websites on loopback and a workspace to crawl them in; the websites' parts: tests/sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from loopback_sites import Answering, LoopbackSite, MakeSite, Reply

from storage.workspace import Workspace


@pytest.fixture(scope="module")
def make_site() -> Iterator[MakeSite]:
    sites: list[LoopbackSite] = []

    def make(pages: Mapping[str, Reply] | Answering) -> LoopbackSite:
        sites.append(LoopbackSite(pages))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)
