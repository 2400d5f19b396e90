"""Sector definitions: reading and checking the TOML files that say what counts as what."""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
import unicodedata
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

DEFAULT_LANGUAGE = "en"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_BYTES = 1_000_000

# Marks that turn the direction of a text around it, by which a sentence reads other than it says.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST_VERSION = 40


def _shown_as_written(text: str) -> str:
    hidden = [
        c for c in text if c in _TURNS or (unicodedata.category(c) == "Cc" and c not in "\n\t\r")
    ]
    if hidden:
        raise PydanticCustomError("hidden", f"holds U+{ord(hidden[0]):04X}, which does not show")
    if not any(map(str.isalpha, text)):
        raise PydanticCustomError("wordless", "holds no word")
    return text


def _version(given: Any) -> Any:
    """Take a word or a number: what can be told apart from the version before."""
    spelled = str(given).strip()
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not (isinstance(given, str) or (is_number and math.isfinite(given))):
        raise PydanticCustomError("version", "is not a word or a number such as 1 or '2026-03'")
    if not 0 < len(spelled) <= _LONGEST_VERSION or not spelled.isprintable():
        told = f"is not 1 to {_LONGEST_VERSION} characters that show"
        raise PydanticCustomError("version", told)
    return given


Sentence = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=2000),
    AfterValidator(_shown_as_written),
]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeCase:
    """A case on the border, and how it is ruled."""

    case: str
    ruling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A sentence as a company would write it, of an active or a confusable inactive one."""

    language: str
    text: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """How the decision threshold is set on out-of-fold probabilities.

    Attributes:
        rule: ``f1`` (highest F1 to be expected under the probabilities), ``count`` (as many decided
            active as are labelled active) or ``precision`` (lowest threshold whose precision
            reaches `minimum_precision`).
        threshold: A fixed threshold (0-1) that overrides the rule; None for none.
        minimum_probability: The threshold is never below it (0-1).
        minimum_precision: For the rule ``precision`` (0-1).
        maximum_false_positive_rate: What the rule gives is raised until the upper bound of the
            share of ordinary activities called active is within it (0-1; 1 bounds nothing).
    """

    rule: str = "f1"
    threshold: float | None = None
    minimum_probability: float = 0.0
    minimum_precision: float = 0.9
    maximum_false_positive_rate: float = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Share of all units (0-1) that the sector can plausibly have."""

    minimum_share: float = 0.0
    maximum_share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorDefinition:
    """What a sector is, in words.

    Attributes:
        name: The file's name; the sector's code everywhere.
        version: The author's own, shown in releases.
        language: Of title, description, inclusions and exclusions (ISO 639-1).
        digest: ``sha256:<hex>`` of all it says; changes with any word.
        source: The file it was read from.
    """

    name: str
    title: str
    description: str
    version: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...]
    edge_cases: tuple[EdgeCase, ...]
    examples: tuple[Example, ...]
    nace_hints: tuple[str, ...]
    decision: DecisionRule
    bounds: Bounds
    digest: str
    source: str
    language: str = DEFAULT_LANGUAGE

    @property
    def inclusions(self) -> tuple[Example, ...]:
        """Return all sentences that speak for the sector, with their languages."""
        own = (self.title, self.description, *self.includes)
        stated = tuple(Example(language=self.language, text=text, active=True) for text in own)
        return stated + tuple(example for example in self.examples if example.active)

    @property
    def exclusions(self) -> tuple[Example, ...]:
        """Return all sentences that speak against it, with their languages."""
        stated = tuple(
            Example(language=self.language, text=text, active=False) for text in self.excludes
        )
        return stated + tuple(example for example in self.examples if not example.active)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _EdgeCase(_Strict):
    case: Sentence
    ruling: Sentence


class _Examples(_Strict):
    active: list[Sentence] = []
    inactive: list[Sentence] = []


# A list of active sentences, or a table of both: told by what stands there, so that only the
# faults of the form that was meant are told.
_OfLanguage = Annotated[
    Annotated[list[Sentence], Tag("list")] | Annotated[_Examples, Tag("table")],
    Discriminator(lambda given: "list" if isinstance(given, list) else "table"),
]


class _Decision(_Strict):
    rule: Literal["f1", "count", "precision"] = "f1"
    threshold: Share | None = None
    minimum_probability: Share = 0.0
    minimum_precision: Share = 0.9
    maximum_false_positive_rate: Share = 0.002


class _Bounds(_Strict):
    minimum_share: Share = 0.0
    maximum_share: Share = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> _Bounds:
        if self.minimum_share > self.maximum_share:
            message = "minimum_share is above maximum_share"
            raise ValueError(message)
        return self


class _Definition(_Strict):
    title: Sentence
    description: Sentence
    version: Annotated[Any, AfterValidator(_version)] = "1"
    includes: Annotated[list[Sentence], Field(min_length=1)]
    excludes: list[Sentence] = []
    edge_cases: list[_EdgeCase] = []
    language: _Language = DEFAULT_LANGUAGE
    examples: dict[_Language, _OfLanguage] = {}
    nace_hints: list[
        Annotated[str, StringConstraints(pattern=r"^(?:[A-V]|[A-V]?[0-9][0-9.]{0,6})$")]
    ] = []
    decision: _Decision = _Decision()
    bounds: _Bounds = _Bounds()

    @model_validator(mode="after")
    def _says_one_thing(self) -> _Definition:
        """Refuse a sentence that speaks for and against the sector."""
        speaking: dict[bool, dict[str, str]] = {True: {}, False: {}}
        for active, said in ((True, self.includes), (False, self.excludes)):
            speaking[active] |= {_folded(text): text for text in said}
        for example in _examples(self):
            speaking[example.active][_folded(example.text)] = example.text
        both = [text for key, text in speaking[True].items() if key in speaking[False]]
        if both:
            told = "; ".join(repr(text[:80]) for text in both)
            raise PydanticCustomError("contradiction", f"speaks for and against the sector: {told}")
        return self


def load_sectors(directories: Sequence[Path] = ()) -> dict[str, SectorDefinition]:
    """Read the shipped definitions and those of `directories`, a later one replacing an earlier.

    Args:
        directories: Folders of ``<sector>.toml``, such as the workspace's; absent ones are empty.

    Returns:
        Sector name -> definition, by name.

    Raises:
        InvalidInput: Files that cannot be used; all faults of all files are told at once.
    """
    shipped = Path(str(resources.files("classify.sectors")))
    found: dict[str, Path] = {}
    for directory in (shipped, *directories):
        found |= {path.stem: path for path in sorted(directory.glob("*.toml"))}
    definitions: dict[str, SectorDefinition] = {}
    faults: list[str] = []
    for name, path in sorted(found.items()):
        try:
            definitions[name] = read_sector(path)
        except InvalidInput as fault:
            faults += fault.details
    if faults:
        raise _unusable(faults)
    return definitions


@cache
def shipped_sectors() -> tuple[SectorDefinition, ...]:
    """Return the definitions that ship, by name, read once a process."""
    return tuple(load_sectors().values())


def read_sector(path: Path) -> SectorDefinition:
    """Read and check one definition.

    Raises:
        InvalidInput: It cannot be used; each detail is ``file: key: what to mend``.
    """
    if not _NAME.fullmatch(path.stem):
        told = f"{path}: the name must be a-z, 0-9 and _, begin with a letter, at most 40 long"
        raise _unusable([told])
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _unusable([f"{path}: is larger than {_MOST_BYTES} bytes"])
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        checked = _Definition.model_validate(given)
    except ValidationError as fault:
        raise _unusable([f"{path}: {line}" for line in _told(fault)]) from fault
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise _unusable([f"{path}: cannot be read as TOML in UTF-8: {fault}"]) from fault
    return _definition(path, checked)


def _unusable(faults: Iterable[str]) -> InvalidInput:
    return InvalidInput(
        "Sector definitions cannot be used",
        "Mend the keys named above; any shipped file in classify/sectors shows every key.",
        tuple(faults),
    )


# pydantic's words, where an author of a definition would not understand them.
_WORDS = {
    "extra_forbidden": "is not a key of sector definitions",
    "missing": "is missing",
    "string_type": "is not a text in quotation marks",
}
_LANGUAGE = "is not two or three small letters that name a language, such as de"
_HINT = "is not a NACE code in quotation marks such as '62.01', '62' or 'J'"


def _told(fault: ValidationError) -> list[str]:
    return list(dict.fromkeys(_line(error) for error in fault.errors()))


def _line(error: ErrorDetails) -> str:
    # A language's examples may be a list or a table; which of them was tried is no key of the file.
    keys = [str(part) for part in error["loc"] if str(part) not in ("list", "table")]
    message = _WORDS.get(error["type"], error["msg"])
    if keys == ["language"]:
        message = _LANGUAGE
    elif keys[-1:] == ["[key]"]:
        keys, message = keys[:-1], _LANGUAGE
    elif keys[:1] == ["nace_hints"] and error["type"] in ("string_pattern_mismatch", "string_type"):
        message = f"{error['input']!r} {_HINT}"
    return f"{'.'.join(keys) or 'file'}: {message}"


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _definition(path: Path, given: _Definition) -> SectorDefinition:
    content = _without_default_language(given.model_dump(mode="json"))
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return SectorDefinition(
        name=path.stem,
        title=given.title,
        description=given.description,
        version=str(given.version).strip(),
        includes=tuple(given.includes),
        excludes=tuple(given.excludes),
        edge_cases=tuple(EdgeCase(case=c.case, ruling=c.ruling) for c in given.edge_cases),
        examples=tuple(_examples(given)),
        nace_hints=tuple(given.nace_hints),
        decision=DecisionRule(**given.decision.model_dump()),
        bounds=Bounds(**given.bounds.model_dump()),
        digest=f"sha256:{hashlib.sha256(canonical.encode('utf-8')).hexdigest()}",
        source=str(path),
        language=given.language,
    )


def _without_default_language(content: dict[str, Any]) -> dict[str, Any]:
    """Leave the language out where it is the usual one: what says the same keeps its digest."""
    if content["language"] == DEFAULT_LANGUAGE:
        del content["language"]
    return content


def _examples(given: _Definition) -> Iterable[Example]:
    for language, listed in sorted(given.examples.items()):
        both = _Examples(active=listed) if isinstance(listed, list) else listed
        for active, texts in ((True, both.active), (False, both.inactive)):
            for text in texts:
                yield Example(language=language, text=text, active=active)


def describe(definition: SectorDefinition) -> dict[str, Any]:
    """Return the definition as plain values, for model cards and releases."""
    return _without_default_language(asdict(definition))
