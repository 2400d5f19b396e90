from __future__ import annotations

import pytest

from crawlers.cookies import MAX_COOKIES, VisitCookies


def sent(set_by: str, value: str, to: str) -> str:
    """Return what an address is sent after another one set a cookie."""
    cookies = VisitCookies()
    cookies.take(set_by, (("Set-Cookie", value),))
    return cookies.header(to)


@pytest.mark.parametrize(
    ("set_by", "domain", "to"),
    [
        ("http://a.github.io/", "github.io", "http://b.github.io/"),
        ("http://a.blogspot.com/", ".blogspot.com", "http://b.blogspot.com/"),
        ("http://a.co.uk/", "co.uk", "http://b.co.uk/"),
        ("http://a.de/", "de", "http://b.de/"),
        ("http://a.example.de/", "other.de", "http://other.de/"),
        ("http://127.0.0.1/", "0.0.1", "http://1.0.0.1/"),
    ],
)
def test_no_other_website_is_sent_a_cookie_whatever_its_domain_says(
    set_by: str, domain: str, to: str
) -> None:
    assert sent(set_by, f"visitor=42; Domain={domain}", to) == ""


@pytest.mark.parametrize(
    ("value", "to", "expected"),
    [
        ("a=1", "http://www.example.de/x", "a=1"),
        ("a=1", "http://shop.example.de/", ""),
        ("a=1; Domain=example.de", "http://shop.example.de/", "a=1"),
        ("a=1; Secure", "http://www.example.de/", ""),
        ("a=1; Path=/in", "http://www.example.de/out", ""),
        ("a=1\x01; Path=/", "http://www.example.de/", ""),
        ("a=" + "x" * 5000, "http://www.example.de/", ""),
    ],
)
def test_a_website_gets_back_what_it_set(value: str, to: str, expected: str) -> None:
    assert sent("http://www.example.de/", value, to) == expected


def test_no_more_is_kept_than_any_visit_needs() -> None:
    cookies = VisitCookies()
    for number in range(4 * MAX_COOKIES):
        cookies.take("http://example.de/", (("Set-Cookie", f"c{number}=1"),))
    assert len(cookies) <= MAX_COOKIES
