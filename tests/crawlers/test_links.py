from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.html_bytes import decode_html
from crawlers.links import MAX_LINKS_PER_PAGE, MAX_TAGS_SCANNED, read_links, refresh_target
from crawlers.markup import MAX_PARTS

URL = "http://example.com/dir/page"


def hrefs(html: str) -> list[str]:
    return [link.href for link in read_links(html, URL).links]


def test_links_are_read_with_their_texts() -> None:
    found = read_links('<a class=x HREF="/a?b=1&amp;c=2"> Über <b>uns</b> </a>', URL)
    assert found.links[0].href == "/a?b=1&c=2"
    assert found.links[0].text == "Über uns"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<a href='/a'>x</a><a href=/b>y</a>", ["/a", "/b"]),
        ("<!-- <a href=/no> --><a href=/yes>", ["/yes"]),
        ("<script>'<a href=/no>'</script><a href=/yes>", ["/yes"]),
        ("<style><a href=/no></style><a href=/yes>", ["/yes"]),
        ("<noscript><a href=/yes></noscript>", ["/yes"]),
        ("<abbr href=/no><area href=/yes>", ["/yes"]),
        ("<svg><a xlink:href='/yes'><text>x</text></a></svg>", ["/yes"]),
        ("<frame src=/f><iframe src='/i'>", ["/f", "/i"]),
        ('<a title="a > b" href="/yes">', ["/yes"]),
        ("<a href='/never closed><a href=/later>", ["/later"]),
        ("<a href = ' /spaced '>", ["/spaced"]),
        ("<a>no</a><a href=''>none</a>", []),
        ("<<<<a href=/yes>", ["/yes"]),
    ],
)
def test_markup_is_read_as_browsers_do_or_nearly(html: str, expected: list[str]) -> None:
    assert hrefs(html) == expected


@pytest.mark.parametrize(
    "base", ["javascript:alert(1)", "data:text/html,x", "ftp://f.test/", "about:blank", "https:"]
)
def test_a_base_that_no_page_stands_at_is_none(base: str) -> None:
    assert read_links(f'<base href="{base}"><a href=/a>', URL).base == URL


def test_the_first_base_counts_though_it_may_be_the_page_itself() -> None:
    html = '<base target=_top><base href="./"><base href="/wrong/"><a href=a>'
    assert read_links(html, "http://example.com/dir/").base == "http://example.com/dir/"


def test_a_quote_too_many_hides_no_link() -> None:
    html = '<a href="/one" ">1</a><a href="/two"">2</a><a title="5" wide" href=\'/three\'>3</a>'
    found = read_links(html + '<a title="a > b" href="/four">4</a>', URL)
    assert [(link.href, link.text) for link in found.links] == [
        ("/one", "1"), ("/two", "2"), ("/three", "3"), ("/four", "4"),
    ]  # fmt: skip


def test_base_refresh_title_and_language_are_read() -> None:
    html = (
        '<html lang="de-AT"><head><base href="/root/"><title> Müller &amp; Sohn </title>'
        '<meta http-equiv="Refresh" content="3; URL=\'/start/\'"></head>'
    )
    found = read_links(html, URL)
    assert found.base == "http://example.com/root/"
    assert found.refresh == "/start/"
    assert found.title == "Müller & Sohn"
    assert found.language == "de"


def test_a_slow_refresh_is_no_redirect() -> None:
    assert read_links('<meta http-equiv=refresh content="300;url=/x">', URL).refresh == ""


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=/a", "/a"),
        ("5,/a", "/a"),
        (" 2.5 ;URL = '/a b' ", "/a b"),
        ('1; url="/a', "/a"),
        ("0;/url", "/url"),
        ("0", ""),
        ("url=/a", ""),
        ("11;url=/a", ""),
        ("0;" + " " * 1500 + "a\nb", "a\nb"),  # backtracking would take years over the likes
        ("0;url=" + " '" * 700 + "\n\n", ""),
    ],
)
def test_a_refresh_is_read_as_browsers_read_it(content: str, target: str) -> None:
    assert refresh_target(content) == target


def test_a_page_of_nothing_but_empty_elements_is_not_read_to_its_end() -> None:
    html = "<a x=1>" * (MAX_PARTS + MAX_TAGS_SCANNED)
    assert hrefs(f"<a href=/first>{html}<a href=/last>") == ["/first"]


def test_links_per_page_are_bounded() -> None:
    assert len(hrefs("<a href=/x>" * 5000)) == MAX_LINKS_PER_PAGE


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "rubbish",
    [
        "<!--",
        "<script>",
        "<a ",
        "<a href='",
        "<a b" + "c" * 4000,
        "<" * 50,
        "<a href=x " + " " * 999,
        "<a>",
        "<a x=1>",
        "<meta>",
        "<html>",
        "onclick='location=1'",
        "<option value='/a'>",
    ],
)
def test_rubbish_costs_time_in_proportion_to_its_length(rubbish: str) -> None:
    read_links(rubbish * (2_000_000 // len(rubbish)), URL)


@given(st.text(alphabet="<>a href='\"/!-scriptbe=&;#x\n", max_size=300))
def test_any_text_is_read_without_a_fault(html: str) -> None:
    read_links(html, URL)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Größe".encode(), "text/html; charset=utf-8"),
        ("Größe".encode("cp1252"), "text/html; charset=windows-1252"),
        ("Größe".encode("cp1252"), "text/html"),
        ("Größe".encode(), "text/html"),
        ("\ufeffGröße".encode("utf-16-le"), "text/html"),
        (b'<meta charset="iso-8859-1">' + "Größe".encode("latin-1"), "text/html"),
    ],
)
def test_pages_are_decoded_as_browsers_do(body: bytes, content_type: str) -> None:
    assert "Größe" in decode_html(body, content_type)
