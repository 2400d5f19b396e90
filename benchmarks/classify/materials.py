"""What the benchmark measures on: labelled websites of a workspace, and texts of other trades."""

from __future__ import annotations

import csv
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow.parquet

from classify.embedders import e5_small
from classify.passage_roles import is_legal_page
from classify.sector import load_sectors
from classify.units import embed_units, read_text
from classify.workbench import Workbench
from extract.extractors import trafilatura_recall
from extract.language import identify_language
from extract.text import PageContent
from storage.database import Store
from storage.records.assessment import Label
from storage.records.stage import no_progress
from storage.tables.assessment import insert_labels, load_documents
from storage.vector_cache import VectorCache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classify.unit_text import UnitText

# A text in which one of these occurs may be of the sector; it is left out of the negatives.
WORDS = {
    "drones": r"drone|unmanned|uav|quadcopter|aerial|droni|drohn|aéronef|aeromobil|luftfahr|"
    r"aircraft|"
    r"veicoli aerei|flugzeug|vliegtuig",
    "clean_energy": r"solar|photovolt|fotovolt|wind (farm|turbine|power|energy)|windkraft|"
    r"éolien|eolic|"
    r"renewab|erneuerbar|renouvel|rinnovab|hydro|idroelett|wasserkraft|biogas|geother|géoth|"
    r"heat pump|"
    r"wärmepump|pompe|batter|accumul|akkumul|charging|electric|energ|énerg|elettric|elektri|"
    r"turbine|"
    r"fuel cell|climate|carbon|clean",
    "logistics": r"logist|freight|transport|ship|warehous|cargo|courier|haulage|removal|"
    r"deliver|truck|"
    r"fleet|supply chain|lager|spedit|fracht|umzug|entrepos|déménag|magazzin|trasloc|"
    r"vervoer|opslag|post|"
    r"parcel|stor|port|moving|movers|container|marin|fulfil",
    "tourism": r"touris|travel|hotel|hostel|holiday|vacation|accommodat|camp|tour|guest|"
    r"ferien|beherberg|"
    r"herberg|hébergem|alloggi|alberg|villag|reise|voyage|viagg|reis|rental|trip|museum|"
    r"musée|amuse|boat|"
    r"yacht|booking|resort|lodg|ski|cruis|restor|ristor|rifugi|pensioni",
    "ai_software": r"software|comput|\bai\b|artificial|program|data|informati|logiciel|saas|"
    r"platform|"
    r"app\b|machine learning|internet|web|digital|edv|it[- ]|cyber|games?\b|automat|robot|cloud|"
    r"algorithm|api\b|online|chat|model",
}
# NACE divisions and NAICS sectors where firms of the sector may stand.
DIVISIONS = {
    "drones": "26 30 51 62 71 74 85",
    "clean_energy": "26 27 28 35 42 43 71 74",
    "logistics": "49 50 51 52 53 77 82",
    "tourism": "49 50 55 56 77 79 91 93",
    "ai_software": "18 26 46 58 59 60 61 62 63 70 72 74 85 95",
}
NAICS = {
    "drones": "33 48 54",
    "clean_energy": "21 22 23 33 54",
    "logistics": "48 49",
    "tourism": "48 56 71 72",
    "ai_software": "33 51 52 54 61",
}
# Industries and tags of the start-ups' list under which firms of the sector may stand, by their
# names alone: what the divisions above are to titles. A 0 in the list's labels says little there.
FIELDS = {
    "drones": "Drones|Aviation and Space|Defense|Unmanned Vehicle|Aerospace|Airplanes|Air Taxis",
    "clean_energy": "Climate|ClimateTech|Energy|Energy Storage|Solar Power|Renewable Energy|"
    "Hydrogen Energy|Fusion Energy|Alternative Battery Tech|Alternative Fuels|Electric Vehicles",
    "logistics": "Supply Chain and Logistics|Transportation Services|Logistics|Supply Chain|"
    "Delivery|Transportation|Warehouse Management Tech|Digital Freight Brokerage|Maritime|"
    "Autonomous Trucking|Autonomous Delivery",
    "tourism": "Travel, Leisure and Tourism|Travel|Sustainable Tourism|Booking|Airlines",
    "ai_software": "",
}
ARTICLES = {
    "trafilatura_eval": ".html",
    "article_extraction_benchmark": ".html",
    "readability_test_pages": "source.html",
}
LEAST_WORDS = 20


KINDS = {
    "ordinary": "companies and activities of another trade in which no word of the sector occurs",
    "neighbour": "official activities of another trade in which one does: suppliers, repairers",
    "mention": "company texts in which one does, of another trade by their label; labels are weak",
    "field": "such texts whose own industry or tag is a field of the sector (`FIELDS`): told apart"
    " and not judged, since a missing label says little there",
    "topic": "websites of other topics: news, sport, streaming, photography, law, social networks",
    "article": "news, blogs, lessons, encyclopaedias without a word of the sector",
    "article_about": "the same with one",
    "notice": "legal and privacy pages alone, of websites that are not of the sector",
}
# Websites that are no firm's, as ../shared/data/sites/sites.csv names them.
NO_FIRM = {
    "demo": "themes, templates, demonstrations, coursework: of no trade or pretending to another",
    "no_business": "information pages, clubs, documentation, personal pages",
}
_DEMO_KIND = "theme"
_FIRM_KIND = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that is not of a sector.

    Attributes:
        kinds: Sector -> in what way it is not of it (`KINDS`); absent where it may be of it.
    """

    source: str
    text: str
    language: str
    kinds: Mapping[str, str]


def open_copy(workspace: Path, labels: Path, cache: Path) -> tuple[Store, Workbench]:
    """Open a copy of the workspace's database with the labels of a file (url, sector, active)."""
    place = Path(tempfile.mkdtemp(prefix="sectorlens-classify-"))
    shutil.copy(workspace / "work" / "sectorlens.duckdb", place / "work.duckdb")
    store = Store(place / "work.duckdb")
    store.execute("DELETE FROM label")
    with labels.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["active"]]
    said = [Label(sector=r["sector"], active=r["active"] == "1", url=r["url"]) for r in rows]
    insert_labels(store, said, "benchmark")
    workbench = Workbench(
        embedder=e5_small.build({"threads": 1}),
        vectors=VectorCache(cache),
        sectors=load_sectors(),
        model_directory=place / "models",
    )
    return store, workbench


def read_texts(labelled: Path) -> list[Text]:
    """Read the labelled texts of ../shared/data/labelled."""
    return [
        Text(
            source=source,
            text=_text(source, row, column),
            language=str(row.get("language") or "en"),
            kinds=_kinds(source, row, _text(source, row, column)),
        )
        for source, file, column in (
            ("veridion", "veridion_companies_naics", "description"),
            ("yc", "yc_companies", "long_description"),
            ("titles", "multilingual_activity_titles", "text"),
            ("sic_index", "uk_sic2007_index_en", "activity"),
            ("topics", "website_topics_kaggle_en", "text"),
        )
        for row in pyarrow.parquet.read_table(labelled / f"{file}.parquet").to_pylist()
        if row[column]
    ]


def read_company_answers(labelled: Path) -> dict[str, dict[str, bool]]:
    """Return sector -> company text -> whether it is of the sector, by its (weak) labels."""
    rows = pyarrow.parquet.read_table(labelled / "yc_companies.parquet").to_pylist()
    return {
        sector: {
            _text("yc", row, "long_description"): str(row[f"label_{column}"]) == "1"
            for row in rows
            if row["long_description"]
        }
        for sector, column in ((name, "ai" if name == "ai_software" else name) for name in WORDS)
    }


def _text(source: str, row: dict[str, Any], column: str) -> str:
    if source == "yc":
        return f"{row['one_liner'] or ''}\n{row[column]}"
    return str(row[column])


def _kinds(source: str, row: dict[str, Any], text: str) -> dict[str, str]:
    """Return sector -> kind for the sectors that a text is not of."""
    found = {}
    for sector, words in WORDS.items():
        if not _is_foreign(sector, source, row):
            continue
        mentions = bool(re.search(words, text, re.IGNORECASE))
        if source == "topics":
            found[sector] = "topic"
        elif not mentions:
            found[sector] = "ordinary"
        elif source in ("titles", "sic_index"):
            found[sector] = "neighbour"
        else:
            found[sector] = "field" if _is_in_field(sector, source, row) else "mention"
    return found


def _is_in_field(sector: str, source: str, row: dict[str, Any]) -> bool:
    """Tell whether a company's own industry or one of its tags is a field of the sector."""
    if source != "yc":
        return False
    named = {str(row["subindustry"] or "").rpartition(" -> ")[2], *(row["tags"] or ())}
    return not named.isdisjoint(FIELDS[sector].split("|"))


def _is_foreign(sector: str, source: str, row: dict[str, Any]) -> bool:
    """Tell whether a text's own label puts it outside the sector."""
    if source == "topics":
        of_sector = {"tourism": "Travel", "ai_software": "Social Networking and Messaging"}
        # Streaming services and networks are software firms as often as not.
        software = sector == "ai_software" and row["category"] == "Streaming Services"
        return row["category"] != of_sector.get(sector) and not software
    if source == "yc":
        # Nearly all of them write software.
        return sector != "ai_software" and str(row[f"label_{sector}"]) == "0"
    if source == "veridion":
        return str(row["naics2"] or "")[:2] not in NAICS[sector].split()
    # Titles of NOGA train every model; only those of other classifications measure it.
    if str(row.get("source", "")).startswith("NOGA"):
        return False
    return str(row["nace_division"]) not in DIVISIONS[sector].split()


def read_articles(extraction: Path) -> list[Text]:
    """Read the pages of ../shared/data/extraction, by the product's own extractor."""
    extractor = trafilatura_recall.build({})
    found = []
    for name, ending in ARTICLES.items():
        with tarfile.open(extraction / f"{name}.tar.gz") as archive:
            for member in archive:
                if not member.isfile() or not member.name.endswith(ending):
                    continue
                body = archive.extractfile(member)
                assert body is not None
                page = extractor.read(body.read(), content_type="text/html", url="")
                if isinstance(page, PageContent):
                    found += _article(name, page)
    return found


def _article(source: str, page: PageContent) -> list[Text]:
    text = "\n".join((f"{page.title}.", page.description, *page.blocks))
    if len(text.split()) < LEAST_WORDS:
        return []
    kinds = {
        sector: "article_about" if re.search(words, text, re.IGNORECASE) else "article"
        for sector, words in WORDS.items()
    }
    language = identify_language(text, declared=page.declared_language)
    return [Text(source=source, text=text, language=language, kinds=kinds)]


def read_notices(store: Store, wave: str) -> list[Text]:
    """Read the legal pages of the workspace's websites, each as if it were all there is.

    They speak for no sector that the website is labelled active in, or not labelled for.
    """
    urls = {url for (url,) in store.rows("SELECT DISTINCT website_url FROM document")}
    inactive: dict[str, dict[str, str]] = {}
    for url, sector in store.rows("SELECT url, sector FROM label WHERE NOT active"):
        inactive.setdefault(url, {})[sector] = "notice"
    return [
        Text(
            source="notices",
            text=page.text,
            language=page.language,
            kinds=inactive.get(url, {}),
        )
        for url, pages in load_documents(store, wave, urls).items()
        for page in pages
        if page.position > 0 and is_legal_page(page.url, page.title)
    ]


def read_no_firms(sites: Path) -> dict[str, str]:
    """Return website (the first label of its host, letters and digits only) -> key of `NO_FIRM`."""
    with sites.open(encoding="utf-8", newline="") as file:
        return {
            site_name(row["site_id"]): "demo" if row["kind"] == _DEMO_KIND else "no_business"
            for row in csv.DictReader(file)
            if row["kind"] != _FIRM_KIND
        }


def site_name(name: str) -> str:
    """Return a website's name by letters and digits alone, as host and file name share them."""
    host = urlsplit(name).hostname if "://" in name else name
    return re.sub(r"[^a-z0-9]", "", (host or "").removesuffix(".sites.test").lower())


def embed_texts(texts: list[Text], workbench: Workbench) -> dict[str, UnitText]:
    """Return text -> unit; texts without a passage are absent."""
    passages = {t.text: read_text(t.text, t.language)[:6] for t in texts}
    held = {text: cut for text, cut in passages.items() if cut}
    return {unit.key: unit for unit in embed_units(held, workbench, no_progress)}
