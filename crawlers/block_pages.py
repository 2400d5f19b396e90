"""Pages by which a firewall says no with HTTP 200: "Access denied", and little else (pure).

Who is refused so is told the same whatever is asked for, each time with another number.
"""

from __future__ import annotations

import re

from crawlers.folding import folded

MAX_TEXT = 600  # characters shown; a page of a website says more
MAX_LINKS = 3

# One pattern a line, on text in lower case without accents, at the start of a title or a page.
_SAYINGS = r"""
    (error:? )?access( to (this|the) \w+)? (is |has been |was )?(denied|blocked|forbidden)
    (error:? )?403:? ?-? ?forbidden\b|forbidden\s*$
    sorry,? you (have been|are|were) blocked
    you (have been|are|were) (blocked|banned|denied)
    your (ip|ip address|access|request)( \S{1,40})? (has been|is|was) (blocked|banned|denied)
    (the |this )?request(ed url)? (was|has been|is) (blocked|rejected|denied)
    (request|connection|web ?page) (blocked|rejected|denied)
    attention required
    (error:? )?(429:? ?-? ?)?too many requests
    (you have |api )?(exceeded (the|your|our) )?rate limit (has been )?(exceeded|reached)
    zu viele anfragen|trop de requetes|demasiadas solicitudes|troppe richieste|te veel verzoeken
    pardon our interruption
    (ihr )?zugriff( auf diese (seite|website))? (wurde )?(verweigert|gesperrt|blockiert)
    acces (refuse|interdit|bloque)
    acceso (denegado|prohibido|bloqueado)
    accesso (negato|vietato|bloccato)
    toegang (geweigerd|verboden|geblokkeerd)
    (odmowa dostepu|dostep (zabroniony|zablokowany))
    acesso (negado|proibido|bloqueado)
    acces (interzis|blocat)
    pristup (byl )?(odepren|zamitnut|zablokovan|odmietnuty|zabranjen)
    (atkomst|adgang|tilgang) (nekad|naegtet|nektet|avslatt)
    paasy (estetty|kielletty)
    hozzaferes megtagadva
    (sorry,? )?(\S+ ){0,4}(not |un)(currently )?available (in|from|for) your (country|region)
    (\S+ ){1,3}ist in (ihrem land|ihrer region) nicht (verfugbar|erreichbar)
    ce (site|contenu) n.est pas (disponible|accessible) dans votre (pays|region)
    (este|nuestro) (sitio|contenido)( web)? no esta disponible en (su|tu) (pais|region)
    (questo|il) (sito|contenuto)( web)? non e disponibile nel (tuo|suo|vostro) paese
"""
_SAYS = re.compile(
    r"\s*(?:" + "|".join(line.strip() for line in _SAYINGS.strip().splitlines()) + ")"
)


def says_blocked(text: str) -> bool:
    """Tell whether a title, or the beginning of a short text, says that one is not let in.

    Args:
        text: As it stands.
    """
    return _SAYS.match(folded(text[:300])) is not None
