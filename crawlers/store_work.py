"""What else a command does with the store while a crawl has it open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from storage.database import Store
    from storage.records.stage import StageReport


class StoreWork(Protocol):
    """Done beside the crawl, since to open the store once more takes as long as some 15 pages."""

    def begin(self, store: Store) -> None:
        """Do what comes before the crawl; a fault that it raises ends the crawl."""
        ...

    def end(self, store: Store, report: StageReport) -> None:
        """Do what comes after it."""
        ...


class _NoWork:
    def begin(self, store: Store) -> None:
        """Do nothing."""

    def end(self, store: Store, report: StageReport) -> None:
        """Do nothing."""


NO_WORK: StoreWork = _NoWork()
