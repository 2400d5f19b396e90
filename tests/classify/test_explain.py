from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kept_states import KeptStates

from classify.explain import explain_unit
from classify.explanation import is_on_the_border
from classify.prior_shift import METHOD_VERSION
from classify.run import assess_units
from classify.training import train_model
from classify.unit_text import UnitText
from classify.units import embed_units, read_websites
from classify.workbench import Workbench
from storage.database import Store
from storage.errors import InvalidInput, NotReady
from storage.records.stage import no_progress
from storage.tables.explanation import load_archived_pages
from storage.tables.prior_shift import replace_shift


@pytest.fixture
def bench(workbench: Workbench) -> Workbench:
    return replace(workbench, sectors={"drones": workbench.sectors["drones"]})


@pytest.fixture
def trained(store: Store, economy: Any, bench: Workbench, kept: KeptStates) -> str:
    """Train on eight drone firms and twelve others; two of each have no label."""

    def train() -> tuple[str, dict[str, str]]:
        drones, others = economy.fill(10, 14)
        economy.label(drones[:8], others[:12])
        model_id = train_model(store, "drones", bench, wave=economy.wave).model_id
        return model_id, dict(economy.texts)

    model_id, texts = kept.begin("explain", store, train, models=bench.model_directory)
    economy.texts |= texts
    return str(model_id)


def keep_page(store: Store, website: str, url: str, offset: int) -> None:
    store.execute(
        "INSERT INTO page (wave, run_id, website_url, url, final_url, fetched_at, http_status,"
        " media_type, n_bytes, body_digest, archive_file, archive_offset, position)"
        " VALUES ('2026', 'r', ?, ?, '', now(), 200, '', 1, '', 'r.warc.gz', ?, 0)",
        [website, url, offset],
    )


def test_a_decision_shows_passages_words_neighbours_and_rules(
    store: Store, economy: Any, bench: Workbench, trained: str
) -> None:
    keep_page(store, "https://drone-09.example/", "https://drone-09.example/", 77)
    told = explain_unit(store, "drone-09", "drones", bench, wave=economy.wave)
    assert (told["model_id"], told["basis"], told["active"]) == (trained, "model", True)
    assert told["offer"] is None  # the tests' embedder counts words: it asks for none
    first = told["passages"][0]
    assert first["url"] == "https://drone-09.example/"
    assert (first["archive_file"], first["archive_offset"]) == ("r.warc.gz", 77)
    assert len(told["words"]) == 8
    assert "drone" in {one["word"] for one in told["words"]}
    assert [one["label"] for one in told["neighbours"]] == ["active"] * 3
    assert told["neighbours"][0]["name"].startswith("Firm drone-0")
    assert {one["kind"] for one in told["rules"]} == {"inclusion", "exclusion", "edge_case"}
    definition = bench.definition("drones")
    rules = {one["kind"]: one["rule"] for one in told["rules"]}
    assert rules["inclusion"] in definition.includes
    assert rules["exclusion"] in definition.excludes
    assert "Ruling:" in rules["edge_case"]
    similarities = [one["similarity"] for one in told["rules"]]
    assert similarities == sorted(similarities, reverse=True)


def test_without_the_passage_that_carried_it_a_decision_loses_more_than_without_another(
    store: Store, economy: Any, bench: Workbench, trained: str
) -> None:
    websites = {
        unit: (f"https://{unit}.example/",) for unit in ("drone-09", "other-12", "other-13")
    }
    read = embed_units(read_websites(store, economy.wave, websites), bench, no_progress)
    mixed = _joined(read)
    model = bench.load(trained)
    [judged] = model.judge([mixed])
    carrier = int(judged.weights.argmax())
    assert mixed.passages[carrier].url == "https://drone-09.example/"
    left = [
        model.judge([_joined([mixed], without=place)])[0].probability
        for place in range(len(mixed.passages))
    ]
    assert left[carrier] < judged.probability
    assert left[carrier] == min(left)


def _joined(units: list[UnitText], *, without: int = -1) -> UnitText:
    """Return one unit of the passages of several, one of them perhaps left out."""
    passages = [passage for unit in units for passage in unit.passages]
    vectors = np.vstack([unit.vectors for unit in units])
    kept = [place for place in range(len(passages)) if place != without]
    return UnitText(
        key="mixed",
        passages=tuple(passages[place] for place in kept),
        vectors=vectors[kept],
        language="en",
    )


def test_a_labelled_unit_is_not_its_own_neighbour_and_is_scored_by_the_fold_that_left_it_out(
    store: Store, economy: Any, bench: Workbench, trained: str
) -> None:
    told = explain_unit(store, "drone-00", "drones", bench, wave=economy.wave)
    assert "Firm drone-00" not in {one["name"] for one in told["neighbours"]}
    assess_units(store, economy.wave, bench)
    ((stored,),) = store.rows("SELECT probability FROM prediction WHERE unit_id = 'drone-00'")
    assert told["probability"] == pytest.approx(stored)


def test_an_explanation_tells_the_corrected_probability_and_the_decision_that_is_kept(
    store: Store, economy: Any, bench: Workbench, trained: str
) -> None:
    def told() -> dict[str, Any]:
        return explain_unit(store, "drone-09", "drones", bench, wave=economy.wave)

    assert told()["standing"] is None
    assess_units(store, economy.wave, bench)
    shift = {
        **{"model_id": trained, "method_version": METHOD_VERSION, "learnt_share": 0.4},
        **{"wave_share": 0.02, "n_units": 500, "steps": 9, "converged": True},
        **{"shift_p": 0.001, "fit_p": 0.5, "count_p": 0.001, "reason": ""},
    }
    replace_shift(store, economy.wave, "drones", shift)
    ((kept, raw),) = store.rows(
        "SELECT probability, raw_probability FROM prediction WHERE unit_id = 'drone-09'"
    )
    found = told()
    assert kept < raw
    assert (found["probability"], found["raw_probability"]) == (pytest.approx(kept), raw)
    assert found["standing"] == {
        "model_id": trained,
        "probability": kept,
        "active": found["active"],
    }


def test_the_stage_explains_units_that_are_active_or_on_the_border(
    store: Store, economy: Any, bench: Workbench, trained: str
) -> None:
    assess_units(store, economy.wave, bench)
    rows = store.rows("SELECT unit_id, probability, threshold, active FROM prediction")
    due = {u for u, p, t, active in rows if active or is_on_the_border(p, t)}
    explained = store.rows("SELECT unit_id, kind, count(*) FROM explanation GROUP BY ALL")
    assert {unit for unit, _, _ in explained} == due
    assert {kind for _, kind, _ in explained} == {"word", "neighbour", "rule"}
    told = explain_unit(store, "drone-09", "drones", bench, wave=economy.wave)
    kept = store.rows(
        "SELECT text, weight FROM explanation WHERE unit_id = 'drone-09' AND kind = 'neighbour'"
        " ORDER BY rank"
    )
    assert [name for name, _ in kept] == [one["name"] for one in told["neighbours"]]
    before = store.rows("SELECT * FROM explanation ORDER BY ALL")
    store.execute("DELETE FROM prediction WHERE unit_id = 'drone-09'")
    assess_units(store, economy.wave, bench)
    assert store.rows("SELECT * FROM explanation ORDER BY ALL") == before


def test_without_a_model_the_definition_explains(
    store: Store, economy: Any, bench: Workbench
) -> None:
    economy.fill(1, 1)
    told = explain_unit(store, "drone-00", "drones", bench, wave=economy.wave)
    assert (told["basis"], told["active"], told["words"]) == ("definition", None, [])
    assert told["rules"]
    assess_units(store, economy.wave, bench)
    assert store.rows("SELECT * FROM explanation") == []


def test_unknown_units_and_units_without_text_are_told_apart(
    store: Store, economy: Any, bench: Workbench
) -> None:
    economy.fill(1, 0)
    economy.add("alien", "text " * 30, accepted=False)
    with pytest.raises(InvalidInput, match="no unit 'nobody'"):
        explain_unit(store, "nobody", "drones", bench, wave=economy.wave)
    with pytest.raises(NotReady, match="alien has no website with text"):
        explain_unit(store, "alien", "drones", bench, wave=economy.wave)
    with pytest.raises(InvalidInput, match="no sector 'fusion'"):
        explain_unit(store, "drone-00", "fusion", bench, wave=economy.wave)


@pytest.mark.parametrize(
    ("probability", "threshold", "near"),
    [(0.5, 0.5, True), (0.27, 0.5, True), (0.26, 0.5, False), (0.0, 1.0, False), (1.0, 1.0, True)],
)
def test_the_border_is_a_band_of_odds(probability: float, threshold: float, near: bool) -> None:
    assert is_on_the_border(probability, threshold) is near


def test_a_page_kept_for_two_websites_is_given_once(store: Store) -> None:
    for website, offset in (("https://b/", 2), ("https://a/", 1)):
        keep_page(store, website, "https://a/x", offset)
    (page,) = load_archived_pages(store, "2026", ["https://a/x", "https://none/"]).values()
    assert page.archive_offset == 1
