"""Placeholder text, cut out of a passage that holds text of its own beside it (pure).

Templates are filled in piece by piece: a list of services in which one description still reads
"Lorem ipsum dolor sit amet" tells the trade all the same.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

_FEWEST_TELLING = 3
# From as much text of its own on a passage is read without its placeholders; less is headings of a
# template.
_FEWEST_OWN_WORDS = 20
_LEAST_OWN_SHARE = 0.4
_LETTERS = re.compile(r"[^\W\d_]+")


def own_text(text: str) -> str | None:
    """Return what is left of a passage without its placeholders; None where that is too little.

    A passage without any comes back as it is.
    """
    telling, found = _words()["telling"], _LETTERS.findall(text.lower())
    if sum(word in telling for word in found) < _FEWEST_TELLING:
        return text
    kept = without_placeholders(text)
    n_words, n_kept = len(text.split()), len(kept.split())
    if n_kept == n_words:
        return text
    enough = n_kept >= _FEWEST_OWN_WORDS and n_kept >= _LEAST_OWN_SHARE * n_words
    return kept if enough else None


def without_placeholders(text: str) -> str:
    """Return the text without its runs of placeholder words, white space made single.

    A run holds three telling words or more and nothing else but passing ones, single strange words
    among them.
    """
    listed, words = _words(), text.split()
    telling, known_words = listed["telling"], listed["telling"] | listed["passing"]
    found = ["".join(_LETTERS.findall(word)).lower() for word in words]
    known = [place for place, word in enumerate(found) if word in known_words]
    dropped: set[int] = set()
    for run in _runs(known):
        if sum(found[place] in telling for place in run) >= _FEWEST_TELLING:
            dropped.update(range(run[0], run[-1] + 1))
    return " ".join(word for place, word in enumerate(words) if place not in dropped)


def _runs(places: list[int]) -> list[list[int]]:
    """Return places that follow one another, at most one left out between two of a run."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place - runs[-1][-1] <= 2:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


@cache
def _words() -> dict[str, frozenset[str]]:
    source = resources.files("classify") / "placeholders.toml"
    read = tomllib.loads(source.read_text(encoding="utf-8"))
    return {kind: frozenset(words) for kind, words in read.items()}
