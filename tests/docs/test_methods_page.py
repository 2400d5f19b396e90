"""Numbers that docs/methods.md and docs/crawling.md name are those of the code."""

import math
import re
from pathlib import Path

from classify.calibration import _ISOTONIC_FROM, _ISOTONIC_POSITIVES
from classify.features import _SHRINKAGE, WORD_SHARE
from classify.fitting import ACTIVITY_SHARE, MOST_LABELLED, PENALTY, STATEMENT_SHARE
from classify.passages import PASSAGES_A_UNIT
from classify.score import TOP_PASSAGES
from classify.scorers import FEWEST_NEGATIVE, FEWEST_POSITIVE
from crawlers.address_bounds import MAX_SEGMENTS
from crawlers.frontier import MAX_DEPTH
from crawlers.patience import MAX_DENIED
from crawlers.politeness import Politeness
from crawlers.query_variants import MAX_VARIANTS
from experimental_stats import (
    accuracy,
    audit,
    audit_strata,
    contrast,
    domain_evidence,
    domain_totals,
    measure_parts,
    missing_amounts,
    predictions,
    response_weights,
    score_levels,
    size_trend,
    weighting,
)
from experimental_stats.estimation import METHOD_VERSION
from experimental_stats.plan import ReleasePlan
from experimental_stats.sector_figures import COUNT_METHOD_VERSION
from extract import linking

DOCS = Path(__file__).parents[2] / "docs"
METHODS = " ".join((DOCS / "methods.md").read_text(encoding="utf-8").split())
CRAWLING = " ".join((DOCS / "crawling.md").read_text(encoding="utf-8").split())


def test_the_versions_are_those_of_the_code() -> None:
    for version in (
        METHOD_VERSION,
        COUNT_METHOD_VERSION,
        audit.DESIGN_VERSION,
        linking.METHOD_VERSION,
    ):
        assert f"`{version}`" in METHODS


def test_the_linking_weights_are_those_of_the_code() -> None:
    rows = re.findall(r"\| (0\.\d+) \| (0\.\d+) \| (\d\.\d+) \| ([^|]+) \|", METHODS)
    told = {(float(m), float(u)) for m, u, _, _ in rows}
    assert told == set(linking.AGREEMENT.values())
    for m, u, agreement, disagreement in rows:
        assert math.isclose(math.log(float(m) / float(u)), float(agreement), abs_tol=0.01)
        if disagreement != "never counted":
            weight = math.log((1 - float(m)) / (1 - float(u)))
            assert math.isclose(weight, -float(disagreement.strip("−")), abs_tol=0.01)
    assert linking.PRIOR_DECLARED == 0.90


def test_the_audit_and_the_estimator_are_those_of_the_code() -> None:
    assert (audit.MOST_ACTIVE_STRATA, audit.MOST_NEGATIVE_STRATA) == (3, 4)
    assert (audit.UNITS_A_STRATUM, audit.FLOOR, audit.LEAST_STRATIFIED) == (25, 10, 20)
    assert (audit.LARGEST_STRATUM_SHARE, audit.LEAST_RATE) == (0.15, 0.002)
    assert (audit.BY_DECISION, audit.DECIDED_RATE, audit.MISSED_SHARE) == (0.5, 0.5, 0.1)
    assert (score_levels.LEAST_ANSWERS, score_levels.LEAST_OF_A_KIND) == (50, 5)
    assert (audit.FEW_ANSWERS, audit.BOOST, audit.BOOST_FROM) == (10, 2, 200)
    assert audit_strata.SCORE_CUTS == (0.5, 0.9, 0.97)
    assert audit_strata.ANSWERS_A_SIDE == 15
    assert audit_strata.AMOUNT_CUTS == (0.75, 0.95)
    assert audit_strata.AMOUNT_SHRINKAGE == 12
    assert (size_trend.SLOPE_PRECISION**-0.5, size_trend.LARGEST_SHARE) == (1, 0.9998)
    assert missing_amounts.SIZE_PULL == 4
    assert weighting.MINIMUM_RESPONDENTS == 5
    assert (accuracy.DRAWS, accuracy.PRIOR_COUNT) == (2000, 0.35)
    assert (accuracy.PRIOR_OF_FEW, accuracy.FEW_FINDS) == (0.35, 20)
    assert (response_weights.LEAST_CHANGE, response_weights.MOST_CHANGE) == (0.2, 4)
    audit_variances, response_variances = (
        contrast.AUDIT_VARIANCES,
        contrast.RESPONSE_VARIANCES,
    )
    assert (len(audit_variances), audit_variances[0], audit_variances[-1]) == (7, 0.1, 6.4)
    assert (len(response_variances), response_variances[0], response_variances[-1]) == (4, 0.06, 1)
    assert (predictions.LEAST_INFORMATION, predictions.UNSTABLE_INFORMATION) == (0.05, 0.3)
    assert (measure_parts.SIZE_STEP, domain_evidence.ANSWER_POWER) == (3, 0.5)
    assert domain_totals.OWN_WEIGHT == 0.9
    # These numbers stand in docs/methods.md; whoever changes one changes the sentence there.
    for sentence in (
        "at most three strata",
        "at most four",
        "for about 25 answers",
        "at least 10 answers",
        "at least 15 % of all answers",
        "Below 20 units",
        "would get fewer than 10 answers",
        "From audits of 200 on, its units are drawn twice as often",
        "50th, 90th and 97th percentile",
        "at least 15 answers are to be expected on each side",
        "75th and 95th percentile",
        "(k_hs + 12 p_h) / (Σ τ + 12)",
        "standard deviation 1 per standard deviation of log size",
        "flat beyond the 99.98th percentile",
        "fewer than five eligible respondents",
        "drawn 2000 times",
        "*one* small count: 0.35",
        "and up to 0.35 more",
        "(e⁻ᵏ⸍²⁰)",
        "m_h is n_h − 2",
        "no factor below 0.2 or above 4",
        "Seven values are thought possible for A, from 0.1 to 6.4, and four for B, from 0.06 to 1",
        "p₁₁ + p₀₀ − 1 < 0.05, a warning below 0.3",
        "each class up to three times as large",
        "at least 90 % in the composite",
    ):
        assert sentence in METHODS, sentence


def test_quality_bands_and_disclosure_are_those_of_the_code() -> None:
    for band, bound in accuracy.QUALITY_BANDS.items():
        assert f"| `{band}` | {bound * 100:.0f} % |" in METHODS
    plan = ReleasePlan(wave="w", sectors=())
    assert f"within {plan.rules.protection_percent:.0f} %" in METHODS
    assert f"`release.minimum_contributors` ({plan.rules.minimum_contributors})" in METHODS
    assert f"`release.p_percent` ({plan.rules.p_percent:.0f})" in METHODS
    assert f"most {plan.greatest_missing_share * 100:.0f} % of the target population" in METHODS


def test_the_decision_is_that_of_the_code() -> None:
    assert f"at most {PASSAGES_A_UNIT} passages" in METHODS
    assert (TOP_PASSAGES, WORD_SHARE, _SHRINKAGE) == (3, 3.0, 10)
    assert (PENALTY, STATEMENT_SHARE, ACTIVITY_SHARE, MOST_LABELLED) == (3.0, 0.3, 1.0, 150)
    assert f"from {_ISOTONIC_FROM} labels with {_ISOTONIC_POSITIVES} active" in METHODS
    assert f"({FEWEST_POSITIVE} active and {FEWEST_NEGATIVE} inactive with text)" in METHODS


def test_the_worked_example_adds_up() -> None:
    active, inactive, sensitivity, specificity = 100, 9_900, 0.95, 0.98
    right, wrong = active * sensitivity, inactive * (1 - specificity)
    assert f"It counts {right + wrong:.0f}:" in METHODS
    bias = 0.01 * (sensitivity + specificity - 2) + 1 - specificity
    assert f"= {bias:.4f}" in METHODS
    assert math.isclose((right + wrong) / 10_000 - 0.01, bias)


def test_the_bounds_of_a_crawl_are_those_of_the_code() -> None:
    manners = Politeness(organisation="x", contact_url="https://x.example/")
    assert manners.request_budget == 2 * manners.max_pages_per_website + 10
    assert manners.byte_budget == 2_000_000 * manners.max_pages_per_website
    assert manners.seconds_budget == 15 * 60
    assert manners.pass_hours == (4, 24)
    assert (MAX_DEPTH, MAX_SEGMENTS, MAX_VARIANTS) == (8, 10, 5)
    for sentence in (
        f"| pages kept | {manners.max_pages_per_website} |",
        f"| {manners.timeout_seconds:.0f} seconds | `timeout_seconds` |",
        f"| {manners.max_bytes_per_page // 1_000_000} MB, also when it is inflated |",
        f"| redirects in a chain | {manners.max_redirects} |",
        f"| websites side by side | {manners.websites_at_once} |",
        f"honoured up to {manners.max_crawl_delay_seconds:.0f} seconds",
        f"more than {manners.max_retry_wait_seconds:.0f} seconds is left",
        f"once in {manners.robots_cache_hours:.0f} hours",
        f"after {MAX_DENIED} of them",
        f"`{manners.user_agent.split('/')[0]}/<version>",
    ):
        assert sentence in CRAWLING, sentence
