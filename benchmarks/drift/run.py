"""How often drift monitoring rings where something drifted, and where nothing did.

    python benchmarks/drift/run.py [--repetitions 200] [--units 400] [--panel 80]

Each repetition makes two waves of units in a space of vectors, 1 in 10 of them active, scored by a
model of 90 % sensitivity or so, and lets one kind of drift happen (or none). Told are the share of
repetitions in which any check spoke up, and in which the advice was to retrain, each with its
Monte-Carlo error.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np

from classify.drift import AuditRates, Verdict, WaveSample, check_drift, overall
from classify.panel import Panel

DIM = 24
PREVALENCE = 0.1


@dataclass(frozen=True)
class Change:
    """What happens between the waves; the default is nothing."""

    shift: float = 0.0  # of all texts, in standard deviations a dimension
    share_moved: float = 0.0  # of the websites, to a new language
    prevalence: float = PREVALENCE  # of active units in the second wave
    concept: float = 0.0  # share of active units that write like inactive ones
    audit_fall: float = 0.0  # of the share of correct positives in the last audit


CHANGES = {
    "none": Change(),
    "data: new wording": Change(shift=0.4),
    "data: new language": Change(share_moved=0.2),
    "prior: 2.5 times as many active": Change(prevalence=2.5 * PREVALENCE),
    "concept: half of the active write otherwise": Change(concept=0.5),
    "concept: precision falls by 30 points": Change(audit_fall=0.3),
}


def simulated(change: Change, *, n_units: int, n_panel: int, seed: int) -> tuple[object, ...]:
    """Return what `check_drift` takes: two waves, a panel and three audits."""
    generator = np.random.default_rng(seed)
    direction = np.zeros(DIM)
    direction[:4] = 1.5
    active = generator.random(n_units) < PREVALENCE
    own = generator.normal(size=(n_units, DIM))
    before = _wave("1", own + np.outer(active, direction), generator)
    later = np.where(generator.random(n_units) < 0.9, active, generator.random(n_units) < 0.1)
    if change.prevalence != PREVALENCE:
        later = generator.random(n_units) < change.prevalence
    writes_so = later & (generator.random(n_units) >= change.concept)
    vectors = own + 0.3 * generator.normal(size=own.shape) + np.outer(writes_so, direction)
    after = _wave("2", vectors + change.shift, generator)
    moved = generator.random(n_units) < change.share_moved
    after = replace(
        after,
        languages=tuple("xx" if m else s for m, s in zip(moved, after.languages, strict=True)),
    )
    said = np.arange(n_panel) < n_panel // 4
    own = generator.normal(size=(n_panel, DIM))
    still = said & (generator.random(n_panel) >= change.concept)
    panel = Panel(
        labelled_active=said,
        before=_probability(own + np.outer(said, direction), generator),
        after=_probability(own + np.outer(still, direction), generator),
        threshold=0.5,
    )
    rates = [0.85, 0.85, 0.85 - change.audit_fall]
    audits = tuple(_audit(str(n), rate, generator) for n, rate in enumerate(rates))
    return before, after, panel, audits


def _wave(name: str, vectors: np.ndarray, generator: np.random.Generator) -> WaveSample:
    probability = _probability(vectors, generator)
    n = len(vectors)
    kinds = generator.choice(["classified", "no_website", "timeout"], size=2 * n, p=[0.6, 0.3, 0.1])
    names, counts = np.unique(kinds, return_counts=True)
    return WaveSample(
        wave=name,
        unit_ids=tuple(f"u{k}" for k in range(n)),
        vectors=vectors,
        probability=probability,
        active=probability >= 0.5,
        languages=tuple(generator.choice(["de", "en", "fr"], size=n, p=[0.6, 0.3, 0.1])),
        n_words=generator.lognormal(5.5, 0.8, n),
        outcomes=dict(zip(names.tolist(), counts.tolist(), strict=True)),
    )


def _probability(vectors: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    score = vectors[:, :4].sum(axis=1) - 4.5 + 0.3 * generator.normal(size=len(vectors))
    return 1 / (1 + np.exp(-1.5 * score))


def _audit(name: str, rate: float, generator: np.random.Generator) -> AuditRates:
    found = generator.binomial(100, rate) / 100, generator.binomial(200, 0.99) / 200
    return AuditRates(
        wave=name,
        correct_positives=(found[0], found[0] * (1 - found[0]) / 100 + 1e-4),
        correct_negatives=(found[1], found[1] * (1 - found[1]) / 200 + 2e-5),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--units", type=int, default=400)
    parser.add_argument("--panel", type=int, default=80)
    chosen = parser.parse_args()
    n = chosen.repetitions
    print(f"{'what happened':45} {'any alarm':>16} {'retrain':>16}")
    for name, change in CHANGES.items():
        verdicts = []
        for seed in range(n):
            before, after, panel, audits = simulated(
                change, n_units=chosen.units, n_panel=chosen.panel, seed=seed
            )
            checks = check_drift(
                before, after, panel=panel, audits=audits, learnt_share=PREVALENCE, seed=seed
            )
            verdicts.append(overall(checks))
        rings = np.array([verdict in {Verdict.WATCH, Verdict.RETRAIN} for verdict in verdicts])
        loud = np.array([verdict is Verdict.RETRAIN for verdict in verdicts])
        print(f"{name:45} {_share(rings, n):>16} {_share(loud, n):>16}")


def _share(found: np.ndarray, n: int) -> str:
    share = found.mean()
    return f"{share:.3f} ± {1.96 * np.sqrt(share * (1 - share) / n):.3f}"


if __name__ == "__main__":
    main()
