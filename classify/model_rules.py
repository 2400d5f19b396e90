"""Which models this version of the software can read texts for (pure).

A model's weights belong to the features that it learnt from. Features of another rule can have
other lengths, which ends in a fault of arithmetic, or the same ones, which ends in decisions that
mean nothing; so such a model is refused before it sees a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classify.features import FEATURE_RULE
from classify.score import SCORE_RULE
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classify.classifier import BuildClassifier

# Parts of a card's ``method`` that say what a unit's features mean. What else stands there says
# how the model was trained, or lies in its files.
_READ_BY = {"features": FEATURE_RULE, "similarity": SCORE_RULE}


def foreign_rules(card: Mapping[str, Any]) -> list[str]:
    """Return by which other rules a model reads texts, in words; empty where it reads as we do."""
    method = card["method"]
    return [
        f"{name} of version {method.get(name, 'unknown')}, not {ours}"
        for name, ours in _READ_BY.items()
        if method.get(name) != ours
    ]


def refuse_foreign_rules(card: Mapping[str, Any], build: BuildClassifier) -> None:
    """Refuse a model whose weights belong to other features than this software makes.

    Args:
        card: Of the model.
        build: Finds its classifier by name.

    Raises:
        InvalidInput: It reads texts by other rules, or its classifier is of another version or is
            no longer there.
        KeyError: The card does not say what a card has to.
    """
    if told := foreign_rules(card) or _foreign_classifier(card["method"]["classifier"], build):
        raise InvalidInput(
            f"The model {card['model_id']} was trained by another version of sectorlens"
            f" ({'; '.join(told)}) and cannot decide by this one",
            f"Train it again from the same labels with `sectorlens model train --sector"
            f" {card['sector']}` and promote that model; or decide with the version of sectorlens"
            " that it was trained by.",
        )


def _foreign_classifier(learnt_by: Mapping[str, Any], build: BuildClassifier) -> list[str]:
    name, theirs = learnt_by["name"], learnt_by["method"].get("version")
    ours = build(name, learnt_by["options"]).method.get("version")
    return [] if theirs == ours else [f"classifier {name} of version {theirs}, not {ours}"]
