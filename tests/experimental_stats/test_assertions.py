from dataclasses import replace

import pytest

from experimental_stats.assertions import check_adds_up, check_release
from experimental_stats.exporter import PublishedSector, ReleaseContent
from experimental_stats.plan import ReleasePlan, SectorNote
from experimental_stats.population import WaterfallRow
from storage.errors import QualityError
from storage.records.release import Estimate

TOTAL = Estimate(
    wave="w", sector="s", measure="enterprises", domain_variable="_T", domain="_T",
    estimator="stratified_audit", value=10.0, standard_error=1.0, ci_lower=8.0, ci_upper=12.0,
    confidence_level=0.95, n_frame=100, n_classified=80, n_audit=20, quality="precise",
    disclosure="", method_version="1",
)  # fmt: skip
NOTE = SectorNote(name="s", title="S", lowest_share=0.05, highest_share=0.2)


def release(*estimates: Estimate, n_units: int | None = 1) -> ReleaseContent:
    row = WaterfallRow(
        domain_variable="v", domain="a", outcome="_T", outcome_class="_T", n_units=n_units
    )
    sector = PublishedSector(note=NOTE, estimates=estimates, comparison=(), audit={}, model_id="m")
    return ReleaseContent(
        plan=ReleasePlan(wave="w", sectors=(NOTE,)), domains=(), measures=("enterprises",),
        sectors=(sector,), withheld={}, waterfall=(row,), outcome_codes=(), made_from={}, notes=(),
    )  # fmt: skip


def breaches(*estimates: Estimate, n_units: int | None = 1) -> str:
    with pytest.raises(QualityError) as told:
        check_release(release(*estimates, n_units=n_units))
    return "; ".join(told.value.details)


def test_a_sound_release_passes():
    hidden = {"value": None, "standard_error": None, "ci_lower": None, "ci_upper": None}
    hidden |= {
        "n_frame": None,
        "n_classified": None,
        "n_audit": None,
        "quality": "",
        "disclosure": "primary",
    }
    check_release(release(TOTAL, replace(TOTAL, domain_variable="v", domain="a", **hidden)))


def test_each_breach_is_named():
    part = replace(TOTAL, domain_variable="v", domain="a")
    assert "suppressed, but has value" in breaches(TOTAL, replace(part, disclosure="secondary"))
    names = ("value", "standard_error", "ci_lower", "ci_upper")
    names += ("n_frame", "n_classified", "n_audit")
    # A band of standard error over value.
    band = replace(part, **dict.fromkeys(names), disclosure="secondary")
    assert "suppressed, but has quality" in breaches(TOTAL, band)
    assert "lacks a figure" in breaches(TOTAL, replace(part, value=None))
    assert "does not hold" in breaches(TOTAL, replace(part, ci_upper=9.0))
    assert "does not hold" in breaches(TOTAL, replace(part, standard_error=float("inf")))
    assert "below its bound" in breaches(replace(TOTAL, value=8.0, n_frame=1000))
    assert "above its bound" in breaches(replace(TOTAL, n_frame=40))
    assert "waterfall v a" in breaches(TOTAL, n_units=None)


def test_domains_that_do_not_add_up_are_refused():
    parts = [replace(TOTAL, domain_variable="v", domain=code, value=5.0) for code in "ab"]
    check_adds_up([TOTAL, *parts])
    with pytest.raises(QualityError, match="add up"):
        check_adds_up([TOTAL, parts[0]])
