from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_town import Town

from sectorlens import build, pipeline
from sectorlens.session import Session
from sectorlens.settings import read_settings
from sectorlens.unfinished import Note, read_note, write_note
from storage.database import Store
from storage.errors import NotReady
from storage.records.stage import StageReport
from storage.workspace import Workspace

WAVE = "2026Q4"


@pytest.fixture
def session(make_workspace: Callable[..., Path], tmp_path: Path, town: Town) -> Session:
    """Give a session in a workspace with the town's frame."""
    workspace = Workspace(make_workspace(tmp_path / "workspace"))
    session = Session(workspace=workspace, settings=read_settings(workspace))
    register = tmp_path / "register.csv"
    register.write_text(town.register())
    pipeline.record(session, WAVE, lambda store: build.import_frame(session, store, WAVE, register))
    return session


def stage_runs(session: Session) -> list[tuple[object, ...]]:
    with duckdb.connect(session.workspace.published, read_only=True) as reader:
        return reader.execute(
            "SELECT stage, taken, done, wall_seconds > 0, settings_digest FROM stage_run"
        ).fetchall()


def test_every_stage_is_measured_kept_and_published(session: Session) -> None:
    told: list[StageReport] = []
    reports = pipeline.run_all(session, WAVE, told.append)
    assert [report.stage for report in reports] == list(pipeline.STAGES)
    assert told == reports
    digest = session.settings.digest
    assert stage_runs(session) == [
        ("frame", 20, 20, True, digest),
        ("crawl", 18, 18, True, digest),
        ("extract", 36, 36, True, digest),
        ("link", 18, 18, True, digest),
        ("classify", 18, 18, True, digest),
    ]


def test_a_stage_that_did_nothing_leaves_no_row_and_the_published_file(session: Session) -> None:
    pipeline.run_all(session, WAVE, lambda report: None)
    before = session.workspace.published.stat().st_ino
    rows = len(stage_runs(session))
    reports = pipeline.run_all(session, WAVE, lambda report: None)
    assert [report.taken for report in reports] == [0, 0, 0, 0]
    assert len(stage_runs(session)) == rows
    assert session.workspace.published.stat().st_ino == before


def test_what_changed_though_nothing_was_taken_up_is_published(session: Session) -> None:
    """As where a setting takes the correction of a share back, and no unit is due."""

    def work(store: Store) -> StageReport:
        store.execute("UPDATE unit SET legal_name = 'another'")
        return StageReport(stage="classify", of="units", taken=0, done=0, changed=True)

    pipeline.record(session, WAVE, work)
    with duckdb.connect(session.workspace.published, read_only=True) as reader:
        assert reader.execute("SELECT DISTINCT legal_name FROM unit").fetchall() == [("another",)]


def test_a_published_database_that_was_deleted_comes_back(session: Session) -> None:
    pipeline.run_all(session, WAVE, lambda report: None)
    session.workspace.published.unlink()
    pipeline.run_all(session, WAVE, lambda report: None)
    assert stage_runs(session)


def test_what_a_killed_process_had_not_published_is_published_by_the_next(session: Session) -> None:
    pipeline.run_all(session, WAVE, lambda report: None)
    stale = session.workspace.published.read_bytes()

    def killed_before_publishing(store: Store) -> StageReport:
        store.execute("UPDATE website_text SET detail = 'what was lost'")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.record(session, WAVE, killed_before_publishing)
    assert session.workspace.published.read_bytes() == stale
    pipeline.run_stage(session, WAVE, "crawl")  # has nothing to do
    with duckdb.connect(session.workspace.published, read_only=True) as reader:
        told = reader.execute("SELECT DISTINCT detail FROM website").fetchall()
    assert told == [("what was lost",)]
    assert not session.workspace.unpublished.exists()


def test_a_stage_killed_after_its_last_transaction_is_accounted_for_by_the_next_run(
    session: Session,
) -> None:
    pipeline.run_stage(session, WAVE, "crawl")
    state = {"done": 0, "pending": 36, "rejected": {}, "failed": {}}
    begun = Note(wave=WAVE, stage="extract", begun="2026-11-23T10:00:00+00:00", state=state)
    with session.open() as store:  # what a run does before it is killed, and no more
        write_note(session.workspace.unpublished, begun)
        build.extract(session, store, WAVE)
    pipeline.run_stage(session, WAVE, "crawl")  # another stage comes first: it tells of the kill

    def told() -> list[tuple[object, ...]]:
        with duckdb.connect(session.workspace.published, read_only=True) as reader:
            return reader.execute(
                "SELECT stage, code, detail FROM issue WHERE code = 'run_broken_off'"
            ).fetchall()

    [(stage, _, detail)] = told()
    assert stage == "extract"
    assert "begun at 2026-11-23T10:00:00+00:00" in str(detail)
    assert "pages done 0 -> 36, pending 36 -> 0" in str(detail)
    rows = len(stage_runs(session))
    assert pipeline.run_stage(session, WAVE, "extract").taken == 0
    assert stage_runs(session)[rows:] == [("extract", 0, 0, True, session.settings.digest)]
    pipeline.run_stage(session, WAVE, "extract")
    assert len(stage_runs(session)) == rows + 1  # told once
    assert len(told()) == 1


def test_a_stage_that_was_refused_is_not_told_to_be_broken_off(session: Session) -> None:
    def refuse(store: Store) -> StageReport:
        raise NotReady("not now")

    with pytest.raises(NotReady):
        pipeline.record(session, WAVE, refuse, stage="extract")
    pipeline.run_stage(session, WAVE, "crawl")
    with session.open() as store:
        assert store.rows("SELECT code FROM issue WHERE code = 'run_broken_off'") == []


def test_a_note_of_an_earlier_version_is_read_as_something_unpublished(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert read_note(tmp_path / "empty") == Note()
    assert read_note(tmp_path / "none") is None


def test_the_last_imported_wave_is_described_by_default(session: Session, tmp_path: Path) -> None:
    register = tmp_path / "next.csv"
    register.write_text("unit_id,legal_name\nA,A\n")
    pipeline.record(session, "0", lambda store: build.import_frame(session, store, "0", register))
    described = pipeline.describe(session, None)
    assert described["wave"] == "0"
    assert described["units"] == [
        {"outcome": "no_website", "outcome_class": "structural", "units": 1}
    ]
    assert pipeline.describe(session, WAVE)["wave"] == WAVE


def test_a_wave_without_websites_has_nothing_to_wait_for(session: Session, tmp_path: Path) -> None:
    register = tmp_path / "next.csv"
    register.write_text("unit_id,legal_name\nA,A\n")
    pipeline.record(session, "0", lambda store: build.import_frame(session, store, "0", register))
    for stage in pipeline.STAGES:
        assert pipeline.run_stage(session, "0", stage).taken == 0


@pytest.mark.parametrize("stage", ["extract", "link", "classify"])
def test_the_first_missing_step_is_the_one_that_is_named(session: Session, stage: str) -> None:
    with pytest.raises(NotReady) as told:
        pipeline.run_stage(session, WAVE, stage)
    assert f"sectorlens crawl run --wave {WAVE}" in told.value.advice


def test_no_wave_at_all_is_told(tmp_path: Path) -> None:
    with Store(tmp_path / "w.duckdb") as store, pytest.raises(NotReady) as told:
        pipeline.latest_wave(store)
    assert "frame import" in told.value.advice


def test_work_that_fails_is_neither_recorded_nor_published(session: Session) -> None:
    def fail(store: Store) -> StageReport:
        raise NotReady("not now")

    before = stage_runs(session)
    with pytest.raises(NotReady):
        pipeline.record(session, WAVE, fail)
    assert stage_runs(session) == before
    pipeline.describe(session, WAVE)  # the work database is free again
