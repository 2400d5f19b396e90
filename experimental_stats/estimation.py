"""Totals of a sector and its domains, with intervals (pure: Arrow in, Arrow out).

The headline is the stratified audit estimator (docs/methods.md)::

    T = Σ_seen x·y  +  Σ_unaudited x·p_h  +  Σ_without score x·R_c

with the truth of every audited unit, the audited rate p_h of a unit's stratum for the other
respondents, and the rate R_c of its weighting cell for an eligible unit without a score. For
enterprises in one cell this is Σ_h N_h k_h / n_h weighted up by N_c / n_c. The score only sorts
units into strata, so a miscalibrated model costs the total precision and brings it no bias.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.assisted_totals import ASSISTED, FOR_WANT_OF_ANSWERS, AssistedTotals
from experimental_stats.audit_chances import doubtful_chances, unlike_the_others
from experimental_stats.audited_frame import TOTAL, AuditedFrame, Codes, read_audited_frame
from experimental_stats.classify_and_count import count_classified, undecided
from experimental_stats.figures import Figure, figure_table, in_units
from experimental_stats.out_of_reach import too_narrow
from experimental_stats.stratified_audit import StratifiedAudit
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

METHOD_VERSION = "stratified_audit/12"
METHODS = ("stratified_audit", "classify_and_count", *ASSISTED)
MUCH_MISSING = 0.5  # share of the eligible units without a score from which on it is told
WARNINGS_KEY = b"warnings"  # of the metadata of a table: a JSON list of sentences


def estimate_totals(  # noqa: PLR0913 - the signature is fixed by the contract
    units: pa.Table,
    audit: pa.Table,
    *,
    domains: Sequence[str] = (),
    measures: Sequence[str] = ("enterprises",),
    method: str = "stratified_audit",
    confidence_level: float = 0.95,
    seed: int = 0,
) -> pa.Table:
    """Estimate totals over all eligible units of a frame, responded or not.

    Args:
        units: One row a frame unit: ``unit_id`` string; ``eligible`` bool; ``responded`` bool;
            ``probability`` float64, any scale, read where responded; ``weighting_cell`` string,
            families of cells before the last ``|``; optional ``audit_stratum`` string of every
            responded unit; optional ``response_weight`` float64 ≥ 1 of every eligible respondent,
            in place of what the cells say (`response_weights`); the domain (string) and measure
            (float64 ≥ 0) columns named.
        audit: ``unit_id``; ``active`` bool; ``stratum`` string; ``inclusion_probability`` float64
            in (0, 1] among the responded units, equal within a stratum.
        domains: Columns of `units` to break the total down by.
        measures: ``enterprises`` (one each) or columns of `units`.
        method: ``stratified_audit``, or one to compare with: ``ppi``, ``difference``,
            ``calibration``, ``misclassification``, ``calibrated_scores``, ``em_prior``,
            ``wilson_mover`` (`assisted_totals`), or ``classify_and_count``, whose interval holds
            the sampling error of response only, not the bias of misclassification.
        confidence_level: Share 0–1 of the interval.
        seed: Of the Monte Carlo draws, ≥ 0.

    Returns:
        Columns measure, domain_variable, domain, estimator, value, standard_error, ci_lower,
        ci_upper, confidence_level, n_frame, n_classified, n_audit; values in units of the measure.
        Per measure the total first, then each domain variable's codes, sorted; the domains of one
        variable add up to the total, and finer ones to the wider ones they lie in. No null:
        0 ≤ ci_lower ≤ value ≤ ci_upper. What is doubtful in this case stands in the schema's
        metadata under `WARNINGS_KEY`, a JSON list of sentences.

    Raises:
        InvalidInput: A column is missing or holds what it must not, the audit is no probability
            sample of the responded units, or nothing can be said (nobody responded or was audited).
    """
    _demand_settings(method, confidence_level, seed)
    domains, measures = _names("domains", domains), _names("measures", measures)
    confidence_level, seed = float(confidence_level), int(seed)
    frame = read_audited_frame(units, audit, domains=domains, measures=measures)
    warnings = _empty_codes(frame)
    estimator = _estimator(frame, method, confidence_level, seed=seed, warnings=warnings)
    figures: list[Figure] = []
    for measure in measures:
        unit = frame.unit_of[measure]
        figures += [
            figure if unit == 1.0 else in_units(figure, unit) for figure in estimator(measure)
        ]
    table = figure_table(figures, confidence_level)
    if not warnings:
        return table
    return table.replace_schema_metadata({WARNINGS_KEY: json.dumps(warnings).encode()})


def _demand_settings(method: object, confidence_level: object, seed: object) -> None:
    """Refuse what is not one of the methods, a share, and a whole number; numpy's numbers are."""
    if not isinstance(method, str) or method not in METHODS:
        raise InvalidInput(f"method {method!r} is not known", f"Known are {', '.join(METHODS)}.")
    if isinstance(confidence_level, bool) or not isinstance(confidence_level, Real):
        raise InvalidInput(f"confidence_level {confidence_level!r} is not a number")
    if not 0.0 < float(confidence_level) < 1.0:
        raise InvalidInput(f"confidence_level {confidence_level} is not between 0 and 1")
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise InvalidInput(f"seed {seed!r} is not a whole number")
    if int(seed) < 0:
        raise InvalidInput(f"seed {seed} is negative")


def _names(what: str, names: object) -> tuple[str, ...]:
    """Return names of columns as a tuple; rows of the answer stand in their order."""
    if isinstance(names, str):
        raise InvalidInput(f"{what} is the text {names!r}, not a list of names")
    if isinstance(names, set | frozenset) or not isinstance(names, Iterable):  # a set has no order
        raise InvalidInput(f"{what} is a {type(names).__name__}, not a list of names")
    listed = tuple(names)
    odd = [name for name in listed if not isinstance(name, str)]
    if odd:
        raise InvalidInput(f"{what} holds {odd[0]!r}, which is no name of a column")
    return tuple(str(name) for name in listed)


def _estimator(
    frame: AuditedFrame,
    method: str,
    confidence_level: float,
    *,
    seed: int,
    warnings: list[str],
) -> Callable[[str], list[Figure]]:
    """Return the function that estimates one measure: its total, then its domains."""
    if not frame.eligible.any():
        warnings.append("No unit is eligible: every total is 0.")
        return lambda measure: _nothing_eligible(frame, method, measure)
    if not (frame.eligible & frame.responded).any():
        raise InvalidInput(
            "No eligible unit has responded: nothing can be said of the sector",
            "Run the stages before the estimate, and look at `sectorlens status`.",
        )
    if method == "classify_and_count":
        warnings += undecided(frame)
        return lambda measure: count_classified(frame, measure, confidence_level)
    if not (frame.eligible & frame.audited).any():
        raise InvalidInput(
            "The audit holds no eligible unit: the score alone says nothing of the sector's size",
            "Draw an audit and import its answers first.",
        )
    if method in ASSISTED:
        assisted = AssistedTotals(frame, method, confidence_level)
        assisted.warnings = warnings
        warnings += _unseen_strata(frame, FOR_WANT_OF_ANSWERS[method])
        warnings += assisted.prediction.warnings
        return assisted.figures
    audit = StratifiedAudit(frame, confidence_level)
    warnings += too_narrow(frame, audit.beyond)
    warnings += _unseen_strata(frame, "they are put to the strata nearest by score")
    warnings += [*doubtful_chances(frame), *unlike_the_others(frame), *_untold_responses(frame)]

    # A stream of its own for each measure and variable: asking for more moves no figure.
    def stream(*purpose: str) -> np.random.Generator:
        return np.random.default_rng([seed, zlib.crc32("|".join(purpose).encode())])

    return lambda measure: audit.figures(measure, stream)


def _empty_codes(frame: AuditedFrame) -> list[str]:
    """Return sentences on units whose domain, weighting cell or stratum is an empty text.

    It is taken as a code like others: what it should have been cannot be told.
    """
    columns = {f"units.{name}": codes for name, codes in frame.domains.items()}
    columns["units.weighting_cell"] = frame.cell
    asked = frame.stratum[frame.audited]
    columns["audit.stratum"] = Codes(names=frame.stratum_names, index=asked)
    said = []
    for name, codes in columns.items():
        blank = [place for place, code in enumerate(codes.names) if not code.strip()]
        rows = int(np.isin(codes.index, blank).sum())
        if rows:
            said.append(f"{name} is empty in {rows} rows: they are taken as a code of their own.")
    return said


def _unseen_strata(frame: AuditedFrame, then: str) -> list[str]:
    """Return a sentence for every stratum that has units to estimate for, and no answer.

    Args:
        frame: The audited frame.
        then: What is done for want of answers.
    """
    inside = frame.eligible & frame.responded
    size = len(frame.stratum_names)
    units = np.bincount(frame.stratum[inside], minlength=size)
    answers = np.bincount(frame.stratum[inside & frame.audited], minlength=size)
    return [
        f"Stratum {name!r} holds {units[place]} units and no answer: {then}."
        for place, name in enumerate(frame.stratum_names)
        if units[place] and not answers[place]
    ]


def _untold_responses(frame: AuditedFrame) -> list[str]:
    """Return sentences on what is taken for granted of units without a score.

    Whether units of a cell respond more often because they are active cannot be seen in the data:
    only how much hangs on it can be told.
    """
    size = len(frame.cell.names)
    eligible = np.bincount(frame.cell.index[frame.eligible], minlength=size)
    heard = np.bincount(frame.cell.index[frame.eligible & frame.responded], minlength=size)
    silent = (eligible > 0) & (heard == 0)
    said = []
    if silent.any():
        said.append(
            f"Weighting cells without a respondent: {int(silent.sum())}, with"
            f" {int(eligible[silent].sum())} eligible units. They take their neighbours' rates."
        )
    for measure, amount in frame.measures.items():
        held = [amount[frame.eligible & rows].any() for rows in (frame.responded, ~frame.responded)]
        if held == [False, True]:
            said.append(
                f"No unit with a score has any {measure}, and units without one have: they are"
                " estimated by the rates of enterprises."
            )
    missing = 1.0 - heard.sum() / eligible.sum()
    if missing > MUCH_MISSING:
        said.append(
            f"{100 * missing:.0f} % of the eligible units have no score. That they are like the"
            " respondents of their cell cannot be tested, and no interval holds it."
        )
    return said


def _nothing_eligible(frame: AuditedFrame, method: str, measure: str) -> list[Figure]:
    def zero(variable: str, code: str) -> Figure:
        return Figure(
            measure=measure,
            domain_variable=variable,
            domain=code,
            estimator=method,
            value=0.0,
            standard_error=0.0,
            ci_lower=0.0,
            ci_upper=0.0,
            n_frame=0,
            n_classified=0,
            n_audit=0,
        )

    def by_code(variable: str, codes: Codes) -> list[Figure]:
        return [zero(variable, code) for code in codes.names]

    figures = [zero(TOTAL, TOTAL)]
    for variable, codes in frame.domains.items():
        figures += by_code(variable, codes)
    return figures
