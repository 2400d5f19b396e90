"""The page for webmasters: valid, accessible, and true to the settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from crawlers.robots_file import read_robots_file
from sectorlens.contact_page import contact_page
from sectorlens.settings import CrawlSettings

CHOSEN = CrawlSettings(
    organisation='Office <of> "Tests" & Cie',
    contact_url="https://example.org/crawl?a=1&b=2",
    max_pages_per_website=7,
    delay_seconds=2.5,
    hours="20:00-06:00",
    time_zone="Europe/Vienna",
    pass_hours=(6.0, 30.0, 72.0),
)


def parsed(page: str) -> Element:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(page)
    return tree


def text_of(page: str) -> str:
    return " ".join("".join(parsed(page).itertext()).split())


@pytest.mark.parametrize("chosen", [CHOSEN, CrawlSettings()])
def test_the_page_is_valid_and_accessible(chosen: CrawlSettings) -> None:
    tree = parsed(contact_page(chosen))
    assert tree.get("lang") == "en"
    assert tree.findtext("head/title")
    headings = [one.tag for one in tree.iter() if one.tag in {"h1", "h2", "h3"}]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert all(table.find("caption") is not None for table in tree.iter("table"))
    assert all(cell.get("scope") for cell in tree.iter("th"))
    assert not list(tree.iter("script"))
    assert not [one for one in tree.iter() if one.get("src")]


def test_the_page_promises_what_the_settings_hold() -> None:
    page = text_of(contact_page(CHOSEN))
    for promise in (
        'Why Office <of> "Tests" & Cie visits your website',
        "sectorlens/",
        "at most 7 a website",
        "one every 2.5 seconds",
        "20:00-06:00 (Europe/Vienna)",
        "6 and 30 and 72 hours",
        "within 24 hours",
        "have everything deleted",
        "Requests to one website in a visit24",
        "Requests to one website in a day72",
    ):
        assert promise in page, promise


def test_its_example_of_robots_txt_keeps_us_away() -> None:
    tree = parsed(contact_page(CHOSEN))
    examples = [
        "".join(one.itertext())
        for one in tree.iter("pre")
        if "User-agent" in "".join(one.itertext())
    ]
    away, partly = (read_robots_file(text.encode(), "sectorlens") for text in examples)
    assert not away.allows("https://example.org/anything")
    assert partly.allows("https://example.org/anything")
    assert not partly.allows("https://example.org/internal/x")
    assert partly.crawl_delay == 10


def test_a_new_workspace_holds_the_page_and_a_command_fills_it_in(
    sectorlens: Callable[..., Any], told: Callable[..., Any], tmp_path: Path
) -> None:
    place = tmp_path / "new"
    assert "contact-page" in sectorlens("init", place).stdout
    first = (place / "contact-page.html").read_text("utf-8")
    assert "your institute" in first
    settings = place / "sectorlens.toml"
    settings.write_text(
        settings.read_text("utf-8").replace('"your institute"', '"Statistics Ruritania"'), "utf-8"
    )
    there = ("--workspace", place)
    sectorlens("crawl", "contact-page", "--to", place / "contact-page.html", *there)
    assert "Statistics Ruritania" in (place / "contact-page.html").read_text("utf-8")
    assert told("crawl", "contact-page", *there)["html"].startswith("<!doctype html>")
