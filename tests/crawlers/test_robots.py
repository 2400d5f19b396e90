from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.robots import MAX_ROBOTS_BYTES, RobotsRules, read_robots
from storage.accounting import Outcome


@dataclass
class Answered:
    status: int = 200
    body: bytes = b""


def rules(text: str) -> RobotsRules:
    found = read_robots(Answered(body=text.encode()))
    assert isinstance(found, RobotsRules)
    return found


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/", True),
        ("User-agent: *\nDisallow: /", "/", False),
        ("User-agent: *\nDisallow:", "/", True),
        ("User-agent: SectorLens\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("User-agent: sectorlens\nDisallow: /a\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: other\nDisallow: /", "/", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
        ("User-agent: *\nDisallow: /*.php$", "/x.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/x.php?y", True),
        ("\ufeffUser-agent: *\nDisallow: /x", "/x", False),
        ("<!doctype html><html><body>Not found</body></html>", "/", True),
    ],
)
def test_rules_are_read_as_rfc_9309_says(text: str, path: str, allowed: bool) -> None:
    assert rules(text).allows(f"https://example.com{path}") is allowed


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_file_that_is_not_there_allows_all(status: int) -> None:
    found = read_robots(Answered(status=status, body=b"User-agent: *\nDisallow: /"))
    assert isinstance(found, RobotsRules)
    assert found.allows("https://example.com/")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_that_fails_denies_all(status: int) -> None:
    assert read_robots(Answered(status=status)) is Outcome.ROBOTS_UNAVAILABLE


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("cut", ["Allow: /private/|press", "Disallow: /|private"])
def test_half_a_rule_at_the_limit_is_no_rule(cut: str, end: str) -> None:
    before, _, behind = cut.partition("|")
    head = f"User-agent: *{end}Disallow: /private/secret{end}"
    filler = "#" * (MAX_ROBOTS_BYTES - len(head) - len(end) - len(before))
    found = rules(f"{head}{filler}{end}{before}{behind}{end}")
    assert not found.allows("https://example.com/private/secret")
    assert found.allows("https://example.com/public")


def test_too_many_requests_is_no_permission() -> None:
    assert read_robots(Answered(status=429)) is Outcome.RATE_LIMITED


def test_redirects_without_end_count_as_no_file() -> None:
    found = read_robots(Answered(status=302))
    assert isinstance(found, RobotsRules)
    assert found.allows("https://example.com/")


def test_500_kib_are_read_and_no_more_than_a_little_beyond() -> None:
    filler = "# " + "x" * 1000 + "\n"
    early = filler * 490 + "User-agent: *\nDisallow: /early\n"
    late = filler * (MAX_ROBOTS_BYTES // len(filler) + 1) + "User-agent: *\nDisallow: /late\n"
    assert not rules(early).allows("https://example.com/early")
    assert rules(late).allows("https://example.com/late")


def test_crawl_delay_is_read() -> None:
    assert rules("User-agent: *\nCrawl-delay: 2.5").crawl_delay == 2.5
    assert rules("User-agent: *\nCrawl-delay: soon").crawl_delay == 0.0


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_a_fault(body: bytes) -> None:
    assert isinstance(read_robots(Answered(body=body)), RobotsRules)
