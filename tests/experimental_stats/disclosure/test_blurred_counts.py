"""Numbers of companies told with noise or rounded: what readers and outsiders make of them."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.disclosure.blurred_counts import (
    Blur,
    blurred_counts,
    count_keys,
    record_key_sums,
)
from experimental_stats.disclosure.cell_key import record_keys
from experimental_stats.disclosure.count_method import CELL_KEY, ROUNDING, CountMethod
from experimental_stats.disclosure.estimates import (
    SectorEvidence,
    figures_by_layer,
    protect_estimates,
    without_figures,
)
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.rules import RELEASE_RULES
from experimental_stats.run import (
    produce_release,
)
from storage.errors import InvalidInput, QualityError
from storage.records.release import Estimate
from storage.tables.record_key import keep_record_key_secret

ALL = ("_T", "_T")
BANDS = {"precise": 0.05, "acceptable": 0.2}
NOISE = CountMethod(name=CELL_KEY)
ROUND = CountMethod(name=ROUNDING)


def row(variable: str, domain: str, value: float, **changes: object) -> Estimate:
    fields = {
        **{"wave": "w", "sector": "s", "measure": "enterprises", "estimator": "composite"},
        **{"domain_variable": variable, "domain": domain, "value": value, "standard_error": 0.8},
        **{"ci_lower": value * 0.6, "ci_upper": value * 1.5, "confidence_level": 0.95},
        **{"n_frame": int(value) + 40, "n_classified": 30, "n_audit": 9, "quality": "acceptable"},
        **{"disclosure": "", "method_version": "stratified_audit/1"},
    }
    return Estimate(**(fields | changes))


def made_up_sector(seed: int, codes: int = 6) -> tuple[list[Estimate], SectorEvidence]:
    """Return regions, sizes and their crossing with few companies a cell, and their keys."""
    draw = np.random.default_rng(seed)
    cells = draw.poisson(2.5, size=(codes, 3)) + np.where(draw.random((codes, 3)) < 0.3, 0.4, 0.0)
    rows = [row("_T", "_T", float(cells.sum()), n_frame=900)]
    rows += [row("region", f"r{i}", float(cells[i].sum())) for i in range(codes)]
    rows += [row("size", f"s{j}", float(cells[:, j].sum())) for j in range(3)]
    rows += [
        row("region*size", f"r{i}*s{j}", float(cells[i, j])) for i in range(codes) for j in range(3)
    ]
    rows += [replace(r, measure="employees", value=(r.value or 0) * 7) for r in rows]
    cell = {(i, j): ("region*size", f"r{i}*s{j}") for i in range(codes) for j in range(3)}
    nests = [(("region", f"r{i}"), tuple(cell[i, j] for j in range(3))) for i in range(codes)]
    nests += [(("size", f"s{j}"), tuple(cell[i, j] for i in range(codes))) for j in range(3)]
    keys = {(True, (r.domain_variable, r.domain)): float(draw.random()) for r in rows}
    return rows, SectorEvidence(seen={}, largest={}, nests=nests, record_keys=keys)


def told_by(method: CountMethod, rows, known) -> dict[tuple[str, str], Estimate]:
    found = blurred_counts(rows, known, RELEASE_RULES, Blur(method=method, bands=BANDS))
    return {key: told for (_, key), told in found.items()}


@pytest.mark.parametrize("method", [NOISE, ROUND], ids=["cell_key", "rounding"])
@pytest.mark.parametrize("seed", range(6))
def test_no_unsafe_number_is_had_from_noisy_or_rounded_ones(seed, method):
    rows, known = made_up_sector(seed)
    blur = Blur(method=method, bands=BANDS)
    counts = blurred_counts(rows, known, RELEASE_RULES, blur)
    told = protect_estimates(rows, known, RELEASE_RULES, counts=counts)
    assert attack_estimates(told, rows, known, RELEASE_RULES) == []
    unsafe = figures_by_layer(rows, known, RELEASE_RULES)["enterprises", True].up
    assert len(unsafe) > 4
    true = {(r.domain_variable, r.domain): r for r in rows if r.measure == "enterprises"}
    hidden = 0
    for (_, key), got in counts.items():
        hidden += bool(got.disclosure)
        if got.value is None or got.ci_lower is None or got.ci_upper is None:
            continue
        assert abs(got.value - true[key].value) <= got.noise_bound
        assert got.ci_lower <= min(got.value, true[key].value)
        assert got.ci_upper >= max(got.value, min(true[key].value, got.n_frame))
        if key in unsafe:
            assert got.noise_bound
            assert float(got.standard_error).is_integer()
    assert hidden <= len(unsafe) / 4
    # Amounts are hidden as ever.
    assert any(r.disclosure for r in told if r.measure == "employees")


@pytest.mark.parametrize("method", [NOISE, ROUND], ids=["cell_key", "rounding"])
def test_intervals_cover_the_truth_as_often_as_before(method):
    draw = np.random.default_rng(5)
    truth = draw.integers(8, 40, 400)
    sigma = 1.5
    seen = np.maximum(truth + draw.normal(0, sigma, 400), 5)
    rows = [row("_T", "_T", float(seen.sum()), n_frame=90_000)]
    for i, value in enumerate(seen.tolist()):
        ends = {"ci_lower": value - 1.96 * sigma, "ci_upper": value + 1.96 * sigma}
        rows.append(row("v", f"{i:03}", value, n_frame=900, standard_error=sigma, **ends))
    keys = {(True, (r.domain_variable, r.domain)): float(draw.random()) for r in rows}
    told = told_by(method, rows, SectorEvidence(seen={}, largest={}, record_keys=keys))
    got = [told["v", f"{i:03}"] for i in range(400)]
    covered = [g.ci_lower <= t <= g.ci_upper for g, t in zip(got, truth, strict=True)]
    assert np.mean(covered) > 0.96
    assert np.mean([g.ci_upper - g.ci_lower for g in got]) < 2 * (1.96 * sigma + method.margin)
    misses = np.array([g.value for g in got]) - seen
    assert abs(misses.mean()) < 0.3
    assert misses.std() < method.variance**0.5 * 1.2


def test_rounded_numbers_add_up_and_noisy_ones_keep_the_total():
    rows, known = made_up_sector(11)
    rounded = {key: told.value for key, told in told_by(ROUND, rows, known).items()}
    assert all(value % 5 == 0 for value in rounded.values())
    for whole, parts in [(ALL, [k for k in rounded if k[0] == "region"]), *known.nests]:
        assert rounded[whole] == sum(rounded[part] for part in parts)
    noisy = told_by(NOISE, rows, known)
    assert (noisy[ALL].value, noisy[ALL].noise_bound) == (rows[0].value, 0)
    assert noisy[ALL].method_version == "stratified_audit/1"
    assert noisy["size", "s0"].method_version == "stratified_audit/1+cell_key/1"


def test_rounding_goes_up_and_down_by_what_a_figure_lies_above_the_multiple_below():
    """Of a 0 nobody knows more than that fewer than 5 are meant: nearest multiples would tell 2."""
    values = {"a": 1.0, "b": 2.0, "c": 8.0, "d": 9.0}
    rows = [row("_T", "_T", 20.0, n_frame=900)]
    rows += [row("v", code, value, n_frame=90) for code, value in values.items()]
    found: dict[str, list[float]] = {code: [] for code in values}
    for seed in range(200):
        keys = record_keys([r.domain for r in rows], str(seed))
        known = SectorEvidence(
            seen={},
            largest={},
            record_keys={
                (True, (r.domain_variable, r.domain)): float(key)
                for r, key in zip(rows, keys, strict=True)
            },
        )
        told = told_by(ROUND, rows, known)
        assert sum(told["v", code].value for code in values) == told[ALL].value == 20.0
        for code in values:
            found[code].append(told["v", code].value)
    for code, value in values.items():
        assert set(found[code]) == {5.0 * (value // 5), 5.0 * (value // 5) + 5.0}
        assert abs(np.mean(found[code]) - value) < 0.9


def test_keys_of_rounding_are_of_the_sector_the_estimator_and_the_domain():
    units = pa.table({"region": ["n", "s", "n"]})
    audit = pa.table({"unit_id": pa.array([], pa.string())})

    def keys(*keyed: str, method: CountMethod = ROUND) -> dict:
        return count_keys(method, units, audit, domains=["region"], keyed=keyed)

    found = keys("secret", "drones")
    assert {key for _, key in found} == {ALL, ("region", "n"), ("region", "s")}
    assert len(set(found.values())) == len(found) == 6
    assert keys("secret", "drones") == found
    assert not set(found.values()) & set(keys("secret", "tourism").values())
    assert not set(found.values()) & set(keys("other", "drones").values())
    assert keys("", "drones", method=CountMethod()) == {}


def test_noise_at_its_bound_is_not_told_where_it_gives_a_number_away():
    # Of 2 companies told as 6 everybody would know that they are at least 2.
    rows = [row("_T", "_T", 60.0, n_frame=900), row("v", "a", 2.0), row("v", "b", 58.0)]
    hidden = set()
    for key in np.linspace(0, 0.9999, 60):
        known = SectorEvidence(
            seen={}, largest={}, record_keys={(True, ("v", "a")): key, (True, ("v", "b")): 0.5}
        )
        told = told_by(NOISE, rows, known)
        assert attack_estimates(list(told.values()), rows, known, RELEASE_RULES) == []
        if told["v", "a"].disclosure:
            hidden.add(key)
    assert 0 < len(hidden) < 12
    assert told["v", "b"].disclosure == ""


def test_parts_of_what_is_hidden_beside_an_unsafe_number_are_hidden_too():
    towns = {("town", "a1"): 10.0, ("town", "a2"): 12.0, ("town", "b1"): 18.0, ("town", "b2"): 20.0}
    rows = [row("_T", "_T", 60.0, n_frame=900), row("region", "a", 22.0), row("region", "b", 38.0)]
    rows += [row(*town, value) for town, value in towns.items()]
    names = list(towns)
    known = SectorEvidence(
        seen={("region", "a"): 1},
        largest={},
        nests=[(("region", "a"), tuple(names[:2])), (("region", "b"), tuple(names[2:]))],
        record_keys={(True, (r.domain_variable, r.domain)): 0.5 for r in rows},
    )
    # Multiples of 5 leave 5 to each side of 22, of which 30 % are 6.6. Where b alone is hidden
    # beside it, its towns tell what b is.
    told = told_by(ROUND, rows, known)
    assert attack_estimates(list(told.values()), rows, known, RELEASE_RULES) == []
    hidden = {key for key, one in told.items() if one.disclosure}
    assert hidden >= {("region", "a"), ("region", "b")}
    assert hidden & set(names[2:])


def test_an_attacker_takes_noise_for_what_it_is():
    rows = [row("_T", "_T", 60.0, n_frame=900), row("v", "a", 2.0), row("v", "b", 58.0)]
    known = SectorEvidence(seen={}, largest={})
    careless = [
        rows[0],
        replace(rows[1], value=6.0, noise_bound=4.5),
        replace(rows[2], value=58.0, noise_bound=4.5),
    ]
    (found,) = attack_estimates(careless, rows, known, RELEASE_RULES)
    assert found.startswith("s enterprises v a: between 1.5 and 6.5; has to reach from 1 to 3")
    # A rounded number that is hidden follows from the others: they add up.
    version = "stratified_audit/1+rounding/2"
    whole, a, b = (replace(r, noise_bound=2.0, method_version=version) for r in rows)
    leaky = [whole, without_figures(a, "primary"), b]
    far = RELEASE_RULES.__class__(minimum_contributors=3, protection_percent=150.0)
    (found,) = attack_estimates(leaky, rows, known, far)
    assert found.startswith("s enterprises v a: between 0 and 4; has to reach")


def test_the_same_companies_have_the_same_keys_in_whatever_order():
    units = pa.table(
        {
            "unit_id": ["a", "b", "c", "d"],
            "eligible": [True, True, True, False],
            "decision": [1.0, None, 0.0, 1.0],
            "region": ["n", "n", "s", "s"],
        }
    )
    audit = pa.table({"unit_id": ["b"], "active": [True]})
    found = record_key_sums(units, audit, domains=["region"], secret="x")  # noqa: S106 - a test's
    turned = record_key_sums(
        units.take([3, 1, 0, 2]), audit, domains=["region"], secret="x"  # noqa: S106 - a test's
    )  # fmt: skip
    assert found == pytest.approx(turned)
    (n_only, both) = found[False, ("region", "n")], found[True, ("region", "n")]
    assert both > n_only > 0
    # Nobody known to be in the sector: the keys of all companies of the domain.
    assert found[True, ("region", "s")] == found[False, ("region", "s")] > 0


def test_figures_that_no_rounded_table_comes_near_are_refused():
    rows = [row("_T", "_T", 90.0, n_frame=900), *(row("v", f"{i:02}", 4.5) for i in range(20))]
    hasty = CountMethod(name=ROUNDING, rounding_base=2)
    keys = {(True, (r.domain_variable, r.domain)): 0.5 for r in rows}
    known = SectorEvidence(seen={}, largest={}, record_keys=keys)
    assert sum(r.value for k, r in told_by(hasty, rows, known).items() if k != ALL) in {90.0, 92.0}
    apart = [replace(rows[0], value=300.0), *rows[1:]]
    with pytest.raises(QualityError, match="No additive table"):
        told_by(hasty, apart, known)


def test_a_workspace_keeps_one_secret(store):
    first = keep_record_key_secret(store)
    assert len(first) == 64
    assert keep_record_key_secret(store) == first
    assert keep_record_key_secret(store, first) == first
    with pytest.raises(InvalidInput, match="another secret"):
        keep_record_key_secret(store, "other")


def test_a_release_with_noise_after_one_that_hides_is_attacked_with_both(
    store, audited, plan, exporters, tmp_path
):
    strict = replace(plan, rules=replace(plan.rules, minimum_contributors=12))
    produce_release(store, strict, directory=tmp_path / "r", exporters=exporters)
    noisy = replace(strict, counts=NOISE)
    produce_release(store, noisy, directory=tmp_path / "r", exporters=exporters)
    told = defaultdict(set)
    for measure, variable, noise, suppressed in store.rows(
        "SELECT measure, domain_variable, noise_bound, disclosure FROM estimate"
    ):
        told[measure, variable == "_T"].add((noise, bool(suppressed)))
    assert (4.5, False) in told["enterprises", False]
    assert told["enterprises", True] == {(0.0, False)}
    assert {noise for noise, _ in told["employees", False]} == {0.0}
    page = (tmp_path / "r" / "index.html").read_text()
    assert "told with noise of at most 4" in page
    (secret,) = store.rows("SELECT secret FROM record_key_secret")[0]
    assert not [f for f in (tmp_path / "r").rglob("*") if f.is_file() and secret.encode() in
                f.read_bytes()]  # fmt: skip
    # The same noise again, and the first way again: both are attacked with what was told.
    produce_release(store, noisy, directory=tmp_path / "again", exporters=exporters)
    table = "tables/drones_by_region.csv"
    assert (tmp_path / "again" / table).read_bytes() == (tmp_path / "r" / table).read_bytes()
    produce_release(store, strict, directory=tmp_path / "r", exporters=exporters)
