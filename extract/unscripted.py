"""What a page that scripts are to fill says without them: in its data and beside them (pure).

Frameworks send the text of a page a second time, as JSON for their scripts (``__NEXT_DATA__`` and
the like); some pages hold a version for readers without scripts, and most describe themselves in
their head. None of it is run: strings are taken where they read like sentences.
"""

from __future__ import annotations

import json
import re
from collections import deque
from html import unescape
from typing import TYPE_CHECKING, Any

from extract.cleaning import clean_line, count_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import html

LEAST_WORDS = 4  # of a string in data that is taken for a sentence
LEAST_NOSCRIPT_WORDS = 20  # one that says less asks for scripts
MOST_CHARACTERS = 50_000  # taken from one page
_MOST_JSON = 2_000_000  # characters of one script
_MOST_NODES = 50_000
_OTHER_DATA = ("ld+json", "importmap", "speculationrules")
_MARKUP = re.compile(r"<[^<>]{0,2000}>")
# Code, styles and addresses, which are no sentences.
_NO_SENTENCE = re.compile(
    r"[{}]|=>|://|\bfunction ?\(|\b(?:const|let|var) \w+ ?=|[a-z-]+:[^;]{1,40};"
)


def unscripted_texts(tree: html.HtmlElement) -> tuple[str, ...]:
    """Return the texts that a page holds for its scripts, and for readers without.

    Args:
        tree: The parsed page.

    Returns:
        Each text once, in the order of the page, at most 50 000 characters.
    """
    taken: dict[str, None] = {}
    left = MOST_CHARACTERS
    for text in (*_without_scripts(tree), *_in_data(tree)):
        line = clean_line(text)
        if line not in taken and len(line) <= left:
            taken[line] = None
            left -= len(line)
    return tuple(taken)


def _without_scripts(tree: html.HtmlElement) -> Iterator[str]:
    for element in tree.iter("noscript"):
        # Parsers differ on whether markup in there is markup.
        text = _MARKUP.sub(" ", " ".join(element.itertext()))
        if count_words(text) >= LEAST_NOSCRIPT_WORDS:
            yield text


def _in_data(tree: html.HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        kind = (script.get("type") or "").lower()
        source = script.text or ""
        if "json" not in kind or any(other in kind for other in _OTHER_DATA):
            continue
        if len(source) <= _MOST_JSON:
            yield from _sentences(source)


def _sentences(source: str) -> Iterator[str]:
    try:
        data = json.loads(source.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return  # a stranger's faulty JSON says nothing
    waiting: deque[Any] = deque([data])
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, str):
            text = unescape(_MARKUP.sub(" ", node))
            if count_words(text) >= LEAST_WORDS and not _NO_SENTENCE.search(text):
                yield text
        elif isinstance(node, dict | list):
            # What stands inside comes before what follows, as it does on the page.
            waiting.extendleft(reversed(list(node.values() if isinstance(node, dict) else node)))
