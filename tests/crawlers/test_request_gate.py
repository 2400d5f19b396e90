from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback_sites import polite

from crawlers.request_gate import CrawlStopped, DayUsedUp, RequestGate, requests_of_today
from storage.database import Store
from storage.records.crawl import RunId
from storage.tables.requests import insert_requests, requests_by_day

SITE = "https://firma.example/"
WAVE = "2026"


def counted(log: Path) -> list[dict[str, object]]:
    with Store() as store:
        for _ in range(2):  # counting twice changes nothing
            insert_requests(store, wave=WAVE, run_id=RunId("r"), log=log)
        rows: list[dict[str, object]] = requests_by_day(store, WAVE).to_pylist()
        return rows


def test_every_request_is_counted_whatever_came_of_it(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    with RequestGate(log, polite()) as gate:
        gate.end(gate.begin(SITE, f"{SITE}robots.txt"), 404, 10)
        gate.end(gate.begin(SITE, SITE), 200, 1000)
        gate.end(gate.begin(SITE, f"{SITE}a"), "timeout", 0)
        gate.end(gate.begin(SITE, f"{SITE}sitemap.xml"), 200, 50)
        gate.begin(SITE, f"{SITE}b")  # the process dies here
    (row,) = counted(log)
    assert row["host"] == "firma.example"
    assert (row["requests"], row["pages"], row["bytes"]) == (5, 1, 1060)
    assert row["statuses"] == "200=2 404=1 broken_off=1 timeout=1"
    assert row["robots_txt"] == "404"
    assert str(row["user_agent"]).startswith("sectorlens/")


def test_a_line_that_was_broken_off_costs_no_other(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    with RequestGate(log, polite()) as gate:
        gate.end(gate.begin(SITE, SITE), 200, 1000)
        gate.begin(SITE, f"{SITE}late")
    os.truncate(log, log.stat().st_size - 9)
    with RequestGate(log, polite()) as gate:
        gate.end(gate.begin(SITE, f"{SITE}b"), 200, 7)
    (row,) = counted(log)
    assert row["requests"] == 2
    assert row["bytes"] == 1007
    assert requests_of_today([log], {SITE})[SITE] == 2


def test_rubbish_in_the_log_is_passed_over(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    with RequestGate(log, polite()) as gate:
        gate.end(gate.begin(SITE, f"{SITE}a\tb\nE\t0\t200"), 200, 5)
    with log.open("ab") as file:
        file.write(b"\x00\xff\xfe\nB\tx\ty\tz\tw\nE\tno\nB\t1e9\t\t\t\n")
    (row,) = counted(log)
    assert (row["requests"], row["bytes"]) == (1, 5)
    assert requests_of_today([log], {SITE}) == {SITE: 1}


def test_a_website_gets_so_many_requests_a_day_and_no_more(tmp_path: Path) -> None:
    politeness = polite(max_requests_per_website_and_day=3)
    with RequestGate(tmp_path / "a", politeness, sent_today=Counter({SITE: 1})) as gate:
        gate.begin(SITE, SITE)
        gate.begin(SITE, SITE)
        with pytest.raises(DayUsedUp):
            gate.begin(SITE, SITE)
        gate.begin("https://other.example/", "https://other.example/")
    assert requests_of_today([tmp_path / "a"], {SITE}) == {SITE: 2}


def test_what_was_sent_before_midnight_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    yesterday = datetime.now(UTC).timestamp() - 86_400
    log.write_text(f"B\t0\t{yesterday:.3f}\t{SITE}\t{SITE}\t.\n")
    assert requests_of_today([log], {SITE}) == {SITE: 0}
    os.utime(log, (yesterday, yesterday))
    assert requests_of_today([log], {SITE}) == {}


def test_by_default_a_day_holds_three_visits() -> None:
    assert polite(max_pages_per_website=5).requests_per_day == 60


def test_nothing_passes_once_the_hours_are_over(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    window = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    with (
        RequestGate(tmp_path / "log", polite(hours=window)) as gate,
        pytest.raises(CrawlStopped),
    ):
        gate.begin(SITE, SITE)
