"""The server of the made-up economy: a process of its own that answers as promised and ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sectorlens.demo.economy import Economy, make_economy
from sectorlens.demo.server import EconomyServer, serve_economy
from sectorlens.demo.world import DemoWebsite, Situation

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
PARENT = """
import sys, time
from sectorlens.demo.economy import make_economy
from sectorlens.demo.server import serve_economy
with serve_economy(make_economy(3, 40)) as server:
    print(server.port, server.process_id, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def economy() -> Economy:
    return make_economy(3, 60)


@pytest.fixture(scope="module")
def server(economy: Economy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EconomyServer]:
    log = tmp_path_factory.mktemp("demo") / "requests.jsonl"
    with serve_economy(economy, log_file=log) as running:
        yield running


def of(economy: Economy, situation: Situation) -> DemoWebsite:
    return next(w for w in economy.websites if w.situation is situation and w.unit_ids)


def ask(
    server: EconomyServer, host: str, path: str = "/", method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(host, server.port, timeout=10)
    try:
        connection.request(method, path, headers={"User-Agent": "test-of-the-demo"})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read()
    finally:
        connection.close()


def refuses(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_until(condition: object, seconds: float = 10.0) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("situation", "status"),
    [
        (Situation.ORDINARY, 200), (Situation.PARKED, 200), (Situation.SCRIPT_ONLY, 200),
        (Situation.NOT_FOUND, 404), (Situation.SERVER_ERROR, 500), (Situation.FORBIDDEN, 403),
        (Situation.MOVED, 301), (Situation.REDIRECT_LOOP, 302),
    ],
)  # fmt: skip
def test_each_kind_of_website_answers_as_promised(
    economy: Economy, server: EconomyServer, situation: Situation, status: int
) -> None:
    assert ask(server, of(economy, situation).host)[0] == status


def test_pages_are_served_byte_for_byte_with_their_type(
    economy: Economy, server: EconomyServer
) -> None:
    website = of(economy, Situation.ORDINARY)
    for path, answer in website.responses.items():
        status, headers, body = ask(server, website.host, path)
        assert (status, body, headers["content-type"]) == (200, answer.body, answer.media_type)
    assert ask(server, website.host, "/no-such-page")[0] == 404


def test_head_has_the_length_but_no_body_and_post_is_refused(
    economy: Economy, server: EconomyServer
) -> None:
    website = of(economy, Situation.ORDINARY)
    status, headers, body = ask(server, website.host, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) == len(website.responses["/"].body)
    assert ask(server, website.host, method="POST")[0] == 405


def test_robots_txt_denies_or_fails_where_promised(economy: Economy, server: EconomyServer) -> None:
    denied = of(economy, Situation.ROBOTS_DENIED)
    assert b"Disallow: /\n" in ask(server, denied.host, "/robots.txt")[2]
    assert ask(server, of(economy, Situation.ROBOTS_ERROR).host, "/robots.txt")[0] == 503


def test_nobody_answers_for_a_dead_website(economy: Economy, server: EconomyServer) -> None:
    host = of(economy, Situation.DEAD).host
    assert refuses(host, server.port_of(host))


def test_a_moved_website_goes_on_under_its_new_address(
    economy: Economy, server: EconomyServer
) -> None:
    website = of(economy, Situation.MOVED)
    target = ask(server, website.host)[1]["location"]
    assert target.endswith(f":{server.port}/")
    new_host = target.removeprefix("http://").split(":")[0]
    unit = next(unit for unit in economy.units if website.host in unit.hosts)
    body = ask(server, new_host)[2]
    assert unit.firm.website_name.split()[0].encode("ascii", "xmlcharrefreplace") in body or (
        unit.firm.website_name.split()[0].encode() in body
    )


def test_a_redirect_loop_never_ends(economy: Economy, server: EconomyServer) -> None:
    host = of(economy, Situation.REDIRECT_LOOP).host
    path = "/"
    for _ in range(5):
        status, headers, _ = ask(server, host, path)
        assert status == 302
        path = headers["location"]
    assert path == "/start"


def test_a_slow_website_takes_more_than_a_second(economy: Economy, server: EconomyServer) -> None:
    begin = time.monotonic()
    assert ask(server, of(economy, Situation.SLOW).host)[0] == 200
    assert time.monotonic() - begin > 1.0


def test_a_tls_greeting_is_turned_away_at_once(economy: Economy, server: EconomyServer) -> None:
    host = of(economy, Situation.ORDINARY).host
    with socket.create_connection((host, server.port), timeout=5) as connection:
        connection.sendall(b"\x16\x03\x01\x00\x05hello")
        with suppress(ConnectionResetError):  # closed with our greeting unread: the same here
            assert connection.recv(100) == b""


def test_one_connection_serves_several_requests(economy: Economy, server: EconomyServer) -> None:
    connection = http.client.HTTPConnection(
        of(economy, Situation.ORDINARY).host, server.port, timeout=5
    )
    for path in ("/", "/robots.txt", "/"):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()


def test_the_log_tells_who_asked_for_what(economy: Economy, server: EconomyServer) -> None:
    website = of(economy, Situation.ORDINARY)
    before = time.time()
    ask(server, website.host, "/?q=1")
    entry = server.requests()[-1]
    assert (entry.host, entry.path, entry.status) == (website.host, "/?q=1", 200)
    assert entry.user_agent == "test-of-the-demo"
    assert before - 1 < entry.at < time.time() + 1
    assert server.log_file is not None
    assert json.loads(server.log_file.read_text().splitlines()[-1])["method"] == "GET"


def test_the_server_stops_with_its_context(economy: Economy) -> None:
    with serve_economy(economy) as running:
        host = of(economy, Situation.ORDINARY).host
        assert not refuses(host, running.port)
        assert running.requests() == ()
    assert refuses(host, running.port)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_dies_with_its_parent(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        port, process_id = (int(word) for word in parent.stdout.readline().split())
        host = of(make_economy(3, 40), Situation.ORDINARY).host
        assert not refuses(host, port)
        parent.send_signal(number)
        parent.wait(10)
        assert wait_until(lambda: refuses(host, port))
        assert wait_until(lambda: not running_process(process_id))


def running_process(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def test_the_server_outlives_the_thread_that_started_it() -> None:
    economy = make_economy(3, 40)
    context = serve_economy(economy)
    started: list[EconomyServer] = []
    thread = threading.Thread(target=lambda: started.append(context.__enter__()))
    thread.start()
    thread.join()
    time.sleep(0.5)
    try:
        assert not refuses(of(economy, Situation.ORDINARY).host, started[0].port)
    finally:
        context.__exit__(None, None, None)
    assert refuses(of(economy, Situation.ORDINARY).host, started[0].port)


def test_served_by_hand_it_prints_its_port_and_stops_on_a_signal() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sectorlens.demo.server", "--seed", "3", "--size", "40"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
