"""One run of ruff over the files, at the same time as our own work."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.engine.alarm import Alarms
from dagcheck.model.errors import ExplainedError
from dagcheck.model.values import Span
from dagcheck.records import dataclass, replace
from dagcheck.rule import Edit, Finding, Fix
from dagcheck.rule.finding import SAFETIES
from dagcheck.source.text import MAX_BYTES

if TYPE_CHECKING:
    import subprocess

_COMMAND = ("check", "--isolated", "--no-cache", "--preview", "--select", "AIR", "--exit-zero", "--quiet", "--output-format", "json")

_FEW = 16
"""So many files are named on the command line, and the answer is read from a pipe; for more, both stand in files, so that ruff never waits for us."""

_SECONDS, _SECONDS_OF_FILE = 60.0, 0.1
_BYTES, _BYTES_OF_FILE = 16 * 1024 * 1024, 64 * 1024
"""How long ruff may take and how much it may write: it tells every single error of a file that is none of Python's."""


class RuffError(ExplainedError):
    """Ruff could not be run; the message says why."""


@dataclass
class _Batch:
    """Files that one process looks at, and where its answer will be: in a file, or on its standard output where that is None."""

    process: subprocess.Popen[bytes]
    out: Path | None
    files: Sequence[Path]


class RuffRun:
    """Ruff at work on files; `findings` waits for it. `texts` are files that exist only in memory, by absolute path. Raises `RuffError` if ruff is not there.

    It is run without configuration of its own, with its preview rules (the caller leaves out what is not selected), and writes no cache. What is no regular file, or
    is larger than what we read, is not given to it.
    """

    def __init__(self, files: Sequence[Path], texts: Mapping[Path, bytes]) -> None:
        self._folder: Path | None = None
        self._written: list[Path] = []
        self._batches: list[_Batch] = []
        self._meant: dict[Path, Path] = {}
        """The file that each file which ruff is given stands for: itself, or one that exists only in memory."""
        try:
            for path in files:
                if path in texts:
                    self._meant[self._write(".py", texts[path])] = path
                elif _is_readable(path):
                    self._meant[path] = path
            if self._meant:
                self._batches.append(self._start(list(self._meant)))
        except BaseException:
            self.close()
            raise

    def _write(self, ending: str, data: bytes) -> Path:
        if self._folder is None:
            import tempfile

            self._folder = Path(tempfile.mkdtemp(prefix="dagcheck-"))
        path = self._folder / f"{len(self._written)}{ending}"
        self._written.append(path)
        path.write_bytes(data)
        return path

    def _start(self, files: Sequence[Path]) -> _Batch:
        import subprocess

        from ruff.__main__ import find_ruff_bin

        command = [find_ruff_bin(), *_COMMAND]
        out = None if len(files) <= _FEW else self._write(".json", b"")
        if out is None:
            command += map(str, files)
        else:
            names = self._write(".names", "\n".join(map(str, files)).encode("utf-8", "surrogateescape"))
            command += ["--output-file", str(out), f"@{names}"]
        stdout = subprocess.PIPE if out is None else subprocess.DEVNULL
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL)
        except OSError as error:
            raise RuffError(f"ruff can't be started, so its AIR rules did not run (leave them out with --ignore AIR): {error}") from error
        if out is not None:
            _bound(process, _most(files))
        return _Batch(process, out, files)

    @property
    def has_ended(self) -> bool:
        """True if `findings` does not have to wait, as far as one can tell."""
        return all(batch.process.poll() is not None for batch in self._batches)

    def findings(self, show: Mapping[Path, str]) -> dict[Path, list[Finding]]:
        """What ruff found, by file. `show` gives the path that findings bear. A file that makes ruff fail is left out, as a file that does not parse is."""
        found: dict[Path, list[Finding]] = {}
        meant = {str(given): path for given, path in self._meant.items()}
        while self._batches:
            batch = self._batches[-1]
            entries = _answer(batch)
            self._batches.pop()
            if entries is None and len(batch.files) > 1:  # one of them is the culprit
                half = len(batch.files) // 2
                self._batches += [self._start(batch.files[:half]), self._start(batch.files[half:])]
            for entry in entries or ():
                path = meant.get(entry["filename"]) or self._meant.get(Path(entry["filename"]))
                if path is not None and path in show and str(entry["code"] or "").startswith("AIR"):
                    found.setdefault(path, []).append(_finding(entry, show[path]))
        return found

    def close(self) -> None:
        """End what still runs, and let go of the files."""
        for batch in self._batches:
            _end(batch)
        for path in self._written:
            path.unlink(missing_ok=True)
        if self._folder is not None:
            self._folder.rmdir()


def told_as(findings: Sequence[Finding], named: Mapping[str, tuple[str, Any]]) -> Iterator[Finding]:
    """The findings of the rules that run, with their names and severities, which `named` gives by code."""
    for finding in findings:
        if finding.code in named:
            name, severity = named[finding.code]
            yield replace(finding, name=name, severity=severity)


def _is_readable(path: Path) -> bool:
    """True for a regular file that is not too large; a pipe would be waited for."""
    if {"\n", "\0"} & set(str(path)):  # its name can't be handed over
        return False
    try:
        status = os.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES


def _answer(batch: _Batch) -> list[dict[str, Any]] | None:
    """What ruff wrote, when it has ended; None where it died, or had to be ended because it took too long or had no end of things to say."""
    try:
        said = Alarms.within(_SECONDS + _SECONDS_OF_FILE * len(batch.files), lambda: _said(batch), lambda _: b"")
        found: list[dict[str, Any]] = json.loads(said)
    except (OSError, ValueError):
        return None
    finally:
        _end(batch)
    return found


def _said(batch: _Batch) -> bytes:
    most = _most(batch.files)
    if batch.process.stdout is None or batch.out is not None:
        batch.process.wait()
        return b"" if batch.out is None or batch.out.stat().st_size > most else batch.out.read_bytes()
    said = batch.process.stdout.read(most + 1)
    return said if len(said) <= most else b""


def _most(files: Sequence[Path]) -> int:
    return _BYTES + _BYTES_OF_FILE * len(files)


def _end(batch: _Batch) -> None:
    if batch.process.poll() is None:
        batch.process.kill()
        batch.process.wait()
    if batch.process.stdout is not None:
        batch.process.stdout.close()


def _bound(process: subprocess.Popen[bytes], size: int) -> None:
    """Let no file that the process writes become larger, where the platform can do so."""
    try:
        import resource

        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))
    except (ImportError, AttributeError, OSError, ValueError):
        return


def _finding(entry: dict[str, Any], path: str) -> Finding:
    fix = None if _empties_a_line(entry) else _fix(entry["fix"], path)
    advice = (entry["fix"] or {}).get("message") or ""
    return Finding(str(entry["message"]).rstrip(";"), _span(entry, path), "" if fix else advice, fix=fix, code=entry["code"])


def _fix(fix: dict[str, Any] | None, path: str) -> Fix | None:
    safety = SAFETIES.get((fix or {}).get("applicability", ""))
    if fix is None or safety is None:
        return None
    edits = tuple(Edit(_span(edit, path), edit["content"]) for edit in fix["edits"])
    return Fix((fix.get("message") or "As ruff does").rstrip("."), edits, safety)


def _empties_a_line(entry: dict[str, Any]) -> bool:
    """True for a fix that takes away all that stands behind a colon (`else: from x import y`): what is left does not parse."""
    gone = [edit for edit in (entry["fix"] or {}).get("edits", ()) if not edit["content"] and edit["location"]["column"] > 1]
    if not gone:
        return False
    try:
        lines = Path(entry["filename"]).read_bytes().splitlines()
    except OSError:
        return True
    starts = [(edit["location"]["row"] - 1, edit["location"]["column"] - 1) for edit in gone]
    return any(row < len(lines) and lines[row].decode("utf-8", "replace")[:column].rstrip().endswith(":") for row, column in starts)


def _span(place: dict[str, Any], path: str) -> Span:
    start, end = place["location"], place["end_location"]
    return Span(path, start["row"], start["column"], end["row"], end["column"])
