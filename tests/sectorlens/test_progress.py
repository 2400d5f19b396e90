import contextlib
import io
import pty
import sys

import pytest

from sectorlens.cli import progress


def test_a_log_gets_a_line_when_a_stage_begins_and_few_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress.shown() as listener:
        for done in range(100):
            listener("crawl", done, 100)
        listener("extract", 0, 7)
    written = capsys.readouterr()
    assert written.err.splitlines() == ["crawl: 0 of 100", "extract: 0 of 7"]
    assert written.out == ""


def test_a_stage_that_comes_back_is_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown() as listener:
        for stage in ("embed", "classify", "embed"):
            listener(stage, 1, 2)
    assert capsys.readouterr().err.count("embed: 1 of 2\n") == 2


def test_a_person_gets_a_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = pty.openpty()
    with io.TextIOWrapper(io.FileIO(theirs, "w"), write_through=True) as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with progress.shown() as listener:
            listener("crawl", 0, 10)
            listener("crawl", 10, 10)
        monkeypatch.undo()
    shown = everything_written_to(ours)
    assert "crawl" in shown
    assert "10/10" in shown
    assert capsys.readouterr().out == ""


def everything_written_to(terminal: int) -> str:
    """Read what a terminal was sent, until its other end, now closed, has no more."""
    chunks: list[bytes] = []
    with open(terminal, "rb", buffering=0) as reader, contextlib.suppress(OSError):
        while chunk := reader.read(65536):
            chunks.append(chunk)
    return b"".join(chunks).decode()
