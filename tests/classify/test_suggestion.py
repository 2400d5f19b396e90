from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.run import assess_units
from classify.suggestion import REASONS, choose, suggest_labels, take_turns
from storage.errors import NotReady

LIKELY, DOUBTFUL, STRANGE = REASONS


AFTER = take_turns(4, decided=True, missing_inactive=0)
BEFORE = take_turns(8, decided=False, missing_inactive=0)


def scattered(number: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=(number, 8))


def test_half_are_likely_a_quarter_doubtful_a_quarter_strangers() -> None:
    score = np.linspace(0.99, 0.01, 40)
    chosen = choose(
        scattered(40), score, 0.5, scattered(5, 1), take_turns(8, decided=True, missing_inactive=10)
    )
    assert [reason for _, reason in chosen] == [LIKELY, DOUBTFUL, LIKELY, STRANGE] * 2
    assert [place for place, reason in chosen if reason == LIKELY][:2] == [0, 1]
    assert all(abs(score[p] - 0.5) < 0.05 for p, reason in chosen if reason == DOUBTFUL)


def test_without_a_threshold_nothing_is_doubtful() -> None:
    chosen = choose(scattered(20), np.linspace(0.9, 0.1, 20), None, scattered(0), BEFORE)
    assert {reason for _, reason in chosen} == {LIKELY, STRANGE}


@pytest.mark.parametrize(
    ("size", "missing", "strangers"),
    [(20, 10, 10), (20, 0, 5), (20, 7, 7), (50, 10, 12), (1, 9, 0)],
)
def test_strangers_are_proposed_until_there_are_inactive_labels_enough(
    size: int, missing: int, strangers: int
) -> None:
    turns = take_turns(size, decided=False, missing_inactive=missing)
    assert len(turns) == size
    assert turns.count(STRANGE) == strangers
    assert turns[0] == LIKELY
    # Spread over the sheet, so that whoever stops half-way has some of them.
    assert abs(turns[: size // 2].count(STRANGE) - strangers / 2) <= 1


def test_copies_are_proposed_once() -> None:
    means = np.repeat(scattered(3), 5, axis=0)
    chosen = choose(means, np.linspace(1, 0, 15), 0.5, scattered(4, 2), AFTER * 4)
    assert sorted(place // 5 for place, _ in chosen) == [0, 1, 2]


def test_a_stranger_is_far_from_what_is_labelled() -> None:
    labelled = np.tile([1.0, 0.0, 0.0], (6, 1)) + 0.01 * scattered(6)[:, :3]
    means = np.array([[1.0, 0.1, 0.0], [0.9, 0.0, 0.1], [0.8, 0.2, 0.0], [0.0, 0.0, 1.0]])
    chosen = choose(means, np.array([0.9, 0.8, 0.7, 0.1]), None, labelled, BEFORE[:4])
    assert (3, STRANGE) in chosen


@given(st.integers(1, 30), st.integers(1, 40), st.floats(0, 1))
def test_no_unit_is_proposed_twice(number: int, size: int, threshold: float) -> None:
    score = np.random.default_rng(number).random(number)
    chosen = choose(scattered(number, 3), score, threshold, scattered(2, 4), (AFTER * 10)[:size])
    places = [place for place, _ in chosen]
    assert len(set(places)) == len(places) <= min(size, number)
    assert places


def test_labelled_units_are_not_proposed_and_likely_ones_come_first(
    store: Any, economy: Any, workbench: Any
) -> None:
    drones, others = economy.fill(10, 20)
    economy.label(drones[:6], others[:12])
    assess_units(store, "2026", workbench)
    found = suggest_labels(store, "2026", "drones", workbench, size=6)
    assert {one.unit_id for one in found}.isdisjoint([*drones[:6], *others[:12]])
    assert found[0].unit_id in drones
    assert found[0].reason == LIKELY
    assert found[0].passage
    assert found[0].passage_url == f"https://{found[0].unit_id}.example/"
    assert found[0].guideline == workbench.definition("drones").version
    assert found[0].page_digest == ""  # of no page that is kept
    digest = "sha256:" + "ab" * 32
    store.execute(
        "INSERT INTO page (wave, run_id, website_url, url, final_url, fetched_at, http_status,"
        " media_type, n_bytes, body_digest, archive_file, archive_offset, position)"
        " VALUES ('2026', 'r', $url, $url, '', now(), 200, '', 1, $digest, 'r.warc.gz', 0, 0)",
        {"url": found[0].passage_url, "digest": digest},
    )
    found = suggest_labels(store, "2026", "drones", workbench, size=6)
    assert found[0].page_digest == digest
    assert found == suggest_labels(store, "2026", "drones", workbench, size=6)


def test_before_any_label_the_definition_proposes(store: Any, economy: Any, workbench: Any) -> None:
    drones, _ = economy.fill(4, 8)
    assess_units(store, "2026", workbench)
    found = suggest_labels(store, "2026", "drones", workbench, size=4)
    assert len({one.unit_id for one in found} & set(drones)) >= 2


def test_without_scores_it_says_what_comes_first(store: Any, workbench: Any) -> None:
    with pytest.raises(NotReady, match="score") as fault:
        suggest_labels(store, "2026", "drones", workbench, size=4)
    assert "classify run" in fault.value.advice
