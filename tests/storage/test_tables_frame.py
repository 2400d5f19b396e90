"""The frame in the work database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.database import Store
from storage.records.frame import Frame, PackedColumns, Unit, UnitId, UnitWebsite, Wave, WebsiteUrl
from storage.records.stage import no_progress
from storage.tables.frame import (
    FrameSource,
    frame_digest,
    has_been_crawled,
    insert_frame,
    load_units,
    waves,
)

SOURCE = FrameSource(source="r.csv", source_digest="sha256:0", mapping_digest="")
W1, W2 = Wave("w1"), Wave("w2")
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
ANNA = Unit(
    unit_id=UnitId("b"),
    legal_name='=Anna\u202e\'s "Ltd"',
    nace_code="6201",
    nace_section="J",
    employees=3.0,
    other={"legal form": "<b>", 'x"y': "ü"},
)
BOB = Unit(unit_id=UnitId("a"), legal_name="Bob")
ANNAS = UnitWebsite(unit_id=UnitId("b"), website_url=WebsiteUrl("https://b.example/"))


def frame(*units: Unit, websites: tuple[UnitWebsite, ...] = ()) -> Frame:
    return Frame(units=units, websites=websites, faults=(), rejected_rows=(), n_rows=len(units))


def put(store: Store, wave: Wave, held: Frame) -> None:
    with store.transaction():
        insert_frame(store, wave, held, SOURCE, progress=no_progress)


def websites_of(store: Store, wave: Wave) -> list[tuple[str, str, bool, bool]]:
    return store.rows(
        "SELECT unit_id, website_url, scheme_given, declared FROM unit_website WHERE wave = ?",
        [wave],
    )


def test_units_come_back_as_they_went_in_ordered_by_identifier(store: Store) -> None:
    put(store, W1, frame(ANNA, BOB, websites=(ANNAS,)))
    bob, anna = load_units(store, W1).to_pylist()
    assert (bob["unit_id"], bob["employees"], bob["other"]) == ("a", None, "{}")
    assert anna["legal_name"] == ANNA.legal_name
    assert (anna["employees"], anna["turnover"], anna["nace_section"]) == (3.0, None, "J")
    assert json.loads(anna["other"]) == ANNA.other
    assert "wave" not in anna
    assert websites_of(store, W1) == [("b", "https://b.example/", True, True)]


def test_a_wave_that_was_never_imported_is_empty(store: Store) -> None:
    assert load_units(store, W1).num_rows == 0
    assert websites_of(store, W1) == []
    assert waves(store) == []


def test_a_frame_is_replaced_and_other_waves_are_left_alone(store: Store) -> None:
    put(store, W2, frame(BOB))
    put(store, W1, frame(ANNA, websites=(ANNAS,)))
    put(store, W1, frame(replace(BOB, legal_name="Robert")))
    assert load_units(store, W1)["legal_name"].to_pylist() == ["Robert"]
    assert websites_of(store, W1) == []
    assert load_units(store, W2)["legal_name"].to_pylist() == ["Bob"]
    assert waves(store) == [W2, W1]
    assert store.rows("SELECT position FROM wave ORDER BY wave") == [(2,), (1,)]


def test_a_large_frame_is_stored_in_batches_and_progress_told(store: Store) -> None:
    n = 120_000
    units = tuple(Unit(unit_id=UnitId(f"{i:06}"), legal_name="x") for i in range(n))
    told: list[int] = []
    with store.transaction():
        insert_frame(
            store, W1, frame(*units), SOURCE, progress=lambda _stage, done, _of: told.append(done)
        )
    assert told == [50_000, 100_000, 120_000]
    assert store.rows("SELECT count(*) FROM unit") == [(n,)]


class TestCrawled:
    def test_a_visit_fixes_its_wave_only(self, store: Store) -> None:
        put(store, W1, frame(BOB))
        assert not has_been_crawled(store, W1)
        store.execute(
            "INSERT INTO website_visit VALUES ('w1','r','u',1,'','timeout','',1,0,0,?,?)",
            [NOON, NOON],
        )
        assert has_been_crawled(store, W1)
        assert not has_been_crawled(store, W2)

    def test_a_page_fixes_its_wave_too(self, store: Store) -> None:
        store.execute(
            "INSERT INTO page (wave, run_id, website_url, url, final_url, fetched_at, http_status,"
            " media_type, n_bytes, body_digest, archive_file, archive_offset, position)"
            " VALUES ('w1', 'r', 'u', 'u', 'u', ?, 200, 'text/html', 1, 'd', 'f', 0, 0)",
            [NOON],
        )
        assert has_been_crawled(store, W1)


class TestDigest:
    @given(st.permutations([ANNA, BOB, replace(BOB, unit_id=UnitId("c"))]))
    def test_the_order_of_rows_does_not_matter(self, units: list[Unit]) -> None:
        with Store() as store:
            put(store, W1, frame(ANNA, BOB, replace(BOB, unit_id=UnitId("c"))))
            put(store, W2, frame(*units))
            assert frame_digest(store, W1) == frame_digest(store, W2)

    @pytest.mark.parametrize(
        "other",
        [
            frame(ANNA),
            frame(ANNA, replace(BOB, employees=0.0), websites=(ANNAS,)),
            frame(ANNA, replace(BOB, other={"k": ""}), websites=(ANNAS,)),
            frame(ANNA, replace(BOB, city="Bo", region="b"), websites=(ANNAS,)),
        ],
    )
    def test_any_change_of_a_unit_changes_it(self, store: Store, other: Frame) -> None:
        put(store, W1, frame(ANNA, BOB, websites=(ANNAS,)))
        put(store, W2, other)
        assert frame_digest(store, W1) != frame_digest(store, W2)
        assert frame_digest(store, W1).startswith("sha256:")

    def test_addresses_of_websites_are_no_part_of_it(self, store: Store) -> None:
        put(store, W1, frame(ANNA, BOB, websites=(ANNAS,)))
        put(store, W2, frame(ANNA, BOB))
        assert frame_digest(store, W1) == frame_digest(store, W2)


def test_packed_columns_are_stored_as_others_are(store: Store) -> None:
    packed = PackedColumns({"b": "ü", 'a"': "<b>"})
    assert (dict(packed), len(packed), packed["b"]) == ({"b": "ü", 'a"': "<b>"}, 2, "ü")
    put(store, W1, frame(replace(ANNA, other=packed), replace(BOB, other=dict(packed))))
    first, second = (row["other"] for row in load_units(store, W1).to_pylist())
    assert first == second
