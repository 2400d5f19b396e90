"""Wordings that offers are told by: what firms say to customers, and what is written about things.

`offers.toml` holds what stands around an activity in either case, `trades.toml` ordinary trades in
few words, both in eight languages.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from classify.prior_texts import is_hinted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from classify.sector import SectorDefinition

OFFER, ABOUT = "offer", "about"
_OTHER = "en"  # around statements in languages that there are no wordings in


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """An ordinary trade in few words.

    Attributes:
        section: Of NACE Rev. 2.
        nace: Its class there.
        said: Language -> what it does.
    """

    section: str
    nace: str
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSentence:
    """A sentence that passages are compared with.

    Attributes:
        group: ``offer`` (of the sector), ``about`` (it), ``excluded``, ``trade`` (its offer) or
            ``about trade``.
        trade: Place in `trades`; -1 for none.
    """

    group: str
    language: str
    text: str
    trade: int = -1


def sector_sentences(definition: SectorDefinition) -> list[OfferSentence]:
    """Return what the definition includes, offered and written about, and what it excludes."""
    told = [
        OfferSentence(group=kind, language=said.language, text=text)
        for said in definition.inclusions
        for kind in (OFFER, ABOUT)
        for text in _around(said.text, kind, said.language)
    ]
    excluded = [
        OfferSentence(group="excluded", language=said.language, text=said.text)
        for said in definition.exclusions
    ]
    return told + excluded


def trade_sentences() -> list[OfferSentence]:
    """Return every trade in every language, offered and written about; wordings take turns."""
    return [
        OfferSentence(
            group=group,
            language=language,
            text=around[(number + place) % len(around)],
            trade=number,
        )
        for number, trade in enumerate(trades())
        for place, (language, said) in enumerate(trade.said.items())
        for kind, group in ((OFFER, "trade"), (ABOUT, "about trade"))
        for around in (_around(said, kind, language),)
    ]


def compared_trades(definition: SectorDefinition, sentences: Iterable[OfferSentence]) -> list[int]:
    """Return the places of the sentences of trades that a sector is compared with.

    Those outside its hints, in the languages that it is defined in (English where there are
    wordings in none of them), so that no language has one side alone.
    """
    outside = {
        number
        for number, trade in enumerate(trades())
        if not is_hinted(definition, section=trade.section, code=trade.nace)
    }
    languages = {said.language for said in definition.inclusions} & set(_frames()) or {_OTHER}
    return [
        place
        for place, sentence in enumerate(sentences)
        if sentence.trade in outside and sentence.language in languages
    ]


def _around(said: str, kind: str, language: str) -> list[str]:
    frames = _frames()
    return [frame.format(said) for frame in frames.get(language, frames[_OTHER])[kind]]


@cache
def _frames() -> dict[str, dict[str, list[str]]]:
    return _read("offers.toml")


@cache
def trades() -> tuple[Trade, ...]:
    """Return the shipped trades, in the order of the file."""
    return tuple(
        Trade(section=read.pop("section"), nace=read.pop("nace"), said=read)
        for read in _read("trades.toml")["trade"]
    )


def _read(name: str) -> dict[str, Any]:
    source = resources.files("classify") / name
    return tomllib.loads(source.read_text(encoding="utf-8"))
