"""Websites in memory: pages as rows of the database and as what the archive would give back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.database import Store
from storage.records.crawl import Page
from storage.records.frame import Unit, UnitWebsite

if TYPE_CHECKING:
    from collections.abc import Iterator

WAVE = "2026q1"


@dataclass(frozen=True)
class Archived:
    body: bytes
    headers: dict[str, str]


@dataclass
class Web:
    """A store with a frame and kept pages, and the archive that holds their bodies."""

    store: Store
    bodies: dict[int, Archived] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    urls: dict[int, str] = field(default_factory=dict)

    def add(self, website: str, pages: dict[str, str], *, content_type: str = "text/html") -> None:
        rows = []
        for position, (path, html) in enumerate(pages.items()):
            body = html.encode("utf-8")
            offset = len(self.bodies)
            self.bodies[offset] = Archived(body=body, headers={"Content-Type": content_type})
            url = website.rstrip("/") + path
            self.urls[offset] = url
            rows.append(
                Page(
                    website_url=website,
                    url=url,
                    final_url=url,
                    fetched_at=datetime(2026, 1, 5, 8, tzinfo=UTC),
                    http_status=200,
                    media_type="text/html",
                    n_bytes=len(body),
                    body_digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
                    archive_file="archive/run.warc.gz",
                    archive_offset=offset,
                    position=position,
                )
            )
        self.store.execute("DELETE FROM page WHERE website_url = ?", [website])
        self.store.insert_records("page", rows, wave=WAVE, run_id="r1")

    def add_unit(self, website: str, **fields: str) -> None:
        unit = Unit(**fields)
        columns = {n: getattr(unit, n) for n in Unit.__dataclass_fields__ if n != "other"}
        names = ", ".join(["wave", *columns, "other"])
        marks = ", ".join("?" * (len(columns) + 2))
        if not self.store.rows("SELECT 1 FROM unit WHERE unit_id = ?", [unit.unit_id]):
            self.store.execute(
                f"INSERT INTO unit ({names}) VALUES ({marks})",  # noqa: S608 - the record's own fields
                [WAVE, *columns.values(), "{}"],
            )
        self.store.insert_records(
            "unit_website", [UnitWebsite(unit_id=unit.unit_id, website_url=website)], wave=WAVE
        )

    def read_page(self, archive_file: str, offset: int) -> Archived:
        url = self.urls[offset]
        self.reads.append(url)
        if url in self.faults:
            raise self.faults[url]
        return self.bodies[offset]


@pytest.fixture
def web() -> Iterator[Web]:
    with Store() as store:
        yield Web(store)
