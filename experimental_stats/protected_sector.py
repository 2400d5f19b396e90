"""From a sector's figures to what is published of them: hidden or blurred, then attacked (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from experimental_stats.assertions import refuse_breaches
from experimental_stats.beside import figures_beside
from experimental_stats.crossings import protect_crossed
from experimental_stats.disclosure.blurred_counts import Blur, blurred_counts
from experimental_stats.disclosure.changed_companies import COMPARED
from experimental_stats.disclosure.estimates import figures_by_layer
from experimental_stats.disclosure.found_companies import COUNTED
from experimental_stats.disclosure.linked import ALL
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.disclosure.register_amounts import unsafe_register_amounts
from experimental_stats.exporter import PublishedSector
from experimental_stats.population import CROSSED, eligible_amount
from experimental_stats.published_attack import attack_sector
from experimental_stats.sector_figures import SHARE, share_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from experimental_stats.disclosure.blurred_counts import Counts
    from experimental_stats.disclosure.estimates import SectorEvidence
    from experimental_stats.disclosure.register_amounts import RegisterAmounts
    from experimental_stats.plan import ReleasePlan, SectorNote
    from experimental_stats.population import WaterfallRow
    from experimental_stats.response_weights import ResponseReport
    from storage.records.release import Estimate

COMPARING = (
    "figures of {measure} are hidden that, compared with an earlier release, would tell of single"
    " companies; they return when more companies have changed."
)
ASSUMED_ONCE = (
    "{measures} under other assumptions are told by the first release of a wave only: other"
    " companies have answered since, and a difference would tell of them."
)
ASSUMED_OF_FEW = (
    "{measures} under other assumptions are not told: one or two companies make most of what lies"
    " between them, or between them and those of an earlier release."
)
SHARED_BY_FEW = (
    "shares of {measures} are not told: with the figures they would tell what the whole register"
    " holds or has changed by, most of which is of one or two companies."
)
CROSSINGS_HIDDEN = (
    "its crossings are not shown: no choice of hidden cells would protect them beside the totals."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorDraft:
    """What is known of a sector before anything of it is hidden.

    Attributes:
        estimates: Headline and comparison, all measures and domains.
        evidence: Who stands behind them, and what earlier releases told.
        tables: Units and audit, as `estimation.estimate_totals` takes them.
        response: How respondents were weighted.
        audit: Counts of its audit.
        model_id: Model that sorted the units.
        warnings: Sentences on what the headline's estimator found doubtful.
    """

    note: SectorNote
    estimates: tuple[Estimate, ...]
    evidence: SectorEvidence
    tables: tuple[pa.Table, pa.Table]
    response: ResponseReport
    audit: Mapping[str, int]
    model_id: str
    warnings: tuple[str, ...]

    @property
    def amounts(self) -> list[str]:
        """Return the measures that are no numbers of companies."""
        return sorted({row.measure for row in self.estimates} - {COUNTED})


def protected_sector(
    draft: SectorDraft,
    plan: ReleasePlan,
    *,
    measures: Sequence[str],
    waterfall: Sequence[WaterfallRow],
) -> PublishedSector | str:
    """Return the sector as it may be published, or the code of the reason why it may not.

    Where the attacker finds a way through the crossings, they are hidden whole and he tries again.

    Args:
        draft: Its figures.
        plan: Rules, and how counts are told.
        measures: Those that the frame holds, ``enterprises`` first.
        waterfall: As it is published.

    Raises:
        QualityError: Protected figures can be inferred all the same: they are named.
    """
    counts: Counts | None = None
    if plan.counts.version:
        blur = Blur(method=plan.counts, bands=plan.quality_bands)
        counts = blurred_counts(draft.estimates, draft.evidence, plan.rules, blur)
    crossed = any(CROSSED in row.domain_variable for row in draft.estimates)
    found: list[str] = []
    for whole in (False, True) if crossed else (False,):
        try:
            told, is_whole = protect_crossed(
                draft.estimates, draft.evidence, plan.rules, counts=counts, whole=whole
            )
        except CannotProtect:
            return "not_protectable"
        sector = _sector(draft, plan, told, measures=measures, is_whole=is_whole)
        true = draft.estimates
        if is_whole:  # as if there were no such tables: what margins say of them all can know
            kept = () if whole or counts is None else (COUNTED,)
            true = tuple(r for r in true if CROSSED not in r.domain_variable or r.measure in kept)
        found = attack_sector(
            sector,
            true,
            evidence=draft.evidence,
            rules=plan.rules,
            waterfall=waterfall,
            units=draft.tables[0],
        )
        if not found:
            return sector
    refuse_breaches(found)
    return sector


def _about_comparing(
    draft: SectorDraft, told: Sequence[Estimate], plan: ReleasePlan
) -> tuple[str, ...]:
    """Return what readers must know of figures kept back for the sake of earlier releases."""
    layers = figures_by_layer(draft.estimates, draft.evidence, plan.rules)
    hidden = {(r.measure, (r.domain_variable, r.domain)) for r in told if r.disclosure}
    measures = {
        measure
        for (measure, _), figures in layers.items()
        for key, why in figures.why.items()
        if why == COMPARED and (measure, key) in hidden
    }
    notes = [COMPARING.format(measure=measure) for measure in sorted(measures)]
    amounts = [measure for measure in draft.amounts if (measure, ALL) not in hidden]
    if draft.evidence.compared.response_changed and amounts:
        notes.append(ASSUMED_ONCE.format(measures=", ".join(amounts)))
    return tuple(notes)


def _about_register(
    held: RegisterAmounts, headline: Sequence[Estimate], draft: SectorDraft
) -> tuple[str, ...]:
    """Return what readers must know of figures that would tell of companies of the register."""
    totals = [row for row in headline if (row.domain_variable, row.domain) == ALL]
    notes = []
    silent = sorted(held.silent & {row.measure for row in totals if not row.disclosure})
    if silent and not draft.evidence.compared.response_changed:
        notes.append(ASSUMED_OF_FEW.format(measures=", ".join(silent)))
    shared = sorted(
        name for name in held.population if f"{name}{SHARE}" in {r.measure for r in totals}
    )
    if shared:
        notes.append(SHARED_BY_FEW.format(measures=", ".join(shared)))
    return tuple(notes)


def _sector(
    draft: SectorDraft,
    plan: ReleasePlan,
    told: Sequence[Estimate],
    *,
    measures: Sequence[str],
    is_whole: bool,
) -> PublishedSector:
    headline = [row for row in told if row.is_headline]
    compared = draft.evidence.compared
    held = unsafe_register_amounts(draft.tables[0], measures[1:], plan.rules)
    held = held.joined(compared.register)
    held = replace(held, silent=held.silent | compared.unsafe_totals)
    whole = {
        name: eligible_amount(draft.tables[0], name)
        for name in measures[1:]
        if name not in held.population
    }
    headline += share_rows(headline, plan.measures, whole)
    return PublishedSector(
        note=draft.note,
        estimates=tuple(headline),
        comparison=tuple(row for row in told if not row.is_headline),
        audit=draft.audit,
        model_id=draft.model_id,
        beside=figures_beside(
            plan,
            draft.tables,
            estimates=headline,
            response=draft.response,
            untold=measures[1:] if compared.response_changed else held.silent,
        ),
        warnings=draft.warnings,
        notes=((CROSSINGS_HIDDEN,) if is_whole else ())
        + _about_comparing(draft, told, plan)
        + _about_register(held, headline, draft),
    )
