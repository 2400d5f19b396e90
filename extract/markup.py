"""From characters to a tree, and what a page says of itself beside its text."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree, html

from extract.cleaning import MAXIMUM_FIELD_CHARACTERS, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_PAGE_CHARACTERS = 4_000_000
_MAXIMUM_JSON_CHARACTERS = 300_000
_MOST_DESCRIPTIONS = 10
_MOST_TITLES = 20
_KEPT_WHEN_FLATTENED = "html|head|body|title|meta|script|style|template|noscript|select|textarea"
# Bounded, so that a page of a million "<a" without an end costs no quadratic time.
_OTHER_TAG = re.compile(
    rf"</?(?!(?:{_KEPT_WHEN_FLATTENED})\b)[a-zA-Z][^<>]{{0,2000}}>", re.IGNORECASE
)
_ARTICLE_TYPE = re.compile(r'"@type"\s*:\s*"(?:\w*Article|BlogPosting)"')
_ORGANISATION_TYPES = re.compile(
    r"organi[sz]ation|business|corporation|store|\wservice|company|agency|shop|restaurant|hotel"
    r"|lodging|contractor|dealer|clinic|attorney|website$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHead:
    """What a page says of itself.

    Attributes:
        description: Meta description, Open Graph description and those of the organisation in
            JSON-LD, each once, joined by a space.
        declared_language: Of the html element, as written; often wrong.
        structured: The organisation's descriptions alone (JSON-LD).
    """

    title: str
    description: str
    declared_language: str
    structured: tuple[str, ...]


def parse_markup(characters: str) -> html.HtmlElement | None:
    """Parse a page of any quality; None where nothing of HTML is in it.

    libxml2 drops all that follows a nesting of 256 elements; such a page is flattened and parsed
    again, so that its text is kept.
    """
    page = characters[:MAXIMUM_PAGE_CHARACTERS]
    tree, too_deep = _parse(page)
    if too_deep:
        tree, _ = _parse(_OTHER_TAG.sub("<p>", page))
    return tree


def read_head(tree: html.HtmlElement) -> PageHead:
    """Return the page's title, description and declared language, cleaned and capped."""
    metas = _meta_contents(tree)
    structured = tuple(dict.fromkeys(islice(_organisation_descriptions(tree), _MOST_DESCRIPTIONS)))
    title = clean_line(_title(tree) or metas.get("og:title", ""), limit=MAXIMUM_FIELD_CHARACTERS)
    descriptions = [metas.get("description", ""), metas.get("og:description", ""), *structured]
    parts = [clean_line(description) for description in descriptions]
    distinct: list[str] = []
    for part in parts:
        if part and not any(part in known for known in distinct):
            distinct.append(part)
    return PageHead(
        title=title,
        description=" ".join(distinct)[:MAXIMUM_FIELD_CHARACTERS],
        declared_language=clean_line(tree.get("lang") or tree.get("xml:lang") or "", limit=20),
        structured=structured,
    )


def declares_article(tree: html.HtmlElement) -> bool:
    """Tell whether a page calls itself an article (Open Graph, schema.org): news, a blog post."""
    if any(
        meta.get("property") == "og:type" and (meta.get("content") or "").lower() == "article"
        for meta in tree.iter("meta")
    ):
        return True
    return any(
        _ARTICLE_TYPE.search(script.text)
        for script in tree.iter("script")
        if script.text and "ld+json" in (script.get("type") or "").lower()
    )


def structured_data(tree: html.HtmlElement) -> Iterator[dict[str, Any]]:
    """Give every JSON-LD object of a page, nested ones too; what is no JSON is passed over."""
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            yield from json_objects(script.text)


def json_objects(source: str) -> Iterator[dict[str, Any]]:
    """Give every object in a JSON text, outer ones first; nothing where it cannot be read."""
    if len(source) > _MAXIMUM_JSON_CHARACTERS:
        return
    try:
        # strict=False: pages carry raw line breaks inside strings.
        waiting = deque([json.loads(source.strip().rstrip(";"), strict=False)])
    except (ValueError, RecursionError):
        return  # a stranger's faulty JSON says nothing; the page's text still does
    while waiting:
        node = waiting.popleft()
        if isinstance(node, dict):
            yield node
            waiting.extend(value for value in node.values() if isinstance(value, dict | list))
        elif isinstance(node, list):
            waiting.extend(value for value in node if isinstance(value, dict | list))


def is_organisation(node: dict[str, Any]) -> bool:
    """Tell whether a JSON-LD object describes an organisation or its website."""
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and _ORGANISATION_TYPES.search(name) for name in names)


def _parse(page: str) -> tuple[html.HtmlElement | None, bool]:
    parser = html.HTMLParser(
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
    )
    try:
        tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None, False
    too_deep = any("xcessive depth" in entry.message for entry in parser.error_log)
    return tree, too_deep


def _title(tree: html.HtmlElement) -> str:
    for element in islice(tree.iter("title"), _MOST_TITLES):
        # Titles stand in inline drawings too.
        if not any(ancestor.tag == "svg" for ancestor in element.iterancestors()):
            return "".join(element.itertext())
    return ""


def _meta_contents(tree: html.HtmlElement) -> dict[str, str]:
    contents: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").strip().lower()
        if name and meta.get("content"):
            contents.setdefault(name, meta.get("content"))
    return contents


def _organisation_descriptions(tree: html.HtmlElement) -> Iterator[str]:
    for node in structured_data(tree):
        described = node.get("description")
        if isinstance(described, str) and is_organisation(node):
            yield clean_line(described, limit=MAXIMUM_FIELD_CHARACTERS)
