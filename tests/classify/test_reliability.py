from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.card import card_markdown
from classify.reliability import describe_reliability, reliability_svg
from classify.training import train_model
from classify.workbench import Workbench
from storage.database import Store
from storage.records.assessment import HeldOutScore


def said(number: int, probability: float, active: bool) -> HeldOutScore:
    return HeldOutScore(
        subject=str(number),
        group_name="",
        fold=0,
        language="",
        text_digest="",
        active=active,
        probability=probability,
        decided=active,
    )


def test_groups_worked_by_hand() -> None:
    # Two groups of ten: predicted .1 and .9; observed .2 and .8: error (.1 + .1) / 2
    scores = [said(n, 0.1, n < 2) for n in range(10)] + [
        said(10 + n, 0.9, n < 8) for n in range(10)
    ]
    told = describe_reliability(scores)
    assert told["predicted_active"] == pytest.approx(10)
    assert told["observed_active"] == 10
    assert sum(one["n"] for one in told["bins"]) == 20
    # The ten groups hold two units each; their means are .1 or .9.
    assert {round(one["predicted"], 6) for one in told["bins"]} == {0.1, 0.9}


def test_what_true_probabilities_would_show_is_told_beside_what_is_shown() -> None:
    # Of 200 units of .1 each, 20 ± 1.96 √(200 · .1 · .9) = 12 to 28 are active by chance.
    told = describe_reliability([said(n, 0.1, n < 40) for n in range(200)])["if_true"]
    assert told["lower"] == pytest.approx(12, abs=1.5)
    assert told["upper"] == pytest.approx(28, abs=1.5)
    # A group of 20 is .1 ± √(.1 · .9 / 20) = .067; its mean distance is √(2 / π) of that.
    assert told["ece"] == pytest.approx(0.0535, abs=0.008)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_any_scores_make_a_chart_that_reads_as_xml(rows: list[tuple[float, bool]]) -> None:
    told = describe_reliability([said(n, p, active) for n, (p, active) in enumerate(rows)])
    for one in told["bins"]:
        assert 0 <= one["lower"] <= one["observed"] + 1e-9
        assert one["observed"] - 1e-9 <= one["upper"] <= 1
    predicted = [one["predicted"] for one in told["bins"]]
    assert predicted == sorted(predicted)
    drawn = reliability_svg(told["bins"], "Reliability")
    root = ElementTree.fromstring(drawn)  # noqa: S314 - made by ourselves
    circles = [node for node in root if node.tag.endswith("circle")]
    assert len(circles) == len(told["bins"])


def test_the_card_holds_table_and_chart(store: Store, economy: Any, workbench: Workbench) -> None:
    drones, others = economy.fill(8, 12)
    economy.label(drones, others)
    card = train_model(store, "drones", workbench, wave=economy.wave).content
    folder = workbench.model_directory / card["model_id"]
    assert "<circle" in (folder / "reliability.svg").read_text()
    told = (folder / "card.md").read_text()
    assert "## Do probabilities come true?" in told
    assert card["data"]["digest"] in told
    assert card["reliability"]["observed_active"] == 8
    older = {key: value for key, value in card.items() if key != "reliability"}
    assert "Do probabilities" not in card_markdown(older)
    newer = {**card, "calibration": {"method": "beta", "ece": 0.1, "bins": []}}
    assert "calibrated by beta;" in card_markdown(newer)
    assert "Probabilities that are true would show" in told
