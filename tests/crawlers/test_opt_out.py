"""Whoever objects is not visited again, and nothing of theirs is left but the record of it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from crawled_rows import load_pages, website_rows
from loopback_sites import (
    WAVE,
    LoopbackSite,
    MakeSite,
    Reply,
    load_frame,
    page,
    polite,
    redirect,
)

from crawlers.opt_out import add_to_list, apply_opt_outs, check_domain, read_list
from crawlers.run import crawl_websites
from storage.archive_erasure import erase_records
from storage.database import Store
from storage.errors import InvalidInput
from storage.page_archive import read_page
from storage.publication import publish
from storage.records.frame import WebsiteUrl
from storage.tables.opt_out import (
    known_hosts,
    load_opt_outs,
    note_records,
    pending_erasures,
    record_opt_out,
    suppress,
)
from storage.workspace import Workspace

MARKER = "Zwetschkenroester"


def fill(store: Store, wave: str, site: LoopbackSite, unit: str) -> None:
    """Write what later stages make of a website's pages."""
    store.execute(
        "INSERT INTO unit SELECT ?, ?, 'enterprise', 'Firma', '', '', '', '', '', '', '', '', '',"
        " '', '', '', '', NULL, NULL, '{}'",
        [wave, unit],
    )
    store.execute(
        "INSERT INTO document SELECT wave, website_url, url, 't', 'd', 'de', ? || url, 9, 'e',"
        " body_digest, 'x', position FROM page WHERE wave = ? AND website_url = ?",
        [f"{MARKER} {site.address} ", wave, site.url],
    )
    store.execute(
        "INSERT INTO website_text VALUES (?, ?, 'reached', '', 2, 18, 'de', 'e', 'x')",
        [wave, site.url],
    )
    store.execute(
        "INSERT INTO website_link VALUES (?, ?, ?, 0.9, '{}', true, 'm', 'x')",
        [wave, unit, site.url],
    )
    store.execute(
        "INSERT INTO prediction (wave, unit_id, sector, probability, basis, model_id, input_digest)"
        " VALUES (?, ?, 'drones', 0.5, 'model', 'm', 'x')",
        [wave, unit],
    )
    store.execute(
        "INSERT INTO evidence VALUES (?, ?, 'drones', 1, ?, ?, 0.3)",
        [wave, unit, site.url, f"{MARKER} {site.address}"],
    )


def outcomes(store: Store, wave: str = WAVE) -> dict[str, str]:
    return dict(store.rows("SELECT unit_id, outcome FROM unit_outcome WHERE wave = ?", [wave]))


def town(workspace: Workspace, make_site: MakeSite) -> tuple[LoopbackSite, LoopbackSite]:
    sites = [
        make_site({"/": page(f"{MARKER} {n}", "/a"), "/a": page(f"A {MARKER} {n}")})
        for n in ("one", "two")
    ]
    for wave in (WAVE, "2027"):
        load_frame(workspace, [site.url for site in sites], wave)
        crawl_websites(workspace, wave, politeness=polite())
        with Store(workspace.database) as store:
            for number, site in enumerate(sites):
                fill(store, wave, site, f"U{number}")
    return sites[0], sites[1]


def everything(directory: Path) -> bytes:
    """Return all bytes of a directory's files, archives inflated."""
    return b"".join(
        gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for file in sorted(directory.rglob("*"))
        if file.is_file()
    )


def test_all_that_was_taken_is_deleted_and_the_record_is_kept(
    workspace: Workspace, make_site: MakeSite
) -> None:
    gone, kept = town(workspace, make_site)
    marker = f"{MARKER} {gone.address}".encode()
    with Store(workspace.database) as store:
        assert apply_opt_outs(store, workspace, [gone.address], reason="by mail") == [gone.address]
        publish(store, workspace.published)
        (record,) = load_opt_outs(store).to_pylist()
        for wave in (WAVE, "2027"):
            assert outcomes(store, wave) == {"U0": "refused_opt_out", "U1": "classified"}
            assert load_pages(store, wave, WebsiteUrl(gone.url)) == []
            for one in load_pages(store, wave, WebsiteUrl(kept.url)):
                body = read_page(workspace.root, one.archive_file, one.archive_offset).body
                assert MARKER.encode() in body
            spent = {row["website_url"]: row for row in website_rows(store, wave).to_pylist()}
            assert spent[gone.url]["n_requests"] > 0  # what was asked of them is still told
            assert spent[gone.url]["n_pages"] == 0
        for table, left in (("document", 4), ("evidence", 2), ("prediction", 2)):
            assert store.fetch(f"FROM {table}").num_rows == left
        assert apply_opt_outs(store, workspace, [gone.address]) == []
    assert (record["domain"], record["reason"]) == (gone.address, "by mail")
    assert record["n_websites"] == record["n_units"] == record["n_predictions"] == 2
    assert record["n_pages"] == record["n_documents"] == 4
    assert record["n_archive_records"] >= 6  # what did not change is archived once
    files = everything(workspace.root)
    assert f"WARC-Target-URI: {gone.url}".encode() not in files
    assert f"WARC-Target-URI: {kept.url}".encode() in files
    assert marker not in files
    assert f"{MARKER} one".encode() not in files
    assert f"{MARKER} {kept.address}".encode() in files
    before = len(gone.requests)
    load_frame(workspace, [gone.url], "2028")
    report = crawl_websites(workspace, "2028", politeness=polite())
    assert report.rejected == {"refused_opt_out": 1}  # the record alone keeps us away
    assert len(gone.requests) == before


def archived(workspace: Workspace) -> bytes:
    return everything(workspace.archive)


def test_what_was_asked_without_a_page_is_erased_too(
    workspace: Workspace, make_site: MakeSite
) -> None:
    refusing = make_site({"/": Reply(status=403)})
    # Of one port, or the redirect would lead to a port that may not be asked.
    on_the_way = LoopbackSite({"/": redirect("/nowhere")}, port=refusing.port)
    moving = LoopbackSite({"/": redirect(on_the_way.url)}, port=refusing.port)
    load_frame(workspace, [refusing.url, moving.url])
    crawl_websites(workspace, WAVE, politeness=polite())
    for site in (refusing, on_the_way, moving):
        assert f"WARC-Target-URI: {site.url}".encode() in archived(workspace)
    with Store(workspace.database) as store:
        for site in (refusing, on_the_way):
            assert apply_opt_outs(store, workspace, [site.address]) == [site.address]
            assert apply_opt_outs(store, workspace, [site.address]) == []
    left = archived(workspace)
    assert f"WARC-Target-URI: {refusing.url}".encode() not in left
    assert f"WARC-Target-URI: {on_the_way.url}".encode() not in left
    assert f"WARC-Target-URI: {moving.url}".encode() in left
    on_the_way.close()
    moving.close()


def test_a_crawl_honours_the_list_before_it_asks_anybody(
    workspace: Workspace, make_site: MakeSite
) -> None:
    gone, kept = town(workspace, make_site)
    settings = polite(opt_out_domains=frozenset({gone.address}))
    report = crawl_websites(workspace, WAVE, politeness=settings)
    assert report.taken == 0
    assert [(issue.code, issue.count) for issue in report.issues] == [("opt_out_applied", 1)]
    with Store(workspace.database) as store:
        assert outcomes(store) == {"U0": "refused_opt_out", "U1": "classified"}
    assert crawl_websites(workspace, WAVE, politeness=settings).issues == ()
    assert kept.address not in report.issues[0].detail


def test_a_deletion_that_was_broken_off_is_finished_by_the_next_crawl(
    workspace: Workspace, make_site: MakeSite
) -> None:
    gone, _ = town(workspace, make_site)
    with Store(workspace.database) as store, store.transaction():  # and no further: killed here
        record_opt_out(store, gone.address, reason="")
        hosts = [host for host in known_hosts(store) if host.startswith(f"{gone.address}:")]
        assert suppress(store, gone.address, hosts)
    (archive, _) = sorted(workspace.archive.rglob("*.gz"))
    assert f"{MARKER} one".encode() in everything(archive.parent)
    crawl_websites(workspace, WAVE, politeness=polite())
    assert f"{MARKER} one".encode() not in everything(workspace.root)
    with Store(workspace.database) as store:
        assert store.rows("SELECT count(*) FROM pending_erasure") == [(0,)]
        assert load_opt_outs(store).to_pylist()[0]["n_archive_records"] >= 6


def test_records_are_counted_though_a_call_died_when_it_had_overwritten_them(
    workspace: Workspace, make_site: MakeSite
) -> None:
    gone, _ = town(workspace, make_site)
    with Store(workspace.database) as store:
        with store.transaction():
            record_opt_out(store, gone.address, reason="")
            hosts = [host for host in known_hosts(store) if host.startswith(f"{gone.address}:")]
            assert suppress(store, gone.address, hosts)
        for domain, file, offsets in pending_erasures(store):
            erase_records(
                workspace.root / (file or "none"),
                offsets=frozenset(offsets) - {-1},
                is_meant=lambda url: url.startswith(gone.url),
                note=partial(note_records, store, domain, file),
            )
        ((n_found,),) = store.rows(
            "SELECT sum(n) FROM (SELECT max(n_records) AS n FROM pending_erasure"
            " GROUP BY archive_file)"
        )
    with Store(workspace.database) as store:  # killed before it put the number on the account
        assert apply_opt_outs(store, workspace, [gone.address]) == [gone.address]
        (record,) = load_opt_outs(store).to_pylist()
        assert record["n_archive_records"] == n_found >= 6
        assert apply_opt_outs(store, workspace, [gone.address]) == []


def test_a_page_on_the_domain_goes_also_where_the_website_is_another(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site, _ = town(workspace, make_site)
    with Store(workspace.database) as store:
        store.execute(
            "UPDATE page SET final_url = 'https://shop.objecting.example/x' WHERE url LIKE '%/a'"
            " AND website_url = ? AND wave = ?",
            [site.url, WAVE],
        )
        assert apply_opt_outs(store, workspace, ["objecting.example"]) == ["objecting.example"]
        left = load_pages(store, WAVE, WebsiteUrl(site.url))
        assert [one.url for one in left] == [site.url]
        assert outcomes(store)["U0"] == "pending"  # to be read anew from what is left
        read_page(workspace.root, left[0].archive_file, left[0].archive_offset)


def test_texts_in_labels_of_the_domain_go_and_the_labels_stay(workspace: Workspace) -> None:
    with Store(workspace.database) as store:
        urls = ("https://www.gone.example/x", "gone.example", "https://notgone.example/")
        for number, url in enumerate(urls):
            store.execute(
                "INSERT INTO label (label_id, unit_id, url, text, sector, coder, language, note,"
                " purpose, wave, source, active)"
                " VALUES (?, '', ?, 'a text', 'drones', '', '', '', 'training', '', 'f', true)",
                [number, url],
            )
        apply_opt_outs(store, workspace, ["gone.example"])
        texts = dict(store.rows("SELECT url, text FROM label"))
        assert load_opt_outs(store).to_pylist()[0]["n_labels"] == 2
    assert [url for url, text in texts.items() if text] == ["https://notgone.example/"]
    assert len(texts) == 3


def test_a_domain_of_which_nothing_is_held_is_put_on_record(workspace: Workspace) -> None:
    with Store(workspace.database) as store:
        assert apply_opt_outs(store, workspace, ["new.example"], reason="asked by phone") == []
        apply_opt_outs(store, workspace, ["new.example"])
        (record,) = load_opt_outs(store).to_pylist()
    assert record["reason"] == "asked by phone"
    assert record["applied_at"] is None
    assert record["recorded_at"] <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Example.ORG", "example.org"),
        ("https://www.example.org/page?x", "example.org"),
        ("shop.example.org.", "shop.example.org"),
        ("müller.de", "xn--mller-kva.de"),
        ("www.gov.uk", "www.gov.uk"),
        ("127.0.0.9", "127.0.0.9"),
    ],
)
def test_a_domain_is_understood_however_it_is_written(text: str, domain: str) -> None:
    assert check_domain(text) == domain


@pytest.mark.parametrize("text", ["", "com", "co.uk", "github.io", "ftp://x.y"])
def test_what_nobody_owns_is_no_domain(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_domain(text)


def test_the_list_grows_by_a_line_and_keeps_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("# those who objected\nold.example  # 2025", encoding="utf-8")
    add_to_list(file, "new.example", reason="mail of\n12 May #7")
    add_to_list(file, "new.example", reason="again")
    add_to_list(file, "old.example", reason="again")
    assert file.read_text(encoding="utf-8").splitlines() == [
        "# those who objected",
        "old.example  # 2025",
        "new.example  # mail of 12 May 7",
    ]
    assert read_list("WWW.A.example.\n\n# x\nb.example # y\n") == {"a.example", "b.example"}


def test_a_list_that_cannot_be_written_is_told_before_anything_is_deleted(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="opt-out list"):
        add_to_list(tmp_path / "nowhere" / "list.txt", "a.example", reason="")
