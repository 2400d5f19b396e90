"""What is kept of a release, before anybody sees it; and what of the frame it tells."""

from __future__ import annotations

import json

import pytest

from experimental_stats.run import produce_release
from experimental_stats.vintages import told_vintages
from storage.errors import RetriableError
from storage.records.frame import Wave
from storage.tables.change import load_told
from storage.tables.frame import frame_digest
from storage.tables.frame_key import keyed_frame_digest


class InTheWay:
    """An output format that leaves something where the old release has to be moved to."""

    def __init__(self, directory):
        self.directory = directory

    def files(self, release):
        return ()

    def write(self, release, directory, *, listed, store):
        (self.directory.with_name(f".{self.directory.name}.old") / "kept").mkdir(parents=True)


def test_figures_that_could_not_be_put_in_their_place_are_on_record(
    store, built, audited, plan, exporters
):
    """Whoever saw them in the moment before, or a process that ended there, leaves no gap."""
    before = (built / "manifest.json").read_bytes()
    store.execute(
        "UPDATE label SET active = true WHERE label_id = (SELECT max(label_id) FROM label"
        " WHERE wave = 'w1' AND NOT active)"
    )
    with pytest.raises(RetriableError, match="the old release stands"):
        produce_release(
            store, plan, directory=built, exporters={**exporters, "zz": InTheWay(built)}
        )
    assert (built / "manifest.json").read_bytes() == before
    assert {v.vintage for v in told_vintages(store)} == {1, 2}
    assert len(load_told(store, "w1", "drones").vintages) == 2
    produce_release(store, plan, directory=built, exporters=exporters)
    assert {v.vintage for v in told_vintages(store)} == {1, 2}


def test_nobody_can_try_a_register_on_the_digest_that_a_release_tells(built, store):
    plain = frame_digest(store, Wave("w1"))
    told = json.loads((built / "manifest.json").read_text())["made_from"]["frame_digest"]
    assert told == keyed_frame_digest(store, plain) != plain
    ((key,),) = store.rows("SELECT key FROM frame_key")
    for file in built.rglob("*"):
        if file.is_file():
            body = file.read_bytes()
            assert key.encode() not in body, file
            assert plain.removeprefix("sha256:").encode() not in body, file


def test_the_key_stays_and_a_workspace_made_anew_makes_the_same(audited, store):
    told = keyed_frame_digest(store, "sha256:0")
    store.execute("DELETE FROM frame_key")
    assert keyed_frame_digest(store, "sha256:0") == told
    store.execute("DELETE FROM label WHERE label_id = (SELECT max(label_id) FROM label)")
    assert keyed_frame_digest(store, "sha256:0") == told
    assert keyed_frame_digest(store, "sha256:1") != told
    store.execute("DELETE FROM frame_key")
    assert keyed_frame_digest(store, "sha256:0") != told
