"""When a website has cost enough for what it gives (pure).

The budget of a visit bounds what it may cost; this bounds what it may cost *for nothing*. A visit
that keeps finding pages goes on to its page limit. One that finds errors, repeats and redirects
to what is known is ended long before its budget is: a trap must not be the website that gets the
most requests of all.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage.accounting import MAX_FAILURES_IN_A_ROW, Outcome

MAX_DENIED = 300  # addresses: asking a long robots.txt about each of them costs time, too
FRUITLESS_AT_LEAST = 10  # requests that bring no page, and half as many more as there are pages
FRUITLESS_BEYOND_PAGES = 7  # with the pages kept, beyond the page limit

# An answer that is no page, and yet a sign that the website is well.
_WELL = frozenset({Outcome.NOT_FOUND, Outcome.BAD_RESPONSE, Outcome.TOO_LARGE})


@dataclass(slots=True, kw_only=True)
class Patience:
    """What one visit brought home, and what it cost for nothing.

    Attributes:
        max_pages: Pages kept at most.
        pages: Kept so far.
        denied: Addresses that robots.txt denies; they cost no request.
        fruitless: Requests that brought no page.
        failures_in_a_row: Of the last requests, such as got no proper answer.
    """

    max_pages: int
    pages: int = 0
    denied: int = 0
    fruitless: int = 0
    failures_in_a_row: int = 0

    @property
    def is_over(self) -> bool:
        """Tell whether the visit should end."""
        return (
            self.pages >= self.max_pages
            or self.denied >= MAX_DENIED
            or self.is_worn_out
            or self.fruitless >= FRUITLESS_AT_LEAST + self.pages // 2
            or self.fruitless + self.pages >= self.max_pages + FRUITLESS_BEYOND_PAGES
        )

    @property
    def is_worn_out(self) -> bool:
        """Tell whether the host failed so often in a row that it is left alone."""
        return self.failures_in_a_row >= MAX_FAILURES_IN_A_ROW

    def note_page(self) -> None:
        """Take down that a page was kept."""
        self.pages += 1
        self.failures_in_a_row = 0

    def note_nothing_new(self, n_requests: int) -> None:
        """Take down an answer that holds nothing new: a repeat, or a redirect to a known page."""
        self.fruitless += n_requests
        self.failures_in_a_row = 0

    def note_failure(self, reason: Outcome, n_requests: int, *, is_elsewhere: bool = False) -> None:
        """Take down an address that could not be had.

        Args:
            reason: Why not.
            n_requests: That were sent for it.
            is_elsewhere: Whether on another host than the start page, which may be well.
        """
        if reason is Outcome.REFUSED_ROBOTS:
            self.denied += 1
            return
        self.fruitless += n_requests
        self.failures_in_a_row += reason not in _WELL and not is_elsewhere
