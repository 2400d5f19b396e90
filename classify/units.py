"""What a unit is judged by: its passages, their vectors and its language."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from classify.embedding import matrix_of
from classify.passages import PASSAGE_RULE, choose_passages, passages_of_text
from classify.unit_text import UnitText
from storage.tables.assessment import load_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import Passage
    from storage.records.stage import ProgressListener

_FEWEST_A_BATCH = 32
_MOST_BATCHES = 512
_MOST_DECISIONS = 16_384  # of a batch: what memory holds of it grows with them


def in_batches(keys: Sequence[str], n_sectors: int = 1) -> Iterator[list[str]]:
    """Give units in batches, in their order.

    What a batch needs is looked for in tables that grow with the wave: batches of a fixed size
    would take a time that grows with its square. So there are at most 512 of them, unless so many
    units times sectors would be too much to hold at once.

    Args:
        keys: Of the units.
        n_sectors: That are worked on together.
    """
    most = max(_FEWEST_A_BATCH, _MOST_DECISIONS // max(n_sectors, 1))
    size = min(max(_FEWEST_A_BATCH, -(-len(keys) // _MOST_BATCHES)), most)
    for start in range(0, len(keys), size):
        yield list(keys[start : start + size])


def read_websites(
    store: Store, wave: str, websites: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Passage, ...]]:
    """Return the passages of subjects that lie on websites.

    Args:
        store: The work database.
        wave: Whose crawl is read.
        websites: Subject -> its websites.

    Returns:
        Subject -> passages; a subject without any text is absent.
    """
    documents = load_documents(store, wave, {url for urls in websites.values() for url in urls})
    found = {
        key: choose_passages([page for url in urls for page in documents.get(url, ())])
        for key, urls in websites.items()
    }
    return {key: passages for key, passages in found.items() if passages}


def read_text(text: str, language: str) -> tuple[Passage, ...]:
    """Return the passages of a labelled text."""
    return passages_of_text(text, language or "und")


def embed_units(
    passages: Mapping[str, tuple[Passage, ...]],
    workbench: Workbench,
    progress: ProgressListener,
) -> list[UnitText]:
    """Return subjects with the vectors of their passages, in the order given."""
    found = workbench.embed((p for chosen in passages.values() for p in chosen), progress)
    return [
        UnitText(
            key=key,
            passages=chosen,
            vectors=matrix_of(chosen, found),
            language=main_language(chosen),
        )
        for key, chosen in passages.items()
    ]


def main_language(passages: Iterable[Passage]) -> str:
    """Return the language of most passages; of equals the one that comes first."""
    return Counter(passage.language for passage in passages).most_common(1)[0][0]


def input_digest(*parts: str) -> str:
    """Return ``sha256:<hex>`` of what a prediction is made from, the passage rule included."""
    joined = "\x1f".join((PASSAGE_RULE, *parts))
    return f"sha256:{hashlib.sha256(joined.encode('utf-8')).hexdigest()}"
