from __future__ import annotations

import pytest

from crawlers.block_pages import says_blocked
from crawlers.links import read_links
from crawlers.start_page import start_page_fault
from storage.accounting import Outcome

URL = "http://example.com/"


@pytest.mark.parametrize(
    "text",
    [
        *("Access Denied", "Error: Access denied", "Access to this page has been denied."),
        *("403 Forbidden", "403 - Forbidden: x", "Forbidden", "Sorry, you have been blocked"),
        *("You were blocked", "Your IP 10.1.2.3 has been blocked", "Your request was denied"),
        *(
            "The requested URL was rejected. Please consult",
            "Request blocked.",
            "Zugriff verweigert",
        ),
        *("Ihr Zugriff auf diese Seite wurde gesperrt", "Accès refusé", "Acceso denegado"),
        *("Accesso negato", "Toegang geweigerd", "Odmowa dostępu", "Acesso negado"),
        *("Too Many Requests", "429 Too many requests", "Rate limit exceeded", "Zu viele Anfragen"),
        *("Acces interzis", "Přístup odepřen", "Åtkomst nekad", "Adgang nægtet", "Pääsy estetty"),
    ],
)
def test_who_is_not_let_in_is_told_so_in_many_languages(text: str) -> None:
    assert says_blocked(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Access control systems", "Access for all", "Accessories"),
        *(
            "Denied boarding: your rights",
            "Blocked drains",
            "Forbidden City Tours",
            "Your request",
            "Request a quote",
        ),
        *(
            "Zugriff auf Ihre Daten",
            "Acces gratuit",
            "Accesso clienti",
            "",
            "Welcome. Access denied",
        ),
    ],
)
def test_what_a_business_says_of_such_things_is_no_refusal(text: str) -> None:
    assert not says_blocked(text)


def fault(html: str) -> Outcome | None:
    found = start_page_fault(html, read_links(html, URL), website_url=URL, final_url=URL)
    return found[0] if found else None


def test_a_start_page_that_says_nothing_else_is_a_refusal() -> None:
    assert fault("<title>Access Denied</title><h1>Access Denied</h1>") is Outcome.REFUSED_HTTP
    assert fault("<title>x</title><body><p>You have been blocked.</p>") is Outcome.REFUSED_HTTP
    menu = "".join(f"<a href=/{name}>{name}</a>" for name in "abcdef")
    assert fault(f"<title>Access denied</title>{menu}") is None, "a website that is called so"
    assert fault(f"<title>Access denied</title><p>{'Locks and keys. ' * 60}</p>") is None


@pytest.mark.parametrize(
    "words",
    [
        *("Diese Domain wurde gesperrt", "Ce site a été suspendu", "Sitio suspendido"),
        *("Site non installé", "Il dominio è stato registrato", "Domena jest zarejestrowana"),
        *(
            "Denna domän är registrerad",
            "Dit domein is geregistreerd via x",
            "Domænet er reserveret",
        ),
        *("Verkkotunnus on rekisteröity", "Domain Default page"),
        "The website for example.com is not available at this time.",
    ],
)
def test_what_hosters_put_in_the_place_of_a_website_is_parked(words: str) -> None:
    assert fault(f"<html><body><h1>{words}</h1></body></html>") is Outcome.PARKED
