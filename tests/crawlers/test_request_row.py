from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from crawlers.http_client import HttpClient
from crawlers.http_messages import HttpAnswer, HttpRequest
from crawlers.pacing import Pacer
from crawlers.politeness import Politeness
from crawlers.request_gate import DayUsedUp, RequestGate
from crawlers.request_row import RequestRow
from crawlers.sending import Sender
from crawlers.spending import Spending
from crawlers.wire_places import WirePlaces

SAME = b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"
Answering = Callable[[int, str, asyncio.StreamWriter], Awaitable[bytes]]


class Row:
    """Asks a server for some targets in a row; takes what was not modified."""

    def __init__(self, log: Path, targets: list[str], *, a_day: int = 0, places: int = 1) -> None:
        self.targets = targets
        self.taken: list[HttpAnswer] = []
        self.seen: list[tuple[int, str]] = []  # by the server: connection and target
        self.log = log
        self.port = 0
        self.manners = Politeness(
            organisation="o",
            contact_url="https://o.test/",
            max_requests_per_website_and_day=a_day,
        )
        self.spending = Spending(
            request_budget=9, byte_budget=9, deadline=1e12, website_url="http://a.test/"
        )
        self.spending.answered = self.spending.is_known = True
        self.pacer = Pacer(host_delay=0.0, address_delay=0.0)
        self.wire = WirePlaces(places)

    def next_request(self) -> tuple[HttpRequest, float] | None:
        """Return the next target's request."""
        if not self.targets:
            return None
        target = self.targets.pop(0)
        request = HttpRequest(
            url=f"http://a.test:{self.port}{target}",
            is_tls=False,
            host="a.test",
            port=self.port,
            addresses=("127.0.0.1",),
            target=target,
            headers=(("Host", "a.test"),),
            max_bytes=100,
            is_known=True,
        )
        return request, 0.0

    def take(self, answer: HttpAnswer) -> bool:
        """Take what was not modified."""
        if answer.status == 304:
            self.taken.append(answer)
        return answer.status == 304

    async def run(
        self, answering: Answering, *, seconds: float = 5.0
    ) -> tuple[HttpRequest, HttpAnswer | Exception] | None:
        """Run the row against a server."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            number = 1 + max((number for number, _ in self.seen), default=0)
            try:
                while head := await reader.readuntil(b"\r\n\r\n"):
                    target = head.split()[1].decode()
                    self.seen.append((number, target))
                    writer.write(await answering(number, target, writer))
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        client = HttpClient(timeout=seconds, verify_tls=True)
        with RequestGate(self.log, self.manners) as gate:
            sender = Sender(client, self.pacer, gate=gate, places=self.wire)
            try:
                return await RequestRow(sender, self.spending, self).run()
            finally:
                client.close()
                server.close()

    def logged(self) -> list[str]:
        """Return what the request log says of each request, without its moment and number."""
        lines = [line.split("\t") for line in self.log.read_text().splitlines()]
        return [
            f"B {line[4].partition(str(self.port))[2]}" if line[0] == "B" else f"E {line[2]}"
            for line in lines
            if line[0] in {"B", "E"}
        ]

    def assert_all_is_given_back(self) -> None:
        """Look at what others wait for."""
        assert self.wire.place().begin_at_once()
        assert self.pacer.turn(f"a.test:{self.port}", "127.0.0.1").begin_at_once()
        assert self.spending.n_asking == 0


async def same(_number: int, _target: str, _writer: asyncio.StreamWriter) -> bytes:
    return SAME


def test_all_are_asked_for_one_after_the_other_over_one_connection(tmp_path: Path) -> None:
    row = Row(tmp_path / "log", ["/1", "/2", "/3"])
    assert asyncio.run(row.run(same)) is None
    assert row.seen == [(1, "/1"), (1, "/2"), (1, "/3")]
    assert row.logged() == ["B /1", "E 304", "B /2", "E 304", "B /3", "E 304"]
    assert (len(row.taken), row.spending.requests) == (3, 3)
    row.assert_all_is_given_back()


@pytest.mark.parametrize(
    ("answer", "is_fault"),
    [(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", False), (b"no HTTP\r\n\r\n", True)],
)
def test_an_answer_that_is_not_taken_ends_the_row(
    tmp_path: Path, answer: bytes, is_fault: bool
) -> None:
    async def one_is_odd(_number: int, target: str, _writer: asyncio.StreamWriter) -> bytes:
        return answer if target == "/2" else SAME

    row = Row(tmp_path / "log", ["/1", "/2", "/3"])
    left = asyncio.run(row.run(one_is_odd))
    assert left is not None
    assert left[0].target == "/2"
    assert isinstance(left[1], ValueError) == is_fault
    assert (row.targets, len(row.taken)) == (["/3"], 1)
    row.assert_all_is_given_back()


@pytest.mark.parametrize("farewell", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_a_connection_that_the_server_closes_is_followed_by_another(
    tmp_path: Path, farewell: bytes
) -> None:
    async def closes(number: int, target: str, writer: asyncio.StreamWriter) -> bytes:
        if (number, target) == (1, "/2"):
            writer.write(farewell)
            writer.close()
            return b""
        return SAME

    row = Row(tmp_path / "log", ["/1", "/2", "/3"])
    assert asyncio.run(row.run(closes)) is None
    assert [target for _, target in row.seen] == ["/1", "/2", "/2", "/3"]
    assert row.logged() == ["B /1", "E 304", "B /2", "E 304", "B /3", "E 304"]
    row.assert_all_is_given_back()


def test_what_the_gate_does_not_let_pass_is_not_sent(tmp_path: Path) -> None:
    row = Row(tmp_path / "log", ["/1", "/2", "/3"], a_day=2)
    with pytest.raises(DayUsedUp):
        asyncio.run(row.run(same))
    assert row.seen == [(1, "/1"), (1, "/2")]
    row.assert_all_is_given_back()


@pytest.mark.parametrize("waits_for", ["answer", "place", "turn"])
def test_a_row_that_is_broken_off_gives_back_what_it_holds(tmp_path: Path, waits_for: str) -> None:
    async def broken_off() -> Row:
        row, asked = Row(tmp_path / "log", ["/1", "/2"]), asyncio.Event()
        others = row.wire.place()

        async def never(_number: int, target: str, _writer: asyncio.StreamWriter) -> bytes:
            asked.set()
            await asyncio.sleep(0 if target == "/1" and waits_for == "turn" else 60)
            return SAME

        if waits_for == "place":
            assert others.begin_at_once()
            asked.set()
        if waits_for == "turn":
            row.pacer = Pacer(host_delay=60.0, address_delay=0.0)
        running = asyncio.create_task(row.run(never))
        await asked.wait()
        while waits_for == "turn" and not row.taken:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()
        others.end()
        row.pacer = row.pacer if waits_for != "turn" else Pacer(host_delay=0.0, address_delay=0.0)
        return row

    asyncio.run(broken_off()).assert_all_is_given_back()
