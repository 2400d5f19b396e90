from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from classify.features import (
    POOLED_SHARE,
    START_SHARE,
    WORD_SHARE,
    Words,
    encode_unit,
    find_centres,
)
from classify.fitting import Design, assign_folds, coordinates, fit_folds, fit_logistic
from classify.measures import average_precision
from classify.passages import passage_of
from classify.score import Compass, best_passages, rank_score
from classify.unit_text import UnitText

DIM = 6
COMPASS = Compass(np.full(DIM, 0.1), np.eye(DIM)[0], np.eye(DIM)[1])


def unit(vectors: np.ndarray, language: str = "en") -> UnitText:
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    passages = tuple(passage_of(f"passage {n}", "", language) for n in range(len(rows)))
    return UnitText(key="u", passages=passages, vectors=rows, language=language)


def test_a_language_with_many_texts_has_its_own_centre_and_one_with_few_the_common_one() -> None:
    rows = np.concatenate([np.full((1000, 2), 1.0), np.full((1, 2), 5.0)])
    centres = find_centres(rows, ["en"] * 1000 + ["pl"])
    assert centres.of("en") == pytest.approx(np.full(2, 1.0), abs=0.01)
    assert centres.of("pl") == pytest.approx(np.full(2, (5 + 10 * 1.004) / 11), abs=0.01)
    assert centres.of("xx") == pytest.approx(centres.overall)


def test_centres_of_sparse_rows_are_those_of_dense_ones() -> None:
    rows = np.random.default_rng(0).random((7, 4))
    languages = list("aabbbcc")
    dense = find_centres(rows, languages)
    sparse = find_centres(scipy.sparse.csr_matrix(rows), languages)
    assert sparse.overall == pytest.approx(dense.overall)
    assert all(sparse.of(name) == pytest.approx(dense.of(name)) for name in "abc")


@given(st.integers(1, 9), st.integers(0, 100))
def test_what_passages_add_sums_to_the_units_row_and_each_mean_has_its_share(
    number: int, seed: int
) -> None:
    vectors = np.random.default_rng(seed).normal(size=(number, DIM))
    features = encode_unit(unit(vectors), find_centres(np.zeros((1, DIM)), ["en"]), COMPASS)
    assert features.shares.shape == (number, 3 * DIM + 6)
    everywhere, best, start = features.row[: 3 * DIM].reshape(3, DIM)
    assert np.linalg.norm(everywhere) == pytest.approx(POOLED_SHARE)
    assert np.linalg.norm(best) == pytest.approx(POOLED_SHARE)
    assert np.linalg.norm(start) == pytest.approx(START_SHARE)
    outside = np.setdiff1d(np.arange(number), best_passages(COMPASS.towards(unit(vectors).vectors)))
    assert not features.shares[outside, DIM : 2 * DIM].any()


def test_only_passages_of_the_start_page_are_in_its_mean() -> None:
    rows = np.random.default_rng(1).normal(size=(3, DIM))
    vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    pages = ("https://a.example/", "https://a.example/x", "https://a.example/")
    passages = tuple(passage_of(f"p {n}", url, "en") for n, url in enumerate(pages))
    website = UnitText(key="u", passages=passages, vectors=vectors, language="en")
    features = encode_unit(website, find_centres(np.zeros((1, DIM)), ["en"]), COMPASS)
    of_start = features.shares[:, 2 * DIM : 3 * DIM]
    assert not of_start[1].any()
    expected = vectors[0] + vectors[2]
    assert of_start.sum(axis=0) == pytest.approx(
        START_SHARE * expected / np.linalg.norm(expected), rel=1e-5
    )


def test_the_best_passages_come_in_falling_order_and_ties_keep_theirs() -> None:
    assert best_passages(np.array([0.1, 0.9, 0.9, 0.2])).tolist() == [1, 2, 3]
    assert best_passages(np.array([0.5])).tolist() == [0]


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=9))
def test_a_rank_score_lies_between_0_and_1_and_rises_with_similarity(values: list[float]) -> None:
    low = rank_score(np.array(values))
    assert 0 <= low <= rank_score(np.minimum(np.array(values) + 0.1, 1.0)) <= 1


def test_words_are_the_same_when_built_again_from_their_lists() -> None:
    texts = [f"drones fly over field {n} und Äcker" for n in range(12)]
    learnt = Words.learn(texts)
    again = Words(learnt.words, learnt.letter_groups, learnt.idf)
    first, second = learnt.transform(texts), again.transform(texts)
    assert (first != second).nnz == 0
    assert np.sqrt(first.multiply(first).sum(axis=1)) == pytest.approx(np.ones((12, 1)))


def test_texts_without_a_single_word_give_rows_of_zeros() -> None:
    words = Words.learn(["", " ", "! ?"])
    assert words.transform(["drone", ""]).sum() == 0


def design(seed: int = 0) -> Design:
    generator = np.random.default_rng(seed)
    words = scipy.sparse.random(30, 50, 0.2, format="csr", random_state=seed)
    languages = tuple(generator.choice(["en", "de", "pl"], 30))
    return Design(generator.normal(size=(30, 8)), words, find_centres(words, languages), languages)


def test_inner_products_are_those_of_the_centred_features() -> None:
    given_design = design()
    centred = given_design.words.toarray() - np.stack(
        [given_design.centres.of(language) for language in given_design.languages]
    )
    features = np.concatenate([given_design.encoder, WORD_SHARE * centred], axis=1)
    assert given_design.gram() == pytest.approx(features @ features.T)


def test_weights_carried_back_to_the_features_give_the_same_scores() -> None:
    given_design = design()
    active = np.arange(30) % 3 == 0
    points = coordinates(given_design.gram())
    assert points.points @ points.points.T == pytest.approx(given_design.gram(), abs=1e-6)
    weights, intercept = fit_logistic(points.points, active, 1.0)
    encoder, words = given_design.weights(points.back @ weights)
    offsets = np.array([given_design.centres.of(name) @ words for name in given_design.languages])
    scores = given_design.encoder @ encoder + given_design.words @ words - offsets + intercept
    assert scores == pytest.approx(points.points @ weights + intercept, abs=1e-6)


def test_groups_are_never_parted_and_every_fold_has_both_answers() -> None:
    active = np.arange(60) % 4 == 0
    groups = [f"g{n // 3}" for n in range(60)]
    folds = assign_folds(active, groups, seed=1)
    assert set(folds) == set(range(5))
    for group in set(groups):
        assert len({int(f) for f, g in zip(folds, groups, strict=True) if g == group}) == 1
    for fold in range(5):
        assert 0 < active[folds == fold].sum() < (folds == fold).sum()


def test_few_positives_give_fewer_folds() -> None:
    active = np.arange(20) < 2
    folds = assign_folds(active, [str(n) for n in range(20)], seed=0)
    assert set(folds) == {0, 1}


def test_a_held_out_units_label_does_not_move_its_own_score() -> None:
    points = np.random.default_rng(0).normal(size=(40, 5))
    active = points[:, 0] > 0
    folds = assign_folds(active, [str(n) for n in range(40)], seed=0)
    before = fit_folds(points, active, folds, 1.0).scores
    flipped = active.copy()
    flipped[3] = not flipped[3]
    assert fit_folds(points, flipped, folds, 1.0).scores[3] == pytest.approx(before[3])


def test_words_do_not_learn_the_language_instead_of_the_sector() -> None:
    """All active units that were labelled are Polish, most inactive ones English."""
    generator = np.random.default_rng(0)

    def text(language: str, topic: str) -> str:
        common = [f"{language}{n}" for n in generator.integers(0, 40, 60)]
        return " ".join([*common, *([topic] * 2)])

    learnt = [("pl", "solar", True)] * 8 + [("en", "bread", False)] * 20 + [("pl", "bread", False)]
    unlabelled = [("pl", "bread", False)] * 20 + [("en", "bread", False)] * 20
    asked = [("en", "solar", True)] * 10 + [("pl", "bread", False)] * 20
    texts = [text(language, topic) for language, topic, _ in (*learnt, *unlabelled, *asked)]
    languages = [language for language, _, _ in (*learnt, *unlabelled, *asked)]
    rows = Words.learn(texts).transform(texts)
    active = np.array([answer for _, _, answer in learnt])
    truth = np.array([answer for _, _, answer in asked])
    n_learnt, n_seen = len(learnt), len(learnt) + len(unlabelled)

    def ap(centre_by: list[str]) -> float:
        centres = find_centres(rows[:n_seen], centre_by[:n_seen])
        dense = rows.toarray() - np.stack([centres.of(name) for name in centre_by])
        points = coordinates(dense @ dense.T).points
        weights, _ = fit_logistic(points[:n_learnt], active, 1.0)
        return average_precision(points[n_seen:] @ weights, truth)

    assert ap(languages) > ap(["any"] * len(languages)) + 0.2
    assert ap(languages) > 0.9
