"""A stand-in for `dbm` in the child: the same pairs are the same file, whatever came before, so that `shelve` can be compared; every write is an effect of its own."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, MutableMapping
from typing import Any

ENDING = ".db"


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


class Flat(MutableMapping[bytes, bytes]):
    """Pairs of bytes in one text file: a line a pair, sorted by key."""

    def __init__(self, path: str, flag: str) -> None:
        self.path, self.pairs = path + ENDING, dict[bytes, bytes]()
        there = os.path.exists(self.path)
        if not there and flag in ("r", "w"):
            raise FileNotFoundError(f"db file doesn't exist; use 'c' or 'n' flag to create a new db: {path}")
        if there and flag != "n":
            with open(self.path, "rb") as file:
                self.pairs = dict(tuple(map(base64.b64decode, line.split()))[:2] for line in file)  # type: ignore[misc]  # each line holds a pair
        else:
            self._write()

    def _write(self) -> None:
        with open(self.path, "wb") as file:
            file.writelines(base64.b64encode(key) + b" " + base64.b64encode(value) + b"\n" for key, value in sorted(self.pairs.items()))

    def __getitem__(self, key: Any) -> bytes:
        return self.pairs[_bytes(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.pairs[_bytes(key)] = _bytes(value)
        self._write()

    def __delitem__(self, key: Any) -> None:
        del self.pairs[_bytes(key)]
        self._write()

    def __iter__(self) -> Iterator[bytes]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)

    def __contains__(self, key: object) -> bool:
        return _bytes(key) in self.pairs

    def firstkey(self) -> bytes | None:
        return next(iter(self.pairs), None)

    def sync(self) -> None:
        """All is written already."""

    close = sync

    def __enter__(self) -> Flat:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def opened(file: Any, flag: str = "r", mode: int = 0o666) -> Flat:
    """`dbm.open`."""
    return Flat(os.fspath(file), flag[:1])
