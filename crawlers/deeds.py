"""Addresses that do something when they are asked for, as addresses should not (pure).

And those of a shop's machinery, which say nothing of whose shop it is.

Baskets, log-outs, votes, the hand that deletes: whoever follows such a link changes what is not
theirs. Names are looked for as whole parts of an address only, as no page about these things is
called; those that a page might be called by, only beside the number or parameter of a thing.
"""

from __future__ import annotations

import re

_BY_PATH = re.compile(
    r"/(?:(?:log|sign)[-_]?(?:out|off)|abmelden|ausloggen|deconnexion|cerrar-sesion|uitloggen"
    r"|wyloguj|unsubscribe|abbestellen|(?:add|remove)[-_]?(?:to|from)[-_]?"
    r"(?:cart|basket|wishlist|compare)|(?:delete|destroy|loeschen|supprimer|eliminar)"
    r"(?:[-_]?(?:account|comment|entry|file|item|page|post|user))?)(?=[/;]|\.\w{1,5}$|$)",
    re.IGNORECASE,
)
_WITH_A_THING = re.compile(
    r"/(?:remove|trash|edit|cancel|approve|reject|report-abuse|(?:up|down)?vote|(?:un)?like"
    r"|(?:un)?follow|subscribe|add)(?=[/;]|\.\w{1,5}$|$)",
    re.IGNORECASE,
)
_WITH_A_PARAMETER = re.compile(r"/(?:rate|rating|flag|bookmark)(?:\.\w{1,5})?$", re.IGNORECASE)
# What baskets, tills, accounts and programmes' interfaces stand under; they say nothing of whose
# they are.
_MACHINERY = re.compile(
    r"/(?:(?:shopping[-_]?)?(?:cart|basket|bag)|check-?out|warenkorb|kasse|panier|caisse|carrito"
    r"|carrello|cassa|winkel(?:wagen|mand(?:je)?)|afrekenen|koszyk|carrinho|kosik|nakupni-kosik"
    r"|varukorg|indkobskurv|handlekurv|ostoskori|kosar|cos-de-cumparaturi"
    r"|(?:my|mein|mon)[-_]?(?:account|konto|compte)|(?:forgot|lost|reset)[-_]?password"
    r"|passwort[-_]vergessen|wp-login|wp-admin|log-?in|sign-?(?:in|up)|anmelden"
    r"|feed|rss2?|atom|trackback|wp-json|xmlrpc)(?:\.(?:html?|php\d?|aspx?|jsp))?/?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"/\d+(?=/|$)")
_THING_IN_QUERY = re.compile(
    r"&(?:\w{0,20}id|item|product|sku|list|user|post|comment|no|nr)=[^&]", re.IGNORECASE
)
_BASKET = re.compile(r"/(?:cart|basket|warenkorb|panier|carrito|wishlist)[^/]{0,5}/?$", re.I)
_BY_QUERY = re.compile(  # with an ampersand before each parameter
    r"&(?:(?:add[-_]?to[-_]?(?:cart|basket|wishlist|compare)|remove_item|replytocom|log-?out"
    r"|unsubscribe|delete|vote|oldid|redlink|veaction)="
    r"|(?:action|act|do|task|cmd|op|cart)=(?:add(?:to\w+)?|buy|delete"
    r"|remove|trash|vote|log-?out|unsubscribe|edit|history|purge|rollback|revert|(?:un)?watch"
    r"|submit|revisions|backlink|export_\w+)(?![a-z\d])|mode=(?:reply|quote|post|edit|login)(?![a-z]))",
    re.IGNORECASE,
)
# Pages that a wiki's programme makes of its own.
_OF_A_WIKI = re.compile(
    r"(?:/|(?:^|&)title=)(?:special|spezial|especial|speciale|sp%c3%a9cial|specjalna|speciaal"
    r"|(?:user|benutzer|utilisateur|utente|gebruiker)(?:[_ ]?(?:talk|diskussion))?|talk|diskussion"
    r"|discussion|discussione|overleg|dyskusja)(?::|%3a)"
    r"|/bin/(?:attach|changes|edit|history|manage|oops|preview|r?diff|rename|save|upload)(?:/|$)",
    re.IGNORECASE,
)


def does_something(path: str, query: str) -> bool:
    """Tell whether an address is made to change something.

    Args:
        path: Of a tidy URL.
        query: Of it; may be empty.
    """
    if _BY_PATH.search(path) or (query and _BY_QUERY.search(f"&{query}")):
        return True
    if _OF_A_WIKI.search(path) or (query and _OF_A_WIKI.search(query)):
        return True
    if query and _BASKET.search(path) and "&add" in f"&{query}":
        return True
    if query and _WITH_A_PARAMETER.search(path) and _THING_IN_QUERY.search(f"&{query}"):
        return True
    if not _WITH_A_THING.search(path):
        return False
    return bool(_NUMBER.search(path) or (query and _THING_IN_QUERY.search(f"&{query}")))


def is_machinery(path: str) -> bool:
    """Tell whether an address is a basket, a till, an account, a log-in or a feed by its last name.

    Args:
        path: Of a tidy URL.
    """
    return _MACHINERY.search(path) is not None
