from __future__ import annotations

import pytest

from crawlers.address_bounds import MAX_SEGMENTS, AddressBounds, is_slip, start_named_by


@pytest.mark.parametrize(
    "href",
    [
        *("www.firma.at", "www.firma.at/shop", "firma.com", "firma.com/shop", "http/firma.at"),
        *("office@firma.at", " office@firma.at ", "+43 316 123456", "+43(316)12", "https;//x.at"),
        *("{{ url }}", "/x/{{url}}", "${link}", "<%= url %>", "%7B%7Burl%7D%7D", "$url"),
        *("[object Object]", "/[object%20Object]", "undefined", "/de/undefined", "null", "NaN"),
    ],
)
def test_links_that_were_not_meant_so_are_known(href: str) -> None:
    assert is_slip(href)


@pytest.mark.parametrize(
    "href",
    [
        *("/about", "about.html", "../team", "?id=3", "http://www.firma.at/", "//firma.com/x"),
        *("www-auftritt.html", "/www.firma.at/", "/@steiner", "/profile/@steiner", "/nullpunkt"),
        *("undefined-behaviour", "/2026/11", "12-34-56.html", "/a+b", "+plus", "https.html"),
        *("company.html", "/dot.net-development", "index.php?mail=a@b.at", "$angebot-neu"),
    ],
)
def test_other_links_are_as_they_are(href: str) -> None:
    assert not is_slip(href)


@pytest.mark.parametrize(
    ("url", "directory"),
    [
        ("http://a.test/start.php", "http://a.test/"),
        ("http://a.test/de/home.html", "http://a.test/de/"),
        ("http://a.test/homes.html", ""),
        ("http://a.test/start", ""),
        ("http://a.test/start.php?id=3", ""),
    ],
)
def test_names_that_a_start_page_may_have(url: str, directory: str) -> None:
    assert start_named_by(url) == directory


def test_paths_are_bounded() -> None:
    bounds = AddressBounds()
    assert bounds.hold("/a/b", "", 1)
    assert not bounds.hold("/a" * (MAX_SEGMENTS + 1), "", 1)
    assert not bounds.hold("/a/b/a/b/a/b", "", 1)
    assert not bounds.hold("/broschuere.pdf", "", 1)
