from __future__ import annotations

from time import perf_counter
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.website_urls import (
    is_address_literal,
    other_www,
    read_address,
    registrable_domain,
    scope_of,
    start_urls,
    tidy_url,
    url_key,
)


@pytest.mark.parametrize(
    ("found", "tidy"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("http://example.com:80/a#b", "http://example.com/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("http://example.com/a/./b/../c", "http://example.com/a/c"),
        ("http://example.com/../../a", "http://example.com/a"),
        ("http://example.com/open/%2e%2E/secret/.%2e/x", "http://example.com/x"),
        ("http://example.com/a/%2e", "http://example.com/a/"),
        ("http://example.com/%2Ehidden/%2f%3f", "http://example.com/.hidden/%2f%3f"),
        ("http://example.com/%61%5A%30%7e%5f?%78=%26", "http://example.com/aZ0~_?x=%26"),
        ("http://example.com/%5B%5d%40%60%7b%C3%BC", "http://example.com/%5B%5d%40%60%7b%C3%BC"),
        (" http://example.com/\n a\t", "http://example.com/a"),
        ("http://example.com/?utm_source=x&id=3&fbclid=1", "http://example.com/?id=3"),
        ("http://example.com/a;jsessionid=77?x=1", "http://example.com/a?x=1"),
        ("http://example.com/?sid=4f1c9a27&id=3", "http://example.com/?id=3"),
        ("http://example.com/?sid=12&print&utm_id=1", "http://example.com/?sid=12"),  # a section
        ("http://example.com/?sidebar=1&printer=a", "http://example.com/?sidebar=1&printer=a"),
        ("http://example.com/ü", "http://example.com/%C3%BC"),
        ("http://müller.example/", "http://xn--mller-kva.example/"),
        ("http://Weiß-Bau.example:8080/ü", "http://xn--wei-bau-2va.example:8080/%C3%BC"),
        ("http://☃.example/", "http://xn--n3h.example/"),
        ("http://１２７.0.0.1/x", "http://127.0.0.1/x"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_addresses_are_tidied(found: str, tidy: str) -> None:
    assert tidy_url(found) == tidy


@pytest.mark.parametrize(
    "found",
    [
        "",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http://",
        "http://user:secret@example.com/",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://[::1/",
        "http://exa mple<script>.com/",
        "data:text/html,x",
        "http://example.com/" + "a" * 2000,
    ],
)
def test_what_is_no_web_address_is_none(found: str) -> None:
    tidy = tidy_url(found)
    assert tidy is None or "<" not in tidy


def test_relative_addresses_are_joined() -> None:
    assert tidy_url("../b?x=1#y", "http://e.com/a/c/d") == "http://e.com/a/b?x=1"
    assert tidy_url("//e.org/x", "https://e.com/") == "https://e.org/x"


@given(st.text(max_size=80), st.sampled_from(["", "http://example.com/a/b", "https://[::1]/"]))
def test_anything_is_tidied_to_an_address_that_stays_as_it_is_or_to_none(
    text: str, base: str
) -> None:
    tidy = tidy_url(text, base)
    if tidy is not None:
        assert tidy_url(tidy) == tidy
        assert tidy.isascii()
        assert tidy.isprintable()
        assert " " not in tidy


_PATHS = st.lists(st.sampled_from(["a", "b", "..", ".", "", "ü", "c%20d"]), max_size=6)
_QUERIES = st.lists(st.sampled_from(["x=1", "y=2", "utm_id=3", "z"]), max_size=4)


@given(_PATHS, _QUERIES, st.sampled_from(["http", "https"]), st.booleans(), st.randoms())
def test_spellings_of_one_page_share_a_key(
    path: list[str], query: list[str], scheme: str, www: bool, random: object
) -> None:
    host = "www.example.com" if www else "example.com"
    plain = tidy_url(f"http://example.com/{'/'.join(path)}?{'&'.join(query)}")
    shuffled = sorted(query, reverse=True)
    other = tidy_url(f"{scheme}://{host}/{'/'.join(path)}/?{'&'.join(shuffled)}&utm_x=9#frag")
    assert plain is not None
    assert other is not None
    assert url_key(plain) == url_key(other)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.uk", "example.co.uk"),
        ("a.b.example.at", "example.at"),
        ("firma.github.io", "firma.github.io"),
        ("127.0.0.1", "127.0.0.1"),
        ("www.site.test", "site.test"),
        ("site-1.farm.test", "site-1.farm.test"),
    ],
)
def test_registrable_domains(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "::1"]
)
def test_odd_spellings_of_addresses_are_known(host: str) -> None:
    assert is_address_literal(host)
    assert other_www(f"http://{host}/") is None


def test_places_where_a_start_page_may_stand() -> None:
    assert start_urls("https://a.at/", scheme_given=False) == ["https://a.at/", "http://a.at/"]
    assert start_urls("http://a.at/", scheme_given=True) == ["http://a.at/"]
    assert start_urls("http://a.at.:81/x.", scheme_given=True) == ["http://a.at:81/x."]
    assert start_urls("https://a.at./", scheme_given=False) == ["https://a.at/", "http://a.at/"]
    assert start_urls("http://[::1]/a.", scheme_given=True) == ["http://[::1]/a."]
    assert other_www("http://a.at/x") == "http://www.a.at/x"
    assert other_www("https://www.a.at/") == "https://a.at/"
    assert other_www("https://shop.a.at/") is None


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("About Us.html", "http://a.test/About%20Us.html"),
        (" /x\n\t/y ", "http://a.test/x/y"),
        ("http://a.test./z", "http://a.test/z"),
    ],
)
def test_spaces_in_an_address_stay_and_breaks_go(written: str, tidy: str) -> None:
    assert tidy_url(written, "http://a.test/") == tidy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.test/About/", "http://www.a.test/about"),
        ("http://a.test/x//y", "http://a.test/x/y"),
        ("http://a.test/0123456789abcdef0123/about", "http://a.test/9876543210fedcba9876/about"),
        ("http://a.test/(S(a1b2c3d4e5f6))/about", "http://a.test/about"),
        ("http://a.test/about;jsessionid=1A2B?x=1", "http://a.test/about?x=1"),
    ],
)
def test_addresses_of_one_page_share_a_key(one: str, other: str) -> None:
    assert url_key(tidy_url(one) or "") == url_key(tidy_url(other) or "")


def test_a_code_that_is_the_page_itself_is_no_session() -> None:
    codes = ("http://a.test/0123456789abcdef0123", "http://a.test/9876543210fedcba9876")
    assert url_key(codes[0]) != url_key(codes[1])


def test_a_run_of_spaces_costs_time_in_proportion() -> None:
    began = perf_counter()
    for _ in range(200):
        tidy_url("x" + " " * 4000 + "y", "http://a.test/")
    assert perf_counter() - began < 2.0


@given(
    st.sampled_from(["http", "https", "HTTP", "ftp"]),
    st.sampled_from(["a.test", "a-b.x_y.test.", "127.0.0.1", "[::1]", "A.test", "u@a.test"]),
    st.sampled_from(["", ":80", ":443", ":8080", ":65535", ":08"]),
    st.text("/ab.?=&;#%20~", max_size=12).map(lambda text: "/" + text),
)
def test_an_address_is_taken_apart_as_the_standard_library_does(
    scheme: str, host: str, port: str, rest: str
) -> None:
    url = tidy_url(f"{scheme}://{host}{port}{rest}")
    if url is None:
        return
    parts, found = urlsplit(url), read_address(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    expected_port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    assert found == (parts.scheme, parts.netloc, parts.hostname, expected_port, target)


@pytest.mark.parametrize(
    ("url", "home", "moved"),
    [
        ("http://a.test/x?y=1", "https://www.a.test", "https://www.a.test/x?y=1"),
        ("http://www.a.test/", "http://a.test", "http://a.test/"),
        ("http://a.test:8080/x", "http://a.test", "http://a.test:8080/x"),
        ("http://a.test/x", "http://a.test:8080", "http://a.test/x"),
        ("http://shop.a.test/x", "http://a.test", "http://shop.a.test/x"),
        ("http://[::1]/x", "https://[::1]", "https://[::1]/x"),
    ],
)
def test_an_address_of_the_home_host_without_a_port_is_moved_to_it(
    url: str, home: str, moved: str
) -> None:
    scope = scope_of(f"{home}/", f"{home}/", shared=False, foreign=frozenset())
    assert scope.at_home(url) == moved


def test_a_directory_ends_with_its_slash_and_no_query_stands_for_one() -> None:
    home = "http://a.test/firm/"
    scope = scope_of(home, home, shared=True, foreign=frozenset())
    assert scope.holds("http://a.test/firm/x?y=/")
    assert scope.holds("http://a.test/firm/")
    assert not scope.holds("http://a.test/firm?/firm/")
    assert not scope.holds("http://a.test/other?p=/firm/")
