"""Small figures are not told, nor left to be had by subtraction (pure).

The first form, for one-dimensional tables that share a total (methods.md 2.9): a threshold on the
number of units, and complementary suppression until no hidden figure can be had, or nearly had,
by taking the published ones from the total. One pattern holds for every measure and estimator of a
sector, since what is hidden for enterprises could else be read off employees. It does not know
dominance, hierarchies or crossings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from experimental_stats.audited_frame import TOTAL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from storage.records.release import Estimate

PROTECTION_SHARE = 0.3  # of a hidden figure, to stay open on both sides
PRIMARY, SECONDARY = "primary", "secondary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """One published row of figures that add up to a known total.

    Attributes:
        values: Code -> figure ≥ 0.
        bounds: Code -> most that an outsider knows the figure can be; empty where nobody knows.
        least_range: Range that has to stay open around a hidden figure, in its unit.
    """

    values: Mapping[str, float]
    bounds: Mapping[str, float]
    least_range: float = 0.0


def hidden_codes(
    margins: Sequence[Margin], unsafe: Collection[str], *, forced: Collection[str] = ()
) -> dict[str, str]:
    """Return which codes must be hidden: code -> ``primary`` or ``secondary``.

    Args:
        margins: All rows of figures that are published over the same codes.
        unsafe: Codes whose figures may not be told.
        forced: Codes that are hidden in another table with the same codes.

    Returns:
        The unsafe codes as primary; as secondary the forced ones and the smallest others that
        keep the unsafe ones open. Where those do not suffice, every code is hidden.
    """
    hidden = dict.fromkeys(sorted(forced), SECONDARY) | dict.fromkeys(sorted(unsafe), PRIMARY)
    codes = sorted({code for margin in margins for code in margin.values})
    spare = sorted(
        (code for code in codes if code not in hidden and margins[0].values.get(code, 0.0) > 0),
        key=lambda code: (margins[0].values[code], code),
    )
    while hidden and not all(_is_open(margin, hidden) for margin in margins):
        if not spare:
            # Zeros protect nothing while they are seen; hidden, they might be anything.
            return dict.fromkeys(codes, SECONDARY) | hidden
        hidden[spare.pop(0)] = SECONDARY
    return hidden


def protect_margins(
    estimates: Sequence[Estimate],
    *,
    seen: Mapping[tuple[str, str], int],
    minimum: int,
    forced: Mapping[str, Collection[str]],
) -> list[Estimate]:
    """Suppress what is unsafe in the estimates of one sector, and what would give it away.

    A domain is unsafe where its frame units, its units seen active, or its estimated enterprises
    by any estimator are fewer than `minimum` but more than none.

    Args:
        estimates: All measures, domains and estimators of one sector.
        seen: (domain variable, domain) -> eligible units found active in the audit.
        minimum: Least number of units behind a figure.
        forced: Domain variable -> codes hidden elsewhere.

    Returns:
        The estimates in the same order; suppressed ones without any figure or count.
    """
    hidden: dict[tuple[str, str], str] = {}
    for variable in dict.fromkeys(row.domain_variable for row in estimates):
        if variable == TOTAL:
            continue
        rows = [row for row in estimates if row.domain_variable == variable]
        unsafe = {
            row.domain
            for row in rows
            if _is_small(seen.get((variable, row.domain), 0), minimum)
            or _is_small(row.n_frame or 0, minimum)
            or (row.measure == "enterprises" and _is_small(row.value or 0.0, minimum))
        }
        pattern = hidden_codes(_margins(rows), unsafe, forced=forced.get(variable, ()))
        hidden |= {(variable, code): how for code, how in pattern.items()}
    return [
        _without_figures(row, hidden[row.domain_variable, row.domain])
        if (row.domain_variable, row.domain) in hidden
        else row
        for row in estimates
    ]


def is_small_total(estimates: Sequence[Estimate], seen: int, minimum: int) -> bool:
    """Return whether a sector's total itself rests on too few units to be told."""
    return _is_small(seen, minimum) or any(
        _is_small(row.value or 0.0, minimum)
        for row in estimates
        if row.domain_variable == TOTAL and row.measure == "enterprises"
    )


def _is_small(number: float, minimum: int) -> bool:
    return 0 < number < minimum


def _margins(rows: Sequence[Estimate]) -> list[Margin]:
    """Return a margin for every measure, once by the headline and once by classify and count."""
    margins = []
    groups = dict.fromkeys((row.measure, _is_headline(row)) for row in rows)
    # Enterprises by the headline come first: their size decides who is hidden next.
    for measure, headline in sorted(
        groups, key=lambda group: (group[0] != "enterprises", not group[1])
    ):
        chosen = [r for r in rows if r.measure == measure and _is_headline(r) == headline]
        counted = measure == "enterprises"
        margins.append(
            Margin(
                values={row.domain: row.value or 0.0 for row in chosen},
                bounds={row.domain: float(row.n_frame or 0) for row in chosen} if counted else {},
                least_range=1.0 if counted else 0.0,
            )
        )
    return margins


def _is_headline(row: Estimate) -> bool:
    return row.estimator != "classify_and_count"


def _is_open(margin: Margin, hidden: Mapping[str, str]) -> bool:
    """Return whether each primary figure stays open when the published ones are subtracted."""
    infinite = float("inf")
    inside = {code: margin.values.get(code, 0.0) for code in hidden}
    known_sum = sum(inside.values())
    for code, how in hidden.items():
        if how != PRIMARY:
            continue
        value = inside[code]
        most = margin.bounds.get(code, infinite)
        others = sum(margin.bounds.get(other, infinite) for other in inside if other != code)
        reach = max(PROTECTION_SHARE * value, margin.least_range)
        upper, lower = min(known_sum, most), max(known_sum - others, 0.0)
        if upper < min(value + reach, most) or lower > max(value - reach, 0.0):
            return False
    return True


def _without_figures(row: Estimate, how: str) -> Estimate:
    return replace(
        row,
        value=None,
        standard_error=None,
        ci_lower=None,
        ci_upper=None,
        n_frame=None,
        n_classified=None,
        n_audit=None,
        quality="",
        disclosure=how,
    )
