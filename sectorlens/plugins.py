"""Plug-ins by name: a module's name in its folder is the plug-in's name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoints

# folder (and entry-point group) -> what its plug-ins are
FOLDERS = {
    "crawlers.frame": "register formats",
    "extract.extractors": "ways to get text from a page",
    "classify.embedders": "encoders of passages",
    "classify.classifiers": "ways to learn a decision from labels",
    "experimental_stats.exporters": "output formats of a release",
}


def names(folder: str) -> list[str]:
    """Return the names of the plug-ins in `folder` and in its entry-point group, in order.

    Raises:
        InvalidInput: Two plug-ins bear the same name.
    """
    import pkgutil  # as all that only who looks for plug-ins needs

    package = import_module(folder)
    own = [
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if not module.ispkg and _is_plugin(folder, module.name)
    ]
    foreign = [point.name for point in _entry_points(folder)]
    found = own + foreign
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise InvalidInput(
            f"Two plug-ins of {folder} are called {', '.join(twice)}",
            "Rename or uninstall one of them.",
        )
    return sorted(found)


def load(folder: str, name: str, options: Mapping[str, object] | None = None) -> Any:
    """Build the plug-in `name` of `folder`; its module is imported only now.

    Raises:
        InvalidInput: There is none of that name; the known ones are told.
    """
    known = names(folder)
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name, known, n=1)
        raise InvalidInput(
            f"There is no plug-in called {name!r} among {FOLDERS.get(folder, folder)}",
            (f"Did you mean {near[0]}? " if near else "") + f"Known are: {', '.join(known)}.",
        )
    for point in _entry_points(folder):
        if point.name == name:
            return point.load()(options or {})
    return import_module(f"{folder}.{name}").build(options or {})


def _entry_points(group: str) -> EntryPoints:
    from importlib.metadata import entry_points  # loads a reader of mails

    return entry_points(group=group)


def _is_plugin(folder: str, name: str) -> bool:
    """A plug-in module defines `build`; told from its text, so that nothing heavy is imported."""
    from importlib import resources

    return "\ndef build(" in (resources.files(folder) / f"{name}.py").read_text(encoding="utf-8")
