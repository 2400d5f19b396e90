"""What a robots.txt allows (RFC 9309), and what its absence means (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from crawlers.politeness import PRODUCT_TOKEN
from crawlers.robots_file import RobotsFile, read_robots_file
from storage.accounting import Outcome

# RFC 9309, 2.5: at least 500 KiB must be parsed; what stands behind is not read.
MAX_ROBOTS_BYTES = 512 * 1024


class RobotsAnswer(Protocol):
    """What a request for robots.txt brought home."""

    @property
    def status(self) -> int:
        """Return the HTTP status code."""
        ...

    @property
    def body(self) -> bytes:
        """Return the body, decoded as far as it reaches."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRules:
    """The rules that one scheme, host and port has for us.

    Attributes:
        rules: Parsed file; None where all is allowed.
        crawl_delay: Seconds between two requests that the file asks for; 0 where it does not.
        sitemaps: Addresses of sitemaps, as written.
    """

    rules: RobotsFile | None = None
    crawl_delay: float = 0.0
    sitemaps: tuple[str, ...] = ()

    @property
    def n_rules(self) -> int:
        """Return how many rules are held, which is what they take of memory."""
        return len(self.rules.rules) if self.rules else 0

    def allows(self, url: str) -> bool:
        """Tell whether an address on this origin may be asked for."""
        return self.rules is None or self.rules.allows(url)


ALLOW_ALL = RobotsRules()


def read_robots(answer: RobotsAnswer) -> RobotsRules | Outcome:
    """Turn an answer to robots.txt into rules, or into the reason that ends the visit.

    Args:
        answer: After redirects and retries; a status in 3xx means that redirects went on beyond
            the five that must be followed, which counts as "no such file" (RFC 9309, 2.3.1.2).

    Returns:
        Rules; `RATE_LIMITED` for 429 to the end, `ROBOTS_UNAVAILABLE` for 5xx to the end, where
        everything must be taken as denied (RFC 9309, 2.3.1.4).
    """
    if answer.status == 429:
        return Outcome.RATE_LIMITED
    if answer.status >= 500 or answer.status < 200:
        return Outcome.ROBOTS_UNAVAILABLE
    if answer.status >= 300:
        return ALLOW_ALL
    rules = read_robots_file(lines_read(answer.body), PRODUCT_TOKEN)
    return RobotsRules(rules=rules, crawl_delay=rules.crawl_delay, sitemaps=rules.sitemaps)


def lines_read(body: bytes) -> bytes:
    """Return what is read of a file: all of it, or its lines that end within the limit.

    Half a rule is another rule: ``Allow: /a`` where ``Allow: /a/b`` was cut.

    Args:
        body: Decoded; of a longer file, a little more than the limit.
    """
    if len(body) <= MAX_ROBOTS_BYTES:
        return body
    kept = body[:MAX_ROBOTS_BYTES]
    return kept[: max(kept.rfind(b"\n"), kept.rfind(b"\r")) + 1]
