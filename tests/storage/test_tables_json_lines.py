import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.database import Store
from storage.records.crawl import Page
from storage.records.frame import WebsiteUrl
from storage.tables.json_lines import insert_json_lines

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
WHOLE = st.integers(0, 2**40)
ZONE = timezone(timedelta(minutes=90))
MOMENTS = st.integers(0, 2**52).map(lambda n: datetime.fromtimestamp(n / 2**20, ZONE))
PAGES = st.builds(
    Page, website_url=TEXT.map(WebsiteUrl), url=TEXT, final_url=TEXT, fetched_at=MOMENTS,
    http_status=st.integers(100, 599), media_type=TEXT, n_bytes=WHOLE, body_digest=TEXT,
    archive_file=TEXT, archive_offset=WHOLE, position=st.integers(0, 2**30), rendered=st.booleans(),
    etag=TEXT, last_modified=TEXT, payload_digest=TEXT, revisit=TEXT,
    archived_at=st.none() | MOMENTS,
)  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store() as opened:
        opened.execute("CREATE TABLE by_record AS FROM page LIMIT 0")
        opened.execute("CREATE TABLE by_line AS FROM page LIMIT 0")
        yield opened


def line(page: Page, *, ascii_only: bool = False, **instead: object) -> str:
    record = asdict(page) | instead
    return json.dumps({"end": 1, "record": record}, default=str, ensure_ascii=ascii_only)


@settings(max_examples=60, deadline=None)
@given(pages=st.lists(PAGES, max_size=5), ascii_only=st.booleans())
def test_lines_become_the_rows_that_their_records_become(
    store: Store, pages: list[Page], ascii_only: bool
) -> None:
    store.execute("DELETE FROM by_record")
    store.execute("DELETE FROM by_line")
    store.insert_records("by_record", pages, wave="w", run_id="r")
    lines = [line(page, ascii_only=ascii_only) for page in pages]
    insert_json_lines(store, "by_line", Page, lines, wave="w", run_id="r")
    kept = store.rows("SELECT * FROM by_record")
    assert store.rows("SELECT * FROM by_line") == kept
    assert len(kept) == len(pages)


PAGE = Page(
    website_url=WebsiteUrl("http://a.example/"), url="u", final_url="f",
    fetched_at=datetime(2026, 11, 22, tzinfo=UTC), http_status=200, media_type="", n_bytes=1,
    body_digest="", archive_file="", archive_offset=0, position=0,
)  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        line(PAGE, n_bytes="many"),
        line(PAGE, fetched_at="yesterday"),
        json.dumps({"record": {"url": "u"}}),
        json.dumps({"url": "u"}),
    ],
    ids=["a word for a number", "no moment", "fields are missing", "no record"],
)
def test_a_line_that_is_no_such_record_is_refused_and_nothing_is_kept(
    store: Store, broken: str
) -> None:
    store.execute("DELETE FROM by_line")
    with pytest.raises(duckdb.InvalidInputException):
        insert_json_lines(store, "by_line", Page, [line(PAGE), broken], wave="w", run_id="r")
    assert store.rows("FROM by_line") == []
