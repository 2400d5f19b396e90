"""Words in addresses and link texts that tell what a page is about, in the languages of Europe.

Data, and one look-up. A page of a wanted kind is fetched before others: it says what the business
does (about, offer) or who it is (imprint, contact). A page of an unwanted kind says neither.
"""

from __future__ import annotations

import re
from enum import IntEnum
from urllib.parse import unquote

from crawlers.folding import folded


class PageKind(IntEnum):
    """What a page is likely about; the number is the order in which kinds are fetched."""

    ABOUT = 0
    OFFER = 1
    IMPRINT = 2
    CONTACT = 3
    OTHER = 4
    NEWS = 6
    ASIDE = 8
    TRAP = 40  # after all else, however crowded its kind


# Stems without accents, in lower case, words joined by a hyphen; en de fr es it nl pl pt ro, the
# Nordic languages, Czech, Hungarian. A stem matches at the start of a word.
_STEMS: dict[PageKind, str] = {
    PageKind.TRAP: """
        login log-in signin sign-in logout signup register registrier anmeld wp-admin wp-login
        cart basket warenkorb panier carrito carrello winkelwagen koszyk carrinho checkout kasse
        wishlist merkzettel compare calendar kalender calendrier calendario agenda-day
        add-to- password passwort reset search suche recherche buscar cerca zoek szukaj
        feed rss wp-json xmlrpc trackback replytocom print-view tag tags cgi-bin
    """,
    PageKind.ASIDE: """
        privacy datenschutz confidentialit privacidad riservatezza privacybeleid prywatnosc
        privacidade confidentialitate integritetspolicy personvern tietosuoja gdpr cookie
        terms agb conditions condiciones condizioni algemene-voorwaarden regulamin termos
        villkor sitemap plan-du-site karriere career carriere jobs job stellen emploi empleo
        lavora vacature kariera vagas faq hilfe help aide ayuda aiuto download gallery galerie
        galeria galleria disclaimer accessib barrierefrei author archive archiv
    """,
    PageKind.NEWS: """
        news blog aktuell neuigkeit presse press actualite noticias novedades notizie novita
        nieuws aktualnosci wydarzenia novidades noutati nyheter nyheder ajankohtaista event
        veranstalt evenement eventos eventi article artikel magazin
    """,
    PageKind.ABOUT: """
        about ueber-uns uber-uns wir-ueber wer-wir wer-sind unternehmen company who-we who-are
        profile profil qui-sommes a-propos apropos entreprise societe notre- quienes-somos
        quien sobre nosotros empresa chi-siamo azienda chi-e over-ons ons-bedrijf wie-zijn
        bedrijf o-nas o-firmie firma quem-somos a-empresa despre cine-suntem om-oss om-os
        om-foretaget virksomhed foretag bedrift tietoa yritys meista o-spolecnosti rolunk
        ceg history geschichte histoire historia storia team equipe equipo mission philosoph
        what-we-do was-wir
    """,
    PageKind.OFFER: """
        product produkt produit producto prodotti prodott producten produto produs tuote termek
        vyrobk service leistung dienst prestation servicio servizi diensten uslug servico
        servicii tjanst tjenest palvel szolgaltat sluzby solution loesung losung solucion
        soluzion oplossing rozwiazan solucoes solutii losning ratkaisu angebot offer offre
        oferta offerta aanbod technolog industri branchen anwendung application portfolio
        referenz reference referenc realisation realizac proyecto progett project projekt
        projet kompetenz expertise competenc business activit tatigkeit taetigkeit aktivit
        attivit actividad sortiment catalog katalog rent miete alquiler noleggio
    """,
    PageKind.IMPRINT: """
        impressum imprint legal mentions-legales mentions aviso-legal note-legali
        informazioni-legali colofon nota-prawna dados-legais informacoes-legais
        informatii-legale date-firma juridisk rattslig impressum tiedot pravni-informace
        offenlegung anbieterkennzeichnung
    """,
    PageKind.CONTACT: """
        contact kontakt contatt contacto kontakty contato yhteystiedot kapcsolat anfahrt
        standort location find-us locatie ota-yhteytta
    """,
}
# Each word has a hyphen in front of it, so that stems are tried there and not at every letter.
_PATTERN = re.compile(
    "-(?:"
    + "|".join(
        f"(?P<{kind.name}>{'|'.join(map(re.escape, stems.split()))})"
        for kind, stems in _STEMS.items()
    )
    + ")"
)
_MAX_WORDS = 200  # characters that are looked at
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def page_kind(path: str, text: str) -> PageKind:
    """Return what a page is likely about, by its path first and its link's text second.

    Args:
        path: Path of its address, percent-encoding allowed.
        text: Of a link that leads there; may be empty.
    """
    last = path.rsplit("/", 2)[-1] or path.rstrip("/").rsplit("/", 1)[-1]
    # In a path of one name nothing stands that the name does not hold.
    is_one = len(path) < _MAX_WORDS and path.find("/", 1) < 0
    for words in (last, text, "" if is_one else path):
        if words and (found := _PATTERN.search(_joined(words))):
            return PageKind[str(found.lastgroup)]
    return PageKind.OTHER


def _joined(words: str) -> str:
    words = words[:_MAX_WORDS]
    return "-" + _BETWEEN_WORDS.sub("-", folded(unquote(words) if "%" in words else words))
