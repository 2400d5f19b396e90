from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.links import MAX_LINKS_PER_PAGE, read_links
from crawlers.links_elsewhere import head_links, script_target, scripted_links
from crawlers.markup import read_markup


def hrefs(html: str) -> list[str]:
    return [link.href for link in read_links(html, "http://a.test/").links]


def test_the_address_a_page_names_as_its_own_is_read() -> None:
    html = '<head><link rel="stylesheet" href="/x.css"><link href="/about" rel="canonical"></head>'
    assert read_links(html, "http://a.test/").canonical == "/about"
    assert hrefs(html) == []


def test_other_languages_and_neighbouring_pages_are_links() -> None:
    html = """<link rel="alternate" hreflang="de-AT" href="/de/"><link rel="next" href="/p2">
      <link rel="alternate" type="application/rss+xml" hreflang="en" href="/feed">
      <link rel="alternate" href="/oembed"><link rel="preload" href="/font">"""
    found = head_links(read_markup(html)).alternates
    assert [(link.href, link.language) for link in found] == [("/de/", "de"), ("/p2", "")]


@pytest.mark.parametrize(
    "html",
    [
        "<tr onclick=\"window.location='/detail'\"><td>x</td></tr>",
        "<div onclick=\"location.href='/detail'\">x</div>",
        "<button onclick=\"window.open('/detail')\">x</button>",
        '<div data-href="/detail">x</div>',
        "<a href=\"javascript:location.href='/detail'\">x</a>",
        "<a href=\"javascript:openPage('/detail')\">x</a>",
        '<a href="#" onclick="window.location.assign(&#39;/detail&#39;)">x</a>',
        '<select><option value="">Choose</option><option value="/detail">x</option></select>',
        "<select><option>Choose<option selected value=/detail>x</option></select>",
        "<li onclick='location.href=`/detail`'>x</li>",
        '<button hx-get="/detail" hx-target="body">x</button>',
        '<span up-href="/detail">x</span>',
        "<script>$('#menu').load('/detail')</script>",
        '<iframe src="/detail"></iframe>',
        '<map><area href="/detail"></map>',
    ],
)
def test_pages_behind_scripts_menus_and_pictures_are_found(html: str) -> None:
    assert "/detail" in hrefs(html)


def test_what_only_a_script_could_follow_is_counted() -> None:
    html = (
        '<a href="#">a</a><a href="javascript:void(0)">b</a><a href="#top">c</a><a href="/d">d</a>'
    )
    found = read_links(html, "http://a.test/")
    assert found.n_dead == 2
    assert "/d" in [link.href for link in found.links]


@pytest.mark.parametrize("script", ["toggle()", "return false", "track('click')", "x='a'", ""])
def test_scripts_that_lead_nowhere_give_no_address(script: str) -> None:
    assert script_target(script) == ""


@pytest.mark.parametrize(
    "html",
    [
        '<script>$.get("parts/menu.html", function (data) { put(data) })</script>',
        "<script>$(\"#nav\").load('parts/menu.html')</script>",
        '<script>fetch("parts/menu.html").then(show)</script>',
        '<div data-include="{{ROOT}}parts/menu.html"></div>',
        '<div w3-include-html="parts/menu.html"></div>',
    ],
)
def test_a_menu_that_a_script_fetches_is_a_part_of_its_page(html: str) -> None:
    links = read_links(html, "http://a.test/").links
    assert [(link.href, link.is_part) for link in links] == [("parts/menu.html", True)]


def test_data_that_a_script_fetches_is_none() -> None:
    assert hrefs('<script>fetch("/api/items.json"); $.get("/x?y=1")</script>') == []


def test_frames_are_parts_of_their_page() -> None:
    html = '<frameset><frame src="menu.htm"><frame src="main.htm"></frameset>'
    assert [link.is_part for link in read_links(html, "http://a.test/").links] == [True, True]


@pytest.mark.timeout(60)
def test_hostile_markup_costs_time_in_proportion() -> None:
    read_links("<link " * 200_000, "http://a.test/")
    scripted_links(read_markup("onclick='" * 100_000 + "data-href=" * 100_000))
    scripted_links(read_markup("<option value='" * 100_000))
    script_target("'/" * 100_000)
    scripted_links(read_markup("fetch('" * 100_000 + "-include='{{" * 100_000))
    many = read_links("<a href='/x'>" * 100_000, "http://a.test/")
    assert len(many.links) <= MAX_LINKS_PER_PAGE


@given(st.text(alphabet="<>='\"/ aoncliklk.htm()", max_size=300))
def test_no_markup_upsets_it(html: str) -> None:
    read_links(html, "http://a.test/")
    scripted_links(read_markup(html + "onclick="))
    script_target(html)
