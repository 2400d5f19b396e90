"""Registers written for one test, and the readers that the app would choose for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crawlers.frame import csv_register, parquet_register
from crawlers.frame.mapping import RegisterMapping
from crawlers.frame.reader import FrameReader, reader_name
from storage.records.frame import Frame

PLUG_INS = {"csv_register": csv_register, "parquet_register": parquet_register}

ReadCsv = Callable[..., Frame]


def reader_of(path: Path) -> FrameReader:
    return PLUG_INS[reader_name(path)].build({})


@pytest.fixture
def read_csv(tmp_path: Path) -> ReadCsv:
    """Write a CSV register (text or bytes) and read it; keywords are the mapping's."""

    def read(content: str | bytes, *, classification: str = "NACE_R2", **mapping: object) -> Frame:
        path = tmp_path / "register.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        said = RegisterMapping.model_validate(mapping) if mapping else None
        return csv_register.build({}).read(path, said, classification=classification)

    return read
