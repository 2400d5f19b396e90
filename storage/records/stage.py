"""What a stage of the pipeline tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

# stage name, done so far, of how many
ProgressListener = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Listen to nothing: what a stage reports to when nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A warning as a record: counted, kept and published in the table `issue`.

    Attributes:
        code: Stable name, e.g. ``labels_of_unknown_units``.
        detail: For people.
        count: How many cases it stands for.
    """

    stage: str
    code: str
    detail: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    """How a stage ended; ``taken = done + pending + Σ rejected + Σ failed``, checked when made.

    Attributes:
        of: What is counted, in the plural: ``units``, ``websites``, ``pages``.
        taken: How many were taken up in this run.
        rejected: Reason -> number turned away for a reason that lies in them.
        failed: Reason -> number lost to a fault.
        pending: Taken but left for later (interrupted).
        interrupted: True where the operator broke it off; state is kept.
        notes: Sentences for the operator.
        changed: True where what is kept changed though nothing was taken up.
    """

    stage: str
    of: str
    taken: int
    done: int
    rejected: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    changed: bool = False

    def __post_init__(self) -> None:
        """Refuse a report that does not add up."""
        accounted = (
            self.done + self.pending + sum(self.rejected.values()) + sum(self.failed.values())
        )
        if accounted != self.taken:
            message = (
                f"stage {self.stage}: took {self.taken} {self.of} but accounts for {accounted}"
            )
            raise ValueError(message)
