"""How a crawl behaves towards websites: one set of values, and what follows from it (pure)."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from crawlers.folding import SPELLED_OUT
from crawlers.off_peak import read_hours
from storage.errors import InvalidInput
from storage.version import __version__

PRODUCT_TOKEN = "sectorlens"  # noqa: S105 - the name that robots.txt groups are matched with
_SPELLED_OUT = str.maketrans(
    {
        **SPELLED_OUT,
        **{a.upper(): b.capitalize() for a, b in SPELLED_OUT.items() if len(a.upper()) == 1},
        **dict.fromkeys("–—‐‑", "-"),
        **dict.fromkeys("‘’‚", "'"),
        **dict.fromkeys("“”„«»", '"'),
    }
)
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """What a crawl may ask of websites, and how fast.

    Attributes:
        organisation: Who crawls; part of the user agent.
        contact_url: Page that says why, and how to object; part of the user agent.
        max_pages_per_website: Pages kept.
        max_requests_per_website: All requests; None for twice the pages and ten more.
        delay_seconds: Least time between the starts of two requests to one host.
        delay_per_address_seconds: The same for one IP address (shared hosting).
        timeout_seconds: For one request, from connecting to the last byte.
        allow_networks: Networks that are not public and may be crawled all the same.
        verify_tls: Whether certificates must be trustworthy.
        render: ``auto``: a browser renders pages that are shells for scripts; or ``never``.
        browser_path: The browser's program; empty for Debian's on PATH.
        script_hosts: Hosts of others whose scripts may be fetched when a page is rendered.
        max_rendered_pages_per_website: Pages that go through the browser.
        opt_out_domains: Domains that asked not to be visited; their subdomains are meant too.
        pass_hours: Hours to wait before pass 2, 3, …
        websites_at_once: How many websites are visited side by side.
        max_bytes_per_page: After content decoding (bytes); also the most taken from the wire.
        max_bytes_per_website: Sum over one visit (bytes); None for 2 MB a page.
        max_seconds_per_website: Wall time of one visit; None for what its requests need at the
            delay set, four times over, and a quarter of an hour at least.
        max_redirects: In one chain.
        max_retries: Of one request, inside the pass.
        max_retry_wait_seconds: A server that asks for a longer pause is left for a later pass.
        max_crawl_delay_seconds: The most that a `Crawl-delay` is honoured.
        max_requests_for_rendering: Requests of scripts that one visit may take, on top of its own.
        render_seconds: That a page's scripts may run while nothing is on its way to them.
        pages_rendered_at_once: By the one browser of the crawl.
        robots_cache_hours: How long one answer to robots.txt counts (RFC 9309: at most 24).
        hours: Windows in which requests may be sent, like ``20:00-06:00``; empty for always.
        time_zone: Whose wall time `hours` are.
        max_requests_per_website_and_day: Over all passes and runs of a day (UTC); 0 for three
            times what one visit may take.
        on_noindex: ``record`` or ``refuse``: whether pages that say ``noindex`` are kept.
        on_nofollow: ``record`` or ``obey``: whether links of pages that say ``nofollow`` are taken.
        on_tdm_reservation: ``record`` what pages say of text and data mining, ``ask`` each website
            for its file on it too, or ask and ``refuse`` pages whose rights are reserved.
        software: Name and version of what crawls, e.g. ``sectorlens/0.1.0``; empty for those of
            this installation.

    Raises:
        InvalidInput: Something is missing or out of range; all faults are told at once.
    """

    organisation: str
    contact_url: str
    max_pages_per_website: int = 25
    max_requests_per_website: int | None = None
    delay_seconds: float = 1.0
    delay_per_address_seconds: float = 0.05
    timeout_seconds: float = 20.0
    allow_networks: tuple[str, ...] = ()
    verify_tls: bool = True
    render: str = "auto"
    browser_path: str = ""
    script_hosts: tuple[str, ...] = ()
    max_rendered_pages_per_website: int = 10
    opt_out_domains: frozenset[str] = frozenset()
    pass_hours: tuple[float, ...] = (4.0, 24.0)
    websites_at_once: int = 64
    max_bytes_per_page: int = 5_000_000
    max_bytes_per_website: int | None = None
    max_seconds_per_website: float | None = None
    max_redirects: int = 6
    max_retries: int = 2
    max_retry_wait_seconds: float = 10.0
    max_crawl_delay_seconds: float = 30.0
    max_requests_for_rendering: int = 60
    render_seconds: float = 10.0
    pages_rendered_at_once: int = 4
    robots_cache_hours: float = 24.0
    hours: str = ""
    time_zone: str = "UTC"
    max_requests_per_website_and_day: int = 0
    on_noindex: str = "record"
    on_nofollow: str = "record"
    on_tdm_reservation: str = "record"
    software: str = ""

    def __post_init__(self) -> None:
        """Refuse values that no polite crawl can have."""
        if faults := _faults(self):
            raise InvalidInput(
                "The crawl settings cannot be used",
                "Mend them in sectorlens.toml under [crawl].",
                faults,
            )

    @property
    def request_budget(self) -> int:
        """Return how many requests one visit may take, of any kind."""
        return self.max_requests_per_website or 2 * self.max_pages_per_website + 10

    @property
    def requests_per_day(self) -> int:
        """Return how many requests one website may get in a day (UTC), of any kind."""
        return self.max_requests_per_website_and_day or 3 * self.request_budget

    @property
    def byte_budget(self) -> int:
        """Return how many bytes one visit may take."""
        return self.max_bytes_per_website or 2_000_000 * self.max_pages_per_website

    @property
    def seconds_budget(self) -> float:
        """Return how long one visit may take."""
        needed = 4.0 * self.request_budget * max(self.delay_seconds, 0.25)
        return self.max_seconds_per_website or max(900.0, needed)

    @property
    def render_seconds_at_most(self) -> float:
        """Return how long a page may be in the browser, what is on its way to it included."""
        per_request = max(self.delay_seconds, self.delay_per_address_seconds)
        return self.render_seconds + 2 * self.timeout_seconds + 20 * per_request

    @property
    def user_agent(self) -> str:
        """Return who we say we are."""
        who = _in_ascii(self.organisation), _in_ascii(self.contact_url)
        return f"{self.software or software()} ({who[0]}; +{who[1]})"

    def is_opted_out(self, host: str) -> bool:
        """Tell whether a host, or a domain above it, asked not to be visited."""
        if not self.opt_out_domains:
            return False
        labels = host.lower().rstrip(".").split(".")
        return any(".".join(labels[k:]) in self.opt_out_domains for k in range(len(labels)))

    def retry_wait(self, *, attempt: int, retry_after: str = "") -> float | None:
        """Return the seconds to wait before asking again, or None where it is not to be done.

        Args:
            attempt: How often it was tried, 1 or more.
            retry_after: The header of that name: seconds or a date; what is neither, or lies in
                the past, says nothing.
        """
        if attempt > self.max_retries:
            return None
        asked = _seconds_asked(retry_after)
        wait = 2.0 ** (attempt - 1) if asked is None else asked
        return wait if wait <= self.max_retry_wait_seconds else None

    def pause_asked(self, retry_after: str) -> float:
        """Return the seconds that a server wants to be left alone for; 0 for none, or few.

        Args:
            retry_after: As in `retry_wait`.
        """
        asked = wait_asked(retry_after)
        return asked if asked > self.max_retry_wait_seconds else 0.0


def wait_asked(retry_after: str) -> float:
    """Return the seconds that a server asks to wait for, few or many; 0 where it does not say."""
    return _seconds_asked(retry_after) or 0.0


def _seconds_asked(retry_after: str) -> float | None:
    asked = retry_after.strip()[:40]
    if asked.isascii() and asked.isdigit():
        return float(asked)
    if not asked:
        return None
    from email.utils import parsedate_to_datetime  # which few websites make necessary

    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # as `-0000` means
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return seconds if seconds > 0 else None


def software() -> str:
    """Return name and version of what crawls, e.g. ``sectorlens/0.1.0``."""
    return f"{PRODUCT_TOKEN}/{__version__}"


def politeness_to_json(politeness: Politeness) -> dict[str, Any]:
    """Return the values as JSON can hold them."""
    values = dataclasses.asdict(politeness)
    return values | {"opt_out_domains": sorted(politeness.opt_out_domains)}


def politeness_from_json(values: dict[str, Any]) -> Politeness:
    """Return the values that `politeness_to_json` wrote."""
    return Politeness(
        **values
        | {
            "opt_out_domains": frozenset(values["opt_out_domains"]),
            "allow_networks": tuple(values["allow_networks"]),
            "pass_hours": tuple(values["pass_hours"]),
            "script_hosts": tuple(values["script_hosts"]),
        }
    )


def _faults(values: Politeness) -> list[str]:
    return [
        *_identity_faults(values),
        *_network_faults(values.allow_networks),
        *(
            f"{name} must not be negative, but is {getattr(values, name)}"
            for name in (
                "delay_seconds",
                "delay_per_address_seconds",
                "max_crawl_delay_seconds",
                "robots_cache_hours",
                "max_requests_per_website_and_day",
                "max_rendered_pages_per_website",
                "max_requests_for_rendering",
            )
            if getattr(values, name) < 0
        ),
        *(
            f"{name} must be more than 0, but is {getattr(values, name)}"
            for name in (
                "max_pages_per_website",
                "timeout_seconds",
                "websites_at_once",
                "render_seconds",
                "pages_rendered_at_once",
            )
            if getattr(values, name) <= 0
        ),
        *(
            f"script_hosts: {host!r} is no host name (in lower case, without scheme, port and path)"
            for host in values.script_hosts
            if not _HOST_NAME.fullmatch(host)
        ),
        *_time_faults(values),
    ]


def _time_faults(values: Politeness) -> list[str]:
    faults = []
    if values.robots_cache_hours > 24:
        faults.append(f"robots_cache_hours is {values.robots_cache_hours}: RFC 9309 allows 24")
    try:
        read_hours(values.hours, values.time_zone)
    except ValueError as fault:
        faults.append(f"hours or time_zone: {fault}")
    return faults


def _identity_faults(values: Politeness) -> list[str]:
    faults = []
    for name in ("organisation", "contact_url"):
        text = getattr(values, name)
        if not text.strip():
            faults.append(f"{name} is empty: webmasters must be able to see who crawls")
        elif any(unicodedata.category(c).startswith("C") for c in text):
            faults.append(f"{name} goes into an HTTP header: no control characters")
    if lost := "".join(c for c in values.organisation if _is_lost(c)):
        faults.append(
            f"organisation: {lost!r} cannot stand in an HTTP header, which webmasters are to read;"
            " write the name in Latin letters"
        )
    if not values.contact_url.isascii():
        faults.append(
            "contact_url goes into an HTTP header: write its other letters as browsers copy them"
            " (xn--… in the host, %C3%BC in the path)"
        )
    if values.contact_url and not urlsplit(values.contact_url).netloc:
        faults.append("contact_url must be a web address that begins with https://")
    if values.render not in {"auto", "never"}:
        faults.append(f"render must be auto or never, but is {values.render!r}")
    return faults


def _in_ascii(text: str) -> str:
    # Letters lose their accents, or are spelled out; `_is_lost` names what is neither.
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED_OUT))
    return plain.encode("ascii", "ignore").decode().strip()


def _is_lost(character: str) -> bool:
    is_plain = character.isspace() or unicodedata.combining(character)
    return not (is_plain or _in_ascii(character))


def _network_faults(networks: tuple[str, ...]) -> list[str]:
    faults = []
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as fault:
            faults.append(f"allow_networks: {fault}")
    return faults
