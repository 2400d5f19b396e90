"""How numbers of companies are told: hidden where they are small, with noise, or rounded (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field

from experimental_stats.disclosure.cell_key import BOUND, VARIANCE

SUPPRESS, CELL_KEY, ROUNDING = "suppress", "cell_key", "rounding"
VERSIONS = {SUPPRESS: "", CELL_KEY: "cell_key/1", ROUNDING: "rounding/2"}
HALF = 0.5  # what counting whole companies takes off or adds, before noise


@dataclass(frozen=True, slots=True, kw_only=True)
class CountMethod:
    """The method for counts, and its parameters.

    Attributes:
        name: `SUPPRESS`, `CELL_KEY` or `ROUNDING`.
        noise_bound: Greatest noise of cell keys, companies ≥ 1.
        noise_variance: Of that noise, companies².
        rounding_base: Counts become multiples of it, ≥ 2.
        secret: Of the record keys and of what rounding draws; known to the office alone.
    """

    name: str = SUPPRESS
    noise_bound: int = BOUND
    noise_variance: float = VARIANCE
    rounding_base: int = 5
    secret: str = field(default="", repr=False)

    @property
    def version(self) -> str:
        """Return what stands behind the method version of a figure; empty where nothing does."""
        return VERSIONS[self.name]

    @property
    def margin(self) -> float:
        """Return how far a told count may lie from the estimate, companies."""
        if self.name == CELL_KEY:
            return self.noise_bound + HALF
        return float(self.rounding_base) if self.name == ROUNDING else 0.0

    @property
    def variance(self) -> float:
        """Return the greatest variance that the method adds, companies²."""
        if self.name == CELL_KEY:
            return self.noise_variance + HALF**2 / 3.0  # of rounding to whole companies
        return self.rounding_base**2 / 3.0 if self.name == ROUNDING else 0.0

    def facts(self) -> dict[str, float | str]:
        """Return what readers are told of the method; never the secret."""
        if self.name == CELL_KEY:
            return {
                "counts": self.name,
                "noise_bound": self.noise_bound,
                "noise_variance": self.noise_variance,
            }
        if self.name == ROUNDING:
            return {"counts": self.name, "rounding_base": self.rounding_base}
        return {"counts": self.name}

    def note(self) -> str:
        """Return the sentence that readers must know; empty where there is none."""
        if self.name == CELL_KEY:
            return (
                "Numbers of enterprises in breakdowns are told with noise of at most"
                f" {self.noise_bound}, the same noise for the same companies, so that they do not"
                " add up exactly; totals are told as they are, and intervals hold the noise."
            )
        if self.name == ROUNDING:
            return (
                f"Numbers of enterprises are rounded to multiples of {self.rounding_base}, up or"
                " down by chance, so that they still add up; intervals hold the rounding. Amounts"
                " and totals under other assumptions are not rounded."
            )
        return ""
