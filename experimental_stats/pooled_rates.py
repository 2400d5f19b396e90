"""Rates of strata that are domains, pooled over strata of like scores (pure).

Where strata were drawn by domain (section by decision, say) a stratum's rate is the domain's own
finds already: against it no domain differs, and where nothing was found nothing seems to be there.
For the figures of that domain variable such strata take the rate of all such strata whose scores
mean alike, and what the domain's own finds say comes in once, by the composite. Totals keep the
strata's own rates; what the strata hold together stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.weighting import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audit_rates import Rates
    from experimental_stats.audited_frame import Codes

OWNED = 0.8  # share of a stratum's units in one domain from which on it is that domain's
ALIKE = 1.5  # strata are alike whose log odds by score fall in one step of this width
LEAST_CURVE = 0.02  # of the mean chance by score: below it scores tell no levels apart
NEVER = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Which strata take a common rate.

    Attributes:
        group: int64, one a stratum (cell of the enterprises' `Rates`); a stratum that keeps its own
            rate has a group of its own.
        weight: float64 per cell of the measure's rates, units outside the audit.
        n_parts: Cells that each stratum is cut into for the measure, by size of unit.
    """

    group: NDArray[np.int64]
    weight: NDArray[np.float64]
    n_parts: int

    def rates(self, rate: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return rates with those of a group replaced by their mean, shape of `rate`.

        Args:
            rate: float64, shape (…, n_rates).
        """
        part = np.tile(np.arange(self.n_parts), len(self.group))
        group = np.repeat(self.group, self.n_parts) * self.n_parts + part
        names, place = np.unique(group, return_inverse=True)
        whole = sum_by(place, self.weight, len(names))[place]
        # Where nobody is left outside the audit the rate counts for nothing: it stays.
        share = np.divide(self.weight, whole, out=np.zeros(len(place)), where=whole > 0)
        order = np.argsort(place, kind="stable")
        first = np.searchsorted(place[order], np.arange(len(names)))
        pooled = np.add.reduceat((rate * share)[..., order], first, axis=-1)[..., place]
        return np.where(whole > 0, pooled, rate)


def owners(rates: Rates, codes: Codes) -> NDArray[np.int64]:
    """Return the domain that each stratum belongs to, −1 for none; one a cell of `rates`."""
    inside = np.flatnonzero(rates.index >= 0)
    n_strata, n_domains = len(rates.found), len(codes.names)
    at = rates.index[inside] * n_domains + codes.index[inside]
    places, held = np.unique(at, return_counts=True)
    most = np.zeros(n_strata, dtype=np.int64)
    np.maximum.at(most, places // n_domains, held)
    whole = np.bincount(rates.index[inside], minlength=n_strata)
    owner = np.full(n_strata, -1, dtype=np.int64)
    first = held == most[places // n_domains]
    owner[places[first] // n_domains] = places[first] % n_domains
    return np.where((whole > 0) & (most >= OWNED * whole), owner, -1)


def pool_strata(strata: Rates, owner: NDArray[np.int64], rates: Rates) -> Pool | None:
    """Return how the strata of domains are pooled; None where they all keep their rates.

    Args:
        strata: Rates of the enterprises.
        owner: The domain that each of its cells belongs to, −1 for none.
        rates: Of the measure: the same cells, or parts of them by size.
    """
    if (owner < 0).all():
        return None
    inside = np.flatnonzero(strata.index >= 0)
    n_strata = len(strata.found)
    curve = strata.curve[inside]
    mean = sum_by(strata.index[inside], curve, n_strata) / np.maximum(
        np.bincount(strata.index[inside], minlength=n_strata), 1
    )
    mean = np.clip(mean, max(float(curve.mean()) * LEAST_CURVE, NEVER), 1.0 - NEVER)
    step = np.floor(np.log(mean / (1.0 - mean)) / ALIKE).astype(np.int64)
    group = step.max() + 1 + np.arange(n_strata)
    for level in np.unique(step):
        alike = (step == level) & (owner >= 0)
        if len(np.unique(owner[alike])) > 1:
            group[alike] = level
    if len(np.unique(group)) == n_strata:
        return None
    n_rates = len(rates.found)
    return Pool(
        group=group,
        weight=sum_by(rates.index[inside], rates.spread[inside], n_rates),
        n_parts=n_rates // n_strata,
    )
