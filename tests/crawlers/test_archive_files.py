"""Archive files live as long as a wave that counts points to them, and not longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from crawled_rows import load_pages
from loopback_sites import MakeSite, Reply, load_frame, page, polite

from crawlers.archive_files import ArchiveFile, archive_files, remove_unneeded
from crawlers.run import crawl_websites
from storage.database import Store
from storage.errors import InvalidInput, NotReady
from storage.page_archive import read_page
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

WAVES = ("w1", "w2", "w3")


@pytest.fixture(scope="module")
def crawled(make_site: MakeSite, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """Give a website in three waves: in the second one page changed, in the third all did."""
    texts = {"/": "start", "/a": "a", "/b": "b"}

    def answer(path: str, _: int) -> Reply:
        said = f"{texts.get(path, 'gone')} " * 30
        return page(f"{path} {said[:9]}", "/a", "/b", text=said)

    site = make_site(answer)
    workspace = Workspace(tmp_path_factory.mktemp("waves"))
    for wave, changed in zip(WAVES, ((), ("/b",), ("/", "/a", "/b")), strict=True):
        texts.update({path: f"{wave}{path[1:]}" for path in changed})
        load_frame(workspace, [site.url], wave)
        crawl_websites(workspace, wave, politeness=polite())
    return workspace, site.url


def files(workspace: Workspace, since: str = "") -> list[ArchiveFile]:
    with Store(workspace.database) as store:
        return archive_files(store, workspace, since=since)


@pytest.mark.parametrize(
    ("since", "pages"), [("", [5, 1, 3]), ("w1", [5, 1, 3]), ("w2", [2, 1, 3]), ("w3", [0, 0, 3])]
)
def test_a_file_is_needed_by_its_own_wave_and_by_later_ones_that_point_to_it(
    crawled: tuple[Workspace, str], since: str, pages: list[int]
) -> None:
    found = files(crawled[0], since)
    assert [one.wave for one in found] == list(WAVES)
    assert [one.n_pages for one in found] == pages
    assert [one.is_needed for one in found] == [number > 0 for number in pages]
    assert all(one.n_bytes == (crawled[0].root / one.archive_file).stat().st_size for one in found)
    if not since:
        assert [one.used_by for one in found] == [("w1", "w2"), ("w2",), ("w3",)]


def test_an_unknown_wave_is_told_before_anything_is_called_unneeded(
    crawled: tuple[Workspace, str],
) -> None:
    with pytest.raises(NotReady, match="w9"):
        files(crawled[0], "w9")


def copy_of(workspace: Workspace, place: Path) -> Workspace:
    import shutil

    shutil.copytree(workspace.root, place, dirs_exist_ok=True)
    return Workspace(place)


def test_nothing_that_a_page_points_to_is_removed(
    crawled: tuple[Workspace, str], tmp_path: Path
) -> None:
    workspace, url = copy_of(crawled[0], tmp_path / "copy"), crawled[1]
    remove_unneeded(workspace, files(workspace))
    assert len(files(workspace)) == 3
    remove_unneeded(workspace, files(workspace, "w3"))
    assert [one.wave for one in files(workspace)] == ["w3"]
    with Store(workspace.database) as store:
        for kept in load_pages(store, "w3", WebsiteUrl(url)):
            assert read_page(workspace.root, kept.archive_file, kept.archive_offset).url
        gone = load_pages(store, "w1", WebsiteUrl(url))[0]
    with pytest.raises(InvalidInput):
        read_page(workspace.root, gone.archive_file, gone.archive_offset)


def test_the_file_of_a_crawl_that_has_not_ended_is_needed(
    crawled: tuple[Workspace, str], tmp_path: Path
) -> None:
    workspace = copy_of(crawled[0], tmp_path / "copy")
    with Store(workspace.database) as store:
        store.execute("DELETE FROM crawl_run WHERE wave = 'w1'")
    first = files(workspace, "w3")[0]
    assert (first.n_pages, first.is_open, first.is_needed) == (0, True, True)


def test_a_file_that_is_gone_already_is_no_fault(tmp_path: Path) -> None:
    stray = ArchiveFile(
        archive_file="archive/w/x.warc.gz",
        wave="w",
        n_bytes=0,
        n_pages=0,
        used_by=(),
        is_open=False,
    )
    remove_unneeded(Workspace(tmp_path), [stray])


@pytest.mark.parametrize("wave", ["..", "lock"])
def test_a_waves_name_leads_nowhere_else(wave: str, make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site(lambda path, _: page(path, text="word " * 30))
    workspace = Workspace(tmp_path / "here")
    load_frame(workspace, [site.url], wave)
    assert crawl_websites(workspace, wave, politeness=polite()).done == 1
    assert [one.wave for one in files(workspace)] == [wave]
    assert sorted(path.name for path in workspace.root.iterdir()) == ["archive", "work"]
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
