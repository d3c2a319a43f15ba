"""The command line, run in this process over files in a folder of its own."""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BUG = "which is a bug in dagcheck"
"""What the program says of itself where an error went through to its outermost edge, or where a rule or the extraction crashed."""


class BrokenPromise(AssertionError):
    """Something that the program promises did not hold."""


@dataclass(frozen=True)
class Said:
    """What a command said on standard output, and how it ended."""

    status: int
    out: str


@contextlib.contextmanager
def project(files: Mapping[str, str | bytes]) -> Iterator[Path]:
    """A folder that holds the files and nothing else, as the working directory, with a cache beside it."""
    folder = _folder() / "project"
    shutil.rmtree(_folder())
    folder.mkdir(parents=True)
    for name, content in files.items():
        write(folder / name, content)
    before = os.environ.get("DAGCHECK_CACHE_DIR")
    os.environ["DAGCHECK_CACHE_DIR"] = str(_folder() / "cache")
    try:
        with contextlib.chdir(folder):
            yield folder
    finally:
        if before is None:
            del os.environ["DAGCHECK_CACHE_DIR"]
        else:
            os.environ["DAGCHECK_CACHE_DIR"] = before


def write(path: Path, content: str | bytes) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))


def run(*arguments: str, stdin: bytes = b"") -> Said:
    """One command in the working directory. Raises `BrokenPromise` where it ends in a way that is not promised."""
    from dagcheck.cli.main import main

    out, err = _Stream(), _Stream()
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(arguments)
    except SystemExit as error:
        raise BrokenPromise(f"{arguments} left the program with {error.code}: {err.text()}") from error
    finally:
        sys.stdin = before
    if status not in (0, 1, 2) or BUG in err.text() or BUG in out.text():
        raise BrokenPromise(f"{arguments} ended with {status}:\n{err.text()}\n{out.text()[:2000]}")
    return Said(status, out.text())


class _Stream(io.TextIOWrapper):
    """A stream whose text can be asked for."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding="utf-8", write_through=True)

    def text(self) -> str:
        self.flush()
        return self._bytes.getvalue().decode("utf-8", "replace")


@cache
def _folder() -> Path:
    """The folder of this process; it goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="dagcheck-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
