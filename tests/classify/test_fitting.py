"""The fit is the same whichever way its steps are found, and however many points there are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from classify.fitting import PENALTY, coordinates, fit_logistic


def cloud(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, 40)) * np.linspace(1, 0.05, 40)
    return points, points[:, 0] + 0.5 * generator.normal(size=n) > 1.2


@pytest.mark.parametrize("n", [60, 1500])
def test_few_and_many_points_get_the_exact_weights(n: int) -> None:
    points, active = cloud(n)
    weights, intercept = fit_logistic(points, active, PENALTY)
    each = np.where(active, n / 2 / active.sum(), n / 2 / (~active).sum())
    exact = LogisticRegression(C=PENALTY, solver="newton-cholesky", tol=1e-10, max_iter=500)
    exact.fit(points, active, sample_weight=each)
    assert weights == pytest.approx(exact.coef_[0], abs=1e-4)
    assert intercept == pytest.approx(exact.intercept_[0], abs=1e-4)


def test_many_points_give_the_same_bytes_again() -> None:
    points, active = cloud(1500)
    first, second = (fit_logistic(points, active, PENALTY)[0] for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_coordinates_keep_the_inner_products_and_lead_back_to_units() -> None:
    points, active = cloud(50)
    found = coordinates(points @ points.T)
    assert found.points @ found.points.T == pytest.approx(points @ points.T, abs=1e-8)
    weights, _ = fit_logistic(found.points, active, PENALTY)
    of_units = found.back @ weights
    assert points @ (points.T @ of_units) == pytest.approx(found.points @ weights, abs=1e-6)
