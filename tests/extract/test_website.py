from __future__ import annotations

import pytest

from extract.text import PageContent, UnreadablePage
from extract.website import PageFault, ReadingRules, ReadPage, assemble_website, text_digest
from storage.accounting import Outcome
from storage.records.text import PageToRead, RejectionReason

WEBSITE = "https://firm.test/"
GERMAN = "Wir planen und montieren Photovoltaikanlagen auf Dächern von Wohnhäusern und Scheunen."
DUTCH = (
    "Wij verzorgen het transport van bloemen en planten naar winkels in heel Europa sinds jaren."
)


def page(position: int) -> PageToRead:
    return PageToRead(
        website_url=WEBSITE,
        url=f"{WEBSITE}{position}",
        final_url=f"{WEBSITE}{position}",
        media_type="text/html",
        body_digest=f"sha256:{position}",
        archive_file="a",
        archive_offset=position,
        position=position,
    )


def content(*blocks: str, title: str = "Firm", script_shell: bool = False) -> PageContent:
    return PageContent(
        title=title, description="", declared_language="", blocks=blocks, script_shell=script_shell
    )


def assemble(*contents, languages=frozenset(), minimum_words=20):
    rules = ReadingRules(version="v/1", languages=languages, minimum_words=minimum_words)
    pages = [ReadPage(page=page(n), content=one) for n, one in enumerate(contents)]
    return assemble_website(pages, rules=rules)


def reasons(reading) -> list[str]:
    return [str(rejection.reason) for rejection in reading.rejections]


def test_every_page_is_a_document_a_rejection_or_a_fault():
    reading = assemble(
        content(GERMAN * 3),
        content(GERMAN * 3),
        content("zu kurz"),
        UnreadablePage(reason=RejectionReason.NOT_HTML, detail="a PDF"),
        PageFault(detail="OSError: gone"),
    )
    assert len(reading.documents) == 1
    assert reasons(reading) == ["duplicate", "too_short", "not_html"]
    assert [fault.detail for fault in reading.faults] == ["fault: OSError: gone"]


def test_a_website_with_text_enough_is_reached_and_carries_its_language():
    text = assemble(content(GERMAN, GERMAN + " Ja.")).website_text
    assert (text.outcome, text.detail, text.language) == (Outcome.REACHED, "", "de")
    assert text.n_words == 23
    assert text.n_documents == 1


def test_the_bar_is_for_the_website_not_for_the_page():
    two = assemble(content(GERMAN), content(DUTCH))
    assert two.website_text.outcome is Outcome.REACHED
    one = assemble(content(GERMAN))
    assert one.website_text.outcome is Outcome.EMPTY
    assert one.website_text.detail.startswith("11 words, 20 needed")
    assert len(one.documents) == 1
    assert assemble(content(GERMAN), minimum_words=5).website_text.outcome is Outcome.REACHED


def test_text_that_other_pages_repeat_leaves_too_little():
    menu = "Start Leistungen Referenzen Team Kontakt Impressum"
    reading = assemble(
        content(menu, GERMAN * 2), content(menu, DUTCH * 2), content(menu, "Kontakt nun hier")
    )
    assert reasons(reading) == ["too_short"]
    assert reading.documents[0].text.startswith(menu)
    assert menu not in reading.documents[1].text


def test_a_language_not_read_is_turned_away_and_names_the_websites_outcome():
    reading = assemble(content(DUTCH * 3), languages=frozenset(["de"]))
    assert reasons(reading) == ["unsupported_language"]
    assert reading.website_text.outcome is Outcome.UNSUPPORTED_LANGUAGE
    both = assemble(content(GERMAN * 3), content(DUTCH * 3), languages=frozenset(["de"]))
    assert both.website_text.outcome is Outcome.REACHED


def test_text_of_no_known_language_is_read_whatever_is_asked_for():
    reading = assemble(content("Abc Xyz Qrs 4711 Klm"), languages=frozenset(["de"]))
    assert len(reading.documents) == 1


def test_a_shell_makes_the_website_need_a_browser():
    reading = assemble(content("Loading", script_shell=True))
    assert reasons(reading) == ["needs_browser"]
    assert reading.website_text.outcome is Outcome.NEEDS_BROWSER


def test_a_parking_page_at_the_start_decides_for_the_website():
    parked = content("This domain is for sale")
    assert assemble(parked, content(GERMAN * 3)).website_text.outcome is Outcome.PARKED
    assert assemble(content(GERMAN * 3), parked).website_text.outcome is Outcome.REACHED
    assert assemble(content("nichts"), parked).website_text.outcome is Outcome.PARKED


def test_a_website_lost_to_our_own_fault_has_failed():
    text = assemble(PageFault(detail="ValueError: broken record")).website_text
    assert text.outcome is Outcome.FAILED
    assert "broken record" in text.detail


def test_a_short_page_leans_on_the_language_of_the_others():
    reading = assemble(content(GERMAN * 5), content("Kontakt Telefon Fax Mobil Email Adresse"))
    assert [document.language for document in reading.documents] == ["de", "de"]


def test_the_websites_digest_changes_with_any_text():
    first = assemble(content(GERMAN * 2), content(DUTCH * 2)).website_text.text_digest
    again = assemble(content(GERMAN * 2), content(DUTCH * 2)).website_text.text_digest
    other = assemble(content(GERMAN * 2), content(DUTCH * 3)).website_text.text_digest
    assert first == again != other


def test_a_documents_digest_is_that_of_its_text():
    (document,) = assemble(content(GERMAN * 2)).documents
    assert document.text_digest == text_digest(document.text)


@pytest.mark.parametrize(
    ("title", "blocks", "reason"),
    [
        ("404", ("Diese Seite gibt es leider nicht mehr",), "error_page"),
        ("Firm", ("Seite nicht gefunden", "Zur Startseite geht es hier"), "error_page"),
        ("Firm", ("Dit domein is te koop via de makelaar",), "parked"),
        ("Index of /", ("Name Last modified Size Description",), "parked"),
        ("Firm", ("Account suspended, contact your hosting provider now",), "parked"),
    ],
)
def test_pages_that_are_no_pages_are_told(title, blocks, reason):
    assert reasons(assemble(content(*blocks, title=title))) == [reason]


def test_a_long_page_may_speak_of_errors_and_domains():
    text = "We sell tools against error 404. This domain is for sale, we tell our clients. "
    assert len(assemble(content(text * 20)).documents) == 1
