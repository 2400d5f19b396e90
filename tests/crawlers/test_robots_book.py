"""Redirects of robots.txt, step by step: a fetcher that answers from a list."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from loopback_sites import polite

from crawlers.answers import Answer, Fault
from crawlers.fetching import Fetcher
from crawlers.robots import RobotsRules
from crawlers.robots_book import MAX_RULES_REMEMBERED, RobotsBook
from crawlers.robots_cache import RobotsCache
from crawlers.spending import Spending
from storage.accounting import Outcome
from storage.page_archive import Exchange
from storage.workspace import ROBOTS_FILE

HOME = "http://firma.example"
RULES = b"User-agent: *\nDisallow: /secret\n"


class Answering:
    """Gives what it was told to give, and remembers what it was asked for."""

    def __init__(self, answers: Mapping[str, Answer | Fault]) -> None:
        self.asked: list[str] = []
        self._answers = answers

    async def ask(self, url: str, _spending: Spending, **_more: Any) -> Answer | Fault:
        self.asked.append(url)
        return self._answers.get(url, answer(404))


def answer(status: int, body: bytes = b"", *, whole: bool = True, **headers: str) -> Answer:
    exchange = Exchange(
        url=HOME,
        fetched_at=datetime.now(UTC),
        address="",
        request_headers=(),
        http_status=status,
        headers=tuple(headers.items()),
        body=body,
    )
    return Answer(exchange=exchange, body=body, whole=whole)


def rules(fetcher: Answering, directory: Path, **settings: object) -> RobotsRules | Fault:
    spending = Spending(request_budget=50, byte_budget=10**7, deadline=float("inf"))
    politeness = polite(**settings)
    with RobotsCache(directory / ROBOTS_FILE, hours=politeness.robots_cache_hours) as cache:
        book = RobotsBook(cast("Fetcher", fetcher), politeness, cache=cache)
        return asyncio.run(book.rules_for(f"{HOME}/page", spending))


def chain(length: int) -> dict[str, Answer | Fault]:
    """Return a chain of redirects to a file with rules."""
    places = [f"{HOME}/robots.txt", *(f"http://step{n}.example/r" for n in range(length))]
    steps: dict[str, Answer | Fault] = {
        here: answer(302, Location=there) for here, there in pairwise(places)
    }
    return steps | {places[-1]: answer(200, RULES)}


def test_five_redirects_are_followed_and_the_rules_hold_for_whom_they_began_at(
    tmp_path: Path,
) -> None:
    fetcher = Answering(chain(5))
    found = rules(fetcher, tmp_path)
    assert isinstance(found, RobotsRules)
    assert not found.allows(f"{HOME}/secret")
    assert len(fetcher.asked) == 6


def test_more_redirects_count_as_no_file(tmp_path: Path) -> None:
    fetcher = Answering(chain(9))
    found = rules(fetcher, tmp_path)
    assert isinstance(found, RobotsRules)
    assert found.allows(f"{HOME}/secret")
    assert len(fetcher.asked) == 6


@pytest.mark.parametrize("target", ["ftp://firma.example/", "http://firma.example:22/", "", "?"])
def test_a_redirect_to_where_nobody_may_go_counts_as_no_file(target: str, tmp_path: Path) -> None:
    fetcher = Answering({f"{HOME}/robots.txt": answer(301, Location=target)})
    assert isinstance(rules(fetcher, tmp_path), RobotsRules)
    assert fetcher.asked == [f"{HOME}/robots.txt"]


def test_rules_that_lead_to_somebody_who_objected_are_not_asked_for(tmp_path: Path) -> None:
    fetcher = Answering(chain(1))
    found = rules(fetcher, tmp_path, opt_out_domains=frozenset({"step0.example"}))
    assert isinstance(found, Fault)
    assert found.reason is Outcome.REFUSED_OPT_OUT
    assert fetcher.asked == [f"{HOME}/robots.txt"]


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        (answer(503), Outcome.ROBOTS_UNAVAILABLE),
        (answer(429), Outcome.RATE_LIMITED),
        (Fault(reason=Outcome.TIMEOUT, detail="late"), Outcome.TIMEOUT),
    ],
    ids=["5xx", "429", "fault"],
)
def test_whoever_cannot_be_asked_denies_all_and_is_asked_again(
    answered: Answer | Fault, reason: Outcome, tmp_path: Path
) -> None:
    fetcher = Answering({f"{HOME}/robots.txt": answered})
    for _ in range(2):
        found = rules(fetcher, tmp_path)
        assert isinstance(found, Fault)
        assert found.reason is reason
    assert len(fetcher.asked) == 2


def test_half_a_file_is_asked_for_once_more_and_then_denies_all(tmp_path: Path) -> None:
    fetcher = Answering({f"{HOME}/robots.txt": answer(200, b"User-agent: *\nDis", whole=False)})
    found = rules(fetcher, tmp_path)
    assert isinstance(found, Fault)
    assert found.reason is Outcome.CONNECTION_RESET
    assert len(fetcher.asked) == 2


def test_long_files_are_forgotten_before_they_fill_the_memory(tmp_path: Path) -> None:
    long = b"User-agent: *\n" + b"".join(b"Disallow: /%d\n" % number for number in range(9000))
    hosts = [f"http://firm{number}.example" for number in range(30)]
    fetcher = Answering({f"{host}/robots.txt": answer(200, long) for host in hosts})
    spending = Spending(request_budget=50, byte_budget=10**7, deadline=float("inf"))

    async def ask() -> None:
        with RobotsCache(tmp_path / ROBOTS_FILE, hours=24) as cache:
            book = RobotsBook(cast("Fetcher", fetcher), polite(), cache=cache)
            for host in [*hosts, *hosts]:
                found = await book.rules_for(f"{host}/77", spending)
                assert isinstance(found, RobotsRules)
                assert not found.allows(f"{host}/77")
                held = sum(n_rules for *_, n_rules in book._known.values())
                assert held == book._n_rules <= MAX_RULES_REMEMBERED

    asyncio.run(ask())
    assert len(fetcher.asked) == 30, "what was forgotten is read from the cache"


@pytest.mark.parametrize("answered", [answer(200, RULES), answer(404), answer(403)])
def test_whoever_answered_is_asked_once(answered: Answer, tmp_path: Path) -> None:
    fetcher = Answering({f"{HOME}/robots.txt": answered})
    found = [rules(fetcher, tmp_path) for _ in range(3)]
    assert len(fetcher.asked) == 1
    denied = [isinstance(one, RobotsRules) and not one.allows(f"{HOME}/secret") for one in found]
    assert denied == [answered.status == 200] * 3


def test_a_long_file_is_kept_as_far_as_it_was_read(tmp_path: Path) -> None:
    long = RULES + b"# " + b"x" * 600_000 + b"\nDisallow: /late\n"
    fetcher = Answering({f"{HOME}/robots.txt": answer(200, long)})
    for _ in range(2):
        found = rules(fetcher, tmp_path)
        assert isinstance(found, RobotsRules)
        assert not found.allows(f"{HOME}/secret")
        assert found.allows(f"{HOME}/late")
