"""Who began and did not tell how it ended: the note that stands while a stage runs.

A process that is killed can say nothing. So before a stage begins, a note beside the work database
says which one, when, and where its cases stand; it goes once the stage's report is kept and
published. Whoever finds one tells in the table `issue` what that run got done.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from storage.tables.stage import load_stage_state, note_broken_off

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was begun.

    Attributes:
        wave: That it works on.
        stage: Of the pipeline; empty for work that does all or nothing.
        begun: UTC time, ISO 8601.
        state: Of the stage's cases then (`load_stage_state`).
    """

    wave: str = ""
    stage: str = ""
    begun: str = ""
    state: dict[str, Any] = field(default_factory=dict)


def read_note(path: Path) -> Note | None:
    """Return what was begun and did not end; None where there is no note.

    One that cannot be read, as versions before this one left them empty, says only that something
    was begun.
    """
    try:
        return Note(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return Note()


def write_note(path: Path, note: Note) -> None:
    """Put a note in place, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(asdict(note)), "utf-8")
    fresh.replace(path)


def tell_of(store: Store, left: Note) -> None:
    """Keep in the table `issue` that a run was broken off, and what it got done."""
    if not left.stage:
        return
    now = load_stage_state(store, left.wave, left.stage)
    told = (
        f"the run of {left.stage} begun at {left.begun} was killed, or broken off by a fault,"
        f" before its account was kept: {_changes(left.state, now)}; what it warned of, the next"
        f" run of {left.stage} warns of again"
    )
    note_broken_off(store, left.wave, left.stage, told)


def _changes(before: dict[str, Any], now: dict[str, Any]) -> str:
    """Return in words where more or fewer cases of a stage stand than before."""
    changed = [
        f"{name} {old} -> {new}"
        for name, old, new in zip(_NAMES, _numbers(before), _numbers(now), strict=True)
        if old != new
    ]
    return (
        f"{now['of']} {', '.join(changed)}" if changed else f"as many {now['of']} stand as before"
    )


_NAMES = ("done", "pending", "rejected", "failed")


def _numbers(state: dict[str, Any]) -> list[int]:
    counted = [state.get(name, 0) for name in _NAMES]
    return [sum(one.values()) if isinstance(one, dict) else one for one in counted]
