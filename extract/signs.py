"""Signs that a page holds no text of a business: parked, in error, or made by scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extract.cleaning import count_words
from extract.phrases import pattern

if TYPE_CHECKING:
    from lxml import html

# A real page may speak of parking or of error 404; a parking or error page says little else.
_LONGEST_PARKING_PAGE = 150  # words
_LONGEST_ERROR_PAGE = 120  # words
_LONGEST_SHELL = 30  # words
_SCRIPT_HEAVY = 2_000  # characters of inline script

_MOUNT_POINTS = frozenset(
    [
        "root",
        "app",
        "__next",
        "__nuxt",
        "___gatsby",
        "svelte",
        "main-app",
        "react-root",
        "app-root",
        "application",
        "q-app",
    ]
)


def is_parked(title: str, text: str) -> bool:
    """Tell whether a page says that its domain is for sale, reserved or not yet in use."""
    if count_words(text) > _LONGEST_PARKING_PAGE:
        return False
    parked = pattern("parked")
    return bool(parked.search(title) or parked.search(text))


def is_error_page(title: str, text: str) -> bool:
    """Tell whether a page that was answered with success says that there is none (soft 404)."""
    if count_words(text) > _LONGEST_ERROR_PAGE:
        return False
    # The opening alone: a short page may well mention an error further down.
    opening = "\n".join(text.split("\n")[:4])
    error = pattern("error_page", flags=re.IGNORECASE | re.MULTILINE)
    return bool(error.search(title) or error.search(opening))


def is_script_shell(tree: html.HtmlElement, n_words: int) -> bool:
    """Tell whether a page holds next to no text because scripts are to make it.

    Args:
        tree: The parsed page.
        n_words: Words that could be read without running scripts.
    """
    if n_words >= _LONGEST_SHELL:
        return False
    scripts = list(tree.iter("script"))
    runs = [script for script in scripts if "json" not in (script.get("type") or "")]
    if not runs:
        return False
    if any(
        _is_empty_mount_point(element) for element in tree.iter("div", "main", "body", "section")
    ):
        return True
    if any(_is_custom(element.tag) for element in tree.iter() if isinstance(element.tag, str)):
        return True
    asks = pattern("asks_for_scripts", flags=re.IGNORECASE | re.DOTALL)
    if any(asks.search("".join(element.itertext())) for element in tree.iter("noscript")):
        return True
    return n_words < 5 and sum(len(script.text or "") for script in runs) > _SCRIPT_HEAVY


def _is_empty_mount_point(element: html.HtmlElement) -> bool:
    if (element.get("id") or "").lower() not in _MOUNT_POINTS and element.get(
        "data-reactroot"
    ) is None:
        return False
    return count_words(" ".join(element.itertext())) < 5


def _is_custom(tag: str) -> bool:
    # Elements with a hyphen are made by scripts (app-root, flutter-view).
    return "-" in tag and not tag.startswith(("font-", "annotation-", "color-"))
