"""A unit's documents cut into the few passages that tell most about its business (pure)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from classify.passage_roles import Role, is_legal_page, role_of
from classify.placeholders import own_text
from storage.records.assessment import Passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from storage.records.text import Document

# Part of every model's and prediction's digest: raise it when the same documents give others.
PASSAGE_RULE = "3"
PASSAGES_A_UNIT = 12
_FEWEST_WORDS = 60
_MOST_WORDS = 120
_MOST_CHARACTERS = 900  # for scripts that set no spaces, and for words without end
_READ_CHARACTERS = 20_000  # of one document; what a business says of itself comes early
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
# Word beginnings in a page's path or title, in the languages that are read.
_BUSINESS = re.compile(
    r"\b(about|ueber|über|uber-uns|wir-ueber|qui-sommes|a-propos|à-propos|apropos|quienes|sobre|"
    r"nosotros|empresa|chi-siamo|azienda|over-ons|wie-zijn|o-nas|o-firmie|firma|company|entreprise|"
    r"unternehmen|bedrijf|profil|mission|service|diensten|dienst|leistung|prestation|servic|servizi|"
    r"uslugi|usługi|oferta|offer|angebot|product|produkt|producto|prodotti|produit|solution|"
    r"lösung|loesung|soluci|soluzion|rozwi|oplossing|technolog|what-we|activit|attivit|aktivit|"
    r"expertise|kompeten|compet|portfolio|projekt|project|projet|realizacj|tjenester|servicos)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(news|blog|aktuell|actualit|noticias|notizie|nieuws|aktualno|press\b|presse\b|prensa|"
    r"contact|kontakt|contatti|contacto|career|karriere|jobs|vacature|emploi|praca|lavora|"
    r"login|cart\b|warenkorb|panier|checkout|faq|search|tag\b|category|404)",
    re.IGNORECASE,
)


def choose_passages(
    documents: Iterable[Document], limit: int = PASSAGES_A_UNIT
) -> tuple[Passage, ...]:
    """Return the passages that a unit is judged by, the most telling first.

    Pages are ranked: the start page, then pages about the firm, its products and services, then
    others, then news and contact pages, and legal pages last. The n-th passage of the m-th page
    comes at place m + n, so that breadth and depth share the budget. Legal text, placeholders and
    lists of figures are left out, unless a unit has nothing else. What a passage says of its own
    beside the placeholders that it would be left out for comes after all other passages.

    Args:
        documents: Of all accepted websites of one unit, any order.
        limit: Most passages returned.

    Returns:
        Passages without repetition, 60-120 words each where the text has them.
    """
    pages = sorted(documents, key=_page_rank)
    ranked = [
        (place + number, _role(page, text, number), passage_of(text, page.url, page.language))
        for place, page in enumerate(pages)
        for number, text in enumerate(_cut(_blocks(page)))
    ]
    ranked.sort(key=lambda found: found[0])
    telling = [found for found in ranked if found[1] is Role.BUSINESS]
    # What placeholders leave of a passage is less than a passage: it comes last.
    telling += [
        (place, Role.BUSINESS, passage_of(own, passage.url, passage.language))
        for place, role, passage in ranked
        if role is Role.FILLER and (own := own_text(passage.text))
    ]
    chosen: dict[str, Passage] = {}
    for _, _, passage in telling or ranked:
        chosen.setdefault(passage.text_digest, passage)
        if len(chosen) == limit:
            break
    return tuple(chosen.values())


def passages_of_text(text: str, language: str, limit: int = PASSAGES_A_UNIT) -> tuple[Passage, ...]:
    """Return the passages of a text that stands alone, such as a labelled one, in its order."""
    cut = (passage_of(piece, "", language) for piece in _cut(_lines(text)))
    return tuple({passage.text_digest: passage for passage in cut}.values())[:limit]


def passage_of(text: str, url: str, language: str) -> Passage:
    """Return the text as a passage with its digest."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Passage(url=url, language=language, text=text, text_digest=f"sha256:{digest}")


def _page_rank(page: Document) -> tuple[int, int, str, str]:
    parts = urlsplit(page.url)
    start = page.position == 0 or (parts.path in ("", "/") and not parts.query)
    return (0 if start else _tier(page), page.position, page.website_url, page.url)


def _tier(page: Document) -> int:
    if is_legal_page(page.url, page.title):
        return 4
    named = f"{unquote(urlsplit(page.url).path).replace('_', '-')} {page.title}"
    for tier, words in ((3, _ASIDE), (1, _BUSINESS)):
        if words.search(named):
            return tier
    return 2


def _role(page: Document, text: str, number: int) -> Role:
    # What a start page opens with tells name and trade, whatever else stands there.
    if page.position == 0 and number == 0:
        return Role.BUSINESS
    return role_of(text, on_legal_page=page.position > 0 and _tier(page) == 4)


def _blocks(page: Document) -> Iterator[str]:
    head = [part for part in (_clean(page.title), _clean(page.description)) if part]
    if head:
        yield ". ".join(dict.fromkeys(part.rstrip(". ") for part in head)) + "."
    yield from _lines(page.text)


def _lines(text: str) -> Iterator[str]:
    for line in text[:_READ_CHARACTERS].splitlines():
        if cleaned := _clean(line):
            yield cleaned


def _clean(text: str) -> str:
    """Drop control and format characters (bidi marks among them) and runs of white space."""
    kept = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    return " ".join(kept.split())


def _cut(blocks: Iterable[str]) -> list[str]:
    """Join short blocks and cut long ones into passages; a short rest joins the last one."""
    passages: list[str] = []
    held: list[str] = []
    for piece in (piece for block in blocks for piece in _pieces(block)):
        if held and _too_long([*held, piece]):
            passages.append(" ".join(held))
            held = []
        held.append(piece)
        if sum(map(_n_words, held)) >= _FEWEST_WORDS:
            passages.append(" ".join(held))
            held = []
    rest = " ".join(held)
    if rest and passages and not _too_long([passages[-1], rest]):
        passages[-1] = f"{passages[-1]} {rest}"
    elif rest:
        passages.append(rest)
    return passages


def _pieces(block: str) -> Iterator[str]:
    if not _too_long([block]):
        yield block
        return
    for sentence in _SENTENCE_END.split(block):
        words = sentence.split()
        while words:
            piece = words[:1]
            while len(piece) < len(words) and not _too_long([*piece, words[len(piece)]]):
                piece.append(words[len(piece)])
            yield " ".join(piece)[:_MOST_CHARACTERS]
            words = words[len(piece) :]


def _too_long(parts: Sequence[str]) -> bool:
    return sum(map(_n_words, parts)) > _MOST_WORDS or sum(map(len, parts)) > _MOST_CHARACTERS


def _n_words(text: str) -> int:
    return text.count(" ") + 1
