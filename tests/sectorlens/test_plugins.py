import pytest

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
