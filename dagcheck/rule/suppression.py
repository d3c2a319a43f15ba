"""Suppression comments: `# dagcheck: ignore[DAG101]` on a line, `# dagcheck: ignore-file[DAG101]` in the head of a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.records import dataclass
from dagcheck.source.nodes import walk
from dagcheck.source.text import Source

_COMMENT = late(r"#\s*dagcheck:\s*(?P<form>ignore-file|ignore)(?:\[(?P<codes>[^\]]*)\])?(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One code in one suppression comment. `span` is the place of the comment.

    `scopes` are the stretches of lines that it holds for: its own line and every call or simple statement over several lines that begins or ends on it; empty for a whole file.
    `code` is empty where the comment names none, which suppresses nothing. `head` is false for an `ignore-file` that stands below the head of the file and so is without effect.
    `alone`: nothing but the comment is on its line. `known` is false where no installed rule has the code or name.
    """

    code: str
    reason: str
    span: Span
    scopes: tuple[tuple[int, int], ...] = ()
    whole_file: bool = False
    head: bool = True
    alone: bool = False
    known: bool = True

    def covers(self, span: Span) -> bool:
        """True if a finding at `span` in the same file is meant."""
        if self.whole_file:
            return self.head
        line = self.span.line
        return line in (span.line, span.end_line) or any(first <= span.line <= last for first, last in self.scopes)

    def names(self, code: str, name: str) -> bool:
        """True if the suppression names the rule: by its code or its name."""
        return self.code in (code, name)


def read_suppressions(source: Source) -> tuple[Suppression, ...]:
    """The suppressions of a file, in order. Costs nothing where the text has no `dagcheck:`."""
    if "dagcheck:" not in source.text:
        return ()
    head = _head(source.tree)
    found: list[Suppression] = []
    stretches = _stretches_by_line(source.tree)
    for comment in source.comments:
        match = _COMMENT.search(comment.text)
        if match is None:
            continue
        span = Span(source.path, comment.line, comment.column, comment.line, comment.column + len(comment.text))
        reason = match["rest"].strip().removeprefix("--").strip()
        codes = [code.strip() for code in (match["codes"] or "").split(",") if code.strip()] or [""]
        whole = match["form"] == "ignore-file"
        scopes = () if whole else tuple(stretches.get(comment.line, ()))
        found += [Suppression(code, reason, span, scopes, whole, not whole or comment.line < head, comment.alone) for code in codes]
    return tuple(found)


def _head(tree: ast.Module) -> int:
    """The line of the first statement below the docstring; the comments above it are the head of the file."""
    below = tree.body[1:] if ast.get_docstring(tree, clean=False) is not None else tree.body
    return below[0].lineno if below else 2**31


def enclosing_scopes(tree: ast.Module, line: int) -> Iterator[tuple[int, int]]:
    """The first and last lines of the calls and simple statements over several lines around a line: a comment on either holds for it."""
    return ((first, last) for first, last in _stretches(tree) if first <= line <= last)


def _stretches_by_line(tree: ast.Module) -> dict[int, list[tuple[int, int]]]:
    """The stretches that begin or end on each line."""
    found: dict[int, list[tuple[int, int]]] = {}
    for stretch in _stretches(tree):
        for line in stretch:
            found.setdefault(line, []).append(stretch)
    return found


def _stretches(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """The first and last lines of calls and simple statements over several lines."""
    compound = (
        ast.FunctionDef
        | ast.AsyncFunctionDef
        | ast.ClassDef
        | ast.With
        | ast.AsyncWith
        | ast.For
        | ast.AsyncFor
        | ast.While
        | ast.If
        | ast.Try
        | ast.Match
    )
    for node in walk(tree):
        if not isinstance(node, ast.Call | ast.stmt) or isinstance(node, compound | ast.TryStar):
            continue
        end = node.end_lineno or node.lineno
        if end > node.lineno:
            yield node.lineno, end
