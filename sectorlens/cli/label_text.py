"""Sentences on labels for people: agreement of coders and errors of training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def agreement_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Return what `classify.double_coding.describe_agreement` found, a sentence a line."""
    yield (
        f"{told['n_double_coded']} of {told['n_subjects']} labelled subjects were judged by two or"
        f" more coders ({told['share_double_coded']:.0%}); {told['n_disputed']} are disputed,"
        f" {told['n_open']} of them open"
    )
    if told["n_contradicting_themselves"]:
        yield f"on {told['n_contradicting_themselves']} subjects a coder gave two answers"
    if told["gwet_ac1"]:
        yield f"all coders: {_coefficient('AC1', told['gwet_ac1'])}"
    for pair in told["pairs"]:
        first, second = pair["coders"]
        kappa, ac1 = pair["cohen_kappa"], pair["gwet_ac1"]
        yield (
            f"{first} and {second}, {pair['n']} subjects: {_coefficient('kappa', kappa)};"
            f" {_coefficient('AC1', ac1)}"
        )


def _coefficient(name: str, found: Mapping[str, Any] | None) -> str:
    if found is None or found["value"] is None:
        return f"{name} cannot be given (one answer only)"
    if found["lower"] is None:
        return f"{name} {found['value']:.2f} (no interval)"
    return f"{name} {found['value']:.2f} ({found['lower']:.2f} to {found['upper']:.2f})"
