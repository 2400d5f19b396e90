"""When to stop labelling: what the last batch bought, and what one like it may still buy (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classify.measures import Measure

# Gains below these are not worth a batch: a tenth of what a sector's figures vary by.
WORTHWHILE = {"average_precision": 0.01, "f1": 0.02}
_NAMES = {"average_precision": "average precision", "f1": "F1"}


def advise(
    average_precision: Measure | None, f1: Measure | None, *, n_active: int
) -> tuple[str, str]:
    """Return ``label_more``, ``cannot_tell`` or ``stop``, and the reason as a sentence.

    ``stop`` only where the intervals of both gains of the last batch lie below what is worthwhile:
    that no gain is seen among few active companies says little. Where nothing changed at all every
    resample says so too; what n active companies leave open then is a share of 1 - 0.025^(1/n)
    (Clopper and Pearson, none of n). ``label_more`` where one of them
    lies above 0, or where there is no gain to look at yet.

    Args:
        average_precision: Gain of the last batch; None without one.
        f1: The same.
        n_active: Labelled active companies that it is measured on.
    """
    if average_precision is None or f1 is None:
        return (
            "label_more",
            "there is no gain to look at yet: it takes two stages with labels of both answers",
        )
    gains = {"average_precision": average_precision, "f1": f1}
    told = " and ".join(f"{_NAMES[name]} {_told(gain)}" for name, gain in gains.items())
    if any(gain.lower > 0 for gain in gains.values()):
        return "label_more", f"the last batch bought {told}"
    unseen = 1 - 0.025 ** (1 / max(n_active, 1))
    if all(_most(gains[name], unseen) < least for name, least in WORTHWHILE.items()):
        least = " or ".join(f"{WORTHWHILE[name]:g} of {_NAMES[name]}" for name in WORTHWHILE)
        return (
            "stop",
            f"the last batch bought {told}: one like it is not worth {least}; the hours buy more"
            " in an audit, or in labels of another kind (new languages, doubtful cases)",
        )
    return (
        "cannot_tell",
        f"no gain of the last batch can be shown, nor that there is none: {told};"
        f" {n_active} active companies are few to measure by, more of them narrow the intervals",
    )


def _most(gain: Measure, unseen: float) -> float:
    """Return the upper end of a gain; where no resample differs, what so few may have not shown."""
    return gain.upper if gain.upper > gain.lower else gain.value + unseen


def _told(gain: Measure) -> str:
    return f"{gain.value:+.3f} ({gain.lower:+.3f} to {gain.upper:+.3f})"
