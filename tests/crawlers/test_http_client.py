from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from crawlers import large_bodies
from crawlers.http_client import HttpClient
from crawlers.http_messages import HttpAnswer, HttpRequest
from storage.content_encoding import BodyTooLarge

Answering = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Server:
    """A server that answers as a test wants; counts connections."""

    answer: Answering
    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head)
                await self.answer(number, reader, writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()


def run(
    answer: Answering, *targets: str, timeout: float = 5.0, **options: int
) -> tuple[Server, list[HttpAnswer | BaseException]]:
    """Ask a server for targets one after the other with one client."""

    async def ask() -> tuple[Server, list[HttpAnswer | BaseException]]:
        server = Server(answer)
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        client = HttpClient(timeout=timeout, verify_tls=True)
        results: list[HttpAnswer | BaseException] = []
        for target in targets:
            wanted = request(server.port, target, **options)
            results += await asyncio.gather(client.send(wanted), return_exceptions=True)
        client.close()
        listening.close()
        return server, results

    return asyncio.run(ask())


def request(port: int, target: str = "/", **options: int) -> HttpRequest:
    values = {"max_bytes": 1_000_000, "first_bytes": 0} | options
    return HttpRequest(
        url=f"http://name.test:{port}{target}",
        is_tls=False,
        host="name.test",
        port=port,
        addresses=("127.0.0.1",),
        target=target,
        headers=(("Host", "name.test"),),
        **values,
    )


async def say_ok(_number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


def test_requests_to_one_host_share_a_connection() -> None:
    server, answers = run(say_ok, "/a?b", "/c", "/d")
    assert [getattr(answer, "body", None) for answer in answers] == [b"ok"] * 3
    assert server.connections == 1
    assert server.requests[0] == b"GET /a?b HTTP/1.1\r\nHost: name.test\r\n\r\n"
    assert isinstance(answers[0], HttpAnswer)
    assert answers[0].address == "127.0.0.1"


@pytest.mark.parametrize("status", [408, 421])
def test_a_farewell_to_a_connection_that_waited_is_no_answer(status: int) -> None:
    connections: list[int] = []

    async def once(number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
        farewell = b"HTTP/1.1 %d Bye\r\nContent-Length: 0\r\n\r\n" % status
        writer.write(farewell if number in connections else OK)
        connections.append(number)

    _, answers = run(once, "/a", "/b", "/c")
    assert [getattr(answer, "status", None) for answer in answers] == [200] * 3
    assert connections == [1, 1, 2, 3], "none is held open to that place any more"


def test_an_answer_of_408_to_a_first_request_stands() -> None:
    async def late(_number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n")

    server, answers = run(late, "/a")
    assert [getattr(answer, "status", None) for answer in answers] == [408]
    assert server.connections == 1


def test_a_connection_that_the_server_closed_in_between_is_made_anew() -> None:
    async def once(_number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)  # says nothing of closing
        await writer.drain()
        writer.close()

    server, answers = run(once, "/a", "/b")
    assert [getattr(answer, "status", None) for answer in answers] == [200, 200]
    assert server.connections == 2


def test_a_server_that_drips_is_left_in_time() -> None:
    dripped = 0

    async def drip(_number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
        nonlocal dripped
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            dripped += 1
            await asyncio.sleep(0.05)

    _, (fault,) = run(drip, "/", timeout=0.4)
    assert isinstance(fault, TimeoutError)
    assert 0 < dripped < 100


def test_an_announced_body_beyond_the_cap_is_not_read() -> None:
    async def huge(_number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()

    _, (fault,) = run(huge, "/")
    assert isinstance(fault, BodyTooLarge)
    _, (answer,) = run(huge, "/", first_bytes=1000)
    assert isinstance(answer, HttpAnswer)
    assert answer.is_cut
    assert 1000 <= len(answer.body) < 1_000_000


def test_a_reset_is_told() -> None:
    async def reset(_number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
        transport: asyncio.WriteTransport = writer.transport
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        await writer.drain()
        transport.abort()

    _, (fault,) = run(reset, "/")
    assert isinstance(fault, ConnectionError)


def test_a_closed_port_is_told_and_the_next_address_tried() -> None:
    async def ask() -> tuple[HttpAnswer, BaseException | HttpAnswer]:
        server = Server(say_ok)
        listening = await asyncio.start_server(server.handle, "127.0.0.2", 0)
        port = listening.sockets[0].getsockname()[1]
        client = HttpClient(timeout=5, verify_tls=True)
        wanted = HttpRequest(
            url="http://name.test/",
            is_tls=False,
            host="name.test",
            port=port,
            addresses=("127.0.0.3", "127.0.0.2"),
            target="/",
            headers=(),
            max_bytes=100,
        )
        answer = await client.send(wanted)
        client.close()
        (fault,) = await asyncio.gather(client.send(request(port)), return_exceptions=True)
        listening.close()
        return answer, fault

    answer, fault = asyncio.run(ask())
    assert answer.address == "127.0.0.2"
    assert isinstance(fault, ConnectionRefusedError)


def test_what_is_no_tls_is_a_tls_failure() -> None:
    async def ask() -> BaseException | HttpAnswer:
        server = Server(say_ok)
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        wanted = HttpRequest(
            url="https://name.test/",
            is_tls=True,
            host="name.test",
            port=port,
            addresses=("127.0.0.1",),
            target="/",
            headers=(),
            max_bytes=100,
        )
        (fault,) = await asyncio.gather(
            HttpClient(timeout=2, verify_tls=True).send(wanted), return_exceptions=True
        )
        listening.close()
        return fault

    assert isinstance(asyncio.run(ask()), (ssl.SSLError, ConnectionError, TimeoutError))


def test_few_bodies_are_large_at_a_time_and_all_arrive() -> None:
    size = 3 * large_bodies.LARGE_BYTES
    number = 4 * large_bodies.LARGE_AT_ONCE
    under_way: list[int] = []

    async def large(_number: int, _reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(12):
            writer.write(b"x" * (size // 12))
            await writer.drain()

    async def ask() -> list[HttpAnswer]:
        server = Server(large)
        listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        client = HttpClient(timeout=5, verify_tls=True)
        wanted = request(port, max_bytes=2 * size)
        answers = await asyncio.gather(*(client.send(wanted) for _ in range(number)))
        under_way.append(server.connections)
        client.close()
        listening.close()
        return answers

    answers = asyncio.run(ask())
    assert {len(answer.body) for answer in answers} == {size}
    assert under_way == [number]
