from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tldextract import TLDExtract

from crawlers.public_suffixes import _rules, domain_under_suffix, is_public_suffix

REFERENCE = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.uk", "example.co.uk"),
        ("example.com", "example.com"),
        ("com", ""),
        ("co.uk", ""),
        ("firm.github.io", "firm.github.io"),
        ("a.b.kawasaki.jp", "a.b.kawasaki.jp"),
        ("x.city.kawasaki.jp", "city.kawasaki.jp"),
        ("www.ck", "www.ck"),
        ("site-1.test", ""),
        ("localhost", ""),
        ("shop.xn--mgbaam7a8h", "shop.xn--mgbaam7a8h"),
    ],
)
def test_a_domain_is_one_label_more_than_its_suffix(host: str, domain: str) -> None:
    assert domain_under_suffix(host) == domain


@given(
    labels=st.lists(st.sampled_from(["a", "shop", "xn--abc", "www"]), max_size=3),
    suffix=st.sampled_from(sorted(_rules())).map(lambda rule: rule.lstrip("!").replace("*", "any")),
)
def test_every_rule_is_read_as_the_reference_reads_it(labels: list[str], suffix: str) -> None:
    host = ".".join([*labels, suffix])
    assert domain_under_suffix(host) == REFERENCE(host).top_domain_under_public_suffix
    assert is_public_suffix(host) == (REFERENCE(host).suffix == host)
