"""What a release is to hold: decided before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from experimental_stats.accuracy import QUALITY_BANDS
from experimental_stats.disclosure.count_method import CountMethod
from experimental_stats.disclosure.rules import RELEASE_RULES, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN_COUNTS = CountMethod()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorNote:
    """What readers are told of a sector.

    Attributes:
        name: The definition's file name, e.g. ``drones``.
        title: For people. description: one or two sentences.
        includes, excludes: One entry a case.
        rulings: Cases on the border, each with how it is ruled.
        version: Of the definition.
        lowest_share, highest_share: Bounds (share of the target population, 0–1) that an estimate
            must keep, or the release is refused; None for no bound.
    """

    name: str
    title: str
    description: str = ""
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    rulings: tuple[tuple[str, str], ...] = ()
    version: str = ""
    lowest_share: float | None = None
    highest_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """What a release is to hold, and what it may not tell.

    Attributes:
        wave: The wave that is published.
        sectors: In the order in which they are shown.
        title: Of the release.
        organisation, contact_url: Who answers for it; empty where not set.
        licence: URL of the licence of the figures.
        domains: Frame columns to break totals down by, and crossings of them such as
            ``region*size_class``; those the frame lacks are left out, told.
        measures: ``enterprises`` and numeric columns of the frame; with ``_share`` behind the name
            also as a share of the target population.
        weighting: How respondents stand for units without a score, of `response_weights`.
        confidence_level: Share 0–1.
        seed: Of the estimates' Monte Carlo draws.
        rules: What makes a figure unsafe to tell (`disclosure.rules`).
        counts: How numbers of companies are kept from being told (`disclosure.count_method`).
        quality_bands: Band -> upper bound of the coefficient of variation (share).
        greatest_missing_share: Share 0–1 of eligible units without a number up to which a measure
            is published, with the missing ones imputed by their size class.
        code_version, settings_digest: What made it.
    """

    wave: str
    sectors: tuple[SectorNote, ...]
    title: str = "Companies active in particular sectors"
    organisation: str = ""
    contact_url: str = ""
    licence: str = "https://creativecommons.org/licenses/by/4.0/"
    domains: tuple[str, ...] = ("nace_section", "size_class", "region")
    measures: tuple[str, ...] = ("enterprises", "employees")
    weighting: str = "cells"
    confidence_level: float = 0.95
    seed: int = 1
    rules: Rules = RELEASE_RULES
    counts: CountMethod = HIDDEN_COUNTS
    quality_bands: Mapping[str, float] = field(default_factory=lambda: dict(QUALITY_BANDS))
    greatest_missing_share: float = 0.05
    code_version: str = ""
    settings_digest: str = ""
