"""The model card: what a model was made from, how good it is, how it decides (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classify.admission import CAREFUL, Admission, threshold_of
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
        f"A unit counts as active from a probability of {threshold_of(card):.3f}: "
        f"{_rule(decision)}{_raised_by_doubt(card)}.",
        *_alarm_lines(decision),
        "",
        *_admission_lines(decision.get("admission")),
        "## Learnt from",
        "",
        f"{data['n']} labelled {_what(data['wave'])}: {data['active']} active, "
        f"{data['inactive']} inactive. Units without label, for the centres of the languages: "
        f"{data['background']}.",
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
        f"Average precision above the baseline: {_told(card['validation']['difference'])}.",
        "",
        f"Probabilities are scores calibrated by {_calibration(card['calibration'])}; expected "
        f"calibration error {card['validation']['calibration_error']:.3f}.",
        "",
        *_reliability_lines(card.get("reliability")),
        "## How it works",
        "",
        "What it is made of: digests of what it learnt from, and versions of the rules by which it "
        "reads and learns. A rule's version is raised when the same input gives another model.",
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
    finding = "Nothing shows its decisions to be better than chance"
    if admission.has_doubtful_labels:
        finding = "Its labels are in doubt"
    return [
        f"**{finding}**: {admission.told}. So it decides from a probability of at least {CAREFUL}.",
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
        f"{told['maximum']:.2%} are admitted{_kept(told)}. {_by_rule_alone(decision)}",
        *_raising_lines(decision.get("raised_by", [])),
        *_thin_lines(float(decision.get("thin_discount", 0.0))),
        *_offer_lines(decision.get("offer_level")),
    ]


def _kept(told: Mapping[str, Any]) -> str:
    return "" if told.get("within", True) else ", so the bound is **not** kept"


def _by_rule_alone(decision: Mapping[str, Any]) -> str:
    by_rule, threshold = decision["threshold_by_rule"], decision["threshold"]
    if decision.get("asked", {}).get("threshold") is not None:
        return ""
    if threshold > by_rule:
        return f"The rule alone gave {by_rule:.3f}; the bound raised it."
    return "The bound did not raise it."


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


# Of `training_set`, in words.
_UNUSED = {
    "labels_of_unknown_units": "of units that are in no wave's frame",
    "labels_of_unknown_websites": "of websites that are not in this wave's frame",
    "labels_without_text": "of units or websites without text in this wave",
    "labels_undecided": "by which the coder could not tell",
    "labels_contradictory": "given both ways and not settled",
    "labels_audited": "of units that an audit of the sector drew, which measure and never train",
}


def _what(wave: str) -> str:
    return f"websites and texts of wave {wave}" if wave else "texts, before any register came"


def _left_out(counts: Mapping[str, int]) -> list[str]:
    told = "; ".join(f"{n} {_UNUSED.get(code, code)}" for code, n in sorted(counts.items()))
    return [f"Labels that were not used: {told}.", ""] if told else []


_RULES = {
    "f1": "the highest F1 to be expected",
    "count": "as many decided active as are labelled active",
    "precision": "the lowest threshold of the precision asked for",
}


def _rule(decision: Mapping[str, Any]) -> str:
    """Return how the threshold was set; models trained before it was kept tell the rule alone."""
    asked = decision.get("asked", {})
    if asked.get("threshold") is not None:
        return "set by hand in the definition, so nothing bounds how often it is wrong"
    rule = decision["rule"]
    told = (
        f"rule `{rule}` ({_RULES.get(rule, rule)}) on probabilities of folds that had not seen it"
    )
    if rule == "precision" and asked:
        told += f"; {asked['minimum_precision']:g} is asked for, what was reached stands below"
    if asked.get("minimum_probability"):
        told += f"; never below {asked['minimum_probability']:g}"
    return told


def _raised_by_doubt(card: Mapping[str, Any]) -> str:
    set_to = float(card["decision"]["threshold"])
    if threshold_of(card) <= set_to:
        return ""
    return f". That gave {set_to:.3f}; it was raised since nothing shows that it decides right"


_CALIBRATIONS = {
    "sigmoid": "a sigmoid (Platt)",
    "two_slopes": "a sigmoid of two slopes, one on either side of the middle between both answers",
    "isotonic": "isotonic steps",
}


def _calibration(told: str | Mapping[str, Any]) -> str:
    kind = told if isinstance(told, str) else str(told["method"])
    return _CALIBRATIONS.get(kind, kind)


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
        f"calibration error {told['ece']:.3f} (mean distance of the two in a group). "
        f"{_if_true(told.get('if_true'))}Chart: `reliability.svg`.",
        "",
        *_table(("predicted", "observed (95 % interval)", "", "units"), rows),
        "",
    ]


def _if_true(told: Mapping[str, float] | None) -> str:
    if not told:
        return ""
    return (
        f"Probabilities that are true would show {told['ece']:.3f} on average, by chance alone,"
        f" and {told['lower']:.0f} to {told['upper']:.0f} active in 95 of 100 cases. "
    )


def _bar(share: float) -> str:
    return "█" * round(20 * share)


_LANGUAGES = {"und": "cannot be told", "": "not named"}


def _language_rows(languages: Mapping[str, Mapping[str, int]]) -> list[tuple[str, ...]]:
    return [
        (_LANGUAGES.get(name, name), str(counts["n"]), str(counts["active"]))
        for name, counts in sorted(languages.items())
    ]


_MEASURES = {"average_precision": "average precision", "f1": "F1"}


def _measure_rows(validation: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (_MEASURES.get(name, name), _told(measure), _told(validation["baseline"][name]))
        for name, measure in validation["model"].items()
    ]


def _told(measure: Mapping[str, float]) -> str:
    return f"{measure['value']:.3f} ({measure['lower']:.3f} to {measure['upper']:.3f})"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
