"""DuckDB as a store of versions: a table's content has a number, equal contents have equal numbers, and what a statement does to given contents is done once.

That makes playing thousands of histories cheap: they share most of their steps.
"""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagcheck.harness.sql.rows import Row
from dagcheck.harness.sql.schema import Table, quoted
from dagcheck.harness.sql.statements import CLOCK, DAY, first_line
from dagcheck.model.errors import ExplainedError

if TYPE_CHECKING:
    import duckdb

_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "1GB",
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "temp_directory": "",
    "lock_configuration": True,
}
"""What a statement of a DAG is run under: it reaches no file, loads no extension, writes nothing to a disk, and cannot change any of that."""
LIMIT_SECONDS = 5.0
ABSENT = 0
"""The version of a table that does not exist."""

Versions = Mapping[str, int]


class NotInstalled(ExplainedError):
    """A library that the harness plays with is not there."""


class Failed(RuntimeError):
    """DuckDB refused a statement; nothing has changed."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Content:
    """One version of a table: how it is created, its columns, and its rows, sorted."""

    ddl: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass
class Engine:
    """Contents by version, and one connection that holds some of them. A statement that takes longer than `LIMIT_SECONDS` is broken off."""

    contents: list[Content | None] = field(default_factory=lambda: [None])
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    """Which version of each table the connection holds now."""
    executed: int = 0
    last_columns: tuple[str, ...] = ()
    """The names of the columns of the last SELECT."""

    def __post_init__(self) -> None:
        try:
            import duckdb
        except ImportError as problem:
            raise NotInstalled(f"rerun plays SQL in DuckDB, which cannot be imported here ({problem}): pip install duckdb") from problem

        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=_CONFIGURATION)
        self.connection.execute("CREATE SCHEMA versions")
        self.deadline: float | None = None
        self.closed = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        self.memory: dict[tuple[Any, ...], tuple[dict[str, int], Any] | Failed] = {}
        self.columns: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def content(self, version: int) -> Content | None:
        return self.contents[version]

    def close(self) -> None:
        self.closed.set()
        self.connection.close()

    def _watch(self) -> None:
        """Break off statements that are over their time; one thread for all of them, because starting one takes longer than most statements."""
        while not self.closed.wait(0.2):
            if self.deadline is not None and time.monotonic() > self.deadline:
                self.connection.interrupt()

    # -- versions

    def created(self, table: Table, rows: Sequence[Row]) -> int:
        """The version of a table that holds these rows.

        Raises:
            Failed: the rows do not fit the schema.
        """
        try:
            self.connection.execute(table.ddl())
            if rows:
                marks = ", ".join(["(" + ", ".join("?" * len(table.columns)) + ")"] * len(rows))
                self.connection.execute(f"INSERT INTO {quoted(table.key)} VALUES {marks}", [value for row in rows for value in row])
        except self._error() as problem:
            raise Failed(first_line(str(problem)), type(problem).__name__) from None
        return self._keep(table.key, table.ddl())

    @staticmethod
    def _error() -> type[Exception]:
        import duckdb

        return duckdb.Error

    def _keep(self, key: str, ddl: str | None = None) -> int:
        """Number what the connection holds of a table now; `ddl` is how it is created, where that is known (asking DuckDB takes long with many tables)."""
        if ddl is None:
            found = self.connection.execute(
                "SELECT sql FROM duckdb_tables() WHERE table_name = ? AND schema_name = 'main'", [key]
            ).fetchone()
            if found is None:
                self.held.pop(key, None)
                return ABSENT
            ddl = str(found[0])
        cursor = self.connection.execute(f"SELECT * FROM {quoted(key)}")
        columns = tuple(str(item[0]).lower() for item in cursor.description)
        rows = tuple(sorted((tuple(_plain(value) for value in row) for row in cursor.fetchall()), key=repr))
        identity = (ddl, repr(rows))
        version = self.numbers.get(identity)
        if version is None:
            version = len(self.contents)
            self.contents.append(Content(ddl, columns, rows))
            self.numbers[identity] = version
            self.connection.execute(f"CREATE TABLE versions.v{version} AS SELECT * FROM {quoted(key)}")
        self.held[key] = version
        return version

    def _hold(self, key: str, version: int) -> None:
        """Make the connection hold a version of a table."""
        if self.held.get(key, ABSENT) == version:
            return
        content, name = self.contents[version], quoted(key)
        if content is None:
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")
            self.held.pop(key, None)
            return
        now = self.contents[self.held.get(key, ABSENT)]
        if now is not None and now.ddl == content.ddl:
            self.connection.execute(f"DELETE FROM {name}")
        else:
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")
            self.connection.execute(content.ddl)
        self.connection.execute(f"INSERT INTO {name} SELECT * FROM versions.v{version}")
        self.held[key] = version

    # -- statements

    def run(
        self,
        sql: Sequence[str],
        tables: Versions,
        writes: frozenset[str],
        clock: datetime.datetime | None,
        chance: int | None,
        redefines: bool = False,
    ) -> tuple[dict[str, int], Any]:
        """Execute statements on these versions of the tables; returns the versions of what they wrote, and the rows of a final SELECT.

        `redefines` says that they may make, change or drop tables.
        `clock` is asked for when the SQL holds a clock stand-in, `chance` seeds what it draws; both None when it does neither.

        Raises:
            Failed: DuckDB refused one of them.
        """
        key = (tuple(sql), tuple(sorted(tables.items())), clock, chance)
        if key not in self.memory:
            self.memory[key] = self._run(sql, tables, writes, clock, chance, redefines)
            self.columns[key] = self.last_columns
        remembered = self.memory[key]
        self.last_columns = self.columns[key]
        if isinstance(remembered, Failed):
            raise remembered
        return remembered

    def _run(
        self,
        sql: Sequence[str],
        tables: Versions,
        writes: frozenset[str],
        clock: datetime.datetime | None,
        chance: int | None,
        redefines: bool = False,
    ) -> tuple[dict[str, int], Any] | Failed:
        for key, version in tables.items():
            self._hold(key, version)
        result: Any = None
        self.executed += 1
        self.deadline = time.monotonic() + LIMIT_SECONDS
        try:
            if chance is not None:
                self.connection.execute(f"SELECT setseed({(chance % 1999 - 999) / 1000})")
            for text in sql:
                cursor = self.connection.execute(_timed(text, clock))
                if not writes and cursor.description:
                    self.last_columns = tuple(str(item[0]) for item in cursor.description)
                    result = [tuple(_plain(value) for value in row) for row in cursor.fetchmany(10_000)]
        except self._error() as problem:
            for key in writes:
                self.held.pop(key, None)
                self.connection.execute(f"DROP TABLE IF EXISTS {quoted(key)}")
            late = type(problem).__name__ == "InterruptException"
            message = f"it did not end within {LIMIT_SECONDS:.0f} s" if late else first_line(str(problem))
            return Failed(message, type(problem).__name__)
        finally:
            self.deadline = None
        return {key: self._keep(key, None if redefines else self._ddl_of(tables.get(key, ABSENT))) for key in writes}, result

    def _ddl_of(self, version: int) -> str | None:
        content = self.contents[version]
        return None if content is None else content.ddl


def _timed(text: str, clock: datetime.datetime | None) -> str:
    if clock is None:
        return text
    instant = clock.astimezone(datetime.UTC)
    return text.replace(CLOCK, instant.strftime("%Y-%m-%d %H:%M:%S")).replace(DAY, instant.strftime("%Y-%m-%d"))


def _plain(value: Any) -> Any:
    """A value that compares and prints the same wherever it was computed: floats to nine digits."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return tuple(_plain(item) for item in value)
    return value
