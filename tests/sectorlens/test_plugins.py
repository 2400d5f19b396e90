from pathlib import Path

import pytest

from crawlers.frame.reader import reader_name
from sectorlens import plugins
from storage.errors import InvalidInput


@pytest.mark.parametrize("folder", plugins.FOLDERS)
def test_every_folder_has_plugins_and_they_are_told_in_order(folder: str) -> None:
    names = plugins.names(folder)
    assert names
    assert names == sorted(names)


def test_a_plugin_is_built_by_its_name() -> None:
    assert plugins.load("classify.embedders", "hashed").encode(["a text"]).shape[0] == 1


def test_a_misspelt_name_is_told_with_the_nearest_and_all_known() -> None:
    with pytest.raises(InvalidInput) as told:
        plugins.load("classify.embedders", "hased")
    assert "Did you mean hashed?" in told.value.advice
    assert "e5_small" in told.value.advice


def test_a_register_format_of_another_package_is_chosen_by_its_suffix() -> None:
    assert reader_name(Path("r.ods"), ["csv_register", "ods_register"]) == "ods_register"
    assert reader_name(Path("r.csv"), ["csv_register", "ods_register"]) == "csv_register"
    with pytest.raises(InvalidInput, match="neither CSV nor Parquet"):
        reader_name(Path("r.ods"), ["csv_register"])
