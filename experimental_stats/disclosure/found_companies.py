"""What coders found, as tables of their own beside the estimates: intervals tell them (pure).

No figure can be lower than what coders found, and as a rule that is where its interval begins: a
whole number of companies, an amount without decimals. So whoever reads the intervals has a second
table for every measure, of what was found, and its domains add up as the estimates do. It is no
estimate: a told cell of it is exact, in a total of which coders saw nearly all. It is protected and
attacked like the estimates; what is hidden of it is where an interval begins, and no estimate: such
an interval begins at nothing, which is as true.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from experimental_stats.disclosure.asked_figures import asked_figures, without_parts_of_nothing
from experimental_stats.disclosure.changed_companies import held_apart
from experimental_stats.disclosure.contributions import amounts_by_domain, three_largest
from experimental_stats.disclosure.linked import ALL, SAME, Figures, Key, hidden_domains_of
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.disclosure.published_facts import EVERYTHING
from experimental_stats.disclosure.release_attack import ToldFigures, near_figures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pyarrow as pa

    from experimental_stats.disclosure.changed_companies import Difference
    from experimental_stats.disclosure.published_facts import Ends
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate

COUNTED = "enterprises"
SYNTHETIC = "synthetic"  # the estimator of a domain of which no unit was audited


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCompanies:
    """The companies that coders found active, by measure and domain.

    Attributes:
        amounts: (measure, domain) -> sum over them, in units of the measure.
        largest: (measure, domain) -> the three largest of them.
        counts: Domain -> their number.
        earlier: By release of the same wave: (measure, domain) -> where its interval began.
        changed: Of the measure that is looked at: domain -> what the difference between where its
            interval begins and where it began must not tell.
    """

    amounts: Mapping[tuple[str, Key], float] = field(default_factory=dict)
    largest: Mapping[tuple[str, Key], tuple[float, ...]] = field(default_factory=dict)
    counts: Mapping[Key, int] = field(default_factory=dict)
    earlier: Sequence[Mapping[tuple[str, Key], float]] = ()
    changed: Mapping[Key, Sequence[Difference]] = field(default_factory=dict)


def found_companies(
    units: pa.Table,
    audit: pa.Table,
    *,
    domains: Sequence[str],
    measures: Iterable[str],
    earlier: Sequence[Mapping[tuple[str, Key], float]] = (),
) -> FoundCompanies:
    """Return what coders found.

    Args:
        units: unit_id, eligible, the domain columns and the measures.
        audit: unit_id, active.
        domains: Domain variables, of this release and of earlier ones.
        measures: ``enterprises`` is a column of ones.
        earlier: See `FoundCompanies`.
    """
    answers = zip(*(audit.column(n).to_pylist() for n in ("unit_id", "active")), strict=True)
    active = {unit for unit, is_active in answers if is_active}
    ids, eligible = (units.column(name).to_pylist() for name in ("unit_id", "eligible"))
    inside = [i for i, unit in enumerate(ids) if eligible[i] and unit in active]
    amounts = amounts_by_domain(units, inside, domains=domains, measures=measures)
    return FoundCompanies(
        amounts={key: sum(values) for key, values in amounts.items()},
        largest=three_largest(amounts),
        counts={key: len(values) for (_, key), values in amounts.items()},
        earlier=earlier,
    )


def found_figures(
    found: FoundCompanies,
    measure: str,
    estimated: Figures,
    rules: Rules,
    *,
    counted: bool,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
) -> Figures | None:
    """Return the table of what was found of a measure; None where nothing is known of it.

    How many companies were found in all is told with the audit, and what earlier releases told
    stays told: a later model moves every estimate and none of what coders found. What these give
    away by themselves, as where all were found in one domain, can no longer be hidden.

    Args:
        found: What coders found.
        measure: The measure.
        estimated: Its estimates, the total among them: the domains there are, and how many
            companies a domain has, which is the most that can be found there.
        rules: What makes a figure unsafe.
        counted: Whether the measure is a number of companies.
        nests: Domains that are made up of others.
    """
    if (measure, ALL) not in found.amounts:
        return None
    keys = estimated.values.keys()
    figures = asked_figures(
        {key: found.amounts.get((measure, key), 0.0) for key in keys},
        {key: float(found.counts.get(key, 0)) for key in keys},
        rules,
        largest=None if counted else {k: found.largest.get((measure, k), ()) for k in keys},
        most=estimated.most,
    )
    figures = held_apart(without_parts_of_nothing(figures, nests), found.changed)
    earlier = _earlier(found, measure)
    known = {key for release in earlier for key in release} | ({ALL} if counted else set())
    beside_known = ToldFigures(
        name="",
        told={key: value if key in known else None for key, value in figures.values.items()},
        most=figures.most,
        earlier=earlier,
    )
    given_away = known | set(near_figures(beside_known, figures, nests, to_the_end=False))
    return replace(figures.asking_nothing_of(given_away), told=known & set(figures.values))


def _earlier(found: FoundCompanies, measure: str) -> list[dict[Key, Ends]]:
    """Return where intervals of earlier releases began with what is found now."""
    return [
        {
            key: (lower, lower)
            for (about, key), lower in release.items()
            if about == measure
            and abs(lower - found.amounts.get((measure, key), 0.0)) <= SAME * max(lower, 1.0)
        }
        for release in found.earlier
    ]


def untold_beginnings(
    found: Figures,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    *,
    hidden: Collection[Key],
    singletons: bool,
) -> set[Key]:
    """Return the domains, the total perhaps among them, whose intervals must begin at nothing.

    Args:
        found: The table of what was found.
        nests: Domains that are made up of others.
        hidden: Domains of which nothing is told.
        singletons: Whether the only company of a domain may not work out another.
    """
    if not found.up:
        return set()
    every = set(found.values) - set(found.told)
    if ALL in found.up or ALL in hidden:
        return every
    wanted = (set(hidden) | set(found.up)) & every
    try:
        return hidden_domains_of(found, nests, hidden=wanted, singletons=singletons)
    except CannotProtect:
        return every


def bounds_of_finds(
    rows: Iterable[Estimate], found: FoundCompanies, measure: str
) -> dict[Key, Ends]:
    """Return domain -> least and greatest amount that may have been found, by the rows beside it.

    Nothing more was found than is estimated, and no more companies than were audited; all of it was
    where the estimate has no error. That nobody of a domain was audited is told by its number of
    audited units, and by the name of the estimator, which stands on hidden rows as well.

    Args:
        rows: Of one sector, as they go out.
        found: What coders found: who reads a bound that does not hold, errs.
        measure: The measure.
    """
    ends: dict[Key, Ends] = {}
    for row in rows:
        if not row.is_headline:
            continue
        key = row.domain_variable, row.domain
        amount = found.amounts.get((measure, key), 0.0)
        least, most = ends.get(key, EVERYTHING)
        if row.estimator == SYNTHETIC or row.n_audit == 0:
            most = 0.0
        elif measure == COUNTED and row.n_audit is not None:
            most = min(most, float(row.n_audit))
        if row.measure == measure and row.value is not None and not row.noise_bound:
            most = min(most, row.value)
            least = row.value if row.standard_error == 0 else least
        if (least, most) != EVERYTHING:
            ends[key] = min(least, amount), max(most, amount)
    return ends


def within_bounds(figures: Figures, bounds: Mapping[Key, Ends]) -> Figures:
    """Return what was found as those know it who read the rows beside it.

    Args:
        figures: The table of what was found.
        bounds: From `bounds_of_finds`.
    """
    certain = {key for key, (least, most) in bounds.items() if least == most and key != ALL}
    ceilings = {key: min(most, figures.most.get(key, most)) for key, (_, most) in bounds.items()}
    return replace(
        figures,
        most={**figures.most, **ceilings},
        told={*figures.told, *(certain & figures.values.keys() - figures.up.keys())},
    )


def domains_in_the_way(
    figures: Figures,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    *,
    bounds: Mapping[Key, Ends],
    hidden: Collection[Key],
    singletons: bool,
) -> set[Key]:
    """Return domains whose estimates bound what was found too closely to protect it: to be hidden.

    They are those that would protect it if nothing were known of them; none where what was found is
    protected beside all estimates that are told, or nothing helps.

    Args:
        figures: The table of what was found.
        nests: Domains that are made up of others.
        bounds: From `bounds_of_finds`.
        hidden: Domains of which nothing is told.
        singletons: Whether the only company of a domain may not work out another.
    """
    bounded = within_bounds(figures, bounds)
    for seen in (bounded, figures):
        try:
            pattern = hidden_domains_of(
                seen, nests, hidden=hidden, singletons=singletons, thorough=False
            )
        except CannotProtect:
            continue
        return set() if seen is bounded else (pattern & bounds.keys()) - set(hidden)
    return set()


def found_as_told(
    found: FoundCompanies,
    figures: Figures,
    measure: str,
    *,
    told: Collection[Key],
    bounds: Mapping[Key, Ends],
    name: str,
) -> ToldFigures:
    """Return what outsiders see of what was found, if every interval that is told began with it.

    Args:
        found: For what earlier releases told: an interval that began with what is found now.
        figures: The table of what was found.
        measure: The measure.
        told: Domains whose estimates are told.
        bounds: From `bounds_of_finds`.
        name: For messages.
    """
    return ToldFigures(
        name=f"{name} {measure} (what coders found: where intervals begin)",
        told={key: value if key in told else None for key, value in figures.values.items()},
        most=figures.most,
        facts=bounds,
        earlier=_earlier(found, measure),
    )
