"""Activity codes: is a code in the register's classification, and in which section?"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from importlib import resources

from storage.errors import InvalidInput

NO_CLASSIFICATION = "none"
CODE_LISTS = {"NACE_R2": "nace_r2.csv", "NACE_R21": "nace_r21.csv"}

# Section letter, digits in pairs or runs with or without dots, and the letter of the French NAF.
_CODE = re.compile(r"([A-V]?) ?([0-9]{2}(?:\.?[0-9]{1,2}(?:\.?[0-9]{1,2})?)?)([A-Z]?)")
_LOST_ZERO = re.compile(r"[0-9](\.?[0-9]{1,2}){0,2}")


@dataclass(frozen=True, slots=True)
class Classification:
    """A code list, and what was already looked up in it.

    Attributes:
        name: ``NACE_R2``, ``NACE_R21`` or ``none`` (nothing is checked).
        sections: Code without dots -> section letter, for levels 1 to 4.
    """

    name: str
    sections: dict[str, str]
    _seen: dict[str, tuple[str, str]] = field(default_factory=dict)

    def look_up(self, written: str) -> tuple[str, str]:
        """Return a code without dots, and its section.

        Digits that a country adds below the class (UK SIC ``62011``, NAF ``62.01Z``, NOGA
        ``620100``) are kept; what they refine has to be in the list, they themselves are unknown.

        Raises:
            ValueError: The code is not in the list; the message says what to do, as a clause.
        """
        if not written or self.name == NO_CLASSIFICATION:
            return written, ""
        if (known := self._seen.get(written)) is None:
            known = self._seen[written] = self._read(written)
        return known

    def _read(self, written: str) -> tuple[str, str]:
        code = written.upper()
        if code in self.sections and len(code) == 1 and code.isalpha():
            return code, code
        match = _CODE.fullmatch(code)
        digits = match[2].replace(".", "") if match else ""
        section = self.sections.get(digits[:4], "")
        if not match or not section or (match[3] and len(digits) != 4):
            raise ValueError(f"is not in {self.name}{self._mend(code)}")
        if match[1] and match[1] != section:
            raise ValueError(f"is in section {section} of {self.name}, not in {match[1]}")
        return digits + match[3], section

    def _mend(self, code: str) -> str:
        with_zero = "0" + code.replace(".", "")
        if _LOST_ZERO.fullmatch(code) and with_zero[:4] in self.sections:
            return (
                f"; if {with_zero} is meant, its leading zero was lost"
                " (a spreadsheet took the code for a number): export the column as text"
            )
        return "; correct it, recode it under [values.nace_code], or set [frame] classification"


def load_classification(name: str) -> Classification:
    """Read a code list that ships with the package.

    Raises:
        InvalidInput: There is no such classification.
    """
    if name == NO_CLASSIFICATION:
        return Classification(name, {})
    if name not in CODE_LISTS:
        known = ", ".join([*CODE_LISTS, NO_CLASSIFICATION])
        raise InvalidInput(
            f"{name!r} is no classification known here",
            f"Set classification under [frame] to one of: {known}.",
        )
    source = resources.files("storage.classifications") / CODE_LISTS[name]
    lines = source.read_text(encoding="utf-8").splitlines()
    return Classification(name, {row["code"]: row["section"] for row in csv.DictReader(lines)})
