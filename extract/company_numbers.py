"""Numbers by which the law makes companies name themselves: VAT and register numbers on pages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from extract.phrases import listed, pattern, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

# Prefix on the page -> country of the number's module in python-stdnum.
_PREFIXES = {
    **{
        code: code.lower()
        for code in [
            "AT",
            "BE",
            "BG",
            "CY",
            "CZ",
            "DE",
            "DK",
            "EE",
            "ES",
            "FI",
            "FR",
            "GB",
            "HR",
            "HU",
            "IE",
            "IT",
            "LT",
            "LU",
            "LV",
            "MT",
            "NL",
            "PL",
            "PT",
            "RO",
            "SE",
            "SI",
            "SK",
        ]
    },
    "EL": "gr",
    "GR": "gr",
    "XI": "gb",
    "CHE": "ch",
    "NO": "no",
}
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(" + "|".join(sorted(_PREFIXES, key=len, reverse=True)) + r")"
    r"[ .:\-]{0,2}((?:U[ ]?)?[0-9A-Z](?:[ .\-]{0,2}[0-9A-Z]){6,12})(?![0-9])"
)
_ANNOUNCED_WITHIN = 40  # characters
_NEARBY = 160  # characters before a number that tell whose it is
_MOST_NUMBERS = 50


def vat_numbers(text: str) -> frozenset[str]:
    """Return the VAT numbers in a text whose check digits hold, compact, with country prefix.

    Numbers beside the word for a hosting or design firm are left out: they are that firm's.
    """
    found: set[str] = set()
    for country, written, start in _candidates(text):
        number = valid_vat_number(written, country)
        if number and not _is_of_others(text, start):
            found.add(number)
        if len(found) >= _MOST_NUMBERS:
            break
    return frozenset(found)


def shows_vat_number(text: str) -> bool:
    """Tell whether a text announces a VAT number with its country, valid or not.

    A number with a slip of the pen proves nothing of whose it is, but shows that the page names
    an owner.
    """
    announced = pattern("vat_announced")
    return any(
        announced.search(text[max(0, match.start() - _ANNOUNCED_WITHIN) : match.start()])
        and sum(map(str.isdigit, match.group(2))) >= 7
        and not _is_of_others(text, match.start())
        for match in _PREFIXED.finditer(text)
    )


def register_numbers(text: str) -> frozenset[str]:
    """Return the company register numbers that a text announces as such, compact.

    Only announced numbers count: any row of digits could be one.
    """
    found: set[str] = set()
    for announced in listed("register_numbers"):
        for match in re.finditer(announced, text, re.IGNORECASE):
            if not _is_of_others(text, match.start()) and len(found) < _MOST_NUMBERS:
                found.add(compact(match.group(1)))
    return frozenset(found)


def _is_of_others(text: str, start: int) -> bool:
    before = text[max(0, start - _NEARBY) : start]
    return bool(pattern("about_others").search(before))


def compact(number: str) -> str:
    """Return a number without anything but its letters and digits, in capitals."""
    return "".join(character for character in number.upper() if character.isalnum())


def contains_number(text: str, number: str) -> bool:
    """Tell whether a text holds a number, however it is grouped (``0400.378.485``).

    Args:
        text: In capitals.
        number: As the register writes it; of fewer than five letters and digits it is never
            held to be found, since such rows of digits are everywhere.
    """
    wanted = compact(number)
    if len(wanted) < 5 or not any(map(str.isdigit, wanted)):
        return False
    return bool(_spaced_pattern(wanted).search(text))


def valid_vat_number(number: str, country: str) -> str:
    """Return a VAT number compact with its prefix, empty where its check digits fail.

    Args:
        number: With or without prefix.
        country: Two letters, as python-stdnum names it (``gr`` for Greece); empty to read the
            prefix of the number itself.
    """
    written = compact(number)
    if not country:
        country = next((_PREFIXES[p] for p in _PREFIXES if written.startswith(p)), "")
    module = _module(country)
    if module is None:
        return ""
    prefix = _PREFIX_OF[country]
    try:
        valid = compact(module.validate(written))
    except ValidationError:
        return ""
    return valid if valid.startswith(prefix) else prefix + valid


_PREFIX_OF = {
    country: prefix for prefix, country in _PREFIXES.items() if prefix not in {"GR", "XI"}
}


def _candidates(text: str) -> Iterator[tuple[str, str, int]]:
    for match in _PREFIXED.finditer(text):
        country = _PREFIXES[match.group(1)]
        for written in _shortenings(match.group(2)):
            yield country, match.group(1) + written, match.start()
    for country, announced in _announced_vat_numbers():
        for match in announced.finditer(text):
            for written in _shortenings(match.group(1)):
                yield country, written, match.start()


@lru_cache(maxsize=1)
def _announced_vat_numbers() -> tuple[tuple[str, re.Pattern[str]], ...]:
    number = r"[\s.:#°º\-]*(?:nr|no|n°|n\.)?[\s.:]*([0-9A-Z][0-9A-Z .\-]{6,14}[0-9A-Z])"
    return tuple(
        (country, re.compile(rf"\b(?:{'|'.join(words)}){number}", re.IGNORECASE))
        for country, words in phrases()["vat_words"].items()
    )


def _shortenings(written: str) -> Iterator[str]:
    """Give a run of groups, then the run without its last group: words in capitals may follow."""
    yield written
    groups = re.split(r"(?<=\w)[ .\-]+", written)
    for size in range(len(groups) - 1, 0, -1):
        shorter = "".join(groups[:size])
        if len(shorter) >= 7:
            yield shorter


@lru_cache(maxsize=64)
def _module(country: str):  # type: ignore[no-untyped-def]
    return get_cc_module(country, "vat") if country in _PREFIX_OF else None


@lru_cache(maxsize=1024)
def _spaced_pattern(wanted: str) -> re.Pattern[str]:
    spaced = r"[ .\-/\u00a0]{0,2}".join(map(re.escape, wanted))
    return re.compile(rf"(?<![0-9]){spaced}(?![0-9])")
