"""What was asked of whom, as a CSV file for whoever answers a webmaster's complaint."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

from crawlers.frame.rejected_rows import harmless
from crawlers.request_gate import REQUESTS_FILE
from crawlers.website_urls import registrable_domain
from storage.errors import InvalidInput
from storage.records.crawl import RunId
from storage.tables.crawl import closed_crawl_runs
from storage.tables.requests import insert_requests, requests_by_day

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Store
    from storage.workspace import Workspace

COLUMNS = (
    "domain",
    "host",
    "day",
    "requests",
    "pages",
    "bytes",
    "first_at",
    "last_at",
    "statuses",
    "robots_txt",
    "user_agent",
)


def write_request_report(
    store: Store, workspace: Workspace, wave: str, *, to: Path, domain: str = ""
) -> int:
    """Write what was asked of each host on each day of a wave, and return the number of rows.

    Runs that were broken off, or go on at this moment, are in it as far as they came.

    Args:
        store: The work database.
        workspace: Where the logs of the runs lie.
        wave: The wave.
        to: The CSV file (UTF-8), replaced in one step; no cell is a formula to a spreadsheet.
        domain: Only hosts of this name or below it; empty for all.

    Raises:
        InvalidInput: The file cannot be written.
    """
    closed = closed_crawl_runs(store, wave)
    with store.transaction():
        for log in sorted(workspace.crawls_of(wave).glob(f"*/{REQUESTS_FILE}")):
            if log.parent.name not in closed:
                insert_requests(store, wave=wave, run_id=RunId(log.parent.name), log=log)
    wanted = domain.strip().lower().strip(".")
    rows = [
        {"domain": registrable_domain(name), **row}
        for row in requests_by_day(store, wave).to_pylist()
        for name in [_host_name(row["host"])]
        if not wanted or name == wanted or name.endswith(f".{wanted}")
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([harmless(str(row[name])) for name in COLUMNS])
    _write(to, text.getvalue())
    return len(rows)


def _host_name(host: str) -> str:
    return host.rpartition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]


def _write(to: Path, text: str) -> None:
    part = to.with_name(f".{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as target:
            target.write(text)
            target.flush()
            os.fsync(target.fileno())
        part.replace(to)
    except OSError as fault:
        raise InvalidInput(
            f"{to} cannot be written: {fault.strerror}", "Name another file with --to."
        ) from fault
