"""Where things are in the source, worked out only when somebody asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dagcheck.model.values import Span

if TYPE_CHECKING:
    from dagcheck.source.text import Source


class Spot(NamedTuple):
    """A node of a file: a Span that has not been computed."""

    source: Source | None
    node: ast.AST | None

    def span(self) -> Span | None:
        """The place, or None for code without one."""
        return span_of(self.source, self.node)


def span_of(source: Source | None, node: Any) -> Span | None:
    """The place of a node of a file, or None."""
    return source.span(node) if source is not None and node is not None and hasattr(node, "lineno") else None


class Places(MutableMapping[str | int, Span]):
    """The place of each argument of a call, by keyword or position; entries are nodes of `source` or ready Spans."""

    __slots__ = ("entries", "shift", "source")

    def __init__(self, source: Source | None = None, entries: dict[str | int, ast.AST | Span] | None = None, shift: int = 0) -> None:
        self.source = source
        self.entries = {} if entries is None else entries
        self.shift = shift

    def shifted(self) -> Places:
        """The same places with one more positional argument in front."""
        return Places(self.source, self.entries, self.shift + 1)

    def __getitem__(self, key: str | int) -> Span:
        at = key - self.shift if isinstance(key, int) else key
        found = self.entries[at]
        if isinstance(found, Span):
            return found
        if self.source is None or not isinstance(found, ast.expr):
            raise KeyError(key)
        self.entries[at] = span = self.source.span(found)
        return span

    def each(self) -> list[tuple[str | int, Span]]:
        """Each argument with its place."""
        return [(key, self[key]) for key in self]

    def name(self, into: dict[str, Span]) -> None:
        """Put the places of the keywords into a dict, beside what it holds."""
        for key in self.entries:
            if isinstance(key, str) and key not in into:
                into[key] = self[key]

    def __setitem__(self, key: str | int, value: Span) -> None:
        self.entries[key - self.shift if isinstance(key, int) else key] = value

    def __delitem__(self, key: str | int) -> None:
        del self.entries[key - self.shift if isinstance(key, int) else key]

    def __iter__(self) -> Iterator[str | int]:
        return iter([key + self.shift if isinstance(key, int) else key for key in self.entries] if self.shift else [*self.entries])

    def __len__(self) -> int:
        return len(self.entries)
