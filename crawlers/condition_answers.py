"""What servers make of requests under conditions, and of parts that nobody asked for (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.answers import Answer, Fault
from storage.accounting import Outcome

if TYPE_CHECKING:
    from storage.page_archive import Headers

# What servers and what protects them say to conditions, where RFC 9110 wants a page or a 304.
_DISLIKES = frozenset({206, 226, 400, 412, 416, 417, 428, 431, 501})
# What may as well be said of the page: taken for it, once others were had under conditions.
_AMBIGUOUS = frozenset({403, 405, 406, 409, 500})
MAX_HUNG = 2  # pages for which conditions ran into the time-out, and the plain request did not
_RANGE = re.compile(r"\s*bytes\s+0-(\d{1,15})/(\d{1,15}|\*)\s*", re.IGNORECASE)  # `bytes 0-99/100`


def is_disliked(answer: Answer | Fault, *, is_start: bool) -> bool:
    """Tell whether an answer may be one to the conditions of a request, and not to the request.

    Args:
        answer: To a request under conditions.
        is_start: Whether to the first one of the visit.
    """
    if isinstance(answer, Fault):
        return is_start and answer.reason is Outcome.CONNECTION_RESET
    if answer.status in _DISLIKES:
        return True
    is_empty = answer.status == 200 and not answer.body
    return is_start and (answer.status in _AMBIGUOUS or is_empty)


def was_had_without(answer: Answer | Fault, conditions: Headers) -> bool:
    """Tell whether an answer came only when the conditions of its request were left out.

    Args:
        answer: To a request, or to what was asked after it.
        conditions: Of the request.
    """
    if not conditions or isinstance(answer, Fault):
        return False
    return conditions[0] not in answer.exchange.request_headers


def is_part(answer: Answer) -> bool:
    """Tell whether an answer says that it is a part of a page (206) and not all of it."""
    content_range = answer.header("content-range") if answer.status == 206 else ""
    found = _RANGE.fullmatch(content_range)
    if found is None:
        return bool(content_range)
    return found[2] != "*" and int(found[1]) + 1 < int(found[2])
