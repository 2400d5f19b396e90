"""A release from which a hidden figure can be had is not written."""

from dataclasses import replace

import pytest

from experimental_stats.run import (
    produce_release,
)
from storage.errors import QualityError
from storage.tables.change import load_told_lower_ends


def test_a_stricter_rule_after_a_looser_release_is_refused_by_name(
    store, audited, plan, exporters, tmp_path
):
    loose = replace(plan, rules=replace(plan.rules, minimum_contributors=1, p_percent=0.0))
    produce_release(store, loose, directory=tmp_path / "r", exporters=exporters)
    told = (tmp_path / "r" / "manifest.json").read_bytes()
    strict = replace(plan, rules=replace(plan.rules, minimum_contributors=15))
    with pytest.raises(QualityError) as refused:
        produce_release(store, strict, directory=tmp_path / "r", exporters=exporters)
    assert refused.value.exit_code == 5
    assert "could be inferred; nothing was written" in refused.value.title
    assert any("told by an earlier release" in line for line in refused.value.details)
    assert (tmp_path / "r" / "manifest.json").read_bytes() == told


def test_the_same_release_again_is_not_refused(store, audited, plan, exporters, tmp_path):
    strict = replace(plan, rules=replace(plan.rules, minimum_contributors=12))
    for name in ("one", "two"):
        produce_release(store, strict, directory=tmp_path / name, exporters=exporters)
    assert store.rows("SELECT 1 FROM estimate WHERE disclosure = 'primary'")


def test_where_intervals_began_is_remembered_of_what_was_told(
    store, audited, plan, exporters, tmp_path
):
    strict = replace(plan, rules=replace(plan.rules, minimum_contributors=12))
    produce_release(store, strict, directory=tmp_path / "r", exporters=exporters)
    rows = store.rows(
        "SELECT wave, sector, measure, domain_variable, domain, ci_lower, disclosure FROM estimate"
        " WHERE estimator <> 'classify_and_count'"
    )
    hidden = {row[2:5] for row in rows if row[6]}
    assert hidden
    wave, sector = rows[0][:2]
    (told,) = load_told_lower_ends(store, wave, sector)
    assert {(m, *key): lower for (m, key), lower in told.items()} == {
        row[2:5]: row[5] for row in rows if row[1] == sector and row[2:5] not in hidden
    }
