"""One visit to one website: robots.txt, start page, then page after page within the budget."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from crawlers.answers import Fault
from crawlers.archived_pages import PageAgain, archived_page
from crawlers.canonical import CanonicalAddresses, counts_against
from crawlers.fetching import BUDGET_USED_UP, take_cookies
from crawlers.fragment_routes import is_route
from crawlers.frontier import Frontier
from crawlers.journal_lines import OpenVisit, page_from_line
from crawlers.links import PageLinks
from crawlers.links_elsewhere import Link
from crawlers.outcomes import GIVES_NOTHING
from crawlers.page_worth import KEPT, PageWorth, Worth
from crawlers.reaching import KNOWN_PAGE, PageReacher, Reached
from crawlers.rendering.website import WebsiteRendering
from crawlers.sitemap_search import SitemapSearch
from crawlers.start_places import bare_host
from crawlers.start_search import reach_start_page
from crawlers.visit_attempts import answers_again, cookie_setters, pause_again
from crawlers.website_urls import read_address, scope_of
from crawlers.yields import NoPage
from storage.accounting import Outcome
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from crawlers.asking_again import AskingAgain
    from crawlers.begun_visit import BegunVisit
    from crawlers.earlier import KnownPage
    from crawlers.journal_lines import NothingNew
    from storage.records.crawl import Page, WebsiteVisit

# What speaks against more addresses than a dead link does.
_COUNTS = {Outcome.BAD_RESPONSE: NoPage.FILE, Outcome.REDIRECT_LOOP: NoPage.MAZE}


class WebsiteWalk:
    """A visit on its way.

    Args:
        visit: As it began.
        again: Asks for pages of an earlier wave.
    """

    def __init__(self, visit: BegunVisit, again: AskingAgain) -> None:
        self._visit = visit
        self._again = again
        self._task, self._tools = visit.task, visit.tools
        self._politeness = visit.tools.politeness
        self._patience, self._spending, self._notes = visit.patience, visit.spending, visit.notes
        self._worth = PageWorth()
        self._canonical = CanonicalAddresses()
        self._lost: dict[str, Page] = {}  # by address: their archived records are damaged
        self._n_lost = 0
        self._earlier = visit.earlier
        self._pages_of = PageReacher(
            visit.task.website_url,
            visit.spending,
            politeness=self._politeness,
            fetcher=self._tools.fetcher,
            permission=visit.permission,
            place=visit.place,
        )
        self._pages_of.earlier = again.known
        again.ordinary = self._pages_of
        visit.signals = self._pages_of.signals.as_json
        self._rendering = WebsiteRendering(
            self._tools.browser, self._pages_of, self._spending, politeness=self._politeness
        )
        self._sitemaps = SitemapSearch(self._pages_of)

    async def run(self, so_far: OpenVisit | None = None) -> WebsiteVisit:
        """Make the visit, or go on with one that was broken off.

        Args:
            so_far: What it brought home before.
        """
        if so_far is not None:
            self._go_on(so_far)
        if so_far and so_far.pages:
            if self._earlier.begins_like(so_far):
                self._again.kept.extend(so_far.pages)
                return await self._go_again(so_far.pages[0].final_url)
            frontier = self._restored(so_far)
            await self._regain_cookies(so_far)
        elif self._again.kept:
            return await self._go_again(self._visit.final_url)
        else:
            start = await reach_start_page(self._task, self._pages_of)
            if isinstance(start, Fault):
                return self._visit.ended(start.reason, start.detail)
            if start.unchanged:
                self._again.kept.append(self._kept(start, start.asked, position=0))
                return await self._go_again(start.url)
            self._spending.is_known = False
            start = await self._rendering.start_page(start, website_url=self._task.website_url)
            if isinstance(start, Fault):
                return self._visit.ended(start.reason, start.detail)
            frontier = self._frontier(start.url)
            self._take(start, frontier, depth=0)
            self._notes.attempts.settle()
            del start  # a page weighs more than all else that a visit holds
        await self._walk(frontier)
        return self._reached()

    def _go_on(self, so_far: OpenVisit) -> None:
        """Take up what was asked and what came of it before the visit was broken off."""
        self._visit.started_at = so_far.started_at or self._visit.started_at
        self._spending.requests, self._spending.bytes = so_far.requests, so_far.bytes
        self._spending.answered = any(one.status for one in so_far.attempts)
        pause_again(so_far.attempts, self._spending.pauses, self._politeness)
        self._pages_of.remembered = answers_again(so_far.attempts)

    def _reached(self) -> WebsiteVisit:
        denials = f"{n} addresses denied by robots.txt" if (n := self._patience.denied) else ""
        losses = f"{self._n_lost} archived pages were damaged and asked for again"
        told = [self._broken_off(), denials, self._rendering.detail, losses if self._n_lost else ""]
        detail = "; ".join(filter(None, told))
        return self._visit.ended(Outcome.REACHED, detail)

    def _broken_off(self) -> str:
        """Return why the host's answers ended the visit; empty where they did not."""
        if closed := self._spending.pauses.closed(read_address(self._visit.final_url).host):
            return f"broken off: {closed.value}"
        if not self._patience.is_worn_out:
            return ""
        return f"broken off: {self._patience.failures_in_a_row} pages in a row were not had"

    # ------------------------------------------------------------ further pages

    def _frontier(self, final_url: str) -> Frontier:
        self._visit.begin_at(final_url)
        hosts = self._tools.hosts
        host = bare_host(self._task.website_url)
        scope = scope_of(
            self._task.website_url,
            final_url,
            shared=hosts.get(host, 0) > 1 and host == bare_host(final_url),
            foreign=hosts,
        )
        frontier = Frontier(scope)
        frontier.begin(final_url)
        frontier.begin(self._task.website_url)
        return frontier

    async def _walk(self, frontier: Frontier) -> None:
        while not (self._patience.is_over or self._spending.is_over_at(self._visit.final_url)):
            entry = frontier.next()
            if entry is not None:
                await self._visit_address(entry.url, frontier, depth=entry.depth)
                self._notes.attempts.settle()
            elif not await self._add_sitemaps(frontier):
                return

    async def _add_sitemaps(self, frontier: Frontier) -> bool:
        known = frontier.n_known
        if is_more := await self._sitemaps.add_pages(frontier, n_pages=self._patience.pages):
            self._notes.read_sitemaps(self._visit.final_url, frontier.found_since(known))
        return is_more

    async def _visit_address(self, url: str, frontier: Frontier, *, depth: int) -> None:
        spent = self._spending.requests
        frontier.begin(url)
        if is_route(url):
            result = await self._rendering.route(url, frontier)
        else:
            result = await self._pages_of.reach(url, frontier=frontier)
        await self._deal_with(
            result, url, frontier, depth=depth, n_requests=self._spending.requests - spent
        )

    async def _deal_with(
        self,
        result: Reached | Fault,
        url: str,
        frontier: Frontier,
        *,
        depth: int,
        n_requests: int,
    ) -> None:
        if isinstance(result, Reached):
            frontier.begin(result.url)
            filled = await self._filled(result, frontier)
            if isinstance(filled, Fault):
                await self._deal_with(filled, url, frontier, depth=depth, n_requests=n_requests)
                return
            result = await self._rendering.further_page(filled)
            if better := self._canonical.to_ask_first(result, frontier):
                await self._visit_address(better, frontier, depth=depth)
            known = frontier.n_known
            if not self._take(result, frontier, depth=depth):
                self._patience.note_nothing_new(n_requests)
                led_to = frontier.found_since(known)
                counts = counts_against(result, frontier)
                self._notes.came_to_nothing(
                    url, held_against=result.url, counts=counts, led_to=led_to, depth=depth + 1
                )
        elif result is KNOWN_PAGE:
            frontier.note(url, gave_a_page=False)
            self._patience.note_nothing_new(n_requests)
            self._notes.came_to_nothing(url, held_against=url)
        elif result is not BUDGET_USED_UP:
            is_elsewhere = not frontier.scope.is_at_home(url)
            self._patience.note_failure(result.reason, n_requests, is_elsewhere=is_elsewhere)
            if result.reason is not Outcome.REFUSED_ROBOTS:
                self._notes.failed(url, result)
            # A host beside the home that is dead is seen through like any kind of address.
            is_telling = is_elsewhere or result.reason in GIVES_NOTHING
            counts = _COUNTS.get(result.reason, NoPage.DEAD)
            if is_telling:
                frontier.note(url, gave_a_page=False, counts=counts)
            else:
                frontier.note_fault(url)
            if n_requests:
                against = url if is_telling else ""
                self._notes.came_to_nothing(url, held_against=against, counts=counts)

    # ------------------------------------------------------------ the same pages again

    async def _go_again(self, final_url: str) -> WebsiteVisit:
        """Ask on for the pages of the earlier wave in their order, as long as nothing changed.

        Where all of them are the same and there was nothing left to be had, no page is read, and
        the visit has ended. Else it goes on as if it had been broken off after the last of them.

        Args:
            final_url: Where the start page was found.
        """
        again, frontier = self._again, self._frontier(final_url)
        self._spending.answered = True
        changed: tuple[str, Reached | Fault] | None = None
        while (page := again.next_page()) is not None and changed is None:
            result = await self._pages_of.reach(page.final_url, frontier=frontier)
            if isinstance(result, Reached) and result.unchanged:
                again.kept.append(self._kept(result, page.url, position=len(again.kept)))
                await again.go_on()
            else:
                changed = page.url, result
        if changed is None and self._earlier.is_settled:
            self._patience.pages = len(again.kept)
            return self._reached()
        kept = [page_from_line(one) if isinstance(one, str) else one for one in again.kept]
        frontier = self._restored(OpenVisit(pages=kept))
        if changed is not None:
            frontier.begin(changed[0])
            await self._deal_with(changed[1], changed[0], frontier, depth=1, n_requests=1)
        await self._walk(frontier)
        return self._reached()

    def _kept(self, reached: Reached, asked: str, *, position: int) -> Page:
        return self._notes.keep(reached, asked=asked, position=position, earlier=reached.unchanged)

    async def _filled(self, reached: Reached, frontier: Frontier) -> Reached | Fault:
        """Return an unchanged page with what the archive holds of it, or anew if it is damaged."""
        if reached.unchanged is None:
            return reached
        try:
            body, markup, links, _ = self._archived(reached.unchanged)
        except InvalidInput:
            self._n_lost += 1
            self._again.known.forget(reached.url)
            return await self._pages_of.reach(reached.url, frontier=frontier)
        answer = reached.answer._replace(body=body)
        return dataclasses.replace(reached, answer=answer, markup=markup, links=links)

    def _take(self, reached: Reached, frontier: Frontier, *, depth: int) -> bool:
        """Keep a page if it is worth it; False where it says nothing new."""
        links = reached.links
        worth, digest = self._worth.judge(reached.body, reached.markup, links, reached.url)
        if worth is Worth.REPEAT and self._worth.may_be_item() and not frontier.leads_on(links):
            self._worth.note_item()
            worth = Worth.THIN
        is_kept = worth in KEPT
        if worth is Worth.ECHO and frontier.leads_on(links):
            frontier.note(reached.url, gave_a_page=False, counts=NoPage.REPEATED)
        elif worth not in {Worth.THIN, Worth.ECHO}:
            frontier.note(
                reached.url, gave_a_page=is_kept, counts=counts_against(reached, frontier)
            )
            if not is_kept and reached.asked != reached.url:
                frontier.note(reached.asked, gave_a_page=False)
        if is_kept:
            self._keep(reached, digest)
            frontier.note_kept(reached.url, worth, is_named=self._worth.is_named)
        elif worth is Worth.NOT_FOUND:
            detail = f"says that there is no such page, with HTTP {reached.answer.status}"
            self._notes.failed(reached.asked, Fault(reason=Outcome.NOT_FOUND, detail=detail))
        if is_kept or worth is Worth.REPEAT:
            self._sitemaps.note_page(links, reached.html)
            frontier.settle_language(links, reached.html)
            frontier.add_links(links, depth=depth + 1, on_repeat=not is_kept, page=reached.url)
            if reached.rendered is not None:
                frontier.add_routes(links, depth=depth + 1)
        return is_kept

    def _keep(self, reached: Reached, digest: str) -> None:
        next_position = self._patience.pages + len(self._lost)
        lost = self._lost.pop(reached.url, None)
        self._notes.keep(
            reached,
            digest=digest,
            asked=lost.url if lost else reached.asked,
            position=lost.position if lost else next_position,
            earlier=self._again.known.get(reached.url),
        )
        self._patience.note_page()

    def _restored(self, so_far: OpenVisit) -> Frontier:
        """Rebuild the state of a visit from the archive; nothing is asked for again."""
        self._spending.answered, self._spending.is_known = True, False
        self._rendering.go_on(so_far)
        frontier: Frontier | None = None
        for page in so_far.pages:
            if frontier is None:
                frontier = self._frontier(page.final_url)
                for url in [*(p.url for p in so_far.pages), *(f.url for f in so_far.failures)]:
                    frontier.begin(url)
            frontier.begin(page.final_url)
            try:
                body, markup, links, headers = self._archived(page)
            except InvalidInput:
                self._lose(page, frontier)
                continue
            if not page.revisit:
                take_cookies(page.final_url, headers, self._spending)
            worth, _ = self._worth.judge(body, markup, links, page.final_url)
            if worth is Worth.PAGE:
                frontier.note(page.final_url, gave_a_page=True)
            frontier.note_kept(page.final_url, worth, is_named=self._worth.is_named)
            self._sitemaps.note_page(links, markup.html)
            frontier.settle_language(links, markup.html)
            depth = min(page.position, 1) + 1
            frontier.add_links(links, depth=depth, page=page.final_url)
            if page.rendered:
                frontier.add_routes(links, depth=depth)
            self._patience.note_page()
        if frontier is None:
            raise ValueError("a visit without pages cannot be restored")
        for nothing in so_far.nothing:
            self._take_nothing(nothing, frontier)
        self._patience.fruitless = so_far.fruitless
        self._patience.failures_in_a_row = so_far.failures_in_a_row
        return frontier

    async def _regain_cookies(self, so_far: OpenVisit) -> None:
        """Ask once more for what set a cookie before, where none came with a page that is kept."""
        if self._spending.cookies is None:
            for url in cookie_setters(so_far.attempts):
                await self._pages_of.ask_allowed(url)

    def _lose(self, page: Page, frontier: Frontier) -> None:
        """Have a page asked for again whose record in the archive cannot be read back."""
        self._notes.lost(page)
        self._n_lost += 1
        self._lost[page.final_url] = page
        self._again.known.forget(page.final_url)
        frontier.ask_again(page.final_url, depth=min(page.position, 1))

    def _take_nothing(self, nothing: NothingNew, frontier: Frontier) -> None:
        """Take up an address that gave no page before the visit was broken off."""
        if nothing.is_sitemap:
            self._sitemaps.are_known()
        frontier.begin(nothing.url)
        if nothing.held_against:
            frontier.begin(nothing.held_against)
            frontier.note(nothing.held_against, gave_a_page=False, counts=nothing.counts)
            if nothing.held_against != nothing.url:
                frontier.note(nothing.url, gave_a_page=False)
        links = tuple(Link(href=url, text="") for url in nothing.led_to)
        found = PageLinks(base=nothing.url, links=links)
        frontier.add_links(found, depth=nothing.depth, on_repeat=not nothing.is_sitemap)

    def _archived(self, page: Page | KnownPage) -> PageAgain:
        return archived_page(self._tools.workspace_root, page, self._pages_of)
