"""What the register holds of companies, in the sector or not, is told by no figure."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from experimental_stats.disclosure.linked import ALL
from experimental_stats.disclosure.register_amounts import (
    RegisterAmounts,
    register_breaches,
    unsafe_register_amounts,
    without_register_ends,
)
from experimental_stats.disclosure.rules import RELEASE_RULES, Rules
from experimental_stats.run import produce_release
from storage.records.release import Estimate

UNITS = pa.table(
    {
        "unit_id": list("abcdefgh"),
        "eligible": [True] * 7 + [False],
        "responded": [True, True, True, True, False, False, False, False],
        "region": ["north", "north", "north", "south", "south", "south", "south", "south"],
        "employees": [30.0, 25.0, 20.0, 22.0, 9000.0, 7.0, 5.0, 8000.0],
        "turnover": [30.0, 25.0, 20.0, 22.0, 19.0, 17.0, 15.0, 900.0],
    }
)
ROW = Estimate(
    wave="w",
    sector="s",
    measure="employees",
    domain_variable="region",
    domain="south",
    estimator="composite",
    value=40.0,
    standard_error=9.0,
    ci_lower=22.0,
    ci_upper=9034.0,
    confidence_level=0.95,
    n_frame=4,
    n_classified=1,
    n_audit=1,
    quality="",
    disclosure="",
    method_version="1",
)


def test_one_company_that_makes_most_of_the_silent_is_no_difference_between_assumptions():
    found = unsafe_register_amounts(UNITS, ["employees", "turnover"], RELEASE_RULES)
    assert found == RegisterAmounts(
        population=frozenset({"employees"}), silent=frozenset({"employees"})
    )
    off = unsafe_register_amounts(UNITS, ["employees", "turnover"], Rules())
    assert off == RegisterAmounts(population=frozenset(), silent=frozenset())


def test_two_silent_companies_are_too_few_and_none_are_safe():
    few = UNITS.filter(pa.array([True] * 4 + [False, True, True, True]))
    assert unsafe_register_amounts(few, ["turnover"], RELEASE_RULES).silent == {"turnover"}
    none = UNITS.slice(0, 4)
    assert unsafe_register_amounts(none, ["turnover"], RELEASE_RULES).silent == frozenset()


@pytest.mark.parametrize(
    ("key", "upper", "expected"),
    [
        (("region", "south"), 9034.0, 10_000.0),  # p % asks for 866 above 9,034: no step between
        (("region", "north"), 75.0, 100.0),
        (ALL, 9109.0, 10_000.0),
        (("region", "south"), 9033.0, 9033.0),  # the draws end there
        (("region", "elsewhere"), 9034.0, 9034.0),
    ],
)
def test_no_interval_ends_at_the_amount_of_all_companies_of_a_domain(key, upper, expected):
    row = replace(ROW, domain_variable=key[0], domain=key[1], ci_upper=upper)
    (told,) = without_register_ends([row], UNITS, RELEASE_RULES)
    assert told == replace(row, ci_upper=expected)


def test_the_new_end_lies_beyond_what_the_rules_ask_for():
    units = UNITS.set_column(4, "employees", pa.array([30.0, 25, 20, 22, 9900, 7, 5, 8000]))
    row = replace(ROW, ci_upper=9934.0)
    assert without_register_ends([row], units, RELEASE_RULES)[0].ci_upper == 20_000.0
    assert without_register_ends([row], units, Rules())[0].ci_upper == 10_000.0


def test_the_attacker_finds_each_way_to_the_register_s_amounts_when_it_is_open():
    """Rows as they would go out without the measures above."""

    def found(rows: list[Estimate], *assumptions: tuple[str, str, float]) -> list[str]:
        return register_breaches(rows, assumptions, UNITS, RELEASE_RULES)

    total = replace(ROW, domain_variable="_T", domain="_T", ci_upper=300.0)
    assert found([ROW, total]) == [
        "s employees region south: its interval ends at what all companies of the domain hold"
    ]
    safe = replace(ROW, domain="north", ci_upper=75.0)
    assert found([replace(ROW, ci_upper=9033.0), safe, total]) == []
    share = replace(total, measure="employees_share", value=0.004, ci_upper=0.03)
    (breach,) = found([total, share])
    assert breach.startswith("employees: figure and share")
    assert found([total, replace(share, value=None, disclosure="primary")]) == []
    assumed = [("employees", "none_active", 40.0), ("employees", "all_active", 9052.0)]
    (breach,) = found([total], *assumed)
    assert breach.startswith("employees: two assumptions")
    assert found([total], assumed[0]) == []


def test_a_release_tells_nothing_of_a_giant_that_nobody_decided_on(
    store, audited, plan, exporters, tmp_path
):
    silent = "SELECT unit_id FROM unit LEFT JOIN prediction p USING (wave, unit_id) JOIN"
    silent += " unit_outcome o USING (wave, unit_id) WHERE p.unit_id IS NULL"
    silent += " AND o.outcome_class NOT IN ('structural', 'ineligible')"
    plan = replace(plan, measures=("enterprises", "employees", "employees_share"))

    def told(name: str) -> tuple[set, dict]:
        produce_release(store, plan, directory=tmp_path / name, exporters=exporters)
        assumed = (tmp_path / name / "tables/sensitivity.csv").read_text(encoding="utf-8")
        shares = store.rows("SELECT value, disclosure FROM estimate WHERE measure ILIKE '%s_share'")
        return {line.split(",")[2] for line in assumed.splitlines()[1:]}, dict(shares)

    assert told("alike")[0] == {"enterprises", "employees"}
    ((giant,),) = store.rows(f"SELECT min(unit_id) FROM ({silent})")  # noqa: S608 - as above
    store.execute("UPDATE unit SET employees = 900000 WHERE unit_id = ?", [giant])
    for vintages in ("estimate_vintage", "vintage_company", "vintage_response"):
        store.execute(f"DELETE FROM {vintages}")  # noqa: S608 - as if for the first time
    assumed, shares = told("giant")
    assert assumed == {"enterprises"}
    assert shares == {None: "primary"}
    notes = (tmp_path / "giant/index.html").read_text(encoding="utf-8")
    assert "employees under other assumptions are not told" in notes
    assert "shares of employees are not told" in notes
