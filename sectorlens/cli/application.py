"""Which commands there are; each verb group stands in a file of its own, loaded when named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from storage.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def application(verb: str = "", action: str = "") -> typer.Typer:
    """Return the command line.

    Args:
        verb: The only first word to be understood, since to load all takes as long as forty pages
            of a crawl; empty for all of them.
        action: The only word behind it to be understood, where it is one of the verb's.
    """
    app = typer.Typer(
        name="sectorlens",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        help="From a business register and company websites to experimental statistics on sectors.",
    )
    app.callback()(_common)
    for name, add in _SINGLE.items():
        if verb in {"", name}:
            add(app)
    for name, (text, add) in _GROUPS.items():
        if verb in {"", name}:
            group = typer.Typer(name=name, help=text, no_args_is_help=True)
            add(group)
            named = [one for one in group.registered_commands if one.name == action]
            group.registered_commands = named or group.registered_commands
            app.add_typer(group)
    return app


def words_of(arguments: Sequence[str]) -> tuple[str, str]:
    """Return the verb that a command begins with, and what stands behind it.

    Both are empty where all verbs are needed to tell.

    Args:
        arguments: Behind the name of the program.
    """
    first, second = [*(word for word in arguments if word != "--debug"), "", ""][:2]
    return (first, second) if first in _SINGLE or first in _GROUPS else ("", "")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of faults.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


def _demo(app: typer.Typer) -> None:
    from sectorlens.cli import demo

    app.command("demo")(demo.demo)


def _init(app: typer.Typer) -> None:
    from sectorlens.cli import init

    app.command("init")(init.init)


def _run(app: typer.Typer) -> None:
    from sectorlens.cli import run

    app.command("run")(run.run)


def _status(app: typer.Typer) -> None:
    from sectorlens.cli import status

    app.command("status")(status.status)


def _frame(group: typer.Typer) -> None:
    from sectorlens.cli import frame

    group.command("import")(frame.import_register)


def _crawl(group: typer.Typer) -> None:
    from sectorlens.cli import crawl, page, stage

    group.command("run")(stage.crawl)
    group.command("page")(page.page)
    group.command("contact-page")(crawl.contact_page)
    group.command("requests")(crawl.requests)
    group.command("opt-out")(crawl.opt_out)
    group.command("archives")(crawl.archives)


def _extract(group: typer.Typer) -> None:
    from sectorlens.cli import stage

    group.command("run")(stage.extract)


def _link(group: typer.Typer) -> None:
    from sectorlens.cli import stage

    group.command("run")(stage.link)


def _classify(group: typer.Typer) -> None:
    from sectorlens.cli import discover, explain, nace, stage

    group.command("run")(stage.classify)
    group.command("explain")(explain.explain)
    group.command("discover")(discover.discover)
    group.command("nace")(nace.nace)


def _sector(group: typer.Typer) -> None:
    from sectorlens.cli import sector

    group.command("lint")(sector.lint)


def _label(group: typer.Typer) -> None:
    from sectorlens.cli import label, suggest

    group.command("import")(label.import_labels)
    group.command("export")(label.export_labels)
    group.command("check")(label.check)
    group.command("disagreements")(label.disagreements)
    group.command("agreement")(label.agreement)
    group.command("suggest")(suggest.suggest)
    group.command("progress")(suggest.learning)


def _audit(group: typer.Typer) -> None:
    from sectorlens.cli import audit

    group.command("draw")(audit.draw)
    group.command("sheet")(audit.sheet)
    group.command("import")(audit.import_answers)
    group.command("status")(audit.status)


def _model(group: typer.Typer) -> None:
    from sectorlens.cli import drift, model

    group.command("train")(model.train)
    group.command("evaluate")(model.evaluate)
    group.command("list")(model.list_models)
    group.command("show")(model.show)
    group.command("compare")(model.compare)
    group.command("promote")(model.promote)
    group.command("bridges")(model.bridges)
    group.command("drift")(drift.drift)


def _release(group: typer.Typer) -> None:
    from sectorlens.cli import change, release

    group.command("build")(release.build)
    group.command("list")(release.listed)
    group.command("withdraw")(release.withdraw)
    group.command("change")(change.change)
    group.command("revisions")(change.revisions)


def _plugins(group: typer.Typer) -> None:
    from sectorlens.cli import plugin

    group.command("list")(plugin.list_plugins)


# In the order in which help lists them.
_SINGLE: dict[str, Callable[[typer.Typer], None]] = {
    "demo": _demo,
    "init": _init,
    "run": _run,
    "status": _status,
}
_GROUPS: dict[str, tuple[str, Callable[[typer.Typer], None]]] = {
    "frame": ("The register of a wave.", _frame),
    "crawl": ("Visits to websites.", _crawl),
    "extract": ("Pages to texts.", _extract),
    "link": ("Websites to units.", _link),
    "classify": ("Texts to decisions.", _classify),
    "sector": ("Definitions of sectors.", _sector),
    "label": ("What people said of units, websites and texts.", _label),
    "audit": ("The probability sample that is checked by hand.", _audit),
    "model": ("Trained models and their cards.", _model),
    "release": ("What is published.", _release),
    "plugins": ("What can be named in the settings.", _plugins),
}
