"""The whole made-up economy as one value: register, websites, truth, labels."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sectorlens.demo.population import make_units
from sectorlens.demo.websites import make_websites
from sectorlens.demo.world import SECTORS, UNIT_OUTCOMES, DemoUnit, DemoWebsite, seeded
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.accounting import Outcome

REGISTER_COLUMNS = (
    "unit_id", "unit_type", "legal_name", "trade_name", "nace_code", "size_class", "region",
    "address", "postcode", "city", "country", "phone", "email", "vat_number",
    "registration_number", "employees", "turnover", "website",
)  # fmt: skip
LABEL_COLUMNS = ("unit_id", "sector", "active", "coder", "coded_at", "purpose")
SMALLEST, LARGEST = 40, 5000
_LABELLED_SHARE = 0.4
_ACTIVE_SHARE = 0.6
_CODERS = ("coder-a", "coder-b", "coder-c")
_CODED_AT = "2026-01-15T09:00:00+00:00"


@dataclass(frozen=True, kw_only=True)
class DemoLabel:
    """What a coder of the made-up institute said; active is None for "cannot tell"."""

    unit_id: str
    sector: str
    active: bool | None
    coder: str


@dataclass(frozen=True, kw_only=True)
class Economy:
    """A made-up economy; the same seed and size give the same bytes.

    Attributes:
        units: In the register's order. websites: one entry a host, the targets of moves included.
    """

    seed: int
    size: int
    units: tuple[DemoUnit, ...]
    websites: tuple[DemoWebsite, ...]

    @cached_property
    def digest(self) -> str:
        """``sha256:<hex>`` of register, truth, labels and every page's bytes."""
        found = hashlib.sha256(self.register_csv(lambda _: 80))
        found.update(self.labels_csv())
        for unit in self.units:
            found.update(f"{unit.unit_id} {unit.sectors} {unit.situation}\n".encode())
        for website in self.websites:
            found.update(repr(asdict(website)).encode())
        return f"sha256:{found.hexdigest()}"

    def register_csv(self, port_of: Callable[[str], int]) -> bytes:
        """Write the register as contract.md asks: UTF-8 CSV, one row a unit.

        Args:
            port_of: Host -> port that the register names for it; also asked for hosts where
                nobody listens.
        """
        rows = [[*_register_row(unit), _website_cell(unit, port_of)] for unit in self.units]
        return _csv_bytes(REGISTER_COLUMNS, rows)

    def truth(self, sector: str) -> dict[str, bool]:
        """Tell for every unit whether it is truly active in a sector.

        Raises:
            InvalidInput: There is no such sector in this economy.
        """
        if sector not in SECTORS:
            raise InvalidInput(
                f"The made-up economy knows nothing of the sector {sector!r}.",
                f"Ask for one of: {', '.join(SECTORS)}.",
            )
        return {unit.unit_id: sector in unit.sectors for unit in self.units}

    def expected_outcomes(self) -> dict[str, Outcome]:
        """Tell for every unit what a crawl without a browser has to say of it in the end."""
        return {unit.unit_id: UNIT_OUTCOMES[unit.situation] for unit in self.units}

    def labels(self) -> tuple[DemoLabel, ...]:
        """Draw the training labels of an institute: two units in five, each for all sectors.

        Among units with a website. Three in five of a sector's active units are in it, so that
        they are over-represented but not all known; up to three answers are "cannot tell".
        """
        draw = seeded(self.seed, self.size, "labels")
        wanted = round(self.size * _LABELLED_SHARE)
        visible = [unit for unit in self.units if unit.hosts]
        identifiers: dict[str, None] = {}  # in the order drawn, which a set would not keep
        for sector in SECTORS:
            active = [unit.unit_id for unit in visible if sector in unit.sectors]
            identifiers |= dict.fromkeys(draw.sample(active, round(len(active) * _ACTIVE_SHARE)))
        others = [unit.unit_id for unit in visible if not unit.sectors]
        identifiers |= dict.fromkeys(draw.sample(others, max(0, wanted - len(identifiers))))
        unsure = {(draw.choice(list(identifiers)), draw.choice(SECTORS)) for _ in range(3)}
        return tuple(
            DemoLabel(
                unit_id=unit.unit_id,
                sector=sector,
                active=None if (unit.unit_id, sector) in unsure else sector in unit.sectors,
                coder=draw.choice(_CODERS),
            )
            for unit in self.units
            if unit.unit_id in identifiers
            for sector in SECTORS
        )

    def labels_csv(self) -> bytes:
        """Write the training labels as ``sectorlens label import`` reads them."""
        rows = [
            [label.unit_id, label.sector, _answer(label.active), label.coder, _CODED_AT, "training"]
            for label in self.labels()
        ]
        return _csv_bytes(LABEL_COLUMNS, rows)


def make_economy(seed: int = 2026, size: int = 300) -> Economy:
    """Make the economy of `sectorlens demo`.

    Args:
        seed: Any integer.
        size: Number of units in the register, 40 to 5000.

    Raises:
        InvalidInput: The size is out of range.
    """
    if not SMALLEST <= size <= LARGEST:
        raise InvalidInput(
            f"A made-up economy of {size} units cannot be made.",
            f"Ask for {SMALLEST} to {LARGEST} units.",
        )
    units = make_units(seed, size)
    return Economy(seed=seed, size=size, units=units, websites=make_websites(seed, units))


def _register_row(unit: DemoUnit) -> list[str]:
    firm = unit.firm
    return [
        unit.unit_id, unit.unit_type, firm.legal_name, firm.trade_name, unit.nace_code,
        unit.size_class, firm.region, firm.address, firm.postcode, firm.city, firm.country,
        firm.phone, firm.email, firm.vat_number, firm.registration_number, str(firm.people),
        str(unit.turnover),
    ]  # fmt: skip


def _website_cell(unit: DemoUnit, port_of: Callable[[str], int]) -> str:
    scheme, end = ("http://", "/") if unit.scheme_given else ("", "")
    return " ".join(f"{scheme}{host}:{port_of(host)}{end}" for host in unit.hosts)


def _answer(active: bool | None) -> str:
    return "" if active is None else str(int(active))


def _csv_bytes(header: tuple[str, ...], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
