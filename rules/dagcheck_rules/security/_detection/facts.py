"""The tables of facts in `data/`, read once."""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from typing import Any


def _text(name: str) -> str:
    return importlib.resources.files(__package__).joinpath("data").joinpath(name).read_text(encoding="utf-8")


@functools.cache
def table(name: str) -> dict[str, Any]:
    """The table `data/<name>.toml`."""
    return tomllib.loads(_text(f"{name}.toml"))


@functools.cache
def words(name: str, section: str, key: str = "words") -> frozenset[str]:
    """A list of such a table, as a set."""
    return frozenset(table(name)[section][key])


@functools.cache
def letter_triples() -> frozenset[str]:
    """The letter triples that words are made of."""
    return frozenset(_text("letter_triples.txt").split())
