"""What drift monitoring reads of earlier waves, and what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from storage.database import Store


def load_outcome_mix(store: Store, wave: str) -> dict[str, int]:
    """Return outcome -> units of the wave's frame."""
    rows = store.rows(
        "SELECT outcome, count(*) FROM unit_outcome WHERE wave = ? GROUP BY outcome ORDER BY 1",
        [wave],
    )
    return dict(rows)


def load_audited_decisions(
    store: Store, sector: str, model_id: str
) -> dict[str, list[tuple[bool, bool, float]]]:
    """Return, for each audited wave in order, what a model decided and what the auditors found.

    Of several answers for a unit the last counts; units of which nobody could tell are left out.

    Returns:
        wave -> (decided active, found active, inclusion probability) a unit, by unit id.
    """
    found: dict[str, list[tuple[bool, bool, float]]] = {}
    for wave, decided, active, probability in store.rows(
        "WITH answered AS (SELECT wave, unit_id, sector, active FROM label"
        " WHERE purpose = 'audit' AND sector = ? AND unit_id IS NOT NULL"
        " QUALIFY row_number() OVER (PARTITION BY wave, unit_id ORDER BY label_id DESC) = 1)"
        " SELECT a.wave, p.active, a.active, d.inclusion_probability FROM answered a"
        " JOIN prediction p USING (wave, unit_id, sector)"
        " JOIN audit_unit d USING (wave, unit_id, sector) JOIN wave w USING (wave)"
        " WHERE d.drawn AND a.active IS NOT NULL AND p.active IS NOT NULL AND p.model_id = ?"
        " ORDER BY w.position, a.unit_id",
        [sector, model_id],
    ):
        found.setdefault(wave, []).append((decided, active, probability))
    return found


def replace_drift_checks(
    store: Store, wave: str, sector: str, checks: Sequence[Any], **constants: Any
) -> None:
    """Keep the checks of a sector in place of those that stand for the same wave.

    Args:
        store: The work database.
        wave: The wave in question.
        sector: Its sector.
        checks: Records with ``kind``, ``name``, ``verdict``, ``value``, ``limit``, ``p_value`` and
            ``detail``, in order.
        **constants: Columns ``reference_wave``, ``model_id`` and ``method_version``.
    """
    with store.transaction():
        store.execute("DELETE FROM drift_check WHERE wave = ? AND sector = ?", [wave, sector])
        for position, check in enumerate(checks):
            store.insert_records(
                "drift_check", [check], wave=wave, sector=sector, position=position, **constants
            )
