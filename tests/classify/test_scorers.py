from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from classify.decide import decide, give_evidence
from classify.embedders import e5_small
from classify.passages import passage_of
from classify.scorers import rank_by_definition
from classify.sector import read_sector
from classify.units import embed_units
from storage.errors import NotReady
from storage.records.stage import no_progress

if TYPE_CHECKING:
    from pathlib import Path

    from classify.workbench import Workbench


def test_evidence_is_the_passages_that_speak_most_for_the_sector(workbench: Workbench) -> None:
    texts = ("fresh bread", "drone pilots fly drones for inspection", "hair cuts", "drone repairs")
    passages = tuple(
        passage_of(text, f"https://a.example/{n}", "en") for n, text in enumerate(texts)
    )
    [unit] = embed_units({"a": passages}, workbench, no_progress)
    scorer = rank_by_definition("drones", workbench)
    [judgement] = scorer.judge([unit])
    evidence = give_evidence(unit, "drones", judgement)
    assert [item.rank for item in evidence] == [1, 2, 3]
    assert {evidence[0].url, evidence[1].url} == {"https://a.example/1", "https://a.example/3"}
    assert evidence[0].weight >= evidence[1].weight >= evidence[2].weight
    prediction = decide(unit, "drones", scorer, judgement)
    assert (prediction.active, prediction.threshold) == (None, None)


def test_the_scorers_digest_changes_with_definition_and_embedder(workbench: Workbench) -> None:
    first = rank_by_definition("drones", workbench).digest
    assert rank_by_definition("drones", workbench).digest == first
    sectors = dict(workbench.sectors)
    sectors["drones"] = replace(sectors["drones"], digest="sha256:other")
    assert rank_by_definition("drones", replace(workbench, sectors=sectors)).digest != first


@pytest.mark.encoder
def test_the_definition_alone_puts_the_drone_firm_first_in_every_language(
    workbench: Workbench,
) -> None:
    pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
    real = replace(workbench, embedder=e5_small.build({}))
    firms = {
        "hu": (
            "Drónos légi felvételek, épületek és vezetékek vizsgálata képzett drónpilótákkal.",
            "Fényképész esküvőkre és családi portrékra, saját műteremmel.",
            "Könyvelés és adótanácsadás kisvállalkozásoknak.",
        ),
        "sv": (
            "Vi flyger drönare för inspektion av tak, kartläggning och flygfoto.",
            "Bröllopsfotograf med egen studio i centrum.",
            "Bokföring och skatterådgivning för småföretag.",
        ),
        "de": (
            "Unser Team befliegt Baustellen mit Drohnen und liefert Luftbilder und 3D-Modelle.",
            "Wir fotografieren Hochzeiten und Familien in unserem Studio.",
            "Buchhaltung und Steuererklärung für kleine Betriebe.",
        ),
    }
    passages = {
        f"{language}{n}": (passage_of(text, "", language),)
        for language, texts in firms.items()
        for n, text in enumerate(texts)
    }
    try:
        units = embed_units(passages, real, no_progress)
    except NotReady as fault:
        pytest.skip(fault.title)
    judged = rank_by_definition("drones", real).judge(units)
    ranked = sorted(zip(judged, passages, strict=True), key=lambda pair: -pair[0].probability)
    assert {key for _, key in ranked[:3]} == {"hu0", "sv0", "de0"}


@pytest.mark.encoder
def test_a_definition_in_one_language_ranks_the_sector_and_not_the_language(
    workbench: Workbench, tmp_path: Path
) -> None:
    pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
    real = replace(workbench, embedder=e5_small.build({}))
    (tmp_path / "drohnen.toml").write_text(
        'title = "Drohnen"\nlanguage = "de"\n'
        'description = "Unternehmen, die Drohnen bauen, verkaufen oder für Kunden fliegen."\n'
        'includes = ["Fliegt Drohnen für Inspektion und Luftbilder.", "Baut Drohnen."]\n',
        encoding="utf-8",
    )
    sectors = {"drohnen": read_sector(tmp_path / "drohnen.toml")}
    firms = {
        "en": "Our certified pilots inspect roofs and bridges by drone and hand in pictures.",
        "fr": "Nos télépilotes inspectent toitures et ponts par drone et livrent les images.",
        "de": "Wir backen jeden Morgen Brot und Kuchen und liefern sie auch nach Hause.",
        "de-2": "Wir verputzen Fassaden und streichen Wohnungen, sauber und pünktlich.",
    }
    passages = {key: (passage_of(text, "", key[:2]),) for key, text in firms.items()}
    try:
        units = embed_units(passages, real, no_progress)
    except NotReady as fault:
        pytest.skip(fault.title)
    judged = rank_by_definition("drohnen", replace(real, sectors=sectors)).judge(units)
    ranked = sorted(zip(judged, passages, strict=True), key=lambda pair: -pair[0].probability)
    assert {key for _, key in ranked[:2]} == {"en", "fr"}
