from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.website_key import website_key


def test_spellings_of_one_website_share_a_key() -> None:
    spellings = (
        "a.example", "https://a.example/", "http://www.A.example", " HTTPS://a.example:443/#top",
        "www.a.example/",
    )  # fmt: skip
    assert {website_key(url) for url in spellings} == {"a.example"}


def test_another_path_or_port_is_another_website() -> None:
    keys = {website_key(u) for u in ("a.example", "a.example/shop", "a.example:8080", "b.example")}
    assert len(keys) == 4


def test_an_address_without_a_host_is_none() -> None:
    with pytest.raises(ValueError, match="host"):
        website_key("http:///path")


@given(st.text(max_size=40))
def test_any_text_has_a_key_or_is_refused(text: str) -> None:
    try:
        key = website_key(text)
    except ValueError:
        return
    assert key
