from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.passage_roles import Role, is_legal_page, role_of

CASES = {
    Role.BUSINESS: (
        "We install solar panels and heat pumps in Vienna since 1999.",
        "Cookies baked every morning, and bread.",
        "無人機を製造し、販売しています。",
        "Our drones fly for 40 minutes and carry 5 kg at 60 km/h.",
    ),
    Role.LEGAL: (
        "This privacy policy tells how cookies are used.",
        "Verantwortlich im Sinne der DSGVO; personenbezogene Daten werden nicht verkauft.",
        "Les données personnelles sont traitées selon le RGPD.",
    ),
    Role.FILLER: (
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
        "Our rooms. Pellentesque tellus, phasellus luctus and so on.",
    ),
    Role.FIGURES: ("7,30 m · 12 pers. · 300 CV 8,35 m · 350 CV 9,15 m · 450 CV", "12 34 56"),
}


@pytest.mark.parametrize(("role", "text"), [(r, t) for r, texts in CASES.items() for t in texts])
def test_passages_are_told_apart(role: Role, text: str) -> None:
    assert role_of(text) is role


def test_all_of_a_legal_page_is_legal() -> None:
    assert role_of("We build drones.", on_legal_page=True) is Role.LEGAL
    assert is_legal_page("https://a.example/datenschutz%65rklaerung.html", "")
    assert is_legal_page("https://a.example/p?id=3", "Mentions légales")
    assert not is_legal_page("https://a.example/air-conditioning", "Tagliatelle")


@given(st.text(max_size=300))
def test_every_text_has_a_role(text: str) -> None:
    assert role_of(text) in Role
