from __future__ import annotations

import errno
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.http_answer import BadAnswer
from crawlers.outcomes import for_people, outcome_of_fault, outcome_of_status
from storage.accounting import Outcome
from storage.content_encoding import BodyTooLarge, UnknownEncoding


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


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (ConnectionRefusedError(111, "x"), Outcome.CONNECTION_REFUSED),
        (OSError(errno.EHOSTUNREACH, "no route"), Outcome.CONNECTION_REFUSED),
        (OSError(errno.ETIMEDOUT, "x"), Outcome.TIMEOUT),
        (TimeoutError("x"), Outcome.TIMEOUT),
        (BodyTooLarge("x"), Outcome.TOO_LARGE),
        (ConnectionResetError("x"), Outcome.CONNECTION_RESET),
        (BrokenPipeError("x"), Outcome.CONNECTION_RESET),
        (BadAnswer("x"), Outcome.BAD_RESPONSE),
        (UnknownEncoding("x"), Outcome.BAD_RESPONSE),
        (ssl.SSLCertVerificationError("x"), Outcome.TLS_FAILURE),
        (ssl.SSLError("x"), Outcome.TLS_FAILURE),
        (OSError(errno.EMFILE, "x"), Outcome.FAILED),
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
