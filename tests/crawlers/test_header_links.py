from __future__ import annotations

import time

import pytest

from crawlers.header_links import with_header_links
from crawlers.links import PageLinks, read_links

URL = "http://example.com/dir/page"


def read(*fields: str, html: str = "") -> PageLinks:
    headers = (("Content-Type", "text/html"), *(("link", field) for field in fields))
    return with_header_links(read_links(html, URL), headers, URL)


def test_a_canonical_address_is_read_relative_to_the_page() -> None:
    assert read('</a>; rel="canonical"').canonical == "http://example.com/a"
    assert read("<b?x=1,2>;rel=canonical").canonical == "http://example.com/dir/b?x=1,2"


def test_what_the_page_says_itself_counts_more() -> None:
    html = "<link rel=canonical href=/own>"
    assert read("</other>; rel=canonical", html=html).canonical == "/own"


def test_versions_and_neighbours_are_links() -> None:
    found = read(
        '</de/>; rel="alternate"; hreflang="de-AT"; title="a; b, <c>", </2>; rel=next',
        '</0>; rel="prev start"',
    )
    assert [(link.href, link.language) for link in found.links] == [
        ("http://example.com/de/", "de"),
        ("http://example.com/2", ""),
        ("http://example.com/0", ""),
    ]


@pytest.mark.parametrize(
    "field",
    [
        '</wp-json/>; rel="https://api.w.org/"',
        "</s.css>; rel=preload; as=style",
        "</feed>; rel=alternate; type=application/rss+xml",
        "</feed>; rel=alternate; type=application/rss+xml; hreflang=de",
        "</x>",
        "/x; rel=next",
        "<http://[/>; rel=next",
        "<>; rel=next",
        "",
    ],
)
def test_other_relations_and_rubbish_say_nothing(field: str) -> None:
    assert read(field) == read()


@pytest.mark.parametrize("unit", ["</a>;", "<", '</a>; rel="', "</a>; a=b", "</a>; rel=next,"])
def test_a_flood_costs_no_time_and_few_links(unit: str) -> None:
    begun = time.process_time()
    found = read(*[unit * (60_000 // len(unit))])
    assert len(found.links) <= 200
    assert time.process_time() - begun < 2
