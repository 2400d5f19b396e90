"""The words by which pages are told apart, read once from `phrases.toml` beside this module."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def phrases() -> dict[str, dict[str, list[str]]]:
    """Return section -> language or kind -> phrases, as they stand in the file."""
    source = resources.files("extract").joinpath("phrases.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@lru_cache(maxsize=32)
def pattern(section: str, *, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Return one pattern that matches any phrase of a section.

    Args:
        section: Heading in the file.
        flags: Of module `re`.
    """
    return re.compile("|".join(listed(section)), flags)


@lru_cache(maxsize=32)
def listed(section: str) -> tuple[str, ...]:
    """Return the phrases of a section in the order of the file, languages together."""
    return tuple(phrase for group in phrases()[section].values() for phrase in group)
