from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from crawled_rows import load_pages, website_rows
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
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

from crawlers.run import crawl_websites
from storage.accounting import MAX_FAILURES_IN_A_ROW
from storage.database import Store
from storage.records.crawl import Page
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

HTML = {"Content-Type": "text/html"}


def with_slash(path: str, _: int) -> Reply:
    if path in {"/", "/robots.txt"}:
        return page("Home", "/about", "/contact", "/gone")
    if path == "/gone":
        return redirect("/about/")
    if path == "/gone/":
        return Reply(status=404)
    return page(path) if path.endswith("/") else redirect(f"{path}/")


def refusing_after_the_first(path: str, asked: int) -> Reply:
    if path == "/robots.txt":
        return Reply(status=404)
    return page("Home", *(f"/p{n}" for n in range(30))) if path == "/" else Reply(status=403)


def endless_redirects(path: str, _: int) -> Reply:
    if path == "/robots.txt":
        return Reply(status=404)
    return page("Home", "/a", "/b") if path in {"/", "/b"} else redirect(f"{path}x")


def maze_behind_each_page(path: str, _: int) -> Reply:
    if path == "/robots.txt":
        return Reply(status=404)
    if path.startswith("/r/"):
        return redirect(f"/r/{len(path)}{path[3:]}")
    doors = [f"/r/{n}{len(path)}" for n in range(3)]
    return page(f"Page {path}", *(f"/{name}" for name in "abcdef"), *doors)


SITES = {
    "maze": maze_behind_each_page,
    "slashes": with_slash,
    "refuses": refusing_after_the_first,
    "endless": endless_redirects,
    "twins": {
        "/": page("Home", "/one", "/two"),
        "/one": page("Same"),
        "/two": page("Same"),
    },
    "one_too_large": {
        "/": page("Home", "/about", "/huge", "/blank", "/odd"),
        "/about": page("About"),
        "/huge": Reply(body=b"<html>" + b"x" * 300_000, headers=HTML),
        "/blank": Reply(headers=HTML),
        "/odd": Reply(body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
    },
    "robots_moved": {
        "/robots.txt": redirect("/robots/rules.txt"),
        "/robots/rules.txt": Reply(body=b"User-agent: *\nDisallow: /private\n"),
        "/": page("Home", "/private", "/public"),
        "/public": page("Public"),
        "/private": page("Private"),
    },
    "huge_robots": {
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /no\n" + b"# filler\n" * 400_000),
        "/": page("Home", "/no", "/yes"),
        "/yes": page("Yes"),
        "/no": page("No"),
    },
    "based": {
        "/": Reply(body=b'<base href="/dir/"><a href="x">x</a>', headers=HTML),
        "/dir/x": page("X"),
    },
    "leads_out": {
        "/": page("Home", "/out", "/in"),
        "/out": redirect("http://192.0.2.1/"),
        "/in": page("In"),
    },
}


@dataclass(frozen=True)
class Outing:
    """What one crawl of all these websites brought home."""

    sites: dict[str, LoopbackSite]
    pages: dict[str, list[Page]]
    failures: dict[str, dict[str, str]]
    details: dict[str, str]

    def paths(self, name: str) -> list[str]:
        return [urlsplit(one.final_url).path for one in self.pages[name]]


@pytest.fixture(scope="module")
def outing(make_site: MakeSite, tmp_path_factory: pytest.TempPathFactory) -> Outing:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    sites = {name: make_site(pages) for name, pages in SITES.items()}  # type: ignore[arg-type]
    load_frame(workspace, [site.url for site in sites.values()])
    crawl_websites(workspace, WAVE, politeness=polite(max_pages_per_website=8))
    with Store(workspace.database) as store:
        found = store.rows("SELECT website_url, url, reason FROM fetch_failure")
        details = dict(store.rows("SELECT website_url, detail FROM website_visit"))
        return Outing(
            sites=sites,
            pages={
                name: load_pages(store, WAVE, WebsiteUrl(site.url)) for name, site in sites.items()
            },
            failures={
                name: {urlsplit(u).path: reason for w, u, reason in found if w == site.url}
                for name, site in sites.items()
            },
            details={name: details[site.url] for name, site in sites.items()},
        )


def test_a_page_that_moves_by_a_slash_is_kept_once(outing: Outing) -> None:
    assert sorted(outing.paths("slashes")) == ["/", "/about/", "/contact/"]
    urls = [urlsplit(one.url).path for one in outing.pages["slashes"]]
    assert sorted(urls) == ["/", "/about", "/contact"], "the address asked for is kept, too"


def test_a_redirect_to_a_page_that_is_known_is_not_followed(outing: Outing) -> None:
    assert outing.sites["slashes"].paths.count("/about/") == 1
    assert "/gone" not in outing.failures["slashes"]


def test_a_website_that_refuses_is_left_soon(outing: Outing) -> None:
    assert len(outing.pages["refuses"]) == 1
    assert len(outing.sites["refuses"].paths) == 2 + MAX_FAILURES_IN_A_ROW
    assert set(outing.failures["refuses"].values()) == {"refused_http"}


def test_one_endless_chain_does_not_end_the_visit(outing: Outing) -> None:
    assert outing.failures["endless"] == {"/a": "redirect_loop"}
    assert len(outing.sites["endless"].paths) <= 10


def test_a_maze_of_redirects_is_seen_through(outing: Outing) -> None:
    assert len(outing.pages["maze"]) == 7
    # One chain as far as chains are followed, a second one of three.
    assert len([path for path in outing.sites["maze"].paths if path.startswith("/r/")]) == 7 + 3


def test_a_page_under_two_addresses_is_kept_once(outing: Outing) -> None:
    assert len(outing.pages["twins"]) == 2


def test_a_page_that_cannot_be_had_is_noted_and_the_rest_is_kept(outing: Outing) -> None:
    assert outing.paths("one_too_large") == ["/", "/about"]
    assert outing.failures["one_too_large"] == {
        "/huge": "too_large",
        "/blank": "empty",
        "/odd": "bad_response",
    }


def test_a_robots_txt_that_moved_is_followed(outing: Outing) -> None:
    assert outing.paths("robots_moved") == ["/", "/public"]
    assert outing.details["robots_moved"] == "1 addresses denied by robots.txt"


def test_the_first_half_megabyte_of_a_robots_txt_counts(outing: Outing) -> None:
    assert outing.paths("huge_robots") == ["/", "/yes"]


def test_a_base_is_honoured(outing: Outing) -> None:
    assert outing.paths("based") == ["/", "/dir/x"]


def test_a_redirect_that_leaves_the_website_is_not_followed(outing: Outing) -> None:
    assert outing.paths("leads_out") == ["/", "/in"]
    assert outing.failures["leads_out"] == {"/out": "redirected_elsewhere"}


def test_pages_count_from_the_start_page_on(outing: Outing) -> None:
    for pages in outing.pages.values():
        assert [one.position for one in pages] == list(range(len(pages)))


def test_a_deep_address_that_is_gone_leads_to_the_front_door(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = make_site({"/": page("Home", "/about"), "/about": page("About")})
    load_frame(workspace, [f"{site.url}old/index.html"])
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 1
    assert site.paths[1:] == ["/old/index.html", "/", "/about"]


def test_websites_on_one_host_keep_to_their_directories(
    make_site: MakeSite, workspace: Workspace
) -> None:
    menu = ("/a/x", "/b/x", "/c")
    site = make_site({path: page(path, *menu) for path in ("/a/", "/b/", "/a/x", "/b/x", "/c")})
    load_frame(workspace, [f"{site.url}a/", f"{site.url}b/"])
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 2
    assert sorted(site.paths) == ["/a/", "/a/x", "/b/", "/b/x", "/robots.txt"]


def test_without_a_scheme_https_is_tried_first_and_then_http(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = make_site({"/": page("Home")})
    load_frame(workspace, [f"{site.address}:{site.port}/"])
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 1
    assert [one for one in site.paths if one.startswith("/")] == ["/robots.txt", "/"]


def self_signed(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = directory / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_certificate_that_nobody_vouches_for_is_an_outcome(tmp_path: Path) -> None:
    site = LoopbackSite({"/": page("Home")}, self_signed(tmp_path))
    for wave, verify, expected in (("a", True, 0), ("b", False, 1)):
        workspace = Workspace(tmp_path / wave)
        load_frame(workspace, [site.url], wave)
        report = crawl_websites(workspace, wave, politeness=polite(verify_tls=verify))
        assert report.done == expected
        assert report.failed == ({} if expected else {"tls_failure": 1})
    site.close()


def test_a_website_that_is_a_frame_of_another_domain_moved_there(
    make_site: MakeSite, workspace: Workspace
) -> None:
    real = make_site({"/": page("Real", "/about"), "/about": page("About")})
    shown = f'<frameset rows="100%,*"><frame src="{real.url}"></frameset>'
    forward = LoopbackSite({"/": Reply(body=f"<html>{shown}</html>".encode())}, port=real.port)
    load_frame(workspace, [forward.url])
    report = crawl_websites(workspace, WAVE, politeness=polite())
    forward.close()
    assert report.done == 1
    assert forward.paths == ["/robots.txt", "/"]
    assert real.paths == ["/robots.txt", "/", "/about"]
    with Store(workspace.database) as store:
        (row,) = website_rows(store, WAVE).to_pylist()
    assert (row["final_url"], row["n_pages"]) == (real.url, 2)
