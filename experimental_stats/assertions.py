"""What must hold before a byte of a release is written (pure)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from experimental_stats.audited_frame import TOTAL
from storage.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experimental_stats.exporter import PublishedSector, ReleaseContent
    from storage.records.release import Estimate

ADDITIVITY = 1e-6  # relative
_FIGURES = ("value", "standard_error", "ci_lower", "ci_upper")
_COUNTS = ("n_frame", "n_classified", "n_audit")


def check_release(release: ReleaseContent) -> None:
    """Refuse a release that tells what is suppressed, or figures that cannot be right.

    Raises:
        QualityError: All breaches, one a line.
    """
    breaches = [breach for row in release.all_estimates for breach in _row_breaches(row)]
    for sector in release.sectors:
        breaches += _sector_breaches(sector)
    breaches += [
        f"waterfall {row.domain_variable} {row.domain}: suppressed, but has a count"
        for row in release.waterfall
        if bool(row.disclosure) != (row.n_units is None)
    ]
    if breaches:
        raise QualityError(
            f"The release breaks {len(breaches)} of its own rules; nothing was written",
            "This is a fault of the program or of its settings: report it with these lines.",
            breaches,
        )


def check_adds_up(estimates: Sequence[Estimate]) -> None:
    """Refuse estimates whose domains do not add up to their total; before suppression.

    Raises:
        QualityError: The variables that do not add up.
    """
    sums: dict[tuple[str, str, bool], float] = {}
    totals: dict[tuple[str, bool], float] = {}
    for row in estimates:
        headline = row.is_headline
        if row.domain_variable == TOTAL:
            totals[row.measure, headline] = row.value or 0.0
        else:
            key = (row.measure, row.domain_variable, headline)
            sums[key] = sums.get(key, 0.0) + (row.value or 0.0)
    breaches = [
        f"{measure} by {variable}: {value} against {totals[measure, headline]}"
        for (measure, variable, headline), value in sums.items()
        if abs(value - totals[measure, headline]) > ADDITIVITY * max(totals[measure, headline], 1.0)
    ]
    if breaches:
        raise QualityError("Domains do not add up to their total", details=breaches)


def refuse_breaches(breaches: Sequence[str]) -> None:
    """Refuse a release from which outsiders can infer what is protected.

    Raises:
        QualityError: The protected figures, and how close an outsider comes to each.
    """
    if breaches:
        raise QualityError(
            f"{len(breaches)} protected figures could be inferred; nothing was written",
            "An attacker's calculation over all tables and earlier releases found them. Leave the"
            " breakdown out of `[estimate] domains`. Where an earlier release told of it: what was"
            " told stays told; keep to that one's rules and `counts`, or take it back (`sectorlens"
            " release withdraw`): what it gave away is hidden then, and no longer asked for.",
            breaches,
        )


def _row_breaches(row: Estimate) -> list[str]:
    where = f"{row.sector} {row.measure} {row.domain_variable} {row.domain} {row.estimator}"
    held = [name for name in (*_FIGURES, *_COUNTS) if getattr(row, name) is not None]
    held += ["quality"] if row.disclosure and row.quality else []
    if row.disclosure:
        return [f"{where}: suppressed, but has {', '.join(held)}"] if held else []
    if len(held) < len(_FIGURES) + len(_COUNTS):
        return [f"{where}: lacks a figure without being suppressed"]
    value, error, lower, upper = (float(getattr(row, name)) for name in _FIGURES)
    ordered = 0 <= lower <= value <= upper and error >= 0
    if not ordered or not all(map(math.isfinite, (value, error, lower, upper))):
        return [f"{where}: {lower} ≤ {value} ≤ {upper} ± {error} does not hold"]
    return []


def _sector_breaches(sector: PublishedSector) -> list[str]:
    """Return bounds of the sector's definition that its share of the population breaks."""
    total = next(
        row
        for row in sector.estimates
        if row.domain_variable == TOTAL and row.measure == "enterprises"
    )
    share = (total.value or 0.0) / max(total.n_frame or 0, 1)
    note = sector.note
    breaches = []
    if note.lowest_share is not None and share < note.lowest_share:
        breaches.append(f"{note.name}: share {share:.4f} is below its bound {note.lowest_share}")
    if note.highest_share is not None and share > note.highest_share:
        breaches.append(f"{note.name}: share {share:.4f} is above its bound {note.highest_share}")
    return breaches
