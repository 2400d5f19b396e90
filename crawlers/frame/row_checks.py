"""From one register row to a unit and its websites, or to everything that is wrong with it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from crawlers.frame.reader import UNDECODABLE
from crawlers.frame.website_url import normal_form, websites_of
from storage.records.frame import PackedColumns, Unit, UnitId, UnitWebsite, WebsiteUrl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawlers.frame.classification import Classification
    from crawlers.frame.columns import Columns
    from crawlers.frame.mapping import RegisterMapping

UNIT_TYPES = ("enterprise", "legal_unit", "local_unit")
_NUMBERS = ("employees", "turnover")  # in persons and in the register's currency
_REPEATING = frozenset(
    {"unit_type", "nace_code", "size_class", "region", "postcode", "city", "country"}
)
_MOST_COPIES = 50_000
# Further columns beyond which a unit's are packed: a copy of each value met, in each of thousands
# of columns, takes more memory than the values themselves.
_MANY_COLUMNS = 100
# Name, position, recoding, and copies of values already met.
_Column = tuple[str, int, dict[str, str], dict[str, str] | None]
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST_SHOWN = 80  # characters of a value in a message


class RowChecks:
    """The checks of one register, ready to be put to its rows.

    Args:
        columns: Where the contract's columns stand.
        mapping: Recoding and number signs.
        classification: What activity codes are looked up in.
    """

    def __init__(
        self, columns: Columns, mapping: RegisterMapping, classification: Classification
    ) -> None:
        self._columns = columns
        self._classification = classification
        self._number = _number_pattern(mapping)
        self._thousands, self._decimal = mapping.thousands, mapping.decimal
        # Codes and places repeat a million times: one copy of each is kept. (Recoding, copies.)
        self._known: list[_Column] = [
            (name, place, mapping.values.get(name, {}), {} if name in _REPEATING else None)
            for name, place in columns.known.items()
        ]
        self._others: list[_Column] = [
            (name, place, mapping.values.get(name, {}), {})
            for name, place in columns.others.items()
        ]

    def unit_id(self, values: list[str]) -> str:
        """Return the identifier of a row, as far as it can be read."""
        place = self._columns.known["unit_id"]
        return values[place].strip().strip('"') if place < len(values) else ""

    def read(
        self, values: list[str]
    ) -> tuple[Unit | None, list[UnitWebsite], list[tuple[str, str]]]:
        """Read one row.

        Args:
            values: As many as the header has columns.

        Returns:
            The unit and its websites, or None and (column, problem) for each fault.
        """
        if faults := self._unreadable(values):
            return None, [], faults
        fields: dict[str, Any] = {
            name: _value(values[place], recoding, copies)
            for name, place, recoding, copies in self._known
        }
        fields["legal_name"] = self._untouched(values, fields["legal_name"])
        faults = [*_identity_faults(fields), *self._code_faults(fields)]
        faults += [fault for name in _NUMBERS if (fault := self._read_number(fields, name))]
        websites, website_faults = _websites(fields.pop("website", ""), fields["unit_id"])
        faults += website_faults
        if faults:
            return None, [], faults
        return Unit(**fields, other=self._further(values)), websites, []

    def _further(self, values: list[str]) -> Mapping[str, str]:
        if len(self._others) > _MANY_COLUMNS:
            return PackedColumns(
                {
                    name: _value(values[place], recoding, None)
                    if recoding
                    else values[place].strip()
                    for name, place, recoding, _ in self._others
                }
            )
        return {
            name: _value(values[place], recoding, copies)
            for name, place, recoding, copies in self._others
        }

    def _unreadable(self, values: list[str]) -> list[tuple[str, str]]:
        row = "".join(values)
        if UNDECODABLE not in row and "\x00" not in row:
            return []
        known_as = {place: name for name, place in self._columns.known.items()}
        faults = []
        for place, value in enumerate(values):
            column = known_as.get(place, self._columns.header[place])
            if UNDECODABLE in value:
                faults.append((column, _UNDECODABLE_ADVICE))
            elif "\x00" in value:
                faults.append((column, "holds a NUL byte: export the register as text again"))
        return faults

    def _untouched(self, values: list[str], value: str) -> str:
        # As registered, white space included, unless it was recoded.
        written = values[self._columns.known["legal_name"]]
        return written if written.strip() == value and value else value

    def _code_faults(self, fields: dict[str, Any]) -> list[tuple[str, str]]:
        faults = []
        fields["unit_type"] = fields.get("unit_type") or UNIT_TYPES[0]
        if fields["unit_type"] not in UNIT_TYPES:
            problem = f"{shown(fields['unit_type'])} is none of {', '.join(UNIT_TYPES)}"
            faults.append(("unit_type", f"{problem}; recode it under [values.unit_type]"))
        try:
            code = self._classification.look_up(fields.get("nace_code", ""))
            fields["nace_code"], fields["nace_section"] = code
        except ValueError as reason:
            faults.append(("nace_code", f"{shown(fields['nace_code'])} {reason}"))
        country = fields["country"] = fields.get("country", "").upper()
        if country and not _COUNTRY.fullmatch(country):
            problem = f"{shown(country)} is no ISO 3166 code of two letters"
            faults.append(("country", f"{problem}; recode it under [values.country]"))
        return faults

    def _read_number(self, fields: dict[str, Any], name: str) -> tuple[str, str] | None:
        written = fields.get(name, "")
        fields[name] = None
        if not written:
            return None
        if not self._number.fullmatch(written):
            return name, (
                f"{shown(written)} is no number; correct it, name decimal and thousands signs in"
                f' a mapping file, or recode it as "" (unknown) under [values.{name}]'
            )
        plain = written.replace(self._thousands, "") if self._thousands else written
        number = float(plain.replace(self._decimal, "."))
        if number < 0 or not math.isfinite(number):
            state = "negative" if number < 0 else "too large for a number"
            return name, f"{shown(written)} is {state}; correct it, or leave it empty (unknown)"
        fields[name] = abs(number)  # no minus zero
        return None


_UNDECODABLE_ADVICE = (
    "holds bytes that are not in the file's encoding (UTF-8 unless a mapping file names another"
    ' one, e.g. encoding = "cp1252")'
)


def _value(written: str, recoding: dict[str, str], copies: dict[str, str] | None) -> str:
    value = written.strip()
    if recoding:
        value = recoding.get(value, value)
    if copies is None:
        return value
    if len(copies) > _MOST_COPIES:  # it does not repeat after all
        copies.clear()
    return copies.setdefault(value, value)


def shown(value: str) -> str:
    """Return a foreign value fit for a message: quoted, cut, invisible signs spelled out."""
    cut = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
    return repr(cut)


def _identity_faults(fields: dict[str, Any]) -> list[tuple[str, str]]:
    faults = [
        (name, "is empty; every row needs one")
        for name in ("unit_id", "legal_name")
        if not fields[name]
    ]
    if not fields["unit_id"].isprintable():
        faults.append(("unit_id", f"{shown(fields['unit_id'])} holds a sign that cannot be seen"))
    return faults


def _websites(cell: str, unit_id: str) -> tuple[list[UnitWebsite], list[tuple[str, str]]]:
    if not cell:
        return [], []
    found: dict[str, bool] = {}
    faults = []
    for address in websites_of(cell):
        try:
            url, scheme_given = normal_form(address)
        except ValueError as reason:
            several = (
                "; several websites are separated by spaces" if set(address) & set(",;|") else ""
            )
            faults.append(
                (
                    "website",
                    f"{shown(address)} {reason}{several}; correct it, or leave it empty",
                )
            )
        else:
            found[url] = found.get(url, False) or scheme_given
    return [
        UnitWebsite(unit_id=UnitId(unit_id), website_url=WebsiteUrl(url), scheme_given=scheme_given)
        for url, scheme_given in found.items()
    ], faults


def _number_pattern(mapping: RegisterMapping) -> re.Pattern[str]:
    grouped = ""
    if mapping.thousands:
        grouped = rf"[0-9]{{1,3}}(?:{re.escape(mapping.thousands)}[0-9]{{3}})+|"
    decimal = re.escape(mapping.decimal)
    return re.compile(rf"[+-]?(?:{grouped}[0-9]+)(?:{decimal}[0-9]+)?(?:[eE][+-]?[0-9]{{1,3}})?")
