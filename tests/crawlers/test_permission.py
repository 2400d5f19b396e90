from __future__ import annotations

import asyncio
from time import monotonic
from typing import cast

import pytest
from loopback_sites import polite

from crawlers.answers import Fault
from crawlers.permission import Permission
from crawlers.robots import RobotsRules
from crawlers.robots_book import RobotsBook
from crawlers.robots_file import read_robots_file
from crawlers.spending import Spending
from storage.accounting import Outcome


class Told:
    """Robots rules without anybody to ask; those at hand may be there or not."""

    def __init__(self, *, at_hand: bool = True) -> None:
        rules = read_robots_file(b"User-agent: *\nDisallow: /no\nCrawl-delay: 90", "sectorlens")
        self.rules = RobotsRules(rules=rules, crawl_delay=rules.crawl_delay, sitemaps=("/map",))
        self.is_at_hand = at_hand
        self.asked: list[str] = []

    async def rules_for(self, url: str, _spending: Spending) -> RobotsRules:
        self.asked.append(url)
        return self.rules

    def at_hand(self, _url: str) -> RobotsRules | None:
        return self.rules if self.is_at_hand else None


def permission(robots: Told) -> Permission:
    return Permission(
        "http://a.example:8080/",
        Spending(request_budget=1, byte_budget=1, deadline=monotonic() + 9),
        politeness=polite(opt_out_domains=frozenset({"gone.example"})),
        robots=cast("RobotsBook", robots),
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.example:8080/yes", None),
        ("https://a.example/yes", None),
        ("http://a.example:8080/no/page", Outcome.REFUSED_ROBOTS),
        ("http://a.example:81/yes", Outcome.BLOCKED_ADDRESS),
        ("http://www.gone.example/yes", Outcome.REFUSED_OPT_OUT),
    ],
)
def test_an_address_may_be_asked_for_or_not_whether_rules_are_at_hand_or_asked_for(
    url: str, reason: Outcome | None
) -> None:
    robots = Told()
    asked = permission(robots)
    found = asyncio.run(asked.rules_for(url))
    assert (found.reason if isinstance(found, Fault) else None) == reason
    # What is allowed is allowed either way, and whatever denies it denies it either way.
    assert (asked.rules_at_hand(url) is not None) == (reason is None)
    has_asked = reason not in {Outcome.BLOCKED_ADDRESS, Outcome.REFUSED_OPT_OUT}
    assert robots.asked == ([url] if has_asked else [])


def test_rules_that_would_have_to_be_asked_for_are_not_at_hand() -> None:
    robots = Told(at_hand=False)
    assert permission(robots).rules_at_hand("http://a.example:8080/yes") is None
    assert not robots.asked


def test_delays_are_honoured_up_to_the_cap_and_sitemaps_told_whatever_is_denied() -> None:
    robots = Told()
    asked = permission(robots)
    assert asked.delay(robots.rules) == polite().max_crawl_delay_seconds
    assert asyncio.run(asked.sitemaps_of("http://a.example:8080/no")) == ("/map",)
