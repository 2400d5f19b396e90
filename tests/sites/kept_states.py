"""What several tests begin with: made by the first of them, copied for each of the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.database import Store
from storage.sql_text import quoted_name, quoted_text

# Filled by opening a database.
_OF_EVERY_DATABASE = ("migration", "outcome_code")
_FILLED = f"""
    SELECT table_name FROM duckdb_tables()
    WHERE database_name = current_database() AND NOT temporary AND estimated_size > 0
    AND table_name NOT IN {_OF_EVERY_DATABASE} ORDER BY table_oid
"""  # noqa: S608 - two names of ours


@dataclass
class KeptStates:
    """Copies rows into a database that has none yet, and models into a directory.

    Attributes:
        place: A directory of its own.
        told: What the function that made each state returned.
    """

    place: Path
    told: dict[str, Any] = field(default_factory=dict)

    def begin(
        self, name: str, store: Store, make: Callable[[], Any], *, models: Path | None = None
    ) -> Any:
        """Bring `store` and `models` into the state that `make` brings them into.

        Args:
            name: Of the state.
            store: Empty.
            make: Called where the state was not made before; what it returns is never changed.
            models: The directory of models, where the state has some.

        Returns:
            What `make` returned when it was called.
        """
        rows, trained = self.place / f"{name}.duckdb", self.place / name
        if name in self.told:
            _copy_rows(store, rows)
            if models:
                shutil.copytree(trained, models)
            return self.told[name]
        told = make()
        _keep_rows(store, rows)
        if models:
            shutil.copytree(models, trained)
        self.told[name] = told
        return told


def _keep_rows(store: Store, file: Path) -> None:
    store.execute(f"ATTACH {quoted_text(str(file))} AS kept")
    with store.transaction():
        for (name,) in store.rows(_FILLED):
            store.execute(f"CREATE TABLE kept.{quoted_name(name)} AS FROM {quoted_name(name)}")
    store.execute("DETACH kept")


def _copy_rows(store: Store, file: Path) -> None:
    store.execute(f"ATTACH {quoted_text(str(file))} AS kept (READ_ONLY)")
    of_kept = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'kept' ORDER BY ALL"
    with store.transaction():
        for (name,) in store.rows(of_kept):
            table = quoted_name(name)
            assert store.rows(f"SELECT count(*) FROM {table}") == [(0,)], name  # noqa: S608
            store.execute(f"INSERT INTO {table} FROM kept.{table}")
    store.execute("DETACH kept")
