from __future__ import annotations

import pytest

from crawlers.soft_errors import says_not_found


@pytest.mark.parametrize(
    "title",
    [
        "404 Not Found",
        "Error 404",
        "Seite nicht gefunden – Müller GmbH",
        "Page introuvable",
        "Página no encontrada",
        "Pagina non trovata",
        "Pagina niet gevonden",
        "Strona nie została znaleziona",
        "Nie znaleziono strony",
        "Página não encontrada",
        "Pagina nu a fost găsită",
        "Sidan hittades inte",
        *("Síðan fannst ekki", "Pàgina no trobada", "Páxina non atopada", "Faqja nuk u gjet"),
        *("Orria ez da aurkitu", "Ní bhfuarthas an leathanach", "ページが見つかりません"),
        *("您访问的页面不存在", "페이지를 찾을 수 없습니다", "الصفحة غير موجودة", "הדף לא נמצא"),
        "Siden blev ikke fundet",
        "Sivua ei löydy",
        "Stránka nenalezena",
        "Az oldal nem található",
        "Stránka sa nenašla",
        "Stran ne obstaja: stranka ne obstaja",
        "Stranica nije pronađena",
        "Sayfa bulunamadı",
        "Lapa nav atrasta",
        "Puslapis nerastas",
        "Lehekülge ei leitud",
        "Il-paġna ma nstabitx",
        "Η σελίδα δεν βρέθηκε",
        "Страницата не е намерена",
        "Страница не найдена",
        "Сторінку не знайдено",
        "The page you requested could not be found",
        "Nicht gefunden",
        "Diese Seite gibt es leider nicht (mehr)",
        "Stran ne obstaja",
        "We could not find what you are looking for",
    ],
)
def test_error_pages_say_so_in_the_languages_of_europe(title: str) -> None:
    assert says_not_found(title, "", n_words=12)
    assert says_not_found("Müller GmbH", title, n_words=12)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Unsere Leistungen", "Wir finden jede Seite Ihres Gartens schön."),
        ("Lost and found office", "Items found on trains."),
        ("Οι σελίδες μας", "Δεν υπάρχει καλύτερη εταιρεία."),
        ("Наши страницы", "Мы всегда на месте."),
        ("UPS systems", "Power that stays on. Ups and downs are over."),
        ("Reach us", "Our address is not on the map of the old town yet."),
        ("Room 404", "Our offices are in building 404 of the park."),
        ("Peugeot 404 parts", "Spare parts for classic cars."),
        ("Home", ""),
    ],
)
def test_other_pages_do_not(title: str, text: str) -> None:
    assert not says_not_found(title, text, n_words=12)


def test_a_page_that_says_more_is_an_article_about_errors() -> None:
    assert not says_not_found("404 Not Found", "How to design the error page", n_words=400)


def test_a_saying_deep_in_a_longer_text_does_not_count() -> None:
    assert not says_not_found("Help", "If the page is not found, call us.", n_words=60)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Oops", "Let us get you home."),
        ("Ups!", "Da ist etwas schiefgelaufen."),
        ("Internal Server Error", "Reference 7."),
        ("Steiner", "Page absente"),
        ("Steiner", "Sidan saknas"),
        ("Steiner", "Tej strony nie ma"),
    ],
)
def test_a_heading_that_says_so_counts_below_whatever_title(title: str, text: str) -> None:
    more = "\n".join(["and what else there is to be read here today"] * 6)
    assert says_not_found(title, f"{text}\n{more}", n_words=60)
    assert not says_not_found("Home", f"{more}\n{text}", n_words=60)
