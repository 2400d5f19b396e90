"""From decisions to a release: read, estimate, protect, check, write."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experimental_stats.answer_import import import_audit_answers
from experimental_stats.assertions import check_adds_up, check_release, refuse_breaches
from experimental_stats.audited_frame import TOTAL
from experimental_stats.departed_units import departed_note, without_departed
from experimental_stats.disclosure.blurred_counts import count_keys
from experimental_stats.disclosure.containment import known_sums
from experimental_stats.disclosure.contributions import largest_contributions
from experimental_stats.disclosure.estimates import (
    SectorEvidence,
    is_small_total,
)
from experimental_stats.disclosure.found_companies import found_companies
from experimental_stats.disclosure.linked import related_domains
from experimental_stats.disclosure.register_amounts import without_register_ends
from experimental_stats.earlier_waves import EarlierWaves
from experimental_stats.exporter import PublishedSector, ReleaseContent
from experimental_stats.fieldwork import (
    audit_sheet,
    audit_status,
    draw_audit_sample,
    settled_answers,
)
from experimental_stats.model_notes import about_decisions
from experimental_stats.out_of_reach import NOTHING_TELLS
from experimental_stats.population import (
    CROSSED,
    attack_waterfall,
    clean_domains,
    cross_domains,
    hidden_domains,
    impute_measure,
    told_before,
    told_rows,
    waiting_notes,
    waterfall,
)
from experimental_stats.protected_sector import SectorDraft, protected_sector
from experimental_stats.reconciliation import reconcile
from experimental_stats.release_directory import (
    check_place,
    flush,
    replaced_in_one_step,
    write_manifest,
)
from experimental_stats.response_weights import weigh_responses
from experimental_stats.sector_figures import (
    RESERVED,
    SHARE,
    audit_table,
    estimate_sector,
    scored_units,
    seen_active,
    what_is_missing,
)
from experimental_stats.sources import sources_of
from experimental_stats.vintages import compared_with_earlier, keep_vintages, past_variables
from experimental_stats.withheld import WITHHELD, refuse_release, why_withheld
from storage.errors import InvalidInput, NotReady
from storage.records.frame import Wave
from storage.records.stage import ProgressListener, StageReport, no_progress
from storage.tables import release as tables
from storage.tables.change import load_told, load_told_lower_ends
from storage.tables.decision_basis import load_decision_bases
from storage.tables.frame import frame_digest
from storage.tables.record_key import keep_record_key_secret
from storage.tables.told_waterfall import keep_waterfall, load_told_waterfall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from experimental_stats.disclosure.changed_companies import Compared
    from experimental_stats.exporter import Exporter
    from experimental_stats.plan import ReleasePlan, SectorNote
    from experimental_stats.population import WaterfallRow
    from experimental_stats.response_weights import ResponseReport
    from storage.database import Store

__all__ = [
    "audit_sheet",
    "audit_status",
    "draw_audit_sample",
    "import_audit_answers",
    "produce_release",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The frame of the wave as the estimates take it.

    Attributes:
        digest: Of all its columns; not for publication.
        past: Domain variables that only earlier releases of the wave told.
        before: The waves before, as far as their releases tell of changes since.
    """

    units: pa.Table
    digest: str
    domains: tuple[str, ...]
    past: tuple[str, ...]
    before: EarlierWaves
    measures: tuple[str, ...]
    waterfall: tuple[WaterfallRow, ...]
    notes: tuple[str, ...]


def produce_release(
    store: Store,
    plan: ReleasePlan,
    *,
    directory: Path,
    exporters: Mapping[str, Exporter],
    progress: ProgressListener = no_progress,
) -> StageReport:
    """Estimate, protect, check and write a release; nothing is written where a check fails.

    Args:
        store: The work database; its estimates of the wave are replaced.
        plan: What to publish.
        directory: Of the release; new, empty, or an earlier release.
        exporters: Output formats by name.
        progress: Told after every sector.

    Returns:
        Sectors taken, published (done) and withheld (rejected, by reason).

    Raises:
        NotReady: No sector can be published because an earlier step is missing.
        QualityError: No sector may be published, or a check of the release refuses.
        InvalidInput: `directory` holds something else.
    """
    check_place(directory)
    wave = tables.load_wave(store, plan.wave)
    if wave is None:
        raise NotReady(
            f"There is no wave {plan.wave!r}", "Run `sectorlens frame import FILE --wave W` first."
        )
    frame = _read_frame(store, plan)
    published: list[PublishedSector] = []
    compared: dict[str, Compared] = {}
    withheld: dict[str, str] = {}
    for done, note in enumerate(plan.sectors, start=1):
        found = _publish_sector(store, plan, note, frame)
        if isinstance(found, str):
            withheld[note.name] = found
        else:
            sector, compared[note.name] = found
            published.append(sector)
        progress("release", done, len(plan.sectors))
    if not published:
        refuse_release(plan.wave, withheld)
    content = _content(store, plan, frame, published, withheld)
    check_release(content)
    with replaced_in_one_step(directory) as fresh:
        digest = _write(store, content, fresh, exporters)
        # Before anybody can see the release: what is told and not on record is attacked by nobody.
        keep_waterfall(store, plan.wave, digest, told_rows(frame.waterfall))
        keep_vintages(store, content, digest, frame=frame.digest, compared=compared)
        tables.replace_estimates(store, plan.wave, content.all_estimates)
        tables.record_release(store, plan.wave, release_digest=digest, directory=directory)
    return StageReport(
        stage="release",
        of="sectors",
        taken=len(plan.sectors),
        done=len(published),
        rejected=dict(sorted(Counter(withheld.values()).items())),
        notes=tuple(why_withheld(name, code) for name, code in withheld.items()) + content.notes,
    )


def _read_frame(store: Store, plan: ReleasePlan) -> _Frame:
    notes: list[str] = []
    wanted = dict.fromkeys(name.removesuffix(SHARE) for name in plan.measures)
    amounts = _held(store, plan, [name for name in wanted if name != "enterprises"], notes)
    parts = dict.fromkeys(part for name in plan.domains for part in name.split(CROSSED))
    columns = _held(store, plan, [name for name in parts if name not in amounts], notes)
    domains = [name for name in plan.domains if set(name.split(CROSSED)) <= set(columns)]
    past = past_variables(store, plan.wave, [*domains, *amounts])
    columns += sorted({part for name in past for part in name.split(CROSSED)} - {*columns})
    units = tables.load_frame(store, plan.wave, texts=columns, numbers=amounts)
    units = cross_domains(clean_domains(units, columns), [*domains, *past])
    measures = ["enterprises"]
    for name in amounts:
        units, missing = impute_measure(units, name)
        if missing > plan.greatest_missing_share:
            notes.append(
                f"{name} is not published: the register holds no number for {missing:.1%} of the"
                f" target population, more than {plan.greatest_missing_share:.0%}."
            )
            continue
        measures.append(name)
        if missing:
            notes.append(f"{name} was imputed by size class for {missing:.1%} of the units.")
    codes = tables.load_outcome_codes(store).to_pylist()
    kinds = {row["outcome"]: row["outcome_class"] for row in codes}
    minimum = plan.rules.minimum_contributors
    before = told_before(past, load_told_waterfall(store, plan.wave))
    rows = waterfall(units, kinds, domains=domains, minimum=minimum, before=before)
    refuse_breaches(attack_waterfall(rows, units, domains=domains, minimum=minimum, before=before))
    notes += waiting_notes(units)
    return _Frame(
        units=units,
        digest=frame_digest(store, Wave(plan.wave)),
        domains=tuple(domains),
        past=tuple(past),
        before=EarlierWaves(
            store=store, wave=plan.wave, domains=(*domains, *past), measures=measures[1:]
        ),
        measures=tuple(measures),
        waterfall=tuple(rows),
        notes=tuple(notes),
    )


def _held(store: Store, plan: ReleasePlan, names: Sequence[str], notes: list[str]) -> list[str]:
    """Return those of `names` that the frame holds and that mean nothing else in an estimate."""
    held = [
        name
        for name in dict.fromkeys(names)
        if name not in RESERVED and tables.has_column(store, plan.wave, name)
    ]
    if missing := sorted(set(names) - set(held)):
        notes.append(
            f"Nothing is told of or by {', '.join(missing)}: the register of this wave holds no"
            " such column, or it is one that names single units."
        )
    return held


def _publish_sector(
    store: Store, plan: ReleasePlan, note: SectorNote, frame: _Frame
) -> tuple[PublishedSector, Compared] | str:
    """Return the sector's figures and who stands behind them, or the reason why it has none."""
    predictions = tables.load_predictions(store, plan.wave, note.name)
    drawn = tables.load_strata(store, plan.wave, note.name)
    strata = without_departed(drawn, predictions)
    answers = settled_answers(store, plan.wave, note.name)
    if reason := what_is_missing(predictions, strata, answers):
        return reason
    units = scored_units(
        frame.units,
        predictions,
        strata,
        domains=(*frame.domains, *frame.past),
        amounts=frame.measures[1:],
    )
    audit = audit_table(strata, answers)
    seen = seen_active(units, audit, frame.domains)
    if (TOTAL, TOTAL) not in seen:
        return "audit_empty"
    units, response = weigh_responses(
        units,
        method=plan.weighting,
        margins=[name for name in frame.domains if CROSSED not in name],
        amounts=frame.measures[1:],
    )
    warnings = [told for told in (departed_note(drawn, strata),) if told]
    estimates = estimate_sector(
        plan,
        note,
        tables=(units, audit),
        domains=frame.domains,
        measures=frame.measures,
        warnings=warnings,
    )
    if any(told.endswith(NOTHING_TELLS) for told in warnings):
        return "audit_narrow"
    estimates = reconcile(estimates, related_domains(frame.units, frame.domains), frame.domains)
    estimates = without_register_ends(estimates, units, plan.rules)
    if is_small_total(estimates, seen[TOTAL, TOTAL], plan.rules.minimum_contributors):
        return "too_few"
    check_adds_up(estimates)
    evidence = _evidence(store, plan, note, frame=frame, tables=(units, audit), response=response)
    status = next(r for r in audit_status(store, plan.wave) if r["sector"] == note.name)
    counted = ("drawn", "answered", "active", "cannot_tell", "double_coded", "agreed")
    draft = SectorDraft(
        note=note,
        estimates=tuple(estimates),
        evidence=evidence,
        tables=(units, audit),
        response=response,
        audit={name: status[name] for name in counted},
        model_id=", ".join(sorted(set(predictions.column("model_id").to_pylist()))),
        warnings=tuple(dict.fromkeys(warnings)),
    )
    found = protected_sector(draft, plan, measures=frame.measures, waterfall=frame.waterfall)
    return found if isinstance(found, str) else (found, evidence.compared)


def _evidence(
    store: Store,
    plan: ReleasePlan,
    note: SectorNote,
    *,
    frame: _Frame,
    tables: tuple[pa.Table, pa.Table],
    response: ResponseReport,
) -> SectorEvidence:
    """Return what is known of the companies behind a sector's figures."""
    units, audit = tables
    domains = (*frame.domains, *frame.past)
    told = load_told(store, plan.wave, note.name)
    secret = keep_record_key_secret(store, plan.counts.secret) if plan.counts.version else ""
    return SectorEvidence(
        seen=seen_active(units, audit, frame.domains),
        largest=largest_contributions(units, audit, domains=frame.domains, measures=frame.measures),
        nests=known_sums(frame.units, units, domains, frame.past),
        forced={
            (variable, code)
            for variable, codes in hidden_domains(frame.waterfall).items()
            for code in codes
        },
        before=told.hidden,
        earlier=told.vintages,
        recalled=told.recalled,
        record_keys=count_keys(
            plan.counts,
            units,
            audit,
            domains=frame.domains,
            keyed=(secret, note.name),
        ),
        found=found_companies(
            units,
            audit,
            domains=domains,
            measures=frame.measures,
            earlier=load_told_lower_ends(store, plan.wave, note.name),
        ),
        compared=compared_with_earlier(frame.before, note.name, units, audit, rules=plan.rules),
        weights=(response.lowest, response.highest),
    )


def _content(
    store: Store,
    plan: ReleasePlan,
    frame: _Frame,
    published: Sequence[PublishedSector],
    withheld: Mapping[str, str],
) -> ReleaseContent:
    made_from = sources_of(store, plan, published, frame.digest)
    facts, about = about_decisions(load_decision_bases(store, plan.wave), published)
    codes = tables.load_outcome_codes(store).to_pylist()
    return ReleaseContent(
        plan=plan,
        domains=frame.domains,
        measures=frame.measures,
        sectors=tuple(published),
        withheld={name: WITHHELD[code][0] for name, code in withheld.items()},
        waterfall=frame.waterfall,
        outcome_codes=tuple((c["outcome"], c["outcome_class"], c["meaning"]) for c in codes),
        made_from=made_from | facts,
        notes=frame.notes
        + tuple(note for note in (plan.counts.note(),) if note)
        + about
        + tuple(
            f"{sector.note.name}: {sector.beside.response.note}."
            for sector in published
            if sector.beside and sector.beside.response.note
        )
        + tuple(f"{sector.note.name}: {note}" for sector in published for note in sector.notes),
    )


def _write(
    store: Store, content: ReleaseContent, fresh: Path, exporters: Mapping[str, Exporter]
) -> str:
    """Write all files of a release to a directory, and return the digest of its manifest."""
    listed = [file for _, form in sorted(exporters.items()) for file in form.files(content)]
    paths = Counter(file.path for file in listed)
    if twice := sorted(path for path, count in paths.items() if count > 1):
        raise InvalidInput(
            f"Two output formats write {', '.join(twice)}", "Rename or uninstall one of them."
        )
    for _, form in sorted(exporters.items()):
        form.write(content, fresh, listed=listed, store=store)
    digest = write_manifest(fresh, wave=content.plan.wave, made_from=content.made_from)
    flush(fresh)
    return digest
