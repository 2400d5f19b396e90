"""The gate that every request of a crawl passes: may it be sent now, and it is written down.

A request is written down before it is sent and once more when it has ended, each time in one
write, so that a log holds every request whenever the process dies. The log of a run lies in its
directory; `storage.tables.requests` counts it.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Self

from crawlers.off_peak import read_hours

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path
    from types import TracebackType

    from crawlers.politeness import Politeness

REQUESTS_FILE = "requests.log"
_DAY = 86_400
_LINE_BREAKING = str.maketrans({"\t": " ", "\n": " ", "\r": " "})


class CrawlStopped(Exception):  # noqa: N818 - names a state, as storage.errors does
    """No further request may begin: the operator broke the crawl off, or its hours are over."""


class DayUsedUp(Exception):  # noqa: N818 - names a state, as storage.errors does
    """No further request to one website may begin before the next day (UTC)."""


class RequestGate:
    """Lets requests pass, counts them by day and website, and writes them down.

    Args:
        log: File of the run, made if absent.
        politeness: Says hours, and requests a day.
        sent_today: Requests that other runs sent since midnight (UTC), by website.
    """

    def __init__(
        self, log: Path, politeness: Politeness, *, sent_today: Counter[str] | None = None
    ) -> None:
        self._cap = politeness.requests_per_day
        now = datetime.now(UTC)
        hours = read_hours(politeness.hours, politeness.time_zone)
        closing = now if not hours.is_open(now) else hours.closes_at(now)
        self._closes_at = closing.timestamp() if closing else float("inf")
        self._day = int(now.timestamp() // _DAY)
        self._sent: Counter[str] = Counter()
        for key, number in (sent_today or Counter[str]()).items():
            self._sent[key] += number
        self._file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._end = os.fstat(self._file).st_size
        # What was broken off ends with its line; whoever reads the log passes over it.
        self._write(f"\nU\t0\t{politeness.user_agent.translate(_LINE_BREAKING)}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def begin(self, website_url: str, url: str) -> int:
        """Let a request pass and write it down; to be called right before it is sent.

        Args:
            website_url: In whose visit it is sent.
            url: In tidy form.

        Returns:
            The number to end it with.

        Raises:
            CrawlStopped: The hours in which may be crawled are over.
            DayUsedUp: The website had all its requests of the day.
            OSError: The log cannot be written: nothing is asked for that is not written down.
        """
        now = time()
        if now >= self._closes_at:
            raise CrawlStopped
        if now // _DAY != self._day:
            self._day = int(now // _DAY)
            self._sent.clear()
        if self._sent[website_url] >= self._cap:
            raise DayUsedUp
        self._sent[website_url] += 1
        return self._write(
            f"B\t{self._end}\t{now:.3f}\t{_on_one_line(website_url)}"
            f"\t{_on_one_line(url)}\t.\n"  # the point: the line was not broken off
        )

    def end(self, number: int, result: object, n_bytes: int) -> None:
        """Write down how a request ended.

        Args:
            number: From `begin`.
            result: HTTP status, or outcome of the fault.
            n_bytes: Of the body as it came over the wire.
        """
        self._write(f"E\t{number}\t{result}\t{n_bytes}\n")

    def _write(self, line: str) -> int:
        start = self._end
        content = line.encode("utf-8", "replace")
        if os.write(self._file, content) != len(content):
            raise OSError("the request log could not be written whole")
        self._end += len(content)
        return start


def _on_one_line(url: str) -> str:
    return url if url.isprintable() else url.translate(_LINE_BREAKING)


def requests_of_today(logs: Iterable[Path], websites: Container[str]) -> Counter[str]:
    """Count the requests that were sent since midnight (UTC), by website.

    Args:
        logs: Of all runs; those not written to today are not read.
        websites: Those that matter.
    """
    midnight = datetime.now(UTC).timestamp() // _DAY * _DAY
    counts: Counter[str] = Counter()
    for log in logs:
        if log.stat().st_mtime < midnight:
            continue
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if not line.startswith("B\t"):  # as every other line
                    continue
                parts = line.split("\t")
                if len(parts) == 6 and parts[3] in websites:
                    counts[parts[3]] += _since(parts[2], midnight)
    return counts


def _since(moment: str, midnight: float) -> bool:
    try:
        return float(moment) >= midnight
    except ValueError:  # a line that a power cut left half written
        return False
