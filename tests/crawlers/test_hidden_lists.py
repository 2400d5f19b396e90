from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.hidden_lists import data_named, feeds_named, listed_in, scripts_named
from crawlers.links import read_links

URL = "http://example.com/"


def scripts(html: str) -> list[str]:
    return scripts_named(html, read_links(html, URL))


def hrefs(text: str) -> list[str]:
    return [link.href for link in listed_in(text)]


def test_feeds_are_named_in_the_head_and_those_of_comments_are_none() -> None:
    html = """
        <link rel="alternate" type="application/rss+xml" title="Comments Feed" href="/comments/">
        <LINK HREF='/feed?a=1&amp;b=2' TYPE=application/atom+xml REL=alternate>
        <link rel=alternate type="application/rss+xml" href=/feed.xml>
        <link rel=alternate type="application/rss+xml">
        <link rel=stylesheet href=/style.css>
    """
    assert feeds_named(html) == ["/feed?a=1&b=2", "/feed.xml"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<script src=/jquery.js></script><script src='/js/menu.js?v=2'></script>",
            ["/js/menu.js?v=2"],
        ),
        (
            "<script src=/main.js></script><script defer src=nav.js></script>",
            ["nav.js", "/main.js"],
        ),
        ("<script src=/wp-includes/js/navigation.js></script>", []),
        ("<script src=/bootstrap-menu.min.js></script><script src=/effects.js></script>", []),
        ("<a href=/about>About</a><script src=/menu.js></script>", []),
        ("<a href=#offer>Offer</a><script src=/menu.js></script>", []),
        (
            "<a href=/>Home</a><a href=mailto:x@y.z>M</a><script src=/menu.js></script>",
            ["/menu.js"],
        ),
        ("<a href=http://other.example/>O</a><script src=/menu.js></script>", ["/menu.js"]),
        ("<script>$.getJSON('menu.json', show)</script>", ["menu.json"]),
    ],
)
def test_scripts_are_looked_for_where_a_page_has_no_menu(html: str, expected: list[str]) -> None:
    assert scripts(html) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fetch('/menu.json')", ["/menu.json"]),
        ('x.open("GET", "nav.xml", true)', ["nav.xml"]),
        ("$.ajax({url: 'data/pages.json'})", ["data/pages.json"]),
        ("import('./routes.js')", ["./routes.js"]),
        ("fetch('/analytics.json'); fetch('/style.css')", []),
    ],
)
def test_data_that_scripts_fetch_are_named(text: str, expected: list[str]) -> None:
    assert data_named(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("document.write('<a href=\"about.html\">A</a>');", ["about.html"]),
        (
            'var m = [["About","about.html"],["Team","team.php?x=1"]];',
            ["about.html", "team.php?x=1"],
        ),
        ('{"items": [{"title": "A", "url": "\\/about"}]}', ["/about"]),
        ("routes = [{path: '/about'}, {path: '/team/all'}]", ["/about", "/team/all"]),
        ("open('/offer', '_self')", ["/offer"]),
        ("s.replace(/x/g, '/'); t = '//cdn'; u = '/ '; v = '</p>'; w = 'a b.html'", []),
        ("<html><body>'/about' is not here</body></html>", []),
    ],
)
def test_addresses_in_scripts_and_data_are_those_in_plain_text(
    text: str, expected: list[str]
) -> None:
    assert hrefs(text) == expected


@given(st.text(alphabet="<>\"'=/{}:[]( ).,abhtmlinkscrpeufdjo", max_size=300))
def test_whatever_stands_there_is_read(text: str) -> None:
    assert len(listed_in(text)) <= 60
    assert all(" " not in one for one in data_named(text))
    feeds_named(text)
    scripts(text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        "<link application/rss+xml ",
        "<script ",
        "fetch(",
        '"/a',
        "'a/",
        "href=",
        '{"url":"/',
        "<link ",
    ],
)
def test_rubbish_takes_time_in_proportion_to_its_length(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    feeds_named(text)
    data_named(text)
    listed_in(text)
