from pathlib import Path

import pytest

from sectorlens.settings import Settings, find_workspace, read_settings
from storage.errors import InvalidInput, NotReady
from storage.workspace import Workspace

TEMPLATE = Path(__file__).parents[2] / "sectorlens" / "templates" / "sectorlens.toml"


def workspace(directory: Path, text: str) -> Workspace:
    (directory / "sectorlens.toml").write_text(text, encoding="utf-8")
    return Workspace(directory)


def test_the_template_tells_every_key_with_its_default(tmp_path: Path) -> None:
    read = read_settings(workspace(tmp_path, TEMPLATE.read_text(encoding="utf-8")))
    assert read == Settings()
    for section, values in Settings().model_dump().items():
        for key in values:
            assert f"\n{key} = " in TEMPLATE.read_text().split(f"[{section}]")[1]


def test_all_wrong_settings_are_told_together(tmp_path: Path) -> None:
    text = "[crawl]\ndelay_seconds = -1\nallow_networks = ['no net']\n[clasify]\nseed = 1\n"
    with pytest.raises(InvalidInput) as told:
        read_settings(workspace(tmp_path, text))
    assert "clasify: no such setting" in told.value.details
    assert any(line.startswith("crawl.delay_seconds") for line in told.value.details)
    assert any("no net" in line for line in told.value.details)


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="line 2"):
        read_settings(workspace(tmp_path, "[crawl]\nx = = 1\n"))


def test_the_workspace_is_found_from_within(tmp_path: Path) -> None:
    workspace(tmp_path, "")
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_workspace(tmp_path / "a" / "b").root == tmp_path


def test_outside_of_a_workspace_the_mend_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReady) as told:
        find_workspace(tmp_path)
    assert "sectorlens init" in told.value.advice


def test_the_digest_tells_values_not_spelling(tmp_path: Path) -> None:
    plain = read_settings(workspace(tmp_path, "[audit]\nseed = 7\n"))
    spelled = read_settings(workspace(tmp_path, "# remark\n[audit]\nseed=7\n[crawl]\n"))
    other = read_settings(workspace(tmp_path, "[audit]\nseed = 8\n"))
    assert plain.digest == spelled.digest != other.digest


def test_noise_that_no_table_has_is_told_by_its_section(tmp_path: Path) -> None:
    text = '[disclosure]\ncounts = "cell_key"\nnoise_bound = 1\n'
    with pytest.raises(InvalidInput) as told:
        read_settings(workspace(tmp_path, text))
    (line,) = told.value.details
    assert line.startswith("disclosure: ")
    assert "no noise of at most 1 has a variance of 2.0" in line


@pytest.mark.parametrize(
    ("named", "again"),
    [
        (["region", "size_class", "region"], "region"),
        (["region*size_class", "size_class*region"], "size_class*region"),
        (["region*region"], "region*region"),
    ],
)
def test_a_breakdown_that_is_named_twice_is_told(
    tmp_path: Path, named: list[str], again: str
) -> None:
    with pytest.raises(InvalidInput) as told:
        read_settings(workspace(tmp_path, f"[estimate]\ndomains = {named}\n"))
    (fault,) = told.value.details
    assert fault.startswith("estimate.domains: ")
    assert f"{again!r} says nothing new" in fault
