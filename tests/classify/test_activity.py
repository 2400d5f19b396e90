from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from classify.activity import score_divisions
from classify.activity_run import TOP, suggest_activities
from classify.activity_titles import ActivityTitle, read_titles
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store


def test_the_titles_of_nace_rev_2_stand_in_four_languages() -> None:
    titles = read_titles("NACE_R2")
    assert {title.language for title in titles} == {"en", "de", "fr", "it"}
    assert len({title.division for title in titles}) == 88
    programming = [t for t in titles if t.code == "6201"]
    assert {(t.division, t.section) for t in programming} == {("62", "J")}
    assert {t.language for t in read_titles("NACE_R21")} == {"en"}
    with pytest.raises(InvalidInput, match="no titles of the classification 'none'"):
        read_titles("none")


def title(division: str, language: str) -> ActivityTitle:
    return ActivityTitle(
        code=division, division=division, section="X", language=language, title="t"
    )


def test_a_unit_gets_the_division_whose_titles_it_is_like_whatever_its_language() -> None:
    rng = np.random.default_rng(3)
    kinds = {"01": 0, "62": 1, "85": 2}
    titles = [title(division, language) for division in kinds for language in ("en", "de")] * 8
    language_shift = {"en": np.zeros(12), "de": np.r_[np.zeros(11), 4.0]}

    def near(division: str, language: str) -> np.ndarray:
        own = np.zeros(12)
        own[kinds[division]] = 1.0
        return own + language_shift[language] + 0.1 * rng.normal(size=12)

    known = np.array([near(t.division, t.language) for t in titles])
    wanted = ["01", "62", "85"] * 20
    languages = ["en", "de"] * 30
    units = np.array([near(d, s) for d, s in zip(wanted, languages, strict=True)])
    found = score_divisions(units, languages, [""] * 60, titles=(titles, known))
    assert found.basis == "titles"
    assert np.allclose(found.score.sum(axis=1), 1)
    best = [found.divisions[place] for place in found.score.argmax(axis=1)]
    assert best == wanted


def test_a_register_with_codes_teaches_and_no_unit_is_scored_by_its_own_code() -> None:
    rng = np.random.default_rng(5)
    titles = [title("01", "en"), title("62", "en")] * 10
    known = rng.normal(size=(20, 8))  # titles that tell nothing
    kind = np.arange(120) % 2
    units = 0.3 * rng.normal(size=(120, 8))
    units[:, 0] += np.where(kind == 1, 1.0, -1.0)
    codes = np.where(kind == 1, "62", "01")
    codes[0] = "01" if kind[0] else "62"  # one wrong code
    found = score_divisions(units, ["en"] * 120, codes.tolist(), titles=(titles, known))
    assert found.basis == "titles_and_register"
    best = np.array([found.divisions[place] for place in found.score.argmax(axis=1)])
    assert (best == np.where(kind == 1, "62", "01")).mean() > 0.95
    assert best[0] != codes[0]


def test_suggestions_are_kept_beside_the_registers_codes(
    store: Store, economy: Any, workbench: Workbench, add_wave: Any
) -> None:
    add_wave(economy.wave)
    with pytest.raises(NotReady, match="No unit of wave"):
        suggest_activities(store, economy.wave, workbench, classification="NACE_R2")
    economy.fill(6, 10)
    store.execute("UPDATE unit SET nace_code = '6201' WHERE unit_id LIKE 'drone%'")
    found = suggest_activities(store, economy.wave, workbench, classification="NACE_R2")
    assert len(found) == 16 * TOP
    rows = store.rows(
        "SELECT unit_id, rank, register_division, register_score FROM nace_suggestion ORDER BY ALL"
    )
    assert [row[:2] for row in rows] == sorted((one.unit_id, one.rank) for one in found)
    assert {row[2] for row in rows if row[0].startswith("drone")} == {"62"}
    assert {row[3] for row in rows if row[0].startswith("other")} == {None}
    assert suggest_activities(store, economy.wave, workbench, classification="NACE_R2") == found
