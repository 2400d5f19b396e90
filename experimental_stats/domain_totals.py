"""Figures by domain: composite of the domain's own answers and the national rates (pure).

A domain's total is what was seen in it, plus what its units outside the audit and without a score
are expected to hold. The expectation comes from the strata and cells (synthetic) and is moved by
how the domain's own finds compare with it: a gamma-Poisson composite (Rao and Molina 2015,
ch. 9), whose shrinkage is estimated from the spread over the domains of one variable
(`domain_levels`). Finally the expected parts are scaled so that the domains add up to the total, or
to the wider domain that they lie in: the total comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experimental_stats import accuracy
from experimental_stats.weighting import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.domain_levels import RatioDraws
    from experimental_stats.measure_parts import Parts, Pieces

RARE = 0.3  # pieces that are fewer than this in every draw are drawn one by one
LITTLE = 0.05  # of a domain's variance: classes of size that make up no more are drawn as one
OWN_WEIGHT = 0.9  # from this share on, a composite is called direct


def benchmark(
    guess: NDArray[np.float64], wanted: float, room: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scale `guess` so that it adds up to `wanted` and stays within `room`.

    Args:
        guess: float64 ≥ 0.
        wanted: Sum to reach; at most Σ room.
        room: float64 ≥ 0, upper bounds.

    Returns:
        float64, 0 ≤ result ≤ room, proportional to `guess` where the bounds leave it free; units of
        room are filled evenly where `guess` gives no hint.
    """
    result = np.zeros_like(guess)
    free = room > 0
    left = max(wanted, 0.0)
    while free.any() and left > 0:
        weight = np.where(free, guess, 0.0)
        if weight.sum() <= 0:
            weight = np.where(free, room, 0.0)
        share = left * weight / weight.sum()
        full = free & (share >= room)
        if not full.any():
            result[free] = share[free]
            break
        result[full] = room[full]
        left = max(wanted, 0.0) - result.sum()
        free &= ~full
    return result


def benchmark_within(
    above: NDArray[np.int64],
    guess: NDArray[np.float64],
    *,
    wanted: NDArray[np.float64],
    room: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Scale `guess` so that within every wider domain it adds up to what is wanted there.

    Args:
        above: int64 per domain, the wider domain that it lies in.
        guess: float64 ≥ 0 per domain.
        wanted: float64 per wider domain.
        room: float64 ≥ 0 per domain, upper bounds.
    """
    result = np.zeros_like(guess)
    order = np.argsort(above, kind="stable")
    edges = np.searchsorted(above[order], np.arange(1, len(wanted)))
    for code, inside in enumerate(np.split(order, edges)):
        result[inside] = benchmark(guess[inside], float(wanted[code]), room[inside])
    return result


def draw_domains(
    generator: np.random.Generator,
    parts: Parts,
    rates_drawn: NDArray[np.float64],
    *,
    ratios: RatioDraws,
    level_drawn: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Draw the figure of every domain.

    Args:
        generator: Source of randomness.
        parts: What makes up the domains.
        rates_drawn: shape (draws, n_rates).
        ratios: Draws of what the domains say of themselves.
        level_drawn: shape (draws,), level of the rates of units without a score; mean near 1.
        scale: float64 per domain, what benchmarking did to its expected part.

    Returns:
        float64, shape (draws, n_domains).
    """
    unaudited = rates_drawn @ parts.unaudited.T
    unaudited *= ratios.audit
    unaudited *= scale
    missing = parts.missing * ratios.response
    missing *= level_drawn[:, None]
    missing *= scale
    drawn = draw_pieces(generator, unaudited, parts.unaudited_pieces)
    drawn += draw_pieces(generator, missing, parts.missing_pieces)
    drawn += parts.seen
    return drawn


def draw_pieces(
    generator: np.random.Generator, mean: NDArray[np.float64], pieces: Pieces
) -> NDArray[np.float64]:
    """Draw sums of the given means over units of several sizes, shape (draws, n_domains).

    Args:
        generator: Source of randomness.
        mean: float64 ≥ 0, shape (draws, n_domains).
        pieces: How each domain's sum falls apart.
    """
    # Of many small domains each holds units of few sizes: what is empty is not drawn.
    shares, sizes = _small_as_one(pieces)
    domain, size = np.nonzero(shares > 0)
    share, piece = shares[domain, size], sizes[domain, size]
    most = mean.max(axis=0, initial=0.0)
    often = np.divide(most[domain] * share, piece, out=np.full(len(piece), np.inf), where=piece > 0)
    rare, common = np.flatnonzero(often < RARE), np.flatnonzero(often >= RARE)
    drawn = _draw_rare(generator, mean, domain[rare], often=often[rare], piece=piece[rare])
    sure = common[piece[common] <= 0]  # of pieces without a variance the mean is there
    np.add.at(drawn.T, domain[sure], (mean[:, domain[sure]] * share[sure]).T)
    lumpy = common[piece[common] > 0]
    if len(lumpy):
        number = share[lumpy] / piece[lumpy]
        present, first = np.unique(domain[lumpy], return_index=True)
        for rows in accuracy.row_blocks(len(mean), len(lumpy)):
            expected = mean[rows].take(domain[lumpy], axis=1)
            expected *= number
            np.minimum(expected, accuracy.MOST_PIECES, out=expected)
            held = generator.poisson(expected) * piece[lumpy]
            if len(present) < len(lumpy):  # of several sizes
                held = np.add.reduceat(held, first, axis=1)
            drawn[rows, present] += held
    return drawn


def _small_as_one(pieces: Pieces) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares and pieces with the small units of every domain in one class.

    The smallest classes that make up no more than `LITTLE` of a domain's variance are drawn as one
    of their mean and variance: of amounts half of the classes hardly matter.
    """
    variance = pieces.share * pieces.piece
    upto = variance.cumsum(axis=1)
    little = upto <= LITTLE * upto[:, -1:]
    share = np.where(little, pieces.share, 0.0).sum(axis=1)
    piece = np.divide(
        np.where(little, variance, 0.0).sum(axis=1),
        share,
        out=np.zeros(len(share)),
        where=share > 0,
    )
    shares, sizes = np.where(little, 0.0, pieces.share), pieces.piece.copy()
    shares[:, 0] = np.where(share > 0, share, shares[:, 0])
    sizes[:, 0] = np.where(share > 0, piece, sizes[:, 0])
    return shares, sizes


def _draw_rare(
    generator: np.random.Generator,
    mean: NDArray[np.float64],
    domain: NDArray[np.int64],
    *,
    often: NDArray[np.float64],
    piece: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Draw sums of pieces most of which are not there in most draws, shape of `mean`.

    As accuracy.draw_sum does, by thinning (Lewis and Shedler 1979): of each piece as many as its
    highest mean leads to expect are dealt out over the draws, and each is kept with the share of
    that mean that its draw has. What is nought in nearly all draws costs nothing there.

    Args:
        generator: Source of randomness.
        mean: float64 ≥ 0, shape (draws, n_domains), of all sizes together.
        domain: int64 per piece, its domain.
        often: float64 per piece, its expected number in the draw with the highest mean.
        piece: float64 per piece, what one of them adds.
    """
    draws, n_domains = mean.shape
    dealt = np.repeat(np.arange(len(piece)), generator.poisson(often * draws))
    row, column = generator.integers(draws, size=len(dealt)), domain[dealt]
    most = mean.max(axis=0, initial=0.0)
    kept = generator.random(len(dealt)) * most[column] < mean[row, column]
    at = row[kept] * n_domains + column[kept]
    return sum_by(at, piece[dealt[kept]], draws * n_domains).reshape(mean.shape)
