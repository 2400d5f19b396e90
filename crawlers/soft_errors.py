"""Error pages that claim to be pages: "not found", said with HTTP 200 (pure).

No request is spent on probing with made-up addresses. An error page says so in its title or in
the little that is new on it, in one of the languages below; and one that says nothing of the kind,
such as the start page served for whatever is asked, is caught as a repeat (`crawlers.site_text`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.folding import folded

if TYPE_CHECKING:
    from crawlers.markup import PageMarkup

MAX_WORDS = 80  # an error page that says more than that is an article about errors
_MAX_PIECES, _MAX_SAYING = 300, 300  # of a page; characters of one
_FEW_WORDS = 30  # so few that a saying anywhere among them counts
_FIRST_PIECES, _OF_A_HEADING = 3, 6  # of more words these are looked at; words of each

# One pattern a line, on text in lower case without accents.
_SAYINGS = r"""
    \b(error|fehler|erreur|errore|chyba|fel|feil|fejl|blad|erro|eroare) ?:? ?404\b
    \b404\b.{0,20}\b(error|fehler|erreur|errore|not found|nicht gefunden|seite|page|pagina)\b
    \A(http )?404\b
    \b(page|file|site|url|document|resource|content|product|article)\b.{0,60}\bnot (be )?found\b
    \bnot found\b.{0,20}\b404\b
    ^(the )?(page |file )?not found\b
    ^(seite )?nicht gefunden\b|^introuvable\b|^niet gevonden\b|^nie znaleziono\b|^nenalezeno\b
    ^(no|nao) encontrad|^non trovat|^ikke fun[dn]et\b|^hittades inte\b|^ei loy(dy|tynyt)\b
    ^(whoo+ps|oo+ps|hoppla|hoppsan|oeps|ojej|jejda)\b|^(ops|u+ps|hups) ?[!.…]
    ^(internal )?server error\b|^(application|unexpected|unknown) error\b|^error$|^exception$
    \bfailed to open (stream|no such file)\b|\berror establishing (a )?database connection\b
    \bnothing (was |could be |has been )?found\b
    \b(page|file|document|resource)\b.{0,60}\b(no longer here|is missing)
    \b(page|file|document|resource)\b.{0,60}\b(has been removed|(un|not )available)
    \b(can.?t|cannot|could not|couldn.?t) find\b.{0,40}\b(page|looking for|requested)
    \b(page|content|product)\b.{0,60}\b(does not|doesn.?t|no longer|cannot be|could not be) \w+
    \b(seite|datei|inhalt|produkt|artikel)\b.{0,60}\bnicht (mehr )?(gefunden|vorhanden|verfugbar)
    \b(seite|datei|inhalt|produkt|artikel)\b.{0,60}\bexistiert\b.{0,20}\bnicht\b
    \b(seite|inhalt|angebot|adresse)\b.{0,20}\bgibt es\b.{0,40}\bnicht\b
    \b(seite|datei)\b.{0,60}\b(nicht erreichbar|wurde (geloscht|entfernt|verschoben))
    \b(page|fichier|contenu|produit)\b.{0,60}\b(introuvable|n.?existe (pas|plus))
    \b(page|contenu)\b.{0,60}\bn.?a pas ete trouvee?\b
    \b(page|contenu|fichier)\b.{0,60}\b(n.?est (pas|plus) (disponible|accessible))
    \b(page|contenu|fichier)\b.{0,60}\b(absente?|supprimee?)\b
    \b(pagina|contenido|recurso)\b.{0,60}\b(no (esta )?disponible|ya no existe|eliminad[oa])
    \b(pagina|contenuto|risorsa)\b.{0,60}\b(non (e )?(piu )?disponibile|rimoss[oa])
    \bpagina\b.{0,60}\b(niet (meer )?beschikbaar|is er niet|verwijderd)
    \b(pagina|conteudo)\b.{0,60}\b(nao (esta )?disponivel|removid[oa])
    \b(pod)?stron[ay]\b.{0,60}\b(nie (ma|jest dostepna)|niedostepna|usuniet)|\bnie ma takiej strony
    \b(sidan|sida)\b.{0,60}\b(saknas|(ar )?inte tillganglig|tagits bort)
    \b(siden|side)\b.{0,60}\b(mangler|(er )?ikke tilgaengelig|(er )?ikke tilgjengelig|slettet)
    \bsivua\b.{0,40}\bei (ole|voida)
    \bstranka\b.{0,60}\b(neni (k dispozici|dostupna)|nie je (k dispozicii|dostupna))
    \boldal\b.{0,60}\bnem (letezik|elerheto)
    \bpagina\b.{0,60}\bnu (mai )?este disponibila
    \bsayfa\b.{0,40}\b(yok|kaldirildi)\b
    \bpagina\b.{0,60}\b(no (fue |ha sido )?encontrad|no existe|no disponible)
    \bpagina\b.{0,60}\b(non (e stata )?trovata|non esiste|inesistente)
    \bpagina\b.{0,60}\b(niet gevonden|bestaat niet|kon niet worden gevonden)
    \bpagina\b.{0,60}\b(nao (foi )?encontrad|nao existe)
    \bpagina\b.{0,60}\b(nu (a fost|exista)|inexistenta)
    \bstron[ay]\b.{0,60}\b(nie (zostala |zostal )?(znalezion|istnieje)|nie znaleziono)
    \bnie znaleziono\b.{0,20}\bstron
    \b(sidan|sida)\b.{0,60}\b(hittades inte|finns inte|kunde inte hittas)
    \b(siden|side)\b.{0,60}\b(ikke fundet|ikke funnet|finnes ikke|findes ikke|blev ikke fundet)
    \bsivua\b.{0,40}\bei (loydy|loytynyt)
    \bstranka\b.{0,60}\b(nenalezena|neexistuje|nebyla nalezena)
    \baz? oldal\b.{0,60}\bnem talalhato
    \bstranka\b.{0,60}\b(nenajdena|sa nenasla|nebola najdena|ne obstaja|ni bila najdena)
    \bstran\b.{0,60}\b(ne obstaja|ni (bila )?najdena)
    \bstranica\b.{0,60}\b(nije (pronadena|dostupna)|ne postoji|ni bila najdena)
    \b(sayfa|icerik)\b.{0,60}\b(bulunamad|bulunmuyor|mevcut degil)
    \b(lapa|lappuse)\b.{0,60}\b(nav atrast|netika atrast|neeksiste)
    \bpuslapis\b.{0,60}\b(nerastas|neegzistuoja|nebuvo rastas)
    \b(lehte|lehekulge)\b.{0,60}\bei (leitud|leita|eksisteeri)
    \bsidan\b.{0,60}\b(fannst ekki|er ekki til)
    \bpagina\b.{0,60}\bno (s.ha )?trobad
    \bpaxina\b.{0,60}\bnon (foi )?(atopada|existe)
    \borria\b.{0,60}\bez da (aurkitu|existitzen)
    \bfaqja\b.{0,60}\bnuk (u gjet|ekziston)
    \b(ni bhfuarthas|nior aimsiodh)\b.{0,40}\bleathanach
    \bpagna\b.{0,60}\bma nstabitx
"""
# The same where letters are not Latin, on text in lower case.
_SAYINGS_BEYOND_LATIN = r"""
    \b(σελίδα|σελιδα)\b.{0,60}\bδεν (βρέθηκε|βρεθηκε|υπάρχει|υπαρχει)
    \bδεν βρέθηκε\b.{0,40}\bσελίδα
    \bстраницата\b.{0,60}\bне (е намерена|съществува|беше намерена)
    \bстраница\b.{0,60}\bне (найдена|существует)
    \bсторінк[уа]\b.{0,60}\bне (знайдено|знайдена|існує)
    \bстраница\b.{0,60}\bније (пронађена|нађена)
    ページ.{0,30}(見つかりません|存在しません|ありません)
    (页面|网页|頁面|網頁).{0,20}(不存在|未找到|找不到|没有找到)
    페이지.{0,20}(찾을 수 없|존재하지)
    الصفحة.{0,40}(غير موجودة|لم يتم العثور)
    (הדף|העמוד).{0,40}(לא נמצא|אינו קיים)
"""
_FLAGS = re.MULTILINE | re.DOTALL  # a piece of a page stands on each line
_AT_WORD = r"\b"


def _any_of(sayings: str) -> str:
    """Return one pattern of several, of which most are tried at the beginning of a word only."""
    lines = [line.strip() for line in sayings.strip().splitlines()]
    at_word = [line.removeprefix(_AT_WORD) for line in lines if line.startswith(_AT_WORD)]
    others = [line for line in lines if not line.startswith(_AT_WORD)]
    return "|".join([f"{_AT_WORD}(?:{'|'.join(at_word)})", *others])


_SAYS = re.compile(_any_of(_SAYINGS), _FLAGS)
_SAYS_BEYOND_LATIN = re.compile(_any_of(_SAYINGS_BEYOND_LATIN), _FLAGS)


def says_not_found(title: str, new_text: str, *, n_words: int) -> bool:
    """Tell whether a page that was answered with success says that there is no such page.

    Args:
        title: Of the page.
        new_text: What stands on it and on no page before, a piece on each line.
        n_words: Of that text.
    """
    if n_words > MAX_WORDS:
        return False
    if _says(title[:300]):
        return True
    if n_words <= _FEW_WORDS:
        return _says(new_text[:1000])
    first = new_text[:1000].split("\n")[:_FIRST_PIECES]
    return _says("\n".join(line for line in first if line.count(" ") < _OF_A_HEADING))


def sayings_on(page: PageMarkup) -> set[int]:
    """Return the marks of those pieces of a page, new to its website, that say so.

    Args:
        page: Cut at its tags; one that says that there is no such page.
    """
    return {
        page.marks[place]
        for place in page.fresh[:_MAX_PIECES]
        if _says(page.parts[place].partition(">")[2][:_MAX_SAYING].strip())
    }


def _says(text: str) -> bool:
    if _SAYS.search(folded(text)):
        return True
    return not text.isascii() and bool(_SAYS_BEYOND_LATIN.search(text.lower()))
