"""Who a made-up firm is: name, place, numbers. All numbers pass their checks, none is given out."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from stdnum import luhn
from stdnum.es import cif
from stdnum.iso7064 import mod_11_10

from sectorlens.demo.texts import write_sentence
from sectorlens.demo.world import Firm

if TYPE_CHECKING:
    import random

    from sectorlens.demo.texts import LanguageTexts

# Postcodes of the five countries; '#' is a digit.
_POSTCODES = {"GB": "ZZ{area} #YY", "DE": "0{area}###", "FR": "96{area}##", "ES": "9{area}###",
              "IT": "0{area}###"}  # fmt: skip


def make_firm(
    texts: LanguageTexts, word: str, people: int, region: str, draw: random.Random
) -> Firm:
    """Invent a firm.

    Args:
        texts: Names and places of its language.
        word: What it does, as companies of this kind call themselves.
        people: Number of people it employs.
        region: As the register writes it.
        draw: Decides everything else.
    """
    names = texts.names
    surname, other = draw.sample(list(names["surnames"]), 2)
    place = draw.choice(names["places"])
    coined = draw.choice(names["coined"])
    facts = {
        "surname": surname, "other": other, "place": place, "coined": coined, "name": word,
        "form": draw.choice(names["legal_forms"]), "count": str(draw.randint(1, 89)),
    }  # fmt: skip
    pattern = draw.choice(names["name_patterns"])
    legal_name = write_sentence(pattern, facts, draw)
    country = names["country"][0]
    vat_number, registration_number = company_numbers(country, place, draw)
    return Firm(
        legal_name=legal_name,
        website_name=legal_name,
        trade_name=_trade_name(pattern, facts, draw),
        language=texts.language,
        country=country,
        region=region,
        address=write_sentence(draw.choice(names["streets"]), facts, draw),
        postcode=_postcode(country, names["places"].index(place), draw),
        city=place,
        phone=names["phone_prefix"][0] + f"{draw.randint(0, 999):03d}",
        email=f"{draw.choice(names['mailboxes'])}@{domain_name(legal_name)}.example",
        vat_number=vat_number,
        registration_number=registration_number,
        founder=f"{draw.choice(names['first_names'])} {surname}",
        founded=draw.randint(1921, 2019),
        people=people,
    )


def company_numbers(country: str, place: str, draw: random.Random) -> tuple[str, str]:
    """Return a VAT number with its country prefix and a registration number.

    The check digits are right by the rules of each country; all begin with 99, where no numbers
    are given out.
    """
    body = f"{draw.randint(0, 99999):05d}"
    if country == "GB":
        stem = "99" + body
        total = sum(
            weight * int(digit) for weight, digit in zip(range(8, 1, -1), stem, strict=True)
        )
        return f"GB{stem}{97 - total % 97:02d}", f"99{draw.randint(0, 999999):06d}"
    if country == "DE":
        stem = "99" + body + str(draw.randint(0, 9))
        number = f"HRB {draw.randint(900000, 999999)}, {place}"
        return f"DE{stem}{mod_11_10.calc_check_digit(stem)}", number
    if country == "FR":
        stem = "99" + body + str(draw.randint(0, 9))
        siren = stem + str(luhn.calc_check_digit(stem))
        return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}", siren
    if country == "ES":
        stem = "B99" + body
        number = stem + str(cif.calc_check_digits(stem))[0]
        return f"ES{number}", number
    stem = "99" + body + "999"  # 999: a province code for special cases
    return f"IT{stem}{luhn.calc_check_digit(stem)}", f"ZZ-99{draw.randint(0, 99999):05d}"


def domain_name(name: str) -> str:
    """Turn a company name into one label of a host name: lower case letters, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:3]) or "firm"


def _trade_name(pattern: str, facts: dict[str, str], draw: random.Random) -> str:
    if draw.random() < 0.6:
        return ""
    return facts["coined"] if "{coined}" in pattern else facts["surname"] + " " + facts["name"]


def _postcode(country: str, area: int, draw: random.Random) -> str:
    pattern = _POSTCODES[country].format(area=area)
    return "".join(str(draw.randint(0, 9)) if letter == "#" else letter for letter in pattern)
