"""Whether a page that was reached is worth keeping, given those kept before (pure)."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from crawlers.block_pages import says_blocked
from crawlers.page_kinds import PageKind, page_kind
from crawlers.same_pages import SamePages
from crawlers.site_text import Newness, SiteText
from crawlers.soft_errors import MAX_WORDS, sayings_on, says_not_found

if TYPE_CHECKING:
    from crawlers.links import PageLinks
    from crawlers.markup import PageMarkup


MAX_TITLE_WORDS = 5000  # remembered of one website
MAX_ITEMS = 12  # of one website that differ in what their addresses say, too
# No codes: a letter in one stands beside a digit.
_WORD_OR_NUMBER = re.compile(r"\b(?:[^\W\d_]{3,}|\d+)\b")


class Worth(StrEnum):
    """What a page is to its website."""

    PAGE = "page"
    THIN = "thin"  # of a name at least: kept, but pages like it are looked for last
    ECHO = "echo"  # of its own address, and kept; but where it leads on it may be a trap
    REPEAT = "repeat"  # nothing on it is new, though its links may be
    COPY = "copy"  # the same bytes as another page
    NOT_FOUND = "not_found"


KEPT = frozenset({Worth.PAGE, Worth.THIN, Worth.ECHO})
_SAID_BEFORE = frozenset({Newness.ECHO, Newness.REPEAT})
_OF_NEW = {Newness.NEW: Worth.PAGE, Newness.THIN: Worth.THIN, Newness.ECHO: Worth.ECHO}


class PageWorth:
    """Judges the pages of one website, one after the other.

    Attributes:
        is_named: Whether the title of the last one has a word of its own, which no title before
            and not its address had.
        is_item: Whether the title's new words and numbers stand in the address, as an item's may.
    """

    def __init__(self) -> None:
        self.is_named = self.is_item = False
        self._n_items = 0
        self._digests: set[str] = set()
        self._text = SiteText()
        self._same = SamePages()
        self._title_words: set[str] = set()
        self._sayings: set[int] = set()  # marks of pieces by which error pages were known

    def judge(self, body: bytes, page: PageMarkup, links: PageLinks, url: str) -> tuple[Worth, str]:
        """Return what a page is worth, and the digest of its body; it is remembered.

        The first page is always worth keeping: what a start page must be is judged elsewhere.

        Args:
            body: With its content encoding undone.
            page: The body decoded, cut at its tags.
            links: Of the page.
            url: Where it was found.
        """
        digest = body_digest(body)
        if digest in self._digests:
            return Worth.COPY, digest
        is_first = not self._digests
        self._digests.add(digest)
        new = self._text.take(page, url)
        self._read_name(links.title, url)
        comes_again = self._same.comes_again(
            url, links.title, self._text.last, self._text.shared_with
        )
        if is_first:
            return Worth.PAGE, digest
        if says_not_found(links.title, new.text, n_words=new.n_words) or (
            new.n_words <= MAX_WORDS and says_blocked(links.title)
        ):
            self._sayings |= sayings_on(page)
            return Worth.NOT_FOUND, digest
        # With something else around it; or, of another address, in the same words.
        is_echo = bool(self._sayings) and new.newness in _SAID_BEFORE
        if new.n_words <= MAX_WORDS and (
            not self._sayings.isdisjoint(page.marks) or (is_echo and sayings_on(page))
        ):
            return Worth.NOT_FOUND, digest
        if comes_again or new.newness is Newness.REPEAT:
            is_item = self.is_named and not comes_again
            return Worth.THIN if is_item else Worth.REPEAT, digest
        return _OF_NEW[new.newness], digest

    def may_be_item(self) -> bool:
        """Tell whether the last page, which repeats others, is kept if it leads nowhere new.

        An item whose title is its slug differs from others in little else, and so does what echoes
        its address; but a trap leads on.
        """
        return self.is_item and self._n_items < MAX_ITEMS

    def note_item(self) -> None:
        """Take down that the last page is kept as an item."""
        self._n_items += 1

    def _read_name(self, title: str, url: str) -> None:
        """Find the words and numbers of a title that no title had before, in its address or not.

        An item that differs from others in its name alone has one; a calendar's day has not.
        """
        words = set(_WORD_OR_NUMBER.findall(title.lower()))
        fresh = words - self._title_words
        if len(self._title_words) < MAX_TITLE_WORDS:
            self._title_words |= fresh
        if not fresh:
            self.is_named = self.is_item = False
            return
        path = unquote(urlsplit(url).path)
        own = fresh - set(_WORD_OR_NUMBER.findall(path.lower()))
        is_page = page_kind(path, "") is not PageKind.TRAP
        self.is_named = is_page and any(map(str.isalpha, own))  # a number alone may be any date
        self.is_item = is_page and not own


def body_digest(body: bytes) -> str:
    """Return the digest by which a page's body is known: ``sha256:<hex>``."""
    return "sha256:" + hashlib.sha256(body).hexdigest()
