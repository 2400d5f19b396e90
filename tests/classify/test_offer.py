from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.embedders import hashed
from classify.embedding import SharedSentences, embed_offers, make_compass
from classify.offer import (
    HELD_BELOW,
    STEEPNESS,
    OfferBound,
    OfferCheck,
    bound_from_state,
    bound_state,
    knows_trades,
    offer_levels,
    weigh,
)
from classify.offer_wordings import compared_trades, sector_sentences, trade_sentences, trades
from classify.passages import passage_of
from classify.score import Compass
from classify.sector import load_sectors
from classify.unit_text import UnitText
from storage.vector_cache import VectorCache

if TYPE_CHECKING:
    from collections.abc import Sequence

DIM = 4
OFFER, TRADE, ABOUT = np.eye(DIM)[:3]
SECTORS = load_sectors()
LONG = "told at some length " * 20


def unit(*vectors: np.ndarray, text: str = LONG) -> UnitText:
    rows = np.stack([vector / np.linalg.norm(vector) for vector in vectors])
    passages = tuple(passage_of(f"{text} {n}", "", "en") for n in range(len(rows)))
    return UnitText(key="u", passages=passages, vectors=rows, language="en")


def check() -> OfferCheck:
    return OfferCheck(
        background=np.zeros(DIM),
        offers=weigh(OFFER[None].astype(np.float32), ["en"]),
        others=[weigh(row[None].astype(np.float32), ["en"]) for row in (TRADE, ABOUT)],
    )


def bound(levels: Sequence[float] = (0.0, 0.0), cut: float = 2.0) -> OfferBound:
    return OfferBound(check=check(), levels=np.array(levels), cut=cut)


def held(one: OfferBound, score: float, *units: UnitText, fit: int = 0) -> list[float]:
    number = len(units)
    return one.hold(np.full(number, score), units, np.full(number, fit)).tolist()


def test_what_is_nearest_decides() -> None:
    offer, trade, article = check().evidence([unit(OFFER), unit(TRADE), unit(ABOUT)])
    assert offer > 0 > max(trade, article)


def test_one_passage_with_an_offer_is_enough() -> None:
    alone, beside = check().evidence([unit(OFFER), unit(TRADE, ABOUT, OFFER, TRADE)])
    assert alone == pytest.approx(beside)


def test_a_language_with_many_sentences_weighs_no_more_than_one_with_few() -> None:
    wordings = weigh(np.eye(5, dtype=np.float32), ["en", "en", "en", "en", "nl"])
    assert wordings.weights.tolist() == pytest.approx([0.125] * 4 + [0.5])


def test_a_unit_without_an_offer_is_held_below_the_threshold_and_no_lower() -> None:
    offer, trade = held(bound(), 3.0, unit(OFFER), unit(TRADE))
    assert offer == 3.0
    assert trade == 2.0 - HELD_BELOW
    assert held(bound(), -5.0, unit(TRADE)) == [-5.0]


def test_what_is_lost_grows_with_the_distance_from_the_level() -> None:
    [evidence] = check().evidence([unit(OFFER + 0.9 * TRADE)])
    [little] = held(bound((evidence + 0.005,)), 3.0, unit(OFFER + 0.9 * TRADE))
    assert little == pytest.approx(3.0 - 0.005 * STEEPNESS)


def test_a_unit_learnt_from_is_held_by_the_level_of_the_others() -> None:
    one = bound((-np.inf, 1.0))
    assert held(one, 3.0, unit(TRADE), fit=0) == [3.0]
    assert held(one, 3.0, unit(TRADE), fit=1) == [2.0 - HELD_BELOW]


def test_what_reads_most_like_an_offer_is_shown_with_whether_it_is_enough() -> None:
    two = unit(TRADE, OFFER)
    told = bound((0.5, 2.0)).describe(two, 0)
    assert told["passage"] == two.passages[1].text
    assert told["evidence"] == pytest.approx(check().evidence([two])[0])
    assert (told["level"], told["enough"], told["lost"]) == (0.5, True, 0.0)
    lacking = bound((0.5, 2.0)).describe(two, 1)
    assert not lacking["enough"]
    assert lacking["lost"] == pytest.approx((2.0 - lacking["evidence"]) * STEEPNESS)


def test_phrases_lose_nothing_since_they_bear_a_bound_of_their_own() -> None:
    assert held(bound(), 3.0, unit(TRADE, text="five words")) == [3.0]


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=8), st.floats(-5, 5), st.floats(-1, 1))
def test_nobody_gains_and_nobody_below_the_threshold_moves(
    scores: list[float], cut: float, level: float
) -> None:
    units = [unit(OFFER * (n % 2) + TRADE + 0.1 * n * ABOUT) for n in range(len(scores))]
    before = np.array(scores)
    after = bound((level,), cut).hold(before, units, np.zeros(len(units), dtype=np.intp))
    assert (after <= before).all()
    low = before <= cut - HELD_BELOW
    assert (after[low] == before[low]).all()
    assert (after[~low] >= cut - HELD_BELOW).all()


def test_the_level_is_that_of_active_labels_outside_the_fold() -> None:
    evidence = np.array([0.1, 0.2, 0.3, 0.2, 0.2, 0.9, -0.9])
    active = np.array([True] * 6 + [False])
    every, without_first, without_last = offer_levels(
        evidence, active, np.array([0, 0, 0, 0, 0, 1, 0])
    )
    assert every == pytest.approx(evidence[:6].mean() - 1.645 * evidence[:6].std(ddof=1))
    assert without_first == -np.inf  # one active label is left: too few to tell
    assert without_last == pytest.approx(0.2 - 1.645 * evidence[:5].std(ddof=1))


def test_a_bound_is_the_same_after_it_was_stored() -> None:
    one = bound((0.05, 0.1))
    space = Compass(np.zeros(DIM), np.zeros(DIM), np.zeros(DIM))
    again = bound_from_state(bound_state(one), space)
    units = [unit(OFFER + 0.9 * TRADE), unit(TRADE), unit(OFFER)]
    fits = np.array([0, 1, 1])
    scores = np.array([3.0, 3.0, 3.0])
    assert again.hold(scores, units, fits).tolist() == one.hold(scores, units, fits).tolist()


def test_an_encoder_that_knows_the_same_trade_in_other_languages_is_used() -> None:
    generator = np.random.default_rng(0)
    meaning = generator.normal(size=(6, 16))
    number = np.repeat(np.arange(6), 3)
    languages = ["en", "de", "fr"] * 6
    near = meaning[number] + 0.3 * generator.normal(size=(18, 16))
    rows = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    assert knows_trades(rows, number.tolist(), languages)
    chance = generator.normal(size=(18, 16)).astype(np.float32)
    assert not knows_trades(chance, number.tolist(), languages)


def test_word_counts_do_not_know_trades_across_languages() -> None:
    shared = SharedSentences(hashed.build({}), VectorCache())
    drones = SECTORS["drones"]
    assert embed_offers(drones, make_compass(drones, shared), shared) is None


def test_every_trade_is_told_in_every_language_and_no_sentence_stands_twice() -> None:
    told = trade_sentences()
    assert len({sentence.text for sentence in told}) == len(told)
    languages = {frozenset(trade.said) for trade in trades()}
    assert len(languages) == 1
    assert len(next(iter(languages))) >= 8
    assert len({trade.section for trade in trades()}) >= 15
    assert len(told) == len(trades()) * len(next(iter(languages))) * 2


@pytest.mark.parametrize("sector", SECTORS)
def test_a_sector_is_compared_with_trades_outside_its_hints_in_its_own_languages(
    sector: str,
) -> None:
    definition, told = SECTORS[sector], trade_sentences()
    compared = [told[place] for place in compared_trades(definition, told)]
    codes = {trades()[sentence.trade].nace for sentence in compared}
    assert codes
    assert codes.isdisjoint(definition.nace_hints)
    assert {one.language for one in compared} == {one.language for one in definition.inclusions}
    assert {one.group for one in sector_sentences(definition)} == {"offer", "about", "excluded"}
