"""Domains of one variable that lie within domains of another, without making them up (pure).

All companies of a size class may stand in two activities, and a district may lie in a region that
holds more than its districts of the list. No sum holds then, but a bound does: a figure of the one
is no greater than that of the other. Where the other is hardly greater, that is nearly the figure.

A bound is a sum with a rest that nobody publishes and that is not below 0. Each variable is looked
at beside each other one: what lies wholly within a domain, and by which few domains it is covered.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING

from experimental_stats.disclosure.linked import ALL, COVER, REST, domains_of, related_domains

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from experimental_stats.disclosure.linked import Key

Nest = tuple["Key", tuple["Key", ...]]
MOST_COVERING = 20  # more domains together are hardly a bound for one


def known_sums(
    frame: pa.Table, units: pa.Table, domains: Sequence[str], past: Sequence[str]
) -> list[Nest]:
    """Return all that somebody may know of how the domains of a release lie in each other.

    Domains that two crossings make up both ways may be those of a variable that only earlier
    releases told: such a sum has no whole among the figures of this one, and what the two sides
    share is a union of this release all the same.

    Args:
        frame: One row a company of the frame, with the columns `domains`.
        units: The same with ``eligible``.
        domains: Domain variables, of this release and of earlier ones.
        past: Those of earlier ones alone: they make up the total as well.
    """
    nests = related_domains(frame, domains)
    if past:
        today = related_domains(frame, [name for name in domains if name not in past])
        nests += [sides for sides in today if sides not in nests]
    nests += contained_domains(units.filter(units.column("eligible")), domains, nests)
    return nests + [(ALL, domains_of(frame, name)) for name in past]


def contained_domains(
    units: pa.Table, variables: Sequence[str], nests: Sequence[Nest]
) -> list[Nest]:
    """Return which domains bound others from above or below, as sums with a rest.

    Args:
        units: One row a company of the target population, with the columns `variables`.
        variables: Domain variables.
        nests: Sums that hold without a rest; they are left out.

    Returns:
        (domain, those within it and the rest), and (cover, its parts), (cover, domain and the
        rest) for domains that a few others cover.
    """
    if len(variables) < 2:
        return []
    occurring = units.group_by(list(variables)).aggregate([])
    columns = {name: occurring.column(name).to_pylist() for name in variables}
    made_up = {(whole, frozenset(parts)) for whole, parts in nests}
    found: list[Nest] = []
    for outer, inner in permutations(variables, 2):
        holds, lies_in = defaultdict(set), defaultdict(set)
        for large, small in zip(columns[outer], columns[inner], strict=True):
            holds[large].add(small)
            lies_in[small].add(large)
        for code in sorted(holds):
            key = outer, code
            touching = [(inner, part) for part in sorted(holds[code])]
            within = [part for part in touching if len(lies_in[part[1]]) == 1]
            if (key, frozenset(within)) in made_up:
                continue
            if within and len(within) < len(lies_in):
                found.append((key, (*within, (f"{outer}{REST}{inner}", code))))
            if 1 < len(touching) <= MOST_COVERING and len(touching) < len(lies_in):
                cover = f"{outer}{COVER}{inner}", code
                beyond = f"{outer}{COVER}{inner}{REST}{outer}", code
                found += [(cover, tuple(touching)), (cover, (key, beyond))]
    return found
