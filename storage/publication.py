"""The database that analysts open: a copy, replaced in one step after every stage."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from storage.little_memory import within_little_memory
from storage.publication_parts import Parted, statements_in_parts
from storage.published_units import forget_older_units, units_statement

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Store

# Published name -> the query that fills it. Columns are added, never renamed (contract.md).
PUBLISHED: dict[str, str] = {
    "wave": "SELECT * FROM wave ORDER BY position",
    "unit_outcome": (
        "SELECT wave, unit_id, outcome, outcome_class, detail, website_url, n_pages, n_words,"
        " language FROM unit_outcome ORDER BY wave, unit_id"
    ),
    "unit_website": (
        "SELECT uw.wave, uw.unit_id, uw.website_url, uw.declared, l.link_probability,"
        " l.link_evidence, l.accepted, o.outcome, o.detail"
        " FROM unit_website uw LEFT JOIN website_link l USING (wave, unit_id, website_url)"
        " JOIN unit_website_outcome o USING (wave, unit_id, website_url)"
        " ORDER BY uw.wave, uw.unit_id, uw.website_url"
    ),
    "website": "SELECT * FROM website ORDER BY wave, website_url",
    "page": (
        "SELECT wave, website_url, url, final_url, fetched_at, http_status, media_type, n_bytes,"
        " body_digest, archive_file, archive_offset, position, rendered,"
        " revisit, coalesce(archived_at, fetched_at) AS archived_at"
        " FROM $part ORDER BY wave, website_url, position, url"
    ),
    "fetch_failure": "SELECT * FROM fetch_failure ORDER BY wave, website_url, failed_at, url",
    "website_pause": "SELECT * FROM website_pause ORDER BY wave, website_url, pass_number",
    "website_signal": (
        "SELECT * FROM website_signal ORDER BY wave, website_url, pass_number, signal"
    ),
    "website_request": (
        "SELECT * FROM website_request ORDER BY wave, website_url, host, day, kind, result, run_id"
    ),
    "opt_out": "SELECT * FROM opt_out ORDER BY domain",
    "document": (
        "SELECT wave, website_url, url, title, description, language, text, n_words, extractor,"
        " body_digest, text_digest, position"
        " FROM $part ORDER BY wave, website_url, position, url"
    ),
    "page_rejection": "SELECT * FROM page_rejection ORDER BY wave, website_url, url",
    "prediction": (
        "SELECT wave, unit_id, sector, probability, active, model_id, basis, threshold,"
        " raw_probability"
        " FROM $part ORDER BY wave, sector, unit_id"
    ),
    "prior_shift": "SELECT * FROM prior_shift ORDER BY wave, sector",
    "evidence": (
        "SELECT e.*, p.archive_file, p.archive_offset FROM $part e LEFT JOIN"
        " (SELECT wave, url, min_by(archive_file, website_url) AS archive_file,"
        " min_by(archive_offset, website_url) AS archive_offset FROM page GROUP BY ALL) p"
        " USING (wave, url) ORDER BY wave, sector, unit_id, rank"
    ),
    "explanation": "SELECT * FROM $part ORDER BY wave, sector, unit_id, kind, rank",
    "label": (
        "SELECT unit_id, url, sector, active, coder, coded_at, purpose, wave,"
        " inclusion_probability, text, language, note, source, label_id, guideline, page_digest,"
        " role FROM label ORDER BY label_id"
    ),
    "model": "SELECT model_id, sector, trained_at, directory, card FROM model ORDER BY sequence",
    "sector_version": "SELECT * FROM sector_version ORDER BY sector, first_used_at, version",
    "held_out_score": "SELECT * FROM held_out_score ORDER BY model_id, subject",
    "bridge": "SELECT * FROM bridge ORDER BY made_at, sector, measure",
    "bridge_decision": "SELECT * FROM bridge_decision ORDER BY wave, sector, model_id, unit_id",
    "model_promotion": "SELECT * FROM model_promotion ORDER BY promoted_at",
    "discovery_term": ("SELECT * FROM discovery_term ORDER BY wave, sector, compared_with, rank"),
    "discovery_cluster": "SELECT * FROM discovery_cluster ORDER BY wave, sector, cluster",
    "discovery_member": (
        "SELECT * FROM discovery_member ORDER BY wave, sector, cluster, distance, unit_id"
    ),
    "nace_suggestion": "SELECT * FROM nace_suggestion ORDER BY wave, unit_id, rank",
    "drift_check": "SELECT * FROM drift_check ORDER BY wave, sector, position",
    "audit_draw": "SELECT * FROM audit_draw ORDER BY wave, sector",
    "audit_unit": "SELECT * FROM audit_unit ORDER BY wave, sector, unit_id",
    "estimate": (
        "SELECT wave, sector, measure, domain_variable, domain, estimator, value, standard_error,"
        " ci_lower, ci_upper, confidence_level, n_frame, n_classified, n_audit, quality,"
        " disclosure, method_version, noise_bound FROM estimate"
        " ORDER BY wave, sector, measure, domain_variable, domain, estimator"
    ),
    "wave_change": "SELECT * FROM wave_change ORDER BY wave, earlier_wave, sector, measure",
    "wave_change_component": (
        "SELECT * FROM wave_change_component ORDER BY wave, earlier_wave, sector, position"
    ),
    "estimate_vintage": (
        "SELECT * FROM estimate_vintage ORDER BY wave, sector, vintage, measure, domain_variable,"
        " domain, estimator"
    ),
    "release_withdrawal": "SELECT * FROM release_withdrawal ORDER BY withdrawn_at, wave, sector",
    "outcome_code": "SELECT outcome, outcome_class, meaning FROM outcome_code ORDER BY preference",
    "stage_run": "SELECT * FROM stage_run ORDER BY ended_at",
    "issue": "SELECT * FROM issue ORDER BY noted_at, stage, code",
}
# Those with a row or more for each page, or for each unit and sector.
_PARTED = {
    "page": Parted(table="page", group=("wave",), key="website_url"),
    "document": Parted(table="document", group=("wave",), key="website_url"),
    "prediction": Parted(table="prediction", group=("wave", "sector"), key="unit_id"),
    "evidence": Parted(table="evidence", group=("wave", "sector"), key="unit_id"),
    "explanation": Parted(table="explanation", group=("wave", "sector"), key="unit_id"),
}


def publish(store: Store, target: Path) -> None:
    """Replace the published database by the present state.

    Readers that have the old file open keep it; who opens the path afterwards sees the new one.

    Args:
        store: The work database.
        target: Path of the published DuckDB file; its directory is made if absent.

    Raises:
        OSError: It cannot be written there; asked of the system, since DuckDB tells only in words.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new.duckdb")
    fresh.unlink(missing_ok=True)
    fresh.touch()
    units = within_little_memory(store, partial(_write, store, fresh))
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    fresh.replace(target)
    forget_older_units(target.parent, units)


def _write(store: Store, fresh: Path) -> str:
    for left_over in fresh.parent.glob(f"{fresh.name}*"):
        left_over.unlink()
    store.checkpoint()  # or closing it does, after the publication held what is to be written
    units = units_statement(store, fresh.parent)
    statements = [units]
    for name, sql in PUBLISHED.items():
        if parted := _PARTED.get(name):
            statements += statements_in_parts(store, name, sql, parted)
        else:
            statements.append(f"CREATE TABLE published.{name} AS {sql}")
    store.publish_copy(fresh, statements)
    return units
