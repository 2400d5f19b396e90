"""Labelled texts beside labelled websites: they teach, and decide nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.compare import compare_models
from classify.evaluate import evaluate_model
from classify.fitting import assign_folds, fit_logistic
from classify.label_shares import TEXT_SHARE, judging_labels, label_shares
from classify.learning import learning_record
from classify.training import train_model
from storage.records.assessment import Label
from storage.tables.assessment import insert_labels
from storage.tables.held_out import load_held_out

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store

TEXTS = (
    (True, "drone pilots and aerial drone flights"),
    (False, "fresh bread, cakes and tax advice"),
)


def keys(n_sites: int, n_texts: int) -> list[str]:
    return [f"https://{n}.example/" for n in range(n_sites)] + [f"text:{n}" for n in range(n_texts)]


def label_texts(store: Store, number: int) -> None:
    said = [
        Label(sector="drones", active=active, text=f"{text} number {n}", language="en")
        for active, text in TEXTS
        for n in range(number)
    ]
    insert_labels(store, said, "texts")


def test_enough_websites_decide_alone_and_fewer_do_not() -> None:
    active = np.array([True] * 5 + [False] * 10 + [True, False] * 3)
    subjects = keys(15, 6)
    assert judging_labels(subjects, active).tolist() == [True] * 15 + [False] * 6
    assert judging_labels(subjects[1:], active[1:]).all()


def test_texts_weigh_together_a_share_of_the_websites_of_their_answer() -> None:
    active = np.array([True] * 5 + [False] * 10 + [True] * 40 + [False])
    shares = label_shares(judging_labels(keys(15, 41), active), active)
    assert shares[15:55].sum() == pytest.approx(TEXT_SHARE * 5)
    assert shares[:15].tolist() == [1.0] * 15
    assert shares[55] == 1.0  # a single text weighs no more than a website


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_every_label_weighs_something_and_none_more_than_a_website(
    labels: list[tuple[bool, bool]],
) -> None:
    subjects = [f"text:{n}" if text else f"https://{n}/" for n, (text, _) in enumerate(labels)]
    active = np.array([answer for _, answer in labels])
    shares = label_shares(judging_labels(subjects, active), active)
    assert np.all((shares > 0) & (shares <= 1))


def test_websites_are_spread_over_folds_for_themselves() -> None:
    active = np.array([True] * 5 + [False] * 10 + [True] * 200 + [False] * 300)
    subjects = keys(15, 500)
    judging = judging_labels(subjects, active)
    folds = assign_folds(active, subjects, 0, judging=judging)
    assert sorted(folds[active & judging]) == [0, 1, 2, 3, 4]
    assert np.bincount(folds[judging & ~active]).tolist() == [2] * 5
    alone = assign_folds(active[:15], subjects[:15], 0, judging=judging[:15])
    assert alone.tolist() == assign_folds(active[:15], subjects[:15], 0).tolist()


def test_a_label_of_half_a_share_is_half_a_label() -> None:
    points = np.random.default_rng(0).normal(size=(30, 4))
    active = np.arange(30) % 3 == 0
    twice = np.concatenate([np.arange(30), np.arange(6)])
    halves = np.where(twice < 6, 0.5, 1.0)
    halves[30:] = 0.5
    once = fit_logistic(points, active, 1.0)
    split = fit_logistic(points[twice], active[twice], 1.0, shares=halves)
    assert split[0] == pytest.approx(once[0], abs=1e-5)
    assert split[1] == pytest.approx(once[1], abs=1e-5)


def test_measures_rest_on_websites_and_texts_are_scored_all_the_same(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    alone = train_model(store, "drones", workbench, wave=labelled.wave)
    label_texts(store, 20)
    both = train_model(store, "drones", workbench, wave=labelled.wave)
    assert "stand alone" not in card_of(alone)
    assert "40 of these are texts that stand alone" in card_of(both)
    data = both.content["data"]
    assert (data["n"], data["active"]) == (59, 27)
    assert (data["judging"], data["judging_active"]) == (19, 7)
    assert both.content["reliability"]["observed_active"] == 7
    kept = load_held_out(store, both.model_id)
    assert sum(one.subject.startswith("text:") for one in kept) == 40
    found = evaluate_model(store, both.model_id, workbench, wave=labelled.wave)
    assert (found.n, found.n_active) == (19, 7)


def card_of(card: Any) -> str:
    from classify.card import card_markdown

    return card_markdown(card.content)


def label_sites(store: Store, sites: tuple[list[str], list[str]], **more: str) -> None:
    said = [
        Label(sector="drones", active=active, unit_id=unit, **more)
        for active, units in zip((True, False), sites, strict=True)
        for unit in units
    ]
    insert_labels(store, said, "sites")


def test_what_labels_bought_is_measured_on_websites_and_told_apart_of_texts(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    label_sites(store, economy.fill(6, 11))
    label_texts(store, 8)
    fast = replace(workbench, classifier="encoder_mean")
    record = learning_record(store, "drones", fast, wave=economy.wave)
    assert (record.n, record.n_active, record.n_texts, record.n_texts_active) == (17, 6, 16, 8)
    first, second = record.stages
    assert (first.added, first.added_texts, second.added, second.added_texts) == (17, 0, 16, 16)
    card = train_model(store, "drones", fast, wave=economy.wave).content
    expected = card["validation"]["model"]["average_precision"]["value"]
    assert second.average_precision is not None
    assert second.average_precision.value == pytest.approx(expected)
    assert second.texts_average_precision is not None
    assert second.gain_texts_average_precision is not None


def test_models_are_compared_and_evaluated_on_websites_and_texts_told_apart(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(12, 22)
    label_sites(store, (drones[:6], others[:11]))
    label_texts(store, 6)
    ids = [
        train_model(
            store, "drones", replace(workbench, classifier=name), wave=economy.wave
        ).model_id
        for name in ("encoder_mean", "tfidf_logistic")
    ]
    found = compare_models(store, *ids, workbench, wave=economy.wave)
    assert (found["basis"], found["measured_on"]) == ("cross_validation", "websites")
    assert (found["n"], found["n_active"]) == (17, 6)
    assert (found["texts"]["n"], found["texts"]["n_active"]) == (12, 6)
    assert set(found["texts"]["differences"]) == {"average_precision", "f1", "brier_score"}

    label_sites(store, (drones[6:], others[11:]), purpose="test")
    more = [
        Label(sector="drones", active=active, text=text, language="en", purpose="test")
        for active, text in ((True, "aerial survey flights"), (False, "a bakery of cakes"))
    ]
    insert_labels(store, more, "texts")
    told = evaluate_model(store, ids[0], workbench, wave=economy.wave)
    assert (told.basis, told.n, told.n_active) == ("test", 17, 6)
    assert (told.texts["n"], told.texts["n_active"]) == (2, 1)
    assert sum(told.confusion.values()) == 17
    assert sum(one["n"] for one in told.languages.values()) == 17
    again = compare_models(store, *ids, workbench, wave=economy.wave)
    assert (again["basis"], again["n"], again["texts"]) == ("test", 17, None)
