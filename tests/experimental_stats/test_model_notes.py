from dataclasses import replace
from datetime import UTC, datetime

import pytest

from experimental_stats.exporter import PublishedSector
from experimental_stats.model_notes import about_decisions, model_facts, model_notes
from experimental_stats.plan import SectorNote
from storage.database import Store
from storage.tables.decision_basis import DecisionBasis, load_decision_bases

PLAIN = DecisionBasis(sector="drones", model_id="drones-2", basis="model")
FULL = replace(
    PLAIN,
    promoted_by="ada",
    promotion_reason="better on languages.",
    promoted_at=datetime(2026, 11, 22, 8, tzinfo=UTC),
    former_model="drones-1",
    bridge_wave="w1",
    break_factor=1.2345,
    ci_lower=1.1,
    ci_upper=1.4,
    drift="watch",
    drift_since="w0",
    prior_shift="",
    learnt_share=0.15,
    wave_share=0.03,
)


def test_readers_are_told_of_promotion_break_drift_and_prior() -> None:
    promotion, bridge, drift, prior = model_notes(FULL)
    assert promotion == (
        "Its model drones-2 was promoted on 2026-11-22 by ada: better on languages."
    )
    assert "took over from drones-1: on wave w1 it decides 1.23 times" in bridge
    assert "(1.10 to 1.40)" in bridge
    assert drift == "Drift of the model against wave w0: it is to be watched (watch)."
    assert "15.0% of the labelled and 3.0% of the wave's" in prior


def test_what_was_not_done_is_told_as_that_or_not_at_all() -> None:
    [only] = model_notes(PLAIN)
    assert "is not promoted" in only
    assert "better than chance" in model_notes(replace(PLAIN, admitted=False))[1]
    assert model_facts(replace(PLAIN, admitted=False))["admitted"] == "no"
    assert model_notes(replace(PLAIN, basis="definition")) == ()
    assert "decided no company active" in model_notes(replace(FULL, break_factor=None))[1]
    assert "not corrected" in model_notes(replace(FULL, prior_shift="other_shift"))[3]
    assert "score otherwise" in model_notes(replace(FULL, prior_shift="perhaps_moved"))[3]
    assert len(model_notes(replace(FULL, prior_shift="no_shift"))) == 3
    assert "a bound: the likeliest" in model_notes(replace(FULL, found_share=0.00001))[3]


def test_the_manifest_has_the_same_as_plain_values() -> None:
    assert model_facts(FULL) == {
        "promoted_on": "2026-11-22",
        "promotion_reason": "better on languages.",
        "superseded_by": "",
        "admitted": "yes",
        "former_model": "drones-1",
        "break_factor": 1.23,
        "drift": "watch",
        "drift_since": "w0",
        "prior_corrected": "yes",
    }
    assert model_facts(PLAIN)["break_factor"] is None


def test_a_sector_without_figures_is_not_spoken_of() -> None:
    sector = PublishedSector(
        note=SectorNote(name="drones", title="Drones"),
        estimates=(),
        comparison=(),
        audit={},
        model_id="drones-2",
        warnings=("Few answers.",),
    )
    facts, notes = about_decisions([FULL, replace(FULL, sector="tourism")], [sector])
    assert list(facts["decisions"]) == ["drones"]
    assert facts["warnings"] == {"drones": ["Few answers."]}
    assert notes[0] == "drones: Few answers."
    assert not any(note.startswith("tourism") for note in notes)
    assert "warnings" not in about_decisions([FULL], [replace(sector, warnings=())])[0]


@pytest.fixture
def store() -> Store:
    with Store() as opened:
        yield opened


def test_the_basis_is_read_from_what_promotion_bridge_and_drift_left(store: Store) -> None:
    store.execute(
        "INSERT INTO prediction BY NAME SELECT 'w1' AS wave, u AS unit_id, 'drones' AS sector,"
        " 0.5 AS probability, true AS active, 0.5 AS threshold, 'model' AS basis, 'm2' AS model_id,"
        " '' AS input_digest FROM (SELECT unnest(['a', 'b']) AS u)"
    )
    [bare] = load_decision_bases(store, "w1")
    assert (bare.sector, bare.model_id, bare.promoted_at, bare.drift) == ("drones", "m2", None, "")
    for place, verdict in enumerate(("keep", "watch", "not_measured")):
        store.execute(
            "INSERT INTO drift_check BY NAME SELECT 'w1' AS wave, 'drones' AS sector,"
            " 'w0' AS reference_wave, 'm2' AS model_id, ? AS position, 'data' AS kind, ? AS name,"
            " ? AS verdict, '' AS detail, '1' AS method_version",
            [place, verdict, verdict],
        )
    store.execute(
        "INSERT INTO model_promotion VALUES ('drones', 'm2', 'good', 'ada', '2026-01-02'),"
        " ('tourism', 'm9', 'x', 'bob', '2026-01-03')"
    )
    store.execute(
        "INSERT INTO prior_shift VALUES"
        " ('w1', 'drones', 'm2', 0.2, 0.1, 2, 5, true, 0.001, 0.5, '', 'v', 0.01, 0.1)"
    )
    [found] = load_decision_bases(store, "w1")
    assert (found.promoted_by, found.drift, found.drift_since) == ("ada", "watch", "w0")
    assert (found.prior_shift, found.wave_share) == ("", 0.1)
    assert (found.superseded_by, found.superseded_at) == ("", None)
    # A promotion of another model since: somebody answered for this one, which is another's now.
    store.execute("INSERT INTO model_promotion VALUES ('drones', 'm3', 'r', 'eve', '2026-02-01')")
    [former] = load_decision_bases(store, "w1")
    assert (former.promoted_by, former.superseded_by) == ("ada", "m3")
    assert model_notes(former)[0] == (
        "Its model m2 was promoted on 2026-01-02 by ada: good. Since 2026-02-01 m3 is promoted in"
        " its place."
    )
    store.execute("INSERT INTO model_promotion VALUES ('drones', 'm2', 'no', 'eve', '2026-03-01')")
    [back] = load_decision_bases(store, "w1")
    assert (back.promotion_reason, back.superseded_by) == ("no", "")
    assert load_decision_bases(store, "w2") == []
