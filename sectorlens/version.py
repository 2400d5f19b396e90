"""Which code this is: stands in every manifest."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def code_version() -> str:
    """Return the installed version; ``0+source`` where it runs from a bare checkout."""
    try:
        return version("sectorlens")
    except PackageNotFoundError:
        return "0+source"
