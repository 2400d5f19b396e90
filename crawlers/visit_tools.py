"""What all visits of a crawl share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Semaphore
    from pathlib import Path

    from crawlers.earlier import EarlierPages
    from crawlers.fetching import Fetcher
    from crawlers.journal import CrawlJournal
    from crawlers.politeness import Politeness
    from crawlers.rendering.browser import Browser
    from crawlers.robots_book import RobotsBook


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTools:
    """What all visits of a crawl share.

    Attributes:
        workspace_root: Where archived pages are read back from.
        politeness: How to behave.
        fetcher: Sends requests.
        robots: Knows robots.txt files.
        journal: Takes down what is brought home.
        browser: Renders pages that scripts make.
        free_places: Counts the visits that may still go on beside those that do.
        slow_places: Counts the slow visits that may still go on without one of them.
        hosts: How many websites of the crawl stand on each host (without ``www.``).
        earlier: Pages of the latest wave before.
    """

    workspace_root: Path
    politeness: Politeness
    fetcher: Fetcher
    robots: RobotsBook
    journal: CrawlJournal
    browser: Browser
    free_places: Semaphore
    slow_places: Semaphore
    hosts: dict[str, int]
    earlier: EarlierPages
