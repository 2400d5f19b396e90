"""`sectorlens crawl page`: what a methodologist sees of a page that a decision rests on."""

from __future__ import annotations

import hashlib
import json
import shlex
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from warcio.archiveiterator import ArchiveIterator

from sectorlens.cli.options import Format
from sectorlens.cli.page import Shown, page
from sectorlens.kept_page import show_command
from storage.database import Store
from storage.errors import InvalidInput, NotReady
from storage.page_archive import Exchange, PageArchive

FILE = "archive/w1/run.warc.gz"
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
URL = "https://site.example/drones"
BODY = (
    "<html><head><title>We \u202efly\u202c</title></head><body><nav>Home</nav>"
    "<p>We survey roofs by drone.</p><p>Call \u001b]0;evil\u0007 us</p></body></html>"
).encode()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Make a workspace with two waves: a page, and the same page unchanged."""
    (tmp_path / "sectorlens.toml").write_text("", encoding="utf-8")
    sent = (("Content-Type", "text/html; charset=utf-8"),)
    with PageArchive(tmp_path, FILE, keep_bytes=0, software="x") as archive:
        offset = archive.append(Exchange(URL, NOON, "", (), 200, sent, BODY))
    (tmp_path / "work").mkdir()
    with Store(tmp_path / "work" / "sectorlens.duckdb") as store:
        for number, wave in enumerate(("w1", "w2", "w3")):
            store.execute(
                "INSERT INTO wave VALUES (?, ?, ?, 'r.csv', '', '', 1, 0)", [wave, number, NOON]
            )
        for wave, revisit in (("w1", ""), ("w2", "identical-payload-digest")):
            keep(store, wave=wave, offset=offset, revisit=revisit)
        store.execute(
            "INSERT INTO document VALUES ('w1', 'https://site.example/', ?, '', '', 'en',"
            " 'We survey roofs by drone.', 5, 'x', ?, 'sha256:1', 0)",
            [URL, digest(BODY)],
        )
        store.execute(
            "INSERT INTO fetch_failure VALUES ('w1', 'r', 'https://site.example/',"
            " 'https://site.example/gone', 'not_found', '404', ?)",
            [NOON],
        )
        store.execute("INSERT INTO opt_out (domain, reason) VALUES ('objects.example', '')")
    return tmp_path


def keep(store: Store, *, wave: str, offset: int, revisit: str) -> None:
    row = {
        **{"wave": wave, "run_id": "r", "website_url": "https://site.example/", "url": URL},
        **{"final_url": f"{URL}/", "fetched_at": NOON, "http_status": 200},
        **{"media_type": "text/html", "n_bytes": len(BODY), "body_digest": digest(BODY)},
        **{"archive_file": FILE, "archive_offset": offset, "position": 0, "rendered": False},
        **{"revisit": revisit, "archived_at": NOON},
    }
    names = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    store.execute(f"INSERT INTO page ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608
    store.execute(
        "INSERT INTO website_visit VALUES (?, 'r', 'https://site.example/', 1, '', 'reached', '',"
        " 1, 1, 1, ?, ?)",
        [wave, NOON, NOON],
    )


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_a_page_is_shown_with_where_it_comes_from_and_cannot_steer_the_terminal(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page(URL, "w1", workspace=workspace)
    told = capsys.readouterr().out
    for part in (
        "fetched: 2026-10-01 12:00:00 UTC, answered 200, text/html",
        f"reached at: {URL}/",
        f"{len(BODY)} bytes, {digest(BODY)}; the archive agrees",
        f"archive: {FILE} at byte ",
        "title: We fly",
        "(language: en)",
        "\n  Home\n",
        "\n| We survey roofs by drone.\n",
    ):
        assert part in told
    assert all(unicodedata.category(sign) not in {"Cc", "Cf"} for sign in told if sign != "\n")


def test_an_unchanged_page_is_read_where_it_was_archived_first(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page(f"http://www.{URL.removeprefix('https://')}/", "w2", workspace=workspace)
    told = capsys.readouterr().out
    assert "not changed since 2026-10-01 12:00:00 UTC" in told
    assert "Nothing of it is read for decisions (not yet: " in told
    page(URL, "w2", workspace=workspace, form=Format.JSON)
    as_json: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (as_json["revisit"], as_json["read_text"]) == ("identical-payload-digest", None)
    assert {"text": "Home", "was_read": False} in as_json["blocks"]


def test_its_bytes_go_to_a_file_only(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(typer.BadParameter, match="needs --to FILE"):
        page(URL, "w1", Shown.HTML, workspace=workspace)
    html, warc, text = (tmp_path / name for name in ("p.html", "p.warc.gz", "p.txt"))
    page(URL, "w1", Shown.HTML, html, workspace=workspace)
    assert html.read_bytes() == BODY
    page(URL, "w1", Shown.WARC, warc, workspace=workspace)
    with warc.open("rb") as stream:
        (record,) = (
            (one.rec_type, one.raw_stream.read())
            for one in ArchiveIterator(stream, check_digests="raise")
        )
    assert record == ("response", BODY)
    capsys.readouterr()
    page(URL, "w1", to=text, workspace=workspace)
    assert "Wrote" in capsys.readouterr().out
    assert "| We survey roofs by drone.\n" in text.read_text("utf-8")


@pytest.mark.parametrize(
    ("url", "wave", "kind", "told"),
    [
        (URL, "w9", NotReady, "no wave 'w9'"),
        (URL, "w3", NotReady, "Nothing of wave w3 was crawled"),
        ("https://site.example/gone/", "w1", InvalidInput, "12:00 UTC and not had: not_found, 404"),
        ("https://site.example/other", "w1", InvalidInput, f"there are:\n{URL}, wave w1"),
        ("https://none.example/", "w1", InvalidInput, "none of its website in any wave"),
        ("https://a.objects.example/x", "w1", InvalidInput, "asked on 20.* not to be visited"),
        ("http://[::1", "w1", InvalidInput, "no web address"),
    ],
)
def test_why_a_page_is_not_there_is_told(
    workspace: Path, url: str, wave: str, kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        page(url, wave, workspace=workspace)


def test_an_archive_that_was_changed_is_told(workspace: Path) -> None:
    file = workspace / FILE
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"survey roofs", b"survey tools"))
    with pytest.raises(InvalidInput, match="No page can be read from archive"):
        page(URL, "w1", workspace=workspace)
    with Store(workspace / "work" / "sectorlens.duckdb") as store:
        store.execute("UPDATE page SET body_digest = 'sha256:other'")
    file.write_bytes(whole)
    with pytest.raises(InvalidInput, match="is not the page that was kept as"):
        page(URL, "w1", workspace=workspace)
    file.unlink()
    with pytest.raises(InvalidInput, match="No page can be read"):
        page(URL, "w1", workspace=workspace)


def test_the_command_that_shows_a_page_is_safe_in_a_shell() -> None:
    url = "https://site.example/a?b=c&d=$(evil)'x"
    assert shlex.split(show_command(url, "w1"))[3] == url
