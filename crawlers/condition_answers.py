"""What servers make of requests under conditions, and of parts that nobody asked for (pure)."""

from __future__ import annotations

import re

from crawlers.answers import Answer, Fault
from storage.accounting import Outcome

# What servers and what protects them say to conditions, where RFC 9110 wants a page or a 304.
_DISLIKES = frozenset({206, 226, 400, 403, 405, 406, 409, 412, 416, 417, 428, 431, 500, 501})
_RANGE = re.compile(r"\s*bytes\s+0-(\d{1,15})/(\d{1,15})\s*", re.IGNORECASE)  # `bytes 0-99/100`


def is_disliked(answer: Answer | Fault) -> bool:
    """Tell whether an answer may be one to the conditions of a request, and not to the request."""
    if isinstance(answer, Fault):
        return answer.reason is Outcome.CONNECTION_RESET
    return answer.status in _DISLIKES or (answer.status == 200 and not answer.body)


def is_part(answer: Answer) -> bool:
    """Tell whether an answer says that it is a part of a page (206) and not all of it."""
    content_range = answer.header("content-range") if answer.status == 206 else ""
    found = _RANGE.fullmatch(content_range)
    return bool(content_range) and (found is None or int(found[1]) + 1 < int(found[2]))
