"""NACE suggestions for the units of a wave, held against the register's codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classify.activity import METHOD_VERSION, ActivityScores, score_divisions
from classify.activity_titles import read_titles
from classify.embedding import matrix_of
from classify.one_thread import one_thread
from classify.passages import passage_of
from classify.units import embed_units, in_batches, read_websites
from storage.errors import NotReady
from storage.records.stage import no_progress
from storage.tables.activity import load_register_codes, replace_suggestions
from storage.tables.assessment import load_assessable

if TYPE_CHECKING:
    import numpy.typing as npt

    from classify.activity_titles import ActivityTitle
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener

TOP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The likeliest divisions of a unit, one row each.

    Attributes:
        rank: 1 is the likeliest.
        score: 0-1; all divisions of a unit add up to 1.
        section_score: Of the section, all its divisions together.
        register_division: Empty where the register holds no code of the classification.
        register_score: Of the register's division; None where there is none.
        basis: ``titles``, or ``titles_and_register``.
    """

    unit_id: str
    rank: int
    section: str
    division: str
    score: float
    section_score: float
    register_division: str
    register_score: float | None
    basis: str
    method_version: str = METHOD_VERSION


@one_thread
def suggest_activities(
    store: Store,
    wave: str,
    workbench: Workbench,
    *,
    classification: str,
    progress: ProgressListener = no_progress,
) -> list[Suggestion]:
    """Suggest NACE divisions for every unit that has text, and keep them in the work database.

    Args:
        store: The work database; what stood of the wave is replaced.
        wave: The wave.
        workbench: Embedder and vectors.
        classification: ``NACE_R2`` or ``NACE_R21``: the register's own.
        progress: Told of units as stage ``nace``, of new texts as stage ``embed``.

    Raises:
        NotReady: No unit of the wave has text.
        InvalidInput: No titles ship for the classification.
    """
    titles = read_titles(classification)
    unit_ids, vectors, languages = _read_units(store, wave, workbench, progress)
    if not unit_ids:
        raise NotReady(
            f"No unit of wave {wave} has text", f"Run `sectorlens run --wave {wave}` first."
        )
    codes = load_register_codes(store, wave)
    coded = [codes[unit][:2] for unit in unit_ids]
    scores = score_divisions(
        vectors,
        languages,
        coded,
        titles=(titles, _embed_titles(titles, workbench, progress)),
        seed=workbench.seed,
    )
    section_of = {title.division: title.section for title in titles}
    found = [
        suggestion
        for place, unit in enumerate(unit_ids)
        for suggestion in _suggestions(unit, coded[place], scores, place, section_of)
    ]
    names = Suggestion.__dataclass_fields__
    replace_suggestions(store, wave, [{n: getattr(one, n) for n in names} for one in found])
    return found


def _read_units(
    store: Store, wave: str, workbench: Workbench, progress: ProgressListener
) -> tuple[list[str], npt.NDArray[np.float64], list[str]]:
    websites = {
        unit: tuple(url for url, _ in listed)
        for unit, listed in load_assessable(store, wave).items()
    }
    waiting = list(websites)
    unit_ids: list[str] = []
    means: list[npt.NDArray[np.float64]] = []
    languages: list[str] = []
    done = 0
    for batch in in_batches(waiting):
        chosen = {unit: websites[unit] for unit in batch}
        for unit in embed_units(read_websites(store, wave, chosen), workbench, progress):
            unit_ids.append(unit.key)
            means.append(unit.vectors.mean(axis=0))
            languages.append(unit.language)
        done += len(batch)
        progress("nace", done, len(waiting))
    return unit_ids, np.array(means), languages


def _embed_titles(
    titles: list[ActivityTitle], workbench: Workbench, progress: ProgressListener
) -> npt.NDArray[np.float64]:
    passages = [passage_of(title.title, "", title.language) for title in titles]
    return matrix_of(passages, workbench.embed(passages, progress))


def _suggestions(
    unit: str, coded: str, scores: ActivityScores, place: int, section_of: dict[str, str]
) -> list[Suggestion]:
    own = scores.score[place]
    sections: dict[str, float] = {}
    for division, score in zip(scores.divisions, own, strict=True):
        section = section_of[division]
        sections[section] = sections.get(section, 0.0) + float(score)
    by_division = dict(zip(scores.divisions, own.tolist(), strict=True))
    order = sorted(by_division, key=lambda division: (-by_division[division], division))
    return [
        Suggestion(
            unit_id=unit,
            rank=rank,
            section=section_of[division],
            division=division,
            score=by_division[division],
            section_score=sections[section_of[division]],
            register_division=coded if coded in by_division else "",
            register_score=by_division.get(coded),
            basis=scores.basis,
        )
        for rank, division in enumerate(order[:TOP], start=1)
    ]
