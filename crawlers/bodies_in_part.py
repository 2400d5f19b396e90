"""Answers of which something is missing, and what a second one is worth beside them (pure).

A connection that ended before the body did, or a page in its place that says "not modified" though
nobody asked: a moment later most servers send all of it. One that breaks off the same page again
does so with all of its pages, and is taken at its word from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.answers import Answer, Fault

if TYPE_CHECKING:
    from storage.page_archive import Headers


def is_in_part(answer: Answer | Fault) -> bool:
    """Tell whether a body arrived in part, and not because we take no more of it."""
    if isinstance(answer, Fault) or not 200 <= answer.status < 300:
        return False
    return not answer.whole and not answer.cut


def lacks_something(answer: Answer | Fault, conditions: Headers) -> bool:
    """Tell whether an answer is one to ask for once more.

    Args:
        answer: To a request for a page.
        conditions: That it was asked for under.
    """
    if is_in_part(answer):
        return True
    return isinstance(answer, Answer) and answer.status == 304 and not conditions


def fuller(first: Answer | Fault, second: Answer | Fault) -> Answer | Fault:
    """Return which of two answers to the same request says more; the second where they are alike.

    Args:
        first: One that lacked something.
        second: Had after it.
    """
    if isinstance(second, Fault) or second.status >= 300:
        return first
    if isinstance(first, Fault) or not is_in_part(second):
        return second
    return first if len(second.body) < len(first.body) else second
