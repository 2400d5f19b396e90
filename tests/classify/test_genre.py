from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from classify.embedders import hashed
from classify.embedding import embed_genre
from classify.genre import ABOUT, DISCOUNT, OFFER, GenreSentence, genre_sentences, make_genre
from classify.passages import passage_of
from classify.unit_text import UnitText
from storage.vector_cache import VectorCache

DIM = 8


def sentences(languages: str = "abcd") -> list[GenreSentence]:
    return [
        GenreSentence(genre=genre, language=language, text=f"{genre} {number} {language}")
        for language in languages
        for genre, count in ((OFFER, 3), (ABOUT, 5))
        for number in range(count)
    ]


def vectors_of(listed: list[GenreSentence], gap: float) -> np.ndarray:
    """Return vectors that differ by language and chance, and by genre along the first axis."""
    generator = np.random.default_rng(0)
    rows = generator.normal(scale=0.2, size=(len(listed), DIM))
    for row, sentence in zip(rows, listed, strict=True):
        row[0] += gap if sentence.genre == OFFER else -gap
        row[1 + "abcd".index(sentence.language)] += 1.0
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def unit(vectors: np.ndarray) -> UnitText:
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    passages = tuple(passage_of(f"p {n}", "", "en") for n in range(len(rows)))
    return UnitText(key="u", passages=passages, vectors=rows, language="en")


def test_offers_lie_1_apart_from_writing_about_things() -> None:
    listed = sentences()
    vectors = vectors_of(listed, 0.8)
    said = make_genre(listed, vectors).offers(vectors)
    offer = np.array([sentence.genre == OFFER for sentence in listed])
    assert said[offer].mean() - said[~offer].mean() == pytest.approx(1.0)
    assert said[offer].min() > said[~offer].max()


def test_an_article_loses_and_an_offer_does_not() -> None:
    listed = sentences()
    genre = make_genre(listed, vectors_of(listed, 0.8))
    offer, article = np.eye(DIM)[:1] + 0.1, -np.eye(DIM)[:1] + 0.1
    assert genre.discount(unit(offer)) == 0.0
    lost = genre.discount(unit(article))
    assert 0 < lost == pytest.approx(-DISCOUNT * genre.offers(unit(article).vectors)[0])
    assert 0 <= genre.discount(unit(np.concatenate([offer, article]))) < lost


def test_an_encoder_that_does_not_know_the_difference_gives_no_discount() -> None:
    listed = sentences()
    genre = make_genre(listed, vectors_of(listed, 0.0))
    assert not genre.direction.any()
    assert genre.discount(unit(-np.eye(DIM)[:1])) == 0.0


def test_word_counts_do_not_know_it_across_languages() -> None:
    encoder = hashed.build({})
    assert not embed_genre(encoder, VectorCache()).direction.any()


def test_every_language_has_the_same_sentences_and_none_stands_twice() -> None:
    listed = genre_sentences()
    assert len({sentence.text for sentence in listed}) == len(listed)
    counts = Counter((sentence.language, sentence.genre) for sentence in listed)
    languages = {sentence.language for sentence in listed}
    assert len(languages) >= 8
    assert {counts[language, OFFER] for language in languages} == {5}
    assert {counts[language, ABOUT] for language in languages} == {8}
