"""Who is to be observed, and where: the frame of a wave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NewType

UnitId = NewType("UnitId", str)
WebsiteUrl = NewType("WebsiteUrl", str)
Wave = NewType("Wave", str)


class PackedColumns(Mapping[str, str]):
    """Register columns by name, kept as the JSON that is stored: for thousands of them a unit.

    A dictionary takes ten times the memory. It is unpacked anew each time it is asked.

    Args:
        columns: Register's name -> value.
    """

    __slots__ = ("json",)

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.json = json.dumps(columns, ensure_ascii=False, sort_keys=True)

    def __getitem__(self, name: str) -> str:
        return self._unpacked()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._unpacked())

    def __len__(self) -> int:
        return len(self._unpacked())

    def _unpacked(self) -> dict[str, str]:
        return dict(json.loads(self.json))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A statistical unit as the register holds it.

    Attributes:
        unit_id: The register's own identifier, e.g. ``"0400.378.485"``.
        legal_name: As registered, untouched: may hold anything.
        unit_type: ``enterprise``, ``legal_unit`` or ``local_unit``.
        nace_code: Without dots, e.g. ``"6201"``; empty where the register holds none.
        nace_section: One letter; empty where there is no code or no classification.
        employees: Persons; None where unknown.
        turnover: In the register's currency; None where unknown.
        other: Further register columns by name; each can be a domain.
    """

    unit_id: UnitId
    legal_name: str
    unit_type: str = "enterprise"
    trade_name: str = ""
    nace_code: str = ""
    nace_section: str = ""
    size_class: str = ""
    region: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    vat_number: str = ""
    registration_number: str = ""
    employees: float | None = None
    turnover: float | None = None
    other: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWebsite:
    """One website that the register names for a unit.

    Attributes:
        website_url: Normal form of contract.md: scheme added, host lower-cased, default port and
            fragment dropped, ``/`` where there is no path.
        scheme_given: False where the register named none: https is tried first, then http.
        declared: True where the register named it, False where it was found.
    """

    unit_id: UnitId
    website_url: WebsiteUrl
    scheme_given: bool = True
    declared: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFault:
    """Why a register row cannot be imported.

    Attributes:
        line: Line in the file, the header being 1; 0 where the whole file is meant.
        unit_id: As far as it could be read, else empty.
        column: Contract name of the column at fault; empty where the whole row is.
        problem: What is wrong and how to mend it, one sentence.
    """

    line: int
    unit_id: str
    column: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a register reader gives: the good rows and the reasons for the bad ones.

    Attributes:
        units: Good rows in file order; `unit_id` is unique.
        websites: Unit × website, in file order; unit_id refers to `units`.
        faults: All faults found in the file, in file order.
        rejected_rows: Bad rows as read (register's column names), with ``line`` and ``reason``.
        n_rows: Rows in the file without the header; good + bad.
    """

    units: tuple[Unit, ...]
    websites: tuple[UnitWebsite, ...]
    faults: tuple[FrameFault, ...]
    rejected_rows: tuple[dict[str, str], ...]
    n_rows: int
