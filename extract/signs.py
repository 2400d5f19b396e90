"""Signs that a page holds no text of a business: parked, in error, or made by scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extract.cleaning import count_words

if TYPE_CHECKING:
    from lxml import html

# A real page may speak of parking or of error 404; a parking or error page says little else.
_LONGEST_PARKING_PAGE = 150  # words
_LONGEST_ERROR_PAGE = 120  # words
_LONGEST_SHELL = 40  # words
_SCRIPT_HEAVY = 2_000  # characters of inline script

_PARKED = re.compile(
    r"domain (?:name )?(?:\S+ )?(?:is|may be|might be) (?:for sale|parked|available for (?:sale|purchase)|reserved)"
    r"|(?:is|this) parked (?:free|domain|page)|(?:buy|purchase|acquire) this domain|inquire about this domain"
    r"|make an offer (?:on|for) this domain|parked (?:free )?courtesy of|domain parking|parking page"
    r"|this (?:web ?site|web page|page|domain) (?:is parked|has (?:just )?been registered|has expired|is for sale)"
    r"|this domain (?:was|has been) (?:recently )?registered|future home of|website coming soon at this domain"
    r"|related (?:searches|links)\b.{0,80}\bprivacy policy|default (?:web ?)?(?:page|site) (?:of|for) (?:this|the) (?:server|domain)"
    r"|apache2? \w* ?default page|welcome to nginx|it works!$|index of /$|iis windows server"
    r"|account (?:has been )?suspended|plesk (?:\w+ )?default page|cpanel default"
    r"|dies(?:e|er) (?:domain|webseite|internetseite)\b.{0,40}(?:zum verkauf|zu verkaufen|geparkt|reserviert|registriert|käuflich)"
    r"|domain (?:\S+ )?(?:steht )?(?:zum verkauf|zu verkaufen|geparkt)|(?:hier entsteht|hier ensteht) eine neue"
    r"|(?:ce|le) (?:nom de )?domaine\b.{0,40}(?:à vendre|en vente|parqué|réservé|est enregistré|a expiré)"
    r"|(?:nom de )?domaine (?:\S+ )?(?:est )?(?:à vendre|en vente|parqué)"
    r"|(?:dit|deze|het) domein(?:naam)?\b.{0,40}(?:te koop|geparkeerd|gereserveerd|geregistreerd)|domein(?:naam)? (?:\S+ )?(?:is )?te koop"
    r"|(?:este|el) dominio\b.{0,40}(?:en venta|a la venta|aparcado|reservado|registrado)|dominio (?:\S+ )?en venta"
    r"|(?:questo|il) dominio\b.{0,40}(?:in vendita|parcheggiato|registrato|scaduto)|dominio (?:\S+ )?in vendita"
    r"|(?:este|o) domínio\b.{0,40}(?:à venda|estacionado|registado|registrado)"
    r"|(?:ta|ten|tę) domen[aęy]\b.{0,40}(?:na sprzedaż|sprzedaż|zaparkowana|zarezerwowana)|domena (?:\S+ )?(?:jest )?(?:na sprzedaż|zaparkowana)"
    r"|(?:doména|domén[ay])\b.{0,40}(?:na prodej|na predaj)|домен\b.{0,40}(?:прода[её]тся|припаркован|зарегистрирован)"
    r"|domän(?:en)?\b.{0,40}till salu|domænet?\b.{0,40}til salg|domenet?\b.{0,40}til salgs|domeniu(?:l)?\b.{0,40}de vânzare",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:error|erreur|fehler|errore|fout|błąd|erro)[ :#]*40[34]\b|\b404\b.{0,40}(?:not found|error|page|seite|pagina|página|strona)"
    r"|^\W*(?:404|403|500|410)\W*$|page (?:can(?:no|')t be found|not found|does(?:n't| not) exist|you (?:are|were) looking for)"
    r"|(?:page|file|site) (?:could|can) ?not be found|nothing (?:was )?found here|403 forbidden|internal server error"
    r"|seite (?:wurde |konnte )?nicht gefunden|seite existiert nicht|page (?:non trouvée|introuvable)|page n'existe pas"
    r"|pagina (?:niet gevonden|bestaat niet|non trovata|nu a fost găsită)|página (?:no encontrada|não encontrada|no existe)"
    r"|strona nie (?:została znaleziona|istnieje)|nie znaleziono strony|sidan (?:kunde inte hittas|hittades inte)"
    r"|siden (?:blev ikke fundet|ble ikke funnet)|sivua ei löyty|stránka nenalezena|страница не найдена",
    re.IGNORECASE | re.MULTILINE,
)
_MOUNT_POINTS = frozenset(
    "root app __next __nuxt ___gatsby svelte main-app react-root app-root application q-app".split()
)
_ASKS_FOR_SCRIPTS = re.compile(
    r"(?:enable|requires?|need|turn on|aktivier\w*|activ\w+|inschakelen|abilita\w*|włącz\w*)"
    r".{0,60}java ?script|java ?script.{0,60}(?:enable|required|disabled|aktivier\w*|activ\w+|activé|ingeschakeld|abilita\w*|włącz\w*)",
    re.IGNORECASE | re.DOTALL,
)


def is_parked(title: str, text: str) -> bool:
    """Tell whether a page says that its domain is for sale, reserved or not yet in use."""
    if count_words(text) > _LONGEST_PARKING_PAGE:
        return False
    return bool(_PARKED.search(title) or _PARKED.search(text))


def is_error_page(title: str, text: str) -> bool:
    """Tell whether a page that was answered with success says that there is none (soft 404)."""
    if count_words(text) > _LONGEST_ERROR_PAGE:
        return False
    # The opening alone: a short page may well mention an error further down.
    opening = "\n".join(text.split("\n")[:4])
    return bool(_ERROR.search(title) or _ERROR.search(opening))


def is_script_shell(tree: html.HtmlElement, n_words: int) -> bool:
    """Tell whether a page holds next to no text because scripts are to make it.

    Args:
        tree: The parsed page.
        n_words: Words that could be read without running scripts.
    """
    if n_words >= _LONGEST_SHELL:
        return False
    scripts = list(tree.iter("script"))
    runs = [script for script in scripts if "json" not in (script.get("type") or "")]
    if not runs:
        return False
    if any(
        _is_empty_mount_point(element) for element in tree.iter("div", "main", "body", "section")
    ):
        return True
    if any(_is_custom(element.tag) for element in tree.iter() if isinstance(element.tag, str)):
        return True
    if any(
        _ASKS_FOR_SCRIPTS.search("".join(element.itertext())) for element in tree.iter("noscript")
    ):
        return True
    return n_words < 5 and sum(len(script.text or "") for script in runs) > _SCRIPT_HEAVY


def _is_empty_mount_point(element: html.HtmlElement) -> bool:
    if (element.get("id") or "").lower() not in _MOUNT_POINTS and element.get(
        "data-reactroot"
    ) is None:
        return False
    return count_words(" ".join(element.itertext())) < 5


def _is_custom(tag: str) -> bool:
    # Elements with a hyphen are made by scripts (app-root, flutter-view).
    return "-" in tag and not tag.startswith(("font-", "annotation-", "color-"))
