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
    plain = html.encode("ascii", "ignore").lower()  # bytes: a fifth of the time of letters
    if not any(sign in plain for sign in _SIGNS):
        return ""
    low = html.lower()
    text = folded(visible_text(html))
    if len(text) > _MAX_TEXT:
        return ""
    if service := next((service for mark, service in _MARKS if mark in low), ""):
        return service
    has_menu = status in {200, 202} and low.count("<a ") > 5  # a website with a protected form
    is_asked = any(widget in low for widget in _WIDGETS) and _SAYINGS.search(text)
    return "a captcha" if is_asked and not has_menu else ""
