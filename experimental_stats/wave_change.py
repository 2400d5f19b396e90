"""The change of a sector from one wave to a later one, read from the work database and kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from experimental_stats.change import CHANGE_VERSION, WaveTables, estimate_change
from experimental_stats.decomposition import (
    ComponentOfChange,
    UnitState,
    decompose_change,
)
from experimental_stats.departed_units import without_departed
from experimental_stats.disclosure.changed_companies import INSIDE
from experimental_stats.disclosure.found_companies import COUNTED
from experimental_stats.disclosure.linked import ALL
from experimental_stats.earlier_waves import EarlierWaves
from experimental_stats.fieldwork import settled_answers
from experimental_stats.population import (
    CROSSED,
    clean_domains,
    impute_measure,
    in_target_population,
)
from experimental_stats.response_weights import weigh_responses
from experimental_stats.sector_figures import (
    RESERVED,
    SHARE,
    audit_table,
    scored_units,
    what_is_missing,
)
from experimental_stats.vintages import compared_with_earlier
from experimental_stats.withheld_change import withheld_totals
from storage.errors import InvalidInput, NotReady, QualityError
from storage.tables import release as tables
from storage.tables.bridge_decision import load_bridge_decisions
from storage.tables.change import (
    load_break_factor,
    load_hidden_totals,
    load_unit_texts,
    load_units_with_website,
    replace_change,
)
from storage.tables.frame import earlier_waves

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pyarrow as pa

    from experimental_stats.plan import ReleasePlan
    from storage.database import Store

HIDDEN = "the last release hides its total"
MOVED = "one or two companies make most of what it changed by since a release"
_MISSING = {
    "not_classified": "has not been classified",
    "only_ranked": "is only ranked by its definition",
    "no_audit": "has no audit",
    "audit_open": "has an audit that is not fully answered",
    "audit_disagreed": "has an audit on which coders differ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorChange:
    """What changed in a sector.

    Attributes:
        totals: One row a measure: columns of `change.SCHEMA` and ``break_factor`` (new model over
            old; None where the model is the same or no bridge was made).
        components: Why the enterprises changed; they add up to the change of the estimate.
        same_model: Whether one model decided both waves.
        withheld: Amounts of which nothing is told, each with the reason.
    """

    sector: str
    wave: str
    earlier_wave: str
    totals: tuple[dict[str, Any], ...]
    components: tuple[ComponentOfChange, ...]
    same_model: bool
    withheld: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wave:
    """One wave of a sector: what estimates take, the ends of weights, and every unit's state."""

    name: str
    tables: WaveTables
    weights: tuple[float, float]
    states: dict[str, UnitState]
    models: frozenset[str]


def measure_changes(
    store: Store, plan: ReleasePlan, *, earlier_wave: str | None = None
) -> tuple[list[SectorChange], list[str]]:
    """Estimate and explain how all sectors of a plan changed since an earlier wave.

    Args:
        store: The work database.
        plan: See `measure_change`.
        earlier_wave: By default the wave before.

    Returns:
        The changes, and a sentence on each sector whose change cannot be told.

    Raises:
        NotReady: None can be told.
        QualityError: None may be told.
        InvalidInput: `earlier_wave` is not earlier.
    """
    found: list[SectorChange] = []
    missing: list[NotReady | QualityError] = []
    for note in plan.sectors:
        try:
            found.append(measure_change(store, plan, note.name, earlier_wave=earlier_wave))
        except (NotReady, QualityError) as reason:
            missing.append(reason)
    if missing and not found:
        raise missing[0]
    return found, [reason.title for reason in missing]


def measure_change(
    store: Store, plan: ReleasePlan, sector: str, *, earlier_wave: str | None = None
) -> SectorChange:
    """Estimate and explain how a sector changed since an earlier wave, and keep it.

    Args:
        store: The work database.
        plan: The later wave, measures, confidence level and seed of the release.
        sector: The sector; classified and audited in both waves.
        earlier_wave: By default the wave before.

    Raises:
        NotReady: A wave is unknown or not audited.
        QualityError: The sector rests on too few companies in one of the waves.
        InvalidInput: `earlier_wave` is not earlier.
    """
    wave = plan.wave
    earlier = _earlier(store, wave, earlier_wave)
    amounts = [
        name
        for name in plan.measures
        if name != "enterprises" and all(tables.has_column(store, w, name) for w in (earlier, wave))
    ]
    before, after = (_read(store, plan, name, sector, amounts) for name in (earlier, wave))
    found = estimate_change(
        before.tables,
        after.tables,
        measures=["enterprises", *amounts],
        confidence_level=plan.confidence_level,
        seed=plan.seed,
    ).to_pylist()
    hidden = {m for w in (earlier, wave) for m in load_hidden_totals(store, w, sector)}
    withheld = _withheld(plan, sector, waves=(before, after), totals=found, hidden=hidden)
    withheld = _moved_since_releases(store, plan, sector, (before, after), found) | withheld
    found = [row for row in found if row["measure"] not in withheld]
    for row in found:
        row["break_factor"] = _break_factor(store, sector, row["measure"], before, after)
    components = decompose_change(
        before.states,
        after.states,
        change_of_estimate=found[0]["value"],
        new_model_on_old_text=_new_model_on_old_text(store, sector, earlier, before, after),
    )
    replace_change(
        store,
        keys={"wave": wave, "earlier_wave": earlier, "sector": sector},
        totals=[row | {"method_version": CHANGE_VERSION} for row in found],
        components=[
            asdict(part) | {"position": place, "component": str(part.component)}
            for place, part in enumerate(components)
        ],
    )
    return SectorChange(
        sector=sector,
        wave=wave,
        earlier_wave=earlier,
        totals=tuple(found),
        components=tuple(components),
        same_model=before.models == after.models,
        withheld=withheld,
    )


def _withheld(
    plan: ReleasePlan,
    sector: str,
    *,
    waves: tuple[_Wave, _Wave],
    totals: Sequence[dict[str, Any]],
    hidden: Collection[str],
) -> dict[str, str]:
    """Return the amounts that may not be told, each with the reason.

    Args:
        plan: Rules.
        sector: The sector.
        waves: The earlier one and the later one.
        totals: Rows of `change.estimate_change`.
        hidden: Measures whose total the last release of either wave hides.

    Raises:
        QualityError: The sector itself rests on too few companies in one of the waves.
    """
    before, after = waves
    found = withheld_totals(
        before.tables, after.tables, totals, weights=after.weights, rules=plan.rules
    )
    if COUNTED in found:
        raise QualityError(
            f"{sector} rests on too few companies in one of the waves: its change cannot be told",
            "A release of that wave would not tell it either; a larger audit may help.",
        )
    return {row["measure"]: HIDDEN for row in totals if row["measure"] in hidden} | found


def _moved_since_releases(
    store: Store,
    plan: ReleasePlan,
    sector: str,
    waves: tuple[_Wave, _Wave],
    totals: Sequence[dict[str, Any]],
) -> dict[str, str]:
    """Return the amounts whose total in a wave, beside releases, tells of few companies.

    Totals of a change are those of today. An answer may have been corrected since a release of the
    wave, or of a wave around it: who subtracts has a figure of the companies that it is about.
    """
    found: dict[str, str] = {}
    for wave, value in zip(waves, ("value_before", "value_after"), strict=True):
        amounts = [row["measure"] for row in totals if row["measure"] != COUNTED]
        around = EarlierWaves(store=store, wave=wave.name, domains=(), measures=amounts)
        units, audit = wave.tables.units, wave.tables.audit
        compared = compared_with_earlier(around, sector, units, audit, rules=plan.rules)
        for row in totals:
            ones = compared.of(row["measure"], INSIDE).get(ALL, ())
            if any(one.gives_away(row[value], wave.weights) for one in ones):
                found[row["measure"]] = MOVED
    return found


def _break_factor(
    store: Store, sector: str, measure: str, before: _Wave, after: _Wave
) -> float | None:
    if before.models == after.models or len(before.models) != 1 or len(after.models) != 1:
        return None
    (old,), (new,) = before.models, after.models
    return load_break_factor(store, sector, measure, old_model=old, new_model=new)


def _new_model_on_old_text(
    store: Store, sector: str, earlier: str, before: _Wave, after: _Wave
) -> dict[str, bool]:
    """Return what the later model decides on the earlier texts; empty where no bridge asked it."""
    if before.models == after.models or len(after.models) != 1:
        return {}
    (new,) = after.models
    return load_bridge_decisions(store, sector=sector, wave=earlier, model_id=new)


def _earlier(store: Store, wave: str, wanted: str | None) -> str:
    earlier = earlier_waves(store, wave)
    if not earlier:
        raise NotReady(
            f"There is no wave before {wave}", "Change can be told from the second wave on."
        )
    if wanted is not None and wanted not in earlier:
        raise InvalidInput(
            f"{wanted!r} is no wave before {wave}", f"Earlier waves are: {', '.join(earlier)}."
        )
    return wanted or earlier[-1]


def _read(store: Store, plan: ReleasePlan, wave: str, sector: str, amounts: Sequence[str]) -> _Wave:
    predictions = tables.load_predictions(store, wave, sector)
    strata = without_departed(tables.load_strata(store, wave, sector), predictions)
    answers = settled_answers(store, wave, sector)
    if reason := what_is_missing(predictions, strata, answers):
        raise NotReady(
            f"{sector} {_MISSING[reason]} in wave {wave}: its change cannot be told",
            "Both waves need a model's decisions and a fully answered audit.",
        )
    margins = _margins(store, plan, wave)
    frame = tables.load_frame(store, wave, texts=margins, numbers=list(amounts))
    frame = clean_domains(frame, margins)
    known = []  # the amounts that a release of the wave would weight by
    for name in amounts:
        frame, missing = impute_measure(frame, name)
        if missing <= plan.greatest_missing_share:
            known.append(name)
    units = scored_units(frame, predictions, strata, domains=margins, amounts=amounts)
    units, report = weigh_responses(units, method=plan.weighting, margins=margins, amounts=known)
    return _Wave(
        name=wave,
        tables=WaveTables(units=units, audit=audit_table(strata, answers)),
        weights=(report.lowest, report.highest),
        states=_states(store, wave, frame, predictions),
        models=frozenset(predictions.column("model_id").to_pylist()),
    )


def _margins(store: Store, plan: ReleasePlan, wave: str) -> list[str]:
    """Return the domain variables of a release that respondents are weighted by."""
    measures = {name.removesuffix(SHARE) for name in plan.measures}
    return [
        name
        for name in plan.domains
        if CROSSED not in name
        and name not in RESERVED | measures
        and tables.has_column(store, wave, name)
    ]


def _states(
    store: Store, wave: str, frame: pa.Table, predictions: pa.Table
) -> dict[str, UnitState]:
    decided = {row["unit_id"]: row for row in predictions.to_pylist()}
    texts = load_unit_texts(store, wave)
    with_website = load_units_with_website(store, wave)
    states = {}
    for unit, is_inside in zip(
        frame.column("unit_id").to_pylist(), in_target_population(frame), strict=True
    ):
        decision = decided.get(unit) if is_inside else None
        states[unit] = UnitState(
            has_website=unit in with_website,
            active=bool(decision["active"]) if decision else None,
            model_id=decision["model_id"] if decision else "",
            text_digest=texts.get(unit, "") if decision else "",
        )
    return states
