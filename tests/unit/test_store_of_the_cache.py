"""The store of the cache: bounded, and no trouble whatever it meets."""

import contextlib
import os
import pickle
import sqlite3
from pathlib import Path

import pytest

from dagcheck.cache.folder import cache_folder
from dagcheck.cache.store import Entry, Store
from dagcheck.engine.packing import UnpackError, unpack


def test_what_is_put_is_there(tmp_path: Path) -> None:
    Store(str(tmp_path / "new")).put({"a": Entry(b"head", b"body"), "b": Entry(b"other")})
    store = Store(str(tmp_path / "new"))
    assert store.heads(["a", "b", "c"]) == {"a": b"head", "b": b"other"}
    assert (store.body("a"), store.body("b"), store.body("c")) == (b"body", b"", None)
    assert store.measure() == (2, 13)


def test_the_oldest_go_where_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path), most=100)
    for hour, key in enumerate("abcdef"):
        monkeypatch.setattr("dagcheck.cache.store._now", lambda hour=hour: hour * 10_000)
        store.heads(["a"])
        store.put({key: Entry(b"x" * 30)})
    assert store.measure()[1] <= 100
    assert set(store.heads(list("abcdef"))) == {"a", "f"} | ({"e"} & set(store.heads(["e"])))


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(str(tmp_path / "file" / "below"))
    store.put({"a": Entry(b"")})
    assert (store.heads(["a"]), store.body("a"), store.measure()) == ({}, None, (0, 0))


def test_a_store_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    Store(str(tmp_path)).put({"a": Entry(b"")})
    (tmp_path / "files.sqlite").chmod(0o666)
    assert Store(str(tmp_path)).heads(["a"]) == {}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    Store(str(tmp_path / "real")).put({"a": Entry(b"")})
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "files.sqlite").symlink_to(tmp_path / "real" / "files.sqlite")
    assert Store(str(tmp_path / "fake")).heads(["a"]) == {}


def test_the_folder_is_where_it_was_asked_for(tmp_path: Path) -> None:
    assert cache_folder({"DAGCHECK_CACHE_DIR": str(tmp_path)}) == str(tmp_path / "checks-1")
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == str(tmp_path / "dagcheck" / "checks-1")


class Evil:
    def __init__(self, deed: object, *arguments: object) -> None:
        self.deed = deed, arguments

    def __reduce__(self) -> object:
        return self.deed


@pytest.mark.parametrize(
    "evil", [Evil(os.system, "true"), Evil(eval, "1"), Evil(getattr, "a", "join"), Evil(pickle.loads, b""), Evil(print, "")]
)
def test_bytes_of_a_hostile_cache_run_nothing(evil: Evil) -> None:
    with pytest.raises(UnpackError, match="is nothing that a model holds"):
        unpack(pickle.dumps(evil))


FOREIGN = {
    "another table": "CREATE TABLE other (a)",
    "other columns": "DROP TABLE entry; CREATE TABLE entry (a)",
    "a view without end": (
        "DROP TABLE entry; CREATE VIEW entry AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS key, i AS used, i AS size, i AS head, i AS body FROM n"
    ),
    "a trigger": "CREATE TRIGGER t BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'no'); END",
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
def test_a_file_that_others_made_is_replaced(tmp_path: Path, statements: str) -> None:
    _spoil(tmp_path, statements)
    Store(str(tmp_path)).heads(["a"])
    Store(str(tmp_path)).put({"b": Entry(b"new")})
    assert Store(str(tmp_path)).heads(["a", "b"]) == {"b": b"new"}


@pytest.mark.parametrize("column", ["head", "body", "used", "size"])
@pytest.mark.parametrize("value", ["'text'", "9e999", "-1", "x'ff'", "CAST(x'ff' AS TEXT)", "9223372036854775807"])
def test_a_column_of_another_kind_does_no_harm(tmp_path: Path, column: str, value: str) -> None:
    _spoil(tmp_path, f"UPDATE entry SET {column} = {value}")
    store = Store(str(tmp_path), most=10)
    assert store.heads(["a"]) in ({}, {"a": b"head"})
    assert store.body("a") in (None, b"body")
    store.measure()
    store.put({"b": Entry(b"new")})
    assert Store(str(tmp_path)).heads(["b"]) in ({}, {"b": b"new"})


def test_what_is_kept_under_one_key_is_not_taken_for_another(tmp_path: Path) -> None:
    _spoil(tmp_path, "INSERT INTO entry SELECT 'b', used, size, head, body FROM entry; UPDATE entry SET head = body WHERE key = 'a'")
    store = Store(str(tmp_path))
    assert (store.heads(["b"]), store.body("b")) == ({}, None)


def _spoil(folder: Path, statements: str) -> None:
    Store(str(folder)).put({"a": Entry(b"head", b"body")})
    with contextlib.closing(sqlite3.connect(folder / "files.sqlite")) as connection:
        connection.executescript(statements)
