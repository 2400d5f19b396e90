"""What a website's redirects do to each address alike, so that later ones are spared (pure).

Many websites answer each link of theirs with a redirect of one kind: a slash is added or taken
away, capitals made small, `.html` left out, the language put in front, `/index.php` taken away
there. Each page then costs two requests. Two redirects of one kind show the habit, and the next
address is asked for as it would be redirected, until an address that the habit speaks of is
answered as it stands. Where each redirect puts another code in front, that is a session for who
comes without one: the last of them goes before the next address, too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from crawlers.website_urls import origin, read_address

SEEN_FOR_A_HABIT = 2  # redirects of one kind
MAX_CHANGES = 20  # kinds remembered of one website

_ENDING = re.compile(r"/$|\.[A-Za-z]{2,5}$|$")  # of a path
_IN_FRONT = re.compile(r"(?:/[^/]{1,20})?")
# A session as first directory: of some length, with a digit or a bracket.
_SESSION = re.compile(r"/(?=[^/]*[\d(])[^/?#]{8,90}")
_FILE_NAME = re.compile(r"\.\w{1,5}$")


class Change(NamedTuple):
    """What a redirect does to an address.

    Attributes:
        is_small: Whether capitals of the path are made small.
        removed: Ending of the path that is taken away: a slash, or that of a file's name.
        from_front: First directory that is taken away.
        in_front: Directory that is put in front.
        added: Ending that is put behind.
        query: Parameters that are put behind those of the address.
    """

    is_small: bool
    removed: str
    in_front: str
    added: str
    query: str
    from_front: str = ""

    def made_to(self, target: str) -> str | None:
        """Return path and query as changed; None where they have nothing to be changed.

        Args:
            target: Path and query.
        """
        path, _, query = target.partition("?")
        if path == "/" and not self.query:
            return None
        whole = path.lower() if self.is_small else path
        if self.from_front:
            if not whole.startswith(f"{self.from_front}/"):
                return None
            whole = whole.removeprefix(self.from_front)
        if not whole.endswith(self.removed) or (self.in_front and _is_below(whole, self.in_front)):
            return None
        if self.added and (whole.endswith(self.added) or _is_file(whole, self.removed)):
            return None
        core = whole.removesuffix(self.removed) if self.removed else whole
        if self.query and self.query in query:
            return None
        pairs = "&".join(filter(None, (query, self.query)))
        changed = f"{self.in_front}{core}{self.added}" + (f"?{pairs}" if pairs else "")
        return changed if changed != target else None


class RedirectHabits:
    """What the redirects of one website have done so far."""

    def __init__(self) -> None:
        self._seen: dict[Change, int] = {}
        self._refuted: set[Change] = set()
        self._sessions: tuple[str, ...] = ()  # put in front by the last two redirects

    def note(self, url: str, led_to: str) -> None:
        """Take down a redirect.

        Args:
            url: Asked for, in tidy form.
            led_to: In tidy form.
        """
        if origin(url) != origin(led_to):
            return
        asked, target = read_address(url).target, read_address(led_to).target
        session = target.removesuffix(asked)
        if session != target and _SESSION.fullmatch(session):
            self._sessions = (*self._sessions, session)[-SEEN_FOR_A_HABIT:]
            return
        change = change_between(asked, target)
        if change is not None and (change in self._seen or len(self._seen) < MAX_CHANGES):
            self._seen[change] = self._seen.get(change, 0) + 1

    def stayed(self, url: str) -> None:
        """Take down that an address was answered as it stands: no habit speaks of it.

        Args:
            url: In tidy form.
        """
        if self._sessions and not read_address(url).target.startswith(self._sessions):
            self._sessions = ()
        if self._seen:
            target = read_address(url).target
            self._refuted.update(c for c in self._seen if c.made_to(target) is not None)

    def applied(self, url: str) -> str:
        """Return what an address would be redirected to; empty where no habit speaks of it.

        Args:
            url: In tidy form.
        """
        for change, times in self._seen.items():
            if times < SEEN_FOR_A_HABIT or change in self._refuted:
                continue
            if (changed := change.made_to(read_address(url).target)) is not None:
                return origin(url) + changed
        target = read_address(url).target if self._sessions else ""
        if len(set(self._sessions)) < SEEN_FOR_A_HABIT or target.startswith(self._sessions):
            return ""
        return f"{origin(url)}{self._sessions[-1]}{target}"


def change_between(asked: str, led_to: str) -> Change | None:
    """Return what makes one address of another on the same host; None where it is no such change.

    Args:
        asked: Path and query.
        led_to: Path and query.
    """
    path, _, query = asked.partition("?")
    to_path, _, to_query = led_to.partition("?")
    if not to_query.startswith(query) or (path == "/" and path != to_path):
        return None
    more = to_query[len(query) :].lstrip("&")
    is_small = path != path.lower() and path.lower() in to_path
    whole = path.lower() if is_small else path
    ending = _ENDING.search(whole)
    for removed in dict.fromkeys(("", ending[0] if ending else "")):
        core = whole.removesuffix(removed) if removed else whole
        in_front, found, added = to_path.partition(core)
        if core and found and _IN_FRONT.fullmatch(in_front) and _is_ending(added):
            change = Change(is_small, removed, in_front, added, more)
            return change if any(change) else None
    from_front = whole.removesuffix(to_path)
    if to_path != "/" and from_front != whole and _IN_FRONT.fullmatch(from_front):
        return Change(is_small, "", "", "", more, from_front)
    return None


def _is_ending(text: str) -> bool:
    found = _ENDING.match(text)
    return found is not None and found[0] == text


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(f"{directory}/")


def _is_file(path: str, removed: str) -> bool:
    return not removed and _FILE_NAME.search(path) is not None
