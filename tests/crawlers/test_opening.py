from __future__ import annotations

import asyncio

import pytest
from scrapy import Request
from scrapy.http import Response

from crawlers.download_handler import AnsweredResponse
from crawlers.http_messages import HttpAnswer, HttpRequest
from crawlers.opening import MAX_OPENED, OpeningDownloader


def answer(status: int = 200) -> HttpAnswer:
    return HttpAnswer(
        status=status, headers=(), address="127.0.0.1", raw_body=b"", body=b"", is_cut=False
    )


def request(
    host: str, *, is_tls: bool = False, target: str = "/", is_known: bool = False
) -> HttpRequest:
    scheme = "https" if is_tls else "http"
    return HttpRequest(
        url=f"{scheme}://{host}{target}",
        is_tls=is_tls,
        host=host,
        port=443 if is_tls else 80,
        addresses=("127.0.0.1",),
        target=target,
        headers=(),
        max_bytes=1,
        is_known=is_known,
    )


class Client:
    """Answers, and remembers what it was asked behind the engine's back."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def prepare(self) -> None:
        """Do nothing."""

    async def send(self, asked: HttpRequest, on_sent: object = None) -> HttpAnswer:
        self.asked.append(asked.url)
        return answer()


class Engine:
    """Answers as Scrapy's engine does with our handler; faults are raised."""

    def __init__(self) -> None:
        self.client = Client()
        self.asked: list[str] = []
        self.n_starts = 0
        self.fault: Exception | None = None

    async def started(self) -> Engine:
        self.n_starts += 1
        return self

    async def download_async(self, asked: Request) -> Response:
        self.asked.append(asked.url)
        if self.fault:
            raise self.fault
        return AnsweredResponse(asked.url, answer())


def opening(engine: Engine) -> OpeningDownloader:
    return OpeningDownloader(engine.started, engine.client)


def test_the_engine_opens_a_host_and_the_client_behind_it_takes_the_rest() -> None:
    async def ask() -> Engine:
        engine = Engine()
        downloader = opening(engine)
        for target in ("/robots.txt", "/", "/about"):
            await downloader.send(request("a.test", target=target))
        await downloader.send(request("a.test", is_tls=True))
        await downloader.send(request("b.test"))
        return engine

    engine = asyncio.run(ask())
    assert engine.asked == ["http://a.test/robots.txt", "https://a.test/", "http://b.test/"]
    assert engine.client.asked == ["http://a.test/", "http://a.test/about"]


def test_a_host_whose_first_request_fails_is_not_open() -> None:
    async def ask() -> Engine:
        engine = Engine()
        downloader = opening(engine)
        engine.fault = ConnectionResetError("gone")
        with pytest.raises(ConnectionResetError):
            await downloader.send(request("a.test"))
        engine.fault = None
        await downloader.send(request("a.test"))
        return engine

    engine = asyncio.run(ask())
    assert len(engine.asked) == 2
    assert engine.client.asked == []


def test_hosts_remembered_as_open_are_bounded() -> None:
    async def ask() -> Engine:
        engine = Engine()
        downloader = opening(engine)
        for number in (*range(MAX_OPENED + 1), 0, 0):
            await downloader.send(request(f"h{number}.test"))
        return engine

    engine = asyncio.run(ask())
    assert len(engine.asked) == MAX_OPENED + 2
    assert engine.client.asked == ["http://h0.test/"]


def test_another_handler_than_ours_is_refused() -> None:
    class Other(Engine):
        async def download_async(self, asked: Request) -> Response:
            return Response(asked.url)

    with pytest.raises(TypeError, match="DOWNLOAD_HANDLERS"):
        asyncio.run(opening(Other()).send(request("a.test")))


def test_a_website_of_an_earlier_wave_needs_no_engine_until_something_has_changed() -> None:
    async def ask() -> Engine:
        engine = Engine()
        downloader = opening(engine)
        for target in ("/robots.txt", "/"):
            await downloader.send(request("a.test", target=target, is_known=True))
        assert engine.n_starts == 0
        await downloader.prepare()
        await downloader.prepare()
        assert engine.n_starts == 1
        await downloader.send(request("a.test", target="/changed"))
        await downloader.send(request("a.test", target="/next"))
        return engine

    engine = asyncio.run(ask())
    assert engine.asked == ["http://a.test/changed"]
    told = [url.removeprefix("http://a.test") for url in engine.client.asked]
    assert told == ["/robots.txt", "/", "/next"]
