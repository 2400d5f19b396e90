"""A small made-up economy in the work database, written as the earlier stages write it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from kept_states import KeptStates

from classify.embedders import hashed
from classify.sector import load_sectors
from classify.workbench import Workbench
from storage.database import Store
from storage.records.assessment import Label
from storage.records.crawl import RunId, WebsiteVisit
from storage.records.frame import Unit, UnitWebsite
from storage.records.text import Document, WebsiteLink
from storage.tables.assessment import insert_labels
from storage.tables.crawl import insert_crawl
from storage.vector_cache import VectorCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

WAVE = "2026"
NOW = datetime(2026, 11, 22, tzinfo=UTC)

DRONE_WORDS = (
    "drone flights and aerial inspection of roofs with certified drone pilots",
    "unmanned aerial vehicles designed and built for mapping and surveying",
    "drone pilot training and drone repairs for farmers and builders",
    "aerial photography by drone for weddings and real estate",
)
OTHER_WORDS = (
    "fresh bread cakes and pastries from our family bakery",
    "tax advice and bookkeeping for small companies",
    "plumbing heating and bathroom repairs day and night",
    "hair cuts and colour in the heart of the town",
    "restaurant with regional cuisine and a terrace",
)


def sentences(seed: int, words: Sequence[str]) -> str:
    start = seed % len(words)
    chosen = [words[(start + n) % len(words)] for n in range(2)]
    filler = f"We are company number {seed} in town {seed % 7} since {1950 + seed}."
    return "\n".join(f"{text}. {filler} Ask us for an offer of {text}." for text in chosen * 2)


@dataclass
class Economy:
    """Writes units with a website each into a store."""

    store: Store
    wave: str = WAVE
    texts: dict[str, str] = field(default_factory=dict)

    def add(
        self, unit_id: str, text: str, *, url: str = "", language: str = "en", accepted: bool = True
    ) -> str:
        url = url or f"https://{unit_id}.example/"
        if not self._has(unit_id):
            self._unit(unit_id)
        self.store.insert_records(
            "unit_website", [UnitWebsite(unit_id=unit_id, website_url=url)], wave=self.wave
        )
        if url not in self.texts:
            self._website(url, text, language)
        link = WebsiteLink(
            unit_id=unit_id,
            website_url=url,
            link_probability=0.9,
            link_evidence="{}",
            accepted=accepted,
            method_version="1",
        )
        self.store.insert_records("website_link", [link], wave=self.wave, text_digest="x")
        return url

    def add_drone_firm(self, number: int) -> str:
        unit_id = f"drone-{number:02}"
        self.add(unit_id, sentences(number, DRONE_WORDS))
        return unit_id

    def add_other_firm(self, number: int) -> str:
        unit_id = f"other-{number:02}"
        self.add(unit_id, sentences(number, OTHER_WORDS))
        return unit_id

    def fill(self, n_drone: int, n_other: int) -> tuple[list[str], list[str]]:
        """Add firms of both kinds and return their unit ids."""
        drones = [self.add_drone_firm(n) for n in range(n_drone)]
        return drones, [self.add_other_firm(n) for n in range(n_other)]

    def label(self, active: Sequence[str], inactive: Sequence[str], sector: str = "drones") -> None:
        """Label units for training."""
        said = [(unit_id, True) for unit_id in active] + [(unit_id, False) for unit_id in inactive]
        labels = [Label(sector=sector, active=a, unit_id=unit_id) for unit_id, a in said]
        insert_labels(self.store, labels, "test")

    def fill_and_label(self) -> None:
        """Add 28 firms and label 19 of them: enough to learn from, and some left to decide."""
        drones, others = self.fill(10, 18)
        self.label(drones[:7], others[:12])

    def _has(self, unit_id: str) -> bool:
        query = "SELECT count(*) FROM unit WHERE wave = ? AND unit_id = ?"
        return bool(self.store.rows(query, [self.wave, unit_id])[0][0])

    def _unit(self, unit_id: str) -> None:
        unit = Unit(unit_id=unit_id, legal_name=f"Firm {unit_id}")
        row = {name: getattr(unit, name) for name in Unit.__dataclass_fields__}
        row |= {"wave": self.wave, "other": "{}"}
        self.store.insert("unit", pa.table({k: [v] for k, v in row.items() if v is not None}))

    def _website(self, url: str, text: str, language: str) -> None:
        self.texts[url] = text
        visit = WebsiteVisit(
            website_url=url,
            final_url=url,
            outcome="reached",
            detail="",
            n_requests=1,
            n_pages=1,
            n_bytes=1,
            started_at=NOW,
            ended_at=NOW,
        )
        insert_crawl(
            self.store, wave=self.wave, run_id=RunId("r"), visits=[visit], pages=[], failures=[]
        )
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        document = Document(
            website_url=url,
            url=url,
            title=f"Start {url}",
            description="",
            language=language,
            text=text,
            n_words=len(text.split()),
            extractor="test",
            body_digest="sha256:0",
            text_digest=digest,
            position=0,
        )
        self.store.insert_records("document", [document], wave=self.wave)
        columns = {
            "wave": [self.wave],
            "website_url": [url],
            "outcome": ["reached"],
            "detail": [""],
            "n_documents": [1],
            "n_words": [document.n_words],
            "language": [language],
            "extractor": ["test"],
            "text_digest": [digest],
        }
        self.store.insert("website_text", pa.table(columns))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def economy(store: Store) -> Economy:
    return Economy(store)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> KeptStates:
    return KeptStates(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def labelled(economy: Economy, kept: KeptStates) -> Economy:
    """Return an economy some of whose companies are labelled."""

    def fill() -> dict[str, str]:
        economy.fill_and_label()
        return dict(economy.texts)

    economy.texts |= kept.begin("labelled", economy.store, fill)
    return economy


@pytest.fixture
def add_wave(store: Store) -> Callable[[str], None]:
    """Enter a wave, as the import of its register does."""

    def add(name: str) -> None:
        [(position,)] = store.rows("SELECT count(*) + 1 FROM wave")
        row = {
            "wave": [name],
            "position": pa.array([position], pa.int32()),
            "imported_at": [NOW],
            "source": ["register.csv"],
            "source_digest": ["sha256:0"],
            "mapping_digest": [""],
            "n_rows": [1],
            "n_rejected": [0],
        }
        store.insert("wave", pa.table(row))

    return add


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    sectors = load_sectors()
    with VectorCache() as vectors:
        yield Workbench(
            embedder=hashed.build({"dim": 128}),
            vectors=vectors,
            sectors={"drones": sectors["drones"], "tourism": sectors["tourism"]},
            model_directory=tmp_path / "models",
        )
