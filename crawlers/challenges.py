"""Pages that ask visitors to prove that they are human instead of giving what was asked for (pure).

They are never answered: who puts one up says no to programs. The rules are narrow, since shops put
the same widgets into their contact forms: a sign that only such a page carries, or little text that
says so beside a widget.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.folding import folded
from crawlers.start_page import visible_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawlers.markup import PageMarkup

_MAX_PAGE = 60_000  # characters; what is longer holds a page
_MAX_LINKS = 30  # a page with more of them is one, whatever it protects
_MAX_TEXT = 600  # characters shown; a page of a website says more

# Headers by which services say that they put a page of their own in the place of the website's.
_HEADERS = (("cf-mitigated", "challenge", "Cloudflare"), ("x-amzn-waf-action", "captcha", "AWS"))
# Marks that stand in no page but such a one; lower case.
_MARKS = (
    ("cf-chl-", "Cloudflare"),
    ("_cf_chl_opt", "Cloudflare"),
    ("captcha-delivery.com/", "DataDome"),
    ("px-captcha", "HUMAN"),
    ("sucuri_cloudproxy_js", "Sucuri"),
    ("/_incapsula_resource", "Imperva"),
    ("awswafcookiedomainlist", "AWS"),
    ("/.within.website/x/cmd/anubis", "Anubis"),
    ("sgcaptcha", "SiteGround"),
)
_WIDGETS = ("captcha", "cf-turnstile", "challenge-platform", "ddos-guard")
# One of them stands in each of the above, in letters that are ASCII.
_SIGNS = tuple(
    sign.encode() for sign in (*_WIDGETS, *(mark for mark, _ in _MARKS if _WIDGETS[0] not in mark))
)
_SAYINGS = re.compile(
    r"(not|no) (a|be a) (robot|bot)|(you are|are you|you're) (a )?human|verif\w+ (that )?you"
    r"|security check|checking your browser|unusual traffic|please (complete|solve)"
    r"|(kein|ein) (roboter|bot|mensch)|sicherheitsuberprufung|pas un robot|etes humain"
    r"|no (soy|eres) un robot|non sono un robot|geen robot|nie jestem robotem|captcha"
)

# What a page that leads nowhere says to nobody but who is taken for a program; no widget is needed.
_FEW_LINKS, _SMALL_PAGE = 3, 20_000
_PLAIN_SAYINGS = re.compile(
    r"(confirm|prove|verify|verifying|making sure|checking) (that )?(you are|you.?re)"
    r" ((a )?human|not a (ro)?bot)"
    r"|made us think (that )?you (were|are|might be) a (ro)?bot"
    r"|your request is being verified|verifying your browser|verify that you are not a (ro)?bot"
    r"|checking (your browser before|if the site connection is secure)"
    r"|browser is (currently )?establishing a secure connection"
    r"|security verification (is )?in progress|verification de securite en cours"
    r"|sicherheitsuberprufung (lauft|wird)|verificacion de seguridad en curso"
    r"|verifica di sicurezza in corso|beveiligingscontrole wordt uitgevoerd"
    r"|(bestatigen|beweisen|zeigen) sie( bitte)?,? dass sie (ein mensch|kein (ro)?bot)"
    r"|(prouve[rz]|confirme[rz]|verifie[rz]|montre[rz]) que vous (etes (un )?(etre )?humain"
    r"|n.?etes pas un robot)"
    r"|(confirm|demuestr|verifi)\w{1,6} que (eres|es|usted es|no eres|no es) (un )?(human|robot)"
    r"|(conferm|dimostr|verific)\w{1,5} (che (sei|non sei|lei e)|di (non )?essere) (un )?(essere )?"
    r"(uman|robot)|(bevestig|bewijs|toon aan) dat (u|je) (een mens|geen robot)"
    r"|(confirme|prove|verifique) que (e|voce e|nao e) (um )?(ser )?(human|robo)"
    r"|(potwierdz|udowodnij),? ze (jestes czlowiekiem|nie jestes robotem)"
    r"|(bekrafta|bevisa|bekraeft|bekreft|bevis) (att|at) du (ar|er) (en )?(manniska|menneske)"
)
# Nothing to read, but a cookie that only a script can set, and the same address once more.
_COOKIE_BY_SCRIPT = re.compile(r"\bdocument\.cookie\s{0,9}=")
_COMES_AGAIN = re.compile(
    r"\blocation\.reload\s{0,9}\(|\blocation(?:\.href)?\s{0,9}=\s{0,9}(?:\w{1,20}\.)?location\b"
)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,200})", re.IGNORECASE)


def challenge(status: int, header: Callable[[str], str], page: PageMarkup) -> str:
    """Return whose challenge stands in the place of a page; empty where none does.

    Args:
        status: HTTP status code.
        header: Gives the first header of a name, empty where there is none.
        page: The body decoded, cut at its tags.
    """
    for name, value, service in _HEADERS:
        if value in header(name).lower():
            return service
    html = page.html
    n_links = len([element for _, element in page.elements if element.name == "a"])
    if len(html) > _MAX_PAGE or n_links > _MAX_LINKS:
        return ""
    is_little = n_links <= _FEW_LINKS and len(html) <= _SMALL_PAGE
    has_sign = page.holds_one_of(_SIGNS)
    if not (has_sign or is_little) or len(text := folded(visible_text(html))) > _MAX_TEXT:
        return ""
    if not has_sign:
        return _told_by_little(html, text)
    low = html.lower()
    if service := next((service for mark, service in _MARKS if mark in low), ""):
        return service
    has_menu = status in {200, 202} and low.count("<a ") > 5  # a website with a protected form
    has_widget = any(widget in low for widget in _WIDGETS)
    is_asked = has_widget and (_SAYINGS.search(text) or (is_little and _says_so(html, text)))
    return "a captcha" if is_asked and not has_menu else ""


def _told_by_little(html: str, text: str) -> str:
    """Return what shows that a small page without a sign is a challenge; empty where nothing."""
    if not text and _COOKIE_BY_SCRIPT.search(html) and _COMES_AGAIN.search(html):
        return "a cookie set by a script"
    return "a page that says so" if _says_so(html, text) else ""


def _says_so(html: str, text: str) -> bool:
    title = _TITLE.search(html)
    return bool(_PLAIN_SAYINGS.search(text) or (title and _PLAIN_SAYINGS.search(folded(title[1]))))
