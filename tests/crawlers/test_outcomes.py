from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)
from twisted.internet.error import ConnectionLost, NoRouteError
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError, ResponseFailed

from crawlers.outcomes import for_people, outcome_of_fault, outcome_of_status
from storage.accounting import Outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, None),
        (203, None),
        (301, Outcome.BAD_RESPONSE),
        (400, Outcome.BAD_RESPONSE),
        (401, Outcome.REFUSED_HTTP),
        (403, Outcome.REFUSED_HTTP),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.NOT_FOUND),
        (418, Outcome.BAD_RESPONSE),
        (429, Outcome.RATE_LIMITED),
        (451, Outcome.REFUSED_HTTP),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (999, Outcome.SERVER_ERROR),
    ],
)
def test_statuses_have_outcomes(status: int, outcome: Outcome | None) -> None:
    assert outcome_of_status(status) is outcome


def failed(*reasons: Exception) -> DownloadFailedError:
    fault = DownloadFailedError("failed")
    fault.__cause__ = ResponseFailed([Failure(reason) for reason in reasons])
    return fault


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (CannotResolveHostError("x"), Outcome.DNS_FAILURE),
        (DownloadConnectionRefusedError("x"), Outcome.CONNECTION_REFUSED),
        (NoRouteError(), Outcome.CONNECTION_REFUSED),
        (DownloadTimeoutError("x"), Outcome.TIMEOUT),
        (DownloadCancelledError("x"), Outcome.TOO_LARGE),
        (failed(ConnectionLost()), Outcome.CONNECTION_RESET),
        (failed(ParseError("x", b"y")), Outcome.BAD_RESPONSE),
        (failed(ConnectionLost(), SSL.Error([("x", "y", "z")])), Outcome.TLS_FAILURE),
        (RuntimeError("?"), Outcome.BAD_RESPONSE),
    ],
)
def test_faults_have_outcomes(fault: Exception, outcome: Outcome) -> None:
    assert outcome_of_fault(fault) is outcome


@given(st.text(max_size=500))
def test_what_people_read_is_one_short_line_without_control_characters(text: str) -> None:
    line = for_people(text)
    assert len(line) <= 300
    assert not any(ord(letter) < 32 or letter in "\u202e\u2066\x7f\ufeff" for letter in line)
