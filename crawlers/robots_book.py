"""The robots.txt files of a crawl: asked for once a day for each origin, then remembered."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.answers import Answer, Fault
from crawlers.bodies_in_part import is_in_part
from crawlers.robots import MAX_ROBOTS_BYTES, RobotsRules, lines_read, read_robots
from crawlers.website_urls import origin, port_of, tidy_url
from storage.accounting import Outcome

if TYPE_CHECKING:
    from crawlers.fetching import Fetcher
    from crawlers.politeness import Politeness
    from crawlers.robots_cache import RobotsCache
    from crawlers.spending import Spending

MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2: at least five must be followed
MAX_REMEMBERED = 1000
FEW_RULES = 100  # of a file that is forgotten in its turn, though it may be in use
MAX_RULES_REMEMBERED = 100_000  # of all files: some 15 MB; a file of 500 KiB can hold 40 000


class RobotsBook:
    """What robots.txt files say.

    Args:
        fetcher: Sends the requests.
        politeness: Says how long an answer counts, and who is not to be asked.
        cache: Answers of earlier runs.
    """

    def __init__(self, fetcher: Fetcher, politeness: Politeness, *, cache: RobotsCache) -> None:
        self._fetcher = fetcher
        self._politeness = politeness
        self._cache = cache
        # Until when (monotonic seconds), the rules, and how many there are.
        self._known: dict[str, tuple[float, RobotsRules, int]] = {}
        self._n_rules = 0
        self._asking: dict[str, asyncio.Lock] = {}

    async def rules_for(self, url: str, spending: Spending) -> RobotsRules | Fault:
        """Return the rules for an address, or why there are none; faults are not remembered.

        Args:
            url: In tidy form.
            spending: Of the visit that asks.
        """
        place = origin(url)
        if known := self._remembered(place):  # nobody asks for the file, so there is no turn
            return known
        if len(self._asking) > MAX_REMEMBERED:
            self._asking = {name: turn for name, turn in self._asking.items() if turn.locked()}
        if (turn := self._asking.get(place)) is None:
            turn = self._asking[place] = asyncio.Lock()
        async with turn:
            if known := self._remembered(place) or self._kept(place):
                return known
            found = await self._ask(place, spending)
            if not isinstance(found, Fault):
                self._remember(place, found, self._politeness.robots_cache_hours * 3600)
            return found

    def at_hand(self, place: str) -> RobotsRules | None:
        """Return the rules for addresses of an origin where nobody is to be asked for them.

        Args:
            place: The origin.
        """
        return self._remembered(place) or self._kept(place)

    def _remembered(self, place: str) -> RobotsRules | None:
        known = self._known.get(place)
        if known is None or known[0] < monotonic():
            return None
        if known[2] > FEW_RULES:
            self._known[place] = self._known.pop(place)  # in use: the last to be forgotten
        return known[1]

    def _kept(self, place: str) -> RobotsRules | None:
        kept = self._cache.get(place)
        rules = read_robots(kept) if kept else None
        if kept is None or not isinstance(rules, RobotsRules):
            return None
        self._remember(place, rules, kept.seconds_left)
        return rules

    def _remember(self, place: str, rules: RobotsRules, seconds: float) -> None:
        if former := self._known.pop(place, None):
            self._n_rules -= former[2]
        self._known[place] = (monotonic() + seconds, rules, rules.n_rules)
        self._n_rules += rules.n_rules
        while len(self._known) > MAX_REMEMBERED or (
            self._n_rules > MAX_RULES_REMEMBERED and len(self._known) > 1
        ):
            oldest = next(iter(self._known))  # whose visit is over by then
            self._n_rules -= self._known.pop(oldest)[2]

    async def _ask(self, place: str, spending: Spending) -> RobotsRules | Fault:
        answer = await self._followed(f"{place}/robots.txt", spending)
        if is_in_part(answer):
            answer = await self._followed(f"{place}/robots.txt", spending)
        if is_in_part(answer):
            # What is missing may be what denies: nothing is known until all of it is.
            detail = "the file ended before it was whole"
            answer = Fault(reason=Outcome.CONNECTION_RESET, detail=detail)
        if isinstance(answer, Fault):
            return Fault(reason=answer.reason, detail=f"robots.txt: {answer.detail}")
        rules = read_robots(answer)
        if isinstance(rules, RobotsRules):
            body = lines_read(answer.body) if answer.status < 300 else b""
            self._cache.put(place, answer.status, body)
            return rules
        return Fault(reason=rules, detail=f"robots.txt answers HTTP {answer.status}")

    async def _followed(self, url: str, spending: Spending) -> Answer | Fault:
        ports = {80, 443, port_of(urlsplit(url))}
        seen = {url}
        answer = await self._fetcher.ask(url, spending, first_bytes=MAX_ROBOTS_BYTES + 1)
        for _ in range(MAX_REDIRECTS):
            if isinstance(answer, Fault) or answer.status not in {301, 302, 303, 307, 308}:
                return answer
            target = tidy_url(answer.header("location"), url)
            if target is None or target in seen or port_of(urlsplit(target)) not in ports:
                return answer  # leads nowhere that may be asked: no such file
            seen.add(target)
            if self._politeness.is_opted_out(urlsplit(target).hostname or ""):
                # The owner of these rules may not be asked for them, so nothing is known of them.
                detail = f"leads to {target}, whose owner objected"
                return Fault(reason=Outcome.REFUSED_OPT_OUT, detail=detail)
            url = target
            answer = await self._fetcher.ask(url, spending, first_bytes=MAX_ROBOTS_BYTES + 1)
        return answer
