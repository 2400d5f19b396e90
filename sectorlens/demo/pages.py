"""What a company writes on its website: pages of headings, paragraphs and lists, without HTML."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sectorlens.demo.texts import pick, write_sentence
from sectorlens.demo.world import SECTORS

if TYPE_CHECKING:
    import random

    from sectorlens.demo.texts import ActivityTexts, LanguageTexts
    from sectorlens.demo.world import Firm

_OPTIONAL_PAGES = ("about", "references", "news", "careers", "privacy")
_PAGE_ORDER = (
    "home", "services", "about", "references", "news", "careers", "contact", "imprint", "privacy",
)  # fmt: skip


class BlockKind(StrEnum):
    """How a block is set."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEMS = "items"
    QUOTE = "quote"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page: one text, or several for items and lines. Plain text, not HTML."""

    kind: BlockKind
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page before it is set in HTML.

    Attributes:
        key: ``home``, ``about`` … label: in the menu. slug: file name without ending, empty for
            the home page.
    """

    key: str
    label: str
    slug: str
    title: str
    heading: str
    blocks: tuple[Block, ...]


class Author:
    """Writes the pages of one firm; all sentences are decided by one generator.

    Args:
        firms: Whose website it is: the firm, and its sister company where they share it.
        texts: Sentence banks of the website's language.
        activities: What the firm does; the first is the main one.
        sectors: Those that its activities belong to; may be none.
        draw: Decides pages, sentences and choices.
    """

    def __init__(
        self,
        firms: tuple[Firm, ...],
        texts: LanguageTexts,
        activities: tuple[ActivityTexts, ...],
        sectors: tuple[str, ...],
        draw: random.Random,
    ) -> None:
        self.firms = firms
        self.texts = texts
        self.activities = activities
        self.draw = draw
        self.facts = {
            "company": firms[0].website_name,
            "partner": firms[-1].website_name,
            "place": firms[0].city,
            "year": str(firms[0].founded),
            "people": str(firms[0].people),
            "founder": firms[0].founder,
        }
        # Every sentence about the work is told once on a website, on the home page or among the
        # services: what is repeated on all pages would be taken for a menu.
        self.work = [
            sentence for entry in activities for sentence in self._shuffled(entry.sentences)
        ]
        self.trade = self._shuffled(
            [sentence for sector in sectors for sentence in pick(texts.sectors[sector], 4, draw)]
        )

    def write_pages(self, *, all_sections: bool) -> tuple[Page, ...]:
        """Write four to nine pages.

        Args:
            all_sections: Write every optional page, as one-page websites show all as sections.
        """
        wanted = set(pick(_OPTIONAL_PAGES, self.draw.randint(0, len(_OPTIONAL_PAGES)), self.draw))
        if all_sections:
            wanted = set(_OPTIONAL_PAGES)
        wanted |= {"home", "services", "contact", "imprint"}
        return tuple(self._page(key) for key in _PAGE_ORDER if key in wanted)

    def _page(self, key: str) -> Page:
        label = self.texts.words[key]
        blocks = {
            "home": self._home, "services": self._services, "about": self._about,
            "references": self._references, "news": self._news, "contact": self._contact,
            "imprint": self._imprint,
        }.get(key, lambda: self._prose(key, 3))()  # fmt: skip
        company = self.facts["company"]
        title = f"{label} – {company}"
        if key == "home":
            item = self.draw.choice(self.activities[0].items)
            title = f"{company} – {item}" if self.draw.random() < 0.6 else company
        slug = self.draw.choice(self.texts.slugs[key]) if key in self.texts.slugs else ""
        heading = company if key == "home" else label
        return Page(
            key=key, label=label, slug=slug, title=title, heading=heading, blocks=tuple(blocks)
        )

    def _home(self) -> list[Block]:
        told = [self.work.pop(0) for _ in range(self.draw.randint(1, 2))]
        if len(self.activities) > 1:
            told.append(self.work.pop())
        blocks = self._prose("welcome", 1)
        blocks.append(_paragraph([self._write(sentence) for sentence in told]))
        blocks += self._of_the_trade(self.draw.randint(1, 2))
        blocks += self._prose("home", self.draw.randint(2, 3))
        if len(self.firms) > 1:
            blocks += self._prose("shared", 2)
        if self.draw.random() < 0.5:
            items = [item for entry in self.activities for item in entry.items]
            blocks.append(Block(BlockKind.ITEMS, tuple(items)))
        return blocks

    def _services(self) -> list[Block]:
        blocks = [_paragraph([self._write(sentence)]) for sentence in self.work]
        blocks += self._of_the_trade(self.draw.randint(0, 2))
        frames = self._shuffled(self.texts.sentences["service"])
        for entry in self.activities:
            for item in entry.items:
                blocks.append(Block(BlockKind.HEADING, (item,)))
                frame = frames.pop() if frames else self.texts.sentences["service"][0]
                blocks.append(_paragraph([self._write(frame, item=item)]))
        return blocks

    def _about(self) -> list[Block]:
        return [
            *self._prose("history", 2),
            *self._of_the_trade(1),
            *self._prose("team", 2),
            *self._prose("values", self.draw.randint(2, 3)),
        ]

    def _references(self) -> list[Block]:
        orders = []
        for _ in range(self.draw.randint(3, 5)):
            item = self.draw.choice(self.draw.choice(self.activities).items)
            place = self.draw.choice(self.texts.names["places"])
            orders.append(f"{self._recent()}: {item}, {place}")
        return [
            *self._prose("references", 2),
            Block(BlockKind.ITEMS, tuple(orders)),
            *(Block(BlockKind.QUOTE, block.texts) for block in self._prose("quotes", 2)),
        ]

    def _news(self) -> list[Block]:
        told = pick(self.texts.sentences["news"], self.draw.randint(3, 4), self.draw)
        for sector in pick(SECTORS, self.draw.randint(0, 2), self.draw):
            told.append(self.draw.choice(self.texts.mentions[sector]))
        return [
            block
            for sentence in self._shuffled(told)
            for block in (
                Block(BlockKind.HEADING, (f"{self.draw.randint(1, 12)}/{self._recent()}",)),
                _paragraph([self._write(sentence)]),
            )
        ]

    def _contact(self) -> list[Block]:
        firm, words = self.firms[0], self.texts.words
        lines = (firm.website_name, firm.address, f"{firm.postcode} {firm.city}",
                 f"{words['phone']}: {firm.phone}", f"{words['email']}: {firm.email}")  # fmt: skip
        return [*self._prose("contact", 3), Block(BlockKind.LINES, lines)]

    def _imprint(self) -> list[Block]:
        words = self.texts.words
        blocks = []
        for firm in self.firms:
            vat_number = firm.vat_number
            if self.draw.random() < 0.4:
                vat_number = (
                    f"{vat_number[:2]} {vat_number[2:5]} {vat_number[5:8]} {vat_number[8:]}"
                )
            blocks.append(
                Block(
                    BlockKind.LINES,
                    (
                        firm.website_name, firm.address, f"{firm.postcode} {firm.city}",
                        f"{words['directors']}: {firm.founder}",
                        f"{words['phone']}: {firm.phone}",
                        f"{words['email']}: {firm.email}",
                        f"{words['vat']}: {vat_number.strip()}",
                        f"{words['registration']}: {firm.registration_number}",
                    ),
                )
            )  # fmt: skip
        return [*blocks, *self._prose("imprint", 3)]

    def _of_the_trade(self, count: int) -> list[Block]:
        """Tell what any firm of the sector might tell; nothing where the firm is in none."""
        told = [self.trade.pop() for _ in range(min(count, len(self.trade)))]
        return [_paragraph([self._write(sentence)]) for sentence in told]

    def _prose(self, occasion: str, count: int) -> list[Block]:
        told = pick(self.texts.sentences[occasion], count, self.draw)
        return [_paragraph([self._write(sentence)]) for sentence in told]

    def _write(self, template: str, *, item: str = "") -> str:
        names = self.texts
        facts = {
            **self.facts,
            "recent": self._recent(),
            "client": self.draw.choice(names.sentences["clients"]),
            "item": item,
        }
        return write_sentence(template, facts, self.draw)

    def _recent(self) -> str:
        return str(self.draw.randint(2020, 2025))

    def _shuffled(self, entries: tuple[str, ...] | list[str]) -> list[str]:
        return self.draw.sample(list(entries), len(entries))


def _paragraph(sentences: list[str]) -> Block:
    return Block(BlockKind.PARAGRAPH, (" ".join(sentences),))
