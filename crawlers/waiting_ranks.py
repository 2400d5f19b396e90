"""Ranks of what waits to be asked for, beside those that links get for what they say (data)."""

from __future__ import annotations

from crawlers.page_kinds import PageKind

FIRST = -1.0
DOUBTFUL = 100.0  # addresses like those that gave nothing come after all others
UNKNOWN = 50.0  # addresses that nothing speaks for come last while nothing is found
VIEW = 30.0  # views of pages come after the pages
LESS_IN_MENU = 2.0  # of pages that nothing but the menu speaks for, news and legal pages
LEAST_OF_OTHERS = float(PageKind.OTHER)
FAR = 20.0  # of what is many clicks away
LONGER = 4.0  # an address that is known, with one parameter more
REPEATED = 6.0  # links found on a page that repeats others
