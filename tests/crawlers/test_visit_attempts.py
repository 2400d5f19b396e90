from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_sites import polite

from crawlers.answers import Answer, Fault
from crawlers.attempts import Attempt, attempt_from_json
from crawlers.pauses import HostPauses
from crawlers.visit_attempts import MAX_LOCATION, VisitAttempts, answers_again, pause_again
from storage.accounting import Outcome
from storage.page_archive import Exchange, Headers

MOMENT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
URL = "http://a.example/x"
TIMEOUT = Fault(reason=Outcome.TIMEOUT, detail="no answer in time")


def answer(status: int = 200, headers: Headers = (), body: bytes = b"said") -> Answer:
    exchange = Exchange(
        url=URL,
        fetched_at=MOMENT,
        address="127.0.0.1",
        request_headers=(),
        http_status=status,
        headers=headers,
        body=body,
    )
    return Answer(exchange=exchange, body=body)


def noted(
    result: Answer | Fault, *, is_final: bool = True, may_be_page: bool = True
) -> tuple[VisitAttempts, list[Attempt]]:
    written: list[Attempt] = []
    attempts = VisitAttempts(written.append)
    attempts.note(URL, result, number=1, is_final=is_final, may_be_page=may_be_page)
    return attempts, written


@pytest.mark.parametrize("result", [TIMEOUT, answer(404), answer(301), answer(503), answer(403)])
def test_what_cannot_be_a_page_is_written_down_at_once(result: Answer | Fault) -> None:
    attempts, written = noted(result)
    assert len(written) == 1
    attempts.settle()
    assert len(written) == 1


@pytest.mark.parametrize("location", ["/größe".encode(), "/größe".encode("latin-1"), b"/x"])
def test_a_redirect_leads_to_the_same_place_after_a_visit_was_broken_off(location: bytes) -> None:
    said = answer(302, (("Location", location.decode("latin-1")),))
    again = answers_again(noted(said)[1])[URL]
    assert isinstance(again, Answer)
    assert again.header("location") == said.header("location")


def test_a_page_that_names_a_place_beside_it_is_asked_for_again() -> None:
    attempts, written = noted(answer(201, (("Location", "/x"),)))
    attempts.settle()
    assert answers_again(written) == {}


def test_a_file_that_is_no_page_is_written_down_at_once() -> None:
    assert len(noted(answer(), may_be_page=False)[1]) == 1


def test_a_pause_asked_for_holds_after_a_visit_was_broken_off() -> None:
    said = answer(429, (("Retry-After", "3600"),))
    written = [
        attempt_from_json(json.loads(json.dumps(asdict(one), default=str)))
        for one in (*noted(answer(301))[1], *noted(said)[1])
    ]
    assert ("retry-after", "3600") in written[-1].fields()
    pauses = HostPauses()
    pause_again(written[:1], pauses, polite())
    assert pauses.closed("a.example") is None
    pause_again(written, pauses, polite())
    assert pauses.closed("a.example") is Outcome.RATE_LIMITED
    assert pauses.not_before is not None


@pytest.mark.parametrize("status", [200, 206, 304])
def test_an_answer_that_is_kept_as_a_page_is_no_attempt(status: int) -> None:
    attempts, written = noted(answer(status))
    assert not written
    attempts.kept(answer(status).exchange)
    attempts.settle()
    assert not written


def test_an_answer_that_came_to_nothing_is_written_when_that_is_settled() -> None:
    attempts, written = noted(answer())
    attempts.settle()
    assert [(one.url, one.status, one.n_bytes) for one in written] == [(URL, 200, 4)]
    assert written[0].fields() == [("attempt", "1"), ("status", "200"), ("bytes", "4")]


def test_a_fault_and_a_redirect_say_what_they_were() -> None:
    (fault,) = noted(TIMEOUT, is_final=False)[1]
    assert fault.fields() == [
        ("attempt", "1"),
        ("fault", "timeout"),
        ("detail", "no answer in time"),
    ]
    (moved,) = noted(answer(301, (("Location", "/y\x85z" + "a" * 5000),)))[1]
    told = dict(moved.fields())["location"]
    assert told.startswith("/y")
    assert told.isprintable()
    assert len(told) <= MAX_LOCATION


def again(*results: Answer | Fault, is_final: bool = True) -> dict[str, Answer | Fault]:
    return answers_again(attempt for one in results for attempt in noted(one, is_final=is_final)[1])


def test_redirects_faults_and_refusals_are_given_again() -> None:
    moved = again(answer(302, (("Location", "/y"),)))[URL]
    assert isinstance(moved, Answer)
    assert (moved.status, moved.header("location"), moved.body) == (302, "/y", b"")
    assert again(TIMEOUT) == {URL: TIMEOUT}
    gone = again(answer(410))[URL]
    assert isinstance(gone, Answer)
    assert gone.status == 410


def test_what_may_come_out_otherwise_is_asked_anew() -> None:
    assert again(TIMEOUT, is_final=False) == {}
    assert again(answer(503)) == {}
    assert again(answer(403)) == {}  # its body may hold a challenge, which says more
    cookie = answer(302, (("Location", "/"), ("Set-Cookie", "seen=1")))
    assert again(answer(301, (("Location", "/y"),)), cookie) == {}


@given(
    status=st.integers(0, 599),
    number=st.integers(1, 9),
    text=st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40),
    flag=st.booleans(),
)
def test_an_attempt_survives_the_journal(status: int, number: int, text: str, flag: bool) -> None:
    attempt = Attempt(
        url=URL,
        ended_at=MOMENT,
        number=number,
        status=status,
        detail=text,
        location=text,
        is_final=flag,
    )
    values = {name: getattr(attempt, name) for name in Attempt.__slots__}
    assert attempt_from_json(values | {"ended_at": MOMENT.isoformat()}) == attempt
    assert all("\n" not in value and "\r" not in value for _, value in attempt.fields())
