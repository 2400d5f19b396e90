"""How far a figure can be trusted: Monte Carlo draws, intervals, quality bands (pure).

Audits of likely negatives often find nothing, and a variance of 0 is then no statement. So rates
are drawn from Beta(k + a, n − k + a) (after Jeffreys; docs/methods.md), with ONE small count shared
over all cells by the amount that is not audited in them: a half in every cell would add up to many
units nobody ever saw. The prior says what may have been missed, so it raises the upper end only:
the lower end of a total comes from the finds alone (in simulation 6 % of the truths lay below a
lower end that the prior had raised, and none above the upper one).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

DRAWS = 2000
PRIOR_COUNT = 0.35
# Added to it where the figure rests on few finds, fading by e per so many finds.
PRIOR_OF_FEW, FEW_FINDS = 0.35, 20.0
# Upper bounds of the coefficient of variation (share) by band; the last band has none.
QUALITY_BANDS: Mapping[str, float] = {"precise": 0.05, "reasonable": 0.10, "acceptable": 0.20}
UNRELIABLE = "unreliable"
MOST_PIECES = 1e15  # beyond so many their spread is far below a float's precision
NEVER = 1e-9  # in place of a Beta parameter of 0, which numpy refuses
BLOCK = 1 << 15  # numbers that are drawn at a time: they stay in a processor's cache


def draw_rates(
    generator: np.random.Generator,
    *,
    found: NDArray[np.float64],
    not_found: NDArray[np.float64],
    prior: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Draw rates of activity of every cell.

    Args:
        generator: Source of randomness.
        found: float64 ≥ 0 per cell, or per draw and cell: active among the answers.
        not_found: The same, not active among the answers.
        prior: float64 ≥ 0 per cell, added to both (`prior_counts`).

    Returns:
        float64, shape (DRAWS, n_cells), 0–1.
    """
    drawn: NDArray[np.float64] = generator.beta(
        np.maximum(found + prior, NEVER),
        np.maximum(not_found + prior, NEVER),
        size=(DRAWS, len(prior)),
    )
    return drawn


def row_blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Yield slices of rows that hold about `BLOCK` numbers each, in order.

    A generator fills arrays row by row, so draws by block are the draws of the whole array.
    """
    step = max(BLOCK // max(n_columns, 1), 1)
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))


def prior_counts(
    found: NDArray[np.float64],
    not_found: NDArray[np.float64],
    *,
    stands_for: NDArray[np.float64],
    size: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the prior count of every cell: one small count, shared over the cells.

    With w the units outside the audit that an answer stands for and n the answers, `PRIOR_COUNT`
    is shared half by the units outside, n w, half by their amount. `PRIOR_OF_FEW` is shared by
    what the rates leave open, n w² p (1 − p), times the mean size of a unit: few finds say nothing
    of the large ones. It fades with the number of finds that the figure rests on,
    (Σ k (1 + w))² / Σ k (1 + w)² with k the finds: many of small weight beside three that decide
    the total are as few as these three. The intervals of Fay and Feuer (1997) and Fay and Kim
    (2017) for weighted sums of counts add the largest weight, or half of it, for the same reason.

    Args:
        found: float64 ≥ 0 per cell.
        not_found: float64 ≥ 0 per cell; found + not_found > 0.
        stands_for: float64 ≥ 0 per cell, units not audited by answer.
        size: float64 ≥ 0 per cell, mean amount of a unit that is not audited.
    """
    answers = found + not_found
    outside = answers * stands_for
    whole = outside.sum()
    if whole <= 0:
        return np.zeros(len(found))
    rate = np.minimum((found + PRIOR_COUNT * outside / whole) / answers, 1.0)
    weight = 1.0 + stands_for
    moved = float((found * weight**2).sum())
    finds = float((found * weight).sum()) ** 2 / moved if moved > 0 else 0.0
    few = PRIOR_OF_FEW * float(np.exp(-finds / FEW_FINDS))
    alike: NDArray[np.float64] = PRIOR_COUNT * (_shares(outside) + _shares(outside * size)) / 2.0
    return alike + few * _shares(outside * stands_for * rate * (1.0 - rate) * size)


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = values.sum()
    shares: NDArray[np.float64] = values / (whole if whole > 0 else 1.0)
    return shares


def draw_sum(
    generator: np.random.Generator,
    mean: NDArray[np.float64],
    piece: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Draw sums over a finite set of units, each active or not.

    A Poisson number of equal pieces with the right mean and variance: few units give the lumpy
    distribution with a real chance of zero that small domains have, many give the normal one.

    Args:
        generator: Source of randomness.
        mean: float64 ≥ 0, any shape.
        piece: Variance / mean of the sum, float64 ≥ 0, broadcastable to `mean`.

    Returns:
        float64 ≥ 0, shape of `mean`.
    """
    piece = np.broadcast_to(piece, mean.shape)
    lumpy = (piece > 0) & (mean > 0)
    pieces = np.divide(mean, piece, out=np.zeros(mean.shape), where=lumpy)
    return np.where(lumpy, generator.poisson(np.minimum(pieces, MOST_PIECES)) * piece, mean)


def draw_factor(
    generator: np.random.Generator, relative_variance: float, size: int, prior: float = 0.0
) -> NDArray[np.float64]:
    """Draw a positive factor (gamma) with the given relative variance, shape (size,).

    A relative variance v is that of 1 / v finds; `prior` is added to them, so the mean is
    1 + prior v.
    """
    if relative_variance <= 0:
        return np.ones(size)
    drawn: NDArray[np.float64] = generator.gamma(
        1.0 / relative_variance + prior, relative_variance, size=size
    )
    return drawn


def prior_of_response(relative_variance: float) -> float:
    """Return the prior count of the finds that units without a score are estimated from."""
    if relative_variance <= 0:
        return 0.0
    return PRIOR_COUNT + PRIOR_OF_FEW * float(np.exp(-1.0 / relative_variance / FEW_FINDS))


def equal_tails(confidence_level: float) -> tuple[float, float]:
    """Return the shares of draws below and above an equal-tailed interval.

    Args:
        confidence_level: 0–1.
    """
    tail = (1.0 - confidence_level) / 2.0
    return tail, tail


def tails_of_total(
    drawn: NDArray[np.float64], drawn_low: NDArray[np.float64], confidence_level: float
) -> tuple[float, float]:
    """Return the shares of draws below and above the interval of a total.

    Half of what the prior count takes off the upper tail is given to the lower one. With t the
    tail of an equal-tailed interval and e the share of the draws from the finds alone that lie
    above the upper end (t where the prior moves nothing, 0 where it moves much), the lower tail
    is t + (t − e) / 2.

    Args:
        drawn: shape (draws,), what the upper end is taken from.
        drawn_low: shape (draws,), draws from the finds alone.
        confidence_level: 0–1.
    """
    tail, above = equal_tails(confidence_level)
    beyond = float((drawn_low > np.quantile(drawn, 1.0 - above)).mean())
    return tail + max(tail - beyond, 0.0) / 2.0, above


def intervals(
    drawn: NDArray[np.float64],
    value: NDArray[np.float64],
    *,
    drawn_low: NDArray[np.float64] | None = None,
    certain: tuple[NDArray[np.float64], NDArray[np.float64]],
    tails: tuple[float, float],
    step: float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the intervals of `drawn`, made to hold what is certain.

    Args:
        drawn: float64, shape (draws, n), draws of the figures.
        value: shape (n,), the published figures; always inside.
        drawn_low: Draws for the lower end, where they are others than for the upper.
        certain: Two of shape (n,): amount of the units seen active, nothing can be lower; amount of
            the eligible units of the frame, nothing can be higher.
        tails: Shares 0–1 of the draws below the lower and above the upper end.
        step: Amount that every unit with any has: ends are whole multiples of it. The pieces of
            draws are 1 − p large, so they lie beside the whole numbers: three companies of p = 0.03
            are 2.91, and an interval that ends there denies the third. 0 where amounts differ.
    """
    if drawn_low is None:
        lower, upper = np.quantile(drawn, (tails[0], 1.0 - tails[1]), axis=0)
    else:
        lower = np.quantile(drawn_low, tails[0], axis=0)
        upper = np.quantile(drawn, 1.0 - tails[1], axis=0)
    seen, most = certain
    if step > 0:
        lower, upper = np.rint(lower / step) * step, np.rint(upper / step) * step
    lower = np.maximum(np.minimum(np.maximum(lower, seen), value), 0.0)
    return lower, np.maximum(np.minimum(upper, most), value)


def quality_band(
    value: float, standard_error: float, bands: Mapping[str, float] = QUALITY_BANDS
) -> str:
    """Return the band of the coefficient of variation standard_error / value.

    Args:
        value: ≥ 0; an estimate of 0 is ``unreliable`` unless it is known for certain.
        standard_error: ≥ 0, unit of `value`.
        bands: Band -> upper bound of the coefficient (share), rising.
    """
    for band, bound in bands.items():
        if standard_error < bound * value or standard_error == 0:
            return band
    return UNRELIABLE
