"""A release is taken back: its place says so, the records keep what it told."""

import csv
import hashlib
import json
from dataclasses import replace

import pytest

from experimental_stats.revisions import revision_triangle
from experimental_stats.run import (
    produce_release,
)
from experimental_stats.vintages import told_vintages
from experimental_stats.withdrawal import withdraw_release
from storage.errors import InvalidInput, QualityError
from storage.tables.withdrawal import load_releases

REASON = "A frame <b>of the wrong quarter</b> was used.\u202e"


@pytest.fixture
def released(store, audited, plan, exporters, tmp_path):
    def release(chosen=plan):
        produce_release(store, chosen, directory=tmp_path / "r", exporters=exporters)
        return tmp_path / "r"

    return release


def triangle(store):
    rows = {r.measure: r for r in revision_triangle(told_vintages(store))}
    return rows["enterprises"]


def test_the_place_of_a_withdrawn_release_says_so(store, released):
    place = released()
    before = {p.name: p.read_bytes() for p in place.rglob("*.csv")}
    found = withdraw_release(store, str(place), reason=REASON)
    assert (found.directory, found.was_last) == (place, True)
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["withdrawn"]["reason"] == "A frame <b>of the wrong quarter</b> was used."
    for name, told in manifest["files"].items():
        content = (place / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    page = (place / "index.html").read_text()
    assert page.count("Withdrawn on") == 1
    assert "&lt;b&gt;of the wrong" in page.partition("</h1>")[2][:400]
    assert "<b>of the wrong" not in page
    assert "wrong quarter" in (place / "WITHDRAWN.txt").read_text()
    assert {p.name: p.read_bytes() for p in place.rglob("*.csv")} == before


def test_the_records_keep_what_it_told_and_the_next_release_is_another_vintage(store, released):
    place = released()
    withdraw_release(store, str(place), reason="wrong")
    assert triangle(store).withdrawn == (True,)
    assert store.rows("SELECT count(*) FROM estimate") == [(0,)]
    assert store.rows("SELECT DISTINCT reason FROM release_withdrawal") == [("wrong",)]
    [one] = load_releases(store, "w1")
    assert one["reason"] == "wrong"
    released()
    assert triangle(store).withdrawn == (True, False)
    assert store.rows("SELECT count(*) > 0 FROM estimate") == [(True,)]
    # An older release taken back leaves the estimates of the last one.
    digest = load_releases(store)[0]["release_digest"]
    with pytest.raises(InvalidInput, match="was withdrawn on"):
        withdraw_release(store, digest, reason="again")


def test_a_release_of_unchanged_figures_takes_its_vintage_with_it(store, released):
    released()
    place = released()
    assert len(triangle(store).values) == 1
    assert not withdraw_release(
        store, load_releases(store)[0]["release_digest"], reason="the first"
    ).was_last
    assert withdraw_release(store, str(place), reason="the second").was_last
    assert {(r["reason"]) for r in load_releases(store)} == {"the first", "the second"}
    assert triangle(store).withdrawn == (True,)


def told_by(place) -> dict[tuple[str, ...], str]:
    files = [file for file in (place / "tables").glob("*_by_*.csv") if "classes" not in file.name]
    rows = [row for file in files for row in csv.DictReader(file.open(encoding="utf-8"))]
    names = ("sector", "measure", "domain_variable", "domain", "estimator")
    return {tuple(row[n] for n in names): row["value"] for row in rows if "estimator" in row}


def test_what_was_told_stays_told_until_the_release_is_taken_back(store, released, plan):
    loose = replace(plan, rules=replace(plan.rules, minimum_contributors=1, p_percent=0.0))
    place = released(loose)
    before = told_by(place)
    strict = replace(plan, rules=replace(plan.rules, minimum_contributors=15))
    with pytest.raises(QualityError, match="could be inferred") as refused:
        released(strict)
    assert "release withdraw" in refused.value.advice
    withdraw_release(store, str(place), reason="rules were too loose")
    now = told_by(released(strict))
    # It is known, and yet not told again.
    hidden = {key for key, value in now.items() if not value and before[key]}
    assert hidden
    assert any(now.values())


def test_a_dry_run_changes_nothing_and_a_broken_run_is_finished(store, released):
    place = released()
    manifest = (place / "manifest.json").read_bytes()
    planned = withdraw_release(store, str(place), reason="wrong", dry_run=True)
    assert planned.directory == place
    assert (place / "manifest.json").read_bytes() == manifest
    assert load_releases(store)[0]["reason"] is None
    withdraw_release(store, str(place), reason="wrong")
    done = (place / "manifest.json").read_bytes()
    (place / "manifest.json").write_bytes(manifest)  # killed before its last step
    withdraw_release(store, str(place), reason="another reason comes too late")
    assert (place / "manifest.json").read_bytes() == done
    assert (place / "index.html").read_text().count("Withdrawn on") == 1


def test_what_cannot_be_withdrawn_is_said(store, released, tmp_path):
    place = released()
    with pytest.raises(InvalidInput, match="needs a reason"):
        withdraw_release(store, str(place), reason=" \u202e ")
    with pytest.raises(InvalidInput, match="holds no release"):
        withdraw_release(store, str(tmp_path / "elsewhere"), reason="x")
    with pytest.raises(InvalidInput, match="No release sha256:00 was made"):
        withdraw_release(store, "sha256:00", reason="x")
    withdraw_release(store, str(place), reason="x")
    with pytest.raises(InvalidInput, match=r"was withdrawn on .*: x"):
        withdraw_release(store, str(place), reason="y")
