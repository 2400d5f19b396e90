"""What to label next: likely positives, doubtful cases and strangers, none twice over.

Positives of a rare sector are the scarce good: at 1 % prevalence a hundred labels drawn at random
hold one. So half of a batch are the units ranked highest that nobody has labelled; the rest are
those nearest the threshold, where a label moves the boundary most (Lewis and Gale 1994), and those
least like anything labelled or chosen so far (k-centre, Sener and Savarese 2018). Such labels
train; they are no sample, and never measure.

A good definition ranks so well that hardly an inactive unit is among the likely ones, and a model
needs ten. While they are missing, up to half of a batch are strangers: of a rare sector nearly all
of these are inactive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classify.embedder import unit_rows
from classify.label_shares import FEWEST_INACTIVE
from classify.one_thread import one_thread
from classify.training_set import collect_training_set
from classify.units import embed_units, read_websites
from storage.errors import NotReady
from storage.records.stage import no_progress
from storage.tables.assessment import load_assessable, load_drawn_units, load_scores
from storage.tables.explanation import load_archived_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener

    Array = npt.NDArray[np.float64]

REASONS = ("likely active", "near the threshold", "unlike what is labelled")
_TWIN = 0.995  # cosine of mean vectors from which two websites are taken for copies
_POOL = 20  # candidates looked at for each unit asked for
_FEWEST_POOL = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A unit proposed for labelling.

    Attributes:
        score: Probability, or nearness to the definition where there is no model (0-1).
        reason: One of `REASONS`.
        passage: What it is most likely judged by, to begin reading with.
        passage_url: Of the page that it stands on.
        page_digest: Of that page as it was crawled; empty where it is not kept.
        guideline: Version of the definition that the coder is to work by.
    """

    unit_id: str
    website_url: str
    score: float
    reason: str
    passage: str
    passage_url: str
    page_digest: str
    guideline: str


@one_thread
def suggest_labels(
    store: Store,
    wave: str,
    sector: str,
    workbench: Workbench,
    *,
    size: int,
    progress: ProgressListener = no_progress,
) -> list[Candidate]:
    """Return units to label next, those that teach most first.

    Units whose website is labelled for the sector, or that an audit of it drew, are left out.

    Raises:
        NotReady: The wave's units have no scores for the sector yet.
    """
    scores = load_scores(store, wave, sector)
    if not scores:
        raise NotReady(
            f"No unit has a score for {sector!r} in wave {wave!r}",
            f"Run `sectorlens classify run --wave {wave} --sector {sector}` first.",
        )
    websites = {
        unit_id: tuple(url for url, _ in accepted)
        for unit_id, accepted in load_assessable(store, wave).items()
    }
    learnt = collect_training_set(store, wave, sector)
    known = {url for subject in learnt.answers for url in subject.websites}
    drawn = load_drawn_units(store, sector)
    free = [
        unit_id
        for unit_id in sorted(scores, key=lambda unit_id: (-scores[unit_id][0], unit_id))
        if unit_id in websites and unit_id not in drawn and known.isdisjoint(websites[unit_id])
    ]
    pool = _pool(free, scores, max(_FEWEST_POOL, _POOL * size))
    texts = read_websites(store, wave, {unit_id: websites[unit_id] for unit_id in pool})
    units = embed_units(texts, workbench, progress)
    score = np.array([scores[unit.key][0] for unit in units])
    threshold = next((cut for _, cut in scores.values() if cut is not None), None)
    labelled = [unit_id for unit_id, urls in websites.items() if not known.isdisjoint(urls)]
    seen = embed_units(
        read_websites(store, wave, {unit_id: websites[unit_id] for unit_id in labelled}),
        workbench,
        progress,
    )
    missing = max(0, FEWEST_INACTIVE - learnt.n_negative)
    turns = take_turns(size, decided=threshold is not None, missing_inactive=missing)
    chosen = choose(_means(units), score, threshold, _means(seen), turns) if units else []
    compass = workbench.compass(sector)
    telling = {
        place: units[place].passages[int(compass.towards(units[place].vectors).argmax())]
        for place, _ in chosen
    }
    pages = load_archived_pages(store, wave, [passage.url for passage in telling.values()])
    return [
        Candidate(
            unit_id=units[place].key,
            website_url=websites[units[place].key][0],
            score=float(score[place]),
            reason=reason,
            passage=telling[place].text,
            passage_url=telling[place].url,
            page_digest=page.body_digest if (page := pages.get(telling[place].url)) else "",
            guideline=workbench.definition(sector).version,
        )
        for place, reason in chosen
    ]


def _pool(
    free: Sequence[str], scores: dict[str, tuple[float, float | None]], most: int
) -> list[str]:
    """Return the candidates worth reading: the highest, and a thin sample of all the others."""
    if len(free) <= most:
        return list(free)
    by_doubt = sorted(free, key=lambda unit_id: abs(scores[unit_id][0] - (scores[unit_id][1] or 1)))
    near = by_doubt[: most // 4]
    others = free[:: max(1, len(free) // (most // 4))]
    return list(dict.fromkeys([*free[: most // 2], *near, *others]))


def _means(units: Sequence[UnitText]) -> Array:
    if not units:
        return np.zeros((0, 1))
    return np.stack([unit.vectors.mean(axis=0) for unit in units])


def take_turns(size: int, *, decided: bool, missing_inactive: int) -> list[str]:
    """Return the reason of each place in a batch.

    Half are likely active, a quarter doubtful, a quarter strangers. Before there is a model nothing
    is doubtful: then strangers are as many as inactive labels are missing, from a quarter to half
    of the batch, and the others likely active.

    Args:
        size: Of the batch.
        decided: Whether a model decides.
        missing_inactive: Labels without which there is no model.
    """
    likely, doubtful, stranger = REASONS
    if decided:
        return [(likely, doubtful, likely, stranger)[place % 4] for place in range(size)]
    n = min(max(size // 4, missing_inactive), size // 2)
    return [
        stranger if (place + 1) * n // size > place * n // size else likely for place in range(size)
    ]


def choose(
    means: Array, score: Array, threshold: float | None, labelled: Array, turns: Sequence[str]
) -> list[tuple[int, str]]:
    """Return places and reasons: in each turn the unit that fits it best.

    Near copies of what is chosen already are passed over.

    Args:
        means: float64 (n, dim): mean vectors of the candidates.
        score: float64 (n,), 0-1.
        threshold: From which a unit counts as active, or None.
        labelled: float64 (m, dim): mean vectors of what is labelled.
        turns: By `take_turns`; fewer units are given where there are fewer candidates.
    """
    middle = np.concatenate([means, labelled]).mean(axis=0) if len(labelled) else means.mean(axis=0)
    points = unit_rows(means - middle).astype(np.float64)
    known = unit_rows(labelled - middle).astype(np.float64) if len(labelled) else points[:0]
    nearest = (points @ known.T).max(axis=1) if len(known) else np.full(len(points), -1.0)
    orders = {
        REASONS[0]: np.argsort(-score, kind="stable"),
        REASONS[1]: np.argsort(np.abs(score - (threshold or 0.0)), kind="stable"),
    }
    chosen: list[tuple[int, str]] = []
    taken = np.zeros(len(points), dtype=bool)
    for reason in turns:
        if taken.all():
            break
        order = orders[reason] if reason in orders else np.argsort(nearest, kind="stable")
        place = int(order[~taken[order]][0])
        chosen.append((place, reason))
        closeness = points @ points[place]
        taken |= closeness > _TWIN
        taken[place] = True
        nearest = np.maximum(nearest, closeness)
    return chosen
