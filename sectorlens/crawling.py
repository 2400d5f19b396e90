"""The crawl and what webmasters are owed: manners, opt-outs, what was asked, whom to write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sectorlens.settings import PLACEHOLDER_CONTACT, PLACEHOLDER_ORGANISATION
from storage.errors import InvalidInput
from storage.publication import publish
from storage.tables.frame import known_waves

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.archive_files import ArchiveFile
    from crawlers.politeness import Politeness
    from crawlers.store_work import StoreWork
    from sectorlens.session import Session
    from sectorlens.settings import CrawlSettings, Settings
    from storage.records.stage import StageReport
    from storage.workspace import Workspace


def crawl(session: Session, wave: str, beside: StoreWork) -> StageReport:
    """Visit the websites of `wave` that are due; `beside` is done while the store is open."""
    from crawlers.run import crawl_websites

    manners = politeness(session.settings.crawl, session.workspace)
    return crawl_websites(
        session.workspace, wave, politeness=manners, progress=session.progress, beside=beside
    )


def contact_page(settings: Settings) -> str:
    """Return the page to be published at `crawl.contact_url`, as HTML."""
    from sectorlens.contact_page import contact_page as filled

    return filled(settings.crawl)


def report_requests(session: Session, wave: str, to: Path, domain: str) -> int:
    """Write what was asked of each host on each day of `wave`; returns the number of rows."""
    from crawlers.request_report import write_request_report

    with session.open() as store:
        known_waves(store, wave)
        return write_request_report(store, session.workspace, wave, to=to, domain=domain)


def politeness(chosen: CrawlSettings, workspace: Workspace) -> Politeness:
    """Return how the crawl behaves.

    Raises:
        InvalidInput: The organisation or the contact page is still the placeholder.
    """
    from crawlers.politeness import Politeness

    left = [
        f"crawl.{key}"
        for key, value, placeholder in (
            ("organisation", chosen.organisation, PLACEHOLDER_ORGANISATION),
            ("contact_url", chosen.contact_url, PLACEHOLDER_CONTACT),
        )
        if value.strip() in {"", placeholder}
    ]
    if left:
        raise InvalidInput(
            f"{workspace.settings_file}: {' and '.join(left)} must name you before anything is"
            " crawled",
            "Every website is told who visits it and where to complain: set both under [crawl].",
        )
    values = chosen.model_dump(exclude={"opt_out_file"})
    return Politeness(opt_out_domains=opt_outs(chosen.opt_out_file, workspace), **values)


def opt_outs(file: str, workspace: Workspace) -> frozenset[str]:
    """Return the domains that asked not to be visited: of the file set and of the workspace's."""
    from crawlers.opt_out import read_list

    places = [workspace.root / file] if file else []
    places += [workspace.opt_out_list] if workspace.opt_out_list.exists() else []
    try:
        lists = [read_list(place.read_text(encoding="utf-8-sig")) for place in places]
    except (OSError, UnicodeDecodeError) as fault:
        raise InvalidInput(
            f"The opt-out list {file or workspace.opt_out_list} cannot be read: {fault}",
            "Mend crawl.opt_out_file; nothing is crawled without the list.",
        ) from fault
    return frozenset[str]().union(*lists)


def archives(session: Session, since: str, *, remove: bool) -> list[ArchiveFile]:
    """Return the archive files as they stand, and remove those not needed if that is wanted."""
    from crawlers.archive_files import archive_files, remove_unneeded
    from crawlers.run import only_crawl

    with only_crawl(session.workspace), session.open() as store:
        found = archive_files(store, session.workspace, since=since)
        if remove:
            remove_unneeded(session.workspace, found)
        return found


def opt_out(session: Session, domain: str, reason: str) -> dict[str, Any]:
    """Put a domain on the opt-out list, delete what is held of it, and return its record."""
    from crawlers.opt_out import add_to_list, apply_opt_outs, check_domain
    from crawlers.run import only_crawl
    from storage.tables.opt_out import load_opt_outs

    workspace, named = session.workspace, session.settings.crawl.opt_out_file
    checked = check_domain(domain)
    list_file = workspace.root / named if named else workspace.opt_out_list
    add_to_list(list_file, checked, reason=reason)
    with only_crawl(workspace), session.open() as store:
        apply_opt_outs(store, workspace, [checked], reason=reason)
        publish(store, workspace.published)
        records: list[dict[str, Any]] = load_opt_outs(store).to_pylist()
        return next(record for record in records if record["domain"] == checked)
