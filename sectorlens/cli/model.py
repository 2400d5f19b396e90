"""`sectorlens model …`: the methodologist's bench."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from sectorlens import bench
from sectorlens.cli import label_text, one_sector, render
from sectorlens.cli.opened import opened
from sectorlens.cli.options import (
    HERE,
    Format,
    FormatOption,
    OptionalWave,
    WorkspaceOption,
)
from sectorlens.pipeline import wave_if_any
from sectorlens.session import begin
from storage.publication import publish
from storage.records.assessment import Bridge

SectorOption = Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")]
ModelId = Annotated[str, typer.Argument(metavar="MODEL", help="As `model list` tells it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept beside your name.")]
Name = Annotated[
    str | None,
    typer.Option("--by", help="Who decides; by default your name on this system."),
]
ClassifierOption = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="How it learns, as `plugins list` names it; by default the settings'."
    ),
]
OneSector = Annotated[
    str | None, typer.Option("--sector", metavar="S", help="One sector; by default all.")
]


def train(
    sector: SectorOption,
    wave: OptionalWave = None,
    classifier: ClassifierOption = "",
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Train a model from all training labels that have text; it is not promoted by that."""
    from classify.admission import advice_on, doubt_about
    from classify.card import card_markdown

    with opened(workspace) as (session, store):
        over = wave_if_any(store, wave)
        card = bench.train(session, store, over, sector, classifier=classifier)
        publish(store, session.workspace.published)
    for code, number in card.content["data"]["left_out"].items():
        render.say(f"warning ({code}, {number}): these do not train")
    if form is Format.JSON:
        render.put_json({"model_id": card.model_id})
        return
    render.put(card_markdown(card.content))
    if doubt := doubt_about(card.content):
        render.put(f"In doubt: {doubt}; {advice_on(card.content)}.")
    render.put(f"Trained {card.model_id}. To decide with it from now on:")
    render.put(f"sectorlens model promote {card.model_id} --reason …")


def evaluate(
    model: ModelId,
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell how a model does on labels it did not learn from."""
    with opened(workspace) as (session, store):
        found = asdict(bench.evaluate(session, store, wave_if_any(store, wave), model))
    if form is Format.JSON:
        render.put_json(found)
        return
    _put_evaluation(found)
    render.put("\nErrors of training data")
    for line in label_text.error_lines(found["errors_of_training_data"]):
        render.put(f"- {line}")


def _put_evaluation(found: Mapping[str, Any]) -> None:
    basis = {
        "test": "labels of purpose test, which it never saw",
        "cross_validation": "cross-validation, each in a fold that had not seen it",
    }[found["basis"]]
    render.put(
        f"{found['model_id']} ({found['sector']}) on {found['n']} labelled websites and texts,"
        f" {found['n_active']} of them active: {basis}; 95 % intervals"
    )
    texts = found["texts"]
    rows = [
        [whose, name.replace("_", " "), *(round(told[key], 3) for key in _INTERVAL)]
        for whose, measures in (
            ("model", found["measures"]),
            ("baseline", found["baseline"]),
            ("model, on texts", texts.get("measures", {})),
        )
        for name, told in measures.items()
    ]
    render.put_table(("of", "measure", *_INTERVAL), rows)
    if not found["n_active"]:
        render.put("None of them is active: the 0 beside a measure means that it cannot be told.")
    _put_languages(found["languages"])
    if texts:
        render.put(
            f"Texts that stand alone are told apart: {texts['n']},"
            f" {texts['n_active']} of them active"
        )
    by_chance = found["calibration_error_by_chance"]
    told = "" if by_chance is None else f"; true probabilities would show {by_chance:.3f} by chance"
    render.put(f"Expected calibration error: {found['calibration_error']:.3f}{told}")
    for cell, number in found["confusion"].items():
        label, decision = cell.split("_")
        render.put(f"Labelled {label}, decided {decision}: {number}")
    for kind, number in found["left_out"].items():
        if number:
            why = "not usable" if kind.startswith("labels_") else "since it learnt from them"
            render.put(f"Left out, {why} ({kind.replace('_', ' ')}): {number}")


def _put_languages(languages: Mapping[str, Mapping[str, Any]]) -> None:
    if not languages:
        return
    render.put()
    render.put(
        "By language, with 95 % intervals where there are four labels of each answer or more:"
    )
    names = ("average_precision", "precision", "recall", "f1")
    rows = [
        [
            language,
            *(told[key] for key in ("n", "n_active", "n_decided")),
            *(
                "{value:.3f} ({lower:.3f} to {upper:.3f})".format(**told["measures"][name])
                if told["measures"]
                else ""
                for name in names
            ),
        ]
        for language, told in languages.items()
    ]
    head = ("language", "labelled", "active", "decided active")
    render.put_table((*head, *(name.replace("_", " ") for name in names)), rows)
    render.put()


_INTERVAL = ("value", "lower", "upper")


def list_models(workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT) -> None:
    """List the trained models, the newest first."""
    from classify import registry
    from classify.admission import is_admitted

    with begin(workspace).open() as store:
        rows = [
            {
                "model_id": model.model_id,
                "sector": model.sector,
                "classifier": model.card["method"].get("classifier", {}).get("name", ""),
                "labels": model.card["data"]["n"],
                "active": model.card["data"]["active"],
                **_headline(model.card["validation"]["model"]),
                "trained_at": model.trained_at,
                "promoted": model.promoted,
                "admitted": is_admitted(model.card),
            }
            for model in registry.list_models(store)
        ]
    if form is Format.JSON:
        render.put_json({"models": rows})
    elif not rows:
        render.put("No model has been trained: `sectorlens model train --sector S`")
    else:
        render.put_table(list(rows[0]), [list(row.values()) for row in rows])


def _headline(measures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return average precision with its interval, and F1: the record of what labels bought."""
    ap = measures["average_precision"]
    return {
        "average_precision": round(ap["value"], 3),
        "lower": round(ap["lower"], 3),
        "upper": round(ap["upper"], 3),
        "f1": round(measures["f1"]["value"], 3),
    }


def show(
    model: ModelId, workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT
) -> None:
    """Show a model's card."""
    from classify import registry
    from classify.card import card_markdown
    from classify.prior_correction import shift_lines

    with begin(workspace).open() as store:
        shown = registry.show_model(store, model)
        waves_told = shift_lines(store, shown.model_id)
    if form is Format.JSON:
        render.put_json(shown.card)
    else:
        render.put("\n".join([card_markdown(shown.card), *waves_told]))


def promote(
    model: ModelId,
    reason: Reason,
    by: Name = None,
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Decide with this model from now on; bridge the series from the one that did before."""
    with opened(workspace) as (session, store):
        over = wave_if_any(store, wave)
        done = bench.promote(session, store, over, model, (reason, _name(by)))
        publish(store, session.workspace.published)
    if form is Format.JSON:
        render.put_json(asdict(done))
        return
    render.put(f"{model} is promoted; `sectorlens classify run` decides with it.")
    for issue in done.issues:
        render.put(f"warning ({issue.code}): {issue.detail}")
    if done.bridges:
        render.put(f"What the change from {done.former} does to the series:")
        _put_bridges(done.bridges)


def _name(given: str | None) -> str:
    """Return who decides: as said, else the name this user has on the system."""
    if given is not None:
        return given
    try:
        return getpass.getuser()
    except OSError:
        return ""  # refused with advice


def bridges(
    sector: OneSector = None, workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT
) -> None:
    """List the breaks that changes of models made: new over old total on the same wave."""
    from storage.tables.assessment import load_bridges

    session = begin(workspace)
    with session.open() as store:
        found = load_bridges(store, sector=sector)
    one_sector.refuse_unknown(session, sector, found)
    if form is Format.JSON:
        render.put_json({"bridges": [asdict(bridge) for bridge in found]})
    elif not found:
        render.put("No model has taken over from another: `sectorlens model promote MODEL`")
    else:
        _put_bridges(found)


_BRIDGE_COLUMNS = (
    "sector",
    "wave",
    "old_model",
    "new_model",
    "measure",
    "old_value",
    "new_value",
    "break_factor",
    "ci_lower",
    "ci_upper",
)


def _put_bridges(found: Sequence[Bridge]) -> None:
    render.put_table(
        _BRIDGE_COLUMNS, [[getattr(one, name) for name in _BRIDGE_COLUMNS] for one in found]
    )


def compare(
    first: ModelId,
    second: ModelId,
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Test whether the second model is better than the first, on the same held-out units."""
    with opened(workspace) as (session, store):
        found = bench.compare(session, store, wave_if_any(store, wave), (first, second))
    if form is Format.JSON:
        render.put_json(found)
        return
    _put_differences(found, f"{second} against {first} on {{}} {found['measured_on']}")
    if found["texts"]:
        _put_differences(found["texts"], "\nThe same on {} texts that stand alone")
    basis = {
        "test": "labels of purpose test",
        "cross_validation": "labels that both were cross-validated on",
    }[found["basis"]]
    render.put(f"Measured on {basis}.")
    for name, number in found["left_out"].items():
        if number:
            render.put(f"Left out ({name.replace('_', ' ')}): {number}")


def _put_differences(found: Mapping[str, Any], title: str) -> None:
    render.put(
        f"{title.format(found['n'])}, {found['n_active']} of them active; second minus first, 95 %"
        " interval of the paired bootstrap (shown: it does not hold 0):"
    )
    rows = [
        [name.replace("_", " "), *(round(told[key], 6) for key in _DIFFERENCE), told["shown"]]
        for name, told in found["differences"].items()
    ]
    render.put_table(("measure", *(key.replace("_", " ") for key in _DIFFERENCE), "shown"), rows)
    decisions = found["decisions"]
    render.put(
        f"Right by the first alone: {decisions['only_first_right']}, by the second alone:"
        f" {decisions['only_second_right']}; McNemar's exact test p = {decisions['p_value']:.3g}"
    )


_DIFFERENCE = ("first", "second", "difference", "lower", "upper", "p_value")
