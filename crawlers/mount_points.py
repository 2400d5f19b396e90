"""Places in a page where scripts mount an application (pure).

Every pattern looks at a bounded stretch and none starts inside another's: the cost is linear.
"""

from __future__ import annotations

import re

_PLACE = re.compile(r"<(div|main|section|body)\b([^<>]{1,500})>", re.IGNORECASE)
_MOUNT_POINT = re.compile(
    r"(?<![\w-])id\s*=\s*[\"']?(?:root|app|__next|__nuxt|___gatsby|__layout|svelte|sapper|main-app|react-root"
    r"|app-root|application|q-app|ember-app|vue-app|react-app|single-spa-application[\w:-]*)[\"'\s]*"
    r"(?:\s|$)|\bdata-(?:reactroot|v-app)\b",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"(?:\s+|<!--[^<>]{0,200}-->|</?(?:div|span|p|i)\b[^<>]{0,300}>|loading|[.…]){0,40}+"
    r"(?:</(?:div|main|section|body|html)|<script|<noscript|$)",
    re.IGNORECASE,
)


def has_mount_point(html: str) -> bool:
    """Tell whether a page has an empty place to mount an application in."""
    return any(
        _MOUNT_POINT.search(tag[2]) and _WAITING.match(html, tag.end())
        for tag in _PLACE.finditer(html)
    )
