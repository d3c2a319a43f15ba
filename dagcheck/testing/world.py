"""Worlds for users' own tests: what a piece of code leaves behind, looked at from outside, and held against what it leaves when it runs once.

```python
def test_load_can_be_rerun(world, tmp_path):
    world.add(Directory(tmp_path))
    world.assert_same(lambda: load(tmp_path), again=lambda: load(tmp_path))
```
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

Contents = Mapping[str, Any]
"""What is in a part of the world: hashable or comparable values by name."""


class Part(Protocol):
    """Something that code changes and that can be looked at and put back: write one for your own store."""

    def contents(self) -> Contents:
        """What is in it now; equal contents mean that nothing differs. Tables are `Counter`s of their rows."""

    def save(self) -> Any:
        """All that `restore` needs."""

    def restore(self, saved: Any) -> None:
        """Put it back as it was."""


class Directory:
    """The files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def contents(self) -> Contents:
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}

    def save(self) -> dict[str, bytes]:
        return dict(self.contents())

    def restore(self, saved: Mapping[str, bytes]) -> None:
        for path in list(self.folder.iterdir()):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, data in saved.items():
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


class Database:
    """The tables of a DB-API connection, or of a SQLAlchemy engine, by the names given: their rows as multisets. Restoring deletes and inserts, and commits."""

    def __init__(self, connection: Any, tables: tuple[str, ...] | list[str]) -> None:
        self.connection, self.tables = connection, tuple(tables)

    def contents(self) -> Contents:
        return {table: Counter(self._rows(table)) for table in self.tables}

    def save(self) -> dict[str, list[tuple[Any, ...]]]:
        return {table: self._rows(table) for table in self.tables}

    def restore(self, saved: Mapping[str, list[tuple[Any, ...]]]) -> None:
        for table, rows in saved.items():
            self._execute(f"DELETE FROM {table}")
            for row in rows:
                self._execute(f"INSERT INTO {table} VALUES ({', '.join(map(_literal, row))})")

    def _rows(self, table: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._execute(f"SELECT * FROM {table}")]

    def _execute(self, sql: str) -> list[Any]:
        if hasattr(self.connection, "begin") and hasattr(self.connection, "dispose"):
            with self.connection.begin() as connection:
                result = connection.exec_driver_sql(sql)
                return list(result) if result.returns_rows else []
        cursor = self.connection.cursor()
        cursor.execute(sql)
        rows = list(cursor.fetchall()) if cursor.description else []
        self.connection.commit()
        return rows


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


class FileSystem:
    """The objects below a path of an fsspec file system."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self.filesystem, self.root = filesystem, root

    def contents(self) -> Contents:
        if not self.filesystem.exists(self.root):
            return {}
        return {path: self.filesystem.cat_file(path) for path in sorted(self.filesystem.find(self.root))}

    def save(self) -> dict[str, bytes]:
        return dict(self.contents())

    def restore(self, saved: Mapping[str, bytes]) -> None:
        for path in self.contents():
            self.filesystem.rm_file(path)
        for path, data in saved.items():
            self.filesystem.pipe_file(path, data)


class Corrupted(AssertionError):
    """The world is not as running once leaves it; the message tells how it differs."""


class World:
    """The parts that a test looks at."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._folder: Path | None = None

    def add(self, part: Part) -> World:
        """Look at this part, too."""
        self.parts.append(part)
        return self

    def directory(self, folder: Path | None = None) -> Path:
        """A folder that is looked at (default: a new one)."""
        if folder is None:
            folder = self._folder = Path(tempfile.mkdtemp(prefix="dagcheck-world-"))
        self.add(Directory(folder))
        return folder

    def database(self, connection: Any, tables: tuple[str, ...] | list[str]) -> Any:
        """A DB-API connection, or a SQLAlchemy engine, whose tables are looked at."""
        self.add(Database(connection, tables))
        return connection

    def filesystem(self, filesystem: Any, root: str) -> Any:
        """An fsspec file system that is looked at."""
        self.add(FileSystem(filesystem, root))
        return filesystem

    def contents(self) -> list[Contents]:
        return [part.contents() for part in self.parts]

    def assert_same(self, once: Callable[[], object], again: Callable[[], object], *, times: int = 1) -> None:
        """Run `once`, look, put the world back, run `once` and then `again` so many times, and look again.

        Raises:
            Corrupted: the second look shows something else.
        """
        __tracebackhide__ = True
        saved = [part.save() for part in self.parts]
        once()
        reference = self.contents()
        for part, before in zip(self.parts, saved):
            part.restore(before)
        once()
        for _ in range(times):
            again()
        differences = [line for before, after in zip(reference, self.contents()) for line in differing(before, after)]
        if differences:
            raise Corrupted("a rerun leaves other data than running once:\n" + "\n".join(f"  {line}" for line in differences))

    def close(self) -> None:
        """Remove the folder that `directory()` made."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def differing(reference: Contents, found: Contents) -> list[str]:
    """How two contents differ, a line each."""
    lines = []
    for name in sorted(set(reference) | set(found)):
        if name not in reference:
            lines.append(f"{name} is there, and should not be")
        elif name not in found:
            lines.append(f"{name} is missing")
        elif reference[name] != found[name]:
            lines += _differing_values(name, reference[name], found[name])
    return lines


def _differing_values(name: str, before: Any, after: Any) -> list[str]:
    if isinstance(before, Counter) and isinstance(after, Counter):
        return [f"{name}: too many: {row}" for row in (after - before).elements()] + [
            f"{name}: missing: {row}" for row in (before - after).elements()
        ]
    if isinstance(before, bytes) and isinstance(after, bytes):
        old, new = Counter(before.decode(errors="replace").splitlines()), Counter(after.decode(errors="replace").splitlines())
        lines = [f"{name}: too many: {line}" for line in (new - old).elements()] + [
            f"{name}: missing: {line}" for line in (old - new).elements()
        ]
        return lines or [f"{name} differs"]
    return [f"{name}: {before!r} has become {after!r}"]
