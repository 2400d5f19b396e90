"""`sectorlens crawl page`: a page as it was when it was crawled."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WaveOption, WorkspaceOption
from sectorlens.session import begin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sectorlens.kept_page import PageAsKept
    from sectorlens.session import Session


class Shown(StrEnum):
    """What is given of a page."""

    TEXT = "text"
    HTML = "html"
    WARC = "warc"


PageUrl = Annotated[
    str, typer.Argument(metavar="URL", help="The page's address, as asked for or as reached.")
]
ShownOption = Annotated[
    Shown,
    typer.Option(
        "--as",
        help="text: where it comes from and all its text; html: its bytes as served, content"
        " encoding undone; warc: its record in the archive. The last two go to a file only.",
    ),
]
FileOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", dir_okay=False, help="Default: standard output."),
]


def page(
    url: PageUrl,
    wave: WaveOption,
    shown: ShownOption = Shown.TEXT,
    to: FileOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show a page as it was when it was crawled, checked against its digest."""
    if shown is not Shown.TEXT and to is None:
        raise typer.BadParameter(f"--as {shown} needs --to FILE: a stranger's bytes go to a file.")
    from sectorlens.kept_page import page_as_kept  # not loaded with every command on crawls

    session = begin(workspace)
    kept = page_as_kept(session, wave, url)
    if to is not None:
        to.write_bytes(_bytes(session, kept, shown))
    if form is Format.JSON:
        render.put_json(_described(kept, to))
    elif to is None:
        _put_all(_lines(kept))
    else:
        render.put(f"Wrote {to}: {kept.page.url} of wave {kept.page.wave}, {_FILES[shown]}")


_FILES = {
    Shown.TEXT: "where it comes from and all its text",
    Shown.HTML: "as served. In a browser its scripts would run and its images be fetched.",
    Shown.WARC: "its record in the archive, a WARC file by itself",
}


def _bytes(session: Session, kept: PageAsKept, shown: Shown) -> bytes:
    from sectorlens.kept_page import record_of

    if shown is Shown.TEXT:
        return "".join(f"{render.plain(line)}\n" for line in _lines(kept)).encode()
    return kept.body if shown is Shown.HTML else record_of(session, kept)


def _put_all(lines: Iterator[str]) -> None:
    for line in lines:
        render.put(line)


def _lines(kept: PageAsKept) -> Iterator[str]:
    page = kept.page
    yield page.url
    if page.final_url != page.url:
        yield f"  reached at: {page.final_url}"
    yield f"  kept of website: {page.website_url}"
    yield f"  fetched: {_moment(page.fetched_at)}, answered {page.http_status}, {page.media_type}"
    if page.revisit:
        yield (
            f"  not changed since {_moment(page.archived_at)}, when its body was archived"
            f" ({page.revisit})"
        )
    made = "as a browser made it from the answer, " if page.rendered else ""
    yield f"  body: {made}{page.n_bytes} bytes, {page.body_digest}; the archive agrees"
    yield f"  archive: {page.archive_file} at byte {page.archive_offset}"
    for other in kept.others:
        same = "the same body" if other.body_digest == page.body_digest else "another body"
        yield f"  also kept of website {other.website_url}, {_moment(other.fetched_at)}: {same}"
    yield from _text_lines(kept)


def _text_lines(kept: PageAsKept) -> Iterator[str]:
    from extract.text import PageContent
    from sectorlens.kept_page import all_text

    content, read = all_text(kept)
    if not isinstance(content, PageContent):
        yield f"No text can be shown ({content.reason}: {content.detail}); --as html --to FILE"
        return
    yield f"  title: {_one_line(content.title)}"
    yield f"  description: {_one_line(content.description)}"
    yield _what_was_read(kept)
    yield ""
    for block, was_read in zip(content.blocks, read, strict=True):
        yield f"{'|' if was_read else ' '} {_one_line(block)}"


def _what_was_read(kept: PageAsKept) -> str:
    if kept.page.text is None:
        why = kept.page.not_read or "not yet: `sectorlens extract run` comes first"
        return f"Nothing of it is read for decisions ({why}). All its text:"
    return (
        f"All its text, menus and hidden parts included; in lines with | are words that were read"
        f" for decisions (language: {kept.page.language}):"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _described(kept: PageAsKept, to: Path | None) -> dict[str, Any]:
    from extract.text import PageContent
    from sectorlens.kept_page import all_text

    content, read = all_text(kept)
    told: dict[str, Any] = asdict(kept.page)
    for moment in ("fetched_at", "archived_at"):
        told[moment] = told[moment].isoformat()
    told["read_text"] = told.pop("text")
    if isinstance(content, PageContent):
        told["title"], told["description"] = content.title, content.description
        told["blocks"] = [
            {"text": block, "was_read": was_read}
            for block, was_read in zip(content.blocks, read, strict=True)
        ]
    else:
        told["title"], told["description"], told["blocks"] = "", "", []
        told["unreadable"] = f"{content.reason}: {content.detail}"
    told["headers"] = [list(pair) for pair in kept.headers]
    told["also_kept_of"] = [other.website_url for other in kept.others]
    told["file"] = str(to) if to else None
    return told
