"""Addresses in their normal form, and what cannot be one."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.frame.website_url import LONGEST_URL, PLACEHOLDERS, normal_form, websites_of

SAME = [
    ("https://example.com/", "https://example.com/"),
    ("HTTP://WWW.Example.COM", "http://www.example.com/"),
    ("http://example.com:80/a", "http://example.com/a"),
    ("https://example.com:443", "https://example.com/"),
    ("https://example.com:80/", "https://example.com:80/"),
    ("http://example.com:0080", "http://example.com/"),
    ("http://example.com:", "http://example.com/"),
    ("https://example.com/Path/?Q=A#part", "https://example.com/Path/?Q=A"),
    ("https://example.com?q=1", "https://example.com/?q=1"),
    ("https://example.com#top", "https://example.com/"),
    ("https://example.com/a%20b@c:d", "https://example.com/a%20b@c:d"),
    ("https://Bücher.example/über", "https://xn--bcher-kva.example/%C3%BCber"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example/"),
    ("http://faß.example/", "http://xn--fa-hia.example/"),
    ("http://例え.テスト", "http://xn--r8jz45g.xn--zckzah/"),
    ("http://my_shop.example.com", "http://my_shop.example.com/"),
    ("http://r3---sn.example.com", "http://r3---sn.example.com/"),
    ("http://127.10.0.3:8041/", "http://127.10.0.3:8041/"),
    ("http://10.0.0.1", "http://10.0.0.1/"),
    ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ("http://[2001:DB8::1]", "http://[2001:db8::1]/"),
    ("http://2130706433/", "http://2130706433/"),
    ("http://0x7F.1", "http://0x7f.1/"),
    ("http://localhost:8000", "http://localhost:8000/"),
    ("http://１２７.0.0.1/", "http://127.0.0.1/"),
    ("https://example.com/<b>", "https://example.com/%3Cb%3E"),
    ("https://example.com/\u202egpj", "https://example.com/%E2%80%AEgpj"),
]

WITHOUT_SCHEME = [
    ("www.example.com", "https://www.example.com/"),
    ("Example.com:8080/a", "https://example.com:8080/a"),
    ("//example.com/a", "https://example.com/a"),
    ("127.0.0.1:8000", "https://127.0.0.1:8000/"),
    ("example.com/?u=http://other.example", "https://example.com/?u=http://other.example"),
]

IMPOSSIBLE = [
    ("ftp://example.com", "only http and https"),
    ("javascript:alert(1)", "port"),
    ("mailto:info@example.com", "e-mail"),
    ("info@example.com", "e-mail"),
    ("http://user:secret@example.com/", "password"),
    ("https:///path", "no host"),
    ("http://:80/", "no host"),
    ("http:/example.com", "without a dot"),
    ("https://https://example.com", "without a dot"),
    ("intranet", "without a dot"),
    ("http://exa", "without a dot"),
    ("http://example..com", "impossible host"),
    ("http://.example.com", "impossible host"),
    ("http://-a.example.com", "impossible host"),
    ("http://exa%6dple.com", "impossible host"),
    ("http://a.com,b.com", "impossible host"),
    (f"http://{'a' * 64}.com", "impossible host"),
    (f"http://{'a.' * 130}com", "impossible host"),
    ("http://a\u00adb\u2028.example", "letters that no domain"),
    ("http://xn--\u00fc.example", "letters that no domain"),
    ("http://xn--999999999.example", "does not decode"),
    ("http://256.1.1.1/", "IPv4"),
    ("http://1.2.3.4.5/", "IPv4"),
    ("http://08.1/", "IPv4"),
    ("12345", "IPv4"),
    ("http://99999999999/", "IPv4"),
    ("http://[::1", "IPv6"),
    ("http://[::1]x", "port"),
    ("http://[fe80::1%25eth0]/", "IPv6"),
    ("http://example.com:0/", "port"),
    ("http://example.com:65536/", "port"),
    ("http://example.com:８０/", "port"),
    ("http://example.com:8a/", "port"),
    ("https://good.example\\@evil.example/", "backslash"),
    ("http://example.com/\x07", "control character"),
    ("http://exam\u0000ple.com/", "control character"),
    (f"http://example.com/{'a' * LONGEST_URL}", "longer than"),
    (f"http://example.com/{'ü' * 400}", "longer than"),
]


@pytest.mark.parametrize(("written", "normal"), SAME)
def test_an_address_with_a_scheme_takes_its_normal_form(written: str, normal: str) -> None:
    assert normal_form(written) == (normal, True)


@pytest.mark.parametrize(("written", "normal"), WITHOUT_SCHEME)
def test_https_is_added_where_no_scheme_is_given(written: str, normal: str) -> None:
    assert normal_form(written) == (normal, False)


@pytest.mark.parametrize(("written", "reason"), IMPOSSIBLE)
def test_an_impossible_address_is_refused_with_its_reason(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        normal_form(written)


@given(st.sampled_from(SAME + WITHOUT_SCHEME))
def test_a_normal_form_is_its_own_normal_form(case: tuple[str, str]) -> None:
    assert normal_form(case[1]) == (case[1], True)


HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from(list("htps:/.?#[]@%-_0159axn\\\u202eüß。１\u00ad,;'\"<")), st.characters()
    ),
    max_size=40,
)


@given(st.one_of(HOSTILE, HOSTILE.map(lambda tail: f"https://example.com{tail}")))
def test_whatever_is_accepted_is_a_stable_ascii_url_without_secrets(written: str) -> None:
    try:
        url, _ = normal_form(written)
    except ValueError:
        return
    parts = urlsplit(url)
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert parts.path.startswith("/")
    assert parts.username is None
    assert not parts.fragment
    assert normal_form(url) == (url, True)


def test_several_websites_are_separated_by_any_white_space() -> None:
    assert websites_of(" a.com\tb.com\n c.com\u00a0d.com ") == ["a.com", "b.com", "c.com", "d.com"]


@pytest.mark.parametrize("placeholder", [*sorted(PLACEHOLDERS), "N/A", "None", " - "])
def test_a_placeholder_names_no_website(placeholder: str) -> None:
    assert websites_of(placeholder) == []
