"""What two releases tell together of the companies that changed between them (pure).

A company objects, an answer of the audit is corrected, a model is trained anew: the next release of
the wave tells other figures. Whoever subtracts one release from the other has a figure of those
companies alone that came or left. Where these are few, or one of them makes most of it, that is a
figure that no release would tell. So the differences of amounts are held to the same rules; an
amount whose difference may not be told is hidden in the later release, for the earlier one stands.

From a wave to the next one it is the same: companies are born and die, websites come and go, and
where the register's numbers are a year's, all others stand as they stood. There, what a company
changes by is what it amounts to now less what it amounted to then.

Figures move for other reasons too, weights above all. A difference gives companies away if it lies
as near to what they come to as the rules forbid, whatever weight a company of the sector may have.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.disclosure.contributions import amounts_by_company
from experimental_stats.disclosure.linked import ALL, ALMOST, SAME
from experimental_stats.disclosure.register_amounts import (
    NOTHING_UNSAFE,
    RegisterAmounts,
    without_decision,
)
from experimental_stats.disclosure.rules import Rules, assess_sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from experimental_stats.disclosure.linked import Figures, Key
    from experimental_stats.disclosure.published_facts import Ends

FOUND, DECIDED, INSIDE = "found", "decided", "inside"
COMPARED = "companies that changed since an earlier release: too few"
Companies = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a difference to an earlier release must not come near to.

    Attributes:
        before: What the earlier release told.
        moved: What the companies that came, less those that left, amount to.
        margin: How far a guess must stay from that.
    """

    before: float
    moved: float
    margin: float

    def gives_away(self, now: float, weights: tuple[float, float]) -> bool:
        """Return whether a figure told now gives the companies away.

        Args:
            now: The figure.
            weights: The least and the greatest weight that companies of the sector have.
        """
        # Whoever knows of no weights takes the difference itself.
        ends = [self.moved * weight for weight in (1.0, *weights)]
        return min(ends) - self.margin < now - self.before < max(ends) + self.margin


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One measure, by those of one role, since an earlier release.

    Attributes:
        before: Domain -> what that told.
        changes: Domain -> company -> what it changed by; domains and companies that did.
    """

    before: Mapping[Key, float]
    changes: Mapping[Key, Mapping[str, float]]


Differences = dict[tuple[str, str, "Key"], list[Difference]]
Moves = dict[tuple[str, str], list[Move]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Who stands behind a sector's figures, and what changed since earlier releases of the wave.

    Attributes:
        companies: Role -> who stands behind the figures.
        silent_digest: Of those in the target population that have no decision.
        differences: (measure, role, domain) -> what differences to earlier releases must not tell.
        response_changed: Whether others had no decision when an earlier release told amounts: how
            much they may amount to is told once, or a difference tells of them.
        moves: (measure, role) -> what earlier releases told, and who changed since.
        register: Amounts of the register of which differences to the waves before tell too much.
    """

    companies: Companies = field(default_factory=dict)
    silent_digest: str = ""
    differences: Mapping[tuple[str, str, Key], Sequence[Difference]] = field(default_factory=dict)
    response_changed: bool = False
    moves: Mapping[tuple[str, str], Sequence[Move]] = field(default_factory=dict)
    register: RegisterAmounts = NOTHING_UNSAFE

    @property
    def unsafe_totals(self) -> frozenset[str]:
        """Return the measures behind whose total few companies changed, wherever it moved."""
        return frozenset(
            measure
            for measure, role, key in self.differences
            if role in {FOUND, INSIDE} and key == ALL
        )

    def of(self, measure: str, role: str) -> dict[Key, Sequence[Difference]]:
        """Return what the differences of a measure's figures must not tell, by domain."""
        return {
            key: ones
            for (name, by, key), ones in self.differences.items()
            if (name, by) == (measure, role)
        }


def companies_behind(units: pa.Table, audit: pa.Table) -> Companies:
    """Return role -> the companies behind the figures of a sector.

    Args:
        units: unit_id, eligible, decision (1 where the model decided for the sector).
        audit: unit_id, active: what coders found; it overrules the model.
    """
    ids, eligible = (units.column(name).to_pylist() for name in ("unit_id", "eligible"))
    chosen = units.column("decision").fill_null(0.0).to_numpy() > 0
    answers = dict(
        zip(audit.column("unit_id").to_pylist(), audit.column("active").to_pylist(), strict=True)
    )
    target = {unit for unit, inside in zip(ids, eligible, strict=True) if inside}
    decided = {unit for unit, yes in zip(ids, chosen, strict=True) if yes} & target
    found = {unit for unit, active in answers.items() if active} & target
    return {
        FOUND: frozenset(found),
        DECIDED: frozenset(decided),
        INSIDE: frozenset(found | (decided - set(answers))),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRelease:
    """An earlier release: who stood behind it, and what it told.

    Attributes:
        companies: Role -> who stood behind it.
        told: (measure, role, domain) -> what it told of amounts.
        units: As they were in its wave, if that is another one: unit_id, domain columns, measures.
    """

    companies: Companies
    told: Mapping[tuple[str, str, Key], float]
    units: pa.Table | None = None


def moves_since(
    units: pa.Table, now: Companies, earlier: Iterable[EarlierRelease], *, domains: Sequence[str]
) -> Moves:
    """Return (measure, role) -> what each earlier release told, and who changed since.

    Args:
        units: unit_id, the domain columns and the measures, of the whole frame.
        now: The companies behind the present figures.
        earlier: Earlier releases.
        domains: Domain variables, of this release and of earlier ones.
    """
    found: Moves = defaultdict(list)
    for release in earlier:
        then = units if release.units is None else release.units
        held = set(units.column_names) & set(then.column_names)
        measures = sorted({measure for measure, _, _ in release.told} & held)
        variables = [name for name in domains if name in held]
        for role in (FOUND, DECIDED, INSIDE):
            one, other = now[role], release.companies[role]
            if release.units is None:  # who stayed is as it was
                one, other = one - other, other - one
            came, left = (
                amounts_by_company(table, who, domains=variables, measures=measures)
                for table, who in ((units, one), (then, other))
            )
            for measure in measures:
                before = {
                    key: value
                    for (name, by, key), value in release.told.items()
                    if (name, by) == (measure, role)
                }
                keys = sorted(key for name, key in came.keys() | left.keys() if name == measure)
                changes = {
                    key: changed_by(came.get((measure, key), {}), left.get((measure, key), {}))
                    for key in keys
                }
                changed = {key: moved for key, moved in changes.items() if moved}
                if before and changed:
                    found[measure, role].append(Move(before=before, changes=changed))
    return dict(found)


def unsafe_differences(moves: Moves, rules: Rules) -> Differences:
    """Return (measure, role, domain) -> what differences to earlier releases must not tell.

    Args:
        moves: From `moves_since`.
        rules: What makes a figure unsafe.
    """
    found: Differences = defaultdict(list)
    for (measure, role), ones in moves.items():
        for move in ones:
            for key, changes in move.changes.items():
                before = move.before.get(key)
                margin = margin_of([*changes.values()], rules)
                if before is not None and margin > 0:
                    one = Difference(before=before, moved=sum(changes.values()), margin=margin)
                    found[measure, role, key].append(one)
    return dict(found)


def changed_by(now: Mapping[str, float], then: Mapping[str, float]) -> dict[str, float]:
    """Return company -> what it changed by, of those that changed.

    Args:
        now: Company -> amount.
        then: The same of the earlier release.
    """
    units = sorted(now.keys() | then.keys())
    moved = {unit: now.get(unit, 0.0) - then.get(unit, 0.0) for unit in units}
    return {unit: change for unit, change in moved.items() if change}


def held_apart(
    figures: Figures,
    differences: Mapping[Key, Sequence[Difference]],
    weights: tuple[float, float] = (1.0, 1.0),
) -> Figures:
    """Return figures of which those are unsafe too that give away who changed.

    Args:
        figures: Of one measure.
        differences: Domain -> what its difference to earlier releases must not tell.
        weights: See `Difference.gives_away`.
    """
    up, down, why = dict(figures.up), dict(figures.down), dict(figures.why)
    for key, ones in differences.items():
        value = figures.values.get(key)
        if value is None:
            continue
        margins = [one.margin for one in ones if one.gives_away(value, weights)]
        if margins:
            # No figure can be thought greater than a total that is told.
            room = figures.values.get(ALL, value) - value if key != ALL else math.inf
            far = min(max(margins), max(room, 0.0) * ALMOST)
            up[key] = max(up.get(key, 0.0), far)
            down[key] = max(down.get(key, 0.0), min(max(margins), value))
            why[key] = COMPARED
    return replace(figures, up=up, down=down, why=why)


def of_these_figures(
    earlier: Sequence[Mapping[Key, Ends]], figures: Figures
) -> list[Mapping[Key, Ends]]:
    """Return those earlier releases of a measure that may have told the present figures.

    A total that is hidden since few companies changed is another one than it was. Nothing of the
    measure is told that would show it, but the release tells of the change elsewhere: figures of a
    release that told another total are no longer these.

    Args:
        earlier: Domain -> least and greatest figure behind what a release told, one mapping each.
        figures: The present ones.
    """
    if figures.why.get(ALL) != COMPARED:
        return list(earlier)
    total = figures.values[ALL]
    slack = SAME * max(total, 1.0)
    return [
        release
        for release in earlier
        if ALL not in release or release[ALL][0] - slack <= total <= release[ALL][1] + slack
    ]


def silent_companies(units: pa.Table) -> str:
    """Return a digest of who in the target population has no decision.

    Args:
        units: unit_id, eligible, responded.
    """
    silent = sorted(units.filter(without_decision(units)).column("unit_id").to_pylist())
    return f"sha256:{hashlib.sha256(json.dumps(silent).encode()).hexdigest()}"


def margin_of(changes: Sequence[float] | NDArray[np.float64], rules: Rules) -> float:
    """Return how far a guess of these changes together must miss them; 0 where they are safe."""
    safety = assess_sums([np.abs(np.asarray(changes, dtype=np.float64))], rules)
    return float(max(safety.up[0], safety.down[0]))
