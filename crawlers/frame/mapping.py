"""The mapping file: how a register's own columns and codes become those of the contract."""

from __future__ import annotations

import codecs
import dataclasses
import tomllib
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from storage.errors import InvalidInput
from storage.records.frame import Unit

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

REQUIRED_COLUMNS = ("unit_id", "legal_name")
KNOWN_COLUMNS = (
    *(f.name for f in dataclasses.fields(Unit) if f.name not in ("nace_section", "other")),
    "website",
)
_NOT_FOR_REGISTERS = ("unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined")
_LARGEST_MAPPING = 10_000_000  # bytes; a register given as its own mapping is larger


def _text_encoding(name: str) -> str:
    try:
        found = codecs.lookup(name)
        "a".encode(name)
    except (LookupError, UnicodeError, ValueError):
        found = None
    if found is None or found.name.replace("-", "_") in _NOT_FOR_REGISTERS:
        raise ValueError(f"{name!r} is no text encoding; try utf-8, cp1252, iso-8859-15 or utf-16")
    return name


def _one_separator(sign: str) -> str:
    if len(sign) != 1 or sign in '"\r\n\x00' or sign.isalnum():
        raise ValueError("the delimiter is one sign, and no letter, digit, quote or line end")
    return sign


class RegisterMapping(BaseModel):
    """What a mapping file says; an empty one says nothing.

    Attributes:
        columns: Contract name -> the register's name.
        values: Column -> value in the register -> value to be used; others stay as they are.
        encoding: Python's name of the text encoding; None for UTF-8 (CSV only).
        delimiter: Between two fields; None to find it in the header (CSV only).
        decimal: Decimal sign of employees and turnover.
        thousands: Sign between groups of three digits; empty for none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    columns: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    encoding: Annotated[str, AfterValidator(_text_encoding)] | None = None
    delimiter: Annotated[str, AfterValidator(_one_separator)] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'", "’", "\u00a0", "\u202f"] = ""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        faults = [
            f"[columns] {name} is no column of the contract; there are: {', '.join(KNOWN_COLUMNS)}"
            for name in self.columns
            if name not in KNOWN_COLUMNS
        ]
        if self.thousands == self.decimal:
            faults.append("thousands and decimal are the same sign")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def load_mapping(path: Path) -> RegisterMapping:
    """Read a mapping file.

    Raises:
        InvalidInput: It cannot be read, is no TOML, or says what a mapping cannot; all faults.
    """
    try:
        if path.stat().st_size > _LARGEST_MAPPING:
            raise InvalidInput(f"{path} is too large for a mapping file", _ADVICE)
        with path.open("rb") as source:
            said = tomllib.load(source)
    except OSError as fault:
        raise InvalidInput(
            f"The mapping file {path} cannot be read: {fault.strerror}", _ADVICE
        ) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidInput(f"The mapping file {path} is not TOML: {fault}", _ADVICE) from fault
    try:
        return RegisterMapping.model_validate(said)
    except ValidationError as faults:
        raise InvalidInput(
            f"The mapping file {path} has {faults.error_count()} fault(s)",
            _ADVICE,
            [
                f"{'.'.join(str(part) for part in fault['loc']) or 'mapping'}: {fault['msg']}"
                for fault in faults.errors(include_url=False)
            ],
        ) from faults


_ADVICE = (
    "A mapping file holds [columns] with contract name = register name, [values.<column>] with"
    " register value = value to use, and optionally encoding, delimiter, decimal and thousands."
)
