"""A small wave, one unit for each way a unit can end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from storage.database import Store

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
BLANK = (
    "trade_name nace_code nace_section size_class region address postcode city country phone"
    " email vat_number registration_number"
).split()


class SmallWave:
    """Writes what the stages would have written about wave ``w1``."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def unit(self, unit_id: str, *websites: str, other: str = "{}") -> None:
        row = {"wave": "w1", "unit_id": unit_id, "unit_type": "enterprise", "legal_name": unit_id}
        row |= dict.fromkeys(BLANK, "") | {"other": other}
        self.store.insert("unit", pa.table({name: [value] for name, value in row.items()}))
        for url in websites:
            self.store.execute(
                "INSERT INTO unit_website VALUES ('w1', ?, ?, true, true)", [unit_id, url]
            )

    def visit(self, url: str, outcome: str, *, number: int = 1) -> None:
        self.store.execute(
            "INSERT INTO website_visit VALUES ('w1', 'r', ?, ?, ?, ?, 'told', 3, 1, 100, ?, ?)",
            [url, number, url, outcome, NOON, NOON],
        )

    def text(self, url: str, outcome: str = "reached", *, words: int = 50) -> None:
        self.store.execute(
            "INSERT INTO website_text VALUES ('w1', ?, ?, 'read', 1, ?, 'en', 'x', 'sha256:0')",
            [url, outcome, words],
        )

    def link(self, unit_id: str, url: str, *, accepted: bool = True) -> None:
        self.store.execute(
            "INSERT INTO website_link VALUES ('w1', ?, ?, 0.9, '{}', ?, '1', 'sha256:0')",
            [unit_id, url, accepted],
        )

    def prediction(self, unit_id: str) -> None:
        self.store.execute(
            "INSERT INTO prediction VALUES"
            " ('w1', ?, 'drones', 0.5, true, 0.5, 'model', 'm', 'd', NULL)",
            [unit_id],
        )

    def outcome(self, unit_id: str) -> tuple[str, str, str]:
        (row,) = self.store.rows(
            "SELECT outcome, outcome_class, detail FROM unit_outcome WHERE unit_id = ?", [unit_id]
        )
        return row


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def wave(store: Store) -> SmallWave:
    return SmallWave(store)
