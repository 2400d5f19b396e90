"""Who exists in the made-up economy, what they do, and how their websites behave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sectorlens.demo.identity import company_numbers, make_firm
from sectorlens.demo.texts import load_activities, load_language
from sectorlens.demo.world import (
    SECTORS,
    SINGLE_CASES,
    SITUATION_SHARES,
    DemoUnit,
    Firm,
    Situation,
    seeded,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

# Share of all units that are active in a sector (0–1).
SECTOR_SHARES = {
    "drones": 0.10,
    "ai_software": 0.10,
    "clean_energy": 0.10,
    "logistics": 0.08,
    "tourism": 0.08,
}
# One unit in this many gets a second line of business from the other sector of the pair.
_UNITS_PER_PAIR = 150
_PAIRS = (
    ("drones", "ai_software"),
    ("ai_software", "logistics"),
    ("clean_energy", "ai_software"),
    ("drones", "clean_energy"),
    ("logistics", "drones"),
    ("tourism", "clean_energy"),
)
# Region -> language -> weight.
REGIONS: dict[str, dict[str, int]] = {
    "Nordmark": {"de": 14, "fr": 4, "en": 2},
    "Westhaven": {"en": 12, "fr": 8, "de": 1},
    "Costaverde": {"es": 11, "it": 11, "fr": 1},
}
_REGION_WEIGHTS = (32, 32, 36)
# Class -> (weight, smallest, largest number of employees). Few classes and regions, so that a
# country of three hundred companies has figures that may be told.
_SIZE_CLASSES = {
    "0-9": (45, 2, 9),
    "10-49": (34, 10, 49),
    "50+": (21, 50, 400),
}
HOSTILE_NAME = '=HYPERLINK("http://127.9.9.9/","{name}")<script>alert(1)</script>\u202eHbmG'
HOSTILE_REGION = "=1+1<b>Nord\u202ekram</b>"


def make_units(seed: int, size: int) -> tuple[DemoUnit, ...]:
    """Invent the units of the register, in the register's order.

    Args:
        seed: Decides everything that is not counted out.
        size: Number of units.
    """
    draw = seeded(seed, size, "units")
    work = [*_sector_work(size, draw)]
    work += _ordinary_work(size - len(work), draw)
    draw.shuffle(work)
    situations = _situations(size, draw)
    units: list[DemoUnit] = []
    taken: set[str] = set()
    for position, (activities, situation) in enumerate(zip(work, situations, strict=True)):
        unit = _make_unit(seeded(seed, size, position), position, activities, situation)
        attempt = 0
        while unit.firm.legal_name in taken or unit.firm.vat_number in taken:
            attempt += 1
            again = seeded(seed, size, position, attempt)
            unit = _make_unit(again, position, activities, situation)
        taken |= {unit.firm.legal_name, unit.firm.vat_number}
        units.append(unit)
    return _with_hosts(_one_group(units, taken))


def sectors_of(activities: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sectors that activities belong to, in the order of `SECTORS`."""
    found = {
        sector
        for activity in load_activities()
        if activity.key in activities
        for sector in activity.sectors
    }
    return tuple(sector for sector in SECTORS if sector in found)


def _sector_work(size: int, draw: random.Random) -> Iterator[tuple[str, ...]]:
    """Deal out activities until every sector has its number of units."""
    left = {sector: round(share * size) for sector, share in SECTOR_SHARES.items()}
    decks = {sector: _deck(sector, draw) for sector in SECTORS}
    pairs = _PAIRS * round(size / _UNITS_PER_PAIR)
    for wanted in (*pairs, *((sector,) for sector in SECTORS for _ in range(size))):
        if any(left[sector] <= 0 for sector in wanted):
            continue
        activities = tuple(dict.fromkeys(next(decks[sector]) for sector in wanted))
        if any(left[sector] <= 0 for sector in sectors_of(activities)):
            continue
        for sector in sectors_of(activities):
            left[sector] -= 1
        yield activities


def _ordinary_work(count: int, draw: random.Random) -> list[tuple[str, ...]]:
    deck = _deck("", draw)
    return [(next(deck),) for _ in range(count)]


def _deck(sector: str, draw: random.Random) -> Iterator[str]:
    """Give the activities of a sector without end, each as often as the others."""
    cards = [
        activity.key
        for activity in load_activities()
        if (activity.sectors[:1] == (sector,) if sector else not activity.sectors)
    ]
    while True:
        yield from draw.sample(cards, len(cards))


def _situations(size: int, draw: random.Random) -> list[Situation]:
    situations = list(SINGLE_CASES)
    for situation, share in SITUATION_SHARES.items():
        situations += [situation] * max(1, round(share * size))
    situations += [Situation.ORDINARY] * (size - len(situations))
    draw.shuffle(situations)
    return situations


def _make_unit(
    draw: random.Random, position: int, activities: tuple[str, ...], situation: Situation
) -> DemoUnit:
    region = draw.choices(list(REGIONS), _REGION_WEIGHTS)[0]
    languages = REGIONS[region]
    texts = load_language(draw.choices(list(languages), list(languages.values()))[0])
    size_class = draw.choices(
        list(_SIZE_CLASSES), [weight for weight, _, _ in _SIZE_CLASSES.values()]
    )[0]
    _, smallest, largest = _SIZE_CLASSES[size_class]
    people = min(draw.randint(smallest, largest) for _ in range(2))
    firm = make_firm(texts, texts.activities[activities[0]].name, people, region, draw)
    return DemoUnit(
        unit_id=f"SL-{100001 + position}",
        unit_type="enterprise",
        firm=_hostile(firm) if situation is Situation.HOSTILE else firm,
        nace_code=_nace_code(activities[0], draw),
        size_class=size_class,
        turnover=round(people * 90_000 * draw.lognormvariate(0.0, 0.5), -3).__trunc__(),
        activities=activities,
        sectors=sectors_of(activities),
        situation=situation,
        hosts=(),
        scheme_given=draw.random() > 0.03,
    )


def _nace_code(activity: str, draw: random.Random) -> str:
    """Return the code that the register holds: now and then of another trade, or none."""
    codes = {entry.key: entry.nace for entry in load_activities()}
    chance = draw.random()
    if chance < 0.03:
        return ""
    code = draw.choice(codes[draw.choice(list(codes)) if chance < 0.09 else activity])
    return f"{code[:2]}.{code[2:]}" if draw.random() < 0.5 else code


def _hostile(firm: Firm) -> Firm:
    name = HOSTILE_NAME.format(name=firm.legal_name)
    return replace(firm, legal_name=name, region=HOSTILE_REGION)


def _one_group(units: list[DemoUnit], taken: set[str]) -> list[DemoUnit]:
    """Make the two units behind the shared website sister companies in one trade and house."""
    first, second = (
        place for place, unit in enumerate(units) if unit.situation is Situation.SHARED
    )
    elder, younger = units[first], units[second]
    name = _sister_name(elder.firm)
    draw = seeded(elder.unit_id, "sister", elder.firm.vat_number)
    vat_number = elder.firm.vat_number
    while vat_number in taken:
        vat_number, number = company_numbers(elder.firm.country, elder.firm.city, draw)
    firm = replace(
        elder.firm,
        legal_name=name,
        website_name=name,
        trade_name="",
        vat_number=vat_number,
        registration_number=number,
        people=younger.firm.people,
    )
    units[second] = replace(
        younger,
        firm=firm,
        nace_code=elder.nace_code,
        activities=elder.activities,
        sectors=elder.sectors,
        scheme_given=elder.scheme_given,
    )
    return units


def _sister_name(firm: Firm) -> str:
    forms = load_language(firm.language).names["legal_forms"]
    form = next(form for form in forms if firm.legal_name.endswith(f" {form}"))
    return f"{firm.legal_name.removesuffix(form)}Nova {form}"


def _with_hosts(units: list[DemoUnit]) -> tuple[DemoUnit, ...]:
    """Give each unit with a website a loopback address; dead ones lie outside the served nets."""
    shared = ""
    placed: list[DemoUnit] = []
    for position, unit in enumerate(units):
        host = loopback_address(128 if unit.situation is Situation.DEAD else 1, position)
        hosts: tuple[str, ...] = (host,)
        if unit.situation is Situation.NO_WEBSITE:
            hosts = ()
        elif unit.situation is Situation.SHARED:
            shared = shared or host
            hosts = (shared,)
        elif unit.situation is Situation.TWO_WEBSITES:
            hosts = (host, loopback_address(64, position))
        placed.append(replace(unit, hosts=hosts))
    return tuple(placed)


def loopback_address(net: int, position: int) -> str:
    """Return the address ``127.net.x.y`` of a position from 0 to 49999."""
    return f"127.{net}.{position // 200}.{position % 200 + 1}"
