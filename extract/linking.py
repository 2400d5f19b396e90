"""Does this website belong to this unit? Evidence to probability. Pure.

Model (Fellegi and Sunter 1969; docs/methods.md). With field j agreeing among true pairs with
probability m_j and among false ones with u_j, and fields taken as independent given the truth::

    logit P(link) = b_0 + Σ_agree ln(m_j / u_j) + Σ_disagree ln((1 - m_j) / (1 - u_j))

A field that the register or the pages do not hold is absent and adds nothing. b_0 is the share of
registered websites that are the unit's own, 0.90 (Statistics Netherlands finds about 0.96 of its
links above one half true; older entries have moved), and 0.10 for websites that were only found.
The m and u are set so that the agreement weights meet the coefficients that Statistics Netherlands
estimated for its register (register number 5.04, domain 5.15, mobile 1.78, e-mail 1.80, postcode
0.71), where it has the field; they are no estimates of ours and are to be replaced once linked
pairs have been checked by hand.

The decision is apart from the probability, and lenient: trade names, groups, franchises and
translations make honest websites look foreign. A declared website is turned away only where its
pages *clearly* name another company (`_names_another`).
"""

from __future__ import annotations

import json
import math
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import phonenumbers

from extract.company_numbers import compact, contains_number, valid_vat_number
from extract.link_method import METHOD_VERSION
from extract.names import fold, without_legal_form
from extract.phrases import listed
from storage.records.text import WebsiteLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from extract.identifiers import Identifiers
    from storage.records.frame import Unit, WebsiteUrl

PRIOR_DECLARED = 0.90
PRIOR_FOUND = 0.10
# Field -> (m, u), probabilities of agreement among true and among false pairs.
AGREEMENT: dict[str, tuple[float, float]] = {
    "vat_number": (0.93, 0.005),  # ln(m/u) 5.23
    "registration_number": (0.93, 0.006),  # 5.04
    "domain": (0.70, 0.004),  # 5.16: the register's e-mail is at the website's domain
    "name": (0.85, 0.02),  # 3.75
    "domain_name": (0.60, 0.03),  # 3.00: the name stands in the domain
    "email": (0.60, 0.10),  # 1.79
    "phone": (0.60, 0.10),  # 1.79
    "postcode": (0.70, 0.34),  # 0.72
}
_NUMBERS = ("vat_number", "registration_number")
_SHORT_NAME = 4  # characters: shorter names are found in any text


class Finding(StrEnum):
    """How a field of the register stands to the pages."""

    AGREE = "agree"
    DISAGREE = "disagree"
    ABSENT = "absent"


def judge_link(
    unit: Unit, website_url: WebsiteUrl, *, found: Identifiers, declared: bool
) -> WebsiteLink:
    """Judge whether a website is a unit's.

    Args:
        unit: As the register holds it; every field but id and name may be empty.
        website_url: The website.
        found: What its pages hold.
        declared: True where the register names the website for the unit.
    """
    evidence = compare(unit, website_url, found=found)
    probability = link_probability(evidence, declared=declared)
    accepted = not _names_another(unit, evidence, found)
    if not declared:
        accepted = accepted and probability >= 0.5
    return WebsiteLink(
        unit_id=unit.unit_id,
        website_url=website_url,
        link_probability=probability,
        link_evidence=json.dumps({field: str(finding) for field, finding in evidence.items()}),
        accepted=accepted,
        method_version=METHOD_VERSION,
    )


def link_probability(evidence: Mapping[str, Finding], *, declared: bool) -> float:
    """Return P(link) (0–1) by the formula of the module.

    Args:
        evidence: Field of `AGREEMENT` -> finding; fields left out are absent.
        declared: Which prior holds.
    """
    prior = PRIOR_DECLARED if declared else PRIOR_FOUND
    log_odds = math.log(prior / (1 - prior))
    for field, finding in evidence.items():
        m, u = AGREEMENT[field]
        if finding is Finding.AGREE:
            log_odds += math.log(m / u)
        elif finding is Finding.DISAGREE:
            log_odds += math.log((1 - m) / (1 - u))
    return 1 / (1 + math.exp(-log_odds))


def compare(unit: Unit, website_url: WebsiteUrl, *, found: Identifiers) -> dict[str, Finding]:
    """Compare every field of the register with the pages, in the order of `AGREEMENT`."""
    host = (urlsplit(website_url).hostname or "").removeprefix("www.")
    return {
        "vat_number": _compare_vat(unit, found),
        "registration_number": _compare_registration(unit, found),
        "domain": _compare_domain(unit, host),
        "name": _compare_name(unit, found),
        "domain_name": _compare_domain_name(unit, host),
        "email": _compare_email(unit, found),
        "phone": _compare_phone(unit, found),
        "postcode": _compare_postcode(unit, found),
    }


def _names_another(unit: Unit, evidence: Mapping[str, Finding], found: Identifiers) -> bool:
    """Tell whether the pages clearly name another company.

    All must hold: nothing agrees; a number that the law makes companies show differs from the
    register's, or is shown while the register's own is nowhere and a further field differs; and
    another name stands on the pages. A unit of which the register holds no such number is never
    turned away.
    """
    if Finding.AGREE in evidence.values() or evidence["name"] is not Finding.DISAGREE:
        return False
    if any(evidence[number] is Finding.DISAGREE for number in _NUMBERS):
        return True
    has_number = bool(unit.vat_number or unit.registration_number)
    shows_number = bool(found.vat_numbers or found.register_numbers or found.shows_vat_number)
    further = any(evidence[field] is Finding.DISAGREE for field in ("phone", "postcode", "email"))
    return has_number and shows_number and further


def _compare_vat(unit: Unit, found: Identifiers) -> Finding:
    if not unit.vat_number:
        return Finding.ABSENT
    own = valid_vat_number(unit.vat_number, "") or valid_vat_number(
        unit.vat_number, unit.country.strip().lower()
    )
    if (own and own in found.vat_numbers) or _is_shown(unit.vat_number, found):
        return Finding.AGREE
    # Only another number of the same country contradicts: groups show several countries' numbers.
    prefix = own[:2] or compact(unit.vat_number)[:2]
    others = [number for number in found.vat_numbers if number.startswith(prefix)]
    return Finding.DISAGREE if others else Finding.ABSENT


def _compare_registration(unit: Unit, found: Identifiers) -> Finding:
    if not unit.registration_number:
        return Finding.ABSENT
    if _is_shown(unit.registration_number, found):
        return Finding.AGREE
    # Registers differ in shape: only a number of about the same length can be of the same one.
    length = len(_digits(unit.registration_number))
    alike = [n for n in found.register_numbers if abs(len(_digits(n)) - length) <= 1]
    return Finding.DISAGREE if alike else Finding.ABSENT


def _is_shown(number: str, found: Identifiers) -> bool:
    if contains_number(found.capitals, number):
        return True
    # With or without the country's letters, where enough digits are left to be telling.
    digits = _digits(number)
    return len(digits) >= 8 and contains_number(found.capitals, digits)


def _compare_name(unit: Unit, found: Identifiers) -> Finding:
    names = [unit.legal_name, unit.trade_name]
    if any(name and _is_named(name, found) for name in names):
        return Finding.AGREE
    return Finding.DISAGREE if found.named_companies or found.own_names else Finding.ABSENT


def _is_named(name: str, found: Identifiers) -> bool:
    whole = fold(name)
    core = without_legal_form(whole)
    if len(core) < _SHORT_NAME:
        return bool(core) and (
            core in found.own_names or core in found.named_companies or f" {whole} " in found.folded
        )
    if f" {core} " in found.folded:
        return True
    # "DRONE WORKS" in the register, "DroneWorks" on the page.
    joined = core.replace(" ", "")
    return len(joined) >= 8 and f" {joined} " in found.folded


def _compare_domain(unit: Unit, host: str) -> Finding:
    _, at, domain = unit.email.strip().lower().rpartition("@")
    if not at or not host or domain.split(".")[0] in listed("mail_providers"):
        return Finding.ABSENT
    same = domain == host or host.endswith(f".{domain}") or domain.endswith(f".{host}")
    return Finding.AGREE if same else Finding.DISAGREE


def _compare_domain_name(unit: Unit, host: str) -> Finding:
    label = fold(host.rpartition(".")[0].rpartition(".")[2]).replace(" ", "")
    for name in (unit.trade_name, unit.legal_name):
        joined = without_legal_form(fold(name)).replace(" ", "")
        if len(joined) >= _SHORT_NAME and label and joined in fold(host).replace(" ", ""):
            return Finding.AGREE
        if len(label) >= 6 and label in joined:
            return Finding.AGREE
    return Finding.ABSENT


def _compare_email(unit: Unit, found: Identifiers) -> Finding:
    own = unit.email.strip().lower()
    if not own or not found.emails:
        return Finding.ABSENT
    return Finding.AGREE if own in found.emails else Finding.DISAGREE


def _compare_phone(unit: Unit, found: Identifiers) -> Finding:
    if not unit.phone or not found.phones:
        return Finding.ABSENT
    region = unit.country.strip().upper()
    region = region if region in phonenumbers.SUPPORTED_REGIONS else ""
    own = _phone_keys([unit.phone], region)
    if not own:
        return Finding.ABSENT
    return Finding.AGREE if own & _phone_keys(found.phones, region) else Finding.DISAGREE


def _phone_keys(written: Iterable[str], region: str) -> set[str]:
    """Return numbers in E.164; those that cannot be read so, by their last nine digits."""
    keys: set[str] = set()
    for number in written:
        try:
            parsed = phonenumbers.parse(number, region or None)
            keys.add(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
        except phonenumbers.NumberParseException:
            digits = _digits(number).lstrip("0")
            if not region and len(digits) >= 7:
                keys.add(digits[-9:])
    return keys if region else {_digits(key)[-9:] for key in keys}


def _compare_postcode(unit: Unit, found: Identifiers) -> Finding:
    own = compact(unit.postcode)
    if len(own) < 4:
        return Finding.ABSENT
    if contains_number(found.capitals, own) or own in found.postcodes:
        return Finding.AGREE
    return Finding.DISAGREE if found.postcodes else Finding.ABSENT


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))
