"""Where texts stand in a file, and what they fill there.

One walk over the syntax tree, with a stack of its own (source may nest deeper than Python recurses), gives a `Slot` for each text: what it joins to, the names that it
fills from the innermost outwards (variable, attribute, key, argument, parameter, header, environment variable), and in what role.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from dagcheck.patterns import late
from dagcheck.source.nodes import children, every
from dagcheck.source.text import Source
from dagcheck_rules.security._detection.arguments import arguments_of, callee_of
from dagcheck_rules.security._detection.around import DOCSTRING, NOTHING, PROSE, Around, beside
from dagcheck_rules.security._detection.categories import of_dict, of_rows
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.names import reading
from dagcheck_rules.security._detection.rows import password_place
from dagcheck_rules.security._detection.scope import Scope
from dagcheck_rules.security._detection.text import MOST, Folding, Piece, Text, literal


class Slot(NamedTuple):
    """A text and what it fills; `node` is the expression that gives the text, `function` the one in whose body it stands."""

    text: Text
    around: Around
    node: ast.expr
    function: str = ""


_SILENT = frozenset([ast.Name, ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal, ast.Break, ast.Continue])
"""Nodes that give no text where nothing around them says anything."""
_TELLING = late(r"[=:'\" <{]")
_SHORTEST, _SHORT = 4, 16
"""Characters that a secret, and one that nothing around it announces, has at least."""


class _Walk:
    def __init__(self, tree: ast.Module) -> None:
        defined = every(tree, ast.FunctionDef), every(tree, ast.AsyncFunctionDef), every(tree, ast.ClassDef)
        self.scope = Scope(tree.body, callables=frozenset(node.name for nodes in defined for node in nodes))
        self.waiting: list[tuple[ast.AST, Around, Scope]] = []
        self.used: set[int] = set()
        self.found: list[Slot] = []
        self.categories: set[int] = set()
        self._block(tree.body, self.scope)

    def run(self) -> list[Slot]:
        """Walk through everything that waits."""
        waiting, visits = self.waiting, self.visits
        while waiting:
            node, around, self.scope = waiting.pop()
            visit = visits.get(type(node))
            if visit is None:
                self._children(node)
            else:
                visit(self, node, around)
        return self.found

    def push(self, node: ast.AST | None, around: Around) -> None:
        if node is not None:
            self.waiting.append((node, around, self.scope))

    def _children(self, node: ast.AST) -> None:
        scope = self.scope
        self.waiting += [(child, NOTHING, scope) for child in children(node) if type(child) not in _SILENT]

    def _assign(self, node: ast.Assign, _around: Around) -> None:
        for target in node.targets:
            self._assigned(target, node.value)

    def _assign_one(self, node: ast.AnnAssign | ast.AugAssign, _around: Around) -> None:
        if node.value is None:
            self._children(node)
        else:
            self._assigned(node.target, node.value)

    def _class(self, node: ast.ClassDef, _around: Around) -> None:
        inside = {id(statement) for statement in node.body}
        for child in children(node):
            if id(child) not in inside:
                self.push(child, NOTHING)
        self._block(node.body, Scope(node.body, self.scope))

    def _for(self, node: ast.For | ast.AsyncFor, _around: Around) -> None:
        if isinstance(node.target, ast.Tuple):
            self._rows(node.target.elts, node.iter)
        self._children(node)

    def _return(self, node: ast.Return, _around: Around) -> None:
        self.push(node.value, NOTHING.named(self.scope.function) if self.scope.function else NOTHING)

    def _alone(self, node: ast.Expr, _around: Around) -> None:
        """An expression that is a statement: a text by itself documents something."""
        value = node.value
        self.push(value, DOCSTRING if isinstance(value, ast.Constant) and isinstance(value.value, str) else NOTHING)

    def _raise(self, node: ast.Raise, _around: Around) -> None:
        for part in (node.exc, node.cause):
            self.push(part, PROSE)

    def _block(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        self.waiting += [(statement, NOTHING, scope) for statement in reversed(body) if type(statement) not in _SILENT]

    def _with(self, node: ast.With | ast.AsyncWith, _around: Around) -> None:
        scope = self.scope
        for item in node.items:
            self.push(item.context_expr, NOTHING)
            self.push(item.optional_vars, NOTHING)
        self.waiting += [(statement, NOTHING, scope) for statement in node.body]

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, _around: Around) -> None:
        self._defaults(node.args)
        for decorator in node.decorator_list:
            self.push(decorator, NOTHING)
        self._block(node.body, Scope(node.body, self.scope, node.args, node.name))

    def _defaults(self, arguments: ast.arguments) -> None:
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults),
            *zip(arguments.kwonlyargs, arguments.kw_defaults),
        ]
        for parameter, default in pairs:
            self.push(default, NOTHING.named(parameter.arg).but(default=True))

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self.push(value, NOTHING.named(name))
            case ast.Tuple(elts=targets) | ast.List(elts=targets), ast.Tuple(elts=values) | ast.List(elts=values) if len(targets) == len(
                values
            ):
                for single, given in zip(targets, values):
                    self._assigned(single, given)
            case ast.Attribute(value=owner, attr=name), _:
                self.push(value, NOTHING.named(name))
                self.push(owner, NOTHING)
            case ast.Subscript(value=owner, slice=key), _:
                self.push(owner, NOTHING)
                self.push(value, _subscripted(owner, key))
            case _:
                self.push(value, NOTHING)

    def _rows(self, targets: Sequence[ast.expr], rows: ast.expr) -> None:
        """The columns of a literal table that a loop unpacks, each named by its loop variable."""
        table = self.scope.lookup(rows) if isinstance(rows, ast.Name | ast.Attribute) else rows
        if isinstance(table, ast.Call) and isinstance(table.func, ast.Attribute) and table.func.attr == "items":
            self._items(targets, table.func.value)
        if not isinstance(table, ast.List | ast.Tuple):
            return
        for row in table.elts[:500]:
            if isinstance(row, ast.Tuple | ast.List) and len(row.elts) == len(targets):
                for target, value in zip(targets, row.elts):
                    if isinstance(target, ast.Name):
                        self.push(value, NOTHING.named(target.id))

    def _items(self, targets: Sequence[ast.expr], owner: ast.expr) -> None:
        """The values of a literal dictionary that a loop goes through with `.items()`, named by its second variable."""
        table = self.scope.lookup(owner) if isinstance(owner, ast.Name | ast.Attribute) else owner
        if isinstance(table, ast.Dict) and len(targets) == 2 and isinstance(targets[1], ast.Name):
            for value in table.values[:500]:
                self.push(value, NOTHING.named(targets[1].id))

    def _constant(self, node: ast.Constant, around: Around) -> None:
        text = literal(node)
        if text is not None and len(text) >= _SHORTEST and (around.secret or (tells(text) and id(node) not in self.used)):
            self._note(Text((Piece(text[:MOST], node),)), around, node)

    def _joined(self, node: ast.JoinedStr, around: Around) -> None:
        if self._emit(node, around):
            self._leftovers(node)
        else:
            self._children(node)

    def _operation(self, node: ast.BinOp, around: Around) -> None:
        if isinstance(node.op, ast.Add | ast.Mod):
            self._emit(node, around)
            self._leftovers(node)
        else:
            self.push(node.left, NOTHING)
            self.push(node.right, NOTHING)

    def _subscript(self, node: ast.Subscript, around: Around) -> None:
        if isinstance(node.slice, ast.Slice) and self._emit(node, around):
            self._leftovers(node)
        elif isinstance(node.slice, ast.Slice):
            self._children(node)
        else:
            self._name(node, around)
            self._children(node)

    def _name(self, node: ast.Name | ast.Attribute | ast.Subscript, around: Around) -> None:
        """Something that may stand for a text elsewhere, which counts where a secret or a command is wanted."""
        if around.secret or around.shell:
            self._emit(node, around)

    def _attribute(self, node: ast.Attribute, around: Around) -> None:
        self._name(node, around)
        self.push(node.value, NOTHING)

    def _compare(self, node: ast.Compare, _around: Around) -> None:
        sides = [node.left, *node.comparators]
        names = [name for side in sides if (name := _named_by(side))]
        for side in sides:
            self.push(side, NOTHING.named(names[0]).but(compared=True) if names else NOTHING)

    def _choice(self, node: ast.BoolOp, around: Around) -> None:
        for number, value in enumerate(node.values):
            self.push(value, around.but(default=True) if number > 0 and isinstance(node.op, ast.Or) else around)

    def _condition(self, node: ast.IfExp, around: Around) -> None:
        self.push(node.test, NOTHING)
        self.push(node.body, around)
        self.push(node.orelse, around)

    def _walrus(self, node: ast.NamedExpr, _around: Around) -> None:
        self.push(node.value, NOTHING.named(node.target.id))

    def _through(self, node: ast.Starred | ast.Await | ast.Yield, around: Around) -> None:
        self.push(node.value, around)

    def _lambda(self, node: ast.Lambda, around: Around) -> None:
        self._defaults(node.args)
        self.push(node.body, around)

    def _emit(self, node: ast.expr, around: Around) -> bool:
        """Note what an expression joins to, and whether it does; its literals are then looked at alone only where a secret is wanted."""
        text = Folding(self.scope.lookup).text(node)
        if text is None:
            return False
        if around.secret or tells(text.value):
            self._note(text, around, node)
        self.used.update(
            id(piece.node) for piece in text.pieces if piece.node is not None and piece.node is not node and _inside(piece.node, node)
        )
        return True

    def _note(self, text: Text, around: Around, node: ast.expr) -> None:
        self.found.append(Slot(text, NOTHING if id(node) in self.categories else around, node, self.scope.function))

    def _leftovers(self, node: ast.expr) -> None:
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
                    self.push(part, NOTHING) if part is not node else self._children(part)

    def _call(self, node: ast.Call, around: Around) -> None:
        callee = callee_of(node)
        if callee.folds:
            self._emit(node, around)
        function = node.func
        if isinstance(function, ast.Attribute) and not isinstance(function.value, ast.Name):
            self.push(function.value, NOTHING)
        if not node.args and not node.keywords:
            return
        if isinstance(function, ast.Name) and function.id == "dict":
            self.categories.update(of_dict([keyword.arg for keyword in node.keywords], [keyword.value for keyword in node.keywords]))
        scope = self.scope
        self.waiting += [(value, inner, scope) for value, inner in arguments_of(node, callee, around, scope)]
        if len(node.args) >= 2:
            self._login_row(node.args, NOTHING.but(names=(callee.name,)) if len(node.args) >= 3 else around)

    def _key(self, key: ast.expr | None) -> str | None:
        if key is None or isinstance(key, ast.Constant):
            return literal(key) if key is not None else None
        text = Folding(self.scope.lookup).text(key)
        return text.value if text is not None and text.known else None

    def _dict(self, node: ast.Dict, around: Around) -> None:
        keys = [self._key(key) for key in node.keys]
        named = next(
            (literal(value) for key, value in zip(keys, node.values) if key in words("names", "pairs", "name") and literal(value)), None
        )
        self.categories.update(of_dict(keys, node.values))
        for key, text, value in zip(node.keys, keys, node.values):
            if key is not None:
                self.push(key, NOTHING)
            if text is None:
                self.push(value, around.but(inherited=True))
            elif named is not None and text in words("names", "pairs", "value"):
                self.push(value, around.named(named))
            else:
                self.push(value, beside(text, keys, around))

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, around: Around) -> None:
        elements = node.elts
        if len(elements) == 2 and not isinstance(node, ast.Set) and around.authenticates and not _kin(elements):
            self.push(elements[1], around.named("password"))
            self.push(elements[0], NOTHING)
            return
        if len(elements) == 2 and isinstance(node, ast.Tuple) and (name := literal(elements[0])) is not None and reading(name).secret:
            self.push(elements[1], around.named(name))
            return
        if around.shell or any((text := literal(element)) is not None and text.startswith("-") for element in elements):
            self._command(node, elements, around)
        self.categories.update(of_rows(elements))
        self._login_row(elements, around)
        inner = around.but(inherited=True)
        for element in elements:
            self.push(element, inner)

    def _command(self, node: ast.expr, elements: Sequence[ast.expr], around: Around) -> None:
        """A program's argument list, read as one command line."""
        folding, pieces = Folding(self.scope.lookup), []
        for element in elements[:200]:
            text = folding.text(element)
            pieces += [*(text.pieces if text else (Piece("\x00"),)), Piece(" ")]
        self.found.append(Slot(Text(tuple(pieces)), NOTHING.but(names=around.names, shell=True), node, self.scope.function))

    def _login_row(self, elements: Sequence[ast.expr], around: Around) -> None:
        if 2 <= len(elements) <= 12:
            texts = [literal(element) for element in elements]
            place = password_place(texts, around.of_logins) if any(texts[1:]) else None
            if place is not None:
                self.push(elements[place], NOTHING.named("password").but(row=True))

    visits: ClassVar[dict[type[ast.AST], Callable[[_Walk, Any, Around], None]]] = {
        ast.Constant: _constant,
        ast.Call: _call,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.JoinedStr: _joined,
        ast.BinOp: _operation,
        ast.Subscript: _subscript,
        ast.Dict: _dict,
        **dict.fromkeys((ast.List, ast.Tuple, ast.Set), _sequence),
        ast.Compare: _compare,
        ast.BoolOp: _choice,
        ast.IfExp: _condition,
        ast.NamedExpr: _walrus,
        **dict.fromkeys((ast.Starred, ast.Await, ast.Yield), _through),
        ast.Lambda: _lambda,
        ast.Expr: _alone,
        ast.Assign: _assign,
        **dict.fromkeys((ast.AnnAssign, ast.AugAssign), _assign_one),
        **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), _function),
        ast.ClassDef: _class,
        **dict.fromkeys((ast.For, ast.AsyncFor), _for),
        **dict.fromkeys((ast.With, ast.AsyncWith), _with),
        ast.Return: _return,
        ast.Raise: _raise,
    }


_known: weakref.WeakKeyDictionary[Source, tuple[Slot, ...]] = weakref.WeakKeyDictionary()


def slots(source: Source) -> tuple[Slot, ...]:
    """The texts of a file with what they fill, but for the short and plain ones that fill nothing secret; walked once for each source."""
    if source not in _known:
        _known[source] = tuple(_Walk(source.tree).run())
    return _known[source]


def tells(text: str) -> bool:
    """Whether a text may be or hold anything by itself: it is long, or has a sign of one of the grammars."""
    return len(text) >= _SHORT or bool(_TELLING.search(text))


def _kin(elements: Sequence[ast.expr]) -> bool:
    """Whether texts are names of one family, as those of a module's functions: `oauth_sign`, `oauth_encode`."""
    heads = [found.group(1) if (found := _FAMILY.fullmatch(literal(element) or "")) else None for element in elements]
    return None not in heads and len(set(heads)) == 1


_FAMILY = late(r"([a-z]{3,})(?:_[a-z]+)+")


def _inside(inner: ast.expr, outer: ast.expr) -> bool:
    start, end = (outer.lineno, outer.col_offset), (outer.end_lineno or outer.lineno, outer.end_col_offset or 0)
    return start <= (inner.lineno, inner.col_offset) <= end


def _subscripted(owner: ast.expr, key: ast.expr) -> Around:
    name = literal(key)
    outer = NOTHING.named(_named_by(owner) or "")
    return outer.named(name) if name is not None else outer.but(inherited=True)


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
