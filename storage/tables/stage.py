"""How stages ended, what they warned of, and where every unit stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from storage.records.stage import Issue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Store
    from storage.records.stage import StageReport

BROKEN_OFF = "run_broken_off"
_BROKEN_OFF = f"wave = $wave AND stage = $stage AND code = '{BROKEN_OFF}'"

# stage -> (what is counted, query of (state, reason, n)); a state is a field of StageReport
_STATES = {
    "frame": (
        "rows",
        "SELECT 'done', '', n_rows - n_rejected FROM wave WHERE wave = $wave"
        " UNION ALL SELECT 'rejected', 'bad_row', n_rejected FROM wave WHERE wave = $wave",
    ),
    "crawl": (
        "websites",
        "SELECT CASE WHEN c.outcome IS NULL THEN 'pending' WHEN c.outcome = 'reached' THEN 'done'"
        " WHEN c.outcome_class IN ('refusal', 'ineligible') THEN 'rejected' ELSE 'failed' END,"
        " coalesce(c.outcome, ''), count(*)"
        " FROM (SELECT DISTINCT wave, website_url FROM unit_website WHERE wave = $wave) uw"
        " LEFT JOIN website w USING (wave, website_url)"
        " LEFT JOIN outcome_code c ON c.outcome = w.crawl_outcome GROUP BY ALL",
    ),
    "extract": (
        "pages",
        "SELECT CASE WHEN d.url IS NOT NULL THEN 'done' WHEN r.detail LIKE 'fault: %' THEN 'failed'"
        " WHEN r.url IS NOT NULL THEN 'rejected' ELSE 'pending' END,"
        " CASE WHEN r.detail LIKE 'fault: %' THEN 'page_fault' ELSE coalesce(r.reason, '') END,"
        " count(*)"
        " FROM (SELECT * FROM page WHERE wave = $wave) p"
        " LEFT JOIN document d USING (wave, website_url, url)"
        " LEFT JOIN page_rejection r USING (wave, website_url, url) GROUP BY ALL",
    ),
    "link": (
        "unit websites",
        "SELECT CASE WHEN l.accepted THEN 'done' WHEN NOT l.accepted THEN 'rejected'"
        " ELSE 'pending' END, CASE WHEN NOT l.accepted THEN 'not_the_units_website' ELSE '' END,"
        " count(*)"
        " FROM unit_website uw JOIN website w USING (wave, website_url)"
        " LEFT JOIN website_link l USING (wave, unit_id, website_url)"
        " WHERE uw.wave = $wave AND w.outcome = 'reached' GROUP BY ALL",
    ),
    "classify": (
        "units",
        "SELECT CASE WHEN p.unit_id IS NULL THEN 'pending' ELSE 'done' END, '', count(*)"
        " FROM (SELECT DISTINCT l.wave, l.unit_id FROM website_link l"
        "       JOIN website w USING (wave, website_url)"
        "       WHERE l.wave = $wave AND l.accepted AND w.outcome = 'reached') u"
        " LEFT JOIN (SELECT DISTINCT wave, unit_id FROM prediction) p USING (wave, unit_id)"
        " GROUP BY ALL",
    ),
}


def insert_stage_report(store: Store, wave: str, report: StageReport, **measured: Any) -> None:
    """Keep how a stage ended, with its warnings.

    Args:
        store: The work database.
        wave: The wave it worked on.
        report: What it told.
        **measured: Columns ``wall_seconds``, ``cpu_seconds`` (of the process and its ended
            children), ``code_version`` and ``settings_digest``.
    """
    row = {
        "wave": wave,
        "stage": report.stage,
        "of": report.of,
        "taken": report.taken,
        "done": report.done,
        "pending": report.pending,
        "rejected": json.dumps(report.rejected, sort_keys=True),
        "failed": json.dumps(report.failed, sort_keys=True),
        **measured,
    }
    with store.transaction():
        store.insert_columns("stage_run", {name: [value] for name, value in row.items()})
        insert_issues(store, wave, report.issues)


def insert_issues(store: Store, wave: str, issues: Sequence[Issue]) -> None:
    """Keep warnings of a wave; they stand in the published table `issue`."""
    store.insert_records("issue", issues, wave=wave)


def note_broken_off(store: Store, wave: str, stage: str, detail: str) -> None:
    """Keep that a run of a stage ended without an account; the same words are kept once."""
    known = store.rows(
        f"SELECT 1 FROM issue WHERE {_BROKEN_OFF} AND detail = $detail",  # noqa: S608 - a constant
        {"wave": wave, "stage": stage, "detail": detail},
    )
    if not known:
        insert_issues(store, wave, [Issue(stage=stage, code=BROKEN_OFF, detail=detail)])


def owes_an_account(store: Store, wave: str, stage: str) -> bool:
    """Return whether a run of a stage was broken off and none has told of the stage since."""
    return bool(
        store.rows(
            f"SELECT 1 FROM issue WHERE {_BROKEN_OFF} AND noted_at >"  # noqa: S608 - a constant
            " (SELECT coalesce(max(ended_at), '-infinity') FROM stage_run"
            "  WHERE wave = $wave AND stage = $stage) LIMIT 1",
            {"wave": wave, "stage": stage},
        )
    )


def load_stage_state(store: Store, wave: str, stage: str) -> dict[str, Any]:
    """Return how many cases of one stage stand where, as `load_stage_states` does."""
    of, query = _STATES[stage]
    return _state(stage, of, store.rows(query, {"wave": wave}))


def load_stage_states(store: Store, wave: str) -> list[dict[str, Any]]:
    """Return, for each stage, how many of its cases stand where.

    Returns:
        One dict a stage in order: ``stage``, ``of``, ``taken``, ``done``, ``pending``,
        ``rejected`` and ``failed`` (reason -> number); taken is the sum of the others.
    """
    return [load_stage_state(store, wave, stage) for stage in _STATES]


def _state(stage: str, of: str, rows: list[tuple[str, str, int]]) -> dict[str, Any]:
    state: dict[str, Any] = {"stage": stage, "of": of, "taken": sum(n for _, _, n in rows)}
    for simple in ("done", "pending"):
        state[simple] = sum(n for kind, _, n in rows if kind == simple)
    for reasoned in ("rejected", "failed"):
        found = [(reason, n) for kind, reason, n in rows if kind == reasoned and n]
        state[reasoned] = dict(sorted(found))
    return state


def load_waterfall(store: Store, wave: str) -> list[tuple[str, str, int, int]]:
    """Return (outcome, outcome class, units, of all units) in the order of the code list."""
    return store.rows(
        "SELECT o.outcome, o.outcome_class, count(*), sum(count(*)) OVER ()::BIGINT"
        " FROM unit_outcome o JOIN outcome_code c USING (outcome) WHERE wave = ?"
        " GROUP BY o.outcome, o.outcome_class, c.preference ORDER BY c.preference",
        [wave],
    )
