"""Answers by key in one SQLite file: safe with several processes at once and with one that is killed while it writes; bounded in size.

A file that is damaged or foreign is replaced, and one that others may write is left alone. Whatever goes wrong here, a run goes on without it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from dagcheck.cache.folder import is_ours, make_folder, remove_entry, sealed, unsealed

MOST_BYTES = 256 * 1024 * 1024
"""How much is kept by default; what was of no use for longest goes first."""

_NAME = "files.sqlite"
_TABLE = (
    "CREATE TABLE entry (key TEXT PRIMARY KEY, used INTEGER NOT NULL, size INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL) "
    "WITHOUT ROWID"
)
_AT_ONCE = 500
_PATIENCE = 5.0
_HOUR = 3_600
_KEPT_WHEN_FULL = 0.8

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_INTERRUPT,
    }
)  # fmt: skip
"""What goes wrong though the file is sound, as SQLite's codes."""

Answer = TypeVar("Answer")


class Entry(NamedTuple):
    """What is kept under a key: what is always read, and what only some runs need."""

    head: bytes
    body: bytes = b""


class Store:
    """The entries of one cache folder. `most` is how many bytes it may hold."""

    def __init__(self, folder: str, most: int = MOST_BYTES) -> None:
        self.path = os.path.join(folder, _NAME)
        self._most = most
        self._connection: sqlite3.Connection | None = None
        self._useful: set[str] = set()

    def heads(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is always read of the entries that are there."""
        found: dict[str, bytes] = {}
        long_ago = _now() - _HOUR
        for start in range(0, len(keys), _AT_ONCE):
            for key, used, head in self._heads(keys[start : start + _AT_ONCE]):
                with contextlib.suppress(ValueError, TypeError):
                    found[key] = _unsealed(key, head)
                    if used < long_ago:
                        self._useful.add(key)
        return found

    def body(self, key: str) -> bytes | None:
        """The rest of an entry; None where it is gone by now."""
        query = "SELECT body FROM entry WHERE key = ?"
        rows: list[tuple[bytes]] = self._do(lambda connection: connection.execute(query, [key]).fetchall(), [], create=False)
        for (body,) in rows:
            with contextlib.suppress(ValueError, TypeError):
                return _unsealed(key, body)
        return None

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Keep entries, note which of the old ones were of use, and drop the oldest where there are too many. All of it, or nothing."""
        if entries or self._useful:
            self._do(lambda connection: self._write(connection, entries), None)
            self._useful.clear()

    def measure(self) -> tuple[int, int]:
        """How many entries there are, and how many bytes they take."""
        query = "SELECT count(*), CAST(total(size) AS INTEGER) FROM entry"
        found: tuple[int, int] = self._do(lambda connection: connection.execute(query).fetchone(), (0, 0), create=False)
        return found

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _heads(self, keys: Sequence[str]) -> list[tuple[str, int, bytes]]:
        query = f"SELECT key, used, head FROM entry WHERE key IN ({','.join('?' * len(keys))})"
        return self._do(lambda connection: connection.execute(query, keys).fetchall(), [], create=False)

    def _write(self, connection: sqlite3.Connection, entries: Mapping[str, Entry]) -> None:
        now = _now()
        rows = [
            (key, now, len(entry.head) + len(entry.body), _sealed(key, entry.head), _sealed(key, entry.body))
            for key, entry in entries.items()
        ]
        with connection:
            connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)", rows)
            connection.executemany("UPDATE entry SET used = ? WHERE key = ?", [(now, key) for key in self._useful])
            self._make_room(connection)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        (total,) = connection.execute("SELECT CAST(total(size) AS INTEGER) FROM entry").fetchone()
        surplus = total - self._most * _KEPT_WHEN_FULL if total > self._most else 0
        gone = []
        for key, size in connection.execute("SELECT key, CAST(size AS INTEGER) FROM entry ORDER BY used") if surplus > 0 else ():
            gone.append((key,))
            surplus -= size
            if surplus <= 0:
                break
        connection.executemany("DELETE FROM entry WHERE key = ?", gone)

    def _do(self, work: Callable[[sqlite3.Connection], Any], otherwise: Answer, *, create: bool = True) -> Answer:
        """What the work gives. Where the file is not there, not to be trusted, in use for too long or can't be written, `otherwise`; a damaged one is taken away as well."""
        try:
            connection = self._connection or self._open(create)
            if connection is None:
                return otherwise
            self._connection = connection
            found: Answer = work(connection)
            return found
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _PASSING:
                self._remove()
            return otherwise

    def _remove(self) -> None:
        """Take a damaged or foreign file away."""
        self.close()
        for ending in ("", "-journal", "-wal", "-shm"):
            remove_entry(f"{self.path}{ending}")

    def _open(self, create: bool) -> sqlite3.Connection | None:
        if not self._is_trusted(create):
            return None
        connection = sqlite3.connect(self.path, timeout=_PATIENCE)
        try:
            _make_ready(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_trusted(self, create: bool) -> bool:
        """True if the file is a regular one that nobody but the user can have written; it is made where it is not there, for the user alone."""
        try:
            status = os.lstat(self.path)
        except OSError:
            return create and self._create()
        return stat.S_ISREG(status.st_mode) and is_ours(status)

    def _create(self) -> bool:
        try:
            make_folder(os.path.dirname(self.path))
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError:
            return False
        return True


def _sealed(key: str, data: bytes) -> bytes:
    """What is kept under a key, with the key, so that it is never taken for what another one keeps."""
    return sealed(f"{key}\n".encode() + data)


def _unsealed(key: str, kept: bytes) -> bytes:
    """What is kept under a key. Raises `ValueError` or `TypeError` for what is damaged, or was put there by somebody else."""
    data, own = unsealed(kept), f"{key}\n".encode()
    if not data.startswith(own):
        raise ValueError("kept under another key")
    return data[len(own) :]


def _make_ready(connection: sqlite3.Connection) -> None:
    """Make the table where there is none. Raises `sqlite3.DatabaseError` for a file that holds anything else: a view in place of the table might never end."""
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA trusted_schema = OFF")
    for _ in range(2):
        found = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master")]
        if found == [_TABLE]:
            return
        if found:
            break
        try:
            connection.execute(_TABLE)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # else another process was first
                raise
    raise sqlite3.DatabaseError("not a file of ours")


def _now() -> int:
    return int(time.time())
