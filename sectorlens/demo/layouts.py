"""How websites are built: four ways to set the same pages in HTML, from 2005 to today.

Every link is relative, so that pages do not depend on the address and port they are served from.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sectorlens.demo.pages import Block, BlockKind, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_UTF8 = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around the text of every page.

    Attributes:
        colour: Of headings, as in CSS. description: for the meta element, may be empty.
        words: Labels in the website's language.
    """

    language: str
    company: str
    colour: str
    description: str
    cookie: str
    footer: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPage:
    """A page as it is served: path, media type, bytes."""

    path: str
    media_type: str
    body: bytes


def set_article(frame: Frame, pages: tuple[Page, ...]) -> tuple[SetPage, ...]:
    """Set pages in HTML 5 with header, nav, main, article and footer; paths without ending."""

    def one(page: Page) -> SetPage:
        body = (
            f'<header><a href="./"><img src="logo.svg" alt="{escape(frame.company)}"></a>'
            f'<nav aria-label="{escape(frame.words["menu"])}"><ul>{_menu(pages, "")}</ul></nav>'
            f"</header><main><article><h1>{escape(page.heading)}</h1>{_blocks(page, 2)}</article>"
            f"</main>{_cookie(frame)}<footer><p>{escape(frame.footer)}</p></footer>"
        )
        return SetPage(path=f"/{page.slug}", media_type=_UTF8, body=_document(frame, page, body))

    return tuple(one(page) for page in pages)


def set_divisions(frame: Frame, pages: tuple[Page, ...]) -> tuple[SetPage, ...]:
    """Set pages in nested div elements without meaning, the way of many site builders."""

    def one(page: Page) -> SetPage:
        parts = "".join(
            f'<div class="row"><div class="col"><div>{_division(block)}</div></div></div>'
            for block in page.blocks
        )
        body = (
            f'{_cookie(frame)}<div id="wrap"><div class="nav"><ul>{_menu(pages, ".html")}</ul>'
            "</div>"
            f'<div class="hero"><h1>{escape(page.heading)}</h1></div>{parts}'
            f'<div class="foot">{escape(frame.footer)} <a href="#wrap">'
            f"{escape(frame.words['top'])}</a></div></div>"
        )
        return SetPage(
            path=_path(page, ".html"), media_type=_UTF8, body=_document(frame, page, body)
        )

    return tuple(one(page) for page in pages)


def set_one_page(frame: Frame, pages: tuple[Page, ...]) -> tuple[SetPage, ...]:
    """Set all as sections of one long page with anchors; legal notice and privacy stand apart."""
    apart = tuple(page for page in pages if page.key in ("imprint", "privacy"))
    sections = tuple(page for page in pages if page not in apart)
    menu = "".join(
        f'<li><a href="./#{page.key}">{escape(page.label)}</a></li>' for page in sections
    )
    legal = "".join(
        f'<li><a href="{page.slug}.html">{escape(page.label)}</a></li>' for page in apart
    )

    def one(page: Page, shown: tuple[Page, ...]) -> SetPage:
        content = "".join(
            f'<section id="{section.key}"><h2>{escape(section.label)}</h2>{_blocks(section, 3)}'
            "</section>"
            for section in shown
        )
        body = (
            f"<header><h1>{escape(page.heading)}</h1><nav><ul>{menu}</ul></nav></header>{content}"
            f"<footer><ul>{legal}</ul><p>{escape(frame.footer)}</p></footer>{_cookie(frame)}"
        )
        return SetPage(
            path=_path(page, ".html"), media_type=_UTF8, body=_document(frame, page, body)
        )

    return (one(sections[0], sections), *(one(page, (page,)) for page in apart))


def set_tables(frame: Frame, pages: tuple[Page, ...]) -> tuple[SetPage, ...]:
    """Set pages in tables, font elements and ISO 8859-1, as in 2005."""

    def one(page: Page) -> SetPage:
        links = "".join(
            f'<tr><td bgcolor="#EEEEEE"><a href="{_link(entry, ".htm")}">'
            f'<font face="Verdana" size="2">{escape(entry.label)}</font></a></td></tr>'
            for entry in pages
        )
        content = "".join(
            f'<font face="Verdana" size="2">{"<br>".join(map(escape, block.texts))}</font><br><br>'
            for block in page.blocks
        )
        html = (
            '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n<html><head>'
            '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'
            f"<title>{escape(page.title)}</title></head><body bgcolor='white'>"
            f'<table width="800" border="0"><tr><td colspan="2"><b><font size="5" '
            f'color="{frame.colour}">{escape(page.heading)}</font></b></td></tr><tr>'
            f'<td width="160" valign="top"><table>{links}</table></td><td valign="top">{content}'
            f'</td></tr><tr><td colspan="2"><font size="1">{escape(frame.footer)}</font></td></tr>'
            "</table></body></html>\n"
        )
        return SetPage(
            path=_path(page, ".htm"),
            media_type="text/html",
            body=html.encode("iso-8859-1", "xmlcharrefreplace"),
        )

    return tuple(one(page) for page in pages)


LAYOUTS: tuple[Callable[[Frame, tuple[Page, ...]], tuple[SetPage, ...]], ...] = (
    set_article,
    set_divisions,
    set_one_page,
    set_tables,
)


def _path(page: Page, ending: str) -> str:
    return f"/{page.slug}{ending}" if page.slug else "/"


def _link(page: Page, ending: str) -> str:
    return f"{page.slug}{ending}" if page.slug else "./"


def _menu(pages: tuple[Page, ...], ending: str) -> str:
    return "".join(
        f'<li><a href="{_link(page, ending)}">{escape(page.label)}</a></li>' for page in pages
    )


def _cookie(frame: Frame) -> str:
    return (
        f'<div class="cookie-banner" role="dialog"><p>{escape(frame.cookie)}</p>'
        f"<button>{escape(frame.words['accept'])}</button> "
        f"<button>{escape(frame.words['decline'])}</button></div>"
    )


def _blocks(page: Page, level: int) -> str:
    return "".join(_block(block, level) for block in page.blocks)


def _block(block: Block, level: int) -> str:
    texts = [escape(text) for text in block.texts]
    if block.kind is BlockKind.HEADING:
        return f"<h{level}>{texts[0]}</h{level}>"
    if block.kind is BlockKind.ITEMS:
        return "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>"
    if block.kind is BlockKind.QUOTE:
        return f"<blockquote>{texts[0]}</blockquote>"
    if block.kind is BlockKind.LINES:
        return "<address>" + "<br>".join(texts) + "</address>"
    return f"<p>{texts[0]}</p>"


def _division(block: Block) -> str:
    if block.kind is BlockKind.HEADING:
        return f'<span class="h">{escape(block.texts[0])}</span>'
    return "".join(f"<div>{escape(text)}</div>" for text in block.texts)


def _document(frame: Frame, page: Page, body: str) -> bytes:
    description = (
        f'<meta name="description" content="{escape(frame.description)}">'
        if frame.description and page.key == "home"
        else ""
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{frame.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(page.title)}</title>{description}<link rel="stylesheet" href="style.css">'
        f"</head><body>{body}</body></html>\n"
    ).encode()
