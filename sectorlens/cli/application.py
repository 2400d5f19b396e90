"""Which commands there are; each verb group stands in a file of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from sectorlens.cli import (
    audit,
    change,
    crawl,
    demo,
    discover,
    drift,
    explain,
    frame,
    init,
    label,
    model,
    nace,
    plugin,
    release,
    run,
    sector,
    stage,
    status,
    suggest,
)
from sectorlens.version import code_version

app = typer.Typer(
    name="sectorlens",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="From a business register and company websites to experimental statistics on sectors.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(code_version())
        raise typer.Exit


@app.callback()
def common(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of faults.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


def group(name: str, text: str) -> typer.Typer:
    """Add a verb group to the application."""
    made = typer.Typer(name=name, help=text, no_args_is_help=True)
    app.add_typer(made)
    return made


app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("run")(run.run)
app.command("status")(status.status)
group("frame", "The register of a wave.").command("import")(frame.import_register)
crawls = group("crawl", "Visits to websites.")
crawls.command("run")(stage.crawl)
crawls.command("contact-page")(crawl.contact_page)
crawls.command("requests")(crawl.requests)
crawls.command("opt-out")(crawl.opt_out)
crawls.command("archives")(crawl.archives)
for name, command, text in (
    ("extract", stage.extract, "Pages to texts."),
    ("link", stage.link, "Websites to units."),
):
    group(name, text).command("run")(command)
decisions = group("classify", "Texts to decisions.")
decisions.command("run")(stage.classify)
decisions.command("explain")(explain.explain)
decisions.command("discover")(discover.discover)
decisions.command("nace")(nace.nace)
group("sector", "Definitions of sectors.").command("lint")(sector.lint)
labels = group("label", "What people said of units, websites and texts.")
labels.command("import")(label.import_labels)
labels.command("export")(label.export_labels)
labels.command("check")(label.check)
labels.command("disagreements")(label.disagreements)
labels.command("agreement")(label.agreement)
labels.command("suggest")(suggest.suggest)
labels.command("progress")(suggest.learning)
audits = group("audit", "The probability sample that is checked by hand.")
audits.command("draw")(audit.draw)
audits.command("sheet")(audit.sheet)
audits.command("import")(audit.import_answers)
audits.command("status")(audit.status)
models = group("model", "Trained models and their cards.")
models.command("train")(model.train)
models.command("evaluate")(model.evaluate)
models.command("list")(model.list_models)
models.command("show")(model.show)
models.command("compare")(model.compare)
models.command("promote")(model.promote)
models.command("bridges")(model.bridges)
models.command("drift")(drift.drift)
releases = group("release", "What is published.")
releases.command("build")(release.build)
releases.command("list")(release.listed)
releases.command("withdraw")(release.withdraw)
releases.command("change")(change.change)
releases.command("revisions")(change.revisions)
group("plugins", "What can be named in the settings.").command("list")(plugin.list_plugins)
