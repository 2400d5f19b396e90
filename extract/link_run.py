"""The stage that judges whose website each one is."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from extract.archived import WEBSITES_AT_ONCE
from extract.link_method import METHOD_VERSION
from storage.records.stage import StageReport, no_progress
from storage.tables import text as tables
from storage.tables.reuse import reuse_links

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.archived import ArchivedBody
    from storage.database import Store
    from storage.records.stage import ProgressListener
    from storage.tables.text import PendingLink


def link_websites(
    store: Store,
    wave: str,
    *,
    read_page: Callable[[str, int], ArchivedBody],
    progress: ProgressListener = no_progress,
) -> StageReport:
    """Judge for every unit × website with text how surely the website is the unit's.

    Phones, addresses and names found are compared in memory; only agreement is stored. Where
    neither the website nor what the register says of the unit has changed, the judgement of an
    earlier wave is taken over.

    Args:
        store: Work database; `extract_documents` has run.
        wave: Wave name.
        read_page: Gives the page at (archive file, offset in bytes).
        progress: Hears after each website how many pairs are done.

    Returns:
        Report of stage ``link``, of ``unit websites``; rejected are those whose pages clearly
        name another company.
    """
    with store.transaction():
        done: Counter[bool] = Counter(reuse_links(store, wave, METHOD_VERSION))
    reused = done.total()
    pending = tables.pending_links(store, wave, METHOD_VERSION)
    taken = reused + len(pending)
    interrupted = False
    progress("link", reused, taken)
    groups = _grouped_by_website(pending)
    try:
        for start in range(0, len(groups), WEBSITES_AT_ONCE):
            from extract.link_judging import judge_websites  # heavy, and often nothing is due

            batch = groups[start : start + WEBSITES_AT_ONCE]
            pairs = [pair for group in batch for pair in group]
            links = judge_websites(store, wave, batch, read_page)
            with store.transaction():
                digests = [pair.text_digest for pair in pairs]
                tables.insert_links(store, wave, links, text_digests=digests)
            done.update(link.accepted for link in links)
            progress("link", done.total(), taken)
    except KeyboardInterrupt:
        interrupted = True
    return StageReport(
        stage="link",
        of="unit websites",
        taken=taken,
        done=done[True],
        rejected={"not_the_units_website": done[False]} if done[False] else {},
        pending=taken - done.total(),
        interrupted=interrupted,
    )


def _grouped_by_website(pending: Sequence[PendingLink]) -> list[list[PendingLink]]:
    return [list(group) for _, group in groupby(pending, key=lambda pair: pair.website_url)]
