"""The composition root: settings are taken apart here; rooms get values, never the settings."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sectorlens import plugins
from storage.errors import InvalidInput
from storage.page_archive import read_page
from storage.publication import publish
from storage.records.stage import StageReport
from storage.tables.frame import waves
from storage.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from classify.classifier import Classifier
    from classify.labels import LabelFile
    from classify.sector import SectorDefinition
    from classify.workbench import Workbench
    from experimental_stats.plan import ReleasePlan, SectorNote
    from experimental_stats.wave_change import SectorChange
    from sectorlens.session import Session
    from storage.database import Store
    from storage.records.stage import Issue
    from storage.workspace import Workspace

RECORD_KEYS = "SECTORLENS_RECORD_KEYS"  # the office's own secret of record keys; may be unset


@dataclass(frozen=True, slots=True)
class ArchivedContent:
    """What the extract room needs of an archived page; of repeated headers the last counts."""

    headers: dict[str, str]
    body: bytes


def import_frame(
    session: Session,
    store: Store,
    wave: str,
    register: Path,
    *,
    mapping: Path | None = None,
    accept_partial: bool = False,
) -> StageReport:
    """Load a register as the frame of `wave`; its suffix tells the format."""
    from crawlers.frame import intake
    from crawlers.frame.reader import reader_name

    installed = plugins.names("crawlers.frame")
    return intake.import_frame(
        store,
        wave,
        intake.RegisterFile(
            path=register,
            reader=plugins.load("crawlers.frame", reader_name(register, installed)),
            mapping_path=mapping,
            classification=session.settings.frame.classification,
        ),
        accept_partial=accept_partial,
        rejected_directory=session.workspace.rejected,
        progress=session.progress,
    )


def extract(session: Session, store: Store, wave: str) -> StageReport:
    """Read the pages of `wave` that are due."""
    from extract.run import extract_documents

    chosen = session.settings.extract
    return extract_documents(
        store,
        wave,
        read_page=archive_reader(session.workspace),
        extractor=plugins.load("extract.extractors", chosen.extractor),
        languages=frozenset(chosen.languages),
        minimum_words=chosen.minimum_words,
        progress=session.progress,
    )


def link(session: Session, store: Store, wave: str) -> StageReport:
    """Judge which websites of `wave` belong to their units."""
    from extract.link_run import link_websites

    return link_websites(
        store, wave, read_page=archive_reader(session.workspace), progress=session.progress
    )


def classify(session: Session, store: Store, wave: str) -> StageReport:
    """Decide the units of `wave` that are due."""
    from classify.run import assess_units

    with workbench(session) as bench:
        return assess_units(store, wave, bench, progress=session.progress)


def import_labels(session: Session, store: Store, file: Path) -> StageReport:
    """Keep the labels of a file; the sectors they name must be defined."""
    from storage.tables.assessment import insert_labels

    read = check_labels(session, file)
    given = read.labels
    labels = [label for label in given if label.purpose != "audit"]
    kept = insert_labels(store, labels, file.name)
    answers = len(given) - len(labels)
    rejected = {
        "known_already": len(labels) - kept,
        "answers_an_audit": answers,
        "not_answered_yet": read.n_unanswered,
    }
    notes = []
    if answers:
        notes.append(f"Answers to an audit come in by `sectorlens audit import {file}`.")
    if read.n_unanswered:
        notes.append(
            "Rows without answer and coder wait for one; `cannot tell` in `active` says so instead."
        )
    elif not given:
        notes.append(f"{file} holds no label.")
    return StageReport(
        stage="label",
        of="labels",
        taken=len(given) + read.n_unanswered,
        done=kept,
        rejected={reason: n for reason, n in rejected.items() if n},
        notes=tuple(notes),
        issues=_warnings(store, read),
    )


def preview_labels(session: Session, store: Store, file: Path) -> tuple[int, tuple[Issue, ...]]:
    """Return how many labels a file holds, and what importing them would warn of."""
    read = check_labels(session, file)
    return len(read.labels), _warnings(store, read)


def _warnings(store: Store, read: LabelFile) -> tuple[Issue, ...]:
    from classify.double_coding import label_warnings

    if not (known := waves(store)):
        return read.warnings
    given = [label for label in read.labels if label.purpose != "audit"]
    return read.warnings + label_warnings(store, known[-1], given)


def check_labels(session: Session, file: Path) -> LabelFile:
    """Read the labels of a file; a sector that is not decided for now may be labelled too."""
    from classify.labels import read_labels
    from classify.sector import load_sectors

    return read_labels(file, load_sectors([session.workspace.sectors]))


@contextmanager
def workbench(
    session: Session, names: Sequence[str] = (), *, classifier: str = ""
) -> Iterator[Workbench]:
    """Give what training, evaluating and deciding work with, for as long as the block lasts.

    Args:
        session: The command's view of the workspace.
        names: Sectors to work on; by default those that are decided.
        classifier: Trains new models; by default that of the settings.
    """
    from classify.workbench import Workbench
    from storage.vector_cache import VectorCache

    chosen = session.settings.classify
    built = plugins.load("classify.embedders", chosen.embedder, chosen.embedder_options)
    with VectorCache(session.workspace.vector_cache) as vectors:
        yield Workbench(
            embedder=built,
            vectors=vectors,
            sectors=sectors(session, names),
            model_directory=session.workspace.models,
            seed=chosen.seed,
            classifier=classifier or chosen.classifier,
            # The settings' options are those of the settings' classifier.
            classifier_options=(
                chosen.classifier_options if classifier in ("", chosen.classifier) else {}
            ),
            correct_prior=chosen.prior_shift == "auto",
            build_classifier=_classifier,
        )


def _classifier(name: str, options: Mapping[str, object]) -> Classifier:
    built: Classifier = plugins.load("classify.classifiers", name, options)
    return built


def draw_audit(
    session: Session,
    wave: str,
    sector: str,
    *,
    size: int,
    certain_employees: float | None = None,
    dry_run: bool = False,
) -> tuple[list[dict[str, Any]], tuple[Issue, ...]]:
    """Draw the audit of a sector; with `dry_run` nothing is kept.

    Returns:
        Its strata, and what it costs the labels that train.
    """
    from classify.training_set import collect_training_set, labels_lost_to_audit
    from experimental_stats.run import draw_audit_sample

    sectors(session, [sector])
    chosen = session.settings
    bound = chosen.audit.certain_employees if certain_employees is None else certain_employees
    with session.open() as store:
        learnt = collect_training_set(store, wave, sector)
        design = draw_audit_sample(
            store,
            wave,
            sector,
            size=size,
            seed=chosen.audit.seed,
            certain_employees=bound or None,
            domains=chosen.estimate.domains if chosen.audit.oversample_domains else (),
            dry_run=dry_run,
        )
        if not dry_run:
            publish(store, session.workspace.published)
    drawn = design.units.filter(design.units["drawn"]).column("unit_id").to_pylist()
    return [asdict(stratum) for stratum in design.strata], labels_lost_to_audit(learnt, drawn)


def audit_sheet(
    session: Session, wave: str, sector: str, *, share: float = 1.0
) -> list[dict[str, Any]]:
    """Return the sheet of an audit that was drawn, a row a unit; `share` of them by chance."""
    from experimental_stats import run

    with session.open() as store:
        return run.audit_sheet(store, wave, sector, share=share)


def audit_status(store: Store, wave: str | None) -> list[dict[str, Any]]:
    """Return where each audit stands, with kappa and AC1 of its coders as labels have them."""
    from classify.agreement import agreement_of_two
    from experimental_stats.run import audit_status as counted

    rows = counted(store, wave)
    for row in rows:
        kappa, ac1 = agreement_of_two(row.pop("answers_of_two"))
        row |= {
            "kappa": kappa.value if kappa else None,
            "ac1": ac1.value if ac1 else None,
            "disagreements": row.pop("disagreements"),
        }
    return rows


def produce(session: Session, store: Store, wave: str, directory: Path) -> StageReport:
    """Build the release of `wave` with every exporter there is."""
    from experimental_stats.run import produce_release

    folder = "experimental_stats.exporters"
    return produce_release(
        store,
        release_plan(session, wave),
        directory=directory,
        exporters={name: plugins.load(folder, name) for name in plugins.names(folder)},
        progress=session.progress,
    )


def measure_changes(
    session: Session, store: Store, wave: str, *, since: str | None = None
) -> tuple[list[SectorChange], list[str]]:
    """Return how the sectors asked for changed since an earlier wave, and what cannot be told."""
    from experimental_stats.wave_change import measure_changes as measure

    return measure(store, release_plan(session, wave), earlier_wave=since)


def release_plan(session: Session, wave: str) -> ReleasePlan:
    """Return what a release of `wave` is to hold."""
    from experimental_stats.disclosure.count_method import CountMethod
    from experimental_stats.disclosure.rules import Rules
    from experimental_stats.plan import ReleasePlan

    chosen = session.settings
    return ReleasePlan(
        wave=wave,
        sectors=tuple(sector_note(name, known) for name, known in sectors(session).items()),
        title=chosen.release.title,
        organisation=chosen.crawl.organisation,
        contact_url=chosen.crawl.contact_url,
        licence=chosen.release.licence,
        domains=chosen.estimate.domains,
        measures=chosen.estimate.measures,
        weighting=chosen.estimate.weighting,
        confidence_level=chosen.estimate.confidence_level,
        seed=chosen.estimate.seed,
        rules=Rules(
            minimum_contributors=chosen.release.minimum_contributors,
            dominance=chosen.release.dominance,
            p_percent=chosen.release.p_percent,
            protection_percent=chosen.release.protection_percent,
            singletons=chosen.release.singletons,
        ),
        counts=CountMethod(
            name=chosen.disclosure.counts,
            noise_bound=chosen.disclosure.noise_bound,
            noise_variance=chosen.disclosure.noise_variance,
            rounding_base=chosen.disclosure.rounding_base,
            secret=os.environ.get(RECORD_KEYS, ""),
        ),
        quality_bands=chosen.estimate.quality_bands,
        code_version=__version__,
        settings_digest=chosen.digest,
    )


def sector_note(name: str, definition: SectorDefinition) -> SectorNote:
    """Return what readers of a release are told of a sector."""
    from experimental_stats.plan import SectorNote

    return SectorNote(
        name=name,
        title=definition.title,
        description=definition.description,
        includes=definition.includes,
        excludes=definition.excludes,
        rulings=tuple((edge.case, edge.ruling) for edge in definition.edge_cases),
        version=definition.version,
        lowest_share=definition.bounds.minimum_share,
        highest_share=definition.bounds.maximum_share,
    )


def archive_reader(workspace: Workspace) -> Callable[[str, int], ArchivedContent]:
    """Return the function that brings an archived page's headers and body back."""

    def read(archive_file: str, offset: int) -> ArchivedContent:
        page = read_page(workspace.root, archive_file, offset)
        return ArchivedContent(headers=dict(page.headers), body=page.body)

    return read


def sectors(session: Session, names: Sequence[str] = ()) -> dict[str, SectorDefinition]:
    """Return the definitions of the sectors asked for.

    Args:
        session: The command's view of the workspace.
        names: Those wanted; by default those of the command, else of the settings, else all.

    Raises:
        InvalidInput: A definition is faulty or a name unknown.
    """
    from classify.sector import load_sectors

    known = load_sectors([session.workspace.sectors])
    wanted = list(names or session.sectors or session.settings.classify.sectors or known)
    if unknown := sorted(set(wanted) - set(known)):
        raise InvalidInput(
            f"There is no sector called {', '.join(unknown)}",
            f"Known are {', '.join(sorted(known))}; a new one is a file"
            f" {session.workspace.sectors}/<name>.toml.",
        )
    return {name: known[name] for name in sorted(wanted)}
