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
    shown = sorted(told["pairs"], key=lambda pair: -pair["n"])[:_MOST_PAIRS]
    for pair in shown:
        first, second = pair["coders"]
        kappa, ac1 = pair["cohen_kappa"], pair["gwet_ac1"]
        yield (
            f"{first} and {second}, {pair['n']} subjects: {_coefficient('kappa', kappa)};"
            f" {_coefficient('AC1', ac1)}"
        )
    if more := len(told["pairs"]) - len(shown):
        yield (
            f"and {more} more pairs with no more subjects in common: `sectorlens label agreement"
            " --format json` tells them"
        )


def error_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Return what `classify.training_data.describe_errors` found, a sentence a line."""
    yield from _label_lines(told["labels"])
    yield from agreement_lines(told["agreement"])
    likely = told["likely_label_errors"]
    yield (
        f"{likely['n_likely']} of {likely['n_scored']} labels are likely wrong"
        f" ({likely['share']:.1%}): `sectorlens label check` ranks them"
    )
    for suspect in likely["list"][:_EXAMPLES]:
        label = "active" if suspect["active"] else "inactive"
        yield (
            f"  labelled {label}, held-out probability {suspect['probability']:.3f}:"
            f" {suspect['subject'][:_LONGEST]}"
        )
    for where, sides in (
        ("train_and_test", "training and test labels"),
        ("across_folds", "labels of different folds"),
    ):
        found = told["leakage"][where]
        yield (
            f"{sides}: {found['same_website']} pairs share a website, {found['same_text']} a text,"
            f" {found['near_duplicate']} nearly a text"
        )
    yield from _balance_lines(told["balance"])


_EXAMPLES = 5
_MOST_PAIRS = 20
_LONGEST = 120


def _label_lines(told: Mapping[str, Any]) -> Iterator[str]:
    purposes = ", ".join(f"{n} {purpose}" for purpose, n in told["by_purpose"].items())
    yield f"{told['n']} labels ({purposes})"
    if told["n_of_another_guideline"]:
        yield (
            f"{told['n_of_another_guideline']} labels were given by another version of the"
            f" definition than {told['guideline']}"
        )
    if told["n_page_changed"]:
        yield (
            f"{told['n_page_changed']} of {told['n_with_page_digest']} labels name a page that is"
            " no longer what the coder saw"
        )
    if told["unused"]:
        unused = ", ".join(f"{code} {n}" for code, n in told["unused"].items())
        yield f"not used: {unused}"


def _balance_lines(told: Mapping[str, Any]) -> Iterator[str]:
    decided = told["share_decided_active_in_frame"]
    beside = "" if decided is None else f"; of the frame {decided:.1%} are decided active"
    yield (
        f"{told['n_active']} active and {told['n_inactive']} inactive subjects train"
        f" ({told['share_active']:.1%} active{beside})"
    )
    for one in told["variables"]:
        missing = ", ".join(code or "(none)" for code in one["unlabelled"])
        yield (
            f"{one['variable']}: {one['dissimilarity']:.0%} of the labels would have to be of"
            f" another class to mirror the frame; without a label: {missing or 'no class'}"
        )


def _coefficient(name: str, found: Mapping[str, Any] | None) -> str:
    if found is None or found["value"] is None:
        return f"{name} cannot be given (one answer only)"
    if found["lower"] is None:
        return f"{name} {found['value']:.2f} (no interval)"
    return f"{name} {found['value']:.2f} ({found['lower']:.2f} to {found['upper']:.2f})"
