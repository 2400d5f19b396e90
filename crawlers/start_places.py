"""Where else a start page may stand, when it is not where the register says (pure)."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawlers.website_urls import origin, other_www, without_www
from storage.accounting import Outcome

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


def other_place(url: str, reason: Outcome, *, is_last: bool) -> str | None:
    """Return where else a start page may stand, given why it is not here."""
    parts = urlsplit(url)
    if reason in {Outcome.DNS_FAILURE, Outcome.TLS_FAILURE}:  # either may know only one of the two
        return other_www(url)
    if reason is Outcome.NOT_FOUND and (parts.path != "/" or parts.query):
        return f"{origin(url)}/"
    is_plain = parts.scheme == "http" and parts.port is None
    if reason is Outcome.CONNECTION_REFUSED and is_last and is_plain:
        return f"https{url.removeprefix('http')}"
    return None


def bare_host(url: str) -> str:
    """Return the host of an address without ``www.``."""
    return without_www(urlsplit(url).hostname or "")
