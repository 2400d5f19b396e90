"""What a definition leaves open though it can be read: told to its author, not refused (pure)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classify.prior_texts import unknown_hints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classify.sector import SectorDefinition

_MOST_WORDS = 60  # of a sentence; longer ones are cut and blur what they are compared with
_FEWEST_EXAMPLES = 3
_MOST_SENTENCES = 100
_MARK_UP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]+|#[0-9]+);")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to mend or to decide.

    Attributes:
        sector: Whose definition.
        key: Where, as written in the file.
        text: What is open, and what to write.
    """

    sector: str
    key: str
    text: str


def lint_sector(definition: SectorDefinition) -> tuple[Remark, ...]:
    """Return remarks on one definition, in the order of its keys."""
    return tuple(
        Remark(sector=definition.name, key=key, text=text) for key, text in _remarks(definition)
    )


def lint_language(definition: SectorDefinition, reads_as: str) -> tuple[Remark, ...]:
    """Return a remark where a definition is not in the language that it says.

    Args:
        definition: As read.
        reads_as: Language of `own_words` (ISO 639-1); ``und`` where it cannot be told.
    """
    if reads_as in ("und", definition.language):
        return ()
    text = (
        f"is {definition.language!r}, but title, description, includes and excludes read as"
        f' {reads_as!r}: write language = "{reads_as}"'
    )
    return (Remark(sector=definition.name, key="language", text=text),)


def own_words(definition: SectorDefinition) -> str:
    """Return what stands in the language of the definition, as one text."""
    return "\n".join(
        (definition.title, definition.description, *definition.includes, *definition.excludes)
    )


# What a secondary activity is called, as stems: definitions are written in many languages.
_SECONDARY = (
    *("secondary", "side activit", "sideline", "nebentätig", "nebenbei", "nebengewerb"),
    *("secondair", "accessoire", "secondari", "secundari", "secundár", "nevenacti", "neventaak"),
    *("drugorzęd", "poboczn", "dodatkow", "vedlejš", "biverksam", "bivirksom", "bierhverv"),
    *("sivutoim", "bijkomend", "mellék"),
)


def _remarks(definition: SectorDefinition) -> Iterator[tuple[str, str]]:
    if not definition.excludes:
        yield "excludes", "is empty: name the neighbours that are taken for the sector"
    if not any(
        word in f"{edge.case} {edge.ruling}".casefold()
        for edge in definition.edge_cases
        for word in _SECONDARY
    ):
        yield "edge_cases", "none rules on secondary activity (docs/sectors.md): write one"
    yield from _on_examples(definition)
    yield from _on_sentences(definition)
    decision = definition.decision
    if decision.threshold is not None and decision.threshold < decision.minimum_probability:
        yield "decision", "threshold is below minimum_probability, which then says nothing"
    if not definition.nace_hints:
        yield "nace_hints", "is empty: firms of every class then count as ordinary"
    for hint in unknown_hints(definition):
        yield "nace_hints", f"{hint!r} is in no class of NACE Rev. 2"


def _on_sentences(definition: SectorDefinition) -> Iterator[tuple[str, str]]:
    statements = (*definition.inclusions, *definition.exclusions)
    for text, number in Counter(said.text.casefold() for said in statements).items():
        if number > 1:
            yield "examples", f"the same sentence stands {number} times: {text[:60]!r}"
    for said in statements:
        if len(said.text.split()) > _MOST_WORDS:
            yield "examples", f"longer than {_MOST_WORDS} words, cut it in two: {said.text[:60]!r}"
        if _MARK_UP.search(said.text):
            yield "examples", f"holds mark-up, which counts as its words: {said.text[:60]!r}"
    if len(statements) > _MOST_SENTENCES:
        yield (
            "includes",
            f"{len(statements)} sentences speak for or against it: units are ranked by their mean,"
            " so that each says little; join what belongs together",
        )


def _on_examples(definition: SectorDefinition) -> Iterator[tuple[str, str]]:
    counts = Counter((example.language, example.active) for example in definition.examples)
    if not counts:
        yield "examples", "there are none: write some as companies do, in every language crawled"
    for language in sorted({language for language, _ in counts}):
        for active, name in ((True, "active"), (False, "inactive")):
            if not (number := counts[language, active]):
                yield f"examples.{language}.{name}", "is empty: the language then tells the answer"
            elif language == "en" and number < _FEWEST_EXAMPLES:
                yield f"examples.{language}.{name}", f"fewer than {_FEWEST_EXAMPLES} sentences"
