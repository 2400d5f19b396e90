"""Where an answer sends whoever asked: by its status, a refresh, a script, a frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.answers import Answer, Fault
from crawlers.links import refresh_target
from crawlers.page_moves import framed_in, moved_to
from crawlers.start_page import is_portal
from crawlers.website_urls import MAX_REDIRECT_LENGTH, registrable_domain, tidy_url
from storage.accounting import Outcome

if TYPE_CHECKING:
    from crawlers.links import PageLinks

# With several choices (300), the one that the server prefers (RFC 9110, 15.4.1).
REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_PORT = re.compile(r"(?:https?:)?//[^/?#]*:\d", re.IGNORECASE)  # where no such address is tidy
_SCHEME = re.compile(r"\s*+([A-Za-z][A-Za-z0-9+.-]{0,30}):")


def redirect_target(answer: Answer, url: str) -> str | Fault | None:
    """Return where an answer redirects to, why there is no such address, or None for a page.

    Args:
        answer: To a request.
        url: Asked for.
    """
    if answer.status in REDIRECTS:
        location = answer.header("location")
    else:  # a refresh by header, with nothing to be read meanwhile
        location = "" if answer.body else refresh_target(answer.header("refresh"))
    if not location:
        return None
    target = tidy_url(location, url, longest=MAX_REDIRECT_LENGTH)
    if target == url:  # for nothing but the session that it puts into the address
        target = tidy_url(location, url, longest=MAX_REDIRECT_LENGTH, keeps_session=True)
    if target is not None:
        return target
    scheme = _SCHEME.match(location)
    is_web = not scheme or scheme[1].lower() in {"http", "https"}
    is_web = is_web and "@" not in location and not _PORT.match(location)
    reason = Outcome.BAD_RESPONSE if is_web else Outcome.BLOCKED_ADDRESS
    return Fault(reason=reason, detail=f"leads to no web address: {location[:100]!r}")


def target_of_move(html: str, links: PageLinks, url: str, *, sets_cookie: bool) -> str | None:
    """Return where a page that is no page of its own leads to; None where it is one.

    Args:
        html: The page.
        links: Of it.
        url: Where it stands.
        sets_cookie: Whether it came with a cookie that was not there before, so that the same
            address may be another page now.
    """
    written = moved_to(html, links)
    target = tidy_url(written, links.base) if written else None
    return None if target == url and (links.links or not sets_cookie) else target


def target_of_frame(html: str, links: PageLinks, url: str) -> str | None:
    """Return the start page on another domain that a page does nothing but show in a frame.

    Args:
        html: The page.
        links: Of it.
        url: Where it stands.
    """
    written = framed_in(html)
    target = tidy_url(written, links.base) if written else None
    own = registrable_domain(urlsplit(url).hostname or "")
    is_elsewhere = target and registrable_domain(urlsplit(target).hostname or "") != own
    return target if is_elsewhere and not is_portal(target or "") else None
