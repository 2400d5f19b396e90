"""What every extractor has to keep to: one suite over every plug-in found."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

import extract.extractors
from extract.text import Extractor, PageContent, UnreadablePage
from storage.records.text import RejectionReason

NAMES = sorted(module.name for module in pkgutil.iter_modules(extract.extractors.__path__))
PAGE = """<!doctype html><html lang="en"><head><title>Lincoln Drone Care</title></head><body>
<nav><a href="/">Home</a></nav><main><h1>Repairs</h1>
<p>We repair agricultural drones and train their pilots on our own field near Lincoln.</p>
<ul><li>Rotor balancing</li><li>Battery checks</li></ul></main></body></html>"""


@pytest.fixture(params=NAMES)
def extractor(request) -> Extractor:
    return import_module(f"extract.extractors.{request.param}").build({})


def read(extractor: Extractor, body: bytes, content_type: str = "text/html"):
    return extractor.read(body, content_type=content_type, url="https://firm.test/")


def test_its_version_names_it_and_does_not_change_from_one_making_to_the_next(extractor):
    name = type(extractor).__module__.rpartition(".")[2]
    assert import_module(f"extract.extractors.{name}").build({}).version == extractor.version
    assert "/" in extractor.version
    assert name.partition("_")[0] in extractor.version


def test_versions_tell_extractors_apart():
    made = [import_module(f"extract.extractors.{name}").build({}).version for name in NAMES]
    assert len(set(made)) == len(NAMES)


def test_a_plain_page_gives_its_text_block_by_block(extractor):
    content = read(extractor, PAGE.encode())
    assert isinstance(content, PageContent)
    assert content.title == "Lincoln Drone Care"
    assert content.declared_language == "en"
    assert any("agricultural drones" in block for block in content.blocks)
    assert "Rotor balancing" in content.blocks
    assert not any("\n" in block for block in content.blocks)


def test_the_same_page_gives_the_same_content(extractor):
    assert read(extractor, PAGE.encode()) == read(extractor, PAGE.encode())


@pytest.mark.parametrize("body", [b"%PDF-1.7", b"\x89PNG\r\n", b"PK\x03\x04", b"GIF89a"])
def test_what_is_no_page_is_told_as_such(extractor, body):
    found = read(extractor, body)
    assert isinstance(found, UnreadablePage)
    assert found.reason is RejectionReason.NOT_HTML


@pytest.mark.parametrize("body", [b"", b"\x00" * 99, b"<", b"\xff\xfe", PAGE.encode("utf-16")])
def test_no_bytes_make_it_fail(extractor, body):
    assert isinstance(read(extractor, body), PageContent | UnreadablePage)
