"""Rendering for one visit: which of its pages go through the browser, and what that may cost."""

from __future__ import annotations

import dataclasses
from time import monotonic
from typing import TYPE_CHECKING

from crawlers.answers import Fault
from crawlers.fragment_routes import page_of_route, route_url
from crawlers.links import links_of
from crawlers.markup import read_markup
from crawlers.reaching import KNOWN_PAGE
from crawlers.rendering.browser import NoBrowser
from crawlers.rendering.page_run import BrowserCrashed, PageRun, RenderFault
from crawlers.rendering.shell import NO_TEXT, needs_rendering
from crawlers.rendering.sub_requests import SubRequests
from crawlers.start_page import start_page_fault, visible_text

if TYPE_CHECKING:
    from crawlers.frontier import Frontier
    from crawlers.journal_lines import OpenVisit
    from crawlers.politeness import Politeness
    from crawlers.reaching import PageReacher, Reached
    from crawlers.rendering.browser import Browser
    from crawlers.rendering.page_run import Rendered
    from crawlers.spending import Spending

MAX_MAKERS = 2  # pages as answered that are remembered for the routes of their scripts
MAX_MAKER_CHARACTERS = 1_000_000
MAX_FAULTS = 2  # pages that could not be rendered, after which a website is left as it is


class WebsiteRendering:
    """Renders the pages of one website that need it.

    Args:
        browser: Of the crawl.
        pages: Asks for addresses as the visit does.
        spending: Of the visit; its budget grows by what rendering may take, once it begins.
        politeness: How to behave.
    """

    def __init__(
        self, browser: Browser, pages: PageReacher, spending: Spending, *, politeness: Politeness
    ) -> None:
        self._browser = browser
        self._asking = pages
        self._spending = spending
        self._politeness = politeness
        self._sub_requests = SubRequests(
            pages,
            budget=politeness.max_requests_for_rendering,
            script_hosts=frozenset(politeness.script_hosts),
        )
        self._is_on = False
        self._pages = 0
        self._elsewhere = ""
        self._makers: dict[str, Reached] = {}  # pages as answered, by address
        self._faults: list[str] = []

    @property
    def detail(self) -> str:
        """Return what was not rendered and why, for people; empty where all went well."""
        if not self._faults:
            return ""
        return f"{len(self._faults)} pages could not be rendered: {self._faults[0]}"

    def go_on(self, so_far: OpenVisit) -> None:
        """Take up the count of a visit that was broken off."""
        self._pages = sum(page.rendered for page in so_far.pages)
        if self._pages:
            self._begin()
            asked = so_far.requests - len(so_far.pages) - len(so_far.failures)
            self._sub_requests.left -= max(0, asked)

    async def start_page(self, page: Reached, *, website_url: str) -> Reached | Fault:
        """Render a start page if it needs it, and judge it as a static one is judged.

        Where its scripts do nothing but lead to another website, they are followed once, as a
        redirect is.
        """
        if not needs_rendering(page.html):
            return page
        if self._politeness.render == "never":
            self._faults.append("by the settings no browser is used")  # a later wave may use one
            return page
        self._begin()
        rendered = await self._rendered(page)
        if self._elsewhere and rendered is not page and _is_bare(rendered):
            found = await self._asking.reach(self._elsewhere)
            if isinstance(found, Fault):
                return found
            page = found
            rendered = await self._rendered(page) if needs_rendering(page.html) else page
        if rendered is page:
            return page
        fault = start_page_fault(
            rendered.html, rendered.links, website_url=website_url, final_url=rendered.url
        )
        return Fault(reason=fault[0], detail=fault[1]) if fault else rendered

    async def route(self, url: str, frontier: Frontier) -> Reached | Fault:
        """Return the page that a website's scripts make of one of their own addresses.

        The page that makes it is the one that was rendered before; it is not asked for again,
        unless the visit was broken off in between.

        Args:
            url: Of the route.
            frontier: Of the website.
        """
        if not self._is_on or self._is_used_up:
            return KNOWN_PAGE
        maker = self._makers.get(page_of_route(url))
        if maker is None:
            found = await self._asking.reach(page_of_route(url), frontier=frontier)
            if isinstance(found, Fault):
                return found
            maker = self._remembered(found)
        page = await self._rendered(dataclasses.replace(maker, asked=url, url=url))
        return page if page.rendered is not None else KNOWN_PAGE

    async def further_page(self, page: Reached) -> Reached:
        """Render a further page of a website whose start page needed it, if it needs it too."""
        if self._is_on and needs_rendering(page.html):
            return await self._rendered(page)
        return page

    def _begin(self) -> None:
        if not self._is_on:
            self._is_on = True
            self._spending.request_budget += self._politeness.max_requests_for_rendering

    async def _rendered(self, page: Reached) -> Reached:
        """Return the page rendered; as it was where it cannot be, or the budget is used up."""
        if self._is_used_up:
            return page
        try:
            # Before it is our turn at the browser: that is for running scripts, not for waiting.
            if not self._browser.unavailable:
                await self._sub_requests.fetch_named(page)
            return await self._run(page)
        except NoBrowser:
            self._browser.counts["missed"] += 1
            self._faults += ["no browser"] * MAX_FAULTS
        except RenderFault as fault:
            self._browser.counts["faults"] += 1
            self._faults.append(str(fault))
        return page

    @property
    def _is_used_up(self) -> bool:
        return (
            self._pages >= self._politeness.max_rendered_pages_per_website
            or len(self._faults) >= MAX_FAULTS
            or self._spending.is_over
        )

    def _remembered(self, page: Reached) -> Reached:
        """Remember a page whose scripts make others of it, and return it."""
        if len(self._makers) < MAX_MAKERS and len(page.html) <= MAX_MAKER_CHARACTERS:
            self._makers.setdefault(page_of_route(page.url), page)
        return page

    async def _run(self, page: Reached) -> Reached:
        try:
            return await self._once(page)
        except BrowserCrashed:
            # Another page may have brought the browser down: it has one more try, without others.
            return await self._once(page, alone=True)

    async def _once(self, page: Reached, *, alone: bool = False) -> Reached:
        bounds, withheld = self._politeness, self._sub_requests.withheld
        async with self._browser.context(language=page.links.language, alone=alone) as context:
            run = PageRun(
                page,
                self._sub_requests,
                seconds=bounds.render_seconds,
                deadline=min(self._spending.deadline, monotonic() + bounds.render_seconds_at_most),
                max_bytes=bounds.max_bytes_per_page,
            )
            made = await run.render(context)
        rendered = _with(page, made)
        if _is_bare(rendered) and not made.elsewhere:
            # A person's browser may show something all the same: this page still needs one.
            kept_from_it = self._sub_requests.withheld > withheld
            needed = "scripts or data it asks for may not be asked for"
            raise RenderFault(needed if kept_from_it else "its scripts make no text")
        if any(route_url(link.href, page.url) for link in rendered.links.links):
            self._remembered(page)
        self._elsewhere = made.elsewhere
        self._pages += 1
        self._browser.counts["pages"] += 1
        self._spending.bytes += len(made.html)
        return rendered


def _with(page: Reached, made: Rendered) -> Reached:
    markup = read_markup(made.html)
    return dataclasses.replace(
        page,
        url=made.url,
        answer=made.answer or page.answer,
        media_type="text/html",
        markup=markup,
        links=links_of(markup, made.url),
        rendered=made.html.encode(),
    )


def _is_bare(page: Reached) -> bool:
    return not page.links.links and len(visible_text(page.html).split()) < NO_TEXT
