"""How good is the decision, beside simpler ones, on the same websites and the same folds?

The simpler ones are the plug-ins of ``classify.classifiers``: a new file there is measured too.

One command: ``python benchmarks/classify/run.py --workspace DIR --labels FILE --labelled DIR
--extraction DIR``. The workspace holds crawled and extracted websites, the file says url, sector,
active (what the development farm prints); the last two are ../shared/data/labelled and
../shared/data/extraction. Nothing of the workspace is changed.

Reported: average precision, precision, recall and F1 out of fold with 95 % bootstrap intervals,
thresholds set on the other folds; average precision in English and in other languages; predicted
over true count; by kind (`materials.KINDS`), the share of texts that are not of the sector but are
called active at each model's own threshold (Wilson intervals); with ``--sites`` (sites.csv of
../shared/data/sites) the same of websites that are no firm's, out of fold (`materials.NO_FIRM`);
with ``--languages`` what words learn of the language (`languages`); with ``--goals`` which figures
reach the goals and which lie within what so few websites can tell (`goals`);
with ``--explaining`` what explaining 1,000 units takes (`explaining`); with ``--speed``
passages and websites per CPU second beside plain ``SentenceTransformer.encode``. Vectors are kept
in ``--cache``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from explaining import measure_explaining
from goals import (
    Shown,
    in_per_cent,
    judge_company_texts,
    judge_false_alarms,
    judge_few_labels,
    judge_goals,
)
from languages import measure_languages
from materials import (
    Text,
    embed_texts,
    open_copy,
    read_articles,
    read_company_answers,
    read_no_firms,
    read_notices,
    read_texts,
    site_name,
)
from speed import measure_speed

from classify.calibration import (
    calibrate,
    calibrate_across,
    calibration_error,
    excess_calibration_error,
)
from classify.classifier import DEFAULT_CLASSIFIER, own_classifier
from classify.measures import (
    average_precision,
    decide_across,
    find_threshold,
)
from classify.trained_model import load_model
from classify.training import prepare_lesson, train_model
from classify.training_set import collect_training_set
from classify.validation import measure_decisions
from sectorlens import plugins

if TYPE_CHECKING:
    from classify.classifier import Head, Lesson
    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store

FPR_OF = ("tfidf_logistic", "encoder_mean")  # beside our own: refitting all takes too long


def main() -> None:
    """Measure and print one JSON document."""
    warnings.simplefilter("ignore")
    given = read_arguments()
    store, workbench = open_copy(given.workspace, given.labels, given.cache)
    texts = read_notices(store, given.wave)
    texts += read_texts(given.labelled) if given.labelled else []
    texts += read_articles(given.extraction) if given.extraction else []
    embedded = embed_texts(texts, workbench)
    no_firms = read_no_firms(given.sites) if given.sites else {}
    told: dict[str, Any] = {"embedder": workbench.embedder.digest, "sectors": {}}
    shown: dict[str, Shown] = {}
    lessons: dict[str, Lesson] = {}
    for sector in given.sector or sorted(workbench.sectors):
        started = time.process_time()
        foreign = [t for t in texts if sector in t.kinds and t.text in embedded]
        simpler = [] if given.own else plugins.names("classify.classifiers")
        told["sectors"][sector], shown[sector] = measure_sector(
            store, given.wave, sector, workbench, (foreign, embedded), simpler
        )
        lesson = lessons[sector] = prepare_lesson(store, given.wave, sector, workbench)
        told["sectors"][sector]["no_firm"] = no_firm_rates(store, lesson, sector, no_firms)
        if given.languages:
            told["sectors"][sector]["languages"] = measure_languages(lesson)
        told["sectors"][sector]["cpu_seconds"] = round(time.process_time() - started, 1)
        sys.stderr.write(f"{sector}: {json.dumps(told['sectors'][sector])}\n")
    told["macro"] = macro(told["sectors"])
    if given.goals:
        told["goals"] = measure_goals(told["sectors"], shown, lessons)
        if given.labelled:
            answers = read_company_answers(given.labelled)
            told["goals"].append(judge_company_texts(answers, embedded, lessons))
    if given.explaining:
        told["explaining"] = measure_explaining(store, given.wave, workbench, sorted(lessons))
    if given.speed:
        told["speed"] = measure_speed(store, given.wave, workbench)
    json.dump(told, sys.stdout, indent=1)


def read_arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--workspace", type=Path, required=True)
    asked.add_argument("--labels", type=Path, required=True)
    asked.add_argument("--labelled", type=Path)
    asked.add_argument("--extraction", type=Path)
    asked.add_argument("--own", action="store_true", help="leave the simpler classifiers out")
    asked.add_argument("--wave", default="w1")
    asked.add_argument("--cache", type=Path, default=Path("benchmark-vectors.duckdb"))
    asked.add_argument("--sector", action="append")
    asked.add_argument("--sites", type=Path)
    asked.add_argument("--languages", action="store_true")
    asked.add_argument("--goals", action="store_true")
    asked.add_argument("--explaining", action="store_true")
    asked.add_argument("--speed", action="store_true")
    return asked.parse_args()


def measure_sector(
    store: Store,
    wave: str,
    sector: str,
    workbench: Workbench,
    others: tuple[list[Text], dict[str, UnitText]],
    simpler: list[str],
) -> tuple[dict[str, Any], Shown]:
    """Return measures and false-positive rates by model, and what ours said of each website."""
    card = train_model(store, sector, workbench, wave=wave)
    lesson = prepare_lesson(store, wave, sector, workbench)
    units, active, folds = list(lesson.labelled), lesson.active, lesson.folds
    grouped = collect_training_set(store, wave, sector).groups
    groups = [grouped[unit.key] for unit in units]
    kept = store.rows(
        "SELECT subject, fold, probability, decided FROM held_out_score WHERE model_id = ?",
        [card.model_id],
    )
    own = {subject: rest for subject, *rest in kept}
    decided = np.array([own[unit.key][2] for unit in units], dtype=bool)
    probability = np.array([own[unit.key][1] for unit in units])
    # Ranked by scores, as the others are: the calibration of each fold is another map.
    scores = own_classifier(DEFAULT_CLASSIFIER, {}).learn(lesson).held_out
    found = {"sectorlens": figures(probability, decided, active, units, groups, scores)}
    shown = Shown(
        scores=scores,
        probability=probability,
        decided=decided,
        active=active,
        english=np.array([unit.language == "en" for unit in units]),
        sites=groups,
    )
    model = load_model(workbench.model_directory / card.model_id)
    rates = {"sectorlens": rates_of(lambda asked: is_active(model, asked), sector, *others)}
    rule = workbench.definition(sector).decision
    for name in simpler:
        if name == DEFAULT_CLASSIFIER:
            continue  # trained and measured above
        learnt = own_classifier(name, {}).learn(lesson)
        scores = learnt.held_out
        likely = calibrate_across(scores, active, folds)
        said = decide_across(likely, active, folds, rule)
        found[name] = figures(likely, said, active, units, groups, scores)
        if name in FPR_OF and others[0]:
            calibration = calibrate(scores, active)
            cut = find_threshold(calibration.probability(scores), active, rule)

            def decide(
                asked: list[UnitText],
                head: Head = learnt.head,
                cut: float = cut,
                calibration: Any = calibration,
            ) -> Any:
                new = head.judge(asked, np.zeros(len(asked), dtype=np.intp)).scores
                return calibration.probability(new) >= cut

            rates[name] = rates_of(decide, sector, *others)
    told = {"n": len(units), "active": int(active.sum()), "models": found, "false_positive": rates}
    return told, shown


def measure_goals(
    sectors: dict[str, Any], shown: dict[str, Shown], lessons: dict[str, Lesson]
) -> list[dict[str, Any]]:
    """Return each goal with its figure, interval and verdict."""
    rates = {
        name: told["false_positive"]["sectorlens"] | told["no_firm"]
        for name, told in sectors.items()
    }
    with_sites = {name: (lesson, shown[name].sites) for name, lesson in lessons.items()}
    return [*judge_goals(shown), *judge_false_alarms(rates), judge_few_labels(with_sites)]


def is_active(model: Any, asked: list[UnitText]) -> Any:
    """Return bool (n,): what the model decides on units."""
    return np.array([said.probability >= model.threshold for said in model.judge(asked)])


def figures(
    probability: Any,
    decided: Any,
    active: Any,
    units: list[UnitText],
    groups: list[str],
    scores: Any = None,
) -> dict[str, Any]:
    """Return measures with intervals, by language, and of calibration."""
    scores = probability if scores is None else scores
    told: dict[str, Any] = {
        name: [round(m.value, 3), round(m.lower, 3), round(m.upper, 3)]
        for name, m in measure_decisions(scores, decided, active, groups, 0).items()
    }
    english = np.array([unit.language == "en" for unit in units])
    for name, members in (("english", english), ("other_languages", ~english)):
        told[f"average_precision_{name}"] = round(
            average_precision(scores[members], active[members]), 3
        )
    told["calibration_error"] = round(calibration_error(probability, active), 4)
    told["excess_calibration_error"] = round(excess_calibration_error(probability, active), 4)
    told["predicted_over_true"] = round(float(probability.sum() / active.sum()), 3)
    told["false_positives"] = int((decided & ~active).sum())
    return told


def rates_of(
    decide: Any, sector: str, foreign: list[Text], embedded: dict[str, UnitText]
) -> dict[str, Any]:
    """Return by kind how many texts that are not of the sector are called active.

    Hits, texts, rate and 95 % Wilson interval in per cent.
    """
    members: dict[str, set[str]] = {}
    for text in foreign:
        members.setdefault(text.kinds[sector], set()).add(text.text)
    hits = {
        kind: int(np.sum(decide([embedded[text] for text in sorted(texts)])))
        for kind, texts in sorted(members.items())
    }
    return {
        kind: [hits[kind], len(members[kind]), *in_per_cent(hits[kind], len(members[kind]))]
        for kind in hits
    }


def no_firm_rates(
    store: Store, lesson: Lesson, sector: str, no_firms: dict[str, str]
) -> dict[str, Any]:
    """Return by kind how many websites that are no firm's, labelled inactive, are called active.

    Out of fold, as in `held_out_score`; hits, websites, rate and Wilson interval in per cent.
    """
    decided = dict(
        store.rows(
            "SELECT h.subject, h.decided FROM held_out_score h JOIN model m USING (model_id)"
            " WHERE m.sector = ?",
            [sector],
        )
    )
    found: dict[str, list[bool]] = {}
    for unit, active in zip(lesson.labelled, lesson.active, strict=True):
        kind = no_firms.get(site_name(unit.key))
        if kind and not active:
            found.setdefault(kind, []).append(bool(decided[unit.key]))
    return {
        kind: [sum(said), len(said), *in_per_cent(sum(said), len(said))]
        for kind, said in sorted(found.items())
    }


def macro(sectors: dict[str, Any]) -> dict[str, Any]:
    """Return means over sectors by model."""
    names = next(iter(sectors.values()))["models"]
    return {
        name: {
            figure: round(
                float(np.mean([s["models"][name][figure][0] for s in sectors.values()])), 3
            )
            for figure in ("average_precision", "precision", "recall", "f1")
        }
        for name in names
    }


if __name__ == "__main__":
    main()
