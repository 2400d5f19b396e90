"""Which goals does the decision reach, and which lie within what so few websites can tell?

A goal is *reached* where the figure meets it, *open* where the figure does not but its 95 %
interval holds it, and *missed* where the interval lies on the wrong side. Intervals come from a
bootstrap that draws whole websites, the same ones in every sector (company texts: texts). The
calibration error of few websites is above 0 for true probabilities too: `by_chance` says by how
much on average. Drawing websites adds as much noise again, so its interval is the basic one (twice
the figure less the quantiles), the others are percentiles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import calibration_error
from classify.classifier import DEFAULT_CLASSIFIER, FeatureSpace, Lesson, own_classifier
from classify.features import find_centres
from classify.fitting import assign_folds
from classify.measures import average_precision, precision_recall_f1
from classify.share_intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classify.unit_text import UnitText

DRAWS = 1000
CHANCE_DRAWS = 200
HARD = "ai_software"
FEW_LABELS, FEWEST_ACTIVE, FEW_DRAWS = 20, 3, 6
FEWEST_OF_LANGUAGE = 2  # active websites, for an average precision that says something
CONFUSABLE = ("article_about", "mention", "neighbour")
# Kinds of texts that are not of a sector (`materials`); out of fold what stands on websites.
PLAIN = ("ordinary", "article", "topic", "notice", "demo", "no_business")
POOLED = {
    "all ordinary and confusable texts": (*PLAIN, *CONFUSABLE),
    "all confusable texts": CONFUSABLE,
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shown:
    """What a model said of labelled units that it had not seen.

    Attributes:
        scores: float64 (n,), of any scale.
        probability: float64 (n,), calibrated on the other folds.
        decided: bool (n,), by thresholds set on the other folds.
        active: bool (n,), the labels.
        english: bool (n,).
        sites: Of the units: what resampling draws together.
    """

    scores: Any
    probability: Any
    decided: Any
    active: Any
    english: Any
    sites: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A figure that the issue names, between which bounds it is to lie.

    Attributes:
        noise_adds: Drawing websites raises the figure: its interval is the basic one.
    """

    name: str
    least: float = -np.inf
    most: float = np.inf
    noise_adds: bool = False

    def judge(self, value: float, lower: float, upper: float) -> dict[str, Any]:
        """Return the figure with its interval and whether it meets the goal."""
        verdict = "missed"
        if self.least <= value <= self.most:
            verdict = "reached"
        elif lower <= self.most and upper >= self.least:
            verdict = "open"
        bounds = [float(end) for end in (self.least, self.most) if np.isfinite(end)]
        figures = [round(float(end), 4) for end in (value, lower, upper)]
        return {"goal": self.name, "bounds": bounds, "value": figures, "verdict": verdict}


def judge_goals(sectors: dict[str, Shown]) -> list[dict[str, Any]]:
    """Return the figures of all sectors together and of each."""
    figures: list[tuple[Goal, Callable[[dict[str, Any]], float]]] = [
        (Goal(name="average precision", least=0.985), lambda at: _mean(_ap, sectors, at)),
        (Goal(name="F1", least=0.96), lambda at: _mean(_f1, sectors, at)),
        (
            Goal(name="calibration error", most=0.01, noise_adds=True),
            lambda at: _mean(_calibration, sectors, at),
        ),
        (
            Goal(name="calibration error, sectors pooled", most=0.01, noise_adds=True),
            lambda at: _pooled_calibration(sectors, at),
        ),
        (
            Goal(name="predicted over true", least=0.97, most=1.03),
            lambda at: _predicted_over_true(sectors, at),
        ),
        (
            Goal(name="average precision, English less others", least=-0.03, most=0.03),
            lambda at: _english_gap(sectors, at),
        ),
    ]
    figures += [
        (Goal(name=f"average precision, {name}", least=0.95), _of(_ap, sectors, name))
        for name in sectors
    ]
    if HARD in sectors:
        figures.append((Goal(name=f"F1, {HARD}", least=0.92), _of(_f1, sectors, HARD)))
    places = {name: np.arange(len(shown.active)) for name, shown in sectors.items()}
    drawn = list(_draws(sectors))
    rows = []
    for goal, figure in figures:
        value = figure(places)
        lower, upper = _interval([figure(at) for at in drawn])
        if goal.noise_adds:
            lower, upper = max(0.0, min(value, 2 * value - upper)), max(value, 2 * value - lower)
        rows.append(goal.judge(value, lower, upper))
    for row in rows:
        if row["goal"] == "calibration error":
            row["by_chance"] = round(float(np.mean([_by_chance(s) for s in sectors.values()])), 4)
    return rows


def _draws(sectors: dict[str, Shown]) -> Any:
    """Yield sector -> places of a draw of websites, the same ones in every sector."""
    sites = sorted({site for shown in sectors.values() for site in shown.sites})
    place = {site: number for number, site in enumerate(sites)}
    numbers = {name: np.array([place[s] for s in shown.sites]) for name, shown in sectors.items()}
    generator = np.random.default_rng(0)
    for _ in range(DRAWS):
        times = np.bincount(generator.integers(0, len(sites), len(sites)), minlength=len(sites))
        at = {name: np.repeat(np.arange(len(n)), times[n]) for name, n in numbers.items()}
        if all(sectors[name].active[here].any() for name, here in at.items()):
            yield at


def _interval(values: Sequence[float]) -> tuple[float, float]:
    lower, upper = np.nanquantile(values, [0.025, 0.975])
    return float(lower), float(upper)


def _of(
    figure: Callable[[Shown, Any], float], sectors: dict[str, Shown], name: str
) -> Callable[[dict[str, Any]], float]:
    return lambda at: figure(sectors[name], at[name])


def _mean(
    figure: Callable[[Shown, Any], float], sectors: dict[str, Shown], at: dict[str, Any]
) -> float:
    return float(np.mean([figure(shown, at[name]) for name, shown in sectors.items()]))


def _ap(shown: Shown, at: Any) -> float:
    return average_precision(shown.scores[at], shown.active[at])


def _f1(shown: Shown, at: Any) -> float:
    return precision_recall_f1(shown.decided[at], shown.active[at])[2]


def _calibration(shown: Shown, at: Any) -> float:
    return calibration_error(shown.probability[at], shown.active[at])


def _pooled_calibration(sectors: dict[str, Shown], at: dict[str, Any]) -> float:
    pairs = [(s.probability[at[name]], s.active[at[name]]) for name, s in sectors.items()]
    return calibration_error(
        np.concatenate([likely for likely, _ in pairs]), np.concatenate([said for _, said in pairs])
    )


def _predicted_over_true(sectors: dict[str, Shown], at: dict[str, Any]) -> float:
    predicted = sum(float(s.probability[at[name]].sum()) for name, s in sectors.items())
    return predicted / sum(int(s.active[at[name]].sum()) for name, s in sectors.items())


def _english_gap(sectors: dict[str, Shown], at: dict[str, Any]) -> float:
    """Return the mean over sectors with active websites enough of either; NaN without one."""
    gaps = []
    for name, shown in sectors.items():
        active, english = shown.active[at[name]], shown.english[at[name]]
        if min((active & english).sum(), (active & ~english).sum()) >= FEWEST_OF_LANGUAGE:
            scores = shown.scores[at[name]]
            found = [average_precision(scores[e], active[e]) for e in (english, ~english)]
            gaps.append(found[0] - found[1])
    return float(np.mean(gaps)) if gaps else float("nan")


def _by_chance(shown: Shown) -> float:
    """Return the calibration error that these probabilities would have if they were true."""
    generator = np.random.default_rng(0)
    likely = shown.probability
    return float(
        np.mean(
            [
                calibration_error(likely, generator.random(len(likely)) < likely)
                for _ in range(CHANCE_DRAWS)
            ]
        )
    )


def judge_false_alarms(rates: dict[str, dict[str, list[float]]]) -> list[dict[str, Any]]:
    """Return the false-alarm rates of texts that are not of a sector, sectors together.

    First all kinds in one, then the confusable ones, then each kind.

    Args:
        rates: Sector -> kind -> hits, texts and more.
    """
    rows = []
    for name, kinds in (POOLED | {kind: (kind,) for kind in (*PLAIN, *CONFUSABLE)}).items():
        told = [by_kind[kind] for by_kind in rates.values() for kind in kinds if kind in by_kind]
        if told:
            hits, number = (int(sum(row[at] for row in told)) for at in (0, 1))
            share = [value / 100 for value in in_per_cent(hits, number)]
            goal = Goal(name=f"false-positive rate, {name}", most=0.002)
            rows.append(goal.judge(*share) | {"hits": hits, "texts": number})
    return rows


def in_per_cent(hits: int, number: int) -> list[float]:
    """Return the rate and its 95 % Wilson interval in per cent."""
    return [round(100 * value, 3) for value in (hits / number, *wilson(hits / number, number))]


def judge_few_labels(lessons: dict[str, tuple[Lesson, Sequence[str]]]) -> dict[str, Any]:
    """Return the average precision on all other websites after learning from `FEW_LABELS`.

    Args:
        lessons: Sector -> all that is labelled, and the websites of the units.
    """
    generator = np.random.default_rng(0)
    tested = []
    for lesson, sites in lessons.values():
        for _ in range(FEW_DRAWS):
            learnt_from = _few(lesson.active, generator)
            # Two folds: the scores of fold 0 are those of a fit that saw fold 1 alone.
            folds = np.where(learnt_from, 1, 0).astype(np.intp)
            held_out = own_classifier(DEFAULT_CLASSIFIER, {}).learn(replace(lesson, folds=folds))
            rest = np.flatnonzero(~learnt_from)
            tested.append((held_out.held_out[rest], lesson.active[rest], np.array(sites)[rest]))
    value = float(np.mean([average_precision(scores, said) for scores, said, _ in tested]))
    names = sorted({site for _, _, sites in tested for site in sites.tolist()})
    numbers = [np.searchsorted(names, sites) for _, _, sites in tested]
    drawn = []
    for _ in range(DRAWS):
        times = np.bincount(generator.integers(0, len(names), len(names)), minlength=len(names))
        at = [np.repeat(np.arange(len(n)), times[n]) for n in numbers]
        found = [
            average_precision(scores[here], said[here])
            for (scores, said, _), here in zip(tested, at, strict=True)
            if said[here].any()
        ]
        drawn.append(float(np.mean(found)))
    goal = Goal(name=f"average precision from {FEW_LABELS} labelled websites", least=0.95)
    return goal.judge(value, *_interval(drawn))


def _few(active: Any, generator: np.random.Generator) -> Any:
    """Return bool (n,): units drawn at the labels' share of active ones, but some active."""
    number = max(FEWEST_ACTIVE, round(FEW_LABELS * float(active.mean())))
    drawn = np.zeros(len(active), dtype=bool)
    drawn[generator.permutation(np.flatnonzero(active))[:number]] = True
    drawn[generator.permutation(np.flatnonzero(~active))[: FEW_LABELS - number]] = True
    return drawn


def judge_company_texts(
    answers: dict[str, dict[str, bool]],
    embedded: dict[str, UnitText],
    lessons: dict[str, Lesson],
) -> dict[str, Any]:
    """Return the average precision on company texts out of fold, sectors together.

    Args:
        answers: Sector -> text -> whether it is of the sector.
        embedded: Text -> the same embedded.
        lessons: Sector -> the definition to learn from beside the texts.
    """
    found = {}
    for sector, lesson in lessons.items():
        texts = [text for text in answers[sector] if text in embedded]
        active = np.array([answers[sector][text] for text in texts])
        found[sector] = _score_texts([embedded[text] for text in texts], active, lesson), active
    by_sector = {sector: average_precision(*one) for sector, one in found.items()}
    generator = np.random.default_rng(0)
    drawn = []
    for _ in range(CHANCE_DRAWS):
        at = {
            name: generator.integers(0, len(said), len(said)) for name, (_, said) in found.items()
        }
        drawn.append(
            np.mean([average_precision(s[at[name]], a[at[name]]) for name, (s, a) in found.items()])
        )
    goal = Goal(name="average precision, held-out company texts", least=0.74)
    told = goal.judge(
        float(np.mean(list(by_sector.values()))), *_interval([float(one) for one in drawn])
    )
    return told | {"by_sector": {name: round(value, 3) for name, value in by_sector.items()}}


def _score_texts(units: list[UnitText], active: Any, known: Lesson) -> Any:
    means = np.stack([unit.vectors.mean(axis=0) for unit in units])
    lesson = Lesson(
        labelled=units,
        active=active,
        folds=assign_folds(active, [unit.key for unit in units], 0),
        background=[],
        prior=known.prior,
        known=known.known,
        space=FeatureSpace(
            centres=find_centres(means, [unit.language for unit in units]),
            compass=known.space.compass,
            genre=known.space.genre,
        ),
    )
    return own_classifier(DEFAULT_CLASSIFIER, {}).learn(lesson).held_out
