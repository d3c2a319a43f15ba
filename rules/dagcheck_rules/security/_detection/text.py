"""What string expressions join to: `+`, `%`, f-strings, `format`, `join`, encodings, and names that are assigned once.

A `Text` knows of each of its characters which literal it came from, so that a finding can point at the literal that holds a secret.
"""

from __future__ import annotations

import ast
import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from dagcheck.patterns import late
from dagcheck_rules.security._detection.facts import words
from dagcheck_rules.security._detection.values import GAP

MOST = 200_000
"""Characters of one text that are looked at."""
_PERCENT = late(r"%(?:\((\w+)\))?[-#0 +]*(?:\d+|\*)?(?:\.\d+)?[srdiufaxg%]")
_BRACES = late(r"\{\{|\}\}|\{([^{}]*)\}")


class Piece(NamedTuple):
    """A stretch of a text: `node` is the literal that holds it and `offset` where in the literal's text it begins; of a gap, `unknown` is the expression."""

    text: str
    node: ast.expr | None = None
    offset: int = 0
    unknown: ast.expr | None = None


class Text(NamedTuple):
    """A text in pieces; what is not known of it stands as `GAP`. `decoded` says that it was base64 in the source."""

    pieces: tuple[Piece, ...]
    decoded: bool = False

    @property
    def value(self) -> str:
        """All the pieces together, at most `MOST` characters."""
        pieces = self.pieces
        return (pieces[0].text if len(pieces) == 1 else "".join([piece.text for piece in pieces]))[:MOST]

    @property
    def known(self) -> bool:
        """Whether nothing of it is missing."""
        return all(GAP not in piece.text for piece in self.pieces)

    def literals(self, start: int, end: int) -> list[tuple[ast.expr, int, int]]:
        """The literals that the characters from `start` to `end` came from, each with the first and the last offset in it."""
        found, at = [], 0
        for piece in self.pieces:
            low, high = max(start, at), min(end, at + len(piece.text))
            if low < high and piece.node is not None:
                found.append((piece.node, low - at + piece.offset, high - at + piece.offset))
            at += len(piece.text)
        return found


UNKNOWN = (Piece(GAP),)
Lookup = Callable[[ast.expr], ast.expr | None]


def literal(node: ast.expr) -> str | None:
    """The text of a string or bytes literal."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return node.value
        if isinstance(node.value, bytes):
            return node.value.decode("latin-1")
    return None


def called(node: ast.Call) -> str:
    """The last part of the name that a call calls, empty where it has none."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


class Folding:
    """Computes what expressions join to. `lookup` gives the expression that a name stands for, or None."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    def text(self, node: ast.expr) -> Text | None:
        """The text of an expression, or None where nothing of it is known."""
        if (known := literal(node)) is not None:  # nearly all of them
            return Text((Piece(known[:MOST], node),))
        if isinstance(node, ast.Call) and called(node) not in folding():
            return None
        pieces = tuple(self._pieces(node, 12))
        if all(piece.node is None for piece in pieces):
            return None
        return Text(pieces, decoded=_decodes(node))

    def _pieces(self, node: ast.expr, depth: int) -> Iterable[Piece]:
        if (known := literal(node)) is not None:
            return (Piece(known[:MOST], node),)
        if depth == 0:
            return (Piece(GAP, unknown=node),)
        match node:
            case ast.JoinedStr(values=values):
                return [piece for value in values for piece in self._of_field(value, depth - 1)]
            case ast.BinOp(op=ast.Add()):
                return self._sum(node, depth)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                return self._percent(left, right, depth - 1)
            case ast.Call():
                return self._call(node, depth - 1)
            case ast.Subscript(
                value=value, slice=ast.Slice(lower=None, upper=None, step=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)))
            ):
                return _mapped(self._pieces(value, depth - 1), lambda text: text[::-1])
            case ast.Name() | ast.Attribute() | ast.Subscript():
                target = self.lookup(node)
                return (Piece(GAP, unknown=node),) if target is None else self._pieces(target, depth - 3 if depth > 3 else 0)
        return (Piece(GAP, unknown=node),)

    def _of_field(self, node: ast.expr, depth: int) -> Iterable[Piece]:
        if isinstance(node, ast.FormattedValue):
            return (Piece(GAP, unknown=node),) if node.format_spec is not None else self._pieces(node.value, depth)
        return self._pieces(node, depth)

    def _sum(self, node: ast.BinOp, depth: int) -> list[Piece]:
        operands: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            operands.append(left.right)
            left = left.left
        operands.append(left)
        return [piece for operand in reversed(operands[-400:]) for piece in self._pieces(operand, depth - 1)]

    def _percent(self, left: ast.expr, right: ast.expr, depth: int) -> list[Piece]:
        template = literal(left)
        if template is None:
            return list(self._pieces(left, depth))
        given: list[ast.expr] = list(right.elts) if isinstance(right, ast.Tuple) else [right]
        named = _dict_items(right)
        out, at, turn = [], 0, 0
        for field in _PERCENT.finditer(template):
            out.append(Piece(template[at : field.start()], left, at))
            at = field.end()
            if field.group().endswith("%"):
                out.append(Piece("%", left, field.start()))
                continue
            value = named.get(field.group(1)) if field.group(1) else given[turn] if turn < len(given) else None
            turn += not field.group(1)
            out.extend(self._pieces(value, depth) if value is not None else UNKNOWN)
        return [*out, Piece(template[at:], left, at)]

    def _call(self, node: ast.Call, depth: int) -> Iterable[Piece]:
        match node.func:
            case ast.Attribute(value=base, attr="join") if node.args:
                given = self.lookup(node.args[0]) if isinstance(node.args[0], ast.Name) else node.args[0]
                return self._join(base, given, depth) if isinstance(given, ast.List | ast.Tuple) else UNKNOWN
            case ast.Attribute(value=base, attr="format") if literal(base) is not None:
                return self._format(base, node, depth)
            case ast.Attribute(value=base, attr=method) if method in words("calls", "passing", "methods") and not _is_module(base):
                pieces = self._pieces(base, depth)
                return (
                    _mapped(pieces, lambda text: _changed(text, method, node))
                    if method in ("strip", "lower", "upper", "replace", "lstrip", "rstrip", "title")
                    else pieces
                )
        name = called(node)
        if node.args and name in words("calls", "passing", "functions"):
            return _converted(name, self._pieces(node.args[0], depth))
        return (Piece(GAP, unknown=node),)

    def _join(self, base: ast.expr, given: ast.List | ast.Tuple, depth: int) -> list[Piece]:
        out: list[Piece] = []
        for number, element in enumerate(given.elts):
            out.extend(self._pieces(base, depth) if number else ())
            out.extend(self._pieces(element, depth))
        return out

    def _format(self, base: ast.expr, node: ast.Call, depth: int) -> list[Piece]:
        template, named = literal(base) or "", {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        out, at, turn = [], 0, 0
        for field in _BRACES.finditer(template):
            out.append(Piece(template[at : field.start()], base, at))
            at = field.end()
            if field.group(1) is None:
                out.append(Piece(field.group()[0], base, field.start()))
                continue
            key = field.group(1)
            value = named.get(key) if key and not key.isdigit() else _at(node.args, int(key) if key else turn)
            turn += not key
            out.extend(self._pieces(value, depth) if value is not None else UNKNOWN)
        return [*out, Piece(template[at:], base, at)]


@functools.cache
def folding() -> frozenset[str]:
    """The names of functions and methods whose result is made of the texts that they are given."""
    return words("calls", "passing", "methods") | words("calls", "passing", "functions") | {"join", "format"}


def _at(given: list[ast.expr], place: int) -> ast.expr | None:
    return given[place] if place < len(given) else None


def _is_module(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id in ("base64", "json", "urllib", "codecs", "textwrap", "html", "parse", "binascii", "os")


def _dict_items(node: ast.expr) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    return {name: value for key, value in zip(node.keys, node.values) if key is not None and (name := literal(key)) is not None}


def _mapped(pieces: Iterable[Piece], change: Callable[[str], str]) -> list[Piece]:
    """The pieces as one changed text, tied to the first literal."""
    pieces = list(pieces)
    joined = "".join(piece.text for piece in pieces)
    changed = change(joined)
    if changed == joined:
        return pieces
    return [Piece(changed, next((piece.node for piece in pieces if piece.node is not None), None))]


def _changed(text: str, method: str, node: ast.Call) -> str:
    given = [literal(argument) for argument in node.args]
    if any(argument is None for argument in given):
        return text
    try:
        return str(getattr(text, method)(*given))
    except (TypeError, ValueError):
        return text


_DECODERS: dict[str, Callable[[str], bytes]] = {
    "b64decode": base64.b64decode,
    "standard_b64decode": base64.b64decode,
    "urlsafe_b64decode": base64.urlsafe_b64decode,
    "fromhex": bytes.fromhex,
    "unhexlify": binascii.unhexlify,
}


def _converted(name: str, pieces: Iterable[Piece]) -> list[Piece]:
    if name in ("b64encode", "standard_b64encode", "urlsafe_b64encode"):
        return _mapped(pieces, lambda text: text if GAP in text else base64.b64encode(text.encode("utf-8", "replace")).decode())
    if name in _DECODERS:
        return _mapped(pieces, lambda text: _undone(text, _DECODERS[name]))
    return list(pieces)


def _undone(text: str, decoder: Callable[[str], bytes]) -> str:
    try:
        return decoder(text).decode("utf-8")
    except (ValueError, UnicodeDecodeError):
        return text


def _decodes(node: ast.expr) -> bool:
    for _ in range(6):
        if not isinstance(node, ast.Call):
            return False
        if called(node) in _DECODERS:
            return True
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return False


def from_base64(text: str) -> str | None:
    """What a text is in base64, where it is readable text; None otherwise."""
    plain = "".join(text.split())
    if len(plain) < 8 or len(plain) % 4 == 1 or not re.fullmatch(r"[A-Za-z0-9+/_\-]+={0,2}", plain):
        return None
    try:
        decoded = base64.b64decode(plain.replace("-", "+").replace("_", "/") + "=" * (-len(plain) % 4)).decode("utf-8")
    except (ValueError, UnicodeDecodeError):
        return None
    return decoded if decoded.isprintable() or all(c.isprintable() or c in "\r\n\t" for c in decoded) else None
