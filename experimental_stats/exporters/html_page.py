"""The page a person opens: readable without scripts or a network, on screen and on paper."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from experimental_stats.audited_frame import TOTAL
from experimental_stats.exporter import ReleaseFile
from experimental_stats.outcome_cells import OUTSIDE
from experimental_stats.plain_text import plain
from experimental_stats.population import NOT_STATED
from experimental_stats.release_tables import safe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from experimental_stats.exporter import Exporter, PublishedSector, ReleaseContent
    from storage.database import Store
    from storage.records.release import Estimate

TITLE = "The release as a web page"
MEDIA_TYPE = "text/html"
PATH = "index.html"
SUPPRESSED = "[c]"
VARIABLES = {"nace_section": "NACE section", "size_class": "Size class", "region": "Region"}
METADATA_SUFFIX = "-metadata.json"


def build(options: Mapping[str, object]) -> Exporter:
    """Return the format; it takes no options."""
    del options
    return HtmlPage()


class HtmlPage:
    """Writes ``index.html``."""

    def files(self, release: ReleaseContent) -> tuple[ReleaseFile, ...]:
        """Return the one file."""
        del release
        return (ReleaseFile(path=PATH, title=TITLE, media_type=MEDIA_TYPE),)

    def write(
        self,
        release: ReleaseContent,
        directory: Path,
        *,
        listed: Sequence[ReleaseFile],
        store: Store,
    ) -> None:
        """Write the page; whatever came from outside is escaped."""
        del store
        template = resources.files("experimental_stats.exporters") / "html_page.html.jinja"
        environment = Environment(
            autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        page = environment.from_string(template.read_text(encoding="utf-8"))
        text = page.render(page=_page(release, listed))
        (directory / PATH).write_text(text + "\n", encoding="utf-8")


def _page(release: ReleaseContent, listed: Sequence[ReleaseFile]) -> dict[str, Any]:
    plan = release.plan
    bands = ", ".join(f"{name} (below {bound:.0%})" for name, bound in plan.quality_bands.items())
    whole = {(row.outcome, row.outcome_class): row.n_units or 0 for row in _whole(release)}
    outside = sum(n for (_, kind), n in whole.items() if kind in OUTSIDE)
    return {
        "title": plain(plan.title),
        "wave": plan.wave,
        "organisation": plain(plan.organisation),
        "contact_url": _link(plan.contact_url),
        "licence": plain(plan.licence),
        "licence_link": _link(plan.licence),
        "code_version": plan.code_version,
        "methods": ", ".join(release.made_from["method_versions"]),
        "level": f"{plan.confidence_level:.0%}",
        "minimum": plan.rules.minimum_contributors,
        "bands": f"Quality by standard error over estimate: {bands}, else unreliable.",
        "n_units": _number(whole[TOTAL, TOTAL]),
        "n_frame": _number(whole[TOTAL, TOTAL] - outside),
        "sectors": [_sector(sector, release) for sector in release.sectors],
        "outcomes": _outcomes(release, whole[TOTAL, TOTAL]),
        "waterfalls": [_waterfall(release, variable) for variable in release.domains],
        "comparison": _comparison(release),
        "notes": [plain(note, longest=1000) for note in release.notes],
        "definitions": _definitions(release),
        "files": [
            file for file in listed if file.path != PATH and not file.path.endswith(METADATA_SUFFIX)
        ],
    }


def _whole(release: ReleaseContent) -> list[Any]:
    return [row for row in release.waterfall if row.domain_variable == TOTAL]


def _link(url: str) -> str:
    """Return an address that is safe as a link; empty where it is none."""
    return url if url.startswith(("https://", "http://")) else ""


def _sector(sector: PublishedSector, release: ReleaseContent) -> dict[str, Any]:
    headline = next(
        r for r in sector.estimates if r.domain_variable == TOTAL and r.measure == "enterprises"
    )
    figures = _cells(headline)
    title = plain(sector.note.title)
    share = (headline.value or 0.0) / max(headline.n_frame or 0, 1)
    sentence = (
        f"An estimated {figures['value']} enterprises of the target population are active in this"
        f" sector; the true number lies between {figures['lower']} and {figures['upper']} with"
        f" {release.plan.confidence_level:.0%} confidence. Of {figures['n_frame']} units,"
        f" {figures['n_classified']} were reached and scored, {figures['n_audit']} of them checked"
        " by hand."
    )
    totals = [row for row in sector.estimates if row.domain_variable == TOTAL]
    tables = [_table(f"{title}: totals", "Measure", [(_measure(r.measure), r) for r in totals])]
    for variable in release.domains:
        for measure in release.measures:
            rows = [
                (_code(row.domain), row)
                for row in sector.estimates
                if row.measure == measure and row.domain_variable in {variable, TOTAL}
            ]
            name = _variable(variable)
            tables.append(_table(f"{title}: {measure} by {name.lower()}", name, rows))
    return {
        "title": title,
        "anchor": safe_name(sector.note.name),
        "headline": figures,
        "share": f"{share:.1%}",
        "sentence": sentence,
        "tables": tables,
        "audit": sector.audit,
        "model_id": plain(sector.model_id),
    }


def _table(caption: str, first: str, rows: Sequence[tuple[str, Estimate]]) -> dict[str, Any]:
    most = max((row.ci_upper or 0.0 for _, row in rows if row.domain_variable != TOTAL), default=0)
    return {
        "caption": caption,
        "first": first,
        "rows": [
            _cells(row)
            | {
                "label": label,
                "total": row.domain_variable == TOTAL,
                "bar": _bar(row, most if row.domain_variable != TOTAL else row.ci_upper or 0.0),
            }
            for label, row in rows
        ],
    }


def _bar(row: Estimate, most: float) -> dict[str, str] | None:
    if row.value is None or row.ci_lower is None or row.ci_upper is None:
        return None
    scale = 97.0 / most if most > 0 else 0.0
    return {
        "left": f"{row.ci_lower * scale:.1f}",
        "width": f"{(row.ci_upper - row.ci_lower) * scale:.1f}",
        "at": f"{row.value * scale:.1f}",
    }


def _cells(row: Estimate) -> dict[str, str]:
    return {
        "value": _number(row.value),
        "lower": _number(row.ci_lower),
        "upper": _number(row.ci_upper),
        "quality": row.quality or SUPPRESSED,
        "estimator": row.estimator.replace("_", " "),
        "n_frame": _number(row.n_frame),
        "n_classified": _number(row.n_classified),
        "n_audit": _number(row.n_audit),
    }


def _number(value: float | None) -> str:
    """Return a whole number with thin spaces between thousands."""
    return SUPPRESSED if value is None else f"{round(value):,}".replace(",", "\u202f")


def _measure(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _variable(name: str) -> str:
    return VARIABLES.get(name, plain(name.replace("_", " ").capitalize()))


def _code(code: str) -> str:
    return {TOTAL: "Total", NOT_STATED: "not stated"}.get(code, code)


def _outcomes(release: ReleaseContent, n_units: int) -> list[dict[str, Any]]:
    meanings = {code: meaning for code, _, meaning in release.outcome_codes}
    return [
        {
            "outcome": _code(row.outcome),
            "kind": "all" if row.outcome_class == TOTAL else row.outcome_class.replace("_", " "),
            "meaning": meanings.get(row.outcome, "all units of the register"),
            "n_units": _number(row.n_units),
            "share": f"{(row.n_units or 0) / max(n_units, 1):.1%}",
            "total": row.outcome == TOTAL,
        }
        for row in _whole(release)
    ]


def _waterfall(release: ReleaseContent, variable: str) -> dict[str, Any]:
    rows = [row for row in release.waterfall if row.domain_variable == variable]
    classes = list(dict.fromkeys(row.outcome_class for row in rows))
    by_domain: dict[str, list[str]] = {}
    for row in rows:
        by_domain.setdefault(row.domain, []).append(_number(row.n_units))
    return {
        "caption": f"Units of the register by {_variable(variable).lower()} and class of outcome",
        "first": _variable(variable),
        "classes": ["All units" if c == TOTAL else _measure(c) for c in classes],
        "rows": [{"label": _code(code), "cells": cells} for code, cells in by_domain.items()],
    }


def _comparison(release: ReleaseContent) -> list[dict[str, Any]]:
    return [
        {
            "sector": plain(sector.note.title),
            "measure": _measure(audit.measure),
            "audit": _cells(audit),
            "count": _cells(count),
        }
        for sector in release.sectors
        for audit in sector.estimates
        for count in sector.comparison
        if audit.domain_variable == count.domain_variable == TOTAL
        and audit.measure == count.measure
    ]


def _definitions(release: ReleaseContent) -> list[dict[str, Any]]:
    return [
        {
            "title": plain(note.title),
            "description": plain(note.description, longest=5000),
            "includes": [plain(case).rstrip(".") for case in note.includes],
            "excludes": [plain(case).rstrip(".") for case in note.excludes],
            "rulings": [
                {"case": plain(case, longest=2000), "ruling": plain(ruling, longest=2000)}
                for case, ruling in note.rulings
            ],
            "version": plain(note.version),
            "withheld": release.withheld.get(note.name, ""),
        }
        for note in release.plan.sectors
    ]
