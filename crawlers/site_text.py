"""What a page says that its website did not say before: the measure of repeats (pure).

A website can give the same page under endless addresses: session ids, print views, calendars,
facets, made-up subdomains, one error page for whatever is asked. What such pages share is that
nothing new stands on them. So each page is cut at its tags, and a piece of text counts as new
where no page of the website held it before; menus, teasers and footers are old from the second
page on. A page with little new on it is compared with each page before it: one that is much like
a single one repeats it, one that puts known pieces together anew does not. Numbers, long codes and
words of the page's own address do not make a text new where a large page differs from others in
nothing else: that is what dates, nonces and echoes look like.

The pieces are held as hashes, in bounded number; a page costs a fifth of a millisecond.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_plus, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from crawlers.markup import PageMarkup

MAX_PIECES_PER_WEBSITE = 40_000
MAX_PAGES_COMPARED = 200
MAX_TEXT_LENGTH = 2000  # characters of the new text that are handed out

_MANY_WORDS = 40  # a page that says that much more than others is never a repeat
_PIECE_LENGTH = 200  # characters at the start of a piece, by which it is known again
_WORD_LENGTH = 8  # characters, roughly
_THIN_WORDS = 5
_OWN = 0.2  # share of a page's words that are new: it is no template with a date in it
_LIKE_ANOTHER = 0.05  # share of a page's words that stand not on the page it is most like

_NO_COUNT = -1
_NOTHING = 0  # stands for a piece without text
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_NO_TEXT = ("script", "style", "!--", "template", "/script", "/style")
_BEGINNINGS = frozenset(
    first + second
    for name in _NO_TEXT
    for first in (name[0], name[0].upper())
    for second in (name[1], name[1].upper())
)


class Newness(StrEnum):
    """How much of a page is new to its website."""

    NEW = "new"
    THIN = "thin"
    ECHO = "echo"  # small, and but for its address it says what was said before
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """What is new on a page.

    Attributes:
        newness: Whether it is worth keeping.
        n_words: Words that are new.
        text: The new pieces, each on a line of its own, at most 2000 characters.
    """

    newness: Newness
    n_words: int
    text: str


class StoredPage(NamedTuple):
    """What stands on a page, as its website remembers it.

    Attributes:
        numbers: Marks of its parts, or its pieces of text.
        are_marks: Which of the two.
    """

    numbers: array[int]
    are_marks: bool


class SiteText:
    """The pieces of text that stood on the pages of one website so far.

    Attributes:
        last: The last page taken.
    """

    def __init__(self) -> None:
        self._piece_of: dict[int, int] = {}  # of a tag and the text behind it, as they stand
        self._words: dict[int, int] = {}  # of a piece of text
        self._exact: set[int] = set()  # pieces with their numbers
        self._pages: list[array[int]] = []  # the pieces of each page
        self._frequency: Counter[int] = Counter()  # on how many pages each piece stands
        self._waiting: list[array[int]] = []  # parts of the pages behind, with nothing compared yet
        self._n_taken = 0  # pages, as long as none was left out
        self._has_echo = False  # the last page, of its address
        self._said: set[str] = set()  # words of what was new on small pages
        self.last = StoredPage(array("q"), are_marks=True)

    def take(self, page: PageMarkup, url: str) -> NewText:
        """Return what is new on a page, and remember it.

        Args:
            page: Cut at its tags.
            url: Its address: words of it do not count where the page merely echoes them.
        """
        if len(self._piece_of) > MAX_PIECES_PER_WEBSITE:
            self._forget()
        if page.number == self._n_taken:  # all that were cut before were taken, too
            fresh, self._n_taken = page.fresh, self._n_taken + 1
        else:
            known = self._piece_of
            fresh = [place for place, mark in enumerate(page.marks) if mark not in known]
        n_new, changed = self._new_pieces(page, fresh, _echoes(url))
        text = "\n".join(changed)[:MAX_TEXT_LENGTH]
        newness, pieces = Newness.NEW, None
        if text.count(" ") + text.count("\n") < _MANY_WORDS:
            pieces = self._pieces(page.marks)
            newness = self._judged(n_new, text, url, pieces)
        if len(self._pages) + len(self._waiting) < MAX_PAGES_COMPARED:
            numbers = _packed(page.marks if pieces is None else pieces)
            self.last = StoredPage(numbers, are_marks=pieces is None)
            if pieces is None:
                self._waiting.append(numbers)
            else:
                self._add(numbers)
        return NewText(newness=newness, n_words=n_new, text=text)

    def shared_with(self, other: StoredPage) -> tuple[int, int]:
        """Return how many words that stand on few pages the last page shares with one before.

        Args:
            other: That page.

        Returns:
            The words shared, and how many of such words the longer of the two has.
        """
        self._settle_waiting()
        few = 1 + len(self._pages) / 2  # not counting the one page twice
        own, then = (
            {piece for piece in self._pieces_stored(one) if self._frequency[piece] <= few}
            for one in (self.last, other)
        )
        n_own, n_then, n_both = (self._n_words(one) for one in (own, then, own & then))
        return n_both, max(n_own, n_then)

    def _pieces_stored(self, page: StoredPage) -> set[int]:
        if not page.are_marks:
            return set(page.numbers)
        return {self._piece_of.get(mark, _NOTHING) for mark in page.numbers} - {_NOTHING}

    def _n_words(self, pieces: set[int]) -> int:
        return sum(self._words.get(piece, 0) for piece in pieces)

    def _forget(self) -> None:
        # A website that says so much repeats no page as a whole.
        self._piece_of.clear()
        self._words.clear()
        self._exact.clear()
        self._pages.clear()
        self._frequency.clear()
        self._waiting.clear()
        self._said.clear()
        self._n_taken = _NO_COUNT

    def _pieces(self, marks: Iterable[int]) -> set[int]:
        return set(map(self._piece_of.__getitem__, marks)) - {_NOTHING}

    def _new_pieces(
        self, page: PageMarkup, fresh: list[int], echoes: list[str]
    ) -> tuple[int, list[str]]:
        """Return how many words are new, and the pieces new beyond numbers, codes and echoes."""
        n_new = 0
        pieces: list[tuple[int, str, int]] = []  # mark, text, words
        parts, marks, known, piece_of = page.parts, page.marks, self._exact, self._piece_of
        for place in fresh:
            part, mark = parts[place], marks[place]
            end = part.find(">") + 1
            words = part[end : end + _PIECE_LENGTH].split() if end else []
            if not words or (part[:2] in _BEGINNINGS and part[:9].lower().startswith(_NO_TEXT)):
                piece_of[mark] = _NOTHING
                continue
            n_words = max(len(words), (len(part) - end) // _WORD_LENGTH)
            piece = " ".join(words)
            exact = hash(piece)
            if exact not in known:
                known.add(exact)
                n_new += n_words
            if not piece.isalpha() and _DIGIT.search(piece):
                # A word with a digit or a sign in it may be a date, a price, a nonce.
                piece = " ".join([word for word in filter(str.isalpha, words) if len(word) < 25])
            pieces.append((mark, piece, n_words))
        together = "\n".join([piece for _, piece, _ in pieces])
        heard = [echo for echo in echoes if echo in together]  # mostly none
        self._has_echo = bool(heard)
        changed: list[str] = []
        for mark, piece, n_words in pieces:
            own = _without(piece, heard) if heard else piece
            shape = self._piece_of[mark] = hash(own)
            if shape not in self._words:
                self._words[shape] = n_words
                changed.append(own)
        return n_new, changed

    def _judged(self, n_new: int, text: str, url: str, pieces: set[int]) -> Newness:
        if n_new == 0:
            return Newness.REPEAT
        n_words = sum(map(self._words.__getitem__, pieces))
        said = set(_WORD.findall(text.lower()))
        changed = said - set(_WORD.findall(unquote_plus(url).lower()))
        if n_new > _OWN * n_words or not self._is_like_one(pieces, _LIKE_ANOTHER * n_words):
            is_echo = (said or self._has_echo) and changed <= self._said
            self._said |= said
            return Newness.ECHO if is_echo else Newness.NEW
        if not changed:
            return Newness.REPEAT
        return Newness.THIN if len(changed) < _THIN_WORDS else Newness.NEW

    def _is_like_one(self, own: set[int], most: float) -> bool:
        """Tell whether a page and one before it do not share that many words at most.

        What stands on half of the pages does not count: a view for printing leaves it out.
        """
        self._settle_waiting()
        words, frequency, n_pages = self._words, self._frequency, len(self._pages)
        # The last ones first: that is where most repeats have their like.
        for page in reversed(self._pages):
            alone = sum([words[piece] for piece in own.difference(page)])
            if alone > most:
                continue
            others = [
                piece for piece in set(page).difference(own) if 2 * frequency[piece] <= n_pages
            ]
            if alone + sum([words[piece] for piece in others]) <= most:
                return True
        return False

    def _settle_waiting(self) -> None:
        for page in self._waiting:
            self._add(_packed(self._pieces(page)))
        self._waiting.clear()

    def _add(self, page: array[int]) -> None:
        self._pages.append(page)
        self._frequency.update(page)


def _packed(numbers: Collection[int]) -> array[int]:
    # Packed first: `array` takes twice as long to turn numbers into its own.
    return array("q", struct.pack(f"{len(numbers)}q", *numbers))


def _echoes(url: str) -> list[str]:
    """Return what an error page says when it names the address it was asked for."""
    parts = urlsplit(url)
    named = [parts.path, parts.path.rpartition("/")[2]]
    if parts.query:
        pairs = parts.query.split("&")[:4]
        named += [*pairs, *(pair.partition("=")[2] for pair in pairs)]
    forms = []
    for one in named:
        if len(one) > 3:
            spelled = unquote_plus(one)
            forms += [spelled, spelled.replace("-", " ")] if "-" in spelled else [spelled]
    return forms


def _without(piece: str, echoes: list[str]) -> str:
    for echo in echoes:
        piece = piece.replace(echo, "")
    return piece
