"""Whether one visit may ask for an address: its port, who objected, robots.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.answers import Fault
from crawlers.website_urls import origin, port_of, read_address
from storage.accounting import Outcome

if TYPE_CHECKING:
    from crawlers.politeness import Politeness
    from crawlers.robots import RobotsRules
    from crawlers.robots_book import RobotsBook
    from crawlers.spending import Spending


class Permission:
    """What may be asked for in one visit.

    Args:
        website_url: Of the register: its port may be asked.
        spending: Of the visit.
        politeness: How to behave.
        robots: Knows robots.txt files.
    """

    def __init__(
        self, website_url: str, spending: Spending, *, politeness: Politeness, robots: RobotsBook
    ) -> None:
        self._spending = spending
        self._politeness = politeness
        self._robots = robots
        self._ports = frozenset({80, 443, port_of(urlsplit(website_url))})
        self._faultless: set[tuple[str, int]] = set()  # hosts and ports that may be asked

    async def rules_for(self, url: str) -> RobotsRules | Fault:
        """Return the rules of an address's host, or why it may not be asked for.

        Args:
            url: In tidy form.
        """
        if fault := self._fault(url):
            return fault
        rules = await self._robots.rules_for(url, self._spending)
        if isinstance(rules, Fault) or rules.allows(url):
            return rules
        return Fault(reason=Outcome.REFUSED_ROBOTS, detail=f"robots.txt denies {url}")

    def rules_at_hand(self, url: str) -> RobotsRules | None:
        """Return the rules of the host of an address that may be asked for.

        None where it may not, and where the rules would have to be asked for first.

        Args:
            url: In tidy form.
        """
        asked = read_address(url)
        if self._fault(url):
            return None
        rules = self._robots.at_hand(f"{asked.scheme}://{asked.place}")
        return rules if rules is not None and rules.allows(url) else None

    async def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """Return the addresses of sitemaps that the robots.txt of an address names, as written."""
        rules = await self._robots.rules_for(url, self._spending)
        return () if isinstance(rules, Fault) else rules.sitemaps

    def delay(self, rules: RobotsRules) -> float:
        """Return the seconds between two requests that rules ask for, as far as it is honoured."""
        return min(rules.crawl_delay, self._politeness.max_crawl_delay_seconds)

    def _fault(self, url: str) -> Fault | None:
        asked = read_address(url)
        if (asked.host, asked.port) in self._faultless:  # neither changes while a crawl lasts
            return None
        if asked.port not in self._ports:
            return Fault(reason=Outcome.BLOCKED_ADDRESS, detail=f"port of {origin(url)}")
        if self._politeness.is_opted_out(asked.host):
            detail = f"{asked.host} is on the list of those who objected"
            return Fault(reason=Outcome.REFUSED_OPT_OUT, detail=detail)
        self._faultless.add((asked.host, asked.port))
        return None
