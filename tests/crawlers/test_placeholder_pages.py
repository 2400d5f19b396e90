from __future__ import annotations

import pytest

from crawlers.placeholder_pages import placeholder_by


@pytest.mark.parametrize(
    "text",
    [
        "Sichern Sie sich jetzt diese Wunschdomain – zum Verkauf über unseren Marktplatz",
        "Interested in this domain? Make an offer and hear from us within a day.",
        "Cette adresse est libre : le nom de domaine granit.fr peut être acheté",
        "El propietario del dominio roca.es lo ha puesto a la venta",
        "Domena granit.pl wystawiona na aukcję",
        "Domænenavnet granit.dk sælges",
        "Ten adres nie jest aktywny. Domena wygasła",
        "Este domínio expirou",
        "Этот домен свободен и продается",
        "The hosting for this website has expired. Owners renew it in their account.",
        "Your hosting account was activated. Upload your files to public_html.",
        "Félicitations ! Remplacez ce fichier index.html par votre site.",
        "Congratulations! Your web server is working.",
        "Apache is functioning normally",
        "It works!",
    ],
)
def test_what_stands_in_the_place_of_a_website_is_known_by_what_it_is_about(text: str) -> None:
    assert placeholder_by(text, "", n_links=0)
    assert placeholder_by("", text, n_links=2)


@pytest.mark.parametrize(
    "text",
    [
        "Halvorsen Stone Works. We cut granite for kitchens.",
        "Domaine de la Tour. Vente de vins au caveau, achetez nos vins en direct.",
        "We are experts in the domain of marine surveying and offer inspections.",
        "Wir bauen Server für kleine Büros. Apache, Linux, Netzwerke aus einer Hand.",
        "Schlossdomäne Wachau – Ab-Hof-Verkauf von Marillen jeden Samstag",
        "Domenico Rossi vende pietre e marmi a Carrara",
        "Buy domains and mail from us, your domain in minutes",
        "Мы продаём домены и хостинг, домен в подарок",
        "Buy a domain from us: call +43 316 123456",
    ],
)
def test_a_business_is_none_whatever_it_trades_in(text: str) -> None:
    assert not placeholder_by(text, "", n_links=0)


def test_a_page_that_leads_on_or_says_more_is_none() -> None:
    text = "This domain is listed for sale."
    assert placeholder_by(text, "", n_links=2)
    assert not placeholder_by(text, "", n_links=3)
    assert not placeholder_by(text + " More of us." * 60, "", n_links=0)
