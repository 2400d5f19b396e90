"""What languages differ in, by vectors whose parts are known."""

from __future__ import annotations

import numpy as np
import pytest

from classify.language_axes import language_axes, without_axes

# Coordinates: subject, German, French. Each subject is said in three languages.
SUBJECTS = (-1.0, 0.5, 2.0)
LANGUAGES = {"en": (0.0, 0.0), "de": (3.0, 0.0), "fr": (0.0, 4.0)}
SENTENCES = [(subject, *added) for added in LANGUAGES.values() for subject in SUBJECTS]
SAID = [language for language in LANGUAGES for _ in SUBJECTS]


def test_axes_span_what_languages_add_and_nothing_of_what_is_said() -> None:
    axes = language_axes(np.array(SENTENCES), SAID)
    assert axes.shape == (2, 3)
    assert np.allclose(axes @ axes.T, np.eye(2))
    assert np.allclose(axes[:, 0], 0.0)
    assert without_axes(np.array([0.7, 1.0, -2.0]), axes) == pytest.approx([0.7, 0.0, 0.0])


def test_one_language_alone_has_no_axis() -> None:
    axes = language_axes(np.array(SENTENCES[:3]), SAID[:3])
    assert axes.shape == (0, 3)
    assert without_axes(np.array([1.0, 2.0, 3.0]), axes) == pytest.approx([1.0, 2.0, 3.0])
