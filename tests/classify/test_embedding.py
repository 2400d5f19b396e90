from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classify.embedders import hashed
from classify.embedding import SharedSentences, make_rank_compass
from classify.sector import shipped_sectors
from storage.vector_cache import VectorCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


class CountingCache(VectorCache):
    """A cache that keeps how many texts it was asked for, look-up by look-up."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def known(
        self, text_digests: Sequence[str], embedder_digest: str
    ) -> dict[str, npt.NDArray[np.float32]]:
        self.asked.append(len(text_digests))
        return super().known(text_digests, embedder_digest)


def test_what_all_sectors_share_is_looked_up_once() -> None:
    first, second, *_ = shipped_sectors()
    with CountingCache() as cache:
        shared = SharedSentences(hashed.build({}), cache)
        make_rank_compass(first, shared)
        cache.asked.clear()
        found = make_rank_compass(second, shared)
        own = {one.text for one in (*second.inclusions, *second.exclusions)}
        assert cache.asked == [len(own)]
        alone = make_rank_compass(second, SharedSentences(hashed.build({}), cache))
    for part in ("background", "inclusion", "exclusion"):
        assert np.array_equal(getattr(found, part), getattr(alone, part))
