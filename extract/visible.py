"""The text that a visitor sees, block by block, in the order of the page.

Company home pages are no articles: their text stands in cards, lists and banners. So all that is
shown counts, but for what serves to get about (menus, footers) and what asks for consent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from extract.cleaning import clean_blocks, count_words
from extract.phrases import pattern

if TYPE_CHECKING:
    from lxml import html

LITTLE_TEXT = 20  # words

# fmt: off
_NEVER_SHOWN = frozenset([
    "script", "style", "template", "noscript", "svg", "math", "canvas", "object", "embed",
    "iframe", "audio", "video", "map", "head", "select", "option", "datalist", "textarea",
    "meta", "link", "base", "param", "noframes", "title",
])
_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd",
    "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
    "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li",
    "main", "menu", "nav", "ol", "optgroup", "p", "pre", "search", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
])
# fmt: on
_CHROME_TAGS = frozenset(["nav", "footer"])
_CHROME_ROLES = frozenset(["navigation", "contentinfo", "menubar", "menu", "search"])
_CHROME_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|topnav|breadcrumbs?|offcanvas|main-?menu|mobile-?menu"
    r"|site-?footer|page-?footer|skip-?link|language-?(?:switcher|selector))(?:$|[\s])",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WHOLE_PAGE = frozenset(["html", "body", "main", "article"])
# Decoding leaves no such character in a page, so it can stand for a break that was written.
_BREAK = "\x1f"
_BLOCK_BREAK = re.compile(r"\x1f\s*(?:\x1f\s*)+")
_LONGEST_CONSENT_NOTICE = 70  # words


def visible_blocks(tree: html.HtmlElement) -> tuple[str, ...]:
    """Return the blocks of text a visitor sees, without menus, footers and consent notices.

    Where that leaves fewer than `LITTLE_TEXT` words, menus and footers are read too (pages that
    are all links), and where that still leaves little, what is hidden at first and the texts
    that stand in for images.
    """
    blocks = _walk(tree, chrome=False, hidden=False)
    if _words(blocks) < LITTLE_TEXT:
        blocks = _walk(tree, chrome=True, hidden=False)
    if _words(blocks) < LITTLE_TEXT:
        blocks = _walk(tree, chrome=True, hidden=True)
    return without_consent_notices(blocks)


def all_blocks(tree: html.HtmlElement) -> tuple[str, ...]:
    """Return every block of text, menus, footers and hidden parts included."""
    return _walk(tree, chrome=True, hidden=True)


def without_consent_notices(blocks: tuple[str, ...]) -> tuple[str, ...]:
    """Drop short blocks that ask the visitor to agree to cookies, wherever they stand."""
    cookie, consent = pattern("cookie"), pattern("consent")
    return tuple(
        block
        for block in blocks
        if not (
            cookie.search(block)
            and consent.search(block)
            and count_words(block) <= _LONGEST_CONSENT_NOTICE
        )
    )


def _words(blocks: tuple[str, ...]) -> int:
    return sum(map(count_words, blocks))


def _walk(tree: html.HtmlElement, *, chrome: bool, hidden: bool) -> tuple[str, ...]:
    # iterwalk keeps its stack in C: no page is nested too deep for it.
    walker = etree.iterwalk(tree, events=("start", "end"))
    lines: list[str] = []
    current: list[str] = []
    skipped: etree._Element | None = None
    for event, element in walker:
        tag = element.tag
        if event == "start":
            if _is_left_out(element, chrome=chrome, hidden=hidden):
                walker.skip_subtree()
                skipped = element
                continue
            if tag in _BLOCKS:
                _end_block(current, lines)
            current.append(_own_text(element, with_images=hidden))
            continue
        if tag in _BLOCKS and element is not skipped:
            _end_block(current, lines)
        if element.tail:
            # Left-out elements part the text around them as the blocks they are.
            if tag in _BLOCKS:
                _end_block(current, lines)
            current.append(element.tail)
    _end_block(current, lines)
    return clean_blocks(lines)


def _own_text(element: etree._Element, *, with_images: bool) -> str:
    if element.tag == "br":
        return _BREAK
    if element.tag == "img":
        alternative = element.get("alt") or ""
        return f"{_BREAK * 2}{alternative}{_BREAK * 2}" if with_images else " "
    return element.text or ""


def _end_block(current: list[str], lines: list[str]) -> None:
    if current:
        lines.extend(_BLOCK_BREAK.split("".join(current)))
        current.clear()


def _is_left_out(element: etree._Element, *, chrome: bool, hidden: bool) -> bool:
    tag = element.tag
    if not isinstance(tag, str) or tag in _NEVER_SHOWN:
        # A head that swallowed the body's text (broken mark-up) is still no text.
        return True
    if tag in _WHOLE_PAGE or (not element.attrib and tag not in _CHROME_TAGS):
        return False
    names = f"{element.get('id', '')} {element.get('class', '')}"
    if pattern("consent_names").search(names):
        return True
    if not hidden and _is_hidden(element):
        return True
    return not chrome and _is_chrome(element, names)


def _is_hidden(element: etree._Element) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN_STYLE.search(element.get("style", "")))


def _is_chrome(element: etree._Element, names: str) -> bool:
    if element.tag in _CHROME_TAGS:
        return True
    return element.get("role") in _CHROME_ROLES or bool(_CHROME_NAMES.search(names))
