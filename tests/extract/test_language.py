from __future__ import annotations

import pytest

from extract.language import dominant_language, identify_language, language_code

SENTENCES = {
    "en": "We repair agricultural drones and train their pilots on our own field near Lincoln.",
    "de": "Wir planen und montieren Photovoltaikanlagen auf Dächern von Wohnhäusern und Scheunen.",
    "fr": "Notre cabinet accompagne les communes dans la gestion de leurs forêts et chemins.",
    "nl": "Wij verzorgen het transport van bloemen en planten naar winkels in heel Europa.",
    "es": "Alquilamos casas rurales con piscina y organizamos rutas a caballo por la sierra.",
    "it": "Progettiamo impianti idraulici e ristrutturiamo bagni in tutta la provincia di Lecce.",
    "pl": "Produkujemy okna i drzwi z drewna oraz montujemy je w domach jednorodzinnych.",
    "pt": "Vendemos azeite e vinho da nossa quinta e recebemos visitas durante a vindima.",
    "sv": "Vi bygger bryggor och båthus i skärgården och utför underhåll året runt.",
    "cs": "Vyrábíme nábytek na míru a dodáváme kuchyně do bytů i rodinných domů.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_told_by_its_words(language):
    assert identify_language(SENTENCES[language]) == language


@pytest.mark.parametrize("language", SENTENCES)
def test_a_wrong_claim_does_not_sway_a_text(language):
    wrong = "en" if language != "en" else "de"
    assert identify_language(SENTENCES[language] * 3, declared=wrong) == language


def test_a_claim_decides_where_there_is_nothing_to_read():
    assert identify_language("Hotel", declared="fr-BE") == "fr"
    assert identify_language("Hotel") == "und"
    assert identify_language("12345 67") == "und"


def test_placeholder_text_has_no_language():
    latin = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor. "
    assert identify_language(latin * 5, declared="en") == "und"


def test_addresses_and_numbers_do_not_count_as_words():
    assert identify_language("info@firm.test https://firm.test 0123 456") == "und"


def test_codes_are_read_as_pages_write_them():
    assert language_code("de-AT") == "de"
    assert language_code("nb_NO") == "no"
    assert language_code("EN") == "en"
    assert language_code("deutsch") == ""
    assert language_code("xx") == ""
    assert language_code("") == ""


def test_most_words_decide_unless_the_start_page_holds_a_fair_share():
    pages = [("fr", 300), ("en", 500), ("und", 900)]
    assert dominant_language(pages) == "en"
    assert dominant_language(pages, start="fr") == "fr"
    assert dominant_language([("fr", 20), ("en", 500)], start="fr") == "en"
    assert dominant_language([("und", 5)]) == "und"
    assert dominant_language([]) == "und"
    assert dominant_language([("nl", 5), ("de", 5)]) == "de"


def test_a_long_text_is_judged_by_its_middle_too():
    slogan = "Your best choice for great quality and service. "
    prose = SENTENCES["de"] + " "
    assert identify_language(slogan * 10 + prose * 100) == "de"
