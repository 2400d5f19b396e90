from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.links import read_links
from crawlers.start_page import start_page_fault, visible_start, visible_text
from storage.accounting import Outcome

OLD = "http://www.steiner-drohnen.at/"
LONG = "We build machines for the food industry since 1970. " * 80


def judge(body: str, final_url: str = OLD, title: str = "Home") -> Outcome | None:
    html = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    fault = start_page_fault(
        html, read_links(html, final_url), website_url=OLD, final_url=final_url
    )
    return fault[0] if fault else None


@pytest.mark.parametrize(
    "saying",
    [
        "This domain is for sale!",
        "The domain name steiner-drohnen.at may be available",
        "Buy this domain",
        "Dieser Name der Domain ist bei uns kostenlos geparkt",
        "Ce nom de domaine est en stationnement gratuit",
        "El nombre de dominio está aparcado por su dueño",
        "Diese Domain steht zum Verkauf",
        "Die Domain steiner-drohnen.at steht zum Verkauf",
        "Hier entsteht in Kürze eine neue Internetpräsenz",
        "Ce nom de domaine est à vendre",
        "Este dominio está en venta",
        "Questo dominio è in vendita",
        "Deze domeinnaam is te koop",
        "Ta domena jest na sprzedaż",
        "Este domínio está à venda",
        "Acest domeniu este de vânzare",
        "Domänen är till salu",
        "Domænet er til salg",
        "Domenet er til salgs",
        "Verkkotunnus on myytävänä",
        "Apache2 Ubuntu Default Page: It works",
        "Welcome to nginx!",
        "This domain name expired on 2026-01-01 and is pending renewal or deletion.",
        "Future home of something quite cool.",
        "Diese Domain ist bereits registriert.",
        "This Account has been suspended. Contact your hosting provider.",
        "Congratulations! Your website is up and running. Just delete this file.",
        "This is the default web page for this server.",
        "Test Page for the HTTP Server on Fedora",
        "Doména je na predaj",
        "Bu alan adı satılıktır",
        "This domain has been registered with a registrar",
        "Этот домен продаётся",
        "Домейнът се продава",
        "Αυτό το domain πωλείται",
        "このドメインは販売中です",
        "该域名正在出售",
        "이 도메인은 판매 중입니다",
    ],
)
def test_parking_pages_are_known_in_many_languages(saying: str) -> None:
    assert judge(f"<h1>{saying}</h1>") is Outcome.PARKED


def test_a_long_page_that_mentions_domains_is_no_parking_page() -> None:
    assert judge(f"<p>{LONG}</p><p>Buy this domain name from our shop</p>") is None


@pytest.mark.parametrize(
    "business",
    [
        "We park your car at the airport of Domodossola",
        "Unser Parkplatz an der Domäne Dahlem ist groß",
        "Eminent domain law, free parking for clients",
        "Dominique Dupont, stationnement gratuit pour nos clients",
        "Domaine Dupont, vins de Bourgogne, en stationnement gratuit devant la cave",
        "Мы продаём домены и хостинг, домен в подарок",
        "ドメイン登録とホスティングの会社です",
    ],
)
def test_a_business_that_says_something_alike_is_no_parking_page(business: str) -> None:
    assert judge(f"<p>{business}</p>") is None


@pytest.mark.parametrize(
    "filled",
    [
        '<script src="https://img.sedoparking.com/js/jquery.js"></script>',
        "<iframe src='//ww1.parkingcrew.net?d=x'></iframe>",
        "<script>window.park = 'eyJ1dWlk'</script>",
        "<div id=root></div><script src=//x.test/parking-lander/static/js/main.js></script>",
    ],
)
def test_a_page_that_a_parking_firm_fills_is_parked(filled: str) -> None:
    assert judge(filled) is Outcome.PARKED
    assert judge(f"<p>{LONG}</p>{filled}") is None


@pytest.mark.parametrize(
    "business",
    [
        '<p>We sold our domain at <a href="https://sedo.com/x">Sedo</a></p>',
        "<p>We test pages and servers. Our account: hosting provider since 1999</p>",
        "<script>var car = {}; car.window.parked = 1</script><p>Parking in Graz",
        "<p>Your website, up and running in a week</p>",
    ],
)
def test_a_business_that_only_links_to_one_is_not(business: str) -> None:
    assert judge(business) is None


def test_a_parking_firm_is_known_by_its_host() -> None:
    assert judge("Hello", "https://www.sedo.com/search/?domain=x") is Outcome.PARKED


def test_a_page_with_nothing_on_it_is_empty_but_one_made_by_scripts_is_not() -> None:
    assert judge("") is Outcome.EMPTY
    assert judge("<!-- nothing --><style>a{}</style>") is Outcome.EMPTY
    assert judge("<div id=root></div><script src=/app.js></script>") is None


@pytest.mark.parametrize(
    ("final_url", "body"),
    [
        ("https://steiner-drohnen.com/", "Hello"),
        ("https://shop.steiner-drohnen.at/", "Hello"),
        ("https://steinergroup.example/", "Hello"),
        ("https://skyworks.example/", "Skyworks, formerly Steiner Drohnen, flies on."),
        ("https://skyworks.example/", '<a href="mailto:office@steiner-drohnen.at">Mail</a>'),
    ],
)
def test_a_website_that_moved_and_carries_its_name_on_is_reached(final_url: str, body: str) -> None:
    assert judge(body, final_url) is None


@pytest.mark.parametrize(
    "final_url", ["https://www.facebook.com/steiner-drohnen", "https://casino.example/"]
)
def test_a_website_that_leads_to_somebody_else_is_elsewhere(final_url: str) -> None:
    assert judge("Something of no relation", final_url) is Outcome.REDIRECTED_ELSEWHERE


@pytest.mark.parametrize("rubbish", ["<!--", "<script", "<", "domain ", "</", "<a"])
def test_rubbish_costs_time_in_proportion_to_its_length(rubbish: str) -> None:
    started = time.perf_counter()
    judge(rubbish * (300_000 // len(rubbish)))
    assert time.perf_counter() - started < 5


@given(
    st.lists(
        st.sampled_from(("word ", "x&amp;y", "<", ">", "<b>", "</p>", "<!--", "-->", "<body>"))
    ),
    st.integers(min_value=0, max_value=30),
)
def test_the_start_of_what_is_visible_is_long_enough_or_all_of_it(
    pieces: list[str], size: int
) -> None:
    html = "".join(pieces)
    start, whole = visible_start(html, size), visible_text(html)
    assert start == whole or (len(start) > size and whole.startswith(start))
    assert len(start.split()) <= len(whole.split())


def test_visible_text_leaves_out_what_is_hidden() -> None:
    html = (
        "<head><title>T</title></head><body>A<script>B</script> <b>C</b> &amp; D<!-- E --></body>"
    )
    assert visible_text(html) == "A C & D"
