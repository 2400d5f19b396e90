"""The plug-ins that docs/plug-ins.md shows do what their folders ask of them."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from classify.classifier import FeatureSpace, Lesson
from classify.features import Centres
from classify.genre import Genre
from classify.score import Compass
from classify.unit_text import UnitText
from experimental_stats.exporter import PublishedSector, ReleaseContent
from experimental_stats.plan import ReleasePlan, SectorNote
from extract.text import PageContent
from storage.database import Store
from storage.records.release import Estimate

GUIDE = Path(__file__).parents[2] / "docs" / "plug-ins.md"


def example(kind: str) -> Any:
    """Build the example under a heading of the guide."""
    _, _, section = GUIDE.read_text(encoding="utf-8").partition(f"## {kind}\n")
    code = re.findall(r"^```python\n(.*?)^```$", section.partition("\n## ")[0], re.DOTALL | re.M)
    module = ModuleType(kind)
    exec(compile("".join(code), f"docs/plug-ins.md, {kind}", "exec"), vars(module))  # noqa: S102 - runs what our own guide shows
    return module.build({})


def test_the_extractor_reads_a_page() -> None:
    page = (
        b"<html><title>Firm</title><h1>Repairs</h1><p>We repair  drones.</p><nav>Home</nav></html>"
    )
    content = example("Extractors").read(page, content_type="text/html", url="https://a.example/")
    assert isinstance(content, PageContent)
    assert content.title == "Firm"
    assert content.blocks == ("Repairs", "We repair drones.")


@pytest.mark.parametrize("texts", [[], ["", "Abc"]])
def test_the_embedder_gives_rows_of_unit_norm(texts: list[str]) -> None:
    embedder = example("Embedders")
    vectors = embedder.encode(texts)
    assert vectors.shape == (len(texts), embedder.dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0)


def test_the_classifier_puts_labelled_companies_in_order() -> None:
    places = np.random.default_rng(1).normal(size=(20, 8))
    places[:10, 0] += 3
    units = [
        UnitText(key=str(n), passages=(), vectors=row[None, :], language="en")
        for n, row in enumerate(places)
    ]
    compass = Compass(np.zeros(8), np.eye(8)[0], np.eye(8)[1])
    learnt = example("Classifiers").learn(
        Lesson(
            labelled=units,
            active=np.arange(20) < 10,
            folds=np.arange(20) % 4,
            background=(),
            prior=(),
            known=(),
            space=FeatureSpace(
                centres=Centres(np.zeros(8), {}),
                compass=compass,
                genre=Genre(np.zeros(8), np.zeros(8)),
            ),
        )
    )
    assert learnt.held_out[:10].min() > learnt.held_out[10:].mean()


def test_the_exporter_writes_what_it_lists(tmp_path: Path) -> None:
    total = Estimate(
        wave="w1",
        sector="drones",
        measure="enterprises",
        domain_variable="_T",
        domain="_T",
        estimator="stratified_audit",
        value=120.4,
        standard_error=9.0,
        ci_lower=101.5,
        ci_upper=140.2,
        confidence_level=0.95,
        n_frame=900,
        n_classified=700,
        n_audit=80,
        quality="reasonable",
        disclosure="",
        method_version="1",
    )
    note = SectorNote(name="drones", title="Drones")
    release = ReleaseContent(
        plan=ReleasePlan(wave="w1", sectors=(note,)),
        domains=(),
        measures=("enterprises",),
        sectors=(
            PublishedSector(note=note, estimates=(total,), comparison=(), audit={}, model_id="m"),
        ),
        withheld={},
        waterfall=(),
        outcome_codes=(),
        made_from={},
        notes=(),
    )
    exporter = example("Exporters")
    listed = exporter.files(release)
    with Store() as store:
        exporter.write(release, tmp_path, listed=listed, store=store)
    assert [path.name for path in tmp_path.iterdir()] == [file.path for file in listed]
    assert (tmp_path / "totals.txt").read_text() == "drones enterprises: 120 (102 to 140)\n"
