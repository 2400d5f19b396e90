"""Single contributors where companies report nothing: a hidden 0 can rise, but never fall."""

import numpy as np
import pytest

RULES = {"minimum_contributors": 2, "protection_percent": 30.0}
ALL_RULES = {"dominance": [[1, 75.0]], "p_percent": 10.0, "minimum_contributors": 3}


def made_of_zeros(tables, seed: int):
    """A table of two dimensions in which most companies report an amount of 0."""
    draw = np.random.default_rng(seed)
    dimensions = {
        name: {
            f"{name}{i}": "_T" if i < 3 else f"{name}{i % 3}" for i in range(draw.integers(3, 8))
        }
        for name, size in zip(("nace", "region"), draw.integers(3, 8, 2), strict=True)
    }
    leaves = [sorted(set(tree) - set(tree.values())) for tree in dimensions.values()]
    companies = int(draw.choice([1, 2, 3]) * len(leaves[0]) * len(leaves[1]))
    codes = {
        name: draw.choice(codes, companies).tolist()
        for name, codes in zip(dimensions, leaves, strict=True)
    }
    amounts = draw.integers(1, 4, companies) * (draw.random(companies) > 0.7)
    return tables.tabulate(codes, amounts.astype(float), dimensions, counts=False), dimensions


# In most of these a check by linear algebra alone overlooks somebody.
@pytest.mark.parametrize("seed", [1, 16, 29, 31, 85, 90])
def test_nobody_who_reports_alone_learns_more_from_zeros(tables, protected, seed):
    cells, dimensions = made_of_zeros(tables, seed)
    for rules in (RULES | {"dominance": [], "p_percent": 0.0}, RULES | ALL_RULES):
        outsider = protected(cells, dimensions, rules)
        assert outsider.judge() == []
