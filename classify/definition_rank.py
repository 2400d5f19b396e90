"""How near passages are to a sector's definition, whatever language either is in (pure).

Two texts in one language are nearer to each other than what they say makes them. A definition
written in German would so rank German websites first, whatever they do. What a language adds to a
vector is told by ordinary trades, offered and written about, that say the same in eight languages
(`trades.toml`): the centre of its sentences less that of all. It is taken off passages and
statements alike. A language that the trades are not in keeps what it adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classify.embedder import unit_rows
from classify.features import find_centres

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.features import Centres

    Array = npt.NDArray[np.float64]

# Part of a ranking's digest: raise it when the same vectors give another rank.
RANK_RULE = "2"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CommonPart:
    """What texts share whatever they say.

    Attributes:
        background: float64 (dim,): all texts, as in `score.Compass`.
        centres: Of sentences that say the same in each language.
    """

    background: Array
    centres: Centres

    def take_off(self, vectors: Array, languages: Sequence[str]) -> Array:
        """Return float64 (n, dim), rows of norm 1, without it."""
        added = [self.centres.of(language) - self.centres.overall for language in languages]
        return unit_rows(vectors - (self.background + np.array(added))).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DefinitionRank:
    """What units are ranked by where nothing is labelled.

    Attributes:
        common: Taken off passages and statements alike.
        inclusion: float64 (dim,): mean of the sector's inclusion sentences without it.
    """

    common: CommonPart
    inclusion: Array

    def towards(self, vectors: Array, languages: Sequence[str]) -> Array:
        """Return float64 (n,): similarity of each passage to what the sector includes, -1 to 1."""
        return np.asarray(self.common.take_off(vectors, languages) @ self.inclusion)


def make_definition_rank(
    statements: tuple[Array, Sequence[str]], trades: tuple[Array, Sequence[str]], background: Array
) -> DefinitionRank:
    """Return what a definition ranks by.

    Args:
        statements: float64 (n, dim) and languages of the sector's inclusion sentences.
        trades: The same of sentences that say the same in each language.
        background: float64 (dim,).
    """
    common = CommonPart(background=background, centres=find_centres(*trades))
    return DefinitionRank(common=common, inclusion=common.take_off(*statements).mean(axis=0))
