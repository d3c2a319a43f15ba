"""Where texts stand in a file, and what they fill there.

One walk over the syntax tree, with a stack of its own (source may nest deeper than Python recurses), gives a `Slot` for each text: what it joins to, the names that it
fills from the innermost outwards (variable, attribute, key, argument, parameter, header, environment variable), and in what role.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dagcheck.patterns import late
from dagcheck.records import dataclass, field
from dagcheck.source.nodes import children
from dagcheck.source.text import Source
from dagcheck_rules.security._detection.arguments import arguments_of
from dagcheck_rules.security._detection.around import Around, beside
from dagcheck_rules.security._detection.categories import of_dict, of_rows
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.names import Kind, reading
from dagcheck_rules.security._detection.rows import about_logins, password_place
from dagcheck_rules.security._detection.scope import Scope
from dagcheck_rules.security._detection.text import Folding, Piece, Text, called, literal


class Slot(NamedTuple):
    """A text and what it fills; `node` is the expression that gives the text."""

    text: Text
    around: Around
    node: ast.expr


_SILENT = frozenset([ast.Name, ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal, ast.Break, ast.Continue])
"""Nodes that give no text where nothing around them says anything."""


@dataclass
class _Walk:
    waiting: list[tuple[ast.AST, Around]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    found: list[Slot] = field(default_factory=list)
    categories: set[int] = field(default_factory=set)

    def visit(self, node: ast.AST, around: Around) -> None:
        if isinstance(node, ast.expr):
            self._expression(node, around)
        elif isinstance(node, ast.stmt):
            self._statement(node, around)
        else:
            self._children(node, around)

    def push(self, node: ast.AST | None, around: Around) -> None:
        if node is not None:
            self.waiting.append((node, around))

    def _children(self, node: ast.AST, around: Around) -> None:
        inside = [child for child in children(node) if type(child) not in _SILENT]
        if inside:
            fresh = around.fresh()
            self.waiting.extend([(child, fresh) for child in inside])

    def _statement(self, node: ast.stmt, around: Around) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assigned(target, value, around)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
                self._assigned(target, value, around)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, around)
            case ast.ClassDef(body=body):
                self._children_but(node, around, body)
                self._block(body, Around(Scope(body, around.scope)))
            case ast.For(target=ast.Tuple(elts=targets), iter=rows) | ast.AsyncFor(target=ast.Tuple(elts=targets), iter=rows):
                self._rows(targets, rows, around)
                self._children(node, around)
            case ast.Return(value=ast.expr() as value):
                self.push(value, around.fresh().named(around.function) if around.function else around.fresh())
            case ast.Expr(value=ast.Constant(value=str()) as text):
                self.push(text, around.fresh()._replace(prose=True, docs=True))
            case ast.Raise():
                for part in (node.exc, node.cause):
                    self.push(part, around.fresh()._replace(prose=True))
            case _:
                self._children(node, around)

    def _children_but(self, node: ast.AST, around: Around, body: Sequence[ast.stmt]) -> None:
        inside = {id(statement) for statement in body}
        for child in children(node):
            if id(child) not in inside:
                self.push(child, around.fresh())

    def _block(self, body: Sequence[ast.stmt], around: Around) -> None:
        for statement in reversed(body):
            self.push(statement, around)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, around: Around) -> None:
        self._defaults(node.args, around)
        for decorator in node.decorator_list:
            self.push(decorator, around.fresh())
        self._block(node.body, Around(Scope(node.body, around.scope, node.args), function=node.name))

    def _defaults(self, arguments: ast.arguments, around: Around) -> None:
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults),
            *zip(arguments.kwonlyargs, arguments.kw_defaults),
        ]
        for parameter, default in pairs:
            self.push(default, around.fresh().named(parameter.arg)._replace(default=True))

    def _assigned(self, target: ast.expr, value: ast.expr, around: Around) -> None:
        match target, value:
            case ast.Tuple(elts=targets) | ast.List(elts=targets), ast.Tuple(elts=values) | ast.List(elts=values) if len(targets) == len(
                values
            ):
                for single, given in zip(targets, values):
                    self._assigned(single, given, around)
            case ast.Name(id=name), _:
                self.push(value, around.fresh().named(name))
            case ast.Attribute(value=owner, attr=name), _:
                self.push(value, around.fresh().named(name))
                self.push(owner, around.fresh())
            case ast.Subscript(value=owner, slice=key), _:
                self.push(owner, around.fresh())
                self.push(value, _subscripted(owner, key, around))
            case _:
                self.push(value, around.fresh())

    def _rows(self, targets: Sequence[ast.expr], rows: ast.expr, around: Around) -> None:
        """The columns of a literal table that a loop unpacks, each named by its loop variable."""
        table = around.scope.lookup(rows) if isinstance(rows, ast.Name | ast.Attribute) else rows
        if isinstance(table, ast.Call) and isinstance(table.func, ast.Attribute) and table.func.attr == "items":
            self._items(targets, table.func.value, around)
        if not isinstance(table, ast.List | ast.Tuple):
            return
        for row in table.elts[:500]:
            if isinstance(row, ast.Tuple | ast.List) and len(row.elts) == len(targets):
                for target, value in zip(targets, row.elts):
                    if isinstance(target, ast.Name):
                        self.push(value, around.fresh().named(target.id))

    def _items(self, targets: Sequence[ast.expr], owner: ast.expr, around: Around) -> None:
        """The values of a literal dictionary that a loop goes through with `.items()`, named by its second variable."""
        table = around.scope.lookup(owner) if isinstance(owner, ast.Name | ast.Attribute) else owner
        if isinstance(table, ast.Dict) and len(targets) == 2 and isinstance(targets[1], ast.Name):
            for value in table.values[:500]:
                self.push(value, around.fresh().named(targets[1].id))

    def _expression(self, node: ast.expr, around: Around) -> None:
        match node:
            case ast.Constant(value=str() | bytes()):
                self._emit(node, around)
            case ast.Constant():
                pass
            case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()) | ast.Subscript(slice=ast.Slice()):
                if self._emit(node, around) or isinstance(node, ast.BinOp):
                    self._leftovers(node, around)
                else:
                    self._children(node, around)
            case ast.Call():
                self._call(node, around)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                if around.meant.secret or around.shell:
                    self._emit(node, around)
                self._children(node, around)
            case ast.Dict():
                self._dict(node, around)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                self._sequence(node, elements, around)
            case _:
                self._other(node, around)

    def _other(self, node: ast.expr, around: Around) -> None:
        match node:
            case ast.Compare(left=left, comparators=others):
                self._compared([left, *others], around)
            case ast.BoolOp(values=values):
                for number, value in enumerate(values):
                    self.push(value, around._replace(default=around.default or (number > 0 and isinstance(node.op, ast.Or))))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.push(test, around.fresh())
                self.push(body, around)
                self.push(orelse, around)
            case ast.NamedExpr(target=target, value=value):
                self.push(value, around.fresh().named(target.id))
            case ast.Starred(value=value) | ast.Await(value=value) | ast.Yield(value=ast.expr() as value):
                self.push(value, around)
            case ast.Lambda(args=arguments, body=body):
                self._defaults(arguments, around)
                self.push(body, around)
            case _:
                self._children(node, around)

    def _emit(self, node: ast.expr, around: Around) -> bool:
        text = Folding(around.scope.lookup).text(node)
        if text is None:
            return False
        self.found.append(Slot(text, around.fresh() if id(node) in self.categories else around, node))
        if not isinstance(node, ast.Constant):
            self.used.update(
                id(piece.node) for piece in text.pieces if piece.node is not None and piece.node is not node and _inside(piece.node, node)
            )
        return True

    def _leftovers(self, node: ast.expr, around: Around) -> None:
        """The parts of a joined text that hold further expressions: calls, fields, conditions."""
        waiting = [node]
        while waiting:
            part = waiting.pop()
            match part:
                case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
                    waiting += [left, right]
                case ast.JoinedStr(values=values):
                    waiting += values
                case ast.FormattedValue(value=value):
                    waiting.append(value)
                case ast.Constant() | ast.Name():
                    continue
                case ast.Tuple(elts=elements):
                    waiting += elements
                case _:
                    self.push(part, around.fresh()) if part is not node else self._children(part, around)

    def _call(self, node: ast.Call, around: Around) -> None:
        self._emit(node, around)
        if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
            self.push(node.func.value, around.fresh())
        if isinstance(node.func, ast.Name) and node.func.id == "dict":
            self.categories.update(of_dict([keyword.arg for keyword in node.keywords], [keyword.value for keyword in node.keywords]))
        for value, inner in arguments_of(node, around):
            self.push(value, inner)
        self._login_row(node.args, around.fresh()._replace(names=(called(node),)) if len(node.args) >= 3 else around)

    def _key(self, key: ast.expr | None, around: Around) -> str | None:
        if key is None or isinstance(key, ast.Constant):
            return literal(key) if key is not None else None
        text = Folding(around.scope.lookup).text(key)
        return text.value if text is not None and text.known else None

    def _dict(self, node: ast.Dict, around: Around) -> None:
        keys = [self._key(key, around) for key in node.keys]
        named = next(
            (literal(value) for key, value in zip(keys, node.values) if key in words("names", "pairs", "name") and literal(value)), None
        )
        self.categories.update(of_dict(keys, node.values))
        for key, text, value in zip(node.keys, keys, node.values):
            if key is not None:
                self.push(key, around.fresh())
            if text is None:
                self.push(value, around._replace(inherited=True))
            elif named is not None and text in words("names", "pairs", "value"):
                self.push(value, around.named(named))
            else:
                self.push(value, beside(text, keys, around))

    def _sequence(self, node: ast.expr, elements: Sequence[ast.expr], around: Around) -> None:
        if (
            len(elements) == 2
            and isinstance(node, ast.Tuple | ast.List)
            and any(reading(name).kind is Kind.AUTH for name in around.names[:2])
            and not _kin(elements)
        ):
            self.push(elements[1], around.named("password"))
            self.push(elements[0], around.fresh())
            return
        if len(elements) == 2 and isinstance(node, ast.Tuple) and (name := literal(elements[0])) is not None and reading(name).secret:
            self.push(elements[1], around.named(name))
            return
        if any((text := literal(element)) is not None and text.startswith("-") for element in elements) or around.shell:
            self._command(node, elements, around)
        self.categories.update(of_rows(elements))
        self._login_row(elements, around)
        inner = around._replace(inherited=True)
        for element in elements:
            self.push(element, inner)

    def _command(self, node: ast.expr, elements: Sequence[ast.expr], around: Around) -> None:
        """A program's argument list, read as one command line."""
        folding, pieces = Folding(around.scope.lookup), []
        for element in elements[:200]:
            text = folding.text(element)
            pieces += [*(text.pieces if text else (Piece("\x00"),)), Piece(" ")]
        self.found.append(Slot(Text(tuple(pieces)), around.fresh()._replace(names=around.names, shell=True), node))

    def _login_row(self, elements: Sequence[ast.expr], around: Around) -> None:
        if 2 <= len(elements) <= 12:
            place = password_place([literal(element) for element in elements], about_logins((*around.names, around.callee)))
            if place is not None:
                self.push(elements[place], around.fresh().named("password")._replace(row=True))

    def _compared(self, sides: Sequence[ast.expr], around: Around) -> None:
        names = [name for side in sides if (name := _named_by(side))]
        for side in sides:
            self.push(side, around.fresh().named(names[0])._replace(compared=True) if names else around.fresh())


_known: weakref.WeakKeyDictionary[Source, tuple[Slot, ...]] = weakref.WeakKeyDictionary()


def slots(source: Source) -> tuple[Slot, ...]:
    """Every text of a file with what it fills; walked once for each source."""
    if source not in _known:
        _known[source] = tuple(_walked(source.tree))
    return _known[source]


def _walked(tree: ast.Module) -> Iterator[Slot]:
    walk = _Walk()
    around = Around(Scope(tree.body))
    walk.waiting.extend((statement, around) for statement in reversed(tree.body))
    while walk.waiting:
        node, around = walk.waiting.pop()
        if id(node) not in walk.used or around.meant.secret:
            walk.visit(node, around)
        yield from walk.found
        walk.found.clear()


def _kin(elements: Sequence[ast.expr]) -> bool:
    """Whether texts are names of one family, as those of a module's functions: `oauth_sign`, `oauth_encode`."""
    heads = [found.group(1) if (found := _FAMILY.fullmatch(literal(element) or "")) else None for element in elements]
    return None not in heads and len(set(heads)) == 1


_FAMILY = late(r"([a-z]{3,})(?:_[a-z]+)+")


def _inside(inner: ast.expr, outer: ast.expr) -> bool:
    start, end = (outer.lineno, outer.col_offset), (outer.end_lineno or outer.lineno, outer.end_col_offset or 0)
    return start <= (inner.lineno, inner.col_offset) <= end


def _subscripted(owner: ast.expr, key: ast.expr, around: Around) -> Around:
    name = literal(key)
    outer = around.fresh().named(_named_by(owner) or "")
    return outer.named(name) if name is not None else outer._replace(inherited=True)


def _named_by(node: ast.expr) -> str | None:
    """The name that an expression reads from: a variable, an attribute, a constant key."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
    return None
