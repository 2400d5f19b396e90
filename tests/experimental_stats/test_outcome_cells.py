"""Small classes of outcomes within a domain of the waterfall are hidden, and cannot be had back."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.outcome_cells import (
    MOST_CELLS,
    attack_classes,
    cell_key,
    class_tables,
    hidden_classes,
)
from experimental_stats.population import attack_waterfall, hidden_domains, waterfall

CODES = {
    "classified": "complete",
    "timeout": "non_contact",
    "refused_robots": "refusal",
    "parked": "ineligible",
    "no_website": "structural",
}
NUMBERS = {  # complete, non_contact, refusal, ineligible, structural
    "north": (40, 9, 1, 4, 12),
    "south": (50, 8, 6, 5, 14),
    "west": (30, 7, 5, 0, 11),
    "east": (60, 4, 3, 8, 10),
}


def frame(numbers: dict = NUMBERS, **columns) -> pa.Table:
    outcomes, regions = [], []
    for region, counts in numbers.items():
        for outcome, n in zip(CODES, counts, strict=True):
            outcomes += [outcome] * n
            regions += [region] * n
    return pa.table(
        {
            "outcome": outcomes,
            "outcome_class": [CODES[outcome] for outcome in outcomes],
            "region": regions,
            **columns,
        }
    )


def by_class(rows) -> dict:
    return {
        (r.domain, r.outcome_class): (r.n_units, r.disclosure)
        for r in rows
        if r.domain_variable == "region"
    }


def test_the_one_unit_that_refuses_in_a_region_is_hidden_with_three_companions():
    told = by_class(waterfall(frame(), CODES, domains=["region"], minimum=3))
    assert told["north", "refusal"] == (None, "primary")
    hidden = {key for key, (number, _) in told.items() if number is None}
    # A rectangle: two classes of the target population in two regions, as few units as can be.
    assert hidden == {(r, c) for r in ("north", "east") for c in ("refusal", "non_contact")}
    assert told["north", "_T"] == (66, "")
    assert told["north", "complete"] == (40, "")


def test_rows_with_a_hidden_class_hide_no_domain():
    rows = waterfall(frame(), CODES, domains=["region"], minimum=3)
    assert hidden_domains(rows) == {}


def test_an_attacker_of_the_waterfall_finds_a_class_that_has_too_few_companions():
    rows = waterfall(frame(), CODES, domains=["region"], minimum=3)
    assert attack_waterfall(rows, frame(), domains=["region"], minimum=3) == []
    open_again = [
        replace(r, n_units=3, disclosure="")
        if (r.domain, r.outcome_class) == ("east", "refusal")
        else r
        for r in rows
    ]
    (found,) = attack_waterfall(open_again, frame(), domains=["region"], minimum=3)
    assert found == "waterfall region by class north: refusal: between 1 and 1"
    all_told = [
        replace(r, n_units=NUMBERS[r.domain][2], disclosure="")
        if r.disclosure and r.outcome_class == "refusal"
        else r
        for r in rows
    ]
    assert attack_waterfall(all_told, frame(), domains=["region"], minimum=3)


def test_a_class_that_margins_give_away_is_told():
    """Units outside the target population are told by every estimate, and here all are parked."""
    numbers = {"north": (40, 0, 0, 2, 0), "south": (50, 0, 0, 5, 0)}
    told = by_class(waterfall(frame(numbers), CODES, domains=["region"], minimum=3))
    assert told["north", "ineligible"] == (2, "")


def test_without_a_minimum_every_class_is_told():
    told = by_class(waterfall(frame(), CODES, domains=["region"], minimum=1))
    assert all(how == "" for _, how in told.values())


def test_a_breakdown_with_too_many_codes_is_told_without_its_classes():
    n = MOST_CELLS
    table = pa.table(
        {
            "outcome_class": ["structural", "complete"] * n,
            "plant": [f"p{i // 4}" for i in range(2 * n)],
            "region": ["a"] * n + ["b"] * n,
        }
    )
    hidden = hidden_classes(table, domains=["plant", "region"], minimum=3, hidden=())
    assert cell_key(("plant", "p7", "structural")) in hidden
    assert cell_key(("plant", "p7", "complete")) not in hidden
    assert cell_key(("region", "a", "structural")) not in hidden


@pytest.mark.parametrize("seed", range(6))
def test_no_random_frame_gives_a_small_class_away(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([60, 200, 600]))
    size = rng.choice(["s", "m", "l"], n, p=[0.6, 0.3, 0.1])
    region = rng.choice(list("abcdefgh")[: 3 + seed % 5], n)
    table = pa.table(
        {
            "outcome_class": rng.choice(sorted(CODES.values()), n, p=[0.6, 0.05, 0.15, 0.1, 0.1]),
            "size": size,
            "province": region,
            "region": np.where(np.isin(region, ["a", "b"]), "A", "B"),
            "region*size": [f"{r} * {s}" for r, s in zip(region, size, strict=True)],
        }
    )
    domains = ["size", "province", "region", "region*size"][: 2 + seed % 3]
    hidden = hidden_classes(table, domains=domains, minimum=3, hidden=())
    tables = class_tables(table, domains=domains, minimum=3, hidden=())
    told = {key: None if key in hidden else 1 for key in tables.cells}
    assert attack_classes(told, tables) == {}
    shuffled = table.take(rng.permutation(n))
    assert hidden_classes(shuffled, domains=domains, minimum=3, hidden=()) == hidden
