"""The tables of facts in `data/`, read once."""

from __future__ import annotations

import functools
import json
import os
from typing import Any


def _text(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), "data", name), encoding="utf-8") as file:
        return file.read()


@functools.cache
def _tables() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(_text("tables.json"))
    return found


def table(name: str) -> dict[str, Any]:
    """The table `data/<name>.toml`, as `scripts/secret_tables.py` wrote it down to be read quickly."""
    return _tables()[name]


@functools.cache
def words(name: str, section: str, key: str = "words") -> frozenset[str]:
    """A list of such a table, as a set."""
    return frozenset(table(name)[section][key])


@functools.cache
def letter_triples() -> frozenset[str]:
    """The letter triples that words are made of."""
    return frozenset(_text("letter_triples.txt").split())
