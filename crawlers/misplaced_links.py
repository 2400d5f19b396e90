"""Links that were written as if each page stood where the start page does (pure).

A menu of names (`<a href="about/">`) that is put into every page leads from pages in directories to
`/x/y/about/`, which is an error page, or the known page once more on a server that forgives. Such a
link is doubted where the same name beside the start page is a known address. It comes after all
others; two that gave nothing show that the rest will not, and one that gave a page (a language's
own `about.html`) that all are meant.
"""

from __future__ import annotations

from crawlers.link_marks import BEGIN_OF_NAME, directory_of
from crawlers.website_urls import url_key

IN_VAIN = 2  # doubted links that gave nothing, after which no other is asked for


class MisplacedLinks:
    """The doubted links of one website.

    Attributes:
        base: What the links of the page that is read now were relative to if they are misplaced;
            empty where they cannot be.
    """

    def __init__(self) -> None:
        self.base = ""
        self._start, self._directory = "", ""
        self._doubted: set[int] = set()
        self._in_vain, self._is_meant = 0, False

    def begin(self, url: str) -> None:
        """Take down where the visit begins.

        Args:
            url: Of the start page, in tidy form; of further pages it counts for nothing.
        """
        if not self._start:
            self._start, self._directory = url, directory_of(url)

    def read_page(self, directory: str) -> None:
        """Take down whose links are read next.

        Args:
            directory: That the page's links are relative to (`directory_of`).
        """
        is_below = directory != self._directory and not self._is_meant
        self.base = self._start if is_below else ""

    def is_name(self, href: str) -> bool:
        """Tell whether a link leads elsewhere from each directory.

        Args:
            href: As written.
        """
        return href[:1] in BEGIN_OF_NAME and href[:4].lower() != "http"

    def doubt(self, key: int) -> None:
        """Take down a link that may be misplaced.

        Args:
            key: Of the address that it leads to.
        """
        self._doubted.add(key)

    def is_doubted(self, url: str) -> bool:
        """Tell whether others come before an address (in tidy form)."""
        return not self._is_meant and self._holds(url)

    def is_dropped(self, url: str) -> bool:
        """Tell whether an address (in tidy form) is none that anybody meant."""
        return self._in_vain >= IN_VAIN and self.is_doubted(url)

    def note(self, url: str, *, gave_a_page: bool) -> None:
        """Take down what came of an address.

        Args:
            url: In tidy form.
            gave_a_page: Whether it was one worth keeping.
        """
        if self._holds(url):
            self._is_meant = self._is_meant or gave_a_page
            self._in_vain += not gave_a_page

    def _holds(self, url: str) -> bool:
        # Most websites have none: no key is worked out for them.
        return bool(self._doubted) and hash(url_key(url)) in self._doubted
