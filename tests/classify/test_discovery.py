from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from classify.clusters import find_clusters
from classify.discovery import discover
from classify.run import assess_units
from storage.errors import NotReady

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store


def test_a_labelled_sector_shows_its_words_and_keeps_them(
    store: Store, economy: Any, workbench: Workbench, add_wave: Any
) -> None:
    add_wave(economy.wave)
    drones, others = economy.fill(14, 24)
    economy.label(drones[:8], others[:14])
    assess_units(store, economy.wave, workbench)
    found = discover(store, economy.wave, "drones", workbench)
    assert (found.basis, found.n_active, found.earlier_wave) == ("decisions", 14, None)
    assert any("drone" in term.term for term in found.terms)
    assert not any("bread" in term.term for term in found.terms)
    kept = store.rows("SELECT term FROM discovery_term WHERE compared_with = 'rest' ORDER BY rank")
    assert [term for (term,) in kept] == [term.term for term in found.terms]
    members = store.rows("SELECT unit_id FROM discovery_member ORDER BY unit_id")
    assert [unit for (unit,) in members] == (drones if found.clusters else [])
    assert discover(store, economy.wave, "drones", workbench) == found
    assert len(store.rows("SELECT * FROM discovery_term")) == len(found.terms)


def test_a_sector_without_labels_is_explored_by_its_highest_ranked_units(
    store: Store, economy: Any, workbench: Workbench, add_wave: Any
) -> None:
    add_wave(economy.wave)
    economy.fill(10, 30)
    assess_units(store, economy.wave, workbench)
    found = discover(store, economy.wave, "drones", workbench)
    assert (found.basis, found.n_active) == ("ranking", 10)
    assert any("drone" in term.term for term in found.terms)


def test_what_is_new_since_the_last_wave_is_told_apart_from_what_is_usual(
    store: Store, economy: Any, workbench: Workbench, add_wave: Any
) -> None:
    for wave, words in (("2025", "drone flights"), ("2026", "drone flights and hydrogen engines")):
        add_wave(wave)
        made = type(economy)(store, wave)
        for number in range(12):
            made.add(f"drone-{number:02}", f"We offer {words} in town {number}. " * 8)
        for number in range(30):
            made.add_other_firm(number)
        assess_units(store, wave, workbench)
    found = discover(store, "2026", "drones", workbench)
    assert found.earlier_wave == "2025"
    assert "hydrogen" in {term.term for term in found.new_terms}
    assert "flights" not in {term.term for term in found.new_terms}
    assert "flights" in {term.term for term in found.terms}


def test_kinds_of_companies_are_found_across_languages_and_named() -> None:
    generator = np.random.default_rng(5)
    kinds = np.repeat([0, 1, 0, 1], 10)
    languages = ["de"] * 20 + ["en"] * 20
    vectors = generator.normal(scale=0.1, size=(40, 8))
    vectors[kinds == 1, 0] += 2
    vectors[kinds == 0, 1] += 2
    vectors[20:, 7] += 5  # the language, much larger than what the kinds differ by
    words = {0: "pilots and training", 1: "engines and rotors"}
    texts = [words[kind] for kind in kinds]
    found = find_clusters(vectors, texts, languages, seed=0)
    assert [len(cluster.members) for cluster in found] == [20, 20]
    assert {tuple(sorted({kinds[p] for p in cluster.members})) for cluster in found} == {(0,), (1,)}
    assert any("rotors" in cluster.title for cluster in found)
    assert find_clusters(vectors[:5], texts[:5], languages[:5], seed=0) == []


def test_two_companies_are_no_kind_and_words_that_are_not_sure_are_told_as_such() -> None:
    generator = np.random.default_rng(3)
    far = np.zeros((11, 6))
    far[:2, 0], far[2:6, 1], far[6:, 2] = 9, 3, 3
    vectors = far + generator.normal(scale=0.05, size=far.shape)
    texts = ["pilots and training"] * 6 + ["engines and training"] * 5
    found = find_clusters(vectors, texts, ["en"] * 11, seed=0)
    assert [(len(cluster.members), cluster.title) for cluster in found] == [
        (6, "pilots"), (5, "engines"),
    ]  # fmt: skip
    weak = ["red boats"] * 3 + ["boats"] + ["red engines"] + ["boats and engines"] * 4
    found = find_clusters(vectors[2:], weak, ["en"] * 9, seed=0)
    assert {cluster.title for cluster in found} == {"engines", "perhaps: red boats"}


def test_a_sector_that_was_not_classified_has_nothing_to_discover(
    store: Store, economy: Any, workbench: Workbench, add_wave: Any
) -> None:
    add_wave(economy.wave)
    with pytest.raises(NotReady, match="has not been classified"):
        discover(store, economy.wave, "drones", workbench)
