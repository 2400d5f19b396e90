from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.company_numbers import (
    compact,
    contains_number,
    register_numbers,
    valid_vat_number,
    vat_numbers,
)
from extract.identifiers import SourcePage, find_identifiers, pages_that_tell
from extract.names import fold, named_companies, without_legal_form
from storage.records.text import PageToRead


def page(path: str, position: int) -> PageToRead:
    url = f"https://firm.test{path}"
    return PageToRead(
        website_url="https://firm.test/",
        url=url,
        final_url=url,
        media_type="text/html",
        body_digest="",
        archive_file="",
        archive_offset=0,
        position=position,
    )


def found(html: str, url: str = "https://firm.test/impressum"):
    return find_identifiers([SourcePage(url=url, body=html.encode(), content_type="text/html")])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("USt-IdNr.: DE 123 456 704", "DE123456704"),
        ("VAT: DE123456704, HRB 1", "DE123456704"),
        ("P.IVA 12345670017 – REA LE 123456", "IT12345670017"),
        ("Partita IVA: IT 12345670017", "IT12345670017"),
        ("TVA intracommunautaire FR 93 732 829 304", "FR93732829304"),
        ("BTW BE 0123.456.749", "BE0123456749"),
        ("BTW-nummer: NL123456708B01 Breda", "NL123456708B01"),
        ("UID ATU12345602", "ATU12345602"),
        ("NIP 123-456-78-02", "PL1234567802"),
        ("CIF: B12345609", "ESB12345609"),
        ("VAT Reg No 123 4567 27", "GB123456727"),
        ("MWST CHE-123.456.707 MWST", "CHE123456707MWST"),
    ],
)
def test_vat_numbers_are_read_as_countries_write_them(text, number):
    assert vat_numbers(text) == {number}


@pytest.mark.parametrize(
    "text",
    ["DE 123 456 705", "P.IVA 12345670018", "Tel. 0123456704", "DE", "FR 00 000 000 001", ""],
)
def test_numbers_whose_check_digits_fail_are_none(text):
    assert vat_numbers(text) == frozenset()


def test_a_hosts_number_is_not_the_websites():
    assert vat_numbers("Hébergeur du site : Nuage SAS, TVA FR93732829304") == frozenset()
    assert register_numbers("Hosting: Cloud BV, KvK 12345678") == frozenset()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Amtsgericht Würzburg, HRB 12345", "HRB12345"),
        ("SIREN : 732 829 304", "732829304"),
        ("RCS Paris B 732 829 304", "732829304"),
        ("KvK-nummer: 12345678", "12345678"),
        ("Company number 01234567", "01234567"),
        ("Registered in England and Wales no. 01234567", "01234567"),
        ("KRS: 0000123456", "0000123456"),
        ("IČO: 12345678", "12345678"),
        ("CVR-nr. 12 34 56 78", "12345678"),
        ("Org.nr. 912 345 678", "912345678"),
        ("Organisationsnummer 556677-8899", "5566778899"),
        ("Y-tunnus 1234567-8", "12345678"),
        ("Ondernemingsnummer 0123.456.749", "0123456749"),
        ("FN 123456a", "FN123456A".removeprefix("FN")),
        ("J40/1234/2010", "J4012342010"),
    ],
)
def test_register_numbers_are_read_where_they_are_announced(text, number):
    assert register_numbers(text) == {number}


def test_a_number_is_found_however_it_is_grouped():
    assert contains_number("NR 0400.378.485 GENT", "0400378485")
    assert contains_number("NR 0400378485", "0400.378.485")
    assert not contains_number("NR 10400378485", "0400378485")
    assert not contains_number("SINCE 1998", "1998")
    assert not contains_number("ANYTHING", "")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_any_text_can_be_searched_for_numbers_and_names(text):
    assert isinstance(vat_numbers(text), frozenset)
    assert isinstance(register_numbers(text), frozenset)
    assert isinstance(named_companies(text), frozenset)
    assert contains_number(text, text) in {True, False}
    assert fold(fold(text)) == fold(fold(fold(text)))


def test_vat_numbers_are_completed_by_their_country():
    assert valid_vat_number("0123.456.749", "be") == "BE0123456749"
    assert valid_vat_number("BE0123456749", "") == "BE0123456749"
    assert valid_vat_number("nonsense", "") == ""
    assert valid_vat_number("123", "us") == ""
    assert compact(" be-01 ") == "BE01"


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("Mueller und Soehne GmbH", "muller und sohne"),
        ("ROSSI IMPIANTI S.R.L.", "rossi impianti"),
        ("Société Dupont SARL", "societe dupont"),
        ("Bakkerij Van Loon B.V.", "bakkerij van loon"),
        ("Kowalski Sp. z o.o.", "kowalski"),
        ("Nordic Wind A/S", "nordic wind"),
        ("Construções São João, Lda.", "construcos sao joao"),
        ("SARL Martin Bâtiment", "martin batiment"),
        ("Smith & Sons (Holdings) Ltd", "smith sons holdings"),
        ("GmbH", "gmbh"),
        ("", ""),
    ],
)
def test_names_are_compared_without_their_legal_form(name, core):
    assert without_legal_form(fold(name)) == core


def test_companies_are_told_by_the_legal_form_after_their_name():
    text = "Betreiber ist die Adlerblick Vermessung GmbH, Würzburg\nDas Team der GmbH\n2026 AG"
    assert named_companies(text) == {"adlerblick vermessung"}
    assert "harbour bakery" in named_companies("© Harbour Bakery Ltd. All rights reserved")
    assert named_companies("we are the best company as a team") == frozenset()


def test_contacts_and_names_are_read_from_links_and_structured_data():
    ids = found(
        '<html><head><meta property="og:site_name" content="Adlerblick">'
        '<script type="application/ld+json">{"@type":"LocalBusiness","legalName":"Adlerblick GmbH",'
        '"vatID":"DE123456704","telephone":"+49 931 1234567","email":"INFO@adlerblick.test",'
        '"address":{"@type":"PostalAddress","postalCode":"97070","addressLocality":"Würzburg"}}'
        '</script></head><body><a href="mailto:post%40adlerblick.test?subject=x">mail</a>'
        '<a href="tel:+49931999">call</a><footer>97072 Würzburg</footer>'
        "<p>chef [at] adlerblick [dot] test</p></body></html>"
    )
    assert ids.own_names == {"adlerblick"}
    assert ids.vat_numbers == {"DE123456704"}
    assert {"post@adlerblick.test", "info@adlerblick.test", "chef@adlerblick.test"} <= ids.emails
    assert {"+49 931 1234567", "+49931999"} <= ids.phones
    assert "97072" in ids.postcodes


def test_what_privacy_pages_name_are_suppliers():
    html = "<body>Wir nutzen Wolke Analytics GmbH, USt-IdNr. DE123456704, HRB 12345</body>"
    privacy = found(html, "https://firm.test/datenschutz")
    assert (privacy.vat_numbers, privacy.register_numbers) == (frozenset(), frozenset())
    assert privacy.named_companies == frozenset()
    assert "wolke analytics" in privacy.folded
    assert found(html).vat_numbers == {"DE123456704"}


def test_pages_that_hold_nothing_give_empty_facts():
    ids = find_identifiers([])
    assert (ids.folded.strip(), ids.phones) == ("", frozenset())
    assert found("").own_names == frozenset()


def test_the_start_page_and_one_page_of_each_telling_kind_are_chosen():
    paths = ["/", "/produkte", "/agb", "/datenschutz", "/kontakt.html", "/ueber-uns/", "/impressum"]
    pages = [page(path, n) for n, path in enumerate(paths)]
    chosen = [p.url.removeprefix("https://firm.test") for p in pages_that_tell(pages)]
    assert chosen == ["/", "/impressum", "/kontakt.html", "/agb"]
    assert pages_that_tell([]) == []
    assert len(pages_that_tell(pages[:2])) == 1


TELLING = (
    "/en/imprint /mentions-legales /nl/colofon.php /note_legali /aviso-legal /contact-us /chi-siamo"
    " /over-ons /o-nas /quienes-somos /%C3%BCber-uns /about.html"
)


@pytest.mark.parametrize("path", TELLING.split())
def test_telling_pages_are_known_in_many_languages(path):
    assert len(pages_that_tell([page("/", 0), page(path, 1)])) == 2
