"""One page in the browser: its scripts are run within bounds, and what they made is taken out."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from crawlers.fragment_routes import is_route, page_of_route
from crawlers.rendering.taking_out import SIZE_OF_PAGE, TAKE_OUT
from crawlers.website_urls import tidy_url, url_key

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page, Request, Route

    from crawlers.answers import Answer
    from crawlers.reaching import Reached
    from crawlers.rendering.sub_requests import SubAnswer, SubRequests

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.5  # without a request and without growth: the page is made
PATIENCE_SECONDS = 3.0  # the same for a page that shows next to nothing yet
ENOUGH_CHARACTERS = 200  # of text
STEP_SECONDS = 0.1
COMMAND_SECONDS = 5.0  # for one look at the page; its scripts may be busy
END_SECONDS = 20.0  # for taking the page out, once its time is up
MAX_ROUTED = 200  # requests of one page that are looked at, refused ones included
MAX_NAVIGATIONS = 3  # that scripts may make on their own website


class RenderFault(Exception):  # noqa: N818 - names a state, as storage.errors does
    """A page could not be rendered; the message says why."""


class BrowserCrashed(RenderFault):
    """The browser died, not necessarily of this page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What the browser made of a page.

    Attributes:
        url: Where the page stands now; scripts may have led on.
        html: The document, shadow trees unfolded, scripts left out.
        answer: That the last document was made from; None for the one that was handed in.
        elsewhere: First address off the website that a script wanted to lead to; empty without.
    """

    url: str
    html: str
    answer: Answer | None = None
    elsewhere: str = ""


class PageRun:
    """Runs one page.

    Args:
        page: As it was answered; the browser is given this answer, it does not ask again.
        sub_requests: Answer what the scripts ask for.
        seconds: That scripts may take while nothing is on its way to them.
        deadline: Moment (monotonic seconds) at which it must end, whatever is on its way.
        max_bytes: Of what is taken out.
    """

    def __init__(
        self,
        page: Reached,
        sub_requests: SubRequests,
        *,
        seconds: float,
        deadline: float,
        max_bytes: int,
    ) -> None:
        self._page = page
        self._sub_requests = sub_requests
        self._seconds = seconds
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._url = page.url
        self._answer: Answer | None = None
        self._elsewhere = ""
        self._documents = 0
        self._routed = 0
        self._on_the_way = 0
        self._unanswered: list[Route] = []
        self._stopped_by: Exception | None = None
        self._crashed = asyncio.Event()
        self._tab: Page | None = None

    async def render(self, context: BrowserContext) -> Rendered:
        """Run the page and return what its scripts made of it.

        Raises:
            RenderFault: Nothing could be taken out.
            Exception: What stopped the crawl or the visit while a sub-request was sent.
        """
        try:
            async with asyncio.timeout(max(0.0, self._deadline - monotonic()) + END_SECONDS):
                return await self._rendered(context)
        except Exception as fault:  # whatever a page can provoke in the browser or its driver
            if fault is self._stopped_by:
                raise
            if isinstance(fault, RenderFault):
                raise
            late = isinstance(fault, TimeoutError)
            told = "its scripts never end" if late else next(iter(str(fault).splitlines()), "")
            raise RenderFault(told[:200] or type(fault).__name__) from fault

    async def _rendered(self, context: BrowserContext) -> Rendered:
        self._tab = tab = context.pages[0] if context.pages else await context.new_page()
        await context.route("**/*", self._route)
        await tab.route("**/*", self._route)  # before any route that it may have
        context.on("page", self._close_popup)
        tab.on("crash", lambda _: self._crashed.set())
        tab.on("close", lambda _: self._crashed.set())
        session = await context.new_cdp_session(tab)
        asking = asyncio.create_task(tab.goto(self._page.url, wait_until="commit", timeout=0))
        try:
            await self._wait(session)
            html = await self._take_out(session)
        finally:
            asking.cancel()
            # All that was begun is ended here, so that no fault of it is told later to nobody.
            left = [route.abort("blockedbyclient") for route in self._unanswered]
            await asyncio.gather(asking, *left, return_exceptions=True)
        url = tidy_url(tab.url) or self._url
        if is_route(self._page.url) and url == page_of_route(self._page.url):
            url = self._page.url
        return Rendered(
            url=url if self._is_own(url) else self._url,
            html=html,
            answer=self._answer,
            elsewhere=self._elsewhere,
        )

    def _is_own(self, url: str) -> bool:
        return self._sub_requests.holds(url, page_url=self._page.url, kind="document")

    # ------------------------------------------------------------ time

    async def _wait(self, session: CDPSession) -> None:
        """Wait until the page is made, or its time is up."""
        alone = quiet = 0.0
        size = -1
        last = monotonic()
        while alone < self._seconds and monotonic() < self._deadline:
            await asyncio.sleep(STEP_SECONDS)
            if self._stopped_by:
                raise self._stopped_by
            if self._crashed.is_set():
                raise RenderFault("the page's process died")
            now = monotonic()
            step, last = now - last, now
            if self._routed > MAX_ROUTED:
                await self._stop_scripts(session)
                return
            if self._on_the_way or not self._documents:
                quiet = 0.0
                alone += 0.0 if self._on_the_way else step
                continue
            alone, quiet = alone + step, quiet + step
            if quiet < QUIET_SECONDS:
                continue
            elements, characters = await self._size(session)
            if elements == size and (characters >= ENOUGH_CHARACTERS or quiet >= PATIENCE_SECONDS):
                return
            quiet = quiet if elements == size else 0.0
            size = elements

    async def _size(self, session: CDPSession) -> tuple[int, int]:
        try:
            elements, characters = await self._evaluate(session, SIZE_OF_PAGE)
        except TimeoutError:  # its scripts are busy: they may be
            return -1, 0
        return int(elements), int(characters)

    async def _take_out(self, session: CDPSession) -> str:
        expression = TAKE_OUT.replace("MAX_CHARACTERS", str(self._max_bytes))
        try:
            html = await self._evaluate(session, expression)
        except TimeoutError:
            await self._stop_scripts(session)
            try:  # nothing else is in its way now but what else the machine does
                html = await self._evaluate(session, expression, seconds=END_SECONDS)
            except TimeoutError as fault:
                raise RenderFault("its scripts never end") from fault
        return str(html).encode("utf-8", "replace")[: self._max_bytes].decode("utf-8", "ignore")

    async def _stop_scripts(self, session: CDPSession) -> None:
        """Break off the script that runs, and let no other begin."""
        await self._command(session, "Runtime.terminateExecution", seconds=END_SECONDS)
        never = {"value": True}
        await self._command(
            session, "Emulation.setScriptExecutionDisabled", never, seconds=END_SECONDS
        )

    async def _evaluate(
        self, session: CDPSession, expression: str, *, seconds: float = COMMAND_SECONDS
    ) -> Any:
        """Run a script of ours in a world of its own, where the page's changes do not reach.

        Raises:
            TimeoutError: The page's scripts leave no time for it.
        """
        tree = await self._command(session, "Page.getFrameTree", seconds=seconds)
        frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "sectorlens"}
        world = await self._command(session, "Page.createIsolatedWorld", frame, seconds=seconds)
        asked = {
            "expression": expression,
            "contextId": world["executionContextId"],
            "returnByValue": True,
        }
        found = await self._command(session, "Runtime.evaluate", asked, seconds=seconds)
        if "exceptionDetails" in found:
            raise RenderFault("its document cannot be read")
        return found["result"].get("value")

    async def _command(
        self,
        session: CDPSession,
        name: str,
        values: dict[str, Any] | None = None,
        *,
        seconds: float = COMMAND_SECONDS,
    ) -> Any:
        return await asyncio.wait_for(session.send(name, values), seconds)

    # ------------------------------------------------------------ what it asks for

    async def _route(self, route: Route, request: Request) -> None:
        self._routed += 1
        self._on_the_way += 1
        try:
            if self._routed > MAX_ROUTED:
                self._unanswered.append(route)  # not yet: an answer would bring the next request
                return
            if request.is_navigation_request():
                await self._navigate(route, request)
            elif request.method != "GET":
                await route.abort("blockedbyclient")
            else:
                await self._give(route, request)
        except Exception:  # the page went away while it was answered
            logger.debug("sub-request of %s", self._page.url, exc_info=True)
        finally:
            self._on_the_way -= 1

    async def _navigate(self, route: Route, request: Request) -> None:
        """Answer a main document; frames are pages of their own, which the crawl asks for."""
        if self._tab is None or request.frame != self._tab.main_frame:
            await route.abort("blockedbyclient")
            return
        if request.method != "GET":  # a form, which is not sent
            await route.fulfill(status=204)
            return
        self._documents += 1
        if self._documents == 1:
            media_type = self._page.media_type or "text/html"
            await route.fulfill(
                status=200,
                headers={"Content-Type": f"{media_type}; charset=utf-8"},
                body=self._page.html.encode("utf-8", "replace"),
            )
            return
        target = tidy_url(request.url)
        if target and not self._is_own(target):
            self._elsewhere = self._elsewhere or target
        found = None
        if target and self._documents <= MAX_NAVIGATIONS + 1 and self._is_own(target):
            found = await self._ask(request.url, "document")
        if found is None or not 200 <= found.status < 300 or not _is_html(found.content_type):
            await route.fulfill(status=204)  # which leaves the document that stands
            return
        self._url, self._answer = found.url, found.answer
        await route.fulfill(
            status=200, headers={"Content-Type": found.content_type}, body=_based(found, target)
        )

    async def _give(self, route: Route, request: Request) -> None:
        found = await self._ask(request.url, request.resource_type)
        if found is None:
            await route.abort("blockedbyclient")
            return
        headers = {"Content-Type": found.content_type} if found.content_type else {}
        # Who may read it was decided here, by website; a header for another asker says nothing.
        headers["Access-Control-Allow-Origin"] = request.headers.get("origin", "*")
        if "origin" in request.headers:
            headers["Access-Control-Allow-Credentials"] = "true"
        await route.fulfill(status=found.status, headers=headers, body=found.body)

    async def _ask(self, url: str, kind: str) -> SubAnswer | None:
        try:
            return await self._sub_requests.answer(url, page_url=self._page.url, kind=kind)
        except Exception as fault:  # told to the visit, which knows what to make of it
            self._stopped_by = self._stopped_by or fault
            return None

    def _close_popup(self, page: Page) -> None:
        task = asyncio.ensure_future(page.close())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


def _is_html(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in {
        "text/html",
        "application/xhtml+xml",
    }


def _based(found: SubAnswer, asked: str | None) -> bytes:
    """Return a document that redirects led to, with its own address as the base of its links."""
    if asked is None or url_key(found.url) == url_key(asked):
        return found.body
    base = f'<base href="{found.url}">'.replace("&", "&amp;").encode()
    head = found.body[:20_000].lower().find(b"<head>")
    at = head + 6 if head >= 0 else 0
    return found.body[:at] + base + found.body[at:]
