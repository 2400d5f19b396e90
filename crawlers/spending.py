"""What one visit has cost so far, and who takes notice of its requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from crawlers.pauses import HostPauses
from crawlers.website_urls import read_address

if TYPE_CHECKING:
    from crawlers.answers import Answer, Fault
    from crawlers.cookies import VisitCookies


class AttemptListener(Protocol):
    """Takes notice of requests that ended."""

    def note(
        self, url: str, result: Answer | Fault, *, number: int, is_final: bool, may_be_page: bool
    ) -> None:
        """Take notice of one.

        Args:
            url: Asked for.
            result: What came of it.
            number: Of the attempts for this address; 1 is the first.
            is_final: Whether the address is not asked again for it.
            may_be_page: Whether a page was asked for, and not some other file.
        """
        ...


@dataclass(slots=True, kw_only=True)
class Spending:
    """What one visit has cost so far, and its cookies; they go to nobody else.

    Attributes:
        requests: Sent, failures included.
        bytes: Received, after content decoding.
        deadline: Moment (monotonic seconds) at which the visit must end.
        answered: Whether the website ever answered.
        has_page: Whether its start page was had.
        knock_seconds: Time for one request until it has; 0 for as much as for any.
        website_url: In whose visit the requests are written down.
        attempts: Takes notice of each request that ended; None where nobody does.
        pauses: What its hosts asked for.
        n_asking: Requests that wait for their turn, or are on their way.
        is_silent: Whether the last request ran out of time.
        is_known: Whether an earlier wave knows the website, of which nothing has changed so far.
        failing: Host that gave nothing but a moment's trouble for the last page, to the end.
        takes_anything: Whether its server is told that any language and media type will do.
        mends_bodies: Whether a body that was broken off is asked for once more: until that was in
            vain.
    """

    request_budget: int
    byte_budget: int
    deadline: float
    website_url: str = ""
    requests: int = 0
    bytes: int = 0
    answered: bool = False
    has_page: bool = False
    knock_seconds: float = 0.0
    cookies: VisitCookies | None = field(default=None)
    attempts: AttemptListener | None = field(default=None)
    pauses: HostPauses = field(default_factory=HostPauses)
    n_asking: int = 0
    is_silent: bool = False
    is_known: bool = False
    failing: str = ""
    takes_anything: bool = False
    mends_bodies: bool = True

    @property
    def is_over(self) -> bool:
        """Tell whether no further request may be sent."""
        return (
            self.requests >= self.request_budget
            or self.bytes >= self.byte_budget
            or monotonic() >= self.deadline
        )

    def note_trouble(self, host: str, *, is_final: bool) -> None:
        """Take down that a host gave nothing but a moment's trouble.

        Args:
            host: That was asked.
            is_final: Whether it is not asked for the same once more.
        """
        self.failing = host if is_final and self.has_page else ""

    def is_over_at(self, url: str) -> bool:
        """Tell whether no further request may be sent to the host of an address."""
        return self.is_over or self.pauses.closed(read_address(url).host) is not None
