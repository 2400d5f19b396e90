"""Lines of the journal are those that `json` would write."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from crawlers.journal_lines import NothingNew, page_from_written
from crawlers.record_lines import RecordLines
from crawlers.yields import NoPage
from storage.accounting import Outcome
from storage.records.crawl import FetchFailure, Page, WebsiteVisit

LINES = RecordLines(Page, FetchFailure, WebsiteVisit, NothingNew)
TEXTS = st.text(max_size=20) | st.sampled_from(['"a"', "\\", "\x00\n", "\u2028", "ä", "😀"])
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5.5))]))
NUMBERS = st.integers(min_value=0, max_value=2**40)
PAGES = st.builds(
    Page,
    website_url=TEXTS, url=TEXTS, final_url=TEXTS, fetched_at=MOMENTS, http_status=NUMBERS,
    media_type=TEXTS, n_bytes=NUMBERS, body_digest=TEXTS, archive_file=TEXTS,
    archive_offset=NUMBERS, position=NUMBERS, rendered=st.booleans(), etag=TEXTS,
    last_modified=TEXTS, payload_digest=TEXTS, revisit=TEXTS, archived_at=MOMENTS | st.none(),
)  # fmt: skip
OTHERS = (
    st.builds(FetchFailure, website_url=TEXTS, url=TEXTS, reason=st.sampled_from(Outcome),
              detail=TEXTS, failed_at=MOMENTS)
    | st.builds(NothingNew, website_url=TEXTS, url=TEXTS, counts=st.sampled_from(NoPage),
                led_to=st.lists(TEXTS, max_size=3).map(tuple), depth=NUMBERS)
    | st.builds(WebsiteVisit, website_url=TEXTS, final_url=TEXTS, detail=TEXTS,
                outcome=st.sampled_from(Outcome), n_requests=NUMBERS, n_pages=NUMBERS,
                n_bytes=NUMBERS, started_at=MOMENTS, ended_at=MOMENTS,
                not_before=MOMENTS | st.none())
)  # fmt: skip


def as_json_writes(kind: str, record: object, more: dict[str, int | str]) -> str:
    values = {
        field.name: getattr(record, field.name)
        for field in dataclasses.fields(record)  # type: ignore[arg-type]  # one of the dataclasses
    }
    written = {"kind": kind, **more, "record": values}
    return json.dumps(written, ensure_ascii=False, default=datetime.isoformat)


@given(PAGES | OTHERS, st.dictionaries(st.sampled_from(["requests", "end"]), NUMBERS | TEXTS))
def test_any_record_is_written_as_json_writes_it(
    record: object, more: dict[str, int | str]
) -> None:
    assert LINES.line("kind", record, more) == as_json_writes("kind", record, more)


@given(PAGES)
def test_a_page_taken_from_its_line_as_it_stands_is_the_one_that_json_reads(page: Page) -> None:
    more = {"requests": 1, "bytes": 2, "end": 3}
    line = LINES.line("page", page, more).encode("utf-8", "backslashreplace") + b"\n"
    found = page_from_written(line)
    if found is None:  # an address with something to be escaped, as no tidy one has
        assert page.website_url + page.url != json.dumps(page.website_url + page.url)[1:-1]
        return
    read = json.loads(line)["record"]
    assert (found.website_url, found.url) == (read["website_url"], read["url"])
    assert json.loads(found.line)["record"] == read


@given(PAGES, st.integers(min_value=0), st.sampled_from([b"\0", b"\n", b'"', b"}", b"\x1f"]))
def test_a_line_that_was_damaged_is_not_taken_as_it_stands(
    page: Page, place: int, rubbish: bytes
) -> None:
    more = {"requests": 1, "bytes": 2, "end": 3}
    line = LINES.line("page", page, more).encode("utf-8", "backslashreplace") + b"\n"
    at = place % len(line)
    damaged = line[:at] + rubbish + line[at + 1 :]
    if damaged != line and page_from_written(damaged) is not None:
        json.loads(damaged)  # damage that nobody can see
