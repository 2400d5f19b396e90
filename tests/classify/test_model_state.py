from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from classify.features import Words
from classify.model_state import read_state, words_from_state, words_state, write_state

if TYPE_CHECKING:
    from pathlib import Path


def forest() -> RandomForestClassifier:
    rows = np.random.default_rng(1).normal(size=(40, 3))
    return RandomForestClassifier(4, random_state=0).fit(rows, rows[:, 0] > 0)


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    state = {"x": np.arange(4.0), "names": ["ä", "b"], "n": 3, "in": {"y": np.ones((2, 2))}}
    write_state(state, tmp_path / "s")
    back = read_state(tmp_path / "s")
    assert np.array_equal(back["x"], state["x"])
    assert np.array_equal(back["in"]["y"], np.ones((2, 2)))
    assert (back["names"], back["n"]) == (["ä", "b"], 3)


def test_equal_parts_give_equal_bytes_wherever_they_lay_in_memory(tmp_path: Path) -> None:
    kept = []  # so that the second one's parts cannot take the addresses of the first one's
    for name in ("one", "two"):
        state = {"fit": forest(), "x": np.arange(5.0), "y": np.arange(5.0)}
        kept.append(state)
        write_state(state, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_forest_read_back_says_the_same(tmp_path: Path) -> None:
    write_state({"fit": forest()}, tmp_path / "s")
    rows = np.random.default_rng(2).normal(size=(20, 3))
    back = read_state(tmp_path / "s")["fit"]
    assert np.array_equal(back.predict_proba(rows), forest().predict_proba(rows))


def test_a_model_is_read_without_loading_pytorch_and_leaves_its_modules_as_they_are(
    tmp_path: Path,
) -> None:
    write_state({"fit": forest()}, tmp_path / "s")
    code = (
        "import sys; from pathlib import Path; from classify.model_state import read_state;"
        f"read_state(Path({str(tmp_path / 's')!r}));"
        "print(*[name for name in sys.modules if 'torch' in name.split('.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_file_that_names_foreign_code_is_refused_and_not_run(tmp_path: Path) -> None:
    harm = tmp_path / "harm"
    schema = {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "FunctionNode",
        "__id__": 1,
        "content": {"module_path": "os", "function": "system", "args": [f"touch {harm}"]},
        "protocol": 2,
        "_skops_version": "0.16.0",
    }
    with zipfile.ZipFile(tmp_path / "s", "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    with pytest.raises(ValueError, match="Untrusted"):
        read_state(tmp_path / "s")
    assert not harm.exists()


def test_a_tree_that_points_outside_of_itself_is_refused(tmp_path: Path) -> None:
    fitted = forest()
    tree = fitted.estimators_[1].tree_
    tree.children_left[0] = 10_000
    write_state({"head": {"fits": [fitted]}}, tmp_path / "s")
    with pytest.raises(ValueError, match="outside of itself"):
        read_state(tmp_path / "s")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged", b"\x00" * 200])
def test_damaged_files_are_a_value_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(ValueError, match="s: "):
        read_state(tmp_path / "s")


def test_any_byte_that_is_lost_is_noticed_or_harmless(tmp_path: Path) -> None:
    state = {"x": np.arange(6.0)}
    write_state(state, tmp_path / "s")
    whole = (tmp_path / "s").read_bytes()
    for cut in range(0, len(whole) - 1, 37):
        (tmp_path / "s").write_bytes(whole[:cut])
        with pytest.raises(ValueError, match="s: "):
            read_state(tmp_path / "s")


def test_a_vocabulary_comes_back_in_its_order() -> None:
    words = Words.learn(["drone flights", "drone pilots here", "bread"])
    back = words_from_state(words_state(words))
    assert (back.words, back.letter_groups) == (words.words, words.letter_groups)
    empty = words_from_state(words_state(Words([], [], np.zeros(0))))
    assert (empty.words, empty.letter_groups) == ((), ())
