"""The page at `contact_url`: what a webmaster finds who follows the user agent's address."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import jinja2

from crawlers.politeness import PRODUCT_TOKEN, Politeness

if TYPE_CHECKING:
    from sectorlens.settings import CrawlSettings


def contact_page(chosen: CrawlSettings) -> str:
    """Return the page as HTML, filled in as far as the settings tell; the rest is marked in it.

    Args:
        chosen: `[crawl]` of the settings; its limits are the ones that the page promises.
    """
    manners = Politeness(**chosen.model_dump(exclude={"opt_out_file"}))
    template = (resources.files("sectorlens") / "templates" / "contact-page.html").read_text(
        "utf-8"
    )
    page = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    ).from_string(template)
    return page.render(
        organisation=manners.organisation,
        contact_url=manners.contact_url,
        user_agent=manners.user_agent,
        product_token=PRODUCT_TOKEN,
        max_pages=manners.max_pages_per_website,
        delay=_seconds(manners.delay_seconds),
        address_delay=_seconds(manners.delay_per_address_seconds),
        max_crawl_delay=f"{manners.max_crawl_delay_seconds:g}",
        requests_per_visit=manners.request_budget,
        requests_per_day=manners.requests_per_day,
        hours=f"{manners.hours} ({manners.time_zone})" if manners.hours else "any",
        pass_hours=" and ".join(f"{hours:g}" for hours in manners.pass_hours),
        cache_hours=f"{manners.robots_cache_hours:g}",
    )


def _seconds(seconds: float) -> str:
    return "second" if seconds == 1 else f"{seconds:g} seconds"
