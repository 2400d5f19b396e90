"""Numbers of companies in a release, told with noise or rounded instead of hidden (pure).

The estimates of a sector are no counts of a register: what is told is the estimate in whole
companies, moved by the noise of its cell key or to a multiple, and the interval grows by as much,
so that it covers what it covered before. Nothing of the estimate is left beside it: standard error
and ends are whole numbers, rounded outwards.

Such figures lie between two ends for everybody who knows the method. Where these ends and the sums
leave an outsider too close to an unsafe figure (the noise was at its bound, or the rules ask for
more than noise and rounding give), that figure is hidden, and others with it until it is safe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.accuracy import quality_band
from experimental_stats.disclosure.cell_key import p_table, perturb, record_keys
from experimental_stats.disclosure.count_method import CELL_KEY, ROUNDING, CountMethod
from experimental_stats.disclosure.estimates import (
    PRIMARY,
    SECONDARY,
    figures_by_layer,
    without_figures,
)
from experimental_stats.disclosure.found_companies import COUNTED
from experimental_stats.disclosure.linked import ALL, Key, sums_of
from experimental_stats.disclosure.release_attack import near_figures
from experimental_stats.disclosure.rounding import FURTHER, multiples_within, nearest_multiples
from experimental_stats.disclosure.told_layers import published_layer
from storage.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from experimental_stats.disclosure.estimates import SectorEvidence
    from experimental_stats.disclosure.linked import Figures
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate

Counts = dict[tuple[bool, Key], "Estimate"]
BIASED = "biased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blur:
    """How counts are told.

    Attributes:
        method: Cell keys or rounding.
        bands: Band of quality -> upper bound of the coefficient of variation (share).
    """

    method: CountMethod
    bands: Mapping[str, float]


def blurred_counts(
    estimates: Sequence[Estimate], evidence: SectorEvidence, rules: Rules, blur: Blur
) -> Counts:
    """Return the numbers of companies of a sector as they are told.

    Args:
        estimates: All measures, domains and estimators of one sector, not protected.
        evidence: What is known behind them: record keys, domains that are hidden elsewhere.
        rules: What makes a figure unsafe.
        blur: The method, and the bands of quality.

    Returns:
        (whether headline, domain) -> the row that is told.

    Raises:
        QualityError: No additive table of multiples lies near the figures.
    """
    told: Counts = {}
    layers = figures_by_layer(estimates, evidence, rules)
    for headline in (True, False):
        rows = [r for r in estimates if r.measure == COUNTED and r.is_headline == headline]
        if not rows:
            continue
        figures = layers[COUNTED, headline]
        if blur.method.name == CELL_KEY:
            found = _noisy(rows, figures, evidence, blur)
        else:
            found = _rounded(rows, figures, evidence, blur)
        told |= {(headline, key): row for key, row in found.items()}
    return told


def count_keys(
    method: CountMethod,
    units: pa.Table,
    audit: pa.Table,
    *,
    domains: Sequence[str],
    keyed: tuple[str, str],
) -> dict[tuple[bool, Key], float]:
    """Return (whether headline, domain) -> the key that moves its number of companies.

    With cell keys, from the companies behind it. Rounding draws by the name of the domain, so that
    a figure that is told again, or in the next wave, is not drawn again: whoever averages learns
    nothing.

    Args:
        method: How numbers are told; none of them needs a key where they are hidden.
        units: See `record_key_sums`.
        audit: The same.
        domains: Domain variables.
        keyed: The secret of the keys, and the sector.
    """
    secret, sector = keyed
    if method.name == CELL_KEY:
        return record_key_sums(units, audit, domains=domains, secret=secret)
    if method.name != ROUNDING:
        return {}
    names = [(name, code) for name in domains for code in units.column(name).unique().to_pylist()]
    figures = [(headline, key) for headline in (True, False) for key in (ALL, *names)]
    named = ["\0".join((sector, str(headline), *key)) for headline, key in figures]
    drawn = record_keys(named, secret)
    return dict(zip(figures, drawn.tolist(), strict=True))


def record_key_sums(
    units: pa.Table, audit: pa.Table, *, domains: Sequence[str], secret: str
) -> dict[tuple[bool, Key], float]:
    """Return (whether headline, domain) -> sum of the record keys of the companies behind it.

    Behind the headline are the companies that coders found active or, where no coder looked, the
    model decided for; behind the comparison those that the model decided for. A figure with nobody
    known behind it takes the keys of all companies of its domain.

    Args:
        units: unit_id, eligible, decision and the domain columns.
        audit: unit_id, active.
        domains: Domain variables.
        secret: Of the keys.
    """
    ids = units.column("unit_id").to_pylist()
    answers = dict(
        zip(audit.column("unit_id").to_pylist(), audit.column("active").to_pylist(), strict=True)
    )
    keys = record_keys(ids, secret)
    eligible = units.column("eligible").to_numpy().astype(bool)
    decided = units.column("decision").fill_null(0.0).to_numpy() > 0
    found_active = np.array(
        [bool(answers.get(unit, decided[place])) for place, unit in enumerate(ids)], dtype=bool
    )
    sums: dict[tuple[bool, Key], float] = {}
    for name in domains:
        codes, place = np.unique(np.array(units.column(name).to_pylist()), return_inverse=True)
        everybody = np.bincount(place, weights=keys * eligible, minlength=len(codes))
        for headline, inside in ((True, found_active & eligible), (False, decided & eligible)):
            known = np.bincount(place, weights=keys * inside, minlength=len(codes))
            known = np.where(known > 0, known, everybody)
            for code, total in zip(codes.tolist(), known.tolist(), strict=True):
                sums[headline, (name, code)] = total
    return sums


def _noisy(
    rows: Sequence[Estimate], figures: Figures, evidence: SectorEvidence, blur: Blur
) -> dict[Key, Estimate]:
    """Return the rows with the noise of their cell keys; the total stays as it is."""
    method = blur.method
    table = p_table(method.noise_bound, method.noise_variance)
    whole = next(row for row in rows if _key(row) == ALL)
    told: dict[Key, Estimate] = {}
    for row in rows:
        key = _key(row)
        if key in evidence.forced:
            told[key] = without_figures(row, PRIMARY if key in figures.up else SECONDARY)
        elif row.n_frame == whole.n_frame:  # all that there is: the total, told anyway
            told[key] = row
        else:
            count = np.array([round(row.value or 0.0)], dtype=np.int64)
            keys = np.array([evidence.record_keys[row.is_headline, key]])
            told[key] = _blurred(row, float(perturb(count, keys, table)[0]), method.margin, blur)
    return _safe(told, figures, evidence)


def _rounded(
    rows: Sequence[Estimate], figures: Figures, evidence: SectorEvidence, blur: Blur
) -> dict[Key, Estimate]:
    """Return the rows rounded so that they add up, the total among them."""
    base = blur.method.rounding_base
    keys = sorted(figures.values)
    exact = np.array([figures.values[key] for key in keys]) / base
    place = {key: number for number, key in enumerate(keys)}
    sums = [
        (place[whole], [place[part] for part in parts])
        for whole, parts in sums_of(figures.values, evidence.nests)
    ]
    headline = rows[0].is_headline
    drawn = np.array([evidence.record_keys[headline, key] for key in keys])
    near = exact + 0.5 - drawn  # up with the probability of what lies above the multiple below
    multiples, further = _multiples(sums, exact, near, _allowed(keys, figures, base))
    margin = float(base * (1 + further))
    told: dict[Key, Estimate] = {}
    for row in rows:
        key = _key(row)
        if key in evidence.forced:
            told[key] = without_figures(row, PRIMARY if key in figures.up else SECONDARY)
        else:
            told[key] = _blurred(row, float(multiples[place[key]] * base), margin, blur)
    return _safe(told, figures, evidence)


def _safe(
    told: dict[Key, Estimate], figures: Figures, evidence: SectorEvidence
) -> dict[Key, Estimate]:
    """Return the rows with those hidden that noise or rounding alone leave too open.

    An unsafe figure first, then beside it the smallest of each sum that it stands in, then of the
    sums that those stand in which are hidden already, until the attacker is kept away. Where
    nothing is left to hide, the attack on the release names the rest.
    """
    sums = [(whole, *parts) for whole, parts in sums_of(figures.values, evidence.nests)]
    told = dict(told)
    while near := near_figures(
        published_layer(list(told.values()), figures, evidence),
        figures,
        evidence.nests,
        to_the_end=False,
    ):
        fresh = {key for key in near if told[key].value is not None}
        if not fresh:
            fresh = {k for key in near for k in _beside(key, sums, told, figures)}
        if not fresh:
            break
        for key in fresh:
            told[key] = without_figures(told[key], PRIMARY if key in figures.up else SECONDARY)
    return told


def _beside(
    key: Key, sums: Sequence[tuple[Key, ...]], told: Mapping[Key, Estimate], figures: Figures
) -> set[Key]:
    """Return the smallest told figure of each sum that an unsafe one hangs together with.

    A region that is hidden protects no other while all of its towns are told.
    """
    reached = {key}
    while True:
        touched = [members for members in sums if reached.intersection(members)]
        open_ones = [
            [k for k in members if k != ALL and told[k].value is not None] for members in touched
        ]
        if any(open_ones):
            return {min(ks, key=lambda k: (figures.values[k], k)) for ks in open_ones if ks}
        wider = reached.union(*touched) - {ALL}
        if wider == reached:
            return set()
        reached = wider


def _allowed(
    keys: Sequence[Key], figures: Figures, base: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the multiples that leave each unsafe figure its range, where one of the two does."""
    exact = np.array([figures.values[key] for key in keys]) / base
    lower, upper = multiples_within(exact, 0)
    for place, key in enumerate(keys):
        if key not in figures.up:
            continue
        value = figures.values[key]
        highest = min(value + figures.up[key], figures.most.get(key, math.inf))
        lowest = max(value - figures.down[key], 0.0)
        ends = sorted({float(lower[place]), float(upper[place])})
        fit = [m for m in ends if (m - 1) * base <= lowest and highest <= (m + 1) * base]
        if fit:
            lower[place], upper[place] = fit[0], fit[-1]
    return lower, upper


def _multiples(
    sums: Sequence[tuple[int, Sequence[int]]],
    exact: NDArray[np.float64],
    near: NDArray[np.float64],
    allowed: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], int]:
    """Return additive multiples and how many beyond the next they go."""
    attempts = [(allowed, 0), *((multiples_within(exact, n), n) for n in range(FURTHER + 1))]
    for (lower, upper), further in attempts:
        found = nearest_multiples(sums, near, lower=lower, upper=upper)
        if found is not None:
            return found, further
    raise QualityError(
        "No additive table of multiples lies near the numbers of enterprises",
        'Take another `rounding_base`, or `counts = "suppress"`, in [disclosure].',
    )


def _blurred(row: Estimate, value: float, margin: float, blur: Blur) -> Estimate:
    """Return a row that tells `value`, with an interval that holds what its own held.

    The distances to both ends are joined with the margin in squares (Zou and Donner 2008).
    """
    figure = row.value or 0.0
    most = math.inf if row.n_frame is None else float(row.n_frame)
    below = math.hypot(figure - (row.ci_lower or 0.0), margin)
    above = math.hypot((row.ci_upper or 0.0) - figure, margin)
    value = min(value, most) if blur.method.name == CELL_KEY else value
    error = float(math.ceil(math.hypot(row.standard_error or 0.0, math.sqrt(blur.method.variance))))
    return replace(
        row,
        value=value,
        standard_error=error,
        ci_lower=float(max(math.floor(value - below), 0)),
        ci_upper=max(float(min(math.ceil(value + above), most)), value),
        quality=row.quality if row.quality == BIASED else quality_band(value, error, blur.bands),
        method_version=f"{row.method_version}+{blur.method.version}",
        noise_bound=margin,
    )


def _key(row: Estimate) -> Key:
    return row.domain_variable, row.domain
