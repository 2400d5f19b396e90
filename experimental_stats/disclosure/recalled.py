"""What earlier releases told, those included that were taken back (pure).

What was told before is known however the next release is cut, so hiding it again protects nothing.
A rule was too loose, a coder's answer is corrected: a figure that was told is unsafe now. It stays
known, and no release can mend that. Where the operator takes the release back that told it, the
figure is hidden in the next one, nothing more is asked for it, and all others are protected from
whoever kept a copy.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from experimental_stats.disclosure.linked import ALL, JOINED, SAME, hidden_domains_of
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.disclosure.release_attack import NEAR, ToldFigures, near_figures

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from experimental_stats.disclosure.linked import Figures, Key
    from experimental_stats.disclosure.published_facts import Ends

_EARLIER = f"{JOINED}earlier"  # a domain that an earlier release told and this one does not


def with_recalled(
    figures: Figures,
    earlier: Sequence[Mapping[Key, Ends]],
    recalled: Sequence[Mapping[Key, Ends]],
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
) -> Figures:
    """Return the figures with those marked that earlier releases told, or gave away for good.

    A safe figure that an earlier release of the same total told protects no other by being hidden.
    So does a domain of a variable that is told no longer, where domains of today make it up.

    Args:
        figures: One measure by one estimator, with what the rules ask for.
        earlier: By earlier release of the wave: domain -> the least and the greatest figure that
            may stand behind what it told.
        recalled: Those of them that were withdrawn.
        nests: Domains that are made up of others.
    """
    told = {
        key
        for release in earlier
        if _agrees(release.get(ALL), figures.values.get(ALL))
        for key, ends in release.items()
        if ends[0] == ends[1] and key not in figures.up and _agrees(ends, figures.values.get(key))
    }
    past = {
        whole
        for release in earlier
        if _agrees(release.get(ALL), figures.values.get(ALL))
        for whole, parts in nests
        if whole not in figures.values and _is_made_up(release.get(whole), parts, figures)
    }
    figures = replace(figures, told={*figures.told, *(told & figures.values.keys()), *past})
    exact: set[Key] = set()
    facts: dict[Key, Ends] = {}
    for release in recalled:
        for key, (least, most) in release.items():
            if key not in figures.values or not _agrees((least, most), figures.values[key]):
                continue  # another figure than this one
            if least == most:
                exact.add(key)
            else:
                low, high = facts.get(key, (least, most))
                facts[key] = max(low, least), min(high, most)
    if not exact and not facts:
        return figures
    seen = ToldFigures(
        name="",
        told={key: value if key in exact else None for key, value in figures.values.items()},
        most={},
        facts=facts,
        # Of the same total: then its other breakdowns hold as well.
        earlier=[one for one in recalled if _agrees(one.get(ALL), figures.values.get(ALL))],
    )
    known = exact | set(near_figures(seen, figures, nests, to_the_end=False))
    return replace(figures, recalled=known & set(figures.up))


def hidden_beside_known(
    figures: Figures,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    *,
    hidden: Collection[Key],
    before: Collection[Key],
    singletons: bool,
) -> set[Key]:
    """Return the domains to hide, see `hidden_domains_of`, beside what earlier releases told.

    Where that leaves no choice, as if they had told nothing: the attacker says whether it holds,
    for theirs may be other figures.

    Raises:
        CannotProtect: Even with all domains hidden, the total gives an unsafe one away.
    """
    find = partial(hidden_domains_of, hidden=hidden, before=before, singletons=singletons)
    past = [
        ((f"{whole[0]}{_EARLIER}", whole[1]), parts)
        for whole, parts in nests
        if whole in figures.told and whole not in figures.values
    ]
    known = replace(figures, told={*figures.told, *(whole for whole, _ in past)})
    try:
        return find(known, [*nests, *past])
    except CannotProtect:
        return find(replace(figures, told=()), nests)


def _is_made_up(ends: Ends | None, parts: Sequence[Key], figures: Figures) -> bool:
    """Return whether figures of today make up one that was told, as nearly as the attacker asks."""
    if ends is None or ends[0] < ends[1] or not figures.values.keys() >= set(parts):
        return False
    missed = abs(sum(figures.values[part] for part in parts) - ends[0])
    return missed <= NEAR * max(figures.values.get(ALL, 0.0), 1.0)


def _agrees(ends: Ends | None, value: float | None) -> bool:
    """Return whether a figure may be the one that was told; of what is missing nothing speaks."""
    if ends is None or value is None:
        return True
    slack = SAME * max(value, 1.0)
    return ends[0] - slack <= value <= ends[1] + slack
