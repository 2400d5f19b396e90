"""Every output format of a release, over the same content."""

import csv
import itertools
import json
import pkgutil
import warnings
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from urllib.parse import urlparse

import html5lib
import pytest
from csvw import CSVW

from experimental_stats import exporters
from experimental_stats.exporter import PublishedSector, ReleaseContent
from experimental_stats.plan import ReleasePlan, SectorNote
from experimental_stats.population import WaterfallRow
from storage.database import Store
from storage.records.release import Estimate

NAMES = [module.name for module in pkgutil.iter_modules(exporters.__path__) if not module.ispkg]
HOSTILE = "=cmd|'x'!A0<script>alert(1)</script>"


def estimate(measure: str, variable: str, domain: str, value: float | None, **changes) -> Estimate:
    hidden = value is None
    fields = {
        "wave": "w1",
        "sector": "drones",
        "measure": measure,
        "domain_variable": variable,
        "domain": domain,
        "estimator": "stratified_audit",
        "value": value,
        "standard_error": None if hidden else 1.5,
        "ci_lower": None if hidden else 0.8 * value,
        "ci_upper": None if hidden else 1.4 * value,
        "confidence_level": 0.95,
        "n_frame": None if hidden else 900,
        "n_classified": None if hidden else 700,
        "n_audit": None if hidden else 80,
        "quality": "" if hidden else "acceptable",
        "disclosure": "primary" if hidden else "",
        "method_version": "1",
    }
    return Estimate(**(fields | changes))


@pytest.fixture
def release() -> ReleaseContent:
    notes = (
        SectorNote(name="drones", title="Drones", description=HOSTILE, includes=("Surveys.",)),
        SectorNote(name="tourism", title="Tourism"),
    )
    figures = []
    for measure, scale in (("enterprises", 1.0), ("employees", 123.456)):
        figures += [
            estimate(measure, "_T", "_T", 40 * scale),
            estimate(measure, "region", "North", 40 * scale, estimator="composite"),
            estimate(measure, "region", HOSTILE, None, estimator="composite"),
            estimate(measure, "region", "West", None, estimator="composite"),
        ]
    compared = [replace(f, estimator="classify_and_count", quality="biased") for f in figures]
    waterfall = [
        WaterfallRow(
            domain_variable=v, domain=d, outcome=o, outcome_class=c, n_units=n, disclosure=s
        )
        for v, d, o, c, n, s in [
            ("_T", "_T", "_T", "_T", 1000, ""),
            ("_T", "_T", "classified", "complete", 700, ""),
            ("_T", "_T", "no_website", "structural", 300, ""),
            ("region", "North", "_T", "_T", 990, ""),
            ("region", "North", "_T", "complete", 700, ""),
            ("region", HOSTILE, "_T", "_T", None, "primary"),
            ("region", HOSTILE, "_T", "complete", None, "primary"),
        ]
    ]
    return ReleaseContent(
        plan=ReleasePlan(wave="w1", sectors=notes, organisation="Office <&>"),
        domains=("region",),
        measures=("enterprises", "employees"),
        sectors=(
            PublishedSector(
                note=notes[0],
                estimates=tuple(figures),
                comparison=tuple(compared),
                audit={"drawn": 80, "answered": 79, "active": 20, "cannot_tell": 1,
                       "double_coded": 10, "agreed": 9},
                model_id="drones-1",
            ),
        ),
        withheld={"tourism": "has no audit"},
        waterfall=tuple(waterfall),
        outcome_codes=(("classified", "complete", "scored"), ("no_website", "structural", "none")),
        made_from={"method_versions": ["stratified_audit/1"]},
        notes=("A note with <b>markup</b>.",),
    )  # fmt: skip


@pytest.fixture
def store():
    with Store() as opened:
        yield opened


def written(name: str, release: ReleaseContent, directory: Path, store: Store) -> Path:
    form = import_module(f"experimental_stats.exporters.{name}").build({})
    listed = [
        file
        for other in NAMES
        for file in import_module(f"experimental_stats.exporters.{other}").build({}).files(release)
    ]
    directory.mkdir()
    form.write(release, directory, listed=listed, store=store)
    return directory


@pytest.mark.parametrize("name", NAMES)
def test_a_format_writes_the_files_it_names_and_says_what_they_are(name, release, store, tmp_path):
    module = import_module(f"experimental_stats.exporters.{name}")
    assert module.TITLE
    assert "/" in module.MEDIA_TYPE
    promised = {file.path for file in module.build({}).files(release)}
    directory = written(name, release, tmp_path / "r", store)
    found = {p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file()}
    assert found == promised
    assert all(file.title and file.media_type for file in module.build({}).files(release))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_release_gives_the_same_files(name, release, store, tmp_path):
    first = written(name, release, tmp_path / "a", store)
    second = written(name, release, tmp_path / "b", store)
    for path in first.rglob("*"):
        if path.is_file() and path.suffix != ".duckdb":
            assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


def valid(metadata: Path) -> bool:
    """Validity by csvw, which tells faults through warnings: they must not be filtered away."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        return CSVW(str(metadata), validate=True).is_valid


def test_every_csv_is_valid_by_its_metadata(release, store, tmp_path):
    directory = written("csv_table", release, tmp_path / "r", store)
    tables = sorted(directory.rglob("*.csv"))
    assert len(tables) >= 6
    for table in tables:
        metadata = table.with_name(f"{table.name}-metadata.json")
        assert valid(metadata), table
        described = json.loads(metadata.read_text())["tableSchema"]["columns"]
        with table.open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == [column["name"] for column in described]
        assert all(column["datatype"] for column in described)


def test_the_check_of_metadata_would_notice_a_wrong_cell(release, store, tmp_path):
    directory = written("csv_table", release, tmp_path / "r", store)
    table = directory / "tables" / "drones_totals.csv"
    table.write_text(table.read_text().replace("40.0", "forty"), encoding="utf-8")
    assert not valid(table.with_name("drones_totals.csv-metadata.json"))


def test_suppressed_cells_are_empty_and_formulas_disarmed(release, store, tmp_path):
    directory = written("csv_table", release, tmp_path / "r", store)
    with (directory / "tables" / "drones_by_region.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    (hostile,) = [r for r in rows if "cmd" in r["domain"] and r["measure"] == "enterprises"]
    assert hostile["domain"].startswith("'=")
    assert hostile["disclosure"] == "primary"
    assert {hostile[name] for name in ("value", "ci_lower", "ci_upper", "n_frame")} == {""}


@pytest.fixture
def page(release, store, tmp_path):
    text = (written("html_page", release, tmp_path / "r", store) / "index.html").read_text()
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return text, parser.parse(text)


def test_the_page_is_valid_and_can_be_read_without_scripts_or_a_network(page):
    text, tree = page
    assert tree.get("lang") == "en"
    assert tree.find(".//title").text
    assert not list(tree.iter("script"))
    assert not list(tree.iter("img"))
    assert not list(tree.iter("link"))
    assert "url(" not in text
    assert "@import" not in text


def test_headings_begin_with_the_one_h1_and_skip_no_level(page):
    levels = [int(e.tag[1]) for e in page[1].iter() if e.tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_table_has_a_caption_and_every_header_cell_a_scope(page):
    tables = list(page[1].iter("table"))
    assert len(tables) >= 6
    for table in tables:
        assert table.find("caption").text
        assert all(cell.get("scope") in {"col", "row"} for cell in table.iter("th"))
        widths = {len([c for c in row if c.tag in {"th", "td"}]) for row in table.iter("tr")}
        assert len(widths) == 1
        assert all(
            "".join(cell.itertext()).strip() for cell in table.iter("td") if not cell.find("span")
        )


def test_no_link_is_dead(page, release, store):
    tree = page[1]
    ids = {e.get("id") for e in tree.iter() if e.get("id")}
    promised = {
        file.path
        for name in NAMES
        for file in import_module(f"experimental_stats.exporters.{name}").build({}).files(release)
    }
    for link in tree.iter("a"):
        target = urlparse(link.get("href"))
        assert "".join(link.itertext()).strip()
        if target.scheme:
            assert target.scheme == "https"
        elif target.fragment:
            assert target.fragment in ids
        else:
            assert target.path in promised | {"manifest.json"}


def test_the_page_escapes_what_came_from_outside(page):
    text, _ = page
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert "<b>markup" not in text
    assert "Office &lt;&amp;&gt;" in text
    assert "has no audit" in text


def test_the_database_has_the_contracts_columns_and_no_suppressed_figure(release, store, tmp_path):
    import duckdb

    directory = written("release_database", release, tmp_path / "r", store)
    with duckdb.connect(str(directory / "release.duckdb"), read_only=True) as connection:
        columns = [row[0] for row in connection.execute("DESCRIBE estimate").fetchall()]
        hidden = connection.execute(
            "SELECT count(value), count(ci_upper), count(*) FROM estimate WHERE disclosure <> ''"
        ).fetchone()
        sectors = connection.execute("SELECT sector, published, reason FROM sector").fetchall()
    assert (
        columns
        == (
            "wave sector measure domain_variable domain estimator value standard_error ci_lower"
            " ci_upper confidence_level n_frame n_classified n_audit quality disclosure"
            " method_version"
        ).split()
    )
    assert hidden == (0, 0, 8)
    assert sectors == [("drones", True, ""), ("tourism", False, "has no audit")]
    assert store.rows("SELECT table_name FROM duckdb_tables() WHERE temporary") == []
