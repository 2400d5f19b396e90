"""What webmasters ask for, from the command line: what was asked of them, and to be left alone."""

from __future__ import annotations

import csv
import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
from small_town import WAVE as WAVE_NAME
from small_town import Town

WAVE = ("--wave", WAVE_NAME)


def published(workspace: Path, query: str) -> list[tuple[Any, ...]]:
    place = workspace / "published" / "sectorlens.duckdb"
    with duckdb.connect(str(place), read_only=True) as database:
        return database.execute(query).fetchall()


def all_bytes(workspace: Path) -> bytes:
    return b"".join(
        gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for file in workspace.rglob("*")
        if file.is_file()
    )


def test_an_owner_who_objects_leaves_no_text_behind_and_counts_as_refused(
    ranked: Path, told: Callable[..., Any], town: Town
) -> None:
    there = ("--workspace", ranked)
    unit, url, text = published(
        ranked,
        "SELECT unit_id, website_url, text FROM unit_outcome"
        " JOIN document USING (wave, website_url) WHERE outcome = 'classified'"
        " ORDER BY unit_id, length(text) DESC LIMIT 1",
    )[0]
    own = text[:40].encode()
    domain = urlsplit(url).hostname
    shared_words = sum(
        1 for (other,) in published(ranked, "SELECT text FROM document") if own.decode() in other
    )
    record = told("crawl", "opt-out", domain, "--reason", "mail of 12 May", *there)
    assert record["domain"] == domain
    assert record["reason"] == "mail of 12 May"
    assert min(record[f"n_{name}"] for name in ("websites", "units", "pages", "predictions")) >= 1
    assert (ranked / "opt-out.txt").read_text("utf-8") == f"{domain}  # mail of 12 May\n"
    assert (unit, "refused_opt_out") in published(
        ranked, "SELECT unit_id, outcome FROM unit_outcome"
    )
    for table in ("document", "page", "fetch_failure"):
        assert not published(ranked, f"FROM {table} WHERE website_url = '{url}'")
    assert not published(ranked, f"FROM evidence WHERE unit_id = '{unit}'")
    if shared_words == 1:
        assert own not in all_bytes(ranked)
    again = told("crawl", "opt-out", domain, *there)
    assert {**again, "reason": ""} == {**record, "reason": ""}
    asked = sum(len(site.requests) for site in town.sites)
    told("run", *WAVE, *there)
    assert sum(len(site.requests) for site in town.sites) == asked
    states = told("status", *WAVE, *there)["stages"]
    assert all(state["pending"] == 0 for state in states)


def test_a_webmaster_is_told_what_was_asked(
    ranked: Path, told: Callable[..., Any], tmp_path: Path
) -> None:
    (url, n_requests), *_ = published(
        ranked, "SELECT website_url, n_requests FROM website WHERE outcome = 'reached'"
    )
    host = urlsplit(url).hostname
    file = tmp_path / "requests.csv"
    answer = told("crawl", "requests", *WAVE, "--domain", host, "--to", file, "--workspace", ranked)
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert answer == {"file": str(file), "rows": len(rows)}
    assert sum(int(row["requests"]) for row in rows) == n_requests
    assert {row["domain"] for row in rows} == {host}


def test_what_cannot_be_done_is_said(
    framed: Path, refused: Callable[..., str], tmp_path: Path
) -> None:
    there = ("--workspace", framed)
    refused("crawl", "opt-out", "co.uk", *there, exit_code=3, tells=("co.uk", "example.org"))
    refused(
        *("crawl", "requests", "--wave", "none", "--to", tmp_path / "x.csv", *there),
        exit_code=4,
        tells=("no wave 'none'",),
    )


@pytest.mark.slow
def test_an_opt_out_that_is_killed_again_and_again_is_finished_in_the_end(
    ranked: Path, start: Callable[..., Any], told: Callable[..., Any]
) -> None:
    there = ("--workspace", ranked)
    (url, text), (other, kept) = published(
        ranked,
        "SELECT website_url, max(text) FROM document GROUP BY website_url"
        " ORDER BY website_url LIMIT 2",
    )
    domain = urlsplit(url).hostname
    for hundredths in range(20, 220, 25):  # from before the first import to after the last write
        process = start("crawl", "opt-out", domain, *there)
        time.sleep(hundredths / 100)
        process.kill()
        process.wait()
    record = told("crawl", "opt-out", domain, *there)
    assert record["n_pages"] > 0
    assert record["n_archive_records"] >= 2 * record["n_pages"]
    content = all_bytes(ranked)
    assert text.encode() not in content
    assert f"WARC-Target-URI: {url}".encode() not in content
    assert f"WARC-Target-URI: {other}".encode() in content
    assert published(ranked, f"SELECT 1 FROM document WHERE website_url = '{other}'")  # noqa: S608
    assert kept.encode()[:20] in content
    states = told("status", *WAVE, *there)["stages"]
    assert all(state["pending"] == 0 for state in states)


def test_archive_files_that_nothing_needs_are_listed_and_removed_when_asked(
    ranked: Path, told: Callable[..., Any], sectorlens: Callable[..., Any]
) -> None:
    there = ("--workspace", ranked)
    stray = ranked / "archive" / WAVE_NAME / "19990101T000000Z-dead.warc.gz"
    stray.write_bytes(b"x" * 10)
    listed = told("crawl", "archives", *there)
    assert {one["archive_file"]: one["is_needed"] for one in listed["files"]}.pop(
        f"archive/{WAVE_NAME}/{stray.name}"
    ) is False
    assert any(one["n_pages"] and one["is_needed"] for one in listed["files"])
    assert "1 of 2 files, 10 bytes: not needed" in sectorlens("crawl", "archives", *there).stdout
    assert stray.exists()
    assert told("crawl", "archives", "--remove-unneeded", *there)["removed"] is True
    assert not stray.exists()
    (left,) = told("crawl", "archives", *there)["files"]
    assert left["used_by"] == [WAVE_NAME]
    sectorlens("crawl", "archives", "--since", "1999", *there, exit_code=4)
