"""What the made-up economy consists of: firms, units, websites, and how each website behaves."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.accounting import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTORS = ("drones", "ai_software", "clean_energy", "logistics", "tourism")
LANGUAGES = ("en", "de", "fr", "es", "it")


class Situation(StrEnum):
    """What is the matter with the website that the register names for a unit."""

    NO_WEBSITE = "no_website"
    ORDINARY = "ordinary"
    DEAD = "dead"
    PARKED = "parked"
    ROBOTS_DENIED = "robots_denied"
    ROBOTS_ERROR = "robots_error"
    SCRIPT_ONLY = "script_only"
    NOT_FOUND = "not_found"
    SERVER_ERROR = "server_error"
    FORBIDDEN = "forbidden"
    SLOW = "slow"
    MOVED = "moved"
    REDIRECT_LOOP = "redirect_loop"
    SHARED = "shared"
    TWO_WEBSITES = "two_websites"
    OTHER_COMPANY = "other_company"
    HOSTILE = "hostile"


# Situation -> what a crawl without a browser has to say of the unit in the end.
UNIT_OUTCOMES: dict[Situation, Outcome] = {
    Situation.NO_WEBSITE: Outcome.NO_WEBSITE,
    Situation.ORDINARY: Outcome.CLASSIFIED,
    Situation.DEAD: Outcome.CONNECTION_REFUSED,
    Situation.PARKED: Outcome.PARKED,
    Situation.ROBOTS_DENIED: Outcome.REFUSED_ROBOTS,
    Situation.ROBOTS_ERROR: Outcome.ROBOTS_UNAVAILABLE,
    Situation.SCRIPT_ONLY: Outcome.NEEDS_BROWSER,
    Situation.NOT_FOUND: Outcome.NOT_FOUND,
    Situation.SERVER_ERROR: Outcome.SERVER_ERROR,
    Situation.FORBIDDEN: Outcome.REFUSED_HTTP,
    Situation.SLOW: Outcome.CLASSIFIED,
    Situation.MOVED: Outcome.CLASSIFIED,
    Situation.REDIRECT_LOOP: Outcome.REDIRECT_LOOP,
    Situation.SHARED: Outcome.CLASSIFIED,
    Situation.TWO_WEBSITES: Outcome.CLASSIFIED,
    Situation.OTHER_COMPANY: Outcome.NOT_THE_UNITS_WEBSITE,
    Situation.HOSTILE: Outcome.CLASSIFIED,
}

# Share of all units (0–1); at least one unit each. What is left has an ordinary website.
SITUATION_SHARES: dict[Situation, float] = {
    Situation.NO_WEBSITE: 0.18,
    Situation.DEAD: 0.04,
    Situation.PARKED: 0.03,
    Situation.ROBOTS_DENIED: 0.03,
    Situation.ROBOTS_ERROR: 0.02,
    Situation.SCRIPT_ONLY: 0.03,
    Situation.NOT_FOUND: 0.013,
    Situation.SERVER_ERROR: 0.01,
    Situation.FORBIDDEN: 0.007,
    Situation.SLOW: 0.01,
    Situation.MOVED: 0.013,
    Situation.REDIRECT_LOOP: 0.007,
}

# Single cases, one each whatever the size; two units stand behind a shared website.
SINGLE_CASES: tuple[Situation, ...] = (
    Situation.SHARED,
    Situation.SHARED,
    Situation.TWO_WEBSITES,
    Situation.OTHER_COMPANY,
    Situation.HOSTILE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A company as it presents itself: the facts that its register entry and website share.

    Attributes:
        website_name: How its own pages write the name; differs from `legal_name` only where the
            register entry is hostile.
        founded: Year. people: Number of people employed.
    """

    legal_name: str
    website_name: str
    trade_name: str
    language: str
    country: str
    region: str
    address: str
    postcode: str
    city: str
    phone: str
    email: str
    vat_number: str
    registration_number: str
    founder: str
    founded: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUnit:
    """A unit of the register, with the truth about it.

    Attributes:
        nace_code: NACE Rev. 2, written with or without a dot, or empty.
        turnover: Whole currency units a year.
        activities: Keys of ``texts/activities.toml``; the first is the main one.
        sectors: Those of `SECTORS` that the unit is truly active in.
        hosts: Loopback addresses of its websites as the register names them.
        scheme_given: False where the register writes the website without ``http://``.
    """

    unit_id: str
    unit_type: str
    firm: Firm
    nace_code: str
    size_class: str
    turnover: int
    activities: tuple[str, ...]
    sectors: tuple[str, ...]
    situation: Situation
    hosts: tuple[str, ...]
    scheme_given: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a website answers to one path.

    Attributes:
        delay: Seconds before the answer begins.
        location: Redirect target, a path; with `moved_to` on that host, else on the same.
        moved_to: Loopback address of another host, to which the server adds its own port.
    """

    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    body: bytes = b""
    delay: float = 0.0
    location: str = ""
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWebsite:
    """A website: one host and its answer to every path.

    Attributes:
        host: Loopback address.
        unit_ids: Units that the register names it for; empty for the target of a move.
        listens: False where nobody answers at this address.
        responses: Path, beginning with ``/`` -> answer. missing: answer to any other path.
    """

    host: str
    situation: Situation
    language: str
    unit_ids: tuple[str, ...]
    listens: bool = True
    responses: Mapping[str, Response] = field(default_factory=dict)
    missing: Response = field(default_factory=lambda: Response(status=404))


def seeded(*parts: object) -> random.Random:
    """Return a generator that depends on `parts` only, never on the process or the order of calls.

    A text seed is hashed with SHA-512 by `random`, so PYTHONHASHSEED has no say in it.
    """
    return random.Random("/".join(str(part) for part in parts))  # noqa: S311 - an invented world is no secret
