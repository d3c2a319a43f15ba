"""Edits that rules make: each changes only what it must, so that the file's formatting survives.

Places come from the syntax tree and the text between is looked at token by token. Where an edit can't be made without a guess (a file that is written for a newer
Python, a call that gathers a generator), the answer is None, and the finding has no fix.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import TypeVar

from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule.finding import Edit
from dagcheck.source.nodes import every
from dagcheck.source.text import Source

Node = TypeVar("Node", bound=ast.expr)

_SPACE = late(r"(?:[ \t\f]|\\\r?\n|\r?\n|#[^\r\n]*)*")
"""What may stand between two tokens inside brackets: blanks, line ends, comments."""


def replace_value(span: Span, text: str) -> Edit:
    """`text` in place of what stands at `span`."""
    return Edit(span, text)


def replace_part(source: Source, span: Span, start: int, end: int, text: str) -> Edit:
    """`text` in place of a part of what stands at `span`: from its character `start` up to `end`, counted from 0."""
    offset = source.offset(span.line, span.column)
    return Edit(Span(source.path, *source.position(offset + start), *source.position(offset + end)), text)


def insert(source: Source, offset: int, text: str) -> Edit:
    """`text` put in at an offset of the source's text."""
    line, column = source.position(offset)
    return Edit(Span(source.path, line, column, line, column), text)


def delete(source: Source, start: int, end: int) -> Edit:
    """What stands between two offsets of the source's text, taken out."""
    return Edit(Span(source.path, *source.position(start), *source.position(end)), "")


def call_at(source: Source, span: Span) -> ast.Call | None:
    """The call expression at exactly this place."""
    return _at(source, span, every(source.tree, ast.Call))


def keyword_at(source: Source, span: Span, name: str) -> ast.keyword | None:
    """The keyword argument of that name in the call at `span`."""
    call = call_at(source, span)
    return next((keyword for keyword in call.keywords if keyword.arg == name), None) if call is not None else None


def add_keyword(source: Source, span: Span, name: str, value: str) -> Edit | None:
    """`name=value` as the last argument of the call at `span`, in the call's own style: on its own line where the arguments have lines of their own.

    A decorator without parentheses gets them. None where the call has the argument already, or can't take one without other changes.
    """
    if source.lowered:
        return None
    call = call_at(source, span)
    if call is None:
        bare = _at(source, span, every(source.tree, ast.Name, ast.Attribute))
        return None if bare is None else insert(source, _end(source, bare), f"({name}={value})")
    if any(keyword.arg == name for keyword in call.keywords):
        return None
    arguments = _arguments(call)
    close = _end(source, call) - 1
    if not arguments:
        return insert(source, close, f"{name}={value}")
    last = arguments[-1]
    if isinstance(last, ast.GeneratorExp):
        return None
    return _append(source, last, close, f"{name}={value}")


def _append(source: Source, last: ast.expr | ast.keyword, close: int, text: str) -> Edit:
    after = _whole_end(source, last, close)
    comma = _skip(source, after)
    has_comma = source.text[comma : comma + 1] == ","
    own_lines = source.position(close)[0] > source.position(after)[0]
    if own_lines and _starts_line(source, last):
        indent = re.match(r"[ \t]*", source.line(last.lineno))
        lead = f"{_newline(source)}{indent.group() if indent else ''}{text}"
        return insert(source, comma + 1, f"{lead},") if has_comma else insert(source, after, f",{lead}")
    return insert(source, comma + 1, f" {text},") if has_comma else insert(source, after, f", {text}")


def remove_keyword(source: Source, span: Span, name: str) -> Edit | None:
    """The keyword argument of the call at `span` taken out, with its comma, and with its line where it stood alone on it. None where there is no such argument."""
    call = call_at(source, span)
    if call is None or source.lowered:
        return None
    arguments = _arguments(call)
    index = next((index for index, item in enumerate(arguments) if isinstance(item, ast.keyword) and item.arg == name), None)
    if index is None:
        return None
    following = _start(source, arguments[index + 1]) if index + 1 < len(arguments) else _end(source, call) - 1
    start, end = _start(source, arguments[index]), _whole_end(source, arguments[index], following)
    comma = _skip(source, end)
    if source.text[comma : comma + 1] == ",":
        end = comma + 1
        rest = re.compile(r"[ \t]*(?:\r?\n|\r)?").match(source.text, end)
        line_start = source.offset(arguments[index].lineno, 1)
        if rest and rest.group().endswith(("\n", "\r")) and not source.text[line_start:start].strip():
            return delete(source, line_start, rest.end())
        blanks = re.compile(r"[ \t]*").match(source.text, end)
        return delete(source, start, blanks.end() if blanks and index + 1 < len(arguments) else end)
    if index:
        start = _whole_end(source, arguments[index - 1], start)
    return delete(source, start, end)


def rename_keyword(source: Source, span: Span, name: str, new: str) -> Edit | None:
    """The keyword argument of the call at `span` under another name; None where there is no such argument."""
    keyword = keyword_at(source, span, name)
    if keyword is None or source.lowered:
        return None
    line, column = source.span(keyword)[1:3]
    return Edit(Span(source.path, line, column, line, column + len(name)), new)


def rename_keyword_of(source: Source, value: Span, name: str, new: str) -> Edit | None:
    """The keyword argument `name` whose value stands at `value`, in whatever call that is, under another name; None where there is none."""
    for node in every(source.tree, ast.keyword):
        if node.arg == name and source.span(node.value) == value and not source.lowered:
            line, column = source.span(node)[1:3]
            return Edit(Span(source.path, line, column, line, column + len(name)), new)
    return None


def insert_import(source: Source, module: str, name: str | None = None) -> Edit | None:
    """`from module import name` (or `import module`) after the file's last import at top level; None where the file imports it already, or can't be edited.

    Without any import it goes below the docstring.
    """
    if source.lowered or _imports(source.tree, module, name):
        return None
    text = f"import {module}" if name is None else f"from {module} import {name}"
    newline = _newline(source)
    after: ast.stmt | None = None
    for index, statement in enumerate(source.tree.body):
        docstring = index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if isinstance(statement, ast.Import | ast.ImportFrom) or docstring:
            after = statement
    if after is None:
        first = source.tree.body[0].lineno if source.tree.body else 1
        return insert(source, source.offset(first, 1), text + newline)
    line = after.end_lineno or after.lineno
    if line >= len(source.line_starts):
        return insert(source, len(source.text), newline + text + newline)
    return insert(source, source.offset(line + 1, 1), text + newline)


def apply_edits(text: str, edits: list[tuple[int, int, str]]) -> str:
    """A text with edits (start, end, new text) made. Edits must not overlap; raises ValueError if they do."""
    result, position = [], 0
    for start, end, new in sorted(edits):
        if start < position:
            raise ValueError("edits overlap")
        result += [text[position:start], new]
        position = end
    return "".join([*result, text[position:]])


def _imports(tree: ast.Module, module: str, name: str | None) -> bool:
    """True if a statement at top level binds the plain name of what is to be imported."""
    for node in tree.body:
        if name is None and isinstance(node, ast.Import):
            found = any(alias.name == module and alias.asname is None for alias in node.names)
        elif name is not None and isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
            found = any(alias.name == name and alias.asname is None for alias in node.names)
        else:
            found = False
        if found:
            return True
    return False


def _at(source: Source, span: Span, nodes: Iterable[Node]) -> Node | None:
    """The first of these nodes that stands at exactly this place."""
    line, end_line = span.line, span.end_line
    near = [node for node in nodes if node.lineno == line and node.end_lineno == end_line]
    return next((node for node in near if source.span(node)[1:] == span[1:]), None)


def _arguments(call: ast.Call) -> list[ast.expr | ast.keyword]:
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    return sorted(arguments, key=lambda item: (item.lineno, item.col_offset))


def _start(source: Source, node: ast.expr | ast.keyword) -> int:
    return source.offset(*source.span(node)[1:3])


def _end(source: Source, node: ast.expr | ast.keyword) -> int:
    return source.offset(*source.span(node)[3:5])


def _whole_end(source: Source, node: ast.expr | ast.keyword, limit: int) -> int:
    """Where an argument ends, with the parentheses of its own that it may stand in; those from `limit` on are not its own."""
    end = _end(source, node)
    while (close := _skip(source, end)) < limit and source.text[close] == ")":
        end = close + 1
    return end


def _skip(source: Source, offset: int) -> int:
    match = _SPACE.match(source.text, offset)
    return match.end() if match else offset


def _starts_line(source: Source, node: ast.expr | ast.keyword) -> bool:
    return not source.line(node.lineno)[: source.span(node).column - 1].strip()


def _newline(source: Source) -> str:
    found = re.search(r"\r\n|\r|\n", source.text)
    return found.group() if found else "\n"
