"""Drift on one page: keep, watch or retrain, and why (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.drift import ERROR_RATE, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classify.drift import DriftCheck, DriftReport

_ADVICE = {
    Verdict.KEEP: "Keep the model: every check that could be made is quiet.",
    Verdict.WATCH: (
        "Keep the model and look at what moved: read the evidence of some units, and label some of"
        " them before the next wave."
    ),
    Verdict.RETRAIN: (
        "Retrain: label units of this wave, train and compare, and promote with a reason, which"
        " stores the bridge between both models."
    ),
    Verdict.NOT_MEASURED: "Nothing could be measured: the table says what is missing.",
}
_UNKNOWN = (
    "whether the model still decides right is not measured: that takes labelled units crawled in"
    " both waves, or audits of two waves"
)
_TURNED = (
    "Labelled companies that were decided as labelled in wave {before} and are not now: {number}."
    " Read their websites first. Where a company does something else now, the model may be right"
    " and the label is out of date: a new one whose `role` is `adjudicator` takes its place, and"
    " `model drift` looks again. Where the label still holds, the model fails."
)
_MOST_TURNED = 10


def drift_page(report: DriftReport) -> str:
    """Return the report as Markdown."""
    speaking = [
        check for check in report.checks if check.verdict in {Verdict.WATCH, Verdict.RETRAIN}
    ]
    reasons = [_reason(check) for check in speaking] or ["- no check speaks up"]
    if all(c.verdict is Verdict.NOT_MEASURED for c in report.checks if c.kind == "concept"):
        reasons.append(f"- {_UNKNOWN}")
    lines = [
        f"# Drift of {report.sector}, wave {report.wave}: {report.verdict}",
        "",
        _ADVICE[report.verdict],
        "",
        *reasons,
        "",
        *_turned(report),
        f"Model `{report.model_id}`, compared with wave {report.reference_wave}. Checks with a"
        f" p-value speak up only where it is under {ERROR_RATE:g} divided by their number.",
        "",
        *_table(report.checks),
        "",
    ]
    return "\n".join(lines)


def _turned(report: DriftReport) -> list[str]:
    """Return the labelled companies that turned against their label, a line each."""
    if not report.turned:
        return []
    lines = [
        f"- {_code(one.subject)}: labelled {'active' if one.labelled_active else 'inactive'},"
        f" probability {one.before:.2f} before and {one.after:.2f} now, {one.text_kept:.0%} of"
        " its text as it was"
        for one in report.turned[:_MOST_TURNED]
    ]
    more = len(report.turned) - len(lines)
    if more:
        lines.append(f"- and {more} more: `--format json` lists all of them (`turned`)")
    head = _TURNED.format(before=report.reference_wave, number=len(report.turned))
    return [head, "", *lines, ""]


def _reason(check: DriftCheck) -> str:
    against = f", limit {_figure(check.limit)}" if check.limit is not None else ""
    return f"- {check.name} ({check.verdict}): {_figure(check.value)}{against}; {check.detail}"


def _table(checks: Sequence[DriftCheck]) -> list[str]:
    head = ("kind", "check", "verdict", "value", "limit", "p-value", "what it is")
    rows = [
        (
            check.kind,
            check.name,
            check.verdict,
            _figure(check.value),
            _figure(check.limit),
            _figure(check.p_value),
            check.detail,
        )
        for check in checks
    ]
    return [f"| {' | '.join(cells)} |" for cells in (head, tuple("---" for _ in head), *rows)]


def _code(text: str) -> str:
    """Return a name as a code span: one of a register may look like markup."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
