"""What a crawl's report tells of its browser: warnings, each once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from storage.records.stage import Issue

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.rendering.browser import Browser

RENDERING_FILE = "rendering.json"


def note_rendering(run_directory: Path, browser: Browser) -> None:
    """Write down how the browser fared, beside the run's journal.

    Args:
        run_directory: Of the run.
        browser: Of the crawl process that ends.
    """
    values = {"unavailable": browser.unavailable, **browser.counts}
    (run_directory / RENDERING_FILE).write_text(json.dumps(values), encoding="utf-8")


def rendering_issues(run_directory: Path) -> tuple[Issue, ...]:
    """Return the warnings about rendering in the crawl process that ended last.

    - ``no_browser``: websites are made by scripts, and there was no browser for them;
    - ``pages_not_rendered``: pages that the browser could make nothing of.
    """
    path = run_directory / RENDERING_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # the process was killed: the next one tells
        return ()
    issues = []
    if missed := int(values.get("missed", 0)):
        detail = (
            f"{values['unavailable']}; websites that only scripts fill end as needs_browser"
            " (`apt-get install chromium-headless-shell`, or set crawl.render to never)"
        )
        issues.append(Issue(stage="crawl", code="no_browser", detail=detail, count=missed))
    if faults := int(values.get("faults", 0)):
        detail = "pages that the browser could make nothing of were kept as they were answered"
        issues.append(Issue(stage="crawl", code="pages_not_rendered", detail=detail, count=faults))
    return tuple(issues)
