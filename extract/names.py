"""Company names as they can be compared: folded, with the legal form taken off."""

from __future__ import annotations

import re
import unicodedata

# Legal forms as they read after folding; longest first when matched. Sources: the national
# company laws' usual abbreviations (ISO 20275 lists them all; these are the common ones).
_LEGAL_FORMS = """
gmbh co kg|gmbh co ohg|ug haftungsbeschrankt co kg|ug haftungsbeschrankt|gmbh co kgaa|gmbh|ggmbh|mbh|ag co kg|ag|kgaa|kg|ohg|gbr|ek|ev|eg|ug
se co kgaa|se|partg mbb|partgmbb|partg|ges mbh|gesmbh|og|eu
gesellschaft mit beschrankter haftung|aktiengesellschaft|kommanditgesellschaft
sarl|sasu|sas|eurl|snc|sci|scop|selarl|scp|sca|sa|ei|eirl|societe anonyme|societe a responsabilite limitee
srl unipersonale|srls|srl|spa|sapa|sas di|snc di|scarl|scrl|societa cooperativa|soc coop
societa a responsabilita limitata|societa per azioni|ditta individuale
bvba|bv|nv|vof|cv|cvba|eenmanszaak|besloten vennootschap|commv|comm v|vzw|asbl|srl asbl
slu|sll|slne|sl|sau|s coop|sociedad limitada|sociedad anonima|cb
lda|unipessoal lda|unipessoal|sociedade unipessoal lda|ltda|eireli|me|mei|epp
sp z oo sp k|sp z oo|sp zoo|sp k|sp j|sp p|sa sp k|spolka z oo|spolka z ograniczona odpowiedzialnoscia
spolka akcyjna|psa
sro|spol sro|as|vos|zs|kft|zrt|nyrt|bt|rt|doo|jdoo|dd|dno|sp|ood|eood|ad|ead|et|oyj|oy|ky|tmi|ab|hb
aps|a s|asa|is|ivs|ans|da|enk|ehf|hf|ou|uab|mb|sia|ik|as sia|pfa|ii|sc srl
ae|epe|ike|oe|limited liability company|public limited company
limited liability partnership|limited partnership|private limited|pvt ltd|pty ltd|ltd|limited|llc|llp|lp|inc|incorporated
corp|corporation|company limited|co ltd|plc|cic|cyf|company|co|dac|clg|teo|pte ltd|pte|sdn bhd|ooo|oao|zao|pao|ip
"""
_FORMS = sorted(
    {tuple(form.split()) for form in re.split(r"[|\n]", _LEGAL_FORMS) if form.strip()},
    key=lambda form: (-len(form), form),
)
# As they are written after a name in running text; only those that are not also plain words.
_WRITTEN_FORM = (
    r"(?:g?GmbH(?:\s*&\s*Co\.?\s*(?:KG|OHG|KGaA))?|UG(?:\s*\(haftungsbeschränkt\))|AG|KGaA|KG|OHG|GbR|e\.\s?K\.|e\.\s?U\."
    r"|e\.\s?V\.|eG|SE|PartG(?:\s?mbB)?|Ges\.?\s?m\.?\s?b\.?\s?H\.?|SARL|S\.A\.R\.L\.|SASU|SAS|S\.A\.S\.|EURL|SNC|S\.A\.|SA"
    r"|S\.?r\.?l\.?s?\.?|S\.?R\.?L\.?S?\.?|S\.?p\.?A\.?|S\.n\.c\.|s\.a\.s\.|B\.?V\.?B\.?A\.?|B\.?V\.?|N\.?V\.?|V\.?O\.?F\.?|v\.o\.f\.|CommV"
    r"|S\.?L\.?U\.?|S\.?L\.?|Lda\.?|Unipessoal|Ltda\.?|Sp\.?\s?z\s?o\.\s?o\.|sp\.?\s?k\.|spol\.\s?s\s?r\.\s?o\.|s\.\s?r\.\s?o\.|a\.\s?s\."
    r"|Kft\.?|Zrt\.?|Nyrt\.?|d\.\s?o\.\s?o\.|EOOD|OOD|ЕООД|ООД|ООО|ОАО|Oyj?|AB|ApS|A/S|ASA|AS|ehf\.?|OÜ|UAB|SIA"
    r"|(?:Pty\s|Pvt\.?\s|Co\.?,?\s)?Ltd\.?|Limited|LLC|L\.L\.C\.|LLP|Inc\.?|Corp\.?|PLC|plc|CIC|Pte\.?(?:\sLtd\.?)?)"
)
_NAME_WORD = r"[A-ZÀ-ÖØ-ÞĀ-ŽА-Я0-9][\w&.'’+\-]*"
_JOINING = r"(?:&|\+|und|and|et|e|y|en|i|of|de|di|van|der|the|du|des|da|do|für|for|voor)"
_NAMED_COMPANY = re.compile(
    rf"(?<![\w.])({_NAME_WORD}(?:[ \t]+(?:{_NAME_WORD}|{_JOINING})){{0,5}}?),?[ \t]+{_WRITTEN_FORM}(?![\w])"
)
_ABBREVIATION = re.compile(r"\b(?:\w\.\s?){2,}")
_SLASHED = re.compile(r"\b(\w)/(\w)\b")
_NOT_WORD = re.compile(r"[^\w]+|_")
_DIGRAPHS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o", "ı": "i", "þ": "t"})
# Transliterated umlauts, so that Mueller meets Müller; the fold is applied to both sides.
_TRANSLITERATED = re.compile(r"([aou])e")
_MOST_NAMES = 200


def fold(text: str) -> str:
    """Return words in lower case without accents or punctuation, parted by single spaces.

    Abbreviations with points become one word (``S.r.l.`` → ``srl``), and ``ae oe ue`` fold to
    ``a o u``, as do the umlauts they stand for.
    """
    joined = _ABBREVIATION.sub(lambda match: re.sub(r"[.\s]", "", match.group()) + " ", text)
    joined = _SLASHED.sub(r"\1\2", joined).casefold()
    plain = unicodedata.normalize("NFKD", joined).translate(_DIGRAPHS)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = " ".join(_NOT_WORD.sub(" ", plain).split())
    return _TRANSLITERATED.sub(r"\1", words)


def without_legal_form(folded: str) -> str:
    """Take legal forms off the end, and one off the beginning, of a folded name.

    A name that is nothing but a legal form is left as it is.
    """
    words = folded.split()
    shortened = True
    while shortened:
        shortened = False
        for form in _FORMS:
            size = len(form)
            if size < len(words) and tuple(words[-size:]) == form:
                words, shortened = words[:-size], True
                break
    for form in _FORMS:
        size = len(form)
        if size < len(words) and len("".join(form)) >= 3 and tuple(words[:size]) == form:
            words = words[size:]
            break
    while len(words) > 1 and words[-1] in _CONNECTIVES:
        words.pop()
    return " ".join(words)


_CONNECTIVES = frozenset("and und et e y en i co di de the".split())


def named_companies(text: str) -> frozenset[str]:
    """Return the names that stand before a legal form in running text, folded, without the form.

    Args:
        text: As displayed, with its letter case; lines part names.
    """
    names: set[str] = set()
    for match in _NAMED_COMPANY.finditer(text):
        name = without_legal_form(fold(match.group(1)))
        if len(name) > 2:
            names.add(name)
        if len(names) >= _MOST_NAMES:
            break
    return frozenset(names)
