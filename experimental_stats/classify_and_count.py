"""Classify and count, for comparison only (pure).

Units with a score of at least one half count as active. At a prevalence of 1 % this over-counts
about threefold (docs/methods.md: E[a*] − a = a(p11 + p00 − 2) + 1 − p00), and the interval below
holds the sampling error of response only: it does not cover that bias.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.audited_frame import TOTAL, Codes
from experimental_stats.figures import Figure, count_units
from experimental_stats.weighting import cell_rates, collapse_cells

if TYPE_CHECKING:
    from experimental_stats.audited_frame import AuditedFrame

THRESHOLD = 0.5
ESTIMATOR = "classify_and_count"


def undecided(frame: AuditedFrame) -> list[str]:
    """Return a sentence where scores are no shares, so that a half of them decides nothing."""
    scores = frame.score[frame.eligible & frame.responded]
    if scores.min() >= 0.0 and scores.max() <= 1.0:
        return []
    return [
        f"Scores run from {scores.min():g} to {scores.max():g}, and those of {THRESHOLD} and more"
        " are counted: is that the threshold of a decision?"
    ]


def count_classified(frame: AuditedFrame, measure: str, confidence_level: float) -> list[Figure]:
    """Return the total and the domains of one measure, weighted up to the frame.

    Args:
        frame: The frame; its audit is not used.
        measure: Key of `frame.measures`.
        confidence_level: Share 0–1 of the interval (sampling error of response only).
    """
    amount = frame.measures[measure]
    responded = frame.eligible & frame.responded
    missing = frame.eligible & ~frame.responded
    cells = collapse_cells(frame.cell, frame.eligible, frame.responded)
    counted = (responded & (frame.score >= THRESHOLD)).astype(float)
    held = amount * responded
    rate = cell_rates(cells, held, counted)[cells.index]
    unanswered, answered = cells.totals(amount * missing), cells.totals(held)
    weight = np.divide(unanswered, answered, out=np.zeros(cells.n_cells), where=answered > 0)[
        cells.index
    ]
    parts = amount * counted + np.where(missing, amount * rate, 0.0)
    # Var = Σ_c (X_c/x_c − 1)² Σ x²y(1 − R) for the rate, + Σ x²R(1 − R) for the units predicted.
    variances = amount**2 * (
        weight**2 * counted * (1.0 - rate) + np.where(missing, rate * (1.0 - rate), 0.0)
    )
    z = NormalDist().inv_cdf(0.5 + confidence_level / 2.0)
    whole = Codes(names=(TOTAL,), index=np.zeros(len(amount), dtype=np.int64))
    figures: list[Figure] = []
    for variable, codes in {TOTAL: whole, **frame.domains}.items():
        units = count_units(frame, codes)
        size = len(codes.names)
        values = np.bincount(codes.index, weights=parts, minlength=size)
        errors = np.sqrt(np.bincount(codes.index, weights=variances, minlength=size))
        most = np.bincount(codes.index, weights=amount * frame.eligible, minlength=size)
        figures += [
            Figure(
                measure=measure,
                domain_variable=variable,
                domain=code,
                estimator=ESTIMATOR,
                value=float(values[place]),
                standard_error=float(errors[place]),
                ci_lower=max(float(values[place] - z * errors[place]), 0.0),
                ci_upper=max(
                    min(float(values[place] + z * errors[place]), float(most[place])),
                    float(values[place]),
                ),
                n_frame=int(units.n_frame[place]),
                n_classified=int(units.n_classified[place]),
                n_audit=int(units.n_audit[place]),
            )
            for place, code in enumerate(codes.names)
        ]
    return figures
