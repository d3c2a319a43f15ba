"""Files for a newer Python than the one that runs: libcst reads them, and what our `ast` does not know is rewritten to what it does.

The rewriting is done in the text, so that lines stay what they are and columns change only behind a rewritten place on the same line:
type parameters become blanks, `type X = …` an opaque assignment, a template string an ellipsis, `except A, B:` gets its parentheses, `lazy` goes, and an f-string that
the running Python refuses (PEP 701) is put back into the tree piece by piece.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dagcheck.patterns import late

if TYPE_CHECKING:
    import libcst as cst

_HINT = late(
    r"""^[ \t]*(?:lazy\s+(?:import|from)\s|type\s+\w+.*=|(?:async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[|except\*?\s+[\w.]+\s*,)|(?<!\w)(?:[fFtT][rR]?|[rR][fFtT])["']""",
    re.MULTILINE,
)
_DEEP = late(r"(?:[-+~]\s*){100}|(?:\bnot\s+){100}|(?:lambda[^:\n]*:\s*){100}|^[ \t]{600}", re.MULTILINE)
_TOKEN = late(
    r"""
    \"\"\".*?\"\"\" | '''.*?''' | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | \#[^\n]* | \\\r?\n
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<comma>,) | (?P<end>\n)
    | (?P<link>[-+*/%<>=|&^~@.!]+ | \b(?:and|or|not|if|else|lambda|await|in|is|for)\b)
    """,
    re.DOTALL | re.VERBOSE,
)
_MAX_TEXT = 1_000_000
_MAX_LINE = 10_000
_MAX_DEPTH = 100
_MAX_LINKS = 300


class _Change(NamedTuple):
    """Bytes from `start` to `end` become `text`; `joined` is the f-string that stands at the name which `text` holds."""

    start: int
    end: int
    text: bytes
    joined: ast.JoinedStr | None = None


def lower(text: str) -> ast.Module | None:
    """The tree of an equivalent text that the running Python parses, or None where libcst does not read the file either.

    libcst's parser has no guard against deep nesting, so a file that nests brackets or operators deeply is not given to it.
    """
    if _is_hostile(text) or not _HINT.search(text):
        return None
    import libcst as cst

    try:
        module = cst.parse_module(text)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    try:
        return _Lowering(module, text).tree()
    except (SyntaxError, ValueError, RecursionError, MemoryError, KeyError, IndexError):  # libcst's own books break where the depth ends
        return None


def _is_hostile(text: str) -> bool:
    if len(text) > _MAX_TEXT or max(map(len, text.split("\n"))) > _MAX_LINE or _DEEP.search(text):
        return True
    return text.count("elif") > _MAX_LINKS or _is_deep(text)


def _is_deep(text: str) -> bool:
    """Whether brackets are nested too deeply, or too many operators follow each other without a comma or a line's end: each is a step deeper for a parser."""
    links = [0]
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                links[-1] += 1
                links.append(0)
            case "close" if len(links) > 1:
                links.pop()
            case "comma":
                links[-1] = 0
            case "end" if len(links) == 1:
                links[-1] = 0
            case "link":
                links[-1] += 1
        if links[-1] > _MAX_LINKS or len(links) > _MAX_DEPTH:
            return True
    return False


class _Lowering:
    def __init__(self, module: cst.Module, text: str) -> None:
        from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self.module = module
        self.data = text.encode("utf-8")
        self.spans = wrapper.resolve(ByteSpanPositionProvider)
        self.prefix = next(name for name in (f"_{'x' * count}" for count in range(len(text))) if name not in text)
        self.type_names: set[str] = set()

    def tree(self) -> ast.Module | None:
        """The lowered tree; None where a construct turns out to be Python 2's after all."""
        changes = sorted(self._changes(self.module))
        if any(change.end < 0 for change in changes):
            return None
        from dagcheck.source.text import parse_text

        tree = parse_text(_apply(self.data, changes).decode("utf-8"))
        joined = {change.text.decode().strip(" \\\n"): change.joined for change in changes if change.joined is not None}
        _Restore(joined).visit(tree)
        after_docstring = 0 if ast.get_docstring(tree, clean=False) is None else 1
        tree.body[after_docstring:after_docstring] = [_opaque(name) for name in sorted(self.type_names - _bound(tree))]
        return ast.fix_missing_locations(tree)

    def _changes(self, node: cst.CSTNode) -> Iterator[_Change]:
        """What must change in a node and below it, outermost first: nothing below a place that is rewritten as a whole."""
        import libcst as cst

        if isinstance(node, cst.TypeParameters):
            yield self._blank(node)
        elif isinstance(node, cst.TypeAlias):
            yield self._filled(node, f"{node.name.value} = None".encode())
        elif isinstance(node, cst.TemplatedString):
            yield self._filled(node, b"...")
        elif isinstance(node, cst.FormattedString | cst.ConcatenatedString) and not self._parses(node):
            yield self._joined(node)
        else:
            if isinstance(node, cst.ExceptHandler | cst.ExceptStarHandler):
                yield from self._handler(node)
            elif isinstance(node, cst.LazyImport | cst.LazyImportFrom):
                yield self._lazy(node)
            for child in node.children:
                yield from self._changes(child)

    def _place(self, node: cst.CSTNode) -> tuple[int, int]:
        span = self.spans[node]
        return span.start, span.start + span.length

    def _blank(self, node: cst.TypeParameters) -> _Change:
        self.type_names.update(param.param.name.value for param in node.params)
        return self._filled(node, b"")

    def _filled(self, node: cst.CSTNode, text: bytes) -> _Change:
        start, end = self._place(node)
        return _Change(start, end, _fill(text, self.data[start:end]))

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> Iterator[_Change]:
        """`except A, B:` of Python 3.14. `except A, e:` with a plain lower-case name is Python 2, which is told by an impossible change."""
        import libcst as cst

        if not isinstance(node.type, cst.Tuple) or node.type.lpar:
            return
        start, end = self._place(node.type)
        last = node.type.elements[-1].value
        old = len(node.type.elements) == 2 and isinstance(last, cst.Name) and last.value[:1].islower()
        yield _Change(start, -1 if old else end, b"(" + self.data[start:end] + b")")

    def _lazy(self, node: cst.LazyImport | cst.LazyImportFrom) -> _Change:
        start, _ = self._place(node)
        match = re.compile(rb"lazy(\s+)(import|from)").match(self.data, start)
        if match is None:
            raise ValueError("no lazy import here")
        return _Change(start, match.end(), match.group(2) + b" " * (len(match.group()) - len(match.group(2))))

    def _parses(self, node: cst.CSTNode) -> bool:
        from dagcheck.source.text import parse_text

        try:
            parse_text(f"({self.module.code_for_node(node)})")
        except SyntaxError:
            return False
        return True

    def _joined(self, node: cst.FormattedString | cst.ConcatenatedString) -> _Change:
        start, end = self._place(node)
        name = f"{self.prefix}{start}".encode()
        return _Change(start, end, _fill(name, self.data[start:end]), ast.JoinedStr(values=list(self._pieces(node))))

    def _pieces(self, node: cst.CSTNode) -> Iterator[ast.expr]:
        import libcst as cst

        if isinstance(node, cst.ConcatenatedString):
            yield from self._pieces(node.left)
            yield from self._pieces(node.right)
        elif isinstance(node, cst.FormattedString):
            prefix = node.start.rstrip("\"'").lower().replace("f", "")
            yield from self._parts(node.parts, prefix, node.end)
        elif isinstance(node, cst.SimpleString):
            yield ast.Constant(value=ast.literal_eval(node.value))
        else:
            raise ValueError("no such string")

    def _parts(self, parts: object, prefix: str, quote: str) -> Iterator[ast.expr]:
        import libcst as cst

        for part in parts if isinstance(parts, list | tuple) else ():
            if isinstance(part, cst.FormattedStringText):
                value = ast.literal_eval(f"{prefix}{quote}{part.value}{quote}")
                yield ast.Constant(value=value.replace("{{", "{").replace("}}", "}"))
            elif isinstance(part, cst.FormattedStringExpression):
                conversion = ord(part.conversion) if part.conversion else -1
                if part.equal is not None:
                    yield ast.Constant(value=self.module.code_for_node(part.expression) + "=")
                    conversion = conversion if part.conversion or part.format_spec else ord("r")
                spec = None if part.format_spec is None else ast.JoinedStr(values=list(self._parts(part.format_spec, prefix, quote)))
                yield ast.FormattedValue(value=self._expression(part.expression), conversion=conversion, format_spec=spec)

    def _expression(self, node: cst.BaseExpression) -> ast.expr:
        """The tree of an expression inside an f-string, at its own place in the file."""
        from dagcheck.source.text import parse_text

        text = f"({self.module.code_for_node(node)})"
        try:
            tree = parse_text(text)
        except SyntaxError:
            lowered = lower(text)
            if lowered is None:
                raise
            tree = lowered
        statement = tree.body[-1]
        if not isinstance(statement, ast.Expr):
            raise ValueError("no expression")
        start, _ = self._place(node)
        line = self.data.count(b"\n", 0, start)
        column = start - (self.data.rfind(b"\n", 0, start) + 1) - 1
        return _shift(statement.value, line, column)


class _Restore(ast.NodeTransformer):
    """Puts f-strings back where their names stand."""

    def __init__(self, joined: dict[str, ast.JoinedStr]) -> None:
        self.joined = joined

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.joined.get(node.id)
        return node if found is None else ast.copy_location(found, node)


def _fill(text: bytes, old: bytes) -> bytes:
    """`text` in the room of `old`: padded with blanks, with as many lines, continued by backslashes."""
    first, *rest = old.split(b"\n")
    lines = [text.ljust(len(first)), *(b" " * len(line) for line in rest)]
    return b"\n".join([*((line[:-1] if line.endswith(b" ") else line) + b"\\" for line in lines[:-1]), lines[-1]])


def _apply(data: bytes, changes: list[_Change]) -> bytes:
    for change in reversed(changes):
        data = data[: change.start] + change.text + data[change.end :]
    return data


def _shift(node: ast.expr, lines: int, columns: int) -> ast.expr:
    for inner in ast.walk(node):
        if isinstance(inner, ast.expr | ast.keyword | ast.arg):
            if inner.lineno == 1:
                inner.col_offset += columns
            if inner.end_lineno == 1 and inner.end_col_offset is not None:
                inner.end_col_offset += columns
            inner.lineno += lines
            inner.end_lineno = (inner.end_lineno or 1) + lines
    return node


def _bound(tree: ast.Module) -> set[str]:
    """The names that some statement of the module binds."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return names | {
        alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    }


def _opaque(name: str) -> ast.stmt:
    """`T = object`, for a type parameter that annotations may name."""
    (statement,) = ast.parse(f"{name} = object").body
    return statement
