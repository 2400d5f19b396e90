"""Do units of probability p turn out active in p of the cases? Table and chart (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import answers_drawn, calibration_error
from classify.share_intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.records.assessment import HeldOutScore

GROUPS = 10
_SIDE, _MARGIN = 320, 44  # pixels


def describe_reliability(scores: Sequence[HeldOutScore]) -> dict[str, Any]:
    """Return predicted beside observed shares of held-out units, in groups of like probability.

    Args:
        scores: Of one model, at least one.

    Returns:
        ``ece`` (expected calibration error, 0-1), ``predicted_active`` and ``observed_active``
        (units), ``if_true`` (what probabilities that are true would show: ``ece``, the mean
        calibration error, and ``lower`` to ``upper`` active units, 95 % of draws), and ``bins``:
        up to ten groups of equally many units in the order of probability, each with ``n``,
        ``predicted`` (mean probability), ``observed`` (share labelled active) and its 95 % Wilson
        interval ``lower`` to ``upper``.
    """
    probability = np.array([score.probability for score in scores])
    active = np.array([score.active for score in scores], dtype=bool)
    order = np.argsort(probability, kind="stable")
    groups = np.array_split(order, min(GROUPS, len(order)))
    drawn = answers_drawn(probability)
    lower, upper = np.quantile([one.sum() for one in drawn], [0.025, 0.975])
    return {
        "ece": calibration_error(probability, active),
        "predicted_active": float(probability.sum()),
        "observed_active": int(active.sum()),
        "if_true": {
            "ece": float(np.mean([calibration_error(probability, one) for one in drawn])),
            "lower": float(lower),
            "upper": float(upper),
        },
        "bins": [
            _bin(float(probability[at].mean()), int(active[at].sum()), len(at)) for at in groups
        ],
    }


def _bin(predicted: float, hits: int, n: int) -> dict[str, float | int]:
    lower, upper = wilson(hits / n, n)
    return {
        "n": n,
        "predicted": predicted,
        "observed": hits / n,
        "lower": lower,
        "upper": upper,
    }


def reliability_svg(bins: Sequence[Mapping[str, float]], title: str) -> str:
    """Return the chart as SVG: predicted share to the right, observed share upwards.

    The same bins give the same bytes. `title` is our own text, not a stranger's.
    """
    size = _SIDE + 2 * _MARGIN
    told = "; ".join(f"predicted {b['predicted']:.3f}, observed {b['observed']:.3f}" for b in bins)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img"'
        ' aria-labelledby="title desc" font-family="sans-serif" font-size="12">',
        f'<title id="title">{title}</title>',
        f'<desc id="desc">{told}</desc>',
        f'<rect width="{size}" height="{size}" fill="#ffffff"/>',
        *_axes(size),
        *(part for one in bins for part in _point(one)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _axes(size: int) -> list[str]:
    far = _MARGIN + _SIDE
    marks = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks.append(
            f'<text x="{_x(share):.1f}" y="{far + 16}" text-anchor="middle">{share}</text>'
        )
        marks.append(
            f'<text x="{_MARGIN - 6}" y="{_y(share) + 4:.1f}" text-anchor="end">{share}</text>'
        )
    return [
        f'<path d="M{_MARGIN} {_MARGIN}V{far}H{far}" fill="none" stroke="#333333"/>',
        f'<path d="M{_MARGIN} {far}L{far} {_MARGIN}" stroke="#767676" stroke-dasharray="4 4"/>',
        *marks,
        f'<text x="{size / 2:.0f}" y="{size - 6}" text-anchor="middle">predicted share</text>',
        f'<text x="12" y="{size / 2:.0f}" text-anchor="middle"'
        f' transform="rotate(-90 12 {size / 2:.0f})">share labelled active</text>',
    ]


def _point(one: Mapping[str, float]) -> list[str]:
    x = _x(one["predicted"])
    return [
        f'<path d="M{x:.1f} {_y(one["lower"]):.1f}V{_y(one["upper"]):.1f}" stroke="#1f5fa8"/>',
        f'<circle cx="{x:.1f}" cy="{_y(one["observed"]):.1f}" r="4" fill="#1f5fa8"/>',
    ]


def _x(share: float) -> float:
    return _MARGIN + _SIDE * share


def _y(share: float) -> float:
    return _MARGIN + _SIDE * (1 - share)
