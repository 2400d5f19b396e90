"""The grid: what is varied, the named scenarios, and random ones (also the held-out set)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scenario:
    """One way the world, the model, response and the audit may be.

    Attributes:
        n_units, prevalence, labels: Frame, share active, audit answers.
        response: Mean response rate. response_effect: how strongly cells with more active units
            respond more (+) or less (-); response is at random within cells always.
        response_size: Of the size class on the log odds of response; response_active: of
            activity itself, which no weighting mends. silent: Share of cells where nobody responds.
        cells: Weighting cells: ``section`` (size × section), ``region`` (× region: hundreds of tiny
            ones), ``size``, ``one``.
        score: ``binormal`` (parted by `separation`; 3.815 is sensitivity .95, specificity .985),
            ``beta`` (the same by two beta curves), ``mixture`` (the same, wrong by chance alone),
            ``constant``, ``noise``.
        missed: Share of active units that score like the inactive ones.
        domain_missed: In half of the sections the active units are missed this much more often.
        shift, scale: Of the score on the log odds: miscalibration.
        digits: Scores rounded to so many digits; 0 gives decisions, None leaves them.
        inverted: High scores for the inactive.
        design: See `audits.draw`.
        over_coverage: Share not eligible; doubled where the score is high if `junk_scores_high`.
        effect: Standard deviation of sections' effects on the log odds of activity.
        size_effect: Of log employees on the log odds of activity.
        size_spread: Standard deviation of log employees within a size class.
        tail: In place of three classes of size, employees of one distribution (``lognormal`` with
            deviation `size_spread` of the logarithm; ``pareto`` with exponent `size_spread`),
            size classes cut at 10 and 50.
        giant: One unit, active or not, holds as many employees as so many percent of all.
        sections: Number of sections (the first domain variable; regions are 60).
        nested: Sections have divisions, a third domain variable: `NESTED` in each.
        alike: Sections and regions are alike in size; else some are tiny.
        humped: Share of the inactive units that score above all active ones: the curve falls again.
        empty: Share of the respondents in audit strata of which nobody is ever audited.
    """

    name: str
    n_units: int = 20_000
    prevalence: float = 0.02
    labels: int = 1000
    response: float = 0.65
    response_effect: float = 0.0
    response_size: float = 0.0
    response_active: float = 0.0
    silent: float = 0.0
    cells: str = "section"
    score: str = "binormal"
    separation: float = 3.815
    missed: float = 0.0
    domain_missed: float = 0.0
    shift: float = 0.0
    scale: float = 1.0
    digits: int | None = None
    inverted: bool = False
    design: str = "bounds"
    strata_known: bool = True
    over_coverage: float = 0.0
    junk_scores_high: bool = False
    effect: float = 0.5
    size_effect: float = 0.0
    size_spread: float = 0.6
    tail: str = ""
    giant: float = 0.0
    sections: int = 12
    nested: bool = False
    alike: bool = False
    humped: float = 0.0
    empty: float = 0.0


# The model that the issue's precision targets speak of.
TARGETED = (
    Scenario("1 % of 30 000", n_units=30_000, prevalence=0.01),
    Scenario("1 %, beta scores", n_units=30_000, prevalence=0.01, score="beta"),
    Scenario("1 %, own design", n_units=30_000, prevalence=0.01, design="own"),
    Scenario("1 %, beta, own design", prevalence=0.01, score="beta", design="own"),
    Scenario("2 %"),
    Scenario("2 %, beta scores", score="beta"),
    Scenario("2 %, beta, own design", score="beta", design="own"),
)

GRID = (
    *TARGETED,
    Scenario("0.3 % of 50 000", n_units=50_000, prevalence=0.003),
    Scenario("5 %", prevalence=0.05),
    Scenario("20 %, beta", prevalence=0.20, score="beta"),
    Scenario("1 %, 5 % missed", prevalence=0.01, missed=0.05, separation=4.2),
    Scenario("2 %, 15 % missed", missed=0.15, separation=4.2),
    Scenario("2 %, missed by domain", domain_missed=0.4),
    Scenario("2 %, weak", separation=2.0),
    Scenario("5 %, very weak", prevalence=0.05, separation=1.0),
    Scenario("5 %, constant score", prevalence=0.05, score="constant", design="simple"),
    Scenario("5 %, noise", prevalence=0.05, score="noise"),
    Scenario("5 %, inverted", prevalence=0.05, inverted=True, design="quantiles"),
    Scenario("2 %, shifted", shift=4.0),
    Scenario("2 %, squeezed", scale=0.3, shift=-1.0),
    Scenario("2 %, decisions, two strata", digits=0, design="two"),
    Scenario("2 %, one digit", digits=1),
    Scenario("5 %, decisions, simple", prevalence=0.05, digits=0, design="simple"),
    Scenario("2 %, two strata", design="two"),
    Scenario("1 %, beta, two strata", prevalence=0.01, score="beta", design="two"),
    Scenario("5 %, simple", prevalence=0.05, design="simple"),
    Scenario("1 %, beta, simple", prevalence=0.01, score="beta", design="simple"),
    Scenario("2 %, quantiles", design="quantiles"),
    Scenario("2 %, beta, quantiles", score="beta", design="quantiles"),
    Scenario("2 %, certainty", design="certain", size_spread=1.2, size_effect=0.3),
    Scenario("5 %, strata by size", prevalence=0.05, design="by_size", size_effect=0.3),
    Scenario("5 %, unrelated strata", prevalence=0.05, design="unrelated"),
    Scenario("2 %, strata not given", strata_known=False),
    Scenario("5 %, unrelated, not given", prevalence=0.05, design="unrelated", strata_known=False),
    Scenario("2 %, response with activity", response_effect=1.0),
    Scenario("2 %, response 35 %", response=0.35, response_effect=-0.8),
    Scenario("2 %, over-coverage", over_coverage=0.2),
    Scenario("2 %, junk scores high", over_coverage=0.2, junk_scores_high=True),
    Scenario("2 %, skewed sizes", size_spread=1.6, size_effect=0.3),
    Scenario(
        "5 %, noise, skewed sizes", prevalence=0.05, score="noise", size_spread=1.2, size_effect=0.3
    ),
    Scenario("5 %, a giant", prevalence=0.05, giant=5.0, size_spread=1.2),
    Scenario("5 %, 200 labels", prevalence=0.05, labels=200, design="own"),
    Scenario("2 %, 300 labels, beta", labels=300, score="beta", design="own"),
    Scenario("2 %, 2000 labels", labels=2000, design="own"),
    Scenario("10 % of 300", n_units=300, prevalence=0.10, labels=80, design="own"),
    Scenario("10 % of 1 500", n_units=1_500, prevalence=0.10, labels=200, design="own"),
    Scenario("5 %, strong domains", prevalence=0.05, effect=1.0),
    Scenario("5 %, weak, strong domains", prevalence=0.05, separation=2.0, effect=1.0),
)


def random_scenarios(seed: int, number: int, label: str) -> tuple[Scenario, ...]:
    """Mix the factors at random: what no list of single changes would find."""
    rng = np.random.default_rng(seed)
    pick = rng.choice
    return tuple(
        Scenario(
            name=f"{label} {place + 1}",
            n_units=int(pick([5_000, 10_000, 20_000, 40_000])),
            prevalence=float(pick([0.005, 0.01, 0.02, 0.05, 0.1, 0.2])),
            labels=int(pick([300, 500, 1000, 2000])),
            response=float(rng.uniform(0.3, 0.9)),
            response_effect=float(pick([0.0, 0.0, -1.0, 1.0])),
            score=str(pick(["binormal", "beta", "beta", "noise"], p=[0.45, 0.25, 0.25, 0.05])),
            separation=float(rng.uniform(1.5, 4.5)),
            missed=float(pick([0.0, 0.0, 0.05, 0.15])),
            domain_missed=float(pick([0.0, 0.0, 0.0, 0.3])),
            shift=float(pick([0.0, 0.0, -2.0, 3.0])),
            scale=float(pick([1.0, 1.0, 0.4])),
            digits=[None, None, None, 1, 0][int(rng.integers(5))],
            design=str(pick(["bounds", "own", "two", "quantiles", "simple", "certain", "by_size"])),
            strata_known=bool(rng.random() < 0.8),
            over_coverage=float(pick([0.0, 0.0, 0.1, 0.25])),
            junk_scores_high=bool(rng.random() < 0.3),
            effect=float(pick([0.2, 0.5, 0.9])),
            size_effect=float(pick([0.0, 0.3])),
            size_spread=float(pick([0.6, 1.2])),
        )
        for place in range(number)
    )


def random_worlds(seed: int, number: int, label: str) -> tuple[Scenario, ...]:
    """Mix more at random: designs, cells and response that the first mixtures do not hold."""
    rng = np.random.default_rng(seed)
    pick = rng.choice
    return tuple(
        Scenario(
            name=f"{label} {place + 1}",
            n_units=int(pick([3_000, 8_000, 20_000, 40_000])),
            prevalence=float(pick([0.003, 0.01, 0.02, 0.05, 0.1])),
            labels=int(pick([200, 500, 1000, 3000])),
            response=float(pick([0.3, 0.5, 0.65, 0.8, 0.95])),
            response_effect=float(pick([0.0, 0.0, -1.0, 1.0])),
            response_size=float(pick([0.0, 0.5, -0.5])),
            silent=float(pick([0.0, 0.0, 0.05])),
            cells=str(pick(["section", "region"], p=[0.7, 0.3])),
            score=str(pick(SCORES, p=[0.4, 0.2, 0.25, 0.1, 0.05])),
            separation=float(rng.uniform(1.5, 4.5)),
            missed=float(pick([0.0, 0.0, 0.05, 0.15])),
            shift=float(pick([0.0, 0.0, -2.0, 3.0])),
            scale=float(pick([1.0, 1.0, 0.4, 3.0])),
            digits=[None, None, None, 2, 1, 0][int(rng.integers(6))],
            inverted=bool(rng.random() < 0.07),
            design=str(pick(DESIGNS)),
            strata_known=bool(rng.random() < 0.8),
            over_coverage=float(pick([0.0, 0.0, 0.1, 0.25])),
            junk_scores_high=bool(rng.random() < 0.3),
            effect=float(pick([0.2, 0.5, 0.9])),
            size_effect=float(pick([0.0, 0.3])),
            size_spread=float(pick([0.6, 1.2, 1.6])),
        )
        for place in range(number)
    )


def heavy_tails(seed: int, number: int, label: str) -> tuple[Scenario, ...]:
    """Mix heavy tails of size with few or some active units: what decides is often one company."""
    rng = np.random.default_rng(seed)
    pick = rng.choice
    found = []
    for place in range(number):
        tail = str(pick(["lognormal", "pareto"]))
        found.append(
            Scenario(
                name=f"{label} {place + 1}",
                n_units=int(pick([2_000, 5_000, 20_000])),
                prevalence=float(pick([0.005, 0.01, 0.02, 0.05])),
                labels=int(pick([500, 1000, 3000])),
                response=float(pick([0.4, 0.65, 0.85])),
                response_size=float(pick([0.0, 0.4, -0.4])),
                cells=str(pick(["section", "size"])),
                score=str(pick(["binormal", "beta"])),
                separation=float(rng.uniform(2.5, 4.5)),
                missed=float(pick([0.0, 0.1])),
                design=str(pick(["bounds", "own", "certain", "quantiles"])),
                size_effect=float(pick([0.0, 0.3, 0.6])),
                tail=tail,
                size_spread=float(
                    rng.uniform(1.2, 2.0) if tail == "lognormal" else rng.uniform(1.1, 1.8)
                ),
            )
        )
    return tuple(found)


def issue_worlds(seed: int, number: int, label: str) -> tuple[Scenario, ...]:
    """Mix what the issue names: 20,000 to 50,000 units, 300 to 2,000 answers, 1 to 10 % active.

    Scores from weak to strong, falling again at the top, with few values or two; response of 50 to
    90 %, in one of six worlds going with activity within cells (which no weighting mends); skewed
    sizes; 3 to 40 sections, nested ones, alike in size or not; strata nobody audits, or not told.
    """
    rng = np.random.default_rng(seed)
    pick = rng.choice
    return tuple(
        Scenario(
            name=f"{label} {place + 1}",
            n_units=int(pick([20_000, 30_000, 50_000])),
            prevalence=float(pick([0.01, 0.02, 0.05, 0.1])),
            labels=int(pick([300, 600, 1000, 2000])),
            response=float(rng.uniform(0.5, 0.9)),
            response_effect=float(pick([0.0, 0.0, -0.7, 0.7])),
            response_size=float(pick([0.0, 0.4])),
            response_active=float(pick([0.0, 0.5, -0.5], p=[5 / 6, 1 / 12, 1 / 12])),
            cells=str(pick(["section", "size", "region"], p=[0.6, 0.25, 0.15])),
            score=str(pick(["binormal", "beta", "mixture"], p=[0.6, 0.25, 0.15])),
            separation=float(rng.uniform(1.5, 4.2)),
            missed=float(pick([0.0, 0.0, 0.05, 0.1])),
            domain_missed=float(pick([0.0, 0.0, 0.0, 0.0, 0.2])),
            shift=float(pick([0.0, 0.0, -2.0, 2.0])),
            scale=float(pick([1.0, 1.0, 0.4])),
            digits=[None, None, None, 1, 0][int(rng.integers(5))],
            humped=float(pick([0.0, 0.0, 0.0, 0.003])),
            design=str(pick(ISSUE_DESIGNS)),
            strata_known=bool(rng.random() < 0.75),
            over_coverage=float(pick([0.0, 0.05, 0.15])),
            empty=float(pick([0.0, 0.0, 0.0, 0.03])),
            effect=float(pick([0.2, 0.5, 0.8])),
            size_effect=float(pick([0.0, 0.3])),
            size_spread=float(pick([0.6, 1.2])),
            tail=str(pick(["", "", "", "lognormal"])),
            sections=int(pick([3, 8, 12, 20, 40])),
            nested=bool(rng.random() < 0.3),
            alike=bool(rng.random() < 0.5),
        )
        for place in range(number)
    )


SCORES = ("binormal", "beta", "mixture", "noise", "constant")
NESTED = 3
ISSUE_DESIGNS = (
    "own", "bounds", "certain", "quantiles", "equal", "proportional", "two", "class_by_domain",
    "by_size", "simple",
)  # fmt: skip
DESIGNS = (
    "equal", "proportional", "bounds", "two", "thin", "quantiles", "class_by_domain", "certain",
    "own", "simple",
)  # fmt: skip
MIXED = random_scenarios(11, 20, "mixed") + random_scenarios(20_260_617, 40, "mixed II")
HELD_OUT = random_scenarios(31_415_926, 40, "held out")
WORLDS = random_worlds(4_242, 40, "world")
HELD_OUT_2 = random_worlds(27_182_818, 40, "held out world")
ISSUE = issue_worlds(112_358, 30, "issue world")
HELD_OUT_3 = issue_worlds(14_142_135, 30, "held out issue world")
TAILS = heavy_tails(77, 24, "tail")
TAILS_2 = heavy_tails(16_180_339, 24, "held out tail")
GATE = ("1 %, beta, own design", "2 %", "5 %, weak, strong domains", "2 %, over-coverage")
