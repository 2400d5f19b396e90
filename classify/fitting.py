"""Logistic regression on unit features, by way of the units' inner products (pure).

Labelled units are far fewer than features, so the fit is done in the space that the units span: the
Gram matrix K = E Eᵀ + s² (W - M)(W - M)ᵀ of encoder rows E and word rows W with their language
centres M, its eigenvectors as coordinates, and the weights carried back to the features. This gives
exactly the fit on the features themselves (the penalty is the Euclidean norm of the weights), and
the centred word rows never have to be written out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.features import WORD_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.features import Centres

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Folds = npt.NDArray[np.intp]

PENALTY = 3.0  # scikit-learn's C
BASELINE_PENALTY = 10.0
MOST_FOLDS = 5
# Weights of what is known beforehand; found on the development sites (benchmarks/classify).
STATEMENT_SHARE = 0.3
ACTIVITY_SHARE = 1.0
MOST_LABELLED = 150
_ITERATIONS = 200
# Points from which a step of Newton's method is found by conjugate gradients.
_MANY = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The features of labelled units.

    Attributes:
        encoder: float64 (n, n_encoder_features).
        words: Sparse csr (n, n_terms), not centred.
        centres: Of `words`.
        languages: Of the units.
        word_share: Scale of the word half.
    """

    encoder: Array
    words: Any
    centres: Centres
    languages: tuple[str, ...]
    word_share: float = WORD_SHARE

    def gram(self) -> Array:
        """Return float64 (n, n): inner products of the units."""
        own = np.asarray((self.words @ self.words.T).toarray())
        centres, places = self._listed_centres()
        across = np.asarray(self.words @ centres.T)[:, places]
        among = (centres @ centres.T)[np.ix_(places, places)]
        words = own - across - across.T + among
        return np.asarray(self.encoder @ self.encoder.T + self.word_share**2 * words)

    def weights(self, dual: Array) -> tuple[Array, Array]:
        """Return encoder weights and word weights of a fit given by the units' coefficients.

        Args:
            dual: float64 (n,): weights = Σ dual_i · features_i.
        """
        centres, places = self._listed_centres()
        per_centre = np.bincount(places, weights=dual, minlength=len(centres))
        words = np.asarray(self.words.T @ dual) - centres.T @ per_centre
        return self.encoder.T @ dual, self.word_share**2 * words

    def _listed_centres(self) -> tuple[Array, Folds]:
        names = sorted(set(self.languages))
        place = {name: number for number, name in enumerate(names)}
        centres = np.stack([self.centres.of(name) for name in names])
        return centres, np.array([place[language] for language in self.languages])


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """Units as points whose inner products are those of their features.

    Attributes:
        points: float64 (n, rank).
        back: float64 (n, rank): `back @ weights of points` are the units' coefficients.
    """

    points: Array
    back: Array


def coordinates(gram: Array) -> Coordinates:
    """Return the points of a Gram matrix, directions without spread left out."""
    values, vectors = np.linalg.eigh((gram + gram.T) / 2)
    kept = values > 1e-10 * max(float(values[-1]), 1e-30)
    root = np.sqrt(values[kept])
    return Coordinates(vectors[:, kept] * root, vectors[:, kept] / root)


def assign_folds(
    active: Flags, groups: Sequence[str], seed: int, *, judging: Flags | None = None
) -> Folds:
    """Return int (n,): the fold that each unit is held out in; groups stay whole.

    As many folds as the rarer answer has groups, at most five, at least two; answers are spread
    evenly.

    Args:
        active: bool (n,).
        groups: Of the units: what may not be parted.
        seed: Of the shuffling.
        judging: bool (n,): the labels that decide, all by default. They are counted, and spread for
            themselves: fifteen websites among a thousand texts could else fall into two folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    named = np.array(groups)
    judging = np.ones(len(active), dtype=bool) if judging is None else judging
    fewest = min(len(set(named[active & judging])), len(set(named[~active & judging])))
    splitter = StratifiedGroupKFold(
        max(2, min(MOST_FOLDS, fewest)), shuffle=True, random_state=seed
    )
    folds = np.zeros(len(active), dtype=np.intp)
    for number, (_, held_out) in enumerate(splitter.split(named, active + 2 * ~judging, named)):
        folds[held_out] = number
    return folds


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Units with an answer that is known without a label; they train the fits and test no label.

    Attributes:
        points: float64 (m, rank).
        active: bool (m,).
        stated: bool (m,): from the definition; the others are ordinary activities.
        folds: int (m,): the fold whose fit leaves the unit out; -1 for none.
    """

    points: Array
    active: Flags
    stated: Flags
    folds: Folds

    def without(self, fold: int) -> Prior:
        """Return what the fit of a fold learns from."""
        kept = self.folds != fold
        return Prior(
            points=self.points[kept],
            active=self.active[kept],
            stated=self.stated[kept],
            folds=self.folds[kept],
        )

    def weights(self, n_labelled: float) -> Array:
        """Return float64 (m,): weights beside labelled units whose answers weigh n / 2 each.

        Statements for, statements against and activities weigh in sum a fixed share of that, at
        most as beside `MOST_LABELLED` units: labels lead as they grow in number.
        """
        scale = min(n_labelled, MOST_LABELLED) / 2
        weights = np.zeros(len(self.active))
        for members, share in (
            (self.stated & self.active, STATEMENT_SHARE),
            (self.stated & ~self.active, STATEMENT_SHARE),
            (~self.stated, ACTIVITY_SHARE),
        ):
            weights[members] = share * scale / max(int(members.sum()), 1)
        return weights


def fit_logistic(
    points: Array,
    active: Flags,
    penalty: float,
    prior: Prior | None = None,
    *,
    shares: Array | None = None,
) -> tuple[Array, float]:
    """Return weights, float64 (rank,), and intercept; both answers of labels weigh the same.

    Args:
        points: float64 (n, rank).
        active: bool (n,).
        penalty: scikit-learn's C.
        prior: What is known beforehand.
        shares: float64 (n,): what each label weighs beside others of its answer, 1 by default.
    """
    from sklearn.linear_model import LogisticRegression

    shares = np.ones(len(active)) if shares is None else shares
    n_labelled = float(shares.sum())
    of_answer = np.where(active, shares[active].sum(), shares[~active].sum())
    weights = n_labelled / 2 * shares / of_answer
    if prior is not None:
        points = np.concatenate([points, prior.points])
        active = np.concatenate([active, prior.active])
        weights = np.concatenate([weights, prior.weights(n_labelled)])
    # Newton's method: exact in a few steps, where L-BFGS takes hundreds of tiny threaded ones. With
    # many points its matrix of second derivatives takes minutes to fill and solve: products with it
    # do, and the weights agree to six digits.
    solver = "newton-cholesky" if len(points) < _MANY else "newton-cg"
    model = LogisticRegression(C=penalty, solver=solver, max_iter=_ITERATIONS, tol=1e-8).fit(
        points, active, sample_weight=weights
    )
    return model.coef_[0], float(model.intercept_[0])


@dataclass(frozen=True, slots=True, eq=False)
class FoldFits:
    """Fits that left one fold out each.

    Attributes:
        scores: float64 (n,): each unit under the fit that had not seen it.
        weights: float64 (n_folds, rank).
        intercepts: float64 (n_folds,).
    """

    scores: Array
    weights: Array
    intercepts: Array


def fit_folds(
    points: Array,
    active: Flags,
    folds: Folds,
    penalty: float,
    prior: Prior | None = None,
    *,
    shares: Array | None = None,
) -> FoldFits:
    """Fit once for every fold on all the others, and on what is known beforehand.

    Args:
        points: float64 (n, rank).
        active: bool (n,).
        folds: int (n,), from 0 on.
        penalty: scikit-learn's C.
        prior: What is known beforehand.
        shares: float64 (n,), as `fit_logistic` takes them.
    """
    fits = [
        fit_logistic(
            points[folds != fold],
            active[folds != fold],
            penalty,
            prior.without(fold) if prior else None,
            shares=None if shares is None else shares[folds != fold],
        )
        for fold in range(int(folds.max()) + 1)
    ]
    weights = np.stack([weights for weights, _ in fits])
    intercepts = np.array([intercept for _, intercept in fits])
    scores = np.einsum("ij,ij->i", points, weights[folds]) + intercepts[folds]
    return FoldFits(scores, weights, intercepts)
