"""What servers want to be told before they answer: that any language and media type will do (pure).

Some answer nobody who names no language (406), some fail over it (400, 500). Once a visit such an
answer is reason to ask again with `*` for both, which is what leaving them out means (RFC 9110,
12.5). A refusal (401, 403, 451) is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawlers.answers import Answer
    from crawlers.spending import Spending

ANYTHING = (("Accept", "*/*"), ("Accept-Language", "*"))
_NOT_ACCEPTABLE = 406
_MAY_MISS = frozenset({400, _NOT_ACCEPTABLE, 500})


def misses_something(answer: Answer, spending: Spending) -> bool:
    """Tell whether a server is to be told that anything will do; true once a visit.

    Args:
        answer: To a request; before the first page, and to one without conditions, 400 and 500 may
            mean that, too.
        spending: Of the visit; takes notice.
    """
    if answer.status not in _MAY_MISS or spending.takes_anything:
        return False
    sent = answer.exchange.request_headers
    is_first = not spending.has_page and not any(name.startswith("If-") for name, _ in sent)
    spending.takes_anything = is_first or answer.status == _NOT_ACCEPTABLE
    return spending.takes_anything
