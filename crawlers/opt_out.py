"""Owners who objected: their list, and the deletion of what was taken from them before.

In this order, so that whatever breaks it off leaves nothing that a later call would not finish:
the domain goes on the list, hence is asked nothing more; rows are deleted and what is to vanish
from files is written down, in one transaction; then the files are rewritten, one by one.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.archive_files import open_archives
from crawlers.public_suffixes import is_public_suffix
from crawlers.website_urls import registrable_domain, tidy_url
from storage.archive_erasure import erase_records
from storage.errors import InvalidInput
from storage.publication import publish
from storage.tables.opt_out import (
    add_pending_erasure,
    archives_that_asked,
    erased,
    known_hosts,
    note_records,
    opted_out_domains,
    pending_erasures,
    record_opt_out,
    suppress,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from storage.database import Store
    from storage.workspace import Workspace


def check_domain(text: str) -> str:
    """Return a domain as the list holds it: in lower case, encoded, without ``www.`` or path.

    Args:
        text: A domain, a host or an address on it.

    Raises:
        InvalidInput: It is none, or one under which everybody may have a domain, like co.uk.
    """
    asked = text.strip().lower()
    url = tidy_url(asked if "://" in asked else f"https://{asked}")
    host = (urlsplit(url).hostname or "") if url else ""
    host = _without_www(host.strip("."))
    if ("." not in host and ":" not in host) or is_public_suffix(host):
        raise InvalidInput(
            f"{text!r} is no domain that somebody owns",
            "Name it like example.org; subdomains are meant too.",
        )
    return host


def add_to_list(file: Path, domain: str, *, reason: str) -> None:
    """Add a domain to the file of those who objected, unless it is there.

    The file is replaced in one step; what stood in it stays as it was written.

    Raises:
        InvalidInput: The file cannot be read or written.
    """
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if domain in read_list(text):
            return
        note = f"  # {' '.join(reason.replace('#', ' ').split())}" if reason.strip() else ""
        part = file.with_name(f".{file.name}.part")
        with part.open("w", encoding="utf-8") as target:
            target.write(f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}")
            target.write(f"{domain}{note}\n")
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    except (OSError, UnicodeDecodeError) as fault:
        raise InvalidInput(
            f"{domain} cannot be put on the opt-out list {file}: {fault}",
            "Mend the file or its rights, then run the command again; nothing was deleted.",
        ) from fault


def read_list(text: str) -> frozenset[str]:
    """Return the domains of a list, one a line; ``#`` begins a comment."""
    domains = (line.partition("#")[0].strip().lower().strip(".") for line in text.splitlines())
    return frozenset(_without_www(domain) for domain in domains if domain)


def _without_www(host: str) -> str:
    # www.gov.uk is a website of its own: without its first label it would be all of gov.uk.
    return host if registrable_domain(host) == host else host.removeprefix("www.")


def apply_opt_outs(
    store: Store, workspace: Workspace, domains: Iterable[str], *, reason: str = ""
) -> list[str]:
    """Delete what is held of domains that objected; to be called while no crawl runs.

    Safe to repeat: what was deleted before costs nothing, what was broken off is finished.

    Args:
        store: The work database.
        workspace: Where the archive lies.
        domains: Those on the list; subdomains are meant too.
        reason: For the record of those that are new.

    Returns:
        The domains of which something was deleted or erased now.
    """
    wanted = sorted(set(domains))
    changed: set[str] = set()
    hosts = known_hosts(store) if wanted else []
    recorded = set(opted_out_domains(store))
    for domain in wanted:
        own = [host for host in hosts if _is_under(host, domain)]
        with store.transaction():
            if domain not in recorded or reason:
                record_opt_out(store, domain, reason=reason)
            if domain not in recorded:  # also where it only stood on the way to another website
                for archive_file in archives_that_asked(store, own):
                    add_pending_erasure(store, domain, archive_file)
            if own and suppress(store, domain, own):
                changed.add(domain)
                for archive_file in open_archives(store, workspace):
                    add_pending_erasure(store, domain, archive_file)
    waiting = pending_erasures(store)
    if waiting and workspace.published.exists():
        # Before the files are done with: as long as they are not, a later call publishes again.
        publish(store, workspace.published)
    return sorted(changed | _erase(store, workspace, waiting))


def _erase(
    store: Store, workspace: Workspace, waiting: list[tuple[str, str, list[int]]]
) -> set[str]:
    done = set()
    rewritten = False
    for domain, archive_file, offsets in waiting:
        if archive_file:
            erase_records(
                workspace.root / archive_file,
                offsets=frozenset(offsets) - {-1},
                is_meant=partial(_is_on, domain),
                note=partial(note_records, store, domain, archive_file),
            )
        elif not rewritten:
            store.rewrite()
            rewritten = True
        with store.transaction():
            erased(store, domain, archive_file)
        done.add(domain)
    return done


def _is_on(domain: str, url: str) -> bool:
    try:
        return _is_under(urlsplit(url).netloc, domain)
    except ValueError:
        return False


def _is_under(host: str, domain: str) -> bool:
    name, colon, port = host.lower().rpartition(":")
    name = name if colon and port.isdigit() and not host.endswith("]") else host.lower()
    name = name.strip("[].")
    return name == domain or name.endswith(f".{domain}")
