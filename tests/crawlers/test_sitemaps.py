from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.sitemaps import MAX_ENTRIES, MAX_SITEMAP_BYTES, read_sitemap

PLACES = (place / "shared/data/conformance" for place in Path(__file__).parents[3:])
EXAMPLES = next(
    (place / "sitemap_examples.tar.gz" for place in PLACES if place.exists()), Path("../shared")
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
URLSET = f"<urlset {NAMESPACE}>"


def urlset(*urls: str) -> bytes:
    rows = "".join(f"<url><loc>{url}</loc><lastmod>2024-01-01</lastmod></url>" for url in urls)
    return f"{HEAD}{URLSET}{rows}</urlset>".encode()


def test_pages_are_read_with_their_entities_undone() -> None:
    found = read_sitemap(urlset("http://a.test/?a=1&amp;b=2", "\n http://a.test/b \n"))
    assert found.pages == ("http://a.test/?a=1&b=2", "http://a.test/b")
    assert found.sitemaps == ()


def test_an_index_names_sitemaps_those_of_pages_first() -> None:
    names = ("image-sitemap.xml", "post-sitemap.xml", "page-sitemap.xml")
    rows = "".join(f"<sitemap><loc>http://a.test/{name}</loc></sitemap>" for name in names)
    found = read_sitemap(f"{HEAD}<sitemapindex {NAMESPACE}>{rows}</sitemapindex>".encode())
    assert [url.rsplit("/", 1)[1] for url in found.sitemaps] == [names[2], names[1], names[0]]
    assert found.pages == ()


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(urlset("http://a.test/b")),
        b"\xef\xbb\xbf" + urlset("http://a.test/b"),
        b"http://a.test/b\n",
        b"<urlset><url><loc><![CDATA[http://a.test/b]]></loc></url></urlset>",
        b"<sm:urlset><sm:url><sm:loc>http://a.test/b</sm:loc></sm:url></sm:urlset>",
        b"<rss><channel><item><link>http://a.test/b</link></item></channel></rss>",
        b'<feed><entry><link rel="alternate" href="http://a.test/b"/></entry></feed>',
        urlset("http://a.test/b")[:-20],
    ],
)
def test_every_form_of_sitemap_is_read(body: bytes) -> None:
    assert read_sitemap(body).pages == ("http://a.test/b",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not found",
        b"<!doctype html><html><a href='/x'>",
        b"\x1f\x8b broken",
        b"{}",
        b"\x00\xff",
    ],
)
def test_what_is_no_sitemap_gives_nothing(body: bytes) -> None:
    assert read_sitemap(body) == read_sitemap(b"")


@pytest.mark.timeout(60)
def test_entity_bombs_and_inflating_ones_cost_next_to_nothing() -> None:
    entities = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(30))
    bomb = f"{HEAD}<!DOCTYPE x [<!ENTITY l0 'ha'>{entities}]>{URLSET}<url><loc>http://a.test/&l30;</loc>"
    assert read_sitemap(bomb.encode()).pages == ("http://a.test/&l30;",)
    read_sitemap(gzip.compress(b"<urlset>" + b" " * 50_000_000))
    read_sitemap(b"<urlset>" + b"<loc " * 400_000)
    read_sitemap(b"<urlset>" + b"<link <loc" * 200_000)


def test_entries_and_bytes_are_bounded() -> None:
    body = urlset(*(f"http://a.test/{n}" for n in range(5 * MAX_ENTRIES)))
    assert len(read_sitemap(body).pages) == MAX_ENTRIES
    late = URLSET.encode() + b" " * MAX_SITEMAP_BYTES + urlset("http://a.test/late")
    assert read_sitemap(late).pages == ()


@given(st.binary(max_size=300))
def test_no_bytes_upset_it(body: bytes) -> None:
    read_sitemap(body)
    read_sitemap(b"<urlset><loc>" + body)


@pytest.mark.shared
@pytest.mark.skipif(not EXAMPLES.exists(), reason="needs ../shared")
def test_the_documents_of_another_parsers_tests_are_read() -> None:
    with tarfile.open(EXAMPLES) as examples:
        bodies = {
            member.name: file.read()
            for member in examples.getmembers()
            if (file := examples.extractfile(member)) is not None
        }
    for name, body in bodies.items():
        found = read_sitemap(body)
        if b"<loc>" in body or b"<link>" in body:
            assert found.pages or found.sitemaps, name
