"""Which column of a register is which of the contract's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawlers.frame.mapping import KNOWN_COLUMNS, REQUIRED_COLUMNS
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawlers.frame.mapping import RegisterMapping

_MOST_NAMES_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of one register.

    Attributes:
        header: The register's names in file order, white space made single.
        known: Contract name -> position in a row, counted from 0.
        others: Register's name -> position, of columns that the contract does not know.
    """

    header: tuple[str, ...]
    known: dict[str, int]
    others: dict[str, int]


def resolve_columns(path: Path, header: Sequence[str], mapping: RegisterMapping) -> Columns:
    """Find the contract's columns in a header.

    Raises:
        InvalidInput: Columns are missing, twice there, nameless or wrongly mapped; all faults.
    """
    # Headings wrapped over two lines of a cell are common in workbooks.
    names = [" ".join(name.removeprefix("\ufeff").split()) for name in header]
    faults = [*_header_faults(names), *_mapping_faults(names, mapping)]
    places = {name: place for place, name in enumerate(names)}
    register_name = {name: mapping.columns.get(name, name) for name in KNOWN_COLUMNS}
    known = {name: places[own] for name, own in register_name.items() if own in places}
    taken = set(known.values())
    others = {name: place for name, place in places.items() if place not in taken}
    missing = [name for name in REQUIRED_COLUMNS if name not in (known | mapping.columns)]
    if missing:
        shown = ", ".join(repr(name[:80]) for name in names[:_MOST_NAMES_SHOWN])
        faults.append(f"required but not there: {', '.join(missing)}; found: {shown}")
    faults += [
        f"the mapping recodes [values.{name}], but there is no such column"
        for name in mapping.values
        if name not in known and name not in others and name not in mapping.columns
    ]
    if faults:
        raise InvalidInput(
            f"The columns of the register {path} cannot be used as they stand",
            "Rename the columns, or give a mapping file (--mapping) that says under [columns]"
            ' which is which, e.g. legal_name = "Firm name", and if need be delimiter = ";".',
            faults,
        )
    return Columns(header=tuple(names), known=known, others=others)


def _header_faults(names: Sequence[str]) -> list[str]:
    twice = [name for name, times in Counter(names).items() if times > 1 and name]
    return [
        *(f"column {place} has no name" for place, name in enumerate(names, 1) if not name),
        *(
            f"the column name {name[:80]!r} holds a sign that cannot be seen"
            for name in names
            if not name.isprintable()
        ),
        *(f"the column name {name[:80]!r} stands more than once" for name in twice),
    ]


def _mapping_faults(names: Sequence[str], mapping: RegisterMapping) -> list[str]:
    sources = set(mapping.columns.values())
    faults = []
    for contract_name, register_name in mapping.columns.items():
        if register_name not in names:
            faults.append(
                f"the mapping takes {contract_name} from {register_name[:80]!r},"
                " but there is no such column"
            )
        if contract_name in names and contract_name not in sources:
            faults.append(
                f"the mapping takes {contract_name} from {register_name[:80]!r},"
                f" but there is a column {contract_name} too: which one is meant?"
            )
    return faults
