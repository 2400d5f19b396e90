"""What a passage does on a website: tell of the business, or nothing of it (pure).

Legal notices, placeholder text and lists of figures are much alike on all websites. They drown the
one page of a small firm that says what it does, so they are set aside before anything is embedded.
"""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from classify.placeholders import own_text


class Role(StrEnum):
    """What a passage does."""

    BUSINESS = "business"
    LEGAL = "legal"
    FILLER = "filler"
    FIGURES = "figures"


# Word beginnings in a page's path or title, in the languages that are read.
_LEGAL_PAGE = re.compile(
    r"\b(privacy|privacid|privatsph|datenschutz|cookie-|cookies\b|confidentialit|riservatezza|"
    r"prywatno|rodo\b|gdpr|dsgvo|rgpd|avg-|terms|agb\b|geschaeftsbeding|geschäftsbeding|"
    r"nutzungsbeding|general-condition|conditions-(gen|gén|util|of)|condiciones-(gen|de-uso)|"
    r"condizioni-(gen|di)|voorwaarden|regulamin|mentions?[- ]l|aviso[- ]legal|note[- ]legali|"
    r"legal-notice|legal notice|impressum|imprint|disclaimer|colofon|cgv\b|cgu\b|widerruf|"
    r"personvern)",
    re.IGNORECASE,
)
# Two different ones in one passage make it legal text: one alone may be the trade itself.
_LEGAL_TERM = re.compile(
    r"\b(cookie|gdpr|dsgvo|rgpd|rodo|data controller|personal data|personenbezogene|"
    r"données personnelles|données à caractère|datos personales|dati personali|persoonsgegevens|"
    r"danych osobowych|all rights reserved|alle rechte vorbehalten|tous droits réservés|"
    r"privacy policy|datenschutzerklärung|third part)",
    re.IGNORECASE,
)
_FILLER_TERM = re.compile(
    r"\b(lorem ipsum|dolor sit amet|consectetur|adipisc|sed do eiusmod|tempor incididunt|ut labore|"
    r"ut enim ad|quis nostrud|pellentesque|phasellus|vestibulum|curabitur|your text here|"
    r"sample text|placeholder text)",
    re.IGNORECASE,
)
_LEAST_WORDS = 0.5  # share of words with two letters under which a passage is a list of figures


def is_legal_page(url: str, title: str) -> bool:
    """Return whether a page's path or title says that it is a legal notice."""
    return bool(_LEGAL_PAGE.search(f"{unquote(urlsplit(url).path).replace('_', '-')} {title}"))


def role_of(text: str, *, on_legal_page: bool = False) -> Role:
    """Return what a passage does.

    Args:
        text: The passage.
        on_legal_page: Its page is a legal notice.
    """
    if on_legal_page or _different(_LEGAL_TERM, text) >= 2:
        return Role.LEGAL
    if _different(_FILLER_TERM, text) >= 2 or own_text(text) is None:
        return Role.FILLER
    words = text.split()
    telling = sum(sum(map(str.isalpha, word)) >= 2 for word in words)
    return Role.FIGURES if telling < _LEAST_WORDS * len(words) else Role.BUSINESS


def _different(terms: re.Pattern[str], text: str) -> int:
    return len({term.lower() for term in terms.findall(text)})
