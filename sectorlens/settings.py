"""One frozen settings object, read once from `sectorlens.toml`; unknown keys are refused."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crawlers.lean_loading import lean_loading
from storage.errors import InvalidInput, NotReady
from storage.workspace import SETTINGS_FILE, Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

PLACEHOLDER_ORGANISATION = "your institute"
PLACEHOLDER_CONTACT = "https://example.org/web-scraping"

Seconds = Annotated[float, Field(ge=0, le=3600)]
Share = Annotated[float, Field(gt=0, lt=1)]


# With its first model pydantic looks for plug-ins of its own in all that is installed, for which it
# loads a reader of mails, too: every command would pay as much as for eighty unsent pages of a
# crawl. There is none for our settings; whoever wants one sets the variable to nothing.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
with lean_loading({"importlib.metadata": ("entry_points",)}, absent=frozenset()):

    class Section(BaseModel):
        """A table of the settings file."""

        model_config = ConfigDict(frozen=True, extra="forbid")


class FrameSettings(Section):
    """`[frame]`: how registers are read."""

    classification: Literal["NACE_R2", "NACE_R21", "none"] = "NACE_R2"


class CrawlSettings(Section):
    """`[crawl]`: who we are to the websites, and how much we ask of them."""

    organisation: str = PLACEHOLDER_ORGANISATION
    contact_url: str = PLACEHOLDER_CONTACT
    max_pages_per_website: Annotated[int, Field(ge=1, le=10_000)] = 25
    delay_seconds: Seconds = 1.0
    delay_per_address_seconds: Seconds = 0.05
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 20
    allow_networks: tuple[str, ...] = ()
    verify_tls: bool = True
    render: Literal["auto", "never"] = "auto"
    browser_path: str = ""
    max_rendered_pages_per_website: Annotated[int, Field(ge=0, le=1000)] = 10
    script_hosts: tuple[str, ...] = ()
    opt_out_file: str = ""
    pass_hours: tuple[Annotated[float, Field(gt=0)], ...] = (4.0, 24.0)
    hours: str = ""
    time_zone: str = "UTC"
    max_requests_per_website_and_day: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    robots_cache_hours: Annotated[float, Field(ge=0, le=24)] = 24.0
    on_noindex: Literal["record", "refuse"] = "record"
    on_nofollow: Literal["record", "obey"] = "record"
    on_tdm_reservation: Literal["record", "ask", "refuse"] = "record"

    @field_validator("allow_networks")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ipaddress.ip_network(network)
        return networks


class ExtractSettings(Section):
    """`[extract]`: what counts as text."""

    extractor: str = "trafilatura_recall"
    minimum_words: Annotated[int, Field(ge=1)] = 20
    languages: tuple[str, ...] = ()


class ClassifySettings(Section):
    """`[classify]`: which sectors are decided, and with which encoder."""

    sectors: tuple[str, ...] = ()
    embedder: str = "e5_small"
    embedder_options: dict[str, Any] = Field(default_factory=dict)
    classifier: str = "pooled_and_words"
    classifier_options: dict[str, Any] = Field(default_factory=dict)
    prior_shift: Literal["auto", "never"] = "auto"
    seed: int = 1


class AuditSettings(Section):
    """`[audit]`: the probability sample that is checked by hand."""

    seed: int = 1
    certain_employees: Annotated[float, Field(ge=0)] = 0
    oversample_domains: bool = True


class EstimateSettings(Section):
    """`[estimate]`: what is estimated, and for whom."""

    measures: tuple[str, ...] = ("enterprises", "employees")
    domains: tuple[str, ...] = ("nace_section", "size_class", "region")
    weighting: Literal["cells", "raking", "calibration", "greg"] = "cells"
    confidence_level: Share = 0.95
    quality_bands: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=lambda: {"precise": 0.05, "reasonable": 0.10, "acceptable": 0.20}
    )
    seed: int = 1

    @field_validator("domains")
    @classmethod
    def _once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        before: set[frozenset[str]] = set()
        for name in names:
            parts = name.split("*")  # of a crossing, in whatever order
            if len(parts) > len(set(parts)) or frozenset(parts) in before:
                raise ValueError(f"{name!r} says nothing new: name every breakdown once")
            before.add(frozenset(parts))
        return names

    @field_validator("quality_bands")
    @classmethod
    def _rise(cls, bands: dict[str, float]) -> dict[str, float]:
        if list(bands.values()) != sorted(bands.values()) or {"unreliable", "biased"} & set(bands):
            message = "bounds must rise from band to band; unreliable and biased are names of ours"
            raise ValueError(message)
        return bands


class ReleaseSettings(Section):
    """`[release]`: what stands on the cover, and what may not be told."""

    title: str = "Companies active in particular sectors"
    licence: str = "https://creativecommons.org/licenses/by/4.0/"
    minimum_contributors: Annotated[int, Field(ge=1)] = 3
    dominance: tuple[
        tuple[Annotated[int, Field(ge=1, le=3)], Annotated[float, Field(gt=0, le=100)]], ...
    ] = ()
    p_percent: Annotated[float, Field(ge=0, le=100)] = 10.0
    protection_percent: Annotated[float, Field(ge=0, le=100)] = 30.0
    singletons: bool = True


class DisclosureSettings(Section):
    """`[disclosure]`: how numbers of companies are kept from telling of single ones."""

    counts: Literal["suppress", "cell_key", "rounding"] = "suppress"
    noise_bound: Annotated[int, Field(ge=1, le=20)] = 4
    noise_variance: Annotated[float, Field(gt=0)] = 2.0
    rounding_base: Annotated[int, Field(ge=2, le=1000)] = 5

    @model_validator(mode="after")
    def _has_room(self) -> DisclosureSettings:
        if self.noise_variance > self.noise_bound**2 / 2:
            message = f"no noise of at most {self.noise_bound} has a variance of"
            raise ValueError(f"{message} {self.noise_variance}")
        return self


class Settings(Section):
    """All that the operator can set; every key has a default and stands in `sectorlens init`."""

    frame: FrameSettings = FrameSettings()
    crawl: CrawlSettings = CrawlSettings()
    extract: ExtractSettings = ExtractSettings()
    classify: ClassifySettings = ClassifySettings()
    audit: AuditSettings = AuditSettings()
    estimate: EstimateSettings = EstimateSettings()
    release: ReleaseSettings = ReleaseSettings()
    disclosure: DisclosureSettings = DisclosureSettings()

    @property
    def digest(self) -> str:
        """Return ``sha256:<hex>`` of the values, however they were written down."""
        return "sha256:" + hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def find_workspace(start: Path) -> Workspace:
    """Return the workspace that `start` is, or lies in.

    Raises:
        NotReady: Neither `start` nor a parent holds `sectorlens.toml`.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        if (directory / SETTINGS_FILE).is_file():
            return Workspace(directory)
    raise NotReady(
        f"{start} is no workspace: neither it nor a parent holds {SETTINGS_FILE}",
        "Make one with `sectorlens init DIR`, or name it with --workspace DIR.",
    )


def read_settings(workspace: Workspace) -> Settings:
    """Read the workspace's settings.

    Raises:
        InvalidInput: The file is no TOML, or keys or values are wrong; all of them are named.
    """
    file = workspace.settings_file
    try:
        return Settings.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InvalidInput(f"{file} is not readable as TOML: {fault}", "Mend that line.") from fault
    except ValidationError as fault:
        raise InvalidInput(
            f"{file} has {fault.error_count()} wrong setting(s)",
            "Mend them; `sectorlens init` writes a file with every key and what it means.",
            [_told(error) for error in fault.errors()],
        ) from fault


def _told(error: ErrorDetails) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{place}: no such setting"
    return f"{place}: {error['msg']} (found {error['input']!r})"
