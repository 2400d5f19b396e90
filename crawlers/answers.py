"""What came of a request: an answer, whatever its status, or why there is none (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from storage.accounting import Outcome
    from storage.page_archive import Exchange, Headers


class Answer(NamedTuple):
    """An answer to a request, whatever its status.

    Attributes:
        exchange: As it went over the wire.
        body: With its content encoding undone (bytes).
        cut: Whether the body was broken off on purpose.
        whole: Whether nothing of the body is missing, as far as can be told.
    """

    exchange: Exchange
    body: bytes
    cut: bool = False
    whole: bool = True

    @property
    def status(self) -> int:
        """Return the HTTP status code."""
        return self.exchange.http_status

    def header(self, name: str) -> str:
        """Return the first header of a name, in any case; empty where there is none."""
        return header_of(self.exchange.headers, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no answer, or none that can be used."""

    reason: Outcome
    detail: str


def header_of(headers: Headers, name: str) -> str:
    """Return the first header of a name, in any case; empty where there is none."""
    wanted, length = name.lower(), len(name)
    for key, value in headers:
        if len(key) == length and key.lower() == wanted:
            return value if value.isascii() else _as_meant(value)
    return ""


_OCTETS = re.compile(r"[\x80-\xff]")


def _as_meant(value: str) -> str:
    """Return a header's value with letters beyond ASCII as servers mean them: in UTF-8.

    Where they are in another charset, their octets stand for themselves as they do in addresses,
    which is where such letters occur (`Location`).
    """
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return _OCTETS.sub(lambda found: f"%{ord(found[0]):02X}", value)
