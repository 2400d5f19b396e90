from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.links import read_links
from crawlers.query_charset import with_queries_as_sent

URL = "http://example.com/"


def hrefs(html: str, charset: str, *, said: str | None = None) -> list[str]:
    kind = f"text/html; charset={charset if said is None else said}"
    links = with_queries_as_sent(read_links(html, URL), html.encode(charset), kind)
    return [link.href for link in links.links]


@pytest.mark.parametrize(
    ("charset", "expected"),
    [
        ("iso-8859-1", "/größe?n=B%FCro&amp"),
        ("windows-1252", "/größe?n=B%FCro&amp"),
        ("iso-8859-2", "/größe?n=B%FCro&amp"),
        ("utf-8", "/größe?n=Büro&amp"),
    ],
)
def test_parameters_are_encoded_as_the_page_is_and_paths_are_left(
    charset: str, expected: str
) -> None:
    assert hrefs("<a href='/größe?n=Büro&amp;amp'>x</a>", charset) == [expected]


def test_every_charset_of_the_web_has_its_octets() -> None:
    assert hrefs("<a href='?q=о нас'>x</a>", "windows-1251") == ["?q=%EE %ED%E0%F1"]
    assert hrefs("<a href='?q=新'>x</a>", "shift_jis") == ["?q=%90V"]
    assert hrefs("<a href='?q=łódź'>x</a>", "iso-8859-2") == ["?q=%B3%F3d%BC"]


def test_what_a_charset_lacks_is_written_as_in_html() -> None:
    assert hrefs("<a href='?q=B&uuml;&#8364;ro'>x</a>", "iso-8859-15") == ["?q=B%FC%A4ro"]
    assert hrefs("<a href='?q=&#1078;'>x</a>", "iso-8859-1") == ["?q=%26%231078%3B"]


def test_utf16_pages_send_utf8_and_what_is_encoded_stays() -> None:
    assert hrefs("\ufeff<a href='?q=ü'>x</a>", "utf-16-le") == ["?q=ü"]
    assert hrefs("<a href='?q=%C3%BC&p=ü'>x</a>", "iso-8859-1") == ["?q=%C3%BC&p=%FC"]


@given(st.text(max_size=40), st.sampled_from(["iso-8859-1", "gbk", "utf-8", "idna", "x", ""]))
def test_no_page_and_no_charset_is_a_fault(text: str, said: str) -> None:
    html = f"<a href='/?q={text}'>x</a>"
    links = read_links(html, URL)
    sent = with_queries_as_sent(
        links, html.encode("utf-8", "replace"), f"text/html; charset={said}"
    )
    assert len(sent.links) == len(links.links)
