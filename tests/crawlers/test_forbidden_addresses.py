"""Whatever a stranger's address or redirect is spelled like, it leads nowhere it must not."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crawled_rows import website_rows
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from loopback_sites import WAVE, LoopbackSite, MakeSite, load_frame, page, polite, redirect

from crawlers.address_guard import AddressBook, NoAddress, is_allowed_address
from crawlers.answers import Answer, Fault
from crawlers.fetching import Fetcher
from crawlers.http_client import HttpClient
from crawlers.pacing import Pacer
from crawlers.request_gate import RequestGate
from crawlers.run import crawl_websites
from crawlers.spending import Spending
from crawlers.website_urls import start_urls, tidy_url
from storage.accounting import Outcome
from storage.database import Store
from storage.workspace import Workspace

# 10.1.2.3, or nowhere, in every spelling that some resolver takes for it.
SPELLINGS = (
    "http://10.1.2.3/",
    "http://10.1.2.3./",
    "http://10.66051/",
    "http://167838211/",
    "http://0x0a010203/",
    "http://0xA.1.2.3/",
    "http://012.1.2.3/",
    "http://１０.１.２.３/",
    "http://10。1。2。3/",
    "http://[::ffff:10.1.2.3]/",
    "http://[::ffff:a01:203]/",
    "http://[64:ff9b::a01:203]/",
    "http://[2002:a01:203::1]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[::]/",
    "http://0/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "http://192.168.1.1:80/",
    "https://10.1.2.3:443/",
    "http://224.0.0.1/",
)
FORBIDDEN = (
    *SPELLINGS,
    "http://127.0.0.1:22/",
    "http://127.0.0.1:8080/",
    "http://127.0.0.1:0/",
    "//127.0.0.1:99999/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "javascript:alert(1)",
    "http://user:word@127.0.0.1/",
)


@pytest.fixture(scope="module")
def rows(
    make_site: MakeSite, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    ascii_only = {target: target.encode("ascii", "ignore").decode() for target in FORBIDDEN}
    sites = {
        target: make_site({"/": redirect(target if spelled == target else _escaped(target))})
        for target, spelled in ascii_only.items()
    }
    load_frame(workspace, [site.url for site in sites.values()])
    crawl_websites(workspace, WAVE, politeness=polite())
    with Store(workspace.database) as store:
        found = {row["website_url"]: row for row in website_rows(store, WAVE).to_pylist()}
    return {target: found[site.url] for target, site in sites.items()}


def _escaped(target: str) -> str:
    # Header values are Latin-1; browsers take percent-encoded hosts for what they spell.
    return target.encode().decode("latin-1")


@pytest.mark.parametrize("target", FORBIDDEN)
def test_a_redirect_to_a_forbidden_place_is_blocked(
    rows: dict[str, dict[str, Any]], target: str
) -> None:
    # What no resolver understands leads nowhere either.
    allowed = {"blocked_address"} if target.isascii() else {"blocked_address", "dns_failure"}
    assert rows[target]["outcome"] in allowed, rows[target]
    assert rows[target]["n_requests"] == 2, "robots.txt and the redirect, nothing else"


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_website_of_the_register_at_a_forbidden_address_is_never_connected_to(url: str) -> None:
    tidy = tidy_url(url)
    assert tidy is not None
    host = tidy.partition("://")[2].partition("/")[0].removesuffix(":443").removesuffix(":80")
    found = asyncio.run(AddressBook((), timeout=5.0).look_up(host))
    assert isinstance(found, NoAddress)
    assert found.reason is Outcome.BLOCKED_ADDRESS, found


@pytest.mark.parametrize(
    "address",
    [
        "2001:0:a01:203::1",  # Teredo
        "64:ff9b:1::a01:203",  # NAT64, local prefix
        "2606:4700::5efe:a01:203",  # ISATAP
        "2606:4700::200:5efe:a01:203",
        "::10.1.2.3",  # IPv4-compatible
        "168.63.129.16",
        "192.0.0.192",
        "fec0::1",
        "ff0e::1",
        "100::1",
    ],
)
def test_other_ways_to_the_inside_are_closed(address: str) -> None:
    assert not is_allowed_address(address, [])


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_like_itself(inner: Any) -> None:
    number = int(inner)
    for outer in (f"::ffff:{inner}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"):
        assert is_allowed_address(outer, []) is is_allowed_address(str(inner), [])


class ChangingDns:
    """A name server that gives another answer each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, _family: socket.AddressFamily) -> list[str]:
        self.asked += 1
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return answer


class Asking:
    """Asks as a crawl does, with a name server of our own."""

    def __init__(self, directory: Path, dns: ChangingDns, *, remember_seconds: float) -> None:
        politeness = polite(allow_networks=("127.61.0.0/16",))
        self.book = AddressBook(
            politeness.allow_networks, timeout=5.0, resolve=dns, remember_seconds=remember_seconds
        )
        self._gate = RequestGate(directory / "requests.log", politeness)
        self._fetcher = Fetcher(
            HttpClient(timeout=3.0, verify_tls=True),
            politeness,
            addresses=self.book,
            pacer=Pacer(host_delay=0.0, address_delay=0.0),
            gate=self._gate,
        )

    async def ask(self, url: str) -> Answer | Fault:
        spending = Spending(
            request_budget=9, byte_budget=10**6, deadline=float("inf"), website_url=url
        )
        return await self._fetcher.ask(url, spending)


def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    make_site: MakeSite, tmp_path: Path
) -> None:
    checked, inside = make_site({"/": page("Checked")}), make_site({"/": page("Inside")})
    dns = ChangingDns([checked.address], ["127.0.0.1"], ["169.254.169.254"])
    url = f"http://rebinding.test:{checked.port}/"

    async def twice() -> list[Answer | Fault]:
        asking = Asking(tmp_path, dns, remember_seconds=600.0)
        return [await asking.ask(url), await asking.ask(url)]

    for answer in asyncio.run(twice()):
        assert isinstance(answer, Answer)
        assert answer.exchange.address == checked.address
    assert dns.asked == 1, "connecting asks no name server"
    assert checked.requests[0][2]["Host"] == f"rebinding.test:{checked.port}"
    assert inside.paths == []


def test_a_name_that_changes_its_mind_between_two_checks_is_blocked_by_the_second(
    make_site: MakeSite, tmp_path: Path
) -> None:
    site = make_site({"/": page("Checked")})
    url = f"http://rebinding.test:{site.port}/"

    async def twice() -> list[Answer | Fault]:
        dns = ChangingDns([site.address], ["127.0.0.1"])
        asking = Asking(tmp_path, dns, remember_seconds=-1.0)
        return [await asking.ask(url), await asking.ask(url)]

    first, second = asyncio.run(twice())
    assert isinstance(first, Answer)
    assert isinstance(second, Fault)
    assert second.reason is Outcome.BLOCKED_ADDRESS
    assert len(site.paths) == 1


def test_of_several_addresses_only_those_that_pass_are_handed_on() -> None:
    mixed = ["10.0.0.1", "93.184.216.34", "::1", "2606:4700::1111"]
    book = AddressBook((), timeout=5.0, resolve=ChangingDns(mixed))
    assert asyncio.run(book.look_up("mixed.test")) == ("93.184.216.34", "2606:4700::1111")


def test_silence_about_a_name_holds_for_it_with_www_and_is_not_waited_for_twice() -> None:
    def silent(host: str, _family: socket.AddressFamily) -> list[str]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    asked: list[str] = []
    book = AddressBook((), timeout=5.0, resolve=silent)
    for host in ("quiet.test", "www.quiet.test"):
        found = asyncio.run(book.look_up(host))
        assert isinstance(found, NoAddress)
        assert found.reason is Outcome.DNS_FAILURE
    assert asked == ["quiet.test", "quiet.test"]


def certificate_for_nobody(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = directory / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_failure_of_tls_is_not_answered_by_asking_in_the_open(tmp_path: Path) -> None:
    site = LoopbackSite({"/": page("Home")}, certificate_for_nobody(tmp_path))
    assert start_urls(site.url, scheme_given=True) == [site.url]
    workspace = Workspace(tmp_path / "workspace")
    load_frame(workspace, [site.url])
    assert crawl_websites(workspace, WAVE, politeness=polite()).failed == {"tls_failure": 1}
    assert site.paths == []
    site.close()
