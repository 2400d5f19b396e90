"""A request as it is sent, and what it brings home (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from storage.page_archive import Headers

Place = tuple[bool, str, int]


@dataclass(slots=True, kw_only=True)  # frozen, it takes three times as long to make
class HttpRequest:
    """A GET request and where it may go; nobody changes it but for what arrived of its answer.

    Attributes:
        url: What is asked for, as a whole.
        is_tls: Whether over TLS.
        host: Name, or address in numbers, without brackets.
        port: TCP port.
        addresses: IP addresses of the host that were checked, in the order to try them.
        target: Path and query.
        headers: To be sent, `Host` among them.
        max_bytes: Most bytes of the body, on the wire and once inflated.
        first_bytes: Take no more of the body than about that many bytes; 0 for all of it.
        seconds: Limit of time, from connecting to the last byte; 0 for the client's own.
        is_known: Whether an earlier wave knows its website, of which nothing has changed so far.
        wire_bytes: That arrived of a body, as it came, also where it came to no good end.
        n_bytes: The same, with its content encoding undone.
    """

    url: str
    is_tls: bool
    host: str
    port: int
    addresses: tuple[str, ...]
    target: str
    headers: Headers
    max_bytes: int
    first_bytes: int = 0
    seconds: float = 0.0
    is_known: bool = False
    wire_bytes: int = 0
    n_bytes: int = 0

    @property
    def place(self) -> Place:
        """Return what a connection is made to."""
        return self.is_tls, self.host, self.port

    def as_sent(self) -> bytes:
        """Return the bytes that go over the wire."""
        lines = (f"GET {self.target} HTTP/1.1", *map(": ".join, self.headers), "\r\n")
        return "\r\n".join(lines).encode("latin-1", "replace")


class HttpAnswer(NamedTuple):
    """What a request brought home.

    Attributes:
        address: IP address connected to.
        raw_body: As it came, transfer coding undone.
        body: With its content encoding undone.
        is_cut: Whether the body was broken off on purpose.
        is_whole: Whether nothing of the body is missing, as far as can be told.
    """

    status: int
    headers: Headers
    address: str
    raw_body: bytes
    body: bytes
    is_cut: bool
    is_whole: bool = True
