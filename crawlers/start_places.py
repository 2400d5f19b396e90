"""Where else a start page may stand, when it is not where the register says (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.website_urls import origin, other_www, without_www
from storage.accounting import Outcome

if TYPE_CHECKING:
    from crawlers.answers import Fault

SILENCE = frozenset(
    {
        Outcome.DNS_FAILURE,
        Outcome.CONNECTION_REFUSED,
        Outcome.CONNECTION_RESET,
        Outcome.TIMEOUT,
        Outcome.TLS_FAILURE,
    }
)
WORTH_ANOTHER_PLACE = SILENCE | {Outcome.BAD_RESPONSE, Outcome.NOT_FOUND}
# What a server answers that knows one of the two names only.
_OF_STRANGERS = frozenset({Outcome.NOT_FOUND, Outcome.REFUSED_HTTP, Outcome.EMPTY, Outcome.PARKED})
# The start page of a server that knows nobody by the name that it was asked for.
_OF_A_SERVER = re.compile(
    r"\bdefault\b|\bnginx\b|\bit works\b|\btest page\b|\biis windows\b|\bplaceholder page\b"
)


def may_stand_elsewhere(fault: Fault) -> bool:
    """Tell whether a start page may be found under another name, given what was answered here.

    Nobody answered, or somebody who has no such website: a missing page, one that is forbidden by
    its status alone (403, as servers answer for names they do not know), nothing at all, the page
    that a server comes with. Not who asks for a login (401) or a proof of being human, names a law
    (451), or has the domain for sale.

    Args:
        fault: Why there is no start page here.
    """
    if fault.reason in WORTH_ANOTHER_PLACE or fault.reason is Outcome.EMPTY:
        return True
    if fault.reason is Outcome.REFUSED_HTTP:
        return fault.detail.startswith("HTTP 403 ")
    return fault.reason is Outcome.PARKED and bool(_OF_A_SERVER.search(fault.detail))


def other_place(url: str, reason: Outcome, *, is_last: bool) -> str | None:
    """Return where else a start page may stand, given why it is not here."""
    parts = urlsplit(url)
    if reason in {Outcome.DNS_FAILURE, Outcome.TLS_FAILURE}:  # either may know only one of the two
        return other_www(url)
    if reason is Outcome.NOT_FOUND and (parts.path != "/" or parts.query):
        return f"{origin(url)}/"
    if reason in _OF_STRANGERS and is_last:
        return other_www(url)
    is_plain = parts.scheme == "http" and parts.port is None
    if reason is Outcome.CONNECTION_REFUSED and is_last and is_plain:
        return f"https{url.removeprefix('http')}"
    return None


def bare_host(url: str) -> str:
    """Return the host of an address without ``www.``."""
    return without_www(urlsplit(url).hostname or "")
