"""What single companies contribute to the figures of domains (pure)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from experimental_stats.disclosure.linked import ALL

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from experimental_stats.disclosure.linked import Key

Amounts = dict[tuple[str, "Key"], list[float]]


def amounts_by_domain(
    units: pa.Table, places: Sequence[int], *, domains: Iterable[str], measures: Iterable[str]
) -> Amounts:
    """Return (measure, domain) -> amounts of the companies in it; the total is always there.

    Args:
        units: The domain columns and the measures; a measure without a column counts companies.
        places: Rows of the companies that contribute.
        domains: Domain variables.
        measures: Names of the measures.
    """
    members = units.take(pa.array(places, pa.int64()))
    keys = [[ALL] * len(places)]
    keys += [[(name, code) for code in members.column(name).to_pylist()] for name in domains]
    amounts: Amounts = defaultdict(list)
    for measure in measures:
        held = measure in members.column_names
        values = members.column(measure).to_pylist() if held else [1.0] * len(places)
        amounts[measure, ALL] = []
        for row in keys:
            for key, value in zip(row, values, strict=True):
                amounts[measure, key].append(value)
    return dict(amounts)


def amounts_by_company(
    units: pa.Table, who: Collection[str], *, domains: Iterable[str], measures: Iterable[str]
) -> dict[tuple[str, Key], dict[str, float]]:
    """Return (measure, domain) -> company -> its amount.

    Args:
        units: unit_id, the domain columns and the measures.
        who: Companies; those that are not among `units` are left out.
        domains: Domain variables.
        measures: Names of the measures, columns of `units`.
    """
    wanted = pa.array(sorted(who), pa.string())
    members = units.filter(pc.is_in(units.column("unit_id"), value_set=wanted))
    ids = members.column("unit_id").to_pylist()
    keys = [[ALL] * len(ids)]
    keys += [[(name, code) for code in members.column(name).to_pylist()] for name in domains]
    amounts: dict[tuple[str, Key], dict[str, float]] = defaultdict(dict)
    for measure in measures:
        values = members.column(measure).to_pylist()
        for row in keys:
            for key, unit, value in zip(row, ids, values, strict=True):
                amounts[measure, key][unit] = value
    return dict(amounts)


def three_largest(
    amounts: Mapping[tuple[str, Key], Sequence[float]],
) -> dict[tuple[str, Key], tuple[float, ...]]:
    """Return the three largest amounts of each measure and domain that has any."""
    return {
        key: tuple(sorted(values, reverse=True)[:3]) for key, values in amounts.items() if values
    }


def largest_contributions(
    units: pa.Table, audit: pa.Table, *, domains: Sequence[str], measures: Sequence[str]
) -> dict[tuple[str, Key], tuple[float, ...]]:
    """Return (measure, domain) -> the three largest amounts of companies in the sector.

    Args:
        units: unit_id, eligible, decision (1 where the model decided for the sector), the domain
            columns and the measures.
        audit: unit_id, active: what coders found; it overrules the model.
        domains: Domain variables.
        measures: Amounts; ``enterprises`` is none.
    """
    answers = dict(
        zip(audit.column("unit_id").to_pylist(), audit.column("active").to_pylist(), strict=True)
    )
    decided = units.column("decision").fill_null(0.0).to_numpy() > 0
    eligible = units.column("eligible").to_pylist()
    inside = [
        place
        for place, unit in enumerate(units.column("unit_id").to_pylist())
        if eligible[place] and answers.get(unit, decided[place])
    ]
    named = [measure for measure in measures if measure != "enterprises"]
    return three_largest(amounts_by_domain(units, inside, domains=domains, measures=named))
