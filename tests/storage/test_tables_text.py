from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.accounting import Outcome
from storage.database import Store
from storage.records.crawl import Page
from storage.records.text import Document, Rejection, RejectionReason, WebsiteLink, WebsiteText
from storage.tables.text import (
    count_pages,
    insert_documents,
    insert_links,
    insert_website_text,
    load_pages_to_read,
    load_units_to_link,
    pending_links,
    pending_websites_for_text,
)

A, B = "https://a.test/", "https://b.test/"
W = "w1"


def page(website: str, path: str, position: int) -> Page:
    return Page(
        website_url=website,
        url=website + path,
        final_url=website + path,
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        http_status=200,
        media_type="text/html",
        n_bytes=1,
        body_digest="sha256:1",
        archive_file="a",
        archive_offset=position,
        position=position,
    )


def document(website: str, path: str, *, extractor: str = "x/1", position: int = 0) -> Document:
    return Document(
        website_url=website,
        url=website + path,
        title="T",
        description="",
        language="en",
        text="a text",
        n_words=2,
        extractor=extractor,
        body_digest="sha256:1",
        text_digest="sha256:2",
        position=position,
    )


def website_text(website: str, *, outcome: Outcome = Outcome.REACHED, digest: str = "d1"):
    return WebsiteText(
        website_url=website,
        outcome=outcome,
        detail="",
        n_documents=1,
        n_words=30,
        language="en",
        extractor="x/1",
        text_digest=digest,
    )


def link(unit: str, website: str, probability: float) -> WebsiteLink:
    return WebsiteLink(
        unit_id=unit,
        website_url=website,
        link_probability=probability,
        link_evidence="{}",
        accepted=True,
        method_version="m/1",
    )


@pytest.fixture
def kept(wave):
    """Two websites of two pages, of two units."""
    wave.unit("u1", A)
    wave.unit("u2", A, B)
    pages = [page(w, p, n) for w in (B, A) for n, p in enumerate(["", "x"])]
    wave.store.insert_records("page", pages, wave=W, run_id="r")
    return wave.store


def insert(store: Store, website: str, *paths: str, **how: str) -> None:
    documents = [document(website, p, position=n, **how) for n, p in enumerate(paths)]
    with store.transaction():
        insert_documents(store, W, websites=[website], documents=documents, rejections=[])


def test_a_website_is_pending_until_each_page_is_a_document_or_a_rejection(kept):
    assert pending_websites_for_text(kept, W, "x/1") == [A, B]
    insert(kept, A, "")
    assert pending_websites_for_text(kept, W, "x/1") == [A, B]
    rejection = Rejection(
        website_url=A,
        url=A + "x",
        reason=RejectionReason.TOO_SHORT,
        detail="",
        extractor="x/1",
        body_digest="sha256:1",
    )
    documents = [document(A, "")]
    insert_documents(kept, W, websites=[A], documents=documents, rejections=[rejection])
    assert pending_websites_for_text(kept, W, "x/1") == [B]
    assert pending_websites_for_text(kept, W, "x/2") == [A, B]
    assert pending_websites_for_text(kept, "other", "x/1") == []


def test_a_page_whose_body_changed_is_pending_again(kept):
    insert(kept, A, "", "x")
    insert(kept, B, "", "x")
    kept.execute("UPDATE page SET body_digest = 'sha256:9' WHERE url = ?", [A + "x"])
    assert pending_websites_for_text(kept, W, "x/1") == [A]


def test_inserting_replaces_a_websites_rows_in_one_transaction(kept):
    insert(kept, A, "", "x")
    insert(kept, B, "")
    insert(kept, A, "", extractor="x/2")
    rows = kept.rows("SELECT website_url, extractor FROM document ORDER BY 1")
    assert rows == [(A, "x/2"), (B, "x/1")]


def test_pages_come_by_website_and_position(kept):
    assert [(p.website_url, p.position) for p in load_pages_to_read(kept, W, [B, A])] == [
        (A, 0), (A, 1), (B, 0), (B, 1),
    ]  # fmt: skip
    assert count_pages(kept, W, [A]) == 2
    assert count_pages(kept, W, []) == 0


def test_links_are_pending_for_websites_with_text_only(kept):
    texts = [website_text(A), website_text(B, outcome=Outcome.EMPTY)]
    insert_website_text(kept, W, texts)
    found = [(p.unit_id, p.website_url) for p in pending_links(kept, W, "m/1")]
    assert found == [("u1", A), ("u2", A)]


def test_a_link_is_pending_again_when_text_or_method_change(kept):
    insert_website_text(kept, W, [website_text(A)])
    insert_links(kept, W, [link("u1", A, 0.9), link("u2", A, 0.8)], text_digests=["d1", "d1"])
    assert pending_links(kept, W, "m/1") == []
    assert len(pending_links(kept, W, "m/2")) == 2
    insert_website_text(kept, W, [website_text(A, digest="d2")])
    assert len(pending_links(kept, W, "m/1")) == 2
    with kept.transaction():
        insert_links(kept, W, [link("u1", A, 0.7)], text_digests=["d2"])
    assert [p.unit_id for p in pending_links(kept, W, "m/1")] == ["u2"]
    rows = kept.rows("SELECT unit_id, link_probability FROM website_link ORDER BY 1")
    assert rows == [("u1", 0.7), ("u2", 0.8)]
    insert_links(kept, W, [], text_digests=[])


def test_units_are_loaded_by_id(kept):
    units = load_units_to_link(kept, W, ["u2", "nobody"])
    assert list(units) == ["u2"]
    assert units["u2"].legal_name == "u2"
    assert units["u2"].employees is None
