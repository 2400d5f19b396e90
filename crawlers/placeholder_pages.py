"""Start pages that a trader of domains, a hoster or a server's installer put there (pure).

What such pages say in so many words stands in `crawlers.start_page`. Here they are known by what
they are about, whoever wrote them and in whatever words: a page that says little, leads nowhere and
names nobody to call, and on it a domain that is for sale, parked or has run out, or a server that
has just been set up. A business that trades in domains says more, and how to reach it.
"""

from __future__ import annotations

import re

from crawlers.folding import folded

MAX_TEXT = 600  # characters shown
MAX_LINKS = 2  # to other pages of the website

# On text in lower case without accents, one and not many: who trades in them speaks of domains.
# French estates, too, are called domaines.
_DOMAIN = r"""\b(?:\w{0,20}domain(?:name)?|dominio|domein(?:naam)?|domen(?:a|u|et)|domeniu(?:l|lui)?
    |domaene(?:t|navn(?:et)?)?|doman(?:en|namn(?:et)?)?|(?:nom de|ce) domaine
    |verkkotunnu\w{1,4}|alan adi)\b"""
# Stems; `_` is a blank.
_TRADED = """
    sale sell buy purchas acquir lease auction listed escrow make_an_offer your_offer
    verkauf kauf erwerb ersteiger vente vendre vend achet acquer encher faites_une_offre
    venta vender comprar subasta puja vendita vendesi acquist asta koop kopen verko veiling bod
    sprzeda kupi licytac prodej prodam koup predaj prodaj aukc salu salj kop salg saelg kob kjop
    myyn myyd myyta elado megvas vanzare vinde cumpar licita venda
    satil satin zaparkow
    expir renew redempt abgelaufen verlanger renouvel caduc renova scadut scade rinnov verlopen
    verleng wygas odnow vyprsel utgatt udlobet forny fornya erneuer lejart
"""
_TRADED_BEYOND_LATIN = "прода|купи|истек|изтек|πωλ|αγορ|έληξε|出售|販売|转让|轉讓|판매|만료|期限"
_DOMAIN_BEYOND_LATIN = (
    r"\bдомен(?:а|у|ом)?\b|\bдомейн(?:ът|а)?\b|τομέα|όνομα χώρου|domain|域名|ドメイン|도메인"
)
_MANY = re.compile(
    r"\b(?:domains|domain ?names|domini|dominios|domeinen|domeinnamen|domeny|domenov|domener"
    r"|domaener|noms de domaine|домены|доменов|домейни|домени)\b"
)

# What only whoever sets up a server is told.
_SET_UP = r"""
    \b(public_html|htdocs|httpdocs|/var/www|/usr/share)\b
    \b(server|apache|nginx|tomcat|httpd)\b.{0,60}\b(is (work|runn|function)ing|works|installed)\b
    \bsuccessfully installed\b.{0,60}\b(server|tomcat|apache|nginx)\b
    \btest page\b.{0,80}\bserver\b|\bserver\b.{0,30}\btest page\b
    ^(it works!? ?){1,3}$
"""
_HOSTING = """
    hosting webspace web_space hebergement alojamiento spazio_web hospedagem tarhely webhotel
"""
_BEGUN_OR_OVER = """
    expired activ installed bien_installe attivat abgelaufen suspend caducad scadut verlopen
    eingerichtet bereitgestellt gekundigt wygasl vyprsel
"""
_START_FILE = r"\bindex\.(?:html?|php)\b"
_REPLACED = "replac upload delet remov ersetz losch remplac reemplaz sustitu sostitu vervang"
_NEAR = 60  # characters between what is told and what it is told of

_CALL = re.compile(r"@|\+\d|\btel\b|\d[\d ()/.-]{7,}\d")


def _stems(words: str) -> str:
    return "|".join(word.replace("_", " ") for word in words.split())


def _either_way(first: str, second: str) -> str:
    return rf"(?:{first}).{{0,{_NEAR}}}?(?:{second})|(?:{second}).{{0,{_NEAR}}}?(?:{first})"


_ON_SALE = re.compile(
    _either_way(re.sub(r"\n\s+", "", _DOMAIN), rf"\b(?:{_stems(_TRADED)})\w{{0,8}}")
)
_ON_SALE_BEYOND_LATIN = re.compile(_either_way(_DOMAIN_BEYOND_LATIN, _TRADED_BEYOND_LATIN))
_NEW_SERVER = re.compile(
    "|".join(
        [
            *(line.strip() for line in _SET_UP.strip().splitlines()),
            _either_way(rf"\b(?:{_stems(_HOSTING)})\w*", rf"\b(?:{_stems(_BEGUN_OR_OVER)})"),
            _either_way(_START_FILE, rf"\b(?:{_stems(_REPLACED)})"),
        ]
    )
)


def placeholder_by(text: str, title: str, *, n_links: int) -> str:
    """Return what shows that a page is a placeholder; empty where it is none.

    Args:
        text: That the page shows.
        title: Of the page.
        n_links: To other pages of its website.
    """
    whole = f"{title} {text}".strip()
    if len(text) > MAX_TEXT or n_links > MAX_LINKS or _CALL.search(text):
        return ""
    plain = folded(whole)
    if found := _NEW_SERVER.search(plain) or _NEW_SERVER.search(folded(text.strip())):
        return found[0]
    if _MANY.search(whole.lower()):
        return ""
    found = _ON_SALE.search(plain)
    if found is None and not whole.isascii():
        found = _ON_SALE_BEYOND_LATIN.search(whole.lower())
    return found[0] if found else ""
