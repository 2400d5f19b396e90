"""What the documentation tells people to type works: commands, queries, links, names."""

import importlib
import inspect
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer

from classify.labels import COLUMNS
from classify.sector import Bounds, DecisionRule, load_sectors
from crawlers.frame.mapping import load_mapping
from experimental_stats.audit_sheet import SHEET_COLUMNS
from experimental_stats.estimation import estimate_totals
from sectorlens import plugins
from sectorlens.cli.application import application
from storage.database import Store
from storage.publication import publish

ROOT = Path(__file__).parents[2]
ROOMS = ("crawlers", "extract", "classify", "experimental_stats", "storage", "sectorlens")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "sectorlens/templates/README.md"]
)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
IN_LINE = re.compile(r"`(sectorlens [^`\n]+)`")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


# ---------------------------------------------------------------- commands


def typed_commands(page: Path) -> Iterator[str]:
    """Give the commands that stand on lines of their own, as people would paste them."""
    text = page.read_text(encoding="utf-8")
    blocks = [code for kind, code in FENCED.findall(text) if kind in {"", "sh"}]
    indented = re.findall(r"^    (sectorlens [^\[\n]+)$", text, re.MULTILINE)
    for line in [line for code in blocks for line in code.splitlines()] + indented:
        for part in line.split("&&"):
            words = part.strip().removeprefix(".venv/bin/")
            if words.startswith("sectorlens "):
                yield words


def mentioned_commands() -> Iterator[tuple[str, str]]:
    """Give the commands that pages and messages name in backticks."""
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    for path in [*PAGES, *sources]:
        for command in IN_LINE.findall(path.read_text(encoding="utf-8")):
            yield named(path), command


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that words lead to, and the words behind it."""
    command: Any = typer.main.get_command(application())
    rest = [word for word in words[1:] if word not in {"--debug", "…"}]
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    return command, rest


TYPED = [(named(page), line) for page in PAGES for line in typed_commands(page)]


@pytest.mark.parametrize(("page", "line"), TYPED)
def test_a_command_that_is_shown_can_be_typed(page: str, line: str) -> None:
    command, rest = leaf(shlex.split(line, comments=True))
    assert not getattr(command, "commands", None), f"{page}: no such command: {line}"
    command.make_context("sectorlens", rest)  # refuses unknown and missing options


def test_the_readme_shows_the_way_from_register_to_release() -> None:
    shown = " ".join(line for page, line in TYPED if page == "README.md")
    for words in ("frame import", "run --wave", "label import", "audit draw", "release build"):
        assert words in shown


def fault_of(line: str) -> str:
    """Return what is wrong with a command that is named; empty where nothing is."""
    # Alternatives (import|export) are tried one by one; {wave} is filled in by a program.
    words = re.sub(r"\{[^}]*\}", "FILLED_IN", line).split()
    for place, word in enumerate(words):
        if "|" in word:
            each = [[*words[:place], one, *words[place + 1 :]] for one in word.split("|")]
            return next(filter(None, (fault_of(" ".join(one)) for one in each)), "")
    command, rest = leaf(words)
    if hasattr(command, "commands") and rest and not rest[0].startswith(("-", "FILLED_IN")):
        return f"no command {rest[0]}"
    known = {"--help", "--version", "FILLED_IN"}
    known |= {name for one in command.params for name in one.opts + one.secondary_opts}
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    return "" if "FILLED_IN" in rest[:1] else ", ".join(unknown)


def test_every_command_named_in_pages_and_messages_exists() -> None:
    wrong = [(place, line, fault_of(line)) for place, line in mentioned_commands()]
    assert [one for one in wrong if one[2]] == []
    assert len(wrong) > 40


def test_a_command_that_is_not_there_is_found_out() -> None:
    assert fault_of("sectorlens fly") == "no command fly"
    assert fault_of("sectorlens audit draw|fly") == "no command fly"
    assert fault_of("sectorlens run --fast") == "--fast"
    assert fault_of("sectorlens {stage} run --wave {wave}") == ""


# ---------------------------------------------------------------- queries

QUERIES = [
    (named(page), sql)
    for page in PAGES
    for kind, sql in FENCED.findall(page.read_text(encoding="utf-8"))
    if kind == "sql"
] + [
    ("README.md", sql)
    for sql in re.findall(r"\.sql\('([^']+)'\)", (ROOT / "README.md").read_text(encoding="utf-8"))
]

SMALL = """
INSERT INTO wave VALUES ('2026Q4', 1, now(), 'register.csv', 'sha256:0', '', 1, 0);
INSERT INTO unit (wave, unit_id, unit_type, legal_name, trade_name, nace_code, nace_section,
    size_class, region, address, postcode, city, country, phone, email, vat_number,
    registration_number, employees, other)
VALUES ('2026Q4', 'U1', 'enterprise', 'Example Drones Ltd', '', '3030', 'C', '10-49', 'North', '',
    '', '', 'IE', '', '', '', '', 12, '{}');
INSERT INTO unit_website VALUES ('2026Q4', 'U1', 'https://example.org/', true, true);
INSERT INTO website_visit VALUES ('2026Q4', 'R', 'https://example.org/', 1, 'https://example.org/',
    'reached', '', 3, 1, 900, now(), now());
INSERT INTO website_text VALUES ('2026Q4', 'https://example.org/', 'reached', '', 1, 90, 'en',
    'x/1', 'sha256:1');
INSERT INTO website_link VALUES ('2026Q4', 'U1', 'https://example.org/', 0.99, '{}', true, 'l/1',
    'sha256:1');
INSERT INTO prediction VALUES ('2026Q4', 'U1', 'drones', 0.9, true, 0.5, 'model', 'm',
    'sha256:2', NULL);
INSERT INTO evidence VALUES ('2026Q4', 'U1', 'drones', 1, 'https://example.org/', 'We fly.', 1.5);
INSERT INTO label (label_id, unit_id, sector, active, coder, language, note, purpose, wave,
    inclusion_probability, source)
VALUES (1, 'U1', 'drones', true, 'ann', 'en', '', 'audit', '2026Q4', 0.5, 'answers.csv');
INSERT INTO audit_unit VALUES ('2026Q4', 'drones', 'U1', 'b1', true, 0.5);
INSERT INTO estimate VALUES ('2026Q4', 'drones', 'enterprises', '_T', '_T', 'stratified_audit',
    10, 1, 8, 12, 0.95, 40, 30, 20, 'acceptable', '', 'stratified_audit/1', 0);
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    directory = tmp_path_factory.mktemp("workspace")
    target = directory / "published" / "sectorlens.duckdb"
    with Store(directory / "work.duckdb") as store:
        for statement in SMALL.split(";\n"):
            if statement.strip():
                store.execute(statement)
        publish(store, target)
    with duckdb.connect(str(target), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize(("page", "sql"), QUERIES)
def test_a_query_that_is_shown_finds_rows(
    page: str, sql: str, published: duckdb.DuckDBPyConnection
) -> None:
    assert published.sql(sql).fetchall(), f"{page}: nothing found by {sql}"


def test_the_page_on_tables_names_every_published_table(
    published: duckdb.DuckDBPyConnection,
) -> None:
    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    for (table,) in published.sql("FROM (SHOW TABLES)").project("name").fetchall():
        assert f"`{table}`" in text, f"docs/tables.md does not tell of {table}"


def test_the_columns_that_the_page_on_tables_names_are_there(
    published: duckdb.DuckDBPyConnection,
) -> None:
    values = {"model", "definition"}  # what stands in prediction.basis
    wrong = []
    for row in (ROOT / "docs" / "tables.md").read_text(encoding="utf-8").splitlines():
        cells = row.split(" | ")
        if not row.startswith("| `") or len(cells) < 3:
            continue
        tables = re.findall(r"`(\w+)`", cells[0])
        held = {name for table in tables for name in published.sql(f"FROM {table} LIMIT 0").columns}
        wrong += [(tables, name) for name in re.findall(r"`(\w+)`", cells[2]) if name not in held]
    assert [one for one in wrong if one[1] not in values] == []


# ---------------------------------------------------------------- files


def test_the_sector_of_the_tutorial_can_be_used(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    (definition,) = [code for kind, code in FENCED.findall(text) if kind == "toml"]
    (tmp_path / "cargo_bikes.toml").write_text(definition, encoding="utf-8")
    assert "Cargo bikes" in load_sectors([tmp_path])["cargo_bikes"].title


def test_the_mapping_of_the_page_on_registers_can_be_used(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "registers.md").read_text(encoding="utf-8")
    (mapping,) = [code for kind, code in FENCED.findall(text) if kind == "toml"]
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    assert load_mapping(tmp_path / "mapping.toml").delimiter == ";"


def test_the_pages_on_sectors_and_labels_name_every_key() -> None:
    sectors = (ROOT / "docs" / "sectors.md").read_text(encoding="utf-8")
    for one in (*fields(DecisionRule), *fields(Bounds)):
        assert f"`{one.name}`" in sectors
    labels = (ROOT / "docs" / "labels.md").read_text(encoding="utf-8")
    for name in (*COLUMNS, *SHEET_COLUMNS):
        assert f"`{name}`" in labels


# ---------------------------------------------------------------- links and names


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = []
    for page in PAGES:
        text = FENCED.sub("", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            place = (page.parent / path) if path else page
            if not place.exists() or (anchor and anchor not in anchors(place)):
                dead.append(f"{named(page)}: {target}")
    assert dead == []


def test_the_page_on_plug_ins_names_every_plug_in_found() -> None:
    text = (ROOT / "docs" / "plug-ins.md").read_text(encoding="utf-8")
    for folder in plugins.FOLDERS:
        for name in plugins.names(folder):
            assert f"`{name}`" in text, f"docs/plug-ins.md does not tell of {folder}.{name}"
    for sector in (ROOT / "classify" / "sectors").glob("*.toml"):
        assert f"`{sector.stem}`" in (ROOT / "docs" / "sectors.md").read_text(encoding="utf-8")


def test_every_name_that_a_module_offers_is_there() -> None:
    offered = 0
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        if "\n__all__ = " in path.read_text(encoding="utf-8"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            assert [name for name in module.__all__ if not hasattr(module, name)] == []
            offered += len(module.__all__)
    assert offered > 0


def test_the_estimator_is_called_as_the_contract_says() -> None:
    signature = inspect.signature(estimate_totals)
    assert [
        (name, one.kind.name, None if one.default is one.empty else one.default)
        for name, one in signature.parameters.items()
    ] == [
        ("units", "POSITIONAL_OR_KEYWORD", None),
        ("audit", "POSITIONAL_OR_KEYWORD", None),
        ("domains", "KEYWORD_ONLY", ()),
        ("measures", "KEYWORD_ONLY", ("enterprises",)),
        ("method", "KEYWORD_ONLY", "stratified_audit"),
        ("confidence_level", "KEYWORD_ONLY", 0.95),
        ("seed", "KEYWORD_ONLY", 0),
    ]
