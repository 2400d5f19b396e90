"""The command line of one verb is that of all verbs, but for the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from sectorlens.cli.application import application, words_of


def commands(*words: str) -> dict[str, Any]:
    made: Any = typer.main.get_command(application(*words))
    return dict(made.commands)


def told(command: Any) -> object:
    """Return all that a command, or a group, says of itself."""
    inner = getattr(command, "commands", {})
    options = [(one.name, one.opts, one.required, one.help) for one in command.params]
    return command.help, options, {name: told(one) for name, one in inner.items()}


ALL = commands()


@pytest.mark.parametrize("verb", ALL)
def test_each_verb_alone_understands_what_it_does_among_all(verb: str) -> None:
    assert words_of(["--debug", verb, "--help"]) == (verb, "--help")
    assert {name: told(one) for name, one in commands(verb).items()} == {verb: told(ALL[verb])}


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["--version"], ["crwl"], ["--help", "crawl"], ["--debug"]]
)
def test_what_names_no_verb_first_is_answered_by_all(words: list[str]) -> None:
    assert words_of(words) == ("", "")


def test_each_action_alone_is_what_it_is_among_all_and_a_wrong_one_is_answered_by_all() -> None:
    for action, among_all in ALL["crawl"].commands.items():
        alone = commands("crawl", action)["crawl"].commands
        assert {name: told(one) for name, one in alone.items()} == {action: told(among_all)}
    for other in ("--help", "rnu", ""):
        assert told(commands("crawl", other)["crawl"]) == told(ALL["crawl"])
    assert words_of(["--debug", "crawl", "run", "--wave", "w"]) == ("crawl", "run")
    assert words_of(["crawl"]) == ("crawl", "")


def test_a_command_loads_no_other_verbs() -> None:
    code = "import sys; sys.argv = ['sectorlens', 'crawl', '--help']\n" + (
        "from sectorlens.cli.faults import run_told\n"
        "try: run_told()\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("sectorlens.cli.")}
    assert "sectorlens.cli.crawl" in loaded
    # What only a search for plug-ins of pydantic would want.
    assert {"email", "zipfile"}.isdisjoint(done.stdout.split())
    assert loaded.isdisjoint({f"sectorlens.cli.{name}" for name in ("model", "label", "release")})


def test_a_command_that_opened_a_database_ends_without_a_word_of_its_libraries(
    tmp_path: Path,
) -> None:
    for words in (["init", str(tmp_path / "w")], ["run", "--wave", "w"]):
        done = subprocess.run(
            [sys.executable, "-m", "sectorlens", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path / "w" if words[0] == "run" else tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert "leaked" not in done.stderr
    assert "must name you" in done.stderr
