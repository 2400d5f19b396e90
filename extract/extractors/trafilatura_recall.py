"""Trafilatura in recall mode, and the visible text where it gives little of the page.

Trafilatura is made for articles. On company pages (cards, lists, several short sections, a
consent banner before all) it may return one card or the banner. So its text is taken only where
it covers most of what a visitor sees, or where the page calls itself an article; the tree is
parsed once for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from extract.cleaning import clean_blocks, count_words
from extract.markup import declares_article
from extract.text import READING_VERSION, PageContent, UnreadablePage, read_document
from extract.visible import visible_blocks, without_consent_notices
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import html

    from extract.text import Extractor

COVERAGE = 0.6  # share 0–1 of the visible words from which trafilatura's choice is trusted
# Beyond these its cost grows faster than the page, and the page is no article.
MAXIMUM_ELEMENTS = 20_000
MAXIMUM_VISIBLE_WORDS = 20_000
ARTICLE_WORDS = 100  # least running text of an article
SENTENCE_WORDS = 15  # a block of fewer words is a heading, link or label
FEWEST_VISIBLE_WORDS = 60  # under these there is nothing to choose from


@dataclass(frozen=True, slots=True)
class TrafilaturaRecall:
    """Reads a page's main text.

    Attributes:
        coverage: Share (0–1) of the visible words that trafilatura must give to be trusted.
    """

    version: str
    coverage: float

    def read(self, body: bytes, *, content_type: str, url: str) -> PageContent | UnreadablePage:
        """Read one page; bytes may be anything."""
        return read_document(body, content_type=content_type, blocks_of=self._blocks)

    def _blocks(self, tree: html.HtmlElement) -> tuple[str, ...]:
        visible = visible_blocks(tree)
        n_visible = sum(map(count_words, visible))
        if not FEWEST_VISIBLE_WORDS <= n_visible <= MAXIMUM_VISIBLE_WORDS:
            return visible
        if sum(1 for _ in tree.iter()) > MAXIMUM_ELEMENTS:
            return visible
        main = main_blocks(tree)
        words = [count_words(block) for block in main]
        covers = sum(words) >= self.coverage * n_visible
        # Round an article stands much that is none of it (teasers, comments): there a small
        # share is right, if it is running text.
        prose = sum(n for n in words if n >= SENTENCE_WORDS)
        is_article = prose >= ARTICLE_WORDS and declares_article(tree)
        return main if covers or is_article else visible


def main_blocks(tree: html.HtmlElement) -> tuple[str, ...]:
    """Return the blocks that trafilatura holds for the main text; empty where it finds none."""
    # Dates and authors are not asked for: looking for them doubles the price.
    import trafilatura  # a second to load, and nothing to load it for where nothing changed

    found = trafilatura.extract(
        tree, favor_recall=True, fast=True, include_comments=False, with_metadata=False
    )
    # Its marks for list items and table cells are no words of the page.
    lines = (line.removeprefix("- ").replace("|", " ") for line in (found or "").split("\n"))
    return without_consent_notices(clean_blocks(lines))


def build(options: Mapping[str, object]) -> Extractor:
    """Make the extractor.

    Args:
        options: ``coverage`` (share 0–1, default 0.6): see `TrafilaturaRecall`.

    Raises:
        InvalidInput: An option is unknown or out of its range.
    """
    unknown = sorted(set(options) - {"coverage"})
    coverage = options.get("coverage", COVERAGE)
    if unknown or not isinstance(coverage, int | float) or not 0 <= coverage <= 1:
        raise InvalidInput(
            "The options of the extractor trafilatura_recall cannot be used",
            "Give `coverage` as a number from 0 to 1, or leave it out.",
            [f"unknown option {name}" for name in unknown] or [f"coverage = {coverage!r}"],
        )
    variant = "" if coverage == COVERAGE else f"/coverage={coverage}"
    return TrafilaturaRecall(
        version=f"trafilatura-{metadata.version('trafilatura')}/{READING_VERSION}{variant}",
        coverage=float(coverage),
    )
