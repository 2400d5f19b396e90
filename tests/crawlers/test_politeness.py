from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from loopback_sites import polite

from crawlers.politeness import politeness_from_json, politeness_to_json, wait_asked
from storage.errors import InvalidInput


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        polite(
            organisation=" ",
            contact_url="nowhere",
            delay_seconds=-1.0,
            timeout_seconds=0.0,
            allow_networks=("300.0.0.0/8",),
            render="always",
        )
    assert len(caught.value.details) == 6


@pytest.mark.parametrize(
    ("asked", "pause"),
    [("", 0.0), ("5", 0.0), ("3600", 3600.0), ("-3600", 0.0), ("1e20", 0.0), ("9" * 99, 1e40)],
)
def test_a_long_pause_is_told_from_a_short_one(asked: str, pause: float) -> None:
    assert polite().pause_asked(asked) == pytest.approx(pause)


def test_a_date_without_a_zone_is_meant_in_utc() -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S -0000")
    assert polite().pause_asked(later) == pytest.approx(3600, abs=5)
    assert wait_asked(later) == pytest.approx(3600, abs=5)


def test_the_user_agent_is_plain_ascii() -> None:
    agent = polite(organisation="Statistik Österreich").user_agent
    assert agent.endswith("(Statistik Osterreich; +https://example.org/crawl)")
    assert agent.startswith("sectorlens/")


def test_letters_are_written_without_accents_and_none_is_left_out_silently() -> None:
    agent = polite(organisation="Büro für Gießen – Łódź").user_agent
    assert "(Buro fur Giessen - Lodz; +" in agent
    with pytest.raises(InvalidInput) as fault:
        polite(organisation="Büro 株 Ö", contact_url="https://büro.example/ü")
    told = " ".join(fault.value.details)
    assert "organisation: '株' cannot stand in an HTTP header" in told
    assert "Latin letters" in told
    assert "contact_url" in told
    assert "xn--" in told


def test_nobody_writes_headers_through_the_organisation() -> None:
    with pytest.raises(InvalidInput):
        polite(organisation="Office\r\nX-Evil: 1")


def test_an_opt_out_holds_for_subdomains_and_no_others() -> None:
    settings = polite(opt_out_domains=frozenset({"example.at"}))
    assert settings.is_opted_out("example.at")
    assert settings.is_opted_out("WWW.Example.at.")
    assert not settings.is_opted_out("notexample.at")
    assert not settings.is_opted_out("at")


@pytest.mark.parametrize(
    ("attempt", "asked", "wait"),
    [
        (1, "", 1.0),
        (2, "", 2.0),
        (3, "", None),
        (1, "5", 5.0),
        (1, " 0 ", 0.0),
        (1, "3600", None),
        (1, "9" * 400, None),
        (1, "Wed, 21 Oct 2193 07:28:00 GMT", None),
        (2, "Wed, 21 Oct 2015 07:28:00 GMT", 2.0),
        (1, "Wed, 21 Oct 0000 07:28:00 GMT", 1.0),
        (1, "Wed, 99 Oct 2026 99:28:00 GMT", 1.0),
        (1, "²", 1.0),
        (1, "-5", 1.0),
        (2, "soon", 2.0),
    ],
)
def test_retries_are_few_and_short(attempt: int, asked: str, wait: float | None) -> None:
    assert polite().retry_wait(attempt=attempt, retry_after=asked) == wait


def test_a_date_to_come_back_at_is_kept_where_it_is_near() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=6), usegmt=True)
    wait = polite().retry_wait(attempt=1, retry_after=soon)
    assert wait is not None
    assert 3 < wait <= 6


def test_budgets_follow_from_the_pages() -> None:
    assert polite(max_pages_per_website=25).request_budget == 60
    assert polite(max_pages_per_website=25, delay_seconds=1.0).seconds_budget == 900.0
    assert polite(max_pages_per_website=1000, delay_seconds=1.0).seconds_budget == 8040.0
    assert polite(max_requests_per_website=7).request_budget == 7


def test_settings_survive_json() -> None:
    settings = polite(opt_out_domains=frozenset({"b.at", "a.at"}), pass_hours=(1.0,))
    assert politeness_from_json(json.loads(json.dumps(politeness_to_json(settings)))) == settings


@pytest.mark.parametrize(
    "host", ["https://cdn.example.net", "CDN.example.net", "cdn:443", "", "a/b"]
)
def test_script_hosts_are_names_of_hosts(host: str) -> None:
    assert polite(script_hosts=("cdn.example.net", "localhost")).script_hosts
    with pytest.raises(InvalidInput, match="cannot be used") as caught:
        polite(script_hosts=(host,), pages_rendered_at_once=0)
    assert len(caught.value.details) == 2
