"""The answers of whole runs: what a run said, and everything that it read and looked for. Where nothing of that has changed, it is said again.

This is what makes a run in which nothing changed quick, so it loads next to nothing.
"""

from __future__ import annotations

import os
import sys
import time

from dagcheck.cache.folder import cache_folder, read_entry, remove_entry, sealed, unsealed, write_entry
from dagcheck.version import __version__
from dagcheck.witness import Stat, Witness, stat_of, still_holds

TYPE_CHECKING = False  # as in typing, which takes longer to load than the rest of this file
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

_RACY_NS = 2_000_000_000
"""A file that was written so shortly before it was read may be written again without a new time, so it is compared by content. Some file systems count in steps of two seconds."""

_DAY = 86_400
_TOUCH_AFTER = 3_600
_MOST_RUNS = 200
_MOST_BYTES = 64 * 1024 * 1024

DURATION = 2
"""In place of a stream: here stands how many milliseconds the run took."""
SECONDS = 3
"""The same in seconds."""
MOMENT = 4
"""Here stands when the run was, in UTC."""

_ENVIRONMENT = ("NO_COLOR", "TERM", "PYTHONTZPATH", "PYTHONPATH", "DAGCHECK_CACHE_DIR")


class Run:
    """One run of the command line, by what was asked and what it was asked in: arguments, folder, versions, the day, the streams."""

    def __init__(self, given: Sequence[str], out: TextIO, err: TextIO) -> None:
        self.began = time.time_ns()
        self._clock = time.perf_counter()
        self.key = "\0".join((*_circumstances(out, err), *given))
        folder = cache_folder()
        self.path = None if folder is None else os.path.join(folder, "runs", f"{_name(self.key)}.json")

    def replay(self, out: TextIO, err: TextIO) -> int | None:
        """Say again what an equal run said, if nothing that it read or looked for has changed since; its exit status, or None where there is no such run."""
        record = self._load()
        if record is None:
            return None
        known = _Known(record)
        if not known.holds():
            return None
        for stream, text in record["said"]:
            if stream > 1:
                text = self._gap(stream)
            (err if stream == 0 else out).write(text)
        self._keep(record, known)
        return int(record["status"])

    def _gap(self, kind: int) -> str:
        """What stands in a gap of the text this time."""
        if kind == MOMENT:
            return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        seconds = time.perf_counter() - self._clock
        return f"{seconds:.3f}" if kind == SECONDS else str(round(seconds * 1000))

    def record(self, status: int, said: Sequence[tuple[int, str]], witness: Witness) -> None:
        """Keep what this run said for equal ones to come; not where a file changed while it ran."""
        if self.path is not None and all(self._is_settled(path, witness) for path in witness.stats):
            self._write({"said": merged(said), "status": status}, witness.tokens, witness.stats)

    def _is_settled(self, path: str, witness: Witness) -> bool:
        """True if what was seen at a path is surely what was there all the time. Python's first start writes `__pycache__` into folders, which does not count."""
        found, token = witness.stats[path], witness.tokens[path]
        return max(found[0], found[3]) < self.began or (token.startswith(("[", "i")) and still_holds(path, token))

    def forget(self) -> None:
        """Drop what equal runs said."""
        if self.path is not None:
            remove_entry(self.path)

    def _load(self) -> dict[str, Any] | None:
        """The record of an equal run; None for what is not there, damaged or foreign."""
        data = None if self.path is None else read_entry(self.path)
        if data is None:
            return None
        import json

        try:
            record = json.loads(unsealed(data))
            _check(record)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return dict(record) if record["key"] == self.key else None

    def _write(self, record: dict[str, Any], tokens: dict[str, str], stats: dict[str, Stat]) -> None:
        import json

        folders: dict[str, dict[str, list[object]]] = {}
        for path, token in tokens.items():
            folder, _, name = path.rpartition("/")
            known = stats.get(path)
            folders.setdefault(folder, {})[name] = [token, *(known or ())]
        record = {**record, "key": self.key, "began": self.began, "seen": folders}
        if self.path is not None:
            write_entry(self.path, sealed(json.dumps(record, separators=(",", ":")).encode("ascii")))
            _make_room(os.path.dirname(self.path))

    def _keep(self, record: dict[str, Any], known: _Known) -> None:
        """Write the record anew where times of files changed though their contents did not, so that they need not be read again; else note that it was of use."""
        if known.can_settle(self.began):
            self._write({name: record[name] for name in ("said", "status")}, known.tokens, known.stats)
        elif self.path is not None and self.began - os.stat(self.path).st_mtime_ns > _TOUCH_AFTER * 1_000_000_000:
            os.utime(self.path)


class _Known:
    """What a run read and looked for, held against what there is now."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.limit = int(record["began"]) - _RACY_NS
        self.tokens: dict[str, str] = {}
        self.stats: dict[str, Stat] = {}
        self.compared: dict[str, Stat] = {}
        """What was compared by its content, with its times as they are now."""
        self._seen: dict[str, dict[str, list[Any]]] = record["seen"]

    def holds(self) -> bool:
        """True if all of it is as it was."""
        limit, stat = self.limit, os.stat
        for folder, names in self._seen.items():
            for name, entry in names.items():
                path = f"{folder}/{name}"
                token = entry[0]
                self.tokens[path] = token
                if len(entry) > 1:
                    known = tuple(entry[1:])
                    try:
                        now = stat_of(stat(path))
                    except (OSError, ValueError):
                        return False
                    if now == known and known[0] < limit and known[3] < limit:
                        self.stats[path] = now
                        continue
                    self.compared[path] = now
                if not still_holds(path, token):
                    return False
        return True

    def can_settle(self, now: int) -> bool:
        """True if something was compared by its content that need not be the next time."""
        self.stats.update(self.compared)
        return any(max(found[0], found[3]) < now - _RACY_NS for found in self.compared.values())


def _make_room(folder: str) -> None:
    """Drop the runs that were of no use for longest, where there are too many."""
    try:
        with os.scandir(folder) as entries:
            found = sorted((status.st_mtime_ns, status.st_size, entry.path) for entry in entries if (status := entry.stat()))
    except OSError:
        return
    number, size = len(found), sum(size for _, size, _ in found)
    for _, bytes_, path in found[:-1]:
        if number <= _MOST_RUNS and size <= _MOST_BYTES:
            break
        remove_entry(path)
        number, size = number - 1, size - bytes_


def _check(record: Any) -> None:
    """Raise `ValueError`, `TypeError` or `KeyError` for what is no record."""
    for stream, text in record["said"]:
        if not isinstance(stream, int) or not isinstance(text, str):
            raise ValueError("no text")
    for names in record["seen"].values():
        if not all(type(entry) is list and entry and type(entry[0]) is str for entry in names.values()):
            raise TypeError("no tokens")
    if not isinstance(record["began"], int) or not isinstance(record["status"], int):
        raise TypeError("no number")


def merged(said: Sequence[tuple[int, str]]) -> list[list[object]]:
    """What was said, with neighbours on one stream put together."""
    parts: list[tuple[int, list[str]]] = []
    for stream, text in said:
        if parts and parts[-1][0] == stream:
            parts[-1][1].append(text)
        else:
            parts.append((stream, [text]))
    return [[stream, "".join(texts)] for stream, texts in parts]


def start_of_day(now: float) -> int:
    """The start of the UTC day of a time, both in seconds since 1970: the clock of rules, so that the answer of a file holds for a day."""
    return int(now) // _DAY * _DAY


def _circumstances(out: TextIO, err: TextIO) -> tuple[str, ...]:
    streams = (f"{stream.isatty()} {stream.encoding} {stream.errors}" for stream in (out, err))
    variables = (f"{name}={os.environ[name]}" for name in _ENVIRONMENT if name in os.environ)
    return (
        __version__,
        sys.version,
        sys.executable,
        os.getcwd(),
        str(start_of_day(time.time())),
        *sys.path,
        "",
        *streams,
        *variables,
        "",
    )


def _name(key: str) -> str:
    """A file name for a key; the key itself is in the file, so that two keys of one name do no harm."""
    from zlib import adler32, crc32

    data = key.encode("utf-8", "surrogatepass")
    return f"{crc32(data):08x}{adler32(data):08x}"
