from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from classify.comparison import compare_decisions, compare_pairs, pair_scores
from storage.records.assessment import HeldOutScore


def said(
    number: int, active: bool, probability: float, *, decided: bool | None = None, text: str = "t"
) -> HeldOutScore:
    return HeldOutScore(
        subject=f"s{number:03}",
        group_name=f"g{number // 2}",
        fold=0,
        language="en",
        text_digest=text,
        active=active,
        probability=probability,
        decided=probability >= 0.5 if decided is None else decided,
    )


def noisy(n: int, noise: float, seed: int) -> list[HeldOutScore]:
    """Return scores of a model whose noise has this standard deviation."""
    generator = np.random.default_rng(seed)
    return [
        said(
            k,
            k % 5 == 0,
            float(np.clip(0.3 + 0.4 * (k % 5 == 0) + generator.normal(0, noise), 0, 1)),
        )
        for k in range(n)
    ]


def test_a_clearly_better_model_is_shown_to_be_better() -> None:
    pairs = pair_scores(noisy(300, 0.5, 1), noisy(300, 0.05, 2), same_texts=True)
    found = compare_pairs(pairs, seed=1)
    for name in ("average_precision", "f1"):
        assert found[name].shown
        assert found[name].lower > 0
        assert found[name].p_value < 0.01
        assert found[name].difference == pytest.approx(found[name].second - found[name].first)
    assert found["brier_score"].upper < 0
    assert compare_decisions(pairs).p_value < 1e-6


def test_the_same_scores_show_no_difference() -> None:
    scores = noisy(80, 0.3, 3)
    pairs = pair_scores(scores, scores[::-1], same_texts=False)
    for found in compare_pairs(pairs, seed=1).values():
        assert (found.difference, found.lower, found.upper, found.p_value) == (0, 0, 0, 1)
        assert not found.shown
    assert compare_decisions(pairs).p_value == 1


def test_equally_good_models_are_rarely_told_apart() -> None:
    alarms = sum(
        compare_pairs(
            pair_scores(noisy(120, 0.3, 2 * n), noisy(120, 0.3, 2 * n + 1), same_texts=True), seed=n
        )["average_precision"].shown
        for n in range(10)
    )
    assert alarms <= 2


def test_mcnemar_worked_by_hand() -> None:
    # The first alone is right on 1 unit, the second alone on 6: 2 (C(7,0) + C(7,1)) / 2^7 = .125
    first = [said(n, True, 0.5, decided=n in (0, 7, 8)) for n in range(9)]
    second = [said(n, True, 0.5, decided=n not in (0,)) for n in range(9)]
    found = compare_decisions(pair_scores(first, second, same_texts=True))
    assert (found.only_first_right, found.only_second_right, found.both_right) == (1, 6, 2)
    assert found.p_value == pytest.approx(0.125)


def test_only_units_of_the_same_label_and_text_are_paired() -> None:
    first = [said(1, True, 0.9), said(2, True, 0.9), said(3, False, 0.1), said(4, False, 0.1)]
    second = [said(1, True, 0.8), said(2, False, 0.8), said(3, False, 0.2, text="new")]
    other_crawl = pair_scores(first, second, same_texts=False)
    assert other_crawl.active.tolist() == [True]
    assert (other_crawl.only_one, other_crawl.relabelled, other_crawl.other_text) == (1, 1, 1)
    assert len(pair_scores(first, second, same_texts=True).active) == 2


def test_models_are_ranked_by_what_their_cards_rank_by() -> None:
    """Probabilities of two folds' calibrations may part what the scores hold in order."""

    def folded(scored: bool) -> list[HeldOutScore]:
        return [
            dataclasses.replace(
                said(k, k >= 20, 0.9 * k / 40 if k % 2 else 0.1 * k / 40),
                score=float(k) if scored else None,
            )
            for k in range(40)
        ]

    kept = compare_pairs(pair_scores(folded(True), folded(True), same_texts=True), seed=1)
    assert kept["average_precision"].first == kept["average_precision"].second == 1.0
    # One was trained before scores were kept: both go by probabilities.
    mixed = compare_pairs(pair_scores(folded(True), folded(False), same_texts=True), seed=1)
    assert mixed["average_precision"].first == mixed["average_precision"].second < 1.0
