"""A request that gave no page that is kept, as archive and journal hold it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request and what came of it.

    Attributes:
        url: Asked for.
        ended_at: When its answer was there, or its fault (aware, UTC).
        number: Of the attempts for this address; 1 is the first.
        status: HTTP status code; 0 where there was no answer.
        fault: Outcome code where there was no answer; else empty.
        detail: Of the fault, for people.
        location: Where a redirect leads, as written but on one line.
        n_bytes: Of the body as it came over the wire; it is not kept.
        is_final: Whether the address was not asked again for it.
        retry_after: With 429 and 503, what the header of that name says.
        has_cookies: Whether the answer set cookies, which are kept nowhere.
    """

    url: str
    ended_at: datetime
    number: int
    status: int = 0
    fault: str = ""
    detail: str = ""
    location: str = ""
    n_bytes: int = 0
    is_final: bool = True
    has_cookies: bool = False
    retry_after: str = ""

    def fields(self) -> list[tuple[str, str]]:
        """Return what the archive's record says, as ``application/warc-fields``."""
        said = {
            "status": str(self.status or ""),
            "fault": self.fault,
            "detail": self.detail,
            "location": self.location,
            "retry-after": self.retry_after,
            "bytes": str(self.n_bytes) if self.status else "",
        }
        return [
            ("attempt", str(self.number)),
            *((name, value) for name, value in said.items() if value),
        ]


def attempt_from_json(values: dict[str, Any]) -> Attempt:
    """Return an attempt as the journal holds it."""
    ended_at = datetime.fromisoformat(values["ended_at"]).astimezone(UTC)
    return Attempt(**values | {"ended_at": ended_at})
