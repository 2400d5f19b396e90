from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from crawlers.links import links_of, read_links
from crawlers.links_elsewhere import scripted_links
from crawlers.markup import (
    MAX_LENGTH,
    MAX_PARTS,
    MAX_REMEMBERED,
    REST,
    SIGNS,
    SiteMarkup,
    read_markup,
)

URL = "http://a.test/x/"
PIECES = (
    *("<", ">", '"', "'", "a ", "href=/x", 'href="/y"', "#", "!--", "-->", "script", "/script"),
    *("style", "title", "/title", "/a", "/article", "base ", "meta ", "body", "link ", "iframe "),
    *("http-equiv=refresh ", 'content="0;url=/z"', "rel=canonical ", "rel=next ", "html lang=de"),
    *(
        "onclick=\"location='/k'\"",
        "option value='/o'",
        'fetch("/m.html")',
        "text",
        "ä",
        "x" * 1990,
    ),
    "x" * 1990,
    *('<a href="/q">', "</a>", "<i>", "<!-->", "<A HREF=/u>", "</SCRIPT>", "src=f", "noscript"),
)
pages = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def names(html: str) -> list[str]:
    return [element.name for _, element in read_markup(html).elements]


@given(st.lists(pages, min_size=2, max_size=4))
def test_what_is_known_of_a_website_changes_nothing_of_what_is_read(htmls: list[str]) -> None:
    site = SiteMarkup()
    for html in [*htmls, htmls[0]]:
        assert links_of(site.read(html), URL) == read_links(html, URL)


@given(pages)
def test_parts_make_up_the_page_and_stand_where_they_are_said_to(html: str) -> None:
    page = read_markup(html)
    assert "<".join(page.parts) == html
    assert all(
        html[at + 1 :].startswith(part) for at, part in zip(page.offsets, page.parts, strict=True)
    )
    for place, element in page.elements:
        if element.inside is not None:
            assert page.parts[place].endswith(element.inside + element.behind)


@given(st.lists(pages, min_size=1, max_size=3), st.sampled_from(SIGNS))
def test_all_that_stands_in_one_tag_with_a_sign_is_held(htmls: list[str], sign: str) -> None:
    pattern = re.compile(rf"[^<]*{re.escape(sign)}[^<]*")
    site = SiteMarkup()
    for html in [*htmls, *htmls]:
        held = site.read(html).holding(sign)
        assert pattern.findall(held) == pattern.findall(html)
        assert bool(held) == (sign in html)


@given(st.lists(st.tuples(pages, st.booleans()), min_size=1, max_size=5))
def test_a_sign_is_found_whichever_pages_it_was_looked_for_on(
    htmls: list[tuple[str, bool]],
) -> None:
    site, signs = SiteMarkup(), (b"href=/u", b"noscript")
    for html, is_asked in [*htmls, *htmls]:
        page = site.read(html)
        if is_asked:
            held = any(sign.decode() in html.lower() for sign in signs)
            assert page.holds_one_of(signs) == page.holds_one_of(signs) == held


def test_only_elements_that_say_something_are_looked_at() -> None:
    assert names("<p><b>bold</b><abbr>a</abbr><div class=a>") == []
    assert names("<a href=/x><AREA><title>t</title><html>") == ["a", "area", "title", "html"]
    assert names("<meta charset=utf-8><meta name=Robots content=none>") == ["meta"]
    assert names("<link rel=stylesheet href=/a.css><link rel=canonical href=/>") == ["link"]
    assert names("<script>1</Script><STYLE></style ></small>") == [
        *("script", "/script", "style", "/style")
    ]
    assert names("<!-- ended --><!-- not <b>ended</b> -->") == ["!--"]


def test_what_stands_before_the_first_tag_is_no_element() -> None:
    assert names("a href=/x>") == []
    assert scripted_links(read_markup('option value="/x"> <p>')) == []


def test_a_tag_that_is_long_or_leaves_a_quote_open_is_left_to_the_scanner() -> None:
    long_link = f"<a class={'x' * MAX_LENGTH} href=/far>far</a>"
    for html in (long_link, '<a title="1 > 0" href=/far>far</a>', "<a title='<b>' href=/far>"):
        [(_, element)] = [one for one in read_markup(html).elements if one[1].name == "a"]
        assert element.inside is None
        assert [link.href for link in read_links(html, URL).links] == ["/far"]


def test_a_page_of_more_parts_than_are_cut_is_read_to_its_end() -> None:
    html = "<p>" * MAX_PARTS + "<a href=/last>last</a>"
    page = read_markup(html)
    assert len(page.parts) == MAX_PARTS + 1
    assert page.elements[-1][1].name == REST
    assert [link.href for link in links_of(page, URL).links] == ["/last"]


def test_what_is_remembered_of_a_website_is_bounded() -> None:
    site = SiteMarkup()
    for number in range(12):
        html = "".join(f'<a href="/{number}/{k}">{number} {k}</a>' for k in range(9_000))
        page = site.read(html)
        assert len(site.read(html).elements) == len(page.elements) == 9_000
        remembered = {element for _, element in page.elements if element.inside is not None}
        assert len(remembered) <= MAX_REMEMBERED
    assert [link.href for link in links_of(site.read(html), URL).links[:2]] == ["/11/0", "/11/1"]
