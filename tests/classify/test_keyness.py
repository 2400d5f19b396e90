from __future__ import annotations

import numpy as np
import pytest

from classify.keyness import common_words, key_terms

BAKERS = [f"fresh bread and rolls from shop number {n}" for n in range(20)]
FLYERS = [f"drone flights and aerial maps from shop number {n}" for n in range(10)]


def test_terms_of_the_group_come_first_and_shared_ones_not_at_all() -> None:
    texts = [*FLYERS, *BAKERS]
    found = key_terms(texts, np.arange(30) < 10, ["en"] * 30)
    assert {"drone", "flights", "drone flights"} <= {term.term for term in found}
    assert not {"shop", "number", "bread"} & {term.term for term in found}
    assert [term.ci_lower for term in found] == sorted((t.ci_lower for t in found), reverse=True)
    assert all(0 < t.ci_lower < t.log_odds_ratio < t.ci_upper for t in found)


def test_the_odds_ratio_of_one_language_is_the_one_worked_out_by_hand() -> None:
    # 8 of 10 against 5 of 20, ½ added: ln (8.5 · 15.5 / (2.5 · 5.5)); Woolf's and RBG's variance
    # agree for one stratum: 1/8.5 + 1/2.5 + 1/5.5 + 1/15.5.
    texts = ["alpha beta"] * 8 + ["beta gamma"] * 2 + ["alpha beta"] * 5 + ["beta gamma"] * 15
    found = {t.term: t for t in key_terms(texts, np.arange(30) < 10, ["en"] * 30)}["alpha"]
    assert (found.n_active, found.n_compared) == (8, 5)
    assert found.log_odds_ratio == pytest.approx(np.log(8.5 * 15.5 / (2.5 * 5.5)))
    deviation = np.sqrt(1 / 8.5 + 1 / 2.5 + 1 / 5.5 + 1 / 15.5)
    assert found.ci_upper - found.log_odds_ratio == pytest.approx(1.959964 * deviation, rel=1e-4)


def test_the_language_of_most_active_units_is_no_finding() -> None:
    polish = [f"firma z miasta oferuje usługi {n}" for n in range(30)]
    english = [f"company from town offers services {n}" for n in range(30)]
    in_group = np.array([n % 3 > 0 for n in range(30)] + [n % 10 == 0 for n in range(30)])
    assert key_terms([*polish, *english], in_group, ["pl"] * 30 + ["en"] * 30) == []


def test_a_term_of_one_company_is_its_name() -> None:
    texts = ["zephyrion drone", "drone maps", "drone flights", "drone"] + ["bread shop"] * 6
    found = key_terms(texts, np.arange(10) < 4, ["en"] * 10)
    assert [term.term for term in found] == ["drone"]


def test_without_a_group_or_without_words_there_is_nothing_to_find() -> None:
    assert key_terms(BAKERS, np.zeros(20, dtype=bool), ["en"] * 20) == []
    assert key_terms(["1 2", "3", "4 5"], np.array([True, False, False]), ["en"] * 3) == []


def test_words_that_everybody_uses_and_addresses_are_no_terms() -> None:
    ours = [
        f"aerial photography and film by our pilots write to pilot{n}@sky{n}.com" for n in range(6)
    ]
    others = [f"bread and cakes and rolls {'for your table' if n % 2 else ''}" for n in range(20)]
    texts, languages = [*ours, *others], ["en"] * 26
    in_group = np.arange(26) < 6
    common = common_words(others, ["en"] * 20)
    assert common == {"en": frozenset({"and", "bread", "cakes", "for", "rolls", "table", "your"})}
    plain = {found.term for found in key_terms(texts, in_group, languages)}
    assert {"photography and", "aerial photography"} <= plain
    found = {found.term for found in key_terms(texts, in_group, languages, common=common)}
    assert {"aerial photography", "pilots"} <= found
    assert not {"photography and", "and film"} & found
    assert not {"com", "pilot1", "sky1"} & plain


def test_a_language_that_few_speak_has_no_common_words() -> None:
    assert common_words(["die und der"] * 9, ["de"] * 9) == {}
    assert common_words(["1 2"] * 12, ["de"] * 12) == {}
