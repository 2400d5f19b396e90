"""Labels that make no model: told with what was left out, and with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.training_set import FEWEST_GROUPS
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classify.training_set import TrainingSet

# What the reasons for leaving labels out begin with -> the mend.
_ADVICE = {
    "labels_audited": "What an audit has drawn, and its answers, measure the model and so may not"
    " train it: label other units, which is what `label suggest` proposes, or texts (a label file"
    " with the column `text`).",
    "labels_contradictory": "What is labelled both ways trains nothing until an adjudicator's label"
    " settles it: `sectorlens label disagreements --sector {sector}` lists it.",
    "labels_of_unknown": "Labels by unit_id or url need the register that names them: `sectorlens"
    " frame import FILE --wave W`.",
    "labels_without_text": "What has no text in this wave trains nothing: `sectorlens run --wave W`"
    " gets it, or name the wave to learn from with --wave.",
}


def refuse_one_answer(
    sector: str, wave: str, active: Mapping[str, bool], found: TrainingSet
) -> None:
    """Refuse labels that cannot train and test a model.

    Args:
        sector: The sector.
        wave: Whose texts are learnt from; empty for none.
        active: Key of each labelled subject with text -> its answer.
        found: What was collected, with what was left out.

    Raises:
        NotReady: There is no label with text.
        InvalidInput: There are too few of an answer.
    """
    advice = (
        "Import labels with `sectorlens label import`; `sectorlens label suggest` tells which units"
        " to label first."
    )
    for code, mend in _ADVICE.items():
        if any(issue.code.startswith(code) for issue in found.issues):
            advice += f" {mend.format(sector=sector)}"
    told = [f"{issue.code}: {issue.count} {issue.detail}" for issue in found.issues]
    there = f" in wave {wave}" if wave else ""
    if not active:
        raise NotReady(
            f"No label of purpose training with text for {sector!r}{there}", advice, told
        )
    for said, name in ((True, "active"), (False, "inactive")):
        groups = {found.groups[key] for key, answer in active.items() if answer == said}
        if len(groups) < FEWEST_GROUPS:
            raise InvalidInput(
                f"The labels for {sector!r} hold {len(groups)} {name} websites or texts{there},"
                f" at least {FEWEST_GROUPS} are needed to train and test a model",
                advice,
                told,
            )
