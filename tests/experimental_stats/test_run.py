import csv
import hashlib
import json
import unicodedata
from dataclasses import replace

import duckdb
import numpy as np
import pytest
from csv_rows import rows_of

from experimental_stats.plan import SectorNote
from experimental_stats.run import (
    audit_sheet,
    draw_audit_sample,
    import_audit_answers,
    produce_release,
)
from storage.errors import InvalidInput, NotReady, QualityError


def test_the_interval_holds_the_truth_of_the_made_up_wave(built, audited):
    (total,) = [
        r for r in rows_of(built / "tables/drones_totals.csv") if r["measure"] == "enterprises"
    ]
    # Actives among the scored, and the same share among those not reached (rates are equal).
    expected = sum(audited.active.values()) * 6 / 5
    assert float(total["ci_lower"]) <= expected <= float(total["ci_upper"])
    assert total["estimator"] == "stratified_audit"


def test_the_manifest_lists_every_file_with_its_digest(built, plan):
    manifest = json.loads((built / "manifest.json").read_text())
    found = {p.relative_to(built).as_posix() for p in built.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == found - {"manifest.json"}
    for name, told in manifest["files"].items():
        body = (built / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    assert manifest["wave"] == "w1"
    assert manifest["made_from"]["frame_digest"].startswith("hmac-sha256:")
    assert manifest["made_from"]["sectors"] == {"drones": "1"}
    assert set(manifest["made_from"]["models"]) == {"drones-1"}


def test_built_twice_every_file_but_the_database_is_byte_equal(
    built, store, plan, exporters, tmp_path
):
    again = tmp_path / "again"
    produce_release(store, plan, directory=again, exporters=exporters)
    for path in sorted(built.rglob("*")):
        if path.is_file() and path.name not in {"release.duckdb", "manifest.json"}:
            assert path.read_bytes() == (again / path.relative_to(built)).read_bytes(), path
    first, second = (json.loads((d / "manifest.json").read_text()) for d in (built, again))
    for manifest in (first, second):
        for field in manifest.pop("varies"):
            name, _, key = field.removeprefix("files.").rpartition(".")
            del manifest["files"][name][key]
    assert first == second
    for table in ("estimate", "waterfall", "outcome_code", "code", "sector", "metadata"):
        bodies = []
        for directory in (built, again):
            with duckdb.connect(str(directory / "release.duckdb"), read_only=True) as connection:
                bodies.append(connection.table(table).fetchall())
        assert bodies[0] == bodies[1]
        assert bodies[0]


def test_the_database_holds_no_unit_page_or_text(built):
    with duckdb.connect(str(built / "release.duckdb"), read_only=True) as connection:
        names = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
        told = "\n".join(str(connection.table(name).fetchall()) for name in names)
    assert names == {
        *("estimate", "waterfall", "outcome_code", "code", "sector", "metadata"),
        *("sensitivity", "methods", "response"),
    }
    assert "u0001" not in told
    assert "HYPERLINK" not in told


def test_no_file_holds_a_formula_markup_or_a_sign_that_turns_text_around(built):
    for path in built.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for cell in (cell for row in csv.reader(file) for cell in row):
                if not cell.lstrip("-").replace(".", "", 1).isdigit():
                    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (path, cell)
    for path in built.rglob("*"):
        if path.suffix in {".csv", ".html", ".json"}:
            text = path.read_text(encoding="utf-8")
            assert not [c for c in text if unicodedata.category(c) == "Cf"], path
            assert "<script" not in text
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "<dt>A surveyor &lt;with&gt; one drone.</dt><dd>Active when it is offered.</dd>" in page
    assert "Version 1 of the definition." in page
    assert "&lt;b&gt;North" in page
    assert "Drones &lt;&amp; more&gt;" in page


def test_suppressed_figures_are_gone_from_every_place(store, audited, plan, exporters, tmp_path):
    strict = replace(plan, rules=replace(plan.rules, minimum_contributors=12))
    produce_release(store, strict, directory=tmp_path / "r", exporters=exporters)
    hidden = store.rows(
        "SELECT sector, measure, domain_variable, domain FROM estimate WHERE disclosure <> ''"
    )
    assert hidden
    for table in (tmp_path / "r" / "tables").glob("drones_by_*.csv"):
        for row in rows_of(table):
            if row["disclosure"]:
                told = [
                    row[name] for name in row if name.startswith(("value", "stand", "ci_", "n_"))
                ]
                assert told == [""] * 7
            else:
                assert float(row["ci_lower"]) <= float(row["value"]) <= float(row["ci_upper"])
    with duckdb.connect(str(tmp_path / "r" / "release.duckdb"), read_only=True) as connection:
        (left,) = connection.execute(
            "SELECT count(*) FROM estimate WHERE disclosure <> '' AND"
            " coalesce(value, standard_error, ci_lower, ci_upper, n_frame, n_classified, n_audit)"
            " IS NOT NULL"
        ).fetchone()
    assert left == 0


def test_published_domains_add_up_to_the_total(built):
    rows = rows_of(built / "tables/drones_by_nace_section.csv")
    assert not any(row["disclosure"] for row in rows)
    for total in rows_of(built / "tables/drones_totals.csv"):
        parts = [float(r["value"]) for r in rows if r["measure"] == total["measure"]]
        assert sum(parts) == pytest.approx(float(total["value"]), rel=1e-6)


def test_a_sector_that_is_only_ranked_is_withheld_with_its_reason(
    store, audited, plan, exporters, tmp_path
):
    audited.predict("tourism", ["u0001", "u0002"], np.array([0.1, 0.9]), basis="definition")
    wider = replace(plan, sectors=(*plan.sectors, SectorNote(name="tourism", title="Tourism")))
    report = produce_release(store, wider, directory=tmp_path / "r", exporters=exporters)
    assert report.rejected == {"only_ranked": 1}
    assert "only ranked by its definition" in (tmp_path / "r" / "index.html").read_text()


def test_where_only_the_audit_is_missing_the_command_is_named(
    store, wave, plan, exporters, tmp_path
):
    with pytest.raises(NotReady, match="No sector") as told:
        produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)
    assert "sectorlens audit draw" in told.value.advice
    draw_audit_sample(store, "w1", "drones", size=50, seed=1)
    with pytest.raises(NotReady) as told:
        produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)
    assert "sectorlens audit import" in told.value.advice
    assert not (tmp_path / "r").exists()


def test_where_all_are_only_ranked_the_release_is_refused(store, wave, plan, exporters, tmp_path):
    store.execute("UPDATE prediction SET basis = 'definition'")
    with pytest.raises(QualityError, match="may be published"):
        produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)


def test_a_sector_that_lacks_its_audit_only_is_awaited_whatever_is_said_of_others(
    store, wave, plan, exporters, tmp_path
):
    wave.predict("tourism", ["u0001"], np.array([0.1]), basis="definition")
    names = ("drones", "tourism", "logistics")
    wider = replace(plan, sectors=tuple(SectorNote(name=name, title=name) for name in names))
    with pytest.raises(NotReady) as told:
        produce_release(store, wider, directory=tmp_path / "r", exporters=exporters)
    assert told.value.advice == "Run first: `sectorlens audit draw`."
    assert list(told.value.details) == [
        "drones has no audit (`sectorlens audit draw --sector drones`)",
        "tourism is only ranked by its definition: no model has been trained for it"
        " (`sectorlens model train --sector tourism`)",
        "logistics has not been classified in this wave"
        " (`sectorlens classify run --sector logistics`)",
    ]


def test_a_new_sector_is_refused_also_where_the_others_were_not_asked_for(
    store, wave, plan, exporters, tmp_path
):
    store.execute("UPDATE prediction SET basis = 'definition'")
    wider = replace(plan, sectors=(*plan.sectors, SectorNote(name="tourism", title="Tourism")))
    with pytest.raises(QualityError, match="may be published") as told:
        produce_release(store, wider, directory=tmp_path / "r", exporters=exporters)
    assert "tourism has not been classified" in told.value.details[1]


def test_a_broken_bound_of_the_definition_refuses_before_a_byte_is_written(
    store, audited, plan, exporters, tmp_path
):
    tight = replace(plan, sectors=(replace(plan.sectors[0], highest_share=0.01),))
    with pytest.raises(QualityError, match="rules") as told:
        produce_release(store, tight, directory=tmp_path / "r", exporters=exporters)
    assert "above its bound" in told.value.details[0]
    assert not (tmp_path / "r").exists()


def test_a_directory_of_somebody_else_is_left_alone(store, audited, plan, exporters, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("precious")
    with pytest.raises(InvalidInput, match="not empty"):
        produce_release(store, plan, directory=tmp_path / "theirs", exporters=exporters)
    assert (tmp_path / "theirs" / "thesis.txt").read_text() == "precious"


def test_an_earlier_release_is_replaced_whole(built, store, plan, exporters):
    (built / "tables" / "left_over.csv").write_text("old")
    produce_release(store, plan, directory=built, exporters=exporters)
    assert not (built / "tables" / "left_over.csv").exists()
    assert [p.name for p in built.parent.iterdir() if p.name.startswith(".")] == []
    assert store.rows("SELECT count(*) FROM release") == [(2,)]


def test_a_format_that_fails_leaves_the_old_release_in_place(built, store, plan, exporters):
    class Broken:
        def files(self, release):
            return ()

        def write(self, release, directory, *, listed, store):
            raise OSError(28, "No space left on device")

    before = (built / "manifest.json").read_bytes()
    with pytest.raises(Exception, match="No space left") as told:
        produce_release(store, plan, directory=built, exporters=exporters | {"z": Broken()})
    assert told.value.exit_code == 1
    assert (built / "manifest.json").read_bytes() == before


def test_columns_that_the_frame_lacks_are_left_out_and_told(
    store, audited, plan, exporters, tmp_path
):
    asked = replace(
        plan, domains=("size_class", "colour", "legal_name"), measures=("enterprises", "turnover")
    )
    report = produce_release(store, asked, directory=tmp_path / "r", exporters=exporters)
    assert any("of or by colour, legal_name" in note for note in report.notes)
    assert any("turnover is not published" in note for note in report.notes)
    assert not (tmp_path / "r" / "tables" / "drones_by_colour.csv").exists()


def test_an_unknown_wave_says_which_command_comes_first(store, plan, exporters, tmp_path):
    with pytest.raises(NotReady, match="no wave"):
        produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)


def test_units_that_wait_are_told_and_count_as_not_reached(
    store, audited, plan, exporters, tmp_path
):
    store.execute("DELETE FROM website_text WHERE website_url = 'https://u0001.example/'")
    report = produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)
    assert any("1 units still waited" in note for note in report.notes)


def test_a_total_of_very_few_units_is_withheld(store, audited, plan, exporters, tmp_path):
    shy = replace(plan, rules=replace(plan.rules, minimum_contributors=10_000))
    with pytest.raises(QualityError) as told:
        produce_release(store, shy, directory=tmp_path / "r", exporters=exporters)
    assert "too few units" in told.value.details[0]


def test_an_audit_in_which_nobody_could_tell_says_nothing(store, wave, plan, exporters, tmp_path):
    draw_audit_sample(store, "w1", "drones", size=20, seed=1)
    sheet = audit_sheet(store, "w1", "drones")
    unsure = {row["unit_id"]: "" for row in sheet}
    import_audit_answers(store, "w1", wave.answer(sheet, tmp_path / "a.csv", **unsure))
    with pytest.raises(NotReady) as told:
        produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)
    assert "nobody could tell" in told.value.details[0]


def test_an_audit_that_knows_the_decided_active_alone_is_withheld(
    store, wave, plan, exporters, tmp_path
):
    draw_audit_sample(store, "w1", "drones", size=200, seed=1)
    sheet = audit_sheet(store, "w1", "drones")
    decided_inactive = store.fetch("SELECT unit_id FROM audit_unit WHERE stratum LIKE 'a%'")
    low = set(decided_inactive.column("unit_id").to_pylist())
    unsure = {row["unit_id"]: "" for row in sheet if row["unit_id"] in low}
    assert 0 < len(unsure) < len(sheet)
    import_audit_answers(store, "w1", wave.answer(sheet, tmp_path / "a.csv", **unsure))
    with pytest.raises(NotReady) as told:
        produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)
    assert "without an answer beyond the scores of most units" in told.value.details[0]


def test_units_of_which_nobody_could_tell_leave_a_release_possible(
    store, wave, plan, exporters, tmp_path
):
    draw_audit_sample(store, "w1", "drones", size=200, seed=1)
    sheet = audit_sheet(store, "w1", "drones")
    unsure = {row["unit_id"]: "" for row in sheet[:5]}
    import_audit_answers(store, "w1", wave.answer(sheet, tmp_path / "a.csv", **unsure))
    assert produce_release(store, plan, directory=tmp_path / "r", exporters=exporters).done == 1


def test_a_sector_without_predictions_names_the_command(store, wave, plan, exporters, tmp_path):
    other = replace(plan, sectors=(SectorNote(name="tourism", title="Tourism"),))
    with pytest.raises(NotReady) as told:
        produce_release(store, other, directory=tmp_path / "r", exporters=exporters)
    assert "classify run" in told.value.advice


def test_without_any_sector_there_is_nothing_to_publish(store, wave, plan, exporters, tmp_path):
    with pytest.raises(NotReady, match="no sector"):
        produce_release(
            store, replace(plan, sectors=()), directory=tmp_path / "r", exporters=exporters
        )


def test_two_formats_may_not_write_the_same_file(store, audited, plan, exporters, tmp_path):
    twice = exporters | {"again": exporters["html_page"]}
    with pytest.raises(InvalidInput, match=r"Two output formats write index\.html"):
        produce_release(store, plan, directory=tmp_path / "r", exporters=twice)


def test_a_file_is_no_place_for_a_release(store, audited, plan, exporters, tmp_path):
    (tmp_path / "r").write_text("a file")
    with pytest.raises(InvalidInput, match="is a file"):
        produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)
