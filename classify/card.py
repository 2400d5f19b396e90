"""The model card: what a model was made from, how good it is, how it decides (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classify.admission import CAREFUL, Admission
from classify.label_shares import TEXT_SHARE, n_judging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A trained model, told.

    Attributes:
        content: As in ``card.json``: plain values only.
    """

    model_id: str
    sector: str
    content: Mapping[str, Any]


def card_markdown(card: Mapping[str, Any]) -> str:
    """Return the card for reading."""
    data, decision = card["data"], card["decision"]
    lines = [
        f"# Model {card['model_id']}",
        "",
        f"Sector *{card['definition']['title']}* (`{card['sector']}`, definition version "
        f"{card['definition']['version']}).",
        "",
        f"A unit counts as active from a probability of {decision['threshold']:.3f} "
        f"(rule `{decision['rule']}`, set on out-of-fold probabilities).",
        *_alarm_lines(decision),
        "",
        *_admission_lines(decision.get("admission")),
        "## Learnt from",
        "",
        f"{data['n']} labelled websites and texts of wave {data['wave']}: {data['active']} active, "
        f"{data['inactive']} inactive; {data['background']} further units without label for the "
        "centres of the languages.",
        *_text_lines(data),
        "",
        *_table(("language", "labelled", "active"), _language_rows(data["languages"])),
        "",
        *_left_out(data.get("left_out", {})),
        f"## Measured by cross-validation in {card['validation']['folds']} folds by website",
        "",
        "Value and 95 % interval: of average precision a bootstrap over websites, of precision, "
        "recall and F1, which are shares of few, Wilson's. The baseline is TF-IDF with logistic "
        "regression on the same folds. Precision, recall and F1 are at thresholds set on the other "
        "folds.",
        "",
        *_table(("measure", "this model", "baseline"), _measure_rows(card["validation"])),
        "",
        f"Average precision above the baseline: {_told(card['validation']['difference'])}. "
        f"Expected calibration error: {card['validation']['calibration_error']:.3f} "
        f"({_calibration(card['calibration'])}).",
        "",
        *_reliability_lines(card.get("reliability")),
        "## How it works",
        "",
        f"- data digest: {data['digest']}",
        f"- definition digest: {card['definition']['digest']}",
        *_method_lines(card["method"]),
        "",
    ]
    return "\n".join(lines)


def _text_lines(data: Mapping[str, Any]) -> list[str]:
    """Return whose labels decide, where texts stand beside websites."""
    judging, active = n_judging(data)
    if judging == data["n"]:
        return []
    return [
        "",
        f"{data['n'] - judging} of these are texts that stand alone. They train with at most"
        f" {TEXT_SHARE:g} of the weight of the websites of their answer; calibration, threshold and"
        f" the measures below rest on the {judging} websites ({active} active).",
    ]


def _admission_lines(told: Mapping[str, Any] | None) -> list[str]:
    if not told:
        return []
    admission = Admission(**told)
    if admission.admitted:
        return [f"Its decisions are better than chance: {admission.told}.", ""]
    return [
        f"**Nothing shows its decisions to be better than chance**: {admission.told}. So it decides"
        f" from a probability of at least {CAREFUL}.",
        "",
    ]


def _method_lines(method: Mapping[str, Any]) -> list[str]:
    chosen = method.get("classifier")
    plain = {name: value for name, value in method.items() if name != "classifier"}
    told = [f"- {name}: {value}" for name, value in sorted(plain.items())]
    if chosen:
        told.append(f"- classifier: {chosen['name']}")
        told += [f"  - {name}: {value}" for name, value in sorted(chosen["method"].items())]
    return told


def _alarm_lines(decision: Mapping[str, Any]) -> list[str]:
    """Return how often ordinary texts are called active; nothing for models that do not know."""
    told = decision.get("false_alarms")
    if not told:
        return []
    return [
        f"Of {told['n']} titles of other activities, judged by fits that had not seen them, "
        f"{told['hits']} reach it: at most {told['upper']:.2%} with 95 % confidence, "
        f"{told['maximum']:.2%} are admitted. The rule alone gave "
        f"{decision['threshold_by_rule']:.3f}.",
        *_raising_lines(decision.get("raised_by", [])),
        *_thin_lines(float(decision.get("thin_discount", 0.0))),
        *_offer_lines(decision.get("offer_level")),
    ]


def _raising_lines(activities: Sequence[str]) -> list[str]:
    if not activities:
        return []
    return [
        "",
        f"What raised it, the rule alone would call active: {'; '.join(activities)}. Name in"
        " `nace_hints` those that belong to the sector, and train again.",
    ]


def _thin_lines(discount: float) -> list[str]:
    if not discount:
        return []
    return [
        "",
        f"A text as short as such a title loses {discount:.2f} log-odds before calibration.",
    ]


def _offer_lines(level: float | None) -> list[str]:
    if level is None:
        return []
    return [
        "",
        f"A unit none of whose passages reads as an offer of the sector (evidence {level:.3f}, as"
        " nineteen in twenty active labels have it) loses of its score for it, down to below"
        " the threshold.",
    ]


def _left_out(counts: Mapping[str, int]) -> list[str]:
    told = ", ".join(f"{code} {number}" for code, number in sorted(counts.items()))
    return [f"Labels that were not used: {told}.", ""] if told else []


def _calibration(told: str | Mapping[str, Any]) -> str:
    return told if isinstance(told, str) else str(told["method"])


def _reliability_lines(told: Mapping[str, Any] | None) -> list[str]:
    """Return the section on reliability; empty for models trained before it was measured."""
    if not told:
        return []
    rows = [
        (
            f"{one['predicted']:.3f}",
            f"{one['observed']:.3f} ({one['lower']:.3f} to {one['upper']:.3f})",
            _bar(one["observed"]),
            str(one["n"]),
        )
        for one in told["bins"]
    ]
    return [
        "## Do probabilities come true?",
        "",
        f"Held-out units in ten groups of equal number, in the order of probability: predicted "
        f"{told['predicted_active']:.1f} active, labelled {told['observed_active']}; expected "
        f"calibration error {told['ece']:.3f}. Chart: `reliability.svg`.",
        "",
        *_table(("predicted", "observed (95 % interval)", "", "units"), rows),
        "",
    ]


def _bar(share: float) -> str:
    return "█" * round(20 * share)


def _language_rows(languages: Mapping[str, Mapping[str, int]]) -> list[tuple[str, ...]]:
    return [
        (name, str(counts["n"]), str(counts["active"]))
        for name, counts in sorted(languages.items())
    ]


def _measure_rows(validation: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (name.replace("_", " "), _told(measure), _told(validation["baseline"][name]))
        for name, measure in validation["model"].items()
    ]


def _told(measure: Mapping[str, float]) -> str:
    return f"{measure['value']:.3f} ({measure['lower']:.3f} to {measure['upper']:.3f})"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
