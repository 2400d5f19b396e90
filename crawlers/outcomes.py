"""Which outcome an HTTP status or a fault of the network is."""

from __future__ import annotations

import errno
import ssl
import unicodedata

from crawlers.http_answer import BadAnswer
from storage.accounting import Outcome
from storage.content_encoding import BodyTooLarge, UnknownEncoding

# Answers that speak against other addresses of the same kind; a fault of the moment has them wait.
GIVES_NOTHING = frozenset(
    {
        Outcome.NOT_FOUND,
        Outcome.BAD_RESPONSE,
        Outcome.EMPTY,
        Outcome.REDIRECTED_ELSEWHERE,
        Outcome.REDIRECT_LOOP,
    }
)
_BY_STATUS = {
    401: Outcome.REFUSED_HTTP,
    403: Outcome.REFUSED_HTTP,
    451: Outcome.REFUSED_HTTP,
    404: Outcome.NOT_FOUND,
    410: Outcome.NOT_FOUND,
    429: Outcome.RATE_LIMITED,
}
# In the order they are asked for: the first that fits decides.
_BY_FAULT: tuple[tuple[tuple[type[BaseException], ...], Outcome], ...] = (
    ((ssl.SSLError,), Outcome.TLS_FAILURE),
    ((TimeoutError,), Outcome.TIMEOUT),
    ((ConnectionRefusedError,), Outcome.CONNECTION_REFUSED),
    ((ConnectionError,), Outcome.CONNECTION_RESET),
    ((BodyTooLarge,), Outcome.TOO_LARGE),
    ((UnknownEncoding, BadAnswer), Outcome.BAD_RESPONSE),
)
# The machine's own limits: no fault of the website, which is visited again.
_OUR_ERRORS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}
)


def outcome_of_status(status: int) -> Outcome | None:
    """Return what an HTTP status means for the page; None where it gives a page (2xx)."""
    if 200 <= status < 300:
        return None
    if status >= 500:
        return Outcome.SERVER_ERROR
    return _BY_STATUS.get(status, Outcome.BAD_RESPONSE)


def outcome_of_fault(fault: BaseException) -> Outcome:
    """Return what a fault while downloading means; `BAD_RESPONSE` where the answer is no HTTP.

    Args:
        fault: As raised by `http_client.HttpClient.send`.
    """
    for kinds, outcome in _BY_FAULT:
        if isinstance(fault, kinds):
            return outcome
    if isinstance(fault, OSError):  # no way there: unreachable network or host, no such address
        return Outcome.FAILED if fault.errno in _OUR_ERRORS else Outcome.CONNECTION_REFUSED
    return Outcome.BAD_RESPONSE


def for_people(text: object) -> str:
    """Return a text as one short line without control or formatting characters.

    Args:
        text: May hold anything a server sent.
    """
    flat = " ".join(str(text).split())
    return "".join(c for c in flat if not unicodedata.category(c).startswith("C"))[:300]
