"""Targets for what dagcheck itself wrote and reads again: the cache, packed models, baselines, and the replay files of `rerun`."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from tests.fuzz.commands import BrokenPromise, project, run
from tests.fuzz.corpus import APPENDING, DEMO
from tests.fuzz.dag_files import FILE, sources_of

FILES = {"dags/demo.py": DEMO, "dags/appending.py": APPENDING, "dagcheck.toml": 'dags = ["dags"]\n'}


def cache(text: str) -> None:
    """A cache that was damaged as the text, a seed, has it: the answers stay those of a run without one, and the cache is of use again after that."""
    chance = random.Random(text)
    with project(FILES):
        run("check", "--jobs", "1")
        if chance.random() < 0.6:
            _forget_runs()  # so that the answers of single files are asked for
        _damage(chance)
        for content in ("", "\n# another day\n"):
            with Path("dags/demo.py").open("a", encoding="utf-8") as file:
                file.write(content)
            _same_as_without_cache()
        _forget_runs()
        _same_as_without_cache()
        if _entries() == 0:
            raise BrokenPromise("a damaged cache was not replaced")


def _same_as_without_cache() -> None:
    wanted = run("check", "--jobs", "1", "--no-cache", "--format", "concise")
    for _ in range(2):
        given = run("check", "--jobs", "1", "--format", "concise")
        if given != wanted and given != (
            wanted := run("check", "--jobs", "1", "--no-cache", "--format", "concise")
        ):  # a day may have ended
            raise BrokenPromise(f"a damaged cache alters the answer: {given} is not {wanted}")


def _cache() -> Path:
    (found,) = Path(os.environ["DAGCHECK_CACHE_DIR"]).glob("checks-*")
    return found


def _forget_runs() -> None:
    shutil.rmtree(_cache() / "runs", ignore_errors=True)


def _entries() -> int:
    with contextlib.closing(sqlite3.connect(_cache() / "files.sqlite")) as connection:
        return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])


def _damage(chance: random.Random) -> None:
    files = sorted(path for path in _cache().rglob("*") if path.is_file() and path.suffix in (".json", ".sqlite"))
    for _ in range(chance.randint(1, 3)):
        path = chance.choice(files)
        if path.suffix == ".sqlite" and chance.random() < 0.5:
            _damage_rows(chance, path)
        elif path.suffix == ".json" and chance.random() < 0.5:
            _damage_json(chance, path)
        else:
            path.write_bytes(_damaged(chance, path.read_bytes(), chance.choice(files).read_bytes()))


def _damaged(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Bytes with a part changed, zeroed, cut off, doubled or of another file."""
    start = chance.randrange(len(data) + 1)
    size = chance.choice([1, 4, 100, 4096])
    match chance.randrange(7):
        case 0:
            return data[:start]
        case 1:
            return data[:start] + bytes(size) + data[start + size :]
        case 2:
            return data[:start] + chance.randbytes(size) + data[start + size :]
        case 3:
            return data[:start] + other[start:]
        case 4:
            return other
        case 5:
            return data + data[start:]
        case _:
            changed = bytearray(data)
            for _ in range(chance.randint(1, 20)):
                if changed:
                    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            return bytes(changed)


_STATEMENTS = (
    "UPDATE entry SET head = ?",
    "UPDATE entry SET body = ?",
    "UPDATE entry SET used = ?",
    "UPDATE entry SET size = ?",
    "UPDATE entry SET head = body",
    "UPDATE entry SET key = key || 'x'",
    "DELETE FROM entry",
    "DROP TABLE entry; CREATE TABLE entry (a)",
    "DROP TABLE entry; CREATE TABLE entry (key, used, size, head)",
    "ALTER TABLE entry RENAME COLUMN used TO last",
    "DROP TABLE entry; CREATE VIEW entry AS SELECT '' AS key, 0 AS used, 1 AS size, x'00' AS head, x'00' AS body",
    "DROP TABLE entry; CREATE VIEW entry AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS key, i AS used, i AS size, i AS head, i AS body FROM n",
    "CREATE TRIGGER t BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'no'); END",
    "CREATE TABLE other (a); INSERT INTO other VALUES (1)",
    "PRAGMA user_version = 7",
    "PRAGMA journal_mode = WAL",
    "PRAGMA encoding = 'UTF-16'",
)
_VALUES: tuple[Any, ...] = (None, 1, -1, 2**62, 1.5, float("inf"), "text", b"", b"\xff\xfe", b"00000000\n")


def _damage_rows(chance: random.Random, path: Path) -> None:
    """Rows and tables as another program would have left them."""
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError), contextlib.closing(sqlite3.connect(path)) as connection:
        statement = chance.choice(_STATEMENTS)
        value = chance.choice(_VALUES)
        if "?" in statement:
            connection.execute(statement, [value])
        else:
            connection.executescript(statement)
        connection.commit()


def _damage_json(chance: random.Random, path: Path) -> None:
    """A file whose checksum is right and whose values are not what they should be; what a run said, which is taken as it stands, is left alone."""
    from dagcheck.cache.folder import sealed, unsealed

    try:
        value = json.loads(unsealed(path.read_bytes()))
    except (ValueError, RecursionError):
        return
    kept = {key: value[key] for key in ("said", "status") if isinstance(value, dict) and key in value}
    changed = _changed(chance, value)
    if isinstance(changed, dict) and chance.random() < 0.9:
        changed.update(kept)
    elif isinstance(changed, dict) and "seen" in changed:
        changed["said"], changed["status"] = chance.choice(_ODD), chance.choice([None, "1", 0.5, []])
    path.write_bytes(sealed(json.dumps(changed).encode("ascii")))


_ODD: tuple[Any, ...] = (None, True, 0, -1, 10**30, 1.5, "", "x", [], {}, [[]], {"": {}}, [None], [[0]], [[0, 1]], "\ud800", "\0")


def _changed(chance: random.Random, value: Any) -> Any:
    """A JSON value with something inside of it taken out, doubled or made something else."""
    if not value or not isinstance(value, dict | list) or chance.random() < 0.15:
        return chance.choice(_ODD)
    key: Any = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
    if chance.random() < 0.1:
        del value[key]
    else:
        value[key] = _changed(chance, value[key])
    return value


def packed(text: str) -> None:
    """Bytes of a packed model: read, or refused; nothing but values is made of them."""
    from dagcheck.engine.packing import UnpackError, unpack, unpack_file

    data = text.encode("latin-1", "replace")
    for read in (unpack, unpack_file):
        with contextlib.suppress(UnpackError):
            read(data)


@functools.cache
def packed_models() -> tuple[str, ...]:
    """Packed models and what is kept of them, a character for each byte."""
    from dagcheck.engine.examine import extract_file
    from dagcheck.engine.examined import summary_of
    from dagcheck.engine.packing import pack

    file = extract_file(FILE, *sources_of(DEMO.encode()))
    return tuple(pack(value).decode("latin-1") for value in (file, (summary_of(file), {"a": "b"}, {"a": (1, 2, 3, 4)}, 5)))


def baseline(text: str) -> None:
    """A baseline: read, or refused with a message."""
    from dagcheck.engine.baseline import BaselineError, dump, load

    with contextlib.suppress(BaselineError):
        found = load(text, "b.json")
        if load(dump(found), "b.json") != found:
            raise BrokenPromise("a baseline does not come back as it was written")


def known(text: str) -> None:
    """A check against a baseline that somebody edited."""
    with project({**FILES, "known.json": text}):
        run("check", "--no-cache", "--baseline", "known.json", "--jobs", "1")


def replay(text: str) -> None:
    """A replay file of `rerun`: played, or refused with a message."""
    with project({**FILES, "replay.json": text}):
        said = run("rerun", "--replay", "replay.json")
        if re.search(r"Traceback", said.out):
            raise BrokenPromise(said.out)
