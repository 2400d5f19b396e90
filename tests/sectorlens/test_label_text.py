from __future__ import annotations

from itertools import combinations

from sectorlens.cli.label_text import agreement_lines


def test_the_pairs_with_most_subjects_are_told_and_the_others_counted() -> None:
    pairs = [
        {"coders": list(names), "n": n, "cohen_kappa": None, "gwet_ac1": None}
        for n, names in enumerate(combinations("abcdefgh", 2))
    ]
    told = {
        "n_double_coded": 27, "n_subjects": 30, "share_double_coded": 0.9, "n_disputed": 0,
        "n_open": 0, "n_contradicting_themselves": 0, "gwet_ac1": None, "pairs": pairs,
    }  # fmt: skip
    lines = list(agreement_lines(told))
    assert lines[1].startswith("g and h, 27 subjects")
    assert lines[-1].startswith("and 8 more pairs with no more subjects in common")
    assert len(lines) == 22
