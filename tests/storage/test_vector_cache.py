from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from storage.errors import InvalidInput, NotReady, RetriableError
from storage.vector_cache import VectorCache

if TYPE_CHECKING:
    from pathlib import Path

VECTORS = np.array([[1.0, 0.0], [0.6, 0.8]], dtype=np.float32)


def test_vectors_come_back_after_reopening(tmp_path: Path) -> None:
    place = tmp_path / "work" / "vectors.duckdb"
    with VectorCache(place) as cache:
        cache.add(["sha256:a", "sha256:b"], VECTORS, "embedder")
    with VectorCache(place) as cache:
        found = cache.known(["sha256:b", "sha256:absent"], "embedder")
    assert list(found) == ["sha256:b"]
    assert found["sha256:b"].tolist() == VECTORS[1].tolist()
    assert found["sha256:b"].dtype == np.float32


def test_vectors_of_another_embedder_are_never_given() -> None:
    with VectorCache() as cache:
        cache.add(["sha256:a", "sha256:b"], VECTORS, "one")
        assert cache.known(["sha256:a"], "other") == {}


def test_a_vector_given_again_replaces_the_first() -> None:
    with VectorCache() as cache:
        cache.add(["sha256:a", "sha256:a"], VECTORS, "embedder")
        assert cache.known(["sha256:a"], "embedder")["sha256:a"].tolist() == VECTORS[1].tolist()
        cache.add(["sha256:a"], VECTORS[:1], "embedder")
        assert cache.known(["sha256:a"], "embedder")["sha256:a"].tolist() == [1.0, 0.0]


def test_a_vector_that_is_not_finite_counts_as_unknown() -> None:
    with VectorCache() as cache:
        cache.add(["sha256:a"], np.array([[np.nan, 1.0]], dtype=np.float32), "embedder")
        assert cache.known(["sha256:a"], "embedder") == {}


@settings(max_examples=15)
@given(arrays.arrays(np.float32, (3, 4), elements=st.floats(-1, 1, width=32)))
def test_what_is_kept_is_what_was_given(vectors: np.ndarray) -> None:
    with VectorCache() as cache:
        cache.add(["a", "b", "c"], vectors, "embedder")
        found = cache.known(["a", "b", "c"], "embedder")
    assert np.array_equal(np.stack([found[name] for name in "abc"]), vectors)


def test_a_vector_that_was_cut_off_counts_as_unknown(tmp_path: Path) -> None:
    place = tmp_path / "vectors.duckdb"
    with VectorCache(place) as cache:
        cache.add(["sha256:a", "sha256:b"], VECTORS, "embedder")
    with duckdb.connect(place) as damaged:
        damaged.execute("UPDATE vector SET vector = 'abc'::BLOB WHERE text_digest = 'sha256:a'")
    with VectorCache(place) as cache:
        assert list(cache.known(["sha256:a", "sha256:b"], "embedder")) == ["sha256:b"]


def test_a_file_that_is_no_database_is_set_aside_and_told(tmp_path: Path) -> None:
    place = tmp_path / "vectors.duckdb"
    for _ in range(2):
        place.write_bytes(b"no database at all " * 500)
        with VectorCache(place) as cache:
            assert [issue.code for issue in cache.issues] == ["vector_cache_set_aside"]
            cache.add(["sha256:a"], VECTORS[:1], "embedder")
            assert len(cache.known(["sha256:a"], "embedder")) == 1
    assert {p.name for p in tmp_path.iterdir()} >= {
        "vectors.duckdb.unreadable-1",
        "vectors.duckdb.unreadable-2",
    }


def test_a_table_of_another_make_gives_nothing_and_is_set_aside_once_vectors_are_added(
    tmp_path: Path,
) -> None:
    place = tmp_path / "vectors.duckdb"
    with duckdb.connect(str(place)) as made:
        made.execute(
            "CREATE TABLE vector AS SELECT 'e' embedder_digest, 'a' text_digest,"
            " [1.0, 2.0]::FLOAT[] AS vector"
        )
    with VectorCache(place) as cache:
        assert cache.known(["a"], "e") == {}
        cache.add(["a"], VECTORS[:1], "e")
        assert [issue.code for issue in cache.issues] == ["vector_cache_set_aside"]
        assert cache.known(["a"], "e")["a"].tolist() == VECTORS[0].tolist()


def test_a_damaged_block_is_found_when_it_is_read(tmp_path: Path) -> None:
    place = tmp_path / "vectors.duckdb"
    digests = [f"sha256:{n}" for n in range(3000)]
    with VectorCache(place) as cache:
        cache.add(digests, np.random.default_rng(0).random((3000, 96), np.float32), "embedder")
    content = bytearray(place.read_bytes())
    content[3 * 4096 :] = bytes(len(content) - 3 * 4096)
    place.write_bytes(content)
    with VectorCache(place) as cache:
        assert cache.known(digests, "embedder") == {}
        cache.add(["sha256:a"], VECTORS[:1], "embedder")
        assert len(cache.known(["sha256:a"], "embedder")) == 1
        assert [issue.code for issue in cache.issues] == ["vector_cache_set_aside"]


def test_a_cache_in_use_by_another_process_is_not_set_aside(tmp_path: Path) -> None:
    import subprocess
    import sys

    place = tmp_path / "vectors.duckdb"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from storage.vector_cache import VectorCache;"
            "cache = VectorCache(pathlib.Path(sys.argv[1])); print('open', flush=True);"
            "sys.stdin.read()",
            str(place),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(NotReady, match="vector cache"):
            VectorCache(place)
        assert [p.name for p in tmp_path.iterdir() if "unreadable" in p.name] == []
    finally:
        holder.communicate(timeout=30)


@pytest.mark.root
@pytest.mark.parametrize("kilobytes", [8, 40, 300])
def test_a_full_disk_is_told_and_costs_nothing_once_there_is_room(
    tmp_path: Path, kilobytes: int
) -> None:
    if os.geteuid():
        pytest.skip("mounting a small disk needs root rights")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(tmp_path)]
    if (done := subprocess.run(mount, capture_output=True, check=False)).returncode:
        pytest.skip(f"mounting a small disk was refused: {done.stderr.decode().strip()}")
    place = tmp_path / "vectors.duckdb"
    many = np.random.default_rng(1).random((500, 384), dtype=np.float32)
    digests = [f"sha256:{number}" for number in range(500)]
    try:
        with pytest.raises(RetriableError, match="same command again"), VectorCache(place) as cache:
            cache.add(digests, many, "embedder")
        subprocess.run(["mount", "-o", "remount,size=100m", str(tmp_path)], check=True)
        with VectorCache(place) as cache:
            cache.add(digests, many, "embedder")
            assert len(cache.known(digests, "embedder")) == 500
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_vector_that_is_not_what_was_kept_counts_as_unknown_and_is_told(tmp_path: Path) -> None:
    """Each of them is of unit length and of the right number of bytes."""
    place = tmp_path / "vectors.duckdb"
    with VectorCache(place) as cache:
        cache.add(["a", "b", "c"], VECTORS[[0, 1, 1]], "embedder")
    with duckdb.connect(place) as other:  # turned round, exchanged, of another embedder
        turned = (-VECTORS[0]).tobytes()
        other.execute("UPDATE vector SET vector = ? WHERE text_digest = 'a'", [turned])
        other.execute(
            "UPDATE vector SET vector = o.vector, checksum = o.checksum"
            " FROM (FROM vector WHERE text_digest = 'c') o WHERE vector.text_digest = 'b'"
        )
        other.execute("UPDATE vector SET embedder_digest = 'another' WHERE text_digest = 'c'")
    with VectorCache(place) as cache:
        assert cache.known(["a", "b"], "embedder") == {}
        assert cache.known(["c"], "another") == {}
        [issue] = cache.issues
        assert (issue.code, issue.count) == ("vectors_damaged", 3)
        cache.add(["a"], VECTORS[:1], "embedder")
        assert list(cache.known(["a"], "embedder")) == ["a"]


def test_vectors_of_a_version_without_checksums_are_known(tmp_path: Path) -> None:
    place = tmp_path / "vectors.duckdb"
    with duckdb.connect(place) as older:
        older.execute(
            "CREATE TABLE vector (embedder_digest VARCHAR NOT NULL, text_digest VARCHAR NOT NULL,"
            " vector BLOB NOT NULL, PRIMARY KEY (embedder_digest, text_digest))"
        )
        older.execute("INSERT INTO vector VALUES ('embedder', 'a', ?)", [VECTORS[1].tobytes()])
    with VectorCache(place) as cache:
        assert cache.known(["a"], "embedder")["a"].tolist() == VECTORS[1].tolist()
        assert cache.issues == ()


def test_a_log_that_is_no_log_is_set_aside_with_its_file(tmp_path: Path) -> None:
    place = tmp_path / "vectors.duckdb"
    VectorCache(place).close()
    place.with_name("vectors.duckdb.wal").mkdir()
    with VectorCache(place) as cache:
        cache.add(["a"], VECTORS[:1], "embedder")
        assert [issue.code for issue in cache.issues] == ["vector_cache_set_aside"]
    left = {file.name for file in tmp_path.iterdir()}
    assert {"vectors.duckdb.unreadable-1", "vectors.duckdb.unreadable-1.wal"} <= left


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_told_and_stays(tmp_path: Path) -> None:
    place = tmp_path / "vectors.duckdb"
    VectorCache(place).close()
    place.chmod(0o444)
    with pytest.raises(InvalidInput, match="may not be read and written"):
        VectorCache(place)
    assert [file.name for file in tmp_path.iterdir()] == ["vectors.duckdb"]
