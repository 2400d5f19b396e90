"""Larger tables, judged by an attacker that shares no line with ours.

His unknowns are changes of the innermost cells from the true table, one programme over all of
them, solved by scipy; rules and ranges are read off the contract's words.
"""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

NEAR = 1e-6
FAR = 1e4  # ranges: as far as anybody has to go


class SecondOpinion:
    """Moves the innermost cells of a protected table in every way that nobody would notice."""

    def __init__(self, outsider):
        self.outsider, self.hidden = outsider, outsider.marks != ""
        leaves = {name: self._leaves(name) for name in outsider.names}
        place = {key: i for i, key in enumerate(outsider.keys)}
        inner = {}
        self.parts = []
        for key in outsider.keys:
            below = product(*(leaves[n][code] for n, code in zip(outsider.names, key, strict=True)))
            filled = [leaf for leaf in below if outsider.count[place[leaf]]]
            self.parts.append([inner.setdefault(leaf, len(inner)) for leaf in filled])
        self.values = np.array([outsider.value[place[leaf]] for leaf in inner])
        told = {tuple(p) for p, h in zip(self.parts, self.hidden, strict=True) if p and not h}
        rows = [(row, column) for row, parts in enumerate(told) for column in parts]
        where = np.array(rows).reshape(-1, 2).T
        self.rows = csr_matrix((np.ones(len(rows)), where), shape=(len(told), len(inner)))

    def _leaves(self, name: str) -> dict[str, list[str]]:
        parents = self.outsider.dimensions[name]
        found = {code: [] for code in ("_T", *parents)}
        for code in found.keys() - set(parents.values()):
            above = code
            while True:
                found[above].append(code)
                if above not in parents:
                    break
                above = parents[above]
        return found

    def reaches(self, cell: int, amount: float, sign: int, known: int | None = None) -> float:
        """Return how far a cell can move, in units of `amount`, while `known` stands still."""
        goal = np.zeros(len(self.values))
        goal[self.parts[cell]] = -sign
        least = np.maximum(-self.values / amount, -FAR)
        most = np.full_like(least, FAR)
        if known is not None:
            least[self.parts[known]] = most[self.parts[known]] = 0.0
        bounds = np.stack([least, most], axis=1)
        right = np.zeros(self.rows.shape[0])
        found = linprog(goal, A_eq=self.rows, b_eq=right, bounds=bounds, method="highs")
        assert found.status == 0
        return -found.fun

    def faults(self, singles: int) -> list[str]:
        """Return unsafe cells that are told or lie within their range, and those exposed."""
        who, faults = self.outsider, []
        unsafe = {i: who.bounds(i)[1:] for i in range(len(who.keys)) if who.bounds(i)[0]}
        for i, (lower, upper) in unsafe.items():
            if not self.hidden[i]:
                faults.append(f"{who.keys[i]}: open")
            for sign, far in ((1, upper - who.value[i]), (-1, who.value[i] - lower)):
                if far > 0 and self.reaches(i, far, sign) < 1 - NEAR:
                    faults.append(f"{who.keys[i]}: within its range")
        alone = np.flatnonzero(self.hidden & (who.count == 1))
        for single in alone[:: max(len(alone) // singles, 1)]:
            for i in unsafe:
                if set(self.parts[i]) != set(self.parts[single]):
                    amount = max(who.value[i], 1.0)
                    if sum(self.reaches(i, amount, s, single) for s in (1, -1)) < NEAR:
                        faults.append(f"{who.keys[i]}: exposed to {who.keys[single]}")
        return faults


@pytest.mark.parametrize(("sizes", "companies"), [((12, 10), 150), ((8, 7, 5), 300)])
def test_nothing_is_open_to_an_attacker_of_another_make(tables, protected, sizes, companies):
    made = tables.made_up_table(31, sizes=sizes, companies=companies)
    outsider = protected(made.cells, made.dimensions, tables.RULES)
    opinion = SecondOpinion(outsider)
    assert opinion.faults(singles=2) == []
    # He can find fault: one secondary told gives something away.
    secondary = np.flatnonzero(outsider.marks == "secondary")
    outsider.marks[secondary[np.argmin(outsider.value[secondary])]] = ""
    assert SecondOpinion(outsider).faults(singles=2)
