"""Cell-key perturbation of counts: the same noise for the same companies, always (pure).

Every unit has a record key, fixed for good; the key of a cell is the fractional part of the sum of
its units' keys. A table of probabilities (p-table) turns count and cell key into noise, so that the
same cell gets the same noise in every table and every query. Noise is a whole number of at most
`BOUND`, has expectation 0 and a given variance; a count of 0 stays 0, and nothing falls below 0.

Source: Fraser and Wooton (2005); Hundepool et al., Handbook on SDC, section 5.4. The p-table is the
distribution of greatest entropy with these properties (Giessing 2016): p(d) ∝ exp(-a·d² - b·d).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BOUND = 4  # greatest noise
VARIANCE = 2.0
_MANTISSA = 2**53


def record_keys(unit_ids: Sequence[str], secret: str) -> NDArray[np.float64]:
    """Return a key in [0, 1) for each unit that never changes while the secret does not.

    Args:
        unit_ids: Identifiers of the frame.
        secret: Known to the office alone; who knows it can take the noise away.

    Returns:
        float64 (n_units,).
    """
    if not secret:
        raise InvalidInput("Record keys need a secret", "Any text that only the office knows.")
    digests = (hashlib.blake2b(f"{secret}\0{u}".encode(), digest_size=8).digest() for u in unit_ids)
    return np.array([(int.from_bytes(d) >> 11) / _MANTISSA for d in digests], dtype=np.float64)


def p_table(bound: int = BOUND, variance: float = VARIANCE) -> NDArray[np.float64]:
    """Return the probabilities of noise -bound … bound for counts of 0, 1, … `bound` and more.

    Args:
        bound: Greatest noise, at least 1.
        variance: Of the noise for counts of at least `bound`, above 0 and below bound²/2. A smaller
            count n can lose at most n, so its variance is at most n · bound / 2.

    Returns:
        float64 (bound + 1, 2 · bound + 1); rows add up to 1 and have mean 0.

    Raises:
        InvalidInput: A bound or variance that no such table has.
    """
    if bound < 1 or not 0 < variance <= bound**2 / 2:
        raise InvalidInput(f"No noise of at most {bound} has a variance of {variance}")
    noise = np.arange(-bound, bound + 1, dtype=np.float64)
    table = np.zeros((bound + 1, 2 * bound + 1))
    table[0, bound] = 1.0
    for count in range(1, bound + 1):
        possible = noise >= -count
        table[count, possible] = _greatest_entropy(
            noise[possible], min(variance, count * bound / 2)
        )
    return table


def perturb(
    counts: NDArray[np.int64], key_sums: NDArray[np.float64], table: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the counts with their noise.

    Args:
        counts: Units of each cell, int64 (n_cells,).
        key_sums: Sum of their record keys, float64 (n_cells,).
        table: From `p_table`.

    Raises:
        InvalidInput: A count below 0.
    """
    if (counts < 0).any():
        raise InvalidInput("A count is below 0", "Count units before noise is added.")
    bound = table.shape[0] - 1
    cell_key = np.mod(np.round(key_sums, 9), 1.0)  # the order of summing must not matter
    cumulated = np.cumsum(table, axis=1)[np.minimum(counts, bound)]
    noise = (cell_key[:, None] >= cumulated - 1e-12).sum(axis=1) - bound
    return np.asarray(counts + np.minimum(noise, bound), dtype=np.int64)


def _greatest_entropy(noise: NDArray[np.float64], variance: float) -> NDArray[np.float64]:
    """Return the distribution over `noise` of mean 0, a variance, and the greatest entropy."""

    def tilted(flatness: float) -> NDArray[np.float64]:
        def weights(tilt: float) -> NDArray[np.float64]:
            power = -flatness * noise**2 - tilt * noise
            found = np.exp(power - power.max())
            shares: NDArray[np.float64] = found / found.sum()
            return shares

        tilt: float = brentq(lambda t: float(weights(t) @ noise), -60.0, 60.0, xtol=1e-13)
        return weights(tilt)

    def excess(flatness: float) -> float:
        return float(tilted(flatness) @ noise**2) - variance

    if excess(-3.0) < 0:  # all weight on the two ends is as wide as it gets
        return tilted(-3.0)
    return tilted(brentq(excess, -3.0, 30.0, xtol=1e-13))
