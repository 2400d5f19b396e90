"""Writes the page on the commands from their own help.

One command: ``python tests/docs/commands_page.py > docs/commands.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from sectorlens.cli.application import application

HEAD = """\
# Commands

Made from the commands' own help, which `--help` behind any of them prints. Results go to standard
output, progress and faults to standard error.

Exit codes: 0 done · 1 our fault · 2 usage · 3 invalid input · 4 not ready (says which command comes
first) · 5 refused by a quality or disclosure check · 130 interrupted, state kept.

Before a command: `--debug` shows tracebacks of faults, `--version` tells the version.
"""


def commands_page() -> str:
    """Return the page, in Markdown."""
    found = sorted(commands())
    listed = "\n".join(f"- [`{name}`](#{anchor(name)})" for name, _ in found)
    return "\n".join([HEAD, listed, *(section(name, command) for name, command in found)])


def commands() -> Iterator[tuple[str, Any]]:
    """Give every command with its words, e.g. ``sectorlens frame import``."""
    waiting = [("sectorlens", typer.main.get_command(application()))]
    while waiting:
        name, command = waiting.pop()
        inner = getattr(command, "commands", {})
        waiting += [(f"{name} {word}", one) for word, one in inner.items()]
        if not inner:
            yield name, command


def anchor(name: str) -> str:
    """Return what a heading is linked by."""
    return name.replace(" ", "-")


def section(name: str, command: Any) -> str:
    """Return what the page says of one command."""
    places = [one for one in command.params if not one.opts[0].startswith("-")]
    options = [one for one in command.params if one.opts[0].startswith("-") and not one.hidden]
    usage = [
        name,
        *(place(one) for one in places),
        *(f"{o.opts[0]} {value(o)}" for o in must(options)),
    ]
    lines = ["", f"## {name}", "", " ".join((command.help or "").split()), ""]
    lines += [
        "    " + " ".join(usage) + (" [OPTIONS]" if len(must(options)) < len(options) else "")
    ]
    if command.params:
        lines += ["", "| argument or option | default | means |", "| --- | --- | --- |"]
        lines += [f"| `{place(one)}` | {default(one)} | {text(one)} |" for one in places]
        lines += [f"| {spelling(one)} | {default(one)} | {text(one)} |" for one in options]
    return "\n".join(lines)


def must(options: list[Any]) -> list[Any]:
    """Return the options that cannot be left out."""
    return [option for option in options if option.required]


def place(argument: Any) -> str:
    """Return an argument as it stands in the usage."""
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def spelling(option: Any) -> str:
    """Return the ways to write an option."""
    names = [*option.opts, *option.secondary_opts]
    return ", ".join(f"`{name} {value(option)}`".replace(" `", "`") for name in names)


def value(option: Any) -> str:
    """Return what stands behind an option; nothing for a switch."""
    if option.is_flag:
        return ""
    if isinstance(option.default, Enum):
        return "\\|".join(str(one.value) for one in type(option.default))
    return option.metavar or option.name.upper()


def default(parameter: Any) -> str:
    """Return what holds where nothing is said."""
    if parameter.required:
        return "required"
    found = parameter.default
    if parameter.envvar:
        return f"environment `{parameter.envvar}`, else `{found}`"
    if found is None or found is False or not parameter.show_default:
        return ""
    return f"`{found.value if isinstance(found, Enum) else found}`"


def text(parameter: Any) -> str:
    """Return the help of a parameter with its bounds."""
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    bounds = (
        f" {low} to {high}." if high is not None else f" At least {low}." if low is not None else ""
    )
    return " ".join(f"{parameter.help or ''}{bounds}".split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(commands_page())
