from pathlib import Path

from storage.accounting import OUTCOMES, TRANSIENT

PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"


def test_the_page_tells_every_outcome_with_its_class_and_meaning() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for outcome, (kind, meaning) in OUTCOMES.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{outcome}` |"))
        assert f"`{kind}`" in row
        assert meaning in row


def test_the_page_says_which_outcomes_a_later_pass_may_improve() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if "*later pass*" in line
    ]
    marked = {line.split("`")[1] for line in rows if line.startswith("| `")}
    assert marked == {outcome.value for outcome in TRANSIENT}


def test_the_page_has_the_order_in_which_a_unit_takes_its_outcome() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    listed = [line.split("`")[1] for line in lines if line.startswith("| `")]
    outcomes = [outcome.value for outcome in OUTCOMES]
    assert [name for name in listed if name in outcomes] == outcomes
