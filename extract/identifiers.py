"""Register facts on a website's pages: who does it say it belongs to? Pure; nothing is stored.

Directive 2000/31/EC, article 5, makes service providers show name, address, e-mail, register and
VAT number; most do so on an imprint, contact or legal page or in the footer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer

from extract.cleaning import clean_line
from extract.company_numbers import register_numbers, shows_vat_number, vat_numbers
from extract.decoding import decode_page
from extract.markup import is_organisation, json_objects, parse_markup
from extract.names import fold, named_companies, without_legal_form
from extract.phrases import phrases
from extract.visible import all_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.records.text import PageToRead

MOST_PAGES = 4  # the start page among them
_MOST_CHARACTERS = 150_000  # of one page's text
_MOST_CONTACTS = 60

_STRAINER = SoupStrainer(["a", "meta", "script"])
_PHONE = re.compile(r"(?<![\w.,/])(?:\+|00|\(0|0|\()[\d][\d\s().\-/]{5,18}\d(?![\w])")
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)
_WRITTEN_AT = re.compile(r"\s*[\[({]\s*(?:at|ät|arroba|chiocciola)\s*[\])}]\s*", re.IGNORECASE)
_WRITTEN_DOT = re.compile(r"\s*[\[({]\s*(?:dot|punkt|point|punto|\.)\s*[\])}]\s*", re.IGNORECASE)
_POSTCODE = re.compile(
    r"\b(?:[A-Z]{1,2}[- ])?(\d{2}-\d{3}|\d{3} ?\d{2}|\d{4} ?[A-Z]{2}|\d{4}-\d{3}|\d{4,5})"
    r"[ ,]+(?=[A-ZÀ-Þ][a-zà-ÿ])"
    r"|\b([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """A page as it came from the archive."""

    url: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifiers:
    """What some pages of one website hold. Lives in memory only: parts are personal data.

    Attributes:
        capitals: All text in capitals, to look a number up in.
        folded: All text folded (see `names.fold`), with a space at both ends.
        own_names: Names that the pages present as their organisation's (JSON-LD, site name).
        named_companies: Names before a legal form in the text.
        vat_numbers: With valid check digits, compact, with prefix.
        register_numbers: Announced as such, compact.
        shows_vat_number: A VAT number is announced, with right check digits or wrong. These
            three and `named_companies` are not read on privacy pages and terms: there the law
            makes websites name their suppliers.
        phones: As written, at most 60.
        emails: Lower case, at most 60.
        postcodes: Compact.
    """

    capitals: str
    folded: str
    own_names: frozenset[str]
    named_companies: frozenset[str]
    vat_numbers: frozenset[str]
    register_numbers: frozenset[str]
    shows_vat_number: bool
    phones: frozenset[str]
    emails: frozenset[str]
    postcodes: frozenset[str]


def pages_that_tell(pages: Sequence[PageToRead]) -> list[PageToRead]:
    """Return the start page and the pages most likely to name the owner, at most `MOST_PAGES`.

    Args:
        pages: Of one website, in order of position.
    """
    ranked = sorted(
        (rank, page.position, page.url, page)
        for page in pages[1:]
        if (rank := _telling_rank(page.final_url or page.url)) < len(_telling_paths())
    )
    chosen: list[PageToRead] = list(pages[:1])
    taken: set[int] = set()
    # One page of each kind first: four legal pages tell less than imprint and contact.
    for rank, _, _, page in ranked:
        if rank not in taken and len(chosen) < MOST_PAGES:
            taken.add(rank)
            chosen.append(page)
    rest = [page for _, _, _, page in ranked if page not in chosen]
    return chosen + rest[: MOST_PAGES - len(chosen)]


def find_identifiers(pages: Iterable[SourcePage]) -> Identifiers:
    """Read the register facts that the pages hold, footers and structured data included."""
    texts: list[str] = []
    own_texts: list[str] = []
    names: set[str] = set()
    phones: list[str] = []
    emails: list[str] = []
    for page in pages:
        characters = decode_page(page.body, page.content_type)
        tree = parse_markup(characters)
        if tree is None:
            continue
        facts = _structured_facts(characters)
        shown = "\n".join(all_blocks(tree))[:_MOST_CHARACTERS]
        texts.append("\n".join([shown, *facts.texts]))
        if not _names_suppliers(page.url):
            own_texts.append(texts[-1])
        names.update(facts.names)
        phones.extend(facts.phones)
        emails.extend(facts.emails)
    text, own_text = "\n".join(texts), "\n".join(own_texts)
    written = _WRITTEN_DOT.sub(".", _WRITTEN_AT.sub("@", text))
    phones.extend(match.group() for match in _PHONE.finditer(text))
    emails.extend(match.group().lower() for match in _EMAIL.finditer(written))
    return Identifiers(
        capitals=text.upper(),
        folded=f" {fold(text)} ",
        own_names=frozenset(name for name in map(_core, names) if name),
        named_companies=named_companies(own_text),
        vat_numbers=vat_numbers(own_text),
        register_numbers=register_numbers(own_text),
        shows_vat_number=shows_vat_number(own_text),
        phones=frozenset(list(dict.fromkeys(phones))[:_MOST_CONTACTS]),
        emails=frozenset(list(dict.fromkeys(emails))[:_MOST_CONTACTS]),
        postcodes=frozenset(
            re.sub(r"[ \-]", "", match.group(1) or match.group(2))
            for match in _POSTCODE.finditer(text)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What mark-up says beside the text: names, contacts, and texts to look numbers up in."""

    names: tuple[str, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    texts: tuple[str, ...]


def _structured_facts(characters: str) -> _Facts:
    soup = BeautifulSoup(characters, "lxml", parse_only=_STRAINER)
    names: list[str] = []
    phones: list[str] = []
    emails: list[str] = []
    texts: list[str] = []
    for link in soup.find_all("a", href=True):
        scheme, _, rest = str(link["href"]).strip().partition(":")
        address = unquote(rest.partition("?")[0]).strip()
        if scheme.lower() == "tel":
            phones.append(clean_line(address, limit=40))
        elif scheme.lower() == "mailto":
            emails.append(clean_line(address.lower(), limit=200))
    names.extend(
        str(meta["content"])
        for meta in soup.find_all("meta", content=True)
        if str(meta.get("property") or meta.get("name") or "").lower() in _NAME_METAS
    )
    for script in soup.find_all("script"):
        if "ld+json" in str(script.get("type") or "").lower():
            for node in json_objects(script.get_text()):
                names.extend(_strings(node, ("legalName", "name")) if is_organisation(node) else ())
                phones.extend(_strings(node, ("telephone",)))
                emails.extend(value.lower() for value in _strings(node, ("email",)))
                texts.extend(f"VAT {v}" for v in _strings(node, ("vatID", "taxID")))
                texts.extend(_strings(node, _LOOKED_UP))
    return _Facts(
        names=tuple(names),
        phones=tuple(phones),
        emails=tuple(email.removeprefix("mailto:") for email in emails),
        texts=tuple(clean_line(text, limit=300) for text in texts),
    )


_NAME_METAS = frozenset(["og:site_name", "application-name"])
_LOOKED_UP = (
    "legalName", "name", "vatID", "taxID", "leiCode", "duns", "identifier", "iso6523Code",
    "streetAddress", "postalCode", "addressLocality",
)  # fmt: skip


def _strings(node: dict[str, Any], keys: Iterable[str]) -> list[str]:
    return [value for key in keys if isinstance(value := node.get(key), str) and value.strip()]


def _core(name: str) -> str:
    return without_legal_form(fold(clean_line(name, limit=200)))


def _telling_rank(url: str) -> int:
    path = unquote(urlsplit(url).path)
    ranks = (rank for rank, told in enumerate(_telling_paths()) if told.search(path))
    return next(ranks, len(_telling_paths()))


def _names_suppliers(url: str) -> bool:
    kinds = list(phrases()["telling_paths"])
    return _telling_rank(url) == kinds.index("privacy")


@lru_cache(maxsize=1)
def _telling_paths() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"(?:^|[/._-])(?:{'|'.join(words)})(?:[/._-]|$)", re.IGNORECASE)
        for words in phrases()["telling_paths"].values()
    )
