"""Similarity of the three best passages to the definition; no label is used."""

import numpy as np

from classify.score import rank_score


class Classifier:
    def scores(self, learnt, active, asked, compass):
        return np.array([rank_score(compass.towards(vectors)) for vectors in asked.vectors])


def build(options):
    return Classifier()
