"""The made-up economy: the same bytes every time, with what was promised in it."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.de import vat as german_vat
from stdnum.es import nif as spanish_vat
from stdnum.fr import tva as french_vat
from stdnum.gb import vat as british_vat
from stdnum.it import iva as italian_vat

from sectorlens.demo.economy import LABEL_COLUMNS, REGISTER_COLUMNS, Economy, make_economy
from sectorlens.demo.population import REGIONS
from sectorlens.demo.texts import load_activities
from sectorlens.demo.world import LANGUAGES, SECTORS, SITUATION_SHARES, Situation
from storage.accounting import Outcome
from storage.errors import InvalidInput

ROOT = Path(__file__).resolve().parents[3]
VAT_RULES = {
    "GB": british_vat, "DE": german_vat, "FR": french_vat, "ES": spanish_vat, "IT": italian_vat,
}  # fmt: skip
CONTRACT_COLUMNS = {
    "unit_id", "unit_type", "legal_name", "trade_name", "nace_code", "size_class", "region",
    "address", "postcode", "city", "country", "phone", "email", "vat_number",
    "registration_number", "employees", "turnover", "website",
}  # fmt: skip


@pytest.fixture(scope="module")
def economy() -> Economy:
    return make_economy()


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_same_seed_gives_the_same_bytes_in_another_process(hash_seed: str) -> None:
    code = "from sectorlens.demo.economy import make_economy; print(make_economy(7, 80).digest)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip() == make_economy(7, 80).digest


def test_another_seed_gives_another_economy() -> None:
    assert make_economy(1, 60).digest != make_economy(2, 60).digest


@pytest.mark.parametrize("size", [39, 5001])
def test_an_impossible_size_is_refused_with_the_range(size: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make_economy(1, size)
    assert "40 to 5000" in refusal.value.advice


def test_every_situation_occurs_as_often_as_promised(economy: Economy) -> None:
    counts = Counter(unit.situation for unit in economy.units)
    for situation, share in SITUATION_SHARES.items():
        assert counts[situation] == max(1, round(share * economy.size))
    assert counts[Situation.SHARED] == 2
    for single in (Situation.TWO_WEBSITES, Situation.OTHER_COMPANY, Situation.HOSTILE):
        assert counts[single] == 1
    assert counts[Situation.NO_WEBSITE] == 54


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(40, 160))
def test_any_economy_is_whole(seed: int, size: int) -> None:
    made = make_economy(seed, size)
    assert len(made.units) == size
    assert len({unit.unit_id for unit in made.units}) == size
    assert len({unit.firm.legal_name for unit in made.units}) == size
    assert len({unit.firm.vat_number for unit in made.units}) == size
    assert {unit.situation for unit in made.units} == set(Situation)
    assert len({website.host for website in made.websites}) == len(made.websites)
    assert all(sum(made.truth(sector).values()) > 0 for sector in SECTORS)


def test_sectors_have_their_prevalence_and_some_units_are_in_two(economy: Economy) -> None:
    expected = {"drones": 30, "ai_software": 30, "clean_energy": 30, "logistics": 24, "tourism": 24}
    for sector, count in expected.items():
        assert abs(sum(economy.truth(sector).values()) - count) <= 1
    assert sum(len(unit.sectors) > 1 for unit in economy.units) >= 8


def test_there_are_twelve_kinds_of_firms_in_each_sector_and_more_outside() -> None:
    kinds = Counter(sector for activity in load_activities() for sector in activity.sectors)
    assert all(kinds[sector] >= 12 for sector in SECTORS)
    assert sum(not activity.sectors for activity in load_activities()) >= 30


def test_all_languages_and_regions_are_there(economy: Economy) -> None:
    languages = Counter(unit.firm.language for unit in economy.units)
    assert set(languages) == set(LANGUAGES)
    assert min(languages.values()) >= 30
    regions = {
        unit.firm.region for unit in economy.units if unit.situation is not Situation.HOSTILE
    }
    assert regions == set(REGIONS)


def test_all_vat_numbers_are_valid_and_their_own(economy: Economy) -> None:
    for unit in economy.units:
        assert VAT_RULES[unit.firm.country].is_valid(unit.firm.vat_number), unit.firm.vat_number
        if unit.firm.country == "FR":
            assert luhn.is_valid(unit.firm.registration_number)
    assert len({unit.firm.vat_number for unit in economy.units}) == economy.size


def test_the_register_holds_the_columns_of_the_contract(economy: Economy) -> None:
    rows = list(
        csv.DictReader(
            io.StringIO(economy.register_csv(lambda _: 8080).decode("utf-8"), newline="")
        )
    )
    assert len(rows) == economy.size
    assert set(rows[0]) == CONTRACT_COLUMNS == set(REGISTER_COLUMNS)
    for row, unit in zip(rows, economy.units, strict=True):
        assert row["unit_id"] == unit.unit_id
        assert row["legal_name"] == unit.firm.legal_name
        assert len(row["website"].split()) == len(unit.hosts)
        assert all(":8080" in website for website in row["website"].split())
        assert int(row["employees"]) >= 1
        assert int(row["turnover"]) > 0
    assert any("." in row["nace_code"] for row in rows)
    assert any(row["nace_code"].isdigit() for row in rows)
    assert any(row["website"] and "://" not in row["website"] for row in rows)


def test_the_register_asks_for_the_port_of_each_host(economy: Economy) -> None:
    asked: list[str] = []

    def port_of(host: str) -> int:
        asked.append(host)
        return 1

    economy.register_csv(port_of)
    assert asked == [host for unit in economy.units for host in unit.hosts]


def test_one_unit_is_hostile_in_name_and_region(economy: Economy) -> None:
    (unit,) = (unit for unit in economy.units if unit.situation is Situation.HOSTILE)
    assert unit.firm.legal_name.startswith("=HYPERLINK(")
    assert "<script>" in unit.firm.legal_name
    assert "\u202e" in unit.firm.legal_name
    assert unit.firm.region.startswith("=")
    assert "\u202e" in unit.firm.region


def test_labels_are_enriched_and_leave_active_units_for_the_audit(economy: Economy) -> None:
    labels = economy.labels()
    labelled = {label.unit_id for label in labels}
    assert len(labelled) == 120
    assert len(labels) == 600
    websites = {unit.unit_id for unit in economy.units if unit.hosts}
    assert labelled <= websites
    for sector in SECTORS:
        truth = economy.truth(sector)
        active = sum(truth[unit_id] for unit_id in labelled)
        left = sum(truth[unit_id] for unit_id in websites - labelled)
        assert active / 120 > sum(truth.values()) / 300
        assert active >= 8
        assert left >= 5
    unsure = [label for label in labels if label.active is None]
    assert 1 <= len(unsure) <= 3
    for label in labels:
        if label.active is not None:
            assert label.active == economy.truth(label.sector)[label.unit_id]


def test_the_label_file_is_for_training_only(economy: Economy) -> None:
    rows = list(csv.DictReader(io.StringIO(economy.labels_csv().decode("utf-8"), newline="")))
    assert tuple(rows[0]) == LABEL_COLUMNS
    assert {row["purpose"] for row in rows} == {"training"}
    assert {row["active"] for row in rows} == {"0", "1", ""}


def test_an_unknown_sector_is_told_with_the_known_ones(economy: Economy) -> None:
    with pytest.raises(InvalidInput) as refusal:
        economy.truth("shipbuilding")
    assert "drones" in refusal.value.advice


def test_every_unit_has_an_outcome_that_a_unit_can_have(economy: Economy) -> None:
    outcomes = economy.expected_outcomes()
    assert set(outcomes) == {unit.unit_id for unit in economy.units}
    units_alone = {Outcome.CLASSIFIED, Outcome.NO_WEBSITE, Outcome.NOT_THE_UNITS_WEBSITE}
    assert Outcome.REACHED not in outcomes.values()  # of websites alone
    assert set(outcomes.values()) >= units_alone
    classified = Counter(outcomes.values())[Outcome.CLASSIFIED]
    assert 170 <= classified <= 200
