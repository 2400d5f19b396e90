"""One page of a website: is it allowed, where does it lead, is it HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from crawlers.answers import Answer, Fault
from crawlers.challenges import challenge
from crawlers.condition_answers import MAX_HUNG, is_disliked, is_part, was_had_without
from crawlers.earlier import conditions
from crawlers.fetching import ACCEPT_PAGES, ANYHOW, OnlyIf
from crawlers.header_links import with_header_links
from crawlers.html_bytes import decode_html, is_html, media_type_of
from crawlers.known_pages import KnownPages
from crawlers.last_links import FEW_LINKS
from crawlers.leading_on import REDIRECTS, redirect_target, target_of_frame, target_of_move
from crawlers.links import PageLinks, links_of, refresh_target
from crawlers.markup import PageMarkup, SiteMarkup, read_markup
from crawlers.outcomes import outcome_of_status
from crawlers.query_charset import with_queries_as_sent
from crawlers.redirect_habits import RedirectHabits
from crawlers.signals import TDM_FILE, WebsiteSignals
from crawlers.start_page import start_page_fault
from crawlers.website_urls import (
    origin,
    url_key,
)
from storage.accounting import Outcome
from storage.page_archive import payload_digest

if TYPE_CHECKING:
    from crawlers.earlier import KnownPage
    from crawlers.fetching import Fetcher
    from crawlers.frontier import Frontier
    from crawlers.permission import Permission
    from crawlers.places import VisitPlace
    from crawlers.politeness import Politeness
    from crawlers.spending import Spending

MAX_REDIRECTS_IN_A_MAZE = 2  # in a chain, once one has led on beyond all that are followed
MAX_GATES = 2  # questions that stand in the place of one website

# What a redirect to a page that was dealt with already comes to: nothing is lost by it.
KNOWN_PAGE = Fault(reason=Outcome.REACHED, detail="leads to a page that is known")
# Of a page that is known to be the same, which is not read.
_NOT_READ, _NO_LINKS = read_markup(""), PageLinks(base="", links=())
_MOVES_TO_NOTHING = frozenset({Outcome.NOT_FOUND, Outcome.REDIRECT_LOOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A page that was reached: the last answer of a chain of redirects.

    Attributes:
        asked: Address that the chain began with.
        url: Address that it ended at.
        answer: Of the last request.
        media_type: Without parameters, lower case; empty where none was sent.
        markup: The body decoded and cut at its tags.
        links: Of the page.
        rendered: What a browser made of the answer (HTML in UTF-8), which `markup` and `links` are
            then of; None where none was used.
        unchanged: The page as an earlier wave archived it, where the server says that it is still
            the same or sends the same bytes; `markup` and `links` are then empty.
    """

    asked: str
    url: str
    answer: Answer
    media_type: str
    markup: PageMarkup
    links: PageLinks
    rendered: bytes | None = None
    unchanged: KnownPage | None = None

    @property
    def html(self) -> str:
        """Return the page as text."""
        return self.markup.html

    @property
    def body(self) -> bytes:
        """Return what is kept as the page: rendered if it was, else as answered."""
        return self.answer.body if self.rendered is None else self.rendered


class PageReacher:
    """Reaches pages for one visit.

    Args:
        website_url: Of the register: its name may be carried on elsewhere.
        spending: Of the visit.
        politeness: How to behave.
        fetcher: Sends requests.
        permission: Says what may be asked for.
        place: Taken once the website has answered.

    Attributes:
        earlier: Pages of an earlier wave: asked for only if they changed.
        signals: What the pages reached say of their use.
        markup: What is known of the website's pages.
        remembered: Answers and faults of a visit that was broken off, each given once.
    """

    def __init__(
        self,
        website_url: str,
        spending: Spending,
        *,
        politeness: Politeness,
        fetcher: Fetcher,
        permission: Permission,
        place: VisitPlace,
    ) -> None:
        self.earlier = KnownPages()
        self.remembered: dict[str, Answer | Fault] = {}
        self._website_url = website_url
        self._spending = spending
        self._politeness = politeness
        self._fetcher = fetcher
        self._permission = permission
        self._place = place
        self._takes_conditions, self._n_hung = True, 0
        self._moving: list[Reached] = []  # pages of one chain that only lead on, but have links
        self._habits = RedirectHabits()
        self._max_redirects = politeness.max_redirects
        self._led_to = ""  # by the last redirect
        self._gates = MAX_GATES
        self._n_cookies = 0  # before the last request
        self.signals = WebsiteSignals(self._politeness)
        self.markup = SiteMarkup()

    async def reach(self, url: str, *, frontier: Frontier | None = None) -> Reached | Fault:
        """Ask for an address and follow where it leads.

        Args:
            url: In tidy form.
            frontier: Knows what belongs to the website and what was seen; None while the start
                page is looked for, which may stand on another domain.
        """
        self._moving.clear()
        found = await self._by_habit(url, frontier) if frontier is not None else None
        n_cookies = len(self._spending.cookies or ())
        found = found or await self._followed(url, frontier)
        if found is KNOWN_PAGE and not n_cookies and url in self.earlier.first_two[1:]:
            await self._ask_for_cookies()
        if found is KNOWN_PAGE and len(self._spending.cookies or ()) > n_cookies:
            found = await self._followed(url, frontier)  # with the cookie that it had been for
            if isinstance(found, Fault) and frontier is not None and self._is_gate(frontier):
                found = await self._followed(self._led_to, frontier)
                found = replace(found, asked=url) if isinstance(found, Reached) else found
        if isinstance(found, Fault) and self._moving and found.reason in _MOVES_TO_NOTHING:
            # It sends its readers to a page that is gone: what it says itself is what there is.
            found = self._moving[0] if frontier is not None else self._judged(self._moving[0])
        return found if isinstance(found, Fault) else await self._as_allowed(found)

    def _is_gate(self, frontier: Frontier) -> bool:
        """Tell whether the known page that an address led to may be another one with a cookie.

        So it is where a question (an age, cookies) stands in the place of the website, whose pages
        are not known yet.
        """
        self._gates -= 1
        return self._gates >= 0 and len(frontier) <= FEW_LINKS and bool(self._led_to)

    async def _ask_for_cookies(self) -> None:
        """Ask for the start page as a whole: where it was not sent it may have set no cookies."""
        if self._takes_conditions:
            self._takes_conditions = False
            await self.ask_allowed(self.earlier.first_two[0])
            self._takes_conditions = True

    async def _by_habit(self, url: str, frontier: Frontier) -> Reached | Fault | None:
        """Ask for what the website would redirect an address to; None where nobody knows that."""
        led_to = self._habits.applied(url)
        if not led_to or isinstance(await self._permission.rules_for(url), Fault):
            return None  # what may not be asked leads nowhere
        if fault := _leaves(frontier, url, led_to):
            return fault
        found = await self._followed(led_to, frontier)
        if isinstance(found, Reached):
            return replace(found, asked=url)
        if found.reason is not Outcome.NOT_FOUND:
            return found
        self._habits.stayed(url)
        return None

    async def _followed(self, url: str, frontier: Frontier | None) -> Reached | Fault:
        asked, seen = url, {self._state_at(url)}
        for _ in range(self._max_redirects + 1):
            self._n_cookies = len(self._spending.cookies or ())
            answer = await self.ask_allowed(url)
            if isinstance(answer, Fault):
                return answer
            end = self._end_of_chain(asked, url, answer, frontier)
            if not isinstance(end, str):
                if isinstance(end, Reached):
                    self._habits.stayed(url)
                return end
            if answer.status in REDIRECTS:
                self._habits.note(url, end)
            if self._state_at(end) in seen:
                return Fault(reason=Outcome.REDIRECT_LOOP, detail=f"leads to {end} again")
            seen.add(self._state_at(end))
            url = end
        detail = f"more than {self._max_redirects} redirects"
        if frontier is not None:
            self._max_redirects = min(self._max_redirects, MAX_REDIRECTS_IN_A_MAZE)
        return Fault(reason=Outcome.REDIRECT_LOOP, detail=detail)

    async def _as_allowed(self, page: Reached) -> Reached | Fault:
        """Return a page as far as it, or its website's TDM file, allows its use."""
        if self.signals.asks_for_file:
            url = origin(page.url) + TDM_FILE
            self.signals.read_file(await self.ask_allowed(url, accept="application/json"))
        links = self.signals.judged(page.url, page.answer, page.markup, page.links)
        if isinstance(links, Fault):
            return links
        return page if links is page.links else replace(page, links=links)

    def _end_of_chain(
        self, asked: str, url: str, answer: Answer, frontier: Frontier | None
    ) -> Reached | Fault | str:
        """Return the page, or why there is none, or the address that the chain goes on to."""
        if unchanged := self._unchanged(asked, url, answer):
            return unchanged
        target = redirect_target(answer, url)
        if target is None:
            page = self._as_page(asked, url, answer)
            if isinstance(page, Fault):
                return page
            target = self._target_of(page, is_start=frontier is None)
            if target is not None and page.links.links:
                self._moving.append(page)
            if frontier is None:
                return target or self._judged(page)
            if target is None:
                return page
        if isinstance(target, str) and frontier is not None:
            self._led_to = target
            return _leaves(frontier, asked, target) or target
        return target

    def _target_of(self, page: Reached, *, is_start: bool) -> str | None:
        sets_cookie = len(self._spending.cookies or ()) > self._n_cookies
        target = target_of_move(page.html, page.links, page.url, sets_cookie=sets_cookie)
        if target is None and is_start:
            return target_of_frame(page.html, page.links, page.url)
        return target

    def _unchanged(self, asked: str, url: str, answer: Answer) -> Reached | None:
        """Return the page of an earlier wave, if this is it; None for a 304 nobody asked for."""
        page = self.earlier.get(url)
        if page is None or not (_is_not_modified(answer) or _is_same(answer, page)):
            return None
        return Reached(
            asked=asked,
            url=url,
            answer=answer,
            media_type=page.media_type,
            markup=_NOT_READ,
            links=_NO_LINKS,
            unchanged=page,
        )

    def _state_at(self, url: str) -> str:
        # A cookie may be what a redirect to the same address is for.
        return f"{url} {len(self._spending.cookies or ())}"

    def asks_plainly(self, url: str) -> bool:
        """Tell whether an address of the earlier wave is asked for as it is, and under conditions.

        Args:
            url: In tidy form.
        """
        return self._takes_conditions and not (self.remembered or self._habits.applied(url))

    def note_unchanged(self, url: str) -> None:
        """Take down that an address was answered as it stands."""
        self._habits.stayed(url)

    async def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """Return the addresses of sitemaps that the robots.txt of an address names, as written."""
        return await self._permission.sitemaps_of(url)

    async def ask_allowed(
        self, url: str, *, accept: str = ACCEPT_PAGES, first_bytes: int = 0
    ) -> Answer | Fault:
        """Ask for one address, if ports, opt-outs and robots.txt allow it; redirects stay as such.

        Args:
            url: In tidy form.
            accept: Media types wanted.
            first_bytes: Take no more than that many bytes of the body; 0 for all of it.
        """
        rules = await self._permission.rules_for(url)
        if isinstance(rules, Fault):
            return rules
        is_page = accept is ACCEPT_PAGES and not first_bytes
        if is_page and (known := self.remembered.pop(url, None)) is not None:
            return known
        if self._spending.answered:
            self._spending.deadline += await self._place.take()
        earlier = self.earlier.get(url) if is_page and self._takes_conditions else None
        is_start = not self._spending.has_page
        begun = self.earlier.taken_up(url)
        asked_at = begun.asked_at if begun else monotonic()
        only_if = OnlyIf(conditions(earlier) if earlier else (), begun.attempted if begun else None)
        while True:
            answer = await self._fetcher.ask(
                url,
                self._spending,
                crawl_delay=self._permission.delay(rules),
                accept=accept,
                first_bytes=first_bytes,
                only_if=only_if,
            )
            if not only_if.fields or not is_disliked(answer, is_start=is_start):
                break
            self._takes_conditions, only_if = False, ANYHOW
        if was_had_without(answer, only_if.fields):
            self._n_hung += 1
            self._takes_conditions = self._n_hung < MAX_HUNG
        await self._place.note_request(monotonic() - asked_at)
        return answer

    def _as_page(self, asked: str, url: str, answer: Answer) -> Reached | Fault:
        if reason := outcome_of_status(answer.status):
            return _challenged(url, answer) or Fault(
                reason=reason, detail=f"HTTP {answer.status} at {url}"
            )
        if is_part(answer):
            return Fault(reason=Outcome.BAD_RESPONSE, detail=f"a part that nobody wanted: {url}")
        if not answer.body.strip():
            return Fault(reason=Outcome.EMPTY, detail=f"HTTP {answer.status} without a body")
        content_type = answer.header("content-type")
        media_type = media_type_of(content_type)
        if not is_html(media_type, answer.body):
            detail = f"no HTML but {media_type or 'something of no media type'} at {url}"
            return Fault(reason=Outcome.BAD_RESPONSE, detail=detail)
        html = decode_html(answer.body, content_type)
        markup = self.markup.read(html)
        if fault := _challenged(url, answer, markup):
            return fault
        links = with_queries_as_sent(links_of(markup, url), answer.body, content_type)
        links = with_header_links(links, answer.exchange.headers, url)
        if not links.refresh and (refresh := answer.header("refresh")):
            links = replace(links, refresh=refresh_target(refresh))
        return Reached(
            asked=asked,
            url=url,
            answer=answer,
            media_type=media_type,
            markup=markup,
            links=links,
        )

    def _judged(self, page: Reached) -> Reached | Fault:
        fault = start_page_fault(
            page.html, page.links, website_url=self._website_url, final_url=page.url
        )
        return Fault(reason=fault[0], detail=fault[1]) if fault else page


def _challenged(url: str, answer: Answer, page: PageMarkup | None = None) -> Fault | None:
    """Return a fault where visitors are to prove that they are human: no program may."""
    if page is None:  # an error: only these come with challenges, the others say what they say
        if answer.status not in {403, 405, 503}:
            return None
        page = read_markup(answer.body[:60_000].decode("utf-8", "replace"))
    who = challenge(answer.status, answer.header, page)
    detail = f"asks visitors to prove that they are human ({who}) at {url}"
    return Fault(reason=Outcome.REFUSED_HTTP, detail=detail) if who else None


def _is_not_modified(answer: Answer) -> bool:
    if answer.exchange.http_status != 304:
        return False
    return not _CONDITIONS.isdisjoint([name for name, _ in answer.exchange.request_headers])


def _is_same(answer: Answer, page: KnownPage) -> bool:
    """Tell whether an answer has the very bytes of a page that was archived as it was answered."""
    if answer.status != 200 or answer.cut or page.rendered or not page.payload_digest:
        return False
    return payload_digest(answer.exchange.body) == page.payload_digest


_CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})


def _leaves(frontier: Frontier, asked: str, target: str) -> Fault | None:
    if not frontier.scope.holds(target):
        return Fault(reason=Outcome.REDIRECTED_ELSEWHERE, detail=f"leads to {target}")
    is_same = url_key(target) == url_key(asked)  # a slash, a scheme or a www was added
    if not is_same and frontier.is_hopeless(target):
        return KNOWN_PAGE  # the log-in or the error page that others led to
    return None if is_same or frontier.mark_seen(target) else KNOWN_PAGE
