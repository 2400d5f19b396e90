from __future__ import annotations

import subprocess
import sys

HEAVY = ["numpy", "pyarrow", "scipy", "sklearn", "torch", "trafilatura"]


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_command_line_starts_without_the_libraries_of_single_stages() -> None:
    assert loaded_by("import sectorlens.cli.application").isdisjoint(HEAVY)


def test_the_crawl_process_starts_without_a_database_scrapy_or_an_http_library() -> None:
    loaded = loaded_by("import crawlers.crawl_process")
    others = ["duckdb", "pydantic", "requests", "scrapy", "tldextract", "twisted"]
    assert loaded.isdisjoint([*HEAVY, *others])
