from __future__ import annotations

import pytest

from crawlers.fragment_routes import is_route, page_of_route, route_url
from crawlers.website_urls import url_key

BASE = "http://example.com/app/page?x=1"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("#/about", f"{BASE}#/about"),
        ("#!/about", f"{BASE}#!/about"),
        ("#!about", f"{BASE}#!about"),
        (" #/list?page=2&x=%20 ", f"{BASE}#/list?page=2&x=%20"),
        ("/#/team", "http://example.com/#/team"),
        ("other#/team", "http://example.com/app/other#/team"),
        ("HTTP://Example.com#/ü a", "http://example.com/#/%C3%BC%20a"),
        ('#/a"><script>', f"{BASE}#/a%22%3E%3Cscript%3E"),
    ],
)
def test_what_scripts_take_for_addresses_are_routes(href: str, url: str) -> None:
    found = route_url(href, BASE)
    assert found == url
    assert is_route(url)
    assert page_of_route(url) == url.partition("#")[0]


@pytest.mark.parametrize(
    "href",
    ["#", "#top", "#/", "#!", "#!/", "#//", "/about", "", "mailto:a@b#/x", "#/" + "x" * 300, "#/#"],
)
def test_other_fragments_are_places_on_the_page(href: str) -> None:
    assert route_url(href, BASE) is None


def test_each_route_is_an_address_of_its_own() -> None:
    page = "http://example.com/"
    keys = {url_key(url) for url in (page, f"{page}#/a", f"{page}#/b", f"{page}#!/a")}
    assert len(keys) == 4
