"""Commands as processes of their own, forked from one that has loaded others' libraries already.

To load scikit-learn, DuckDB and what else a stage needs takes one to three seconds of CPU, and
longer than most commands work. The process that forks has loaded these and nothing of the project:
a forked command begins as ``python -m sectorlens`` does, loads the project's modules itself and
ends itself. What differs from a start: all forks share one hash seed.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn

_LIBRARIES = (
    "duckdb", "highspy", "jinja2", "lxml.html", "numpy", "pyarrow.parquet", "pydantic.json_schema",
    "pydantic.types", "rich.progress", "scipy.io", "scipy.optimize", "scipy.stats",
    "sklearn.cluster", "sklearn.compose", "sklearn.covariance", "sklearn.datasets",
    "sklearn.decomposition", "sklearn.ensemble", "sklearn.feature_selection",
    "sklearn.gaussian_process", "sklearn.impute", "sklearn.inspection", "sklearn.isotonic",
    "sklearn.linear_model", "sklearn.manifold", "sklearn.mixture", "sklearn.neural_network",
    "sklearn.semi_supervised", "sklearn.utils._testing", "tldextract", "trafilatura", "typer",
)  # fmt: skip
_OF_ONE_TEST = "PYTEST_CURRENT_TEST"
_READY = "ready"


class Forge:
    """Runs modules as programs, one after another.

    Where a library is missing, or starts threads when it is loaded, it serves nobody.

    Args:
        environment: Of every program.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = _lasting(environment)
        self._start()

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Return whether programs can be run here, and get this environment."""
        return self._is_ready and _lasting(environment) == self._environment

    def run(
        self, module: str, arguments: Sequence[str], cwd: Path | None
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python -m module`` with the arguments given and wait for its end."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            asked = {
                "module": module,
                "arguments": list(arguments),
                "cwd": str(cwd or Path.cwd()),
                "streams": [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)],
            }
            try:
                self._tell(json.dumps(asked))
                answer = self._hear()
            except BaseException:  # a time limit, Ctrl-C: the answer would be taken for the next
                self._process.kill()
                self._process.communicate()
                self._start()
                raise
            for file in (out, err):
                file.seek(0)
            return subprocess.CompletedProcess([module, *arguments], answer, out.read(), err.read())

    def close(self) -> None:
        """End the process that forks."""
        self._process.communicate()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self._environment,
        )
        assert self._process.stdout
        self._is_ready = self._process.stdout.readline().strip() == _READY

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


def _lasting(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != _OF_ONE_TEST}


def _serve(requests: IO[str]) -> None:
    _load_libraries()
    os.write(1, f"{_READY}\n".encode())
    for line in requests:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _become(**asked)
        _, status = os.waitpid(child, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _load_libraries() -> None:
    """Load them without threads: a fork could wait for ever for a lock that one of them holds."""
    limit = "OMP_NUM_THREADS"  # BLAS starts its threads when it is loaded
    before = os.environ.get(limit)
    os.environ[limit] = "1"
    for name in _LIBRARIES:
        import_module(name)
    if before is None:
        del os.environ[limit]
    else:
        os.environ[limit] = before
    threads = {(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
    # jemalloc, pyarrow's allocator, gives its thread up in a fork.
    if unknown := threads - {Path("/proc/self/comm").read_text().strip(), "jemalloc_bg_thd"}:
        raise SystemExit(f"the libraries started threads: {unknown}")


def _become(module: str, arguments: list[str], cwd: str, streams: list[str]) -> NoReturn:
    for number, name in enumerate([os.devnull, *streams]):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND
        opened = os.open(name, flags)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(cwd)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process lives
    sys.path[0] = cwd
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    raise SystemExit


if __name__ == "__main__":
    _serve(sys.stdin)
