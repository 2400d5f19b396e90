"""Whether a start page is a business's own: parked, empty, or somebody else's (pure).

The rules are simple on purpose, and lean towards keeping a page: the link stage looks again, with
the register's facts in hand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers import block_pages, placeholder_pages
from crawlers.folding import folded
from crawlers.website_urls import registrable_domain, tidy_url, without_www
from storage.accounting import Outcome

if TYPE_CHECKING:
    from crawlers.links import PageLinks

_MAX_PARKED_TEXT = 2500  # characters; a page that sells domains as its trade says more
_MAX_READ = 300_000  # characters of markup looked at
_MARKUP_PER_TEXT = 4  # characters of it for one that is shown, where much is

_MENU = 8  # other pages of the host, which nobody makes for a domain that is parked

_PARKING = """
    sedoparking.com sedo.com parkingcrew.net bodis.com dan.com afternic.com hugedomains.com
    above.com undeveloped.com domainmarket.com parklogic.com parking.reg.ru namebright.com
    buydomains.com uniregistry.com voodoo.com domainname.de nicsell.com domainprofi.de
    elitedomains.de epik.com sav.com squadhelp.com atom.com brandbucket.com domcollect.com
    cashparking.com smartname.com domainsponsor.com internettraffic.com skenzo.com
"""
_PARKING_HOSTS = frozenset(_PARKING.split())
# What fills such pages: scripts and frames of those firms, and the names that they use in them.
_PARKING_SCRIPT = re.compile(
    r"""\bsrc\s*=\s*["']?(?:https?:)?//(?:[\w-]{1,60}\.){0,4}(?:"""
    + "|".join(map(re.escape, sorted(_PARKING_HOSTS)))
    + r""")["'/?:\s>]|window\.park\s*=\s*["']|\bLANDER_SYSTEM\b|/parking-lander/""",
    re.IGNORECASE,
)
_PORTALS = """
    facebook.com instagram.com linkedin.com twitter.com x.com youtube.com tiktok.com
    pinterest.com linktr.ee google.com bing.com yahoo.com amazon.com amazon.de ebay.com ebay.de
    wikipedia.org booking.com tripadvisor.com yelp.com xing.com etsy.com airbnb.com
"""
_PORTAL_HOSTS = frozenset(_PORTALS.split())
# One pattern a line, on text in lower case without accents; `_` stands for one word or none.
_PARKED_SAYINGS = r"""
    (this|the) domain( name)? _(is|may be) (now |currently )?(for sale|parked|available)
    domain( name)? _(is )?for sale
    buy this domain
    (inquire|enquire) about this domain
    domain (is )?parked
    parked (free|domain|page)
    domain has expired
    \bdom(ain|ein)(s|name|naam)?\b.{0,60}\b(parked|geparkt|geparkeerd)\b
    \bdom(inio|ena|eniul?|an|anen|aenet?|enet?)\b.{0,60}\b(parcheggiat|aparcad|estacionad)
    \bdom(ena|eniul?|anen?|aenet?|enet?)\b.{0,60}\b(zaparkowan|parcat|parkera|parkert)
    \b(nom de|ce) domaine\b.{0,60}\ben stationnement\b
    diese domain _(steht zum verkauf|ist (evtl\.? )?(zu verkaufen|geparkt|verfugbar|kauflich))
    domain _(zu verkaufen|kaufen|steht zum verkauf|erworben werden|geparkt)
    diese domain wurde (soeben )?(freigeschaltet|registriert|reserviert)
    hier entsteht (eine|eine neue|in kurze).{0,20}(website|webseite|internetprasenz|homepage)
    (ce|le) (nom de )?domaine _est (peut-etre )?(a vendre|reserve|en vente|parque)
    acheter (ce|le) (nom de )?domaine
    (este|el) dominio _(esta|puede estar) (en venta|a la venta|aparcado|disponible)
    (comprar|compre|compra) (este |el )?dominio
    (questo|il) dominio _(e|potrebbe essere) (in vendita|parcheggiato|disponibile)
    acquista (questo|il) dominio
    (dit|deze) (domein(naam)?|domain) _(is|staat) (te koop|geparkeerd|gereserveerd)
    domein(naam)? te koop
    (ta )?domena _(jest )?(na sprzedaz|zaparkowana)
    este dominio _esta (a venda|estacionado)
    (acest )?domeniu(l)? _(este )?(de vanzare|parcat)
    doman(en)? _ar (till salu|parkerad)
    domaene(t)? _er (til salg|parkeret)
    domenet _er (til salgs|parkert)
    verkkotunnus _on myyta(va|vana)
    domen(a|u|y)? _je na (prodej|predaj)
    \balan adi\b.{0,40}\b(satiliktir|satilik|satista|park edil)
    this domain( name)? has been (registered|purchased|bought) (with|at|by|via|through)\b
    (ez a )?domain _elado
    (get|acquire|purchase) this domain
    (this )?domain( name)? _(has )?(expired|is pending renewal|is pending deletion)
    the owner of (this domain|\S{4,60}) has not (yet )?uploaded
    future home of something quite cool
    (diese )?domain _(ist|wurde) (bereits |soeben |erfolgreich )?(registriert|reserviert|angemeldet)
    ^domain (reserviert|reserved|registered|registriert)
    this account has been suspended
    default web ?site page if you
    your (new )?web ?site is (up and running|ready).{0,80}\b(default|upload|delete)
    this is the default (web|home|index)? ?page (for|of) (this|the|your) (server|domain|web)
    ^(\S{1,20} )?test page for the \S{1,20}( http)? server
    (apache2? )?(ubuntu |debian )?default page:? it works
    welcome to nginx
    ^domain default page
    the website for \S{1,80} is not available at this time
    \b(this |diese |die )?(domain|website|webseite|internetseite) (wurde|ist) (gesperrt|deaktiviert)
    \b(ce|le|votre) site( web)? (a ete|est) (suspendu|desactive)
    \b(sitio( web)?|dominio|cuenta) (ha sido |esta )?suspendid[oa]
    \b(sito( web)?|dominio) (e stato )?sospeso
    \bsite non installe\b|\bvotre domaine a bien ete\b
    \b(il )?dominio e stato (appena )?registrato\b
    \bdomena( \S{1,60})? (jest |zostala |byla )?(zarejestrowana|zaregistrovana)\b
    \bdoman(en)? ar (registrerad|reserverad)\b
    \b(domein(naam)?|domain)( \S{1,60})? is (geregistreerd|gereserveerd) (via|bij|door|voor)\b
    \bdomaen(e|et|enet)? er (registreret|reserveret|oprettet)\b
    \bdomenet? er (registrert|reservert)\b
    \bverkkotunnus on (rekisteroity|varattu)\b
    \b(this |the )?domain( name)? (has been|is|was) (temporarily )?suspended\b
    \bdiese (inter)?(net|web)?(seite|site) steht zum verkauf\b|\bthis web ?site is for sale\b
    ^website expired\b|\bthis (account|web ?site) has expired\b
    \bdomenas\b.{0,60}\b(uzregistruotas|parduodamas|rezervuotas)
    ^hello world :-?\) happy coding
    iis windows( server)?$
    (plesk|cpanel|hosting) default page
    web server'?s default page
"""
_PARKED = re.compile(
    "|".join(
        line.strip().replace("_", r"(?:\S{1,60} )?")
        for line in _PARKED_SAYINGS.strip().splitlines()
    )
)
# The same where letters are not Latin, on text in lower case.
_PARKED_SAYINGS_BEYOND_LATIN = r"""
    \bдомен\w{0,3}\b.{0,40}\b(продается|продаётся|на продажу|припаркован|продається|на продаж)\b
    \bкупить (этот )?домен\b
    \bдомейн\w{0,3}\b.{0,40}\b(се продава|за продажба)\b
    \b(domain|όνομα χώρου|τομέας?)\b.{0,40}\b(πωλείται|προς πώληση)
    (ドメイン|domain).{0,20}(販売中|売り出し|売却|取得できます|登録されました)
    域名.{0,20}(出售|转让|轉讓|待售|停放)
    도메인.{0,20}(판매|매각)
"""
_PARKED_BEYOND_LATIN = re.compile(
    "|".join(line.strip() for line in _PARKED_SAYINGS_BEYOND_LATIN.strip().splitlines())
)
_HIDDEN = re.compile(r"<(?:(!--)|(script|style|template)\b)", re.IGNORECASE)
_BODY = re.compile(r"<body\b", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]{0,8192}>")


def start_page_fault(
    html: str, links: PageLinks, *, website_url: str, final_url: str
) -> tuple[Outcome, str] | None:
    """Return why a start page is not the business's own, or None where it counts as such.

    - `parked`: it stands at a firm that parks domains, or it is short and says that the domain is
      for sale, parked, suspended or fresh from the installer, in one of a dozen languages, or is
      filled by such a firm's script or frame; or it is a placeholder by what it is about.
    - `empty`: not a character of text, no script, no link.
    - `refused_http`: it says next to nothing but that one is not let in.
    - `redirected_elsewhere`: it ends on another registrable domain which is a portal, or which
      carries the old domain's name nowhere: not in its host, not in its page. Where the name is
      carried on, the website moved and counts as reached.

    Args:
        html: Decoded start page.
        links: Its links.
        website_url: Of the register.
        final_url: Where the start page was found.
    """
    text = visible_start(html, _MAX_PARKED_TEXT)
    if not text and not links.links and "<script" not in html.lower():
        return Outcome.EMPTY, "no text, no link, no script"
    if len(text) <= block_pages.MAX_TEXT and len(links.links) <= block_pages.MAX_LINKS:
        said = next(filter(block_pages.says_blocked, (links.title, text)), "")
        if said:
            return Outcome.REFUSED_HTTP, f"says: {said[:80]}"
    return _parked(text, html, links, final_url) or _elsewhere(html, website_url, final_url)


def is_portal(url: str) -> bool:
    """Tell whether an address is on a portal, where no business's own website is."""
    return registrable_domain(urlsplit(url).hostname or "") in _PORTAL_HOSTS


def _parked(text: str, html: str, links: PageLinks, final_url: str) -> tuple[Outcome, str] | None:
    domain = registrable_domain(urlsplit(final_url).hostname or "")
    if domain in _PARKING_HOSTS:
        return Outcome.PARKED, f"stands at {domain}, where domains are parked"
    if len(text) > _MAX_PARKED_TEXT:
        return None
    if made := _PARKING_SCRIPT.search(html, 0, _MAX_READ):
        return Outcome.PARKED, f"its script or frame is one for parked domains: {made[0][:80]}"
    n_links = len(_pages_linked(links, final_url))
    shown = _said_of_domain(text, links.title, n_links, domain) if n_links < _MENU else ""
    return (Outcome.PARKED, f"says: {shown[:80]}") if shown else None


def _said_of_domain(text: str, title: str, n_links: int, domain: str) -> str:
    whole = f"{text} {title}".strip()
    said = _PARKED.search(plain := folded(whole))
    if not said and domain in plain:  # what it says of its own name it says of this domain
        said = _PARKED.search(plain.replace(domain, "this domain"))
    if said or (not whole.isascii() and (said := _PARKED_BEYOND_LATIN.search(whole.lower()))):
        return said[0]
    return placeholder_pages.placeholder_by(text, title, n_links=n_links)


def _pages_linked(links: PageLinks, url: str) -> set[str]:
    """Return the paths of other pages of the host that a page links."""
    own = urlsplit(url)
    tidied = (urlsplit(tidy_url(link.href, links.base) or "") for link in links.links)
    return {one.path for one in tidied if one.hostname == own.hostname and one.path != own.path}


def _elsewhere(html: str, website_url: str, final_url: str) -> tuple[Outcome, str] | None:
    host = urlsplit(final_url).hostname or ""
    domain = registrable_domain(host)
    old = urlsplit(website_url).hostname or ""
    if registrable_domain(old) == domain or without_www(old) == without_www(host):
        return None
    if domain in _PORTAL_HOSTS:
        return Outcome.REDIRECTED_ELSEWHERE, f"leads to the portal {domain}"
    if _carries_name(old, host, html):
        return None
    return Outcome.REDIRECTED_ELSEWHERE, f"leads to {domain}, which does not carry the name"


@lru_cache(maxsize=2)  # a start page is looked at for several reasons
def visible_text(html: str) -> str:
    """Return what a page shows, roughly: no markup, no scripts, white space folded."""
    return _text_of(_body_of(html))


def visible_start(html: str, size: int) -> str:
    """Return the first of what a page shows: more than some characters, or all that it shows.

    Args:
        html: Decoded page.
        size: In characters. Most pages show far more, which takes time to make out.
    """
    body = _body_of(html)
    # Up to the beginning of a tag, so that none is cut in two.
    start = _text_of(body[: max(0, body.rfind("<", 0, _MARKUP_PER_TEXT * size))])
    return start if len(start) > size else visible_text(html)


@lru_cache(maxsize=2)
def _body_of(html: str) -> str:
    shown = _without_hidden(html[:_MAX_READ])
    body = _BODY.search(shown)
    return shown[body.start() :] if body else shown


def _text_of(markup: str) -> str:
    return " ".join(unescape(_MARKUP.sub(" ", markup)).split())


def _without_hidden(html: str) -> str:
    # Steps from mark to mark: what is never closed hides the rest, and nothing is read twice.
    kept, position = [], 0
    while found := _HIDDEN.search(html, position):
        kept.append(html[position : found.start()])
        closing = re.compile("-->" if found[1] else f"</{found[2]}[^<>]{{0,99}}>?", re.IGNORECASE)
        end = closing.search(html, found.end())
        if end is None:
            return " ".join(kept)
        position = end.end()
    return " ".join([*kept, html[position:]])


def _carries_name(old: str, new: str, html: str) -> bool:
    name = registrable_domain(old).split(".")[0]
    words = [word for word in name.split("-") if len(word) >= 4] or [name]
    label = registrable_domain(new).split(".")[0]
    if any(word in label for word in words) or (len(label) >= 4 and label in name):
        return True
    page = folded(html[:_MAX_READ]).replace(" ", "")
    return len(name) >= 4 and (old in page or name.replace("-", "") in page.replace("-", ""))
