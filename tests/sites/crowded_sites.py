"""Websites of the hostile web whose pages stand in crowds of others: break-ins, slips, tongues."""

from __future__ import annotations

from collections.abc import Callable

from hostile_sites import code
from hostile_web import MENU, WORDS, Answering, HostileSite, answer, moved, page
from odd_sites import missing

BELOW = {"services": WORDS[:5], "references": WORDS[5:8], "team": WORDS[8:10]}
PAGES = (
    "/",
    *(f"/{entry}" for entry in MENU),
    "/news",
    *(f"/{entry}/{word}" for entry, words in BELOW.items() for word in words),
)
TONGUES = "af bg cs da de el es et fi fr he hr hu id it ja ko lt lv nl no pl pt ro".split()


def own_words(name: str) -> str:
    """Return a paragraph of words that stand nowhere else."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    return f"<p>{' '.join(code(name, n).translate(letters) for n in range(50))}</p>"


def firm(path: str, *, top: str = "", more: str = "") -> bytes | None:
    """Return what a firm of 20 pages answers; None where it has no such page."""
    if path not in PAGES:
        return None
    links = ("/news", *(f"{path}/{word}" for word in BELOW.get(path.strip("/"), ())))
    html = page(path.strip("/").replace("/", " ") or "home", *links, more=own_words(path) + more)
    return answer(html.replace("<nav>", f"{top}<nav>"))


def among(
    crowd: Callable[[str], str], beside: Answering | None = None, *, on_start: bool = False
) -> Answering:
    """Return a firm with a crowd of links before the menu of each page, or of its start page.

    Args:
        crowd: Path of a page -> links.
        beside: Answers for all other addresses.
        on_start: Whether the links stand on the start page alone.
    """

    def answering(path: str, asked: int) -> bytes:
        top = crowd(path) if path == "/" or not on_start else ""
        if said := firm(path, top=top):
            return said
        other = beside(path, asked) if beside and path != "/robots.txt" else missing()
        assert isinstance(other, bytes)
        return other

    return answering


def anchors(*hrefs: str) -> str:
    return "".join(f'<a href="{href}">{href}</a>' for href in hrefs)


def broken_in(path: str, _: int) -> bytes:
    """Answer as a break-in does: each page is new, leads to thirty others and not to the firm."""
    name = path.strip("/")
    links = anchors(*(f"/buy-{code(name, n)}-online-{n}" for n in range(30)))
    return answer(f"<html lang=en><title>{name}</title>{own_words(name)}{links}</html>")


def spam(_: str) -> str:
    names = (f"/buy-{word}-{other}-online-{n}" for n, (word, other) in enumerate(PAIRS))
    return f'<div style="display:none">{anchors(*names)}</div>'


PAIRS = [(word, other) for word in WORDS[:8] for other in WORDS[8:16]]


def in_tongues(path: str, _: int) -> bytes:
    """Answer for the pages of a firm in some language of its 24, each other than the rest."""
    tongue, _, rest = path.strip("/").partition("/")
    said = firm(f"/{rest}") if tongue in TONGUES else None
    if said is None:
        return missing()
    html = said.partition(b"\r\n\r\n")[2].decode()
    for target in PAGES[1:]:
        html = html.replace(f'href="{target}"', f'href="/{tongue}{target}"')
    html = html.replace(own_words(f"/{rest}"), own_words(path))
    return answer(html.replace("lang=en", f"lang={tongue}"))


def tongues(path: str) -> str:
    return anchors(*(f"/{tongue}{path}" for tongue in TONGUES))


def slips(path: str) -> str:
    number = code(path)[:4]
    return anchors(
        *(f"www.firm{number}.example.com", f"mail{number}@firm.example", f"+43 316 {number} 0"),
        *("{{ item.url }}", "undefined", "[object Object]", "${link}", "<%= url %>", "null"),
    )


def choices(path: str, _: int) -> bytes:
    """Answer for a list that is narrowed down by ever more names in its path."""
    if path != "/range" and not path.startswith("/range/"):
        return missing()
    chosen = path.split("/")[2:]
    left = [word for word in WORDS[:9] if word not in chosen]
    shown = "".join(f"<p>{word} helmet {code(path + word)}</p>" for word in left[::2])
    return answer(
        f"<html lang=en><title>Range</title>{shown}{anchors(*(f'{path}/{w}' for w in left))}</html>"
    )


def splash(path: str, _: int) -> bytes:
    """Answer with a picture as a start page, whose link has the name of a start page."""
    if path == "/":
        return answer('<html><map name=m><area coords="0,0,9,9" href="start.php"></map></html>')
    return firm("/" if path == "/start.php" else path) or missing()


def framed(path: str, _: int) -> bytes:
    """Answer with a frame for the menu, and one for the page that is shown first."""
    if path == "/":
        return answer(
            "<html><frameset><frame src=/nav.html><frame src=/home.htm></frameset></html>"
        )
    if path == "/nav.html":
        return answer(f"<html><base target=main>{anchors(*PAGES[1:])}</html>")
    return firm("/" if path == "/home.htm" else path) or missing()


ARTICLES = tuple(f"/2026/{n % 9 + 1:02d}/{word}" for n, word in enumerate(WORDS[:12]))
OF_BLOG = ("/", *(f"/{entry}" for entry in MENU), *ARTICLES)


def blog(path: str, _: int) -> bytes:
    """Answer as a blog: months, categories, tags and short addresses beside each of its pages."""
    teasers = [f"<h2>{one}</h2><p>{own_words(one)[:90]}" for one in ARTICLES]
    aside = anchors(
        *(f"/2026/{month:02d}/" for month in range(1, 10)),
        *(f"/category/{word}" for word in WORDS[12:]),
        *(f"/?p={100 + n}" for n in range(len(ARTICLES))),
        *("/author/anna", "/?s=drones", "/feed/"),
    )
    if path.startswith("/?p="):
        return moved(ARTICLES[int(path[4:]) - 100], status=301)
    if path in OF_BLOG:
        links = ARTICLES[:5]
        if path in ARTICLES:  # the one before
            links = ARTICLES[ARTICLES.index(path) - 1 :][:1]
        return answer(page(path[1:] or "home", more=own_words(path) + anchors(*links) + aside))
    if not path.endswith("/") and not path.startswith(("/category", "/author", "/?s=")):
        return missing()
    shown = int(code(path), 16) % 9
    listed = "".join(teasers[shown : shown + 4]) + anchors(*ARTICLES[shown : shown + 4])
    return answer(page(path, more=listed + aside))


def crowded_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    found: dict[str, Answering] = {
        "broken_in": among(spam, broken_in, on_start=True),
        "broken_in_everywhere": among(spam, broken_in),
        "in_many_tongues": among(tongues, in_tongues),
        "dead_and_telling": among(
            lambda path: anchors(*(f"/{word}-{code(path, n)}" for n, word in enumerate(MENU)))
        ),
        "choices_in_path": among(lambda _: anchors("/range"), choices),
    }
    few = {
        "slips": among(slips),
        "splash": splash,
        "framed": framed,
    }
    n_start = {"splash": ("/start.php",), "framed": ("/nav.html", "/home.htm")}
    return (
        {"blog": HostileSite(blog, pages=OF_BLOG, most=len(OF_BLOG) + 9)}
        | {
            name: HostileSite(said, pages=PAGES, most=len(PAGES) + 13)
            for name, said in found.items()
        }
        | {
            name: HostileSite(said, pages=(*PAGES, *n_start.get(name, ())), most=len(PAGES) + 9)
            for name, said in few.items()
        }
    )
