"""Which outcome an HTTP status or a fault of the network is."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from service_identity import VerificationError
from twisted.internet.error import ConnectError, ConnectionClosed, TCPTimedOutError
from twisted.web.http import PotentialDataLoss

from storage.accounting import Outcome
from storage.page_archive import BodyTooLarge, UnknownEncoding

if TYPE_CHECKING:
    from collections.abc import Iterator

_BY_STATUS = {
    401: Outcome.REFUSED_HTTP,
    403: Outcome.REFUSED_HTTP,
    451: Outcome.REFUSED_HTTP,
    404: Outcome.NOT_FOUND,
    410: Outcome.NOT_FOUND,
    429: Outcome.RATE_LIMITED,
}
# In the order they are asked for: the first that fits a fault, or what caused it, decides.
_BY_FAULT: tuple[tuple[tuple[type[BaseException], ...], Outcome], ...] = (
    ((SSL.Error, VerificationError), Outcome.TLS_FAILURE),
    ((CannotResolveHostError,), Outcome.DNS_FAILURE),
    ((DownloadTimeoutError, TCPTimedOutError, TimeoutError), Outcome.TIMEOUT),
    ((DownloadConnectionRefusedError, ConnectError), Outcome.CONNECTION_REFUSED),
    ((DownloadCancelledError, BodyTooLarge), Outcome.TOO_LARGE),
    ((UnknownEncoding,), Outcome.BAD_RESPONSE),
    ((ConnectionClosed, ResponseDataLossError, PotentialDataLoss), Outcome.CONNECTION_RESET),
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
        fault: As raised by Scrapy's download handler; its causes are looked at too.
    """
    causes = list(_causes(fault))
    for kinds, outcome in _BY_FAULT:
        if any(isinstance(cause, kinds) for cause in causes):
            return outcome
    return Outcome.BAD_RESPONSE


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while fault is not None and seen < 10:
        yield fault
        # Twisted hands down a list of failures: what broke, and what that broke in turn.
        for failure in getattr(fault, "reasons", ()):
            yield failure.value
        fault, seen = fault.__cause__, seen + 1


def for_people(text: object) -> str:
    """Return a text as one short line without control or formatting characters.

    Args:
        text: May hold anything a server sent.
    """
    flat = " ".join(str(text).split())
    return "".join(c for c in flat if not unicodedata.category(c).startswith("C"))[:300]
