"""From a unit to its websites: every path's answer, well-behaved or not."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from sectorlens.demo.identity import make_firm
from sectorlens.demo.layouts import LAYOUTS, Frame, set_one_page
from sectorlens.demo.pages import Author
from sectorlens.demo.population import loopback_address, sectors_of
from sectorlens.demo.texts import load_activities, load_language, write_sentence
from sectorlens.demo.world import DemoUnit, DemoWebsite, Firm, Response, Situation, seeded

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from sectorlens.demo.pages import Page

_COLOURS = ("#1f4e79", "#7a3b2e", "#2f6b3a", "#5b3a78", "#a05a00", "#1b6f73")
_TEXT = "text/plain; charset=utf-8"
_SLOW_SECONDS = 1.2
_ERRORS = {Situation.NOT_FOUND: 404, Situation.SERVER_ERROR: 500, Situation.FORBIDDEN: 403}
_LOOP = {
    "/": Response(status=302, location="/start"),
    "/start": Response(status=302, location="/"),
}
# What ordinary websites say in robots.txt; the empty one has no such file.
_ROBOTS = ("", "User-agent: *\nDisallow:\n", "User-agent: *\nDisallow: /admin/\nDisallow: /cart\n")


def make_websites(seed: int, units: Sequence[DemoUnit]) -> tuple[DemoWebsite, ...]:
    """Build all websites that the units' register entries lead to, sorted by first mention."""
    websites: list[DemoWebsite] = []
    served: set[str] = set()
    for position, unit in enumerate(units):
        for number, host in enumerate(unit.hosts):
            if host in served:
                continue
            served.add(host)
            owners = tuple(other for other in units if host in other.hosts)
            draw = seeded(seed, len(units), "website", position, number)
            websites += _build(host, owners, draw, position)
    return tuple(websites)


def _build(
    host: str, owners: tuple[DemoUnit, ...], draw: random.Random, position: int
) -> list[DemoWebsite]:
    """Return the website at `host`; two where it has moved."""
    unit = owners[0]
    website = DemoWebsite(
        host=host,
        situation=unit.situation,
        language=unit.firm.language,
        unit_ids=tuple(owner.unit_id for owner in owners),
    )
    situation = unit.situation
    if situation is Situation.DEAD:
        return [replace(website, listens=False)]
    if situation is Situation.MOVED:
        target = loopback_address(65, position)
        moved = Response(status=301, location="/", moved_to=target)
        robots = {"/robots.txt": Response(status=404)}
        return [
            replace(website, responses=robots, missing=moved),
            replace(website, host=target, unit_ids=(), responses=_ordinary(owners, draw)),
        ]
    responses, missing = _answers(situation, owners, draw)
    return [replace(website, responses=responses, missing=missing)]


def _answers(
    situation: Situation, owners: tuple[DemoUnit, ...], draw: random.Random
) -> tuple[dict[str, Response], Response]:
    """Return the answers by path and the answer to all other paths."""
    missing = Response(status=404, body=_message("404"))
    no_robots = {"/robots.txt": missing}
    if situation in _ERRORS:
        status = _ERRORS[situation]
        return no_robots, Response(status=status, body=_message(str(status)))
    if situation is Situation.PARKED:
        return {**no_robots, "/": _parked(owners[0], draw)}, missing
    if situation is Situation.REDIRECT_LOOP:
        return no_robots | _LOOP, missing
    if situation is Situation.SCRIPT_ONLY:
        return no_robots | _script_only(owners, draw), missing
    responses = _ordinary(owners, draw)
    if situation is Situation.ROBOTS_DENIED:
        body = b"User-agent: *\nDisallow: /\n"
        responses["/robots.txt"] = Response(media_type=_TEXT, body=body)
    elif situation is Situation.ROBOTS_ERROR:
        responses["/robots.txt"] = Response(status=503, media_type=_TEXT, body=b"try later\n")
    elif situation is Situation.SLOW:
        responses = {
            path: replace(answer, delay=_SLOW_SECONDS) for path, answer in responses.items()
        }
    return responses, missing


def _ordinary(owners: tuple[DemoUnit, ...], draw: random.Random) -> dict[str, Response]:
    unit = owners[0]
    firms = tuple(owner.firm for owner in owners)
    activities = unit.activities
    if unit.situation is Situation.OTHER_COMPANY:
        firms, activities = _stranger(unit, draw)
    author = _author(firms, activities, draw)
    layout = draw.choice(LAYOUTS)
    pages = author.write_pages(all_sections=layout is set_one_page)
    frame = _frame(author, draw)
    responses = {
        page.path: Response(media_type=page.media_type, body=page.body)
        for page in layout(frame, pages)
    }
    robots = draw.choice(_ROBOTS)
    if robots:
        responses["/robots.txt"] = Response(media_type=_TEXT, body=robots.encode())
    style = (
        f"body{{font-family:sans-serif;margin:2em auto;max-width:60em}}h1{{color:{frame.colour}}}\n"
    )
    responses["/style.css"] = Response(media_type="text/css; charset=utf-8", body=style.encode())
    responses["/logo.svg"] = Response(media_type="image/svg+xml", body=_logo(frame))
    return responses


def _stranger(unit: DemoUnit, draw: random.Random) -> tuple[tuple[Firm, ...], tuple[str, ...]]:
    """Invent the company that an outdated register entry leads to: other name, trade, numbers."""
    keys = [entry.key for entry in load_activities() if entry.key not in unit.activities]
    activity = draw.choice(keys)
    texts = load_language(unit.firm.language)
    firm = unit.firm
    while firm.city == unit.firm.city or firm.founder.split()[-1] in unit.firm.legal_name:
        firm = make_firm(texts, texts.activities[activity].name, 12, unit.firm.region, draw)
    return (firm,), (activity,)


def _author(firms: tuple[Firm, ...], activities: tuple[str, ...], draw: random.Random) -> Author:
    texts = load_language(firms[0].language)
    told = tuple(texts.activities[key] for key in activities)
    return Author(firms, texts, told, sectors_of(activities), draw)


def _frame(author: Author, draw: random.Random) -> Frame:
    sentences = author.texts.sentences
    items = ", ".join(author.activities[0].items)
    company = author.facts["company"]
    return Frame(
        language=author.texts.language,
        company=company,
        colour=draw.choice(_COLOURS),
        description=f"{company}: {items}" if draw.random() < 0.5 else "",
        cookie=draw.choice(sentences["cookie"]),
        footer=write_sentence(draw.choice(sentences["footer"]), author.facts, draw),
        words=author.texts.words,
    )


def _logo(frame: Frame) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40" role="img">'
        f'<rect width="160" height="40" rx="8" fill="{frame.colour}"/></svg>\n'
    ).encode()


def _parked(unit: DemoUnit, draw: random.Random) -> Response:
    text = draw.choice(load_language(unit.firm.language).sentences["parked"])
    body = (
        f'<!DOCTYPE html>\n<html lang="{unit.firm.language}"><head><meta charset="utf-8">'
        f"<title>{escape(unit.firm.email.partition('@')[2])}</title></head><body><h1>"
        f"{escape(unit.firm.email.partition('@')[2])}</h1><p>{escape(text)}</p></body></html>\n"
    )
    return Response(body=body.encode())


def _script_only(owners: tuple[DemoUnit, ...], draw: random.Random) -> dict[str, Response]:
    """Build a page whose text only a browser sees: an empty shell and a script that writes it."""
    unit = owners[0]
    author = _author((unit.firm,), unit.activities, draw)
    pages = author.write_pages(all_sections=True)
    needed = author.texts.sentences["script_needed"][0]
    shell = (
        f'<!DOCTYPE html>\n<html lang="{unit.firm.language}"><head><meta charset="utf-8">'
        f"<title>{escape(unit.firm.website_name)}</title>"
        '<script>window.__state={"route":"/","ready":false,"locale":"'
        f'{unit.firm.language}"}};window.__queue=[];function track(e){{window.__queue.push(e)}}'
        "</script></head><body>"
        f'<noscript>{escape(needed)}</noscript><div id="root"></div>'
        '<script src="vendor.js"></script><script src="app.js"></script></body></html>\n'
    )
    script = "text/javascript; charset=utf-8"
    return {
        "/": Response(body=shell.encode()),
        "/vendor.js": Response(media_type=script, body=b"window.vendor={version:'1.0'};\n"),
        "/app.js": Response(media_type=script, body=_script(pages)),
    }


def _script(pages: tuple[Page, ...]) -> bytes:
    content = [
        [page.heading, [text for block in page.blocks for text in block.texts]] for page in pages
    ]
    return (
        f"const content={json.dumps(content)};\n"
        'const root=document.getElementById("root");\n'
        "const add=(tag,text)=>{const e=document.createElement(tag);e.textContent=text;"
        "root.appendChild(e)};\n"
        'for(const [heading,texts] of content){add("h2",heading);'
        'for(const text of texts)add("p",text)}\n'
    ).encode()


def _message(text: str) -> bytes:
    return f"<!DOCTYPE html>\n<title>{text}</title><body>{text}</body>\n".encode()
