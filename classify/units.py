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
    from collections.abc import Iterable, Mapping, Sequence

    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import Passage
    from storage.records.stage import ProgressListener


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
