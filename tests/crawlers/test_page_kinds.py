from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.page_kinds import PageKind, page_kind


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/about-us", "", PageKind.ABOUT),
        ("/ueber-uns.html", "", PageKind.ABOUT),
        ("/%C3%BCber-uns/", "", PageKind.ABOUT),
        ("/qui-sommes-nous", "", PageKind.ABOUT),
        ("/x", "Chi siamo", PageKind.ABOUT),
        ("/x", "O nas", PageKind.ABOUT),
        ("/over-ons", "", PageKind.ABOUT),
        ("/x", "Om företaget", PageKind.ABOUT),
        ("/x", "Quiénes somos", PageKind.ABOUT),
        ("/x", "Despre noi", PageKind.ABOUT),
        ("/dienstleistungen/montage", "", PageKind.OFFER),
        ("/leistungen", "", PageKind.OFFER),
        ("/produits", "", PageKind.OFFER),
        ("/x", "Usługi", PageKind.OFFER),
        ("/x", "Løsninger", PageKind.OFFER),
        ("/x", "Soluções", PageKind.OFFER),
        ("/impressum", "", PageKind.IMPRINT),
        ("/mentions-legales", "", PageKind.IMPRINT),
        ("/x", "Aviso legal", PageKind.IMPRINT),
        ("/colofon", "", PageKind.IMPRINT),
        ("/note-legali", "", PageKind.IMPRINT),
        ("/kontakt.php", "", PageKind.CONTACT),
        ("/x", "Yhteystiedot", PageKind.CONTACT),
        ("/contatti", "", PageKind.CONTACT),
        ("/blog/", "", PageKind.NEWS),
        ("/datenschutz", "", PageKind.ASIDE),
        ("/karriere", "", PageKind.ASIDE),
        ("/warenkorb", "", PageKind.TRAP),
        ("/user/logout", "", PageKind.TRAP),
        ("/", "", PageKind.OTHER),
        ("/drohnen", "Drohnen", PageKind.OTHER),
    ],
)
def test_pages_are_told_by_their_address_and_their_link(
    path: str, text: str, kind: PageKind
) -> None:
    assert page_kind(path, text) is kind


@given(st.text(alphabet="abontuks-_.%C3/ü1", min_size=1, max_size=30))
def test_a_path_of_one_name_is_of_the_kind_that_it_is_of_below_a_number(name: str) -> None:
    bare = name.replace("/", "")
    assert page_kind(f"/{bare}", "") is page_kind(f"/7/{bare}", "")
