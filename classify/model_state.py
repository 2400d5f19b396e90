"""A model's parts as one file without pickle: skops, made the same bytes for the same parts.

skops names arrays in the file by the address they had in memory and stamps every entry with the
time. Both are written anew here: running numbers in the order of the schema, and one fixed date.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.features import Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file knows
# Beside the types that skops trusts of itself: parts of scikit-learn's own losses, which hold
# numbers only, and its trees, whose node numbers are checked after reading (a wrong one would read
# foreign memory).
TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss._loss.CyHalfBinomialLoss",
)


def write_state(state: Mapping[str, Any], path: Path) -> None:
    """Write plain values, arrays and scikit-learn estimators; the same parts give the same bytes.

    Raises:
        OSError: The disk refuses.
        skops.io.exceptions.UnsupportedTypeException: A part is of another kind.
    """
    _load_skops()
    import skops.io

    path.write_bytes(_in_fixed_form(skops.io.dumps(dict(state))))


def _load_skops() -> None:
    """Load skops without PyTorch, which it has no use for.

    To know which types it trusts, skops loads all of scikit-learn, and with it the module through
    which scikit-learn works on PyTorch's arrays; no estimator stands there. An empty module holds
    its place meanwhile: 1.2 seconds and 790 modules less for every process that reads a model.
    """
    bridge = "sklearn.externals.array_api_compat.torch"
    if "skops.io" in sys.modules or bridge in sys.modules:
        return
    held = sys.modules[bridge] = ModuleType(bridge)
    try:
        import skops.io  # noqa: F401 - for what loading it does
    finally:
        if sys.modules.get(bridge) is held:
            del sys.modules[bridge]


def _in_fixed_form(dumped: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(dumped)) as given:
        contents = {name: given.read(name) for name in given.namelist()}
    numbers: dict[int, int] = {}
    schema = _renumber(json.loads(contents.pop(_SCHEMA)), numbers)
    fixed = {_SCHEMA: json.dumps(schema, indent=1, sort_keys=True).encode()}
    for name, content in contents.items():
        fixed[_renamed(name, numbers)] = content
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(fixed):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, fixed[name])
    return made.getvalue()


def _renumber(node: Any, numbers: dict[int, int]) -> Any:
    """Return a node of the schema with addresses in memory replaced by running numbers."""
    if isinstance(node, dict):
        told: dict[str, Any] = {}
        for name in sorted(node):
            value = node[name]
            if name == "__id__":
                told[name] = numbers.setdefault(value, len(numbers))
            elif name == "file":
                told[name] = _renamed(value, numbers)
            else:
                told[name] = _renumber(value, numbers)
        return told
    if isinstance(node, list):
        return [_renumber(value, numbers) for value in node]
    return node


def _renamed(name: str, numbers: dict[int, int]) -> str:
    stem, _, suffix = name.partition(".")
    return f"{numbers.setdefault(int(stem), len(numbers))}.{suffix}" if stem.isdigit() else name


def read_state(path: Path) -> dict[str, Any]:
    """Read what `write_state` wrote; a file that names any other type is refused, not run.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no such file, is damaged, or holds types that are not trusted.
    """
    _load_skops()
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        found = skops.io.loads(path.read_bytes(), trusted=list(TRUSTED))
    except (
        UntrustedTypesFoundException,
        zipfile.BadZipFile,
        AttributeError,
        EOFError,
        ImportError,
        KeyError,
        NotImplementedError,
        TypeError,
    ) as fault:
        raise ValueError(f"{path.name}: {fault}") from fault
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds a {type(found).__name__}")
    _check_trees(found)
    return found


def _check_trees(part: Any) -> None:
    """Refuse trees that point outside of themselves or of their features.

    Raises:
        ValueError: A tree does.
    """
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, (list, tuple, np.ndarray)) and not _is_numeric(part):
        for one in part:
            _check_trees(one)
    elif hasattr(part, "estimators_"):
        _check_trees(part.estimators_)
    elif hasattr(part, "tree_"):
        tree = part.tree_
        children = np.concatenate([tree.children_left, tree.children_right])
        inside = children.min() >= -1 and children.max() < tree.node_count
        if not inside or tree.feature.max() >= tree.n_features or tree.feature.min() < -2:
            raise ValueError("a tree points outside of itself")


def _is_numeric(part: Any) -> bool:
    return isinstance(part, np.ndarray) and part.dtype != object


def words_state(words: Words) -> dict[str, Any]:
    """Return a vocabulary as plain values: terms hold no line break."""
    return {
        "words": "\n".join(words.words),
        "letter_groups": "\n".join(words.letter_groups),
        "idf": words.idf,
    }


def words_from_state(state: Mapping[str, Any]) -> Words:
    """Return the vocabulary that `words_state` told."""
    words, groups = (
        state[kind].split("\n") if state[kind] else [] for kind in ("words", "letter_groups")
    )
    return Words(words, groups, np.asarray(state["idf"]))
