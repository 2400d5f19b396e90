"""Rows of estimates as a release tells them, alike but for what a test is about."""

from storage.records.release import Estimate


def estimate_row(domain: str, value: float, **changes: object) -> Estimate:
    """Return the row of a domain of the variable ``v``, or of the total (``_T``)."""
    fields = {
        "wave": "w",
        "sector": "s",
        "measure": "enterprises",
        "domain_variable": "_T" if domain == "_T" else "v",
        "domain": domain,
        "estimator": "composite",
        "value": value,
        "standard_error": 1.0,
        "ci_lower": value / 2,
        "ci_upper": value * 2,
        "confidence_level": 0.95,
        "n_frame": 500,
        "n_classified": 300,
        "n_audit": 30,
        "quality": "acceptable",
        "disclosure": "",
        "method_version": "1",
    }
    return Estimate(**(fields | changes))
