"""Where a website begins: the addresses at which its start page may stand, tried in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.answers import Fault
from crawlers.reaching import PageReacher, Reached
from crawlers.start_places import SILENCE, may_stand_elsewhere, other_place
from crawlers.website_urls import start_urls
from storage.accounting import Outcome

if TYPE_CHECKING:
    from storage.records.crawl import WebsiteTask


async def reach_start_page(task: WebsiteTask, pages_of: PageReacher) -> Reached | Fault:
    """Try the addresses at which the start page may stand.

    Where none gives it, the first fault is told, but an answer says more than silence.

    Args:
        task: The website.
        pages_of: Asks for pages of the visit.
    """
    waiting = start_urls(task.website_url, scheme_given=task.scheme_given)
    tried: set[str] = set()
    first: Fault | None = None
    while waiting:
        url = waiting.pop(0)
        tried.add(url)
        result = await pages_of.reach(url)
        if isinstance(result, Reached):
            return result
        if first is None or (first.reason in SILENCE and result.reason not in SILENCE):
            first = result
        if not may_stand_elsewhere(result):
            break
        other = other_place(url, result.reason, is_last=not waiting)
        waiting += [other] if other and other not in tried else []
    return first or Fault(reason=Outcome.FAILED, detail="no address to try")
