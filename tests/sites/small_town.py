"""Twenty companies on loopback: enough to train, audit and publish a sector in seconds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from loopback_sites import LoopbackSite, Reply, page

WAVE = "2026Q4"
SETTINGS = """\
[crawl]
organisation = "Office of Tests"
contact_url = "https://example.org/crawl"
allow_networks = ["127.0.0.0/8"]
delay_seconds = 0
delay_per_address_seconds = 0
render = "never"
timeout_seconds = 5

[classify]
embedder = "hashed"
sectors = ["drones", "tourism"]
"""
_DRONE_WORK = (
    "We fly drones over roofs, bridges and solar parks and hand in thermal pictures. Our certified"
    " drone pilots survey quarries from the air. We also build unmanned aircraft for inspection.",
    "Aerial surveys by drone: our unmanned aircraft map fields, forests and building sites. Pilots"
    " with a licence plan every flight, and the drone brings point clouds home the same day.",
)
_OTHER_WORK = (
    "We bake bread and cakes every morning from flour of the region. Come to our shop at the market"
    " square or order wedding cakes and rolls for your breakfast by telephone.",
    "Our workshop repairs cars and vans of all makes. We change tyres, mend brakes, check engines"
    " and take your car to the inspection while you wait with a cup of coffee.",
    "We keep the books of small companies, prepare wages, file tax returns and advise founders on"
    " their first annual accounts, in person and with great care for every receipt.",
)


@dataclass(frozen=True)
class Company:
    """A unit of the register, its website if it has one, and the truth."""

    unit_id: str
    legal_name: str
    website: str
    active: bool


@dataclass(frozen=True)
class Town:
    """The companies with the websites that serve them."""

    companies: Sequence[Company]
    sites: Sequence[LoopbackSite]

    def register(self) -> str:
        return as_csv(
            ("unit_id", "legal_name", "nace_code", "size_class", "region", "employees", "website"),
            [
                (c.unit_id, c.legal_name, "62.01", "0-9", "North", "5", c.website)
                for c in self.companies
            ],
        )

    def labels(self) -> str:
        """Label all that have a website."""
        return as_csv(
            ("unit_id", "sector", "active", "coder"),
            [(c.unit_id, "drones", int(c.active), "a") for c in self.companies if c.website],
        )

    def requests(self) -> int:
        return sum(len(site.requests) for site in self.sites)


def as_csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    return text.getvalue()


@contextmanager
def served_town(*, wait: float = 0.0) -> Iterator[Town]:
    """Serve seven drone companies, eleven others and two without a website.

    Args:
        wait: Seconds that the page `about` of every website takes.
    """
    sites, companies = [], []
    for number in range(18):
        active = number < 7
        work = _DRONE_WORK if active else _OTHER_WORK
        name = f"Company {number:02} Limited"
        text = f"{name}. {work[number % len(work)]} House number {number}."
        site = LoopbackSite(
            {
                "/": page(name, "/about", text=text),
                "/about": Reply(
                    body=page(f"About {name}", "/", text=f"About us. {text}").body,
                    headers={"Content-Type": "text/html; charset=utf-8"},
                    wait=wait,
                ),
            }
        )
        sites.append(site)
        companies.append(Company(f"T{number:02}", name, site.url, active))
    companies += [Company(f"T{n}", f"Company {n} Limited", "", False) for n in (18, 19)]
    try:
        yield Town(companies, sites)
    finally:
        for site in sites:
            site.close()
