"""Protecting and attacking the estimates of one sector.

Who contributes to an estimate? Companies, not websites: the companies of a domain that are in the
sector. Nobody knows all of them, so the least of four numbers counts (if it is above 0): companies
of the target population in the domain, companies that coders found active there, and the estimates
of companies by the audit and by counting decisions. For amounts, the largest contributions are
those of the companies that coders found active or, where no coder looked, the model decided for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from experimental_stats.disclosure.asked_figures import asked_figures, without_parts_of_nothing
from experimental_stats.disclosure.beginnings import Layer, in_the_way, without_beginnings
from experimental_stats.disclosure.changed_companies import (
    COMPARED,
    DECIDED,
    INSIDE,
    Compared,
    held_apart,
)
from experimental_stats.disclosure.changed_unions import (
    hidden_beside,
    told_values,
)
from experimental_stats.disclosure.found_companies import COUNTED, FoundCompanies
from experimental_stats.disclosure.linked import ALL, Figures, Key, sums_of
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.disclosure.recalled import hidden_beside_known, with_recalled
from experimental_stats.disclosure.told_layers import near_beside_finds, of_layer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from experimental_stats.disclosure.published_facts import Ends
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate

PRIMARY, SECONDARY = "primary", "secondary"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorEvidence:
    """What is known of the companies behind a sector's figures, and of its earlier figures.

    Attributes:
        seen: Domain -> companies that coders found active.
        largest: (measure, domain) -> the three largest contributions, in units of the measure.
        nests: Domains that are made up of domains of another variable.
        forced: Domains that are hidden elsewhere in the release.
        before: (measure, domain) that the last release of the wave before hid.
        earlier: By release of the same wave: (measure, whether headline, domain) -> the least and
            the greatest figure that may stand behind what it told.
        recalled: Those of them that were withdrawn.
        record_keys: (whether headline, domain) -> what moves its number of companies: the sum of
            their record keys, or for rounding a key of the domain.
        found: What coders found, which intervals tell.
        compared: What changed since earlier releases of the wave.
        weights: The least and the greatest weight of a company of the sector.
    """

    seen: Mapping[Key, int]
    largest: Mapping[tuple[str, Key], tuple[float, ...]]
    nests: Sequence[tuple[Key, tuple[Key, ...]]] = ()
    forced: Collection[Key] = ()
    before: Collection[tuple[str, Key]] = ()
    earlier: Sequence[Mapping[tuple[str, bool, Key], Ends]] = ()
    recalled: Sequence[Mapping[tuple[str, bool, Key], Ends]] = ()
    record_keys: Mapping[tuple[bool, Key], float] = field(default_factory=dict)
    found: FoundCompanies = field(default_factory=FoundCompanies)
    compared: Compared = field(default_factory=Compared)
    weights: tuple[float, float] = (1.0, 1.0)


def protect_estimates(
    estimates: Sequence[Estimate],
    evidence: SectorEvidence,
    rules: Rules,
    *,
    counts: Mapping[tuple[bool, Key], Estimate] | None = None,
    amounts_whole: bool = False,
) -> list[Estimate]:
    """Suppress what is unsafe in the estimates of one sector, and what would give it away.

    A domain hidden for its number of companies is hidden for every measure and estimator; one
    hidden for a dominant contribution only for that measure. Where the total by counting decisions
    would give away what is hidden (a model that decides for nearly every unit of a small frame),
    nothing of that comparison is told.

    Args:
        estimates: All measures, domains and estimators of one sector.
        evidence: What is known behind them.
        rules: What makes a figure unsafe.
        counts: (whether headline, domain) -> numbers of companies as they are told, where they are
            protected otherwise: with noise, or rounded.
        amounts_whole: Whether nothing is told of an amount that no choice of domains protects.

    Returns:
        The estimates in the same order; suppressed ones without any figure or count.

    Raises:
        CannotProtect: No choice of domains protects the unsafe ones beside the headline total.
    """
    layers = figures_by_layer(estimates, evidence, rules)
    further: dict[str, set[Key]] = defaultdict(set)
    while True:
        marked = _marked(
            estimates, layers, evidence, rules, further=further, how=(counts, amounts_whole)
        )
        more = _also_hidden(marked, layers, evidence, rules)
        if all(keys <= further[measure] for measure, keys in more.items()):
            told = without_beginnings(marked, layers, evidence, rules)
            told, more = _apart_from_finds(told, estimates, layers, evidence, rules)
            if all(keys <= further[measure] for measure, keys in more.items()):
                return told
        for measure, keys in more.items():
            further[measure] |= keys


def _also_hidden(
    told: Sequence[Estimate],
    layers: Mapping[Layer, Figures],
    evidence: SectorEvidence,
    rules: Rules,
) -> dict[str, set[Key]]:
    """Return measure -> domains to hide too, for what unions of hidden ones tell of changes.

    And for what estimates that are told say of what coders found.
    """
    found: dict[str, set[Key]] = defaultdict(set)
    moved = {row.measure for row in told if row.noise_bound}
    for layer, figures in layers.items():
        if layer[0] not in moved:
            found[layer[0]] |= in_the_way(layer, figures, evidence, rules, told)
        if moves := evidence.compared.moves.get((layer[0], role_of(layer)), ()):
            sums = sums_of(figures.values, evidence.nests)
            now = told_values(told, layer)
            found[layer[0]] |= hidden_beside(now, moves, sums, rules, evidence.weights)
    return found


def _apart_from_finds(
    told: list[Estimate],
    true: Sequence[Estimate],
    layers: Mapping[Layer, Figures],
    evidence: SectorEvidence,
    rules: Rules,
) -> tuple[list[Estimate], dict[str, set[Key]]]:
    """Return rows from which estimates and finds together tell nothing, and domains to hide for it.

    Where they do, no interval of the measure tells finds any more; where that does not help, no
    breakdown of it is told.
    """
    more: dict[str, set[Key]] = {}
    for layer, figures in sorted(layers.items()):
        near = partial(near_beside_finds, figures=figures, evidence=evidence, rules=rules)
        if near(layer, told, true):
            told = [
                replace(row, ci_lower=0.0)
                if (row.measure, row.is_headline) == layer and row.ci_lower
                else row
                for row in told
            ]
            if near(layer, told, true):
                more[layer[0]] = figures.values.keys() - {ALL}
    return told, more


def role_of(layer: Layer) -> str:
    """Return who stands behind the figures of a layer."""
    return INSIDE if layer[1] else DECIDED


def _marked(
    estimates: Sequence[Estimate],
    layers: Mapping[Layer, Figures],
    evidence: SectorEvidence,
    rules: Rules,
    *,
    further: Mapping[str, Collection[Key]],
    how: tuple[Mapping[tuple[bool, Key], Estimate] | None, bool],
) -> list[Estimate]:
    """Return the estimates with what is unsafe suppressed, and what would give it away.

    Args:
        estimates: See `protect_estimates`.
        layers: From `figures_by_layer`.
        evidence: See `protect_estimates`.
        rules: The same.
        further: Measure -> domains that are hidden in any case.
        how: `counts` and `amounts_whole` of `protect_estimates`.
    """
    counts, amounts_whole = how
    hidden: dict[str, set[Key]] = defaultdict(lambda: set(evidence.forced))
    for measure, keys in further.items():
        hidden[measure] |= set(keys)
    unsafe: dict[str, set[Key]] = defaultdict(set)
    for (measure, _), figures in layers.items():
        unsafe[measure] |= set(figures.up)
    # A comparison may change alone, with a model's decisions: then it alone is left out.
    untold = {one for one, f in layers.items() if not one[1] and f.why.get(ALL) == COMPARED}
    for layer in sorted(
        layers.keys() - untold, key=lambda layer: (layer[0] != COUNTED, layer[0], not layer[1])
    ):
        measure = layer[0]
        if measure == COUNTED and counts is not None:
            hidden[COUNTED] |= {key for (_, key), row in counts.items() if row.disclosure}
            continue
        figures = layers[layer]
        kept = hidden[COUNTED] | hidden[measure] | set(figures.up)
        if ALL in kept:  # nothing can be told beside a total that is unsafe itself
            hidden[measure] |= set(figures.values)
            continue
        try:
            kept |= hidden_beside_known(
                figures,
                evidence.nests,
                hidden=kept,
                before={key for name, key in evidence.before if name == measure},
                singletons=rules.singletons,
            )
        except CannotProtect:
            if not layer[1]:
                untold.add(layer)
            elif measure != COUNTED and amounts_whole:
                kept = set(figures.values)
            else:
                raise
        hidden[measure] = kept
    marked = [
        row
        if key not in hidden[row.measure] and (row.measure, row.is_headline) not in untold
        else without_figures(row, PRIMARY if key in unsafe[row.measure] else SECONDARY)
        for row in estimates
        for key in [(row.domain_variable, row.domain)]
    ]
    if counts is not None:
        marked = [
            counts[row.is_headline, (row.domain_variable, row.domain)]
            if row.measure == COUNTED
            else row
            for row in marked
        ]
    return marked


def figures_by_layer(
    estimates: Sequence[Estimate], evidence: SectorEvidence, rules: Rules
) -> dict[Layer, Figures]:
    """Return the figures by measure and kind of estimator, with what the rules ask for."""
    rows: dict[Layer, dict[Key, Estimate]] = defaultdict(dict)
    for row in estimates:
        rows[row.measure, row.is_headline][row.domain_variable, row.domain] = row
    contributors = _contributors(rows, evidence.seen)
    layers: dict[Layer, Figures] = {}
    for (measure, headline), cells in rows.items():
        figures = _figures(
            measure,
            cells,
            contributors,
            largest={key: evidence.largest.get((measure, key), ()) for key in cells},
            rules=rules,
        )
        figures = held_apart(
            without_parts_of_nothing(figures, evidence.nests),
            evidence.compared.of(measure, role_of((measure, headline))),
            evidence.weights,
        )
        layer = measure, headline
        told, back = (of_layer(one, layer) for one in (evidence.earlier, evidence.recalled))
        layers[layer] = with_recalled(figures, told, back, evidence.nests)
    return layers


def is_small_total(estimates: Sequence[Estimate], seen: int, minimum: int) -> bool:
    """Return whether a sector's total itself rests on too few companies to be told."""
    totals = [
        row.value or 0.0
        for row in estimates
        if row.measure == COUNTED and (row.domain_variable, row.domain) == ALL
    ]
    return any(0 < number < minimum for number in (seen, *totals))


def without_figures(row: Estimate, how: str) -> Estimate:
    """Return a row with nothing in it but what it is about."""
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
        noise_bound=0.0,
    )


def _contributors(
    rows: Mapping[Layer, Mapping[Key, Estimate]], seen: Mapping[Key, int]
) -> dict[Key, float]:
    """Return the number of companies that counts for each domain; 0 where there are none."""
    numbers: dict[Key, list[float]] = defaultdict(list)
    for (measure, _), cells in rows.items():
        if measure == COUNTED:
            for key, row in cells.items():
                numbers[key] += [row.value or 0.0, float(row.n_frame or 0)]
    for key, count in seen.items():
        numbers[key].append(float(count))
    return {key: min((n for n in found if n > 0), default=0.0) for key, found in numbers.items()}


def _figures(
    measure: str,
    cells: Mapping[Key, Estimate],
    contributors: Mapping[Key, float],
    *,
    largest: Mapping[Key, tuple[float, ...]],
    rules: Rules,
) -> Figures:
    counted = measure == COUNTED
    return asked_figures(
        {key: row.value or 0.0 for key, row in cells.items()},
        contributors,
        rules,
        largest=None if counted else largest,
        most={key: float(row.n_frame or 0) for key, row in cells.items()} if counted else {},
    )
