"""What is published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Sector × measure × domain: a figure and how far it can be trusted.

    Attributes:
        measure: ``enterprises``, ``employees`` or ``turnover``.
        domain_variable: Frame column, ``_T`` for the total. domain: its code, ``_T`` for the total.
        estimator: ``stratified_audit``, ``composite``, ``synthetic`` or ``classify_and_count``.
        value: In units of the measure; None where suppressed.
        standard_error: Same unit; None where suppressed.
        n_frame: Eligible units; n_classified: eligible with a score; n_audit: audited and eligible;
            None where suppressed, like the figures.
        quality: Band of the coefficient of variation, e.g. ``acceptable``.
        disclosure: Empty, ``primary`` or ``secondary``; not empty means no figures.
        noise_bound: How far the value may lie from the estimate by noise or rounding, in units of
            the measure; 0 where it is told as estimated.
    """

    wave: str
    sector: str
    measure: str
    domain_variable: str
    domain: str
    estimator: str
    value: float | None
    standard_error: float | None
    ci_lower: float | None
    ci_upper: float | None
    confidence_level: float
    n_frame: int | None
    n_classified: int | None
    n_audit: int | None
    quality: str
    disclosure: str
    method_version: str
    noise_bound: float = 0.0

    @property
    def is_headline(self) -> bool:
        """Whether the figure is the headline, and not a count that stands beside it to compare."""
        return self.estimator != "classify_and_count"
