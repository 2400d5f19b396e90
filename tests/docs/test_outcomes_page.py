from pathlib import Path

from storage.accounting import OUTCOMES

PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"


def test_the_page_tells_every_outcome_with_its_class_and_meaning() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for outcome, (kind, meaning) in OUTCOMES.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{outcome}` |"))
        assert f"`{kind}`" in row
        assert meaning in row
