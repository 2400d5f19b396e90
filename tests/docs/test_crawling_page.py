"""docs/crawling.md names every setting of the crawl, and the fixed bounds that the code has."""

import tomllib
from pathlib import Path

from crawlers import (
    large_bodies,
    links,
    markup,
    patience,
    pauses,
    places,
    robots_book,
    robots_file,
    sitemap_search,
    sitemaps,
    wire_places,
)
from crawlers.earlier import MAX_TRUSTED
from crawlers.rendering import shell

ROOT = Path(__file__).parents[2]
PAGE = " ".join((ROOT / "docs" / "crawling.md").read_text(encoding="utf-8").split())


def test_the_page_names_every_setting_of_the_crawl() -> None:
    template = (ROOT / "sectorlens" / "templates" / "sectorlens.toml").read_text(encoding="utf-8")
    table = PAGE.partition("## What you can set")[2].partition(" ## ")[0]
    for key in tomllib.loads(template)["crawl"]:
        assert f"`{key}`" in table, key


def test_the_fixed_bounds_are_those_of_the_code() -> None:
    for sentence in (
        f"| {large_bodies.LARGE_AT_ONCE}; {large_bodies.LARGE_SECONDS:.0f} seconds | fixed |",
        f"behind the first {markup.MAX_PARTS:,} of a page | {links.MAX_TAGS_SCANNED:,} | fixed |",
        f"together | {robots_book.MAX_RULES_REMEMBERED:,} | fixed |",
        f"more than {robots_file.MAX_PIECES:,} pieces",
        f"| {sitemap_search.MAX_REQUESTS}; {sitemaps.MAX_SITEMAP_BYTES // 1_000_000} MB;"
        f" {sitemaps.MAX_ENTRIES} | fixed |",
        f"takes {places.SLOW_SECONDS:.0f} seconds or more (of these {places.MAX_SLOW})"
        f" | {places.MAX_KNOCKING} | fixed |",
        f"at least {wire_places.LEAST_PLACES}, at most {wire_places.MOST_PLACES};",
        f"{pauses.SLOWER_SECONDS:.0f} seconds at least between two requests",
        f"than {MAX_TRUSTED.days} days is asked for without conditions",
        f"fewer than {shell.NO_TEXT} words and a script; fewer than {shell.LITTLE_TEXT}",
        f"fewer than {shell.SOME_TEXT} and an empty place",
    ):
        assert sentence.replace(",", " ") in PAGE.replace(",", " "), sentence
    words = {5: "five", 10: "ten", 7: "seven"}
    assert f"after {words[patience.MAX_FAILURES_IN_A_ROW]} pages in a row" in PAGE
    assert f"after {words[patience.FRUITLESS_AT_LEAST]} requests" in PAGE
    assert f"kept are {words[patience.FRUITLESS_BEYOND_PAGES]} more than the page limit" in PAGE
