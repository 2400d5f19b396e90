"""What an operator is told where no sector may be published."""

import pytest

from experimental_stats.withheld import refuse_release
from storage.errors import QualityError


@pytest.mark.parametrize("code", ["too_few", "not_protectable"])
def test_few_companies_are_no_want_of_a_model_or_an_audit(code: str) -> None:
    with pytest.raises(QualityError) as told:
        refuse_release("w1", {"drones": code})
    assert "breakdowns" in told.value.advice
    assert "model" not in told.value.advice


def test_each_reason_has_its_own_advice() -> None:
    with pytest.raises(QualityError) as told:
        refuse_release("w1", {"drones": "too_few", "tourism": "only_ranked"})
    assert "sectorlens model train" in told.value.advice
    assert "breakdowns" in told.value.advice
