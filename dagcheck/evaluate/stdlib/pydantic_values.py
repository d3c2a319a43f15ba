"""What pydantic's validation makes of a value, by the annotation of its field: the rules of pydantic 2 in its lax mode.

What is not settled here, and what pydantic 1 and 2 do differently, is unknown; a value that both refuse raises ValueError, of which ValidationError is one.
"""

from __future__ import annotations

import ast
import datetime
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.operators import is_known
from dagcheck.evaluate.stdlib.builtin_types import BuiltinType
from dagcheck.evaluate.stdlib.enumerations import Members
from dagcheck.evaluate.stdlib.records import Record
from dagcheck.evaluate.values import MISSING, Arguments, Class, Instance, Object, Raised, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

WORDS = {
    word: word in ("true", "t", "yes", "y", "on", "1") for word in ("true", "t", "yes", "y", "on", "1", "false", "f", "no", "n", "off", "0")
}
ANYTHING = frozenset({"Any", "object", "Callable", "TypedDict"})
SAME_AS = {
    "StrictStr": "str", "constr": "str", "StrictInt": "int", "conint": "int", "PositiveInt": "int", "NonNegativeInt": "int", "NegativeInt": "int",
    "StrictBool": "bool", "confloat": "float", "PositiveFloat": "float", "NonNegativeFloat": "float", "StrictFloat": "float", "conlist": "list",
    "List": "list", "Sequence": "list", "Iterable": "list", "MutableSequence": "list", "Dict": "dict", "Mapping": "dict", "MutableMapping": "dict",
    "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "Text": "str",
}  # fmt: skip
"""Types that take the values of a plainer one; that they may refuse some is left aside."""


@functools.lru_cache(maxsize=4096)
def read_annotation(text: str) -> ast.expr:
    """The tree of an annotation, one that stands in quotes too."""
    node = ast.parse(text, mode="eval").body
    return read_annotation(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else node


def validated(interp: Interpreter, owner: Class, annotation: str, value: Value) -> Value:
    """The value that a field of this annotation gets; `owner` is the class whose module gives the names their meaning.

    Raises:
        Raised: ValueError, where pydantic refuses the value.
    """
    if not annotation:
        return value
    try:
        return Conversion(interp, owner).of(read_annotation(annotation), value)
    except SyntaxError:
        return value


class Conversion:
    """The conversion of one field's value."""

    def __init__(self, interp: Interpreter, owner: Class) -> None:
        self.interp = interp
        self.owner = owner

    def of(self, node: ast.expr, value: Value) -> Value:
        """The value that the annotation makes of another; Unknown where that is not known."""
        if isinstance(value, Unknown):
            return value
        match node:
            case ast.Constant(value=None):
                return value if value is None else self._refused(node, value)
            case ast.Constant(value=str(text)):
                return self.of(read_annotation(text), value)
            case ast.BinOp(op=ast.BitOr()):
                return self._one_of([node.left, node.right], value)
            case ast.Subscript():
                return self._generic(node, value)
            case ast.Call():
                return self.of(node.func, value)
            case ast.Name() | ast.Attribute():
                return self._named(node, value)
        return self._lost(node)

    def _lost(self, node: ast.expr) -> Unknown:
        return self.interp.unknown(f"a value that pydantic converts to {ast.unparse(node)}")

    def _refused(self, node: ast.expr, value: Value) -> Value:
        raise self.interp.raises(ValueError(f"pydantic takes no {describe(value)} for {ast.unparse(node)}"))

    def _one_of(self, options: list[ast.expr], value: Value) -> Value:
        """The first option that takes the value as it is, else the first that converts it."""
        flat: list[ast.expr] = []
        for option in options:
            flat += [option.left, option.right] if isinstance(option, ast.BinOp) else [option]
        if any(isinstance(option, ast.BinOp) for option in flat):
            return self._one_of(flat, value)
        results = [result for result in (self._tried(option, value) for option in flat) if result is not MISSING]
        if not results:
            raise self.interp.raises(ValueError(f"pydantic takes no {describe(value)} for {' | '.join(map(ast.unparse, flat))}"))
        return next((result for result in results if as_it_was(result, value)), results[0])

    def _tried(self, node: ast.expr, value: Value) -> Value:
        try:
            return self.of(node, value)
        except Raised:
            return MISSING

    def _generic(self, node: ast.Subscript, value: Value) -> Value:
        name = _last(node.value)
        inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        match SAME_AS.get(name, name):
            case "Optional":
                return None if value is None else self.of(inner[0], value)
            case "Union":
                return self._one_of(inner, value)
            case "Literal":
                return self._literal(node, inner, value)
            case "Annotated":
                return self._lost(node) if any("Validator" in ast.unparse(extra) for extra in inner[1:]) else self.of(inner[0], value)
            case "list" | "set" | "frozenset" | "tuple" as kind:
                return self._collection(node, kind, inner, value)
            case "dict" | "defaultdict" | "OrderedDict":
                return self._mapping(node, inner, value)
            case "type" | "Type" | "ClassVar" | "Final" | "Callable":
                return value
        return self._lost(node)

    def _literal(self, node: ast.expr, options: list[ast.expr], value: Value) -> Value:
        known = [option.value for option in options if isinstance(option, ast.Constant)]
        if any(type(option) is type(value) and option == value for option in known):
            return value
        return self._refused(node, value) if len(known) == len(options) and is_known(value) else self._lost(node)

    def _collection(self, node: ast.expr, kind: str, inner: list[ast.expr], value: Value) -> Value:
        if isinstance(value, str | bytes | dict | Object) or not isinstance(value, list | tuple | set | frozenset):
            return self._lost(node) if isinstance(value, Object) else self._refused(node, value)
        blurred = self.interp.state.blurry(value)
        if blurred is not None:
            return blurred
        of_each = inner if kind == "tuple" and len(inner) == len(value) and not _is_endless(inner) else [inner[0]] * len(value)
        made = [self.of(one, item) for one, item in zip(of_each, value, strict=True)]
        if kind in ("list", "tuple"):
            return made if kind == "list" else tuple(made)
        why = next((item for item in made if isinstance(item, Unknown)), None)
        return {"set": set, "frozenset": frozenset}[kind](made) if why is None else why

    def _mapping(self, node: ast.expr, inner: list[ast.expr], value: Value) -> Value:
        if not isinstance(value, dict):
            return self._lost(node) if isinstance(value, Object) else self._refused(node, value)
        blurred = self.interp.state.blurry(value)
        if blurred is not None or len(inner) != 2:
            return self._lost(node) if blurred is None else blurred
        pairs = [(self.of(inner[0], key), self.of(inner[1], item)) for key, item in value.items()]
        why = next((key for key, _ in pairs if isinstance(key, Unknown)), None)
        return dict(pairs) if why is None else why

    def _named(self, node: ast.expr, value: Value) -> Value:
        name = _last(node)
        found = self.owner.namespace.get(name, self.owner.module.namespace.get(name)) if isinstance(node, ast.Name) else None
        if isinstance(found, Class):
            return self._of_class(node, found, value)
        name = found.name if isinstance(found, BuiltinType) else found.__name__ if isinstance(found, type) else name
        plain = SAME_AS.get(name, name)
        if plain in ANYTHING:
            return value
        convert = PLAIN.get(plain)
        if convert is None:
            return self._lost(node)
        made = convert(self.interp, value)
        if made is NotImplemented:
            return self._lost(node)
        return self._refused(node, value) if made is MISSING else made

    def _of_class(self, node: ast.expr, cls: Class, value: Value) -> Value:
        if isinstance(value, Instance):
            return value if isinstance(value.cls, Class) and cls in value.cls.mro else self._lost(node)
        if isinstance(cls.special, Members):
            own = getattr(value, "evaluator_class", None)
            if own is not None and not isinstance(value, Object) and own() is cls:
                return value
            return self.interp.call(cls, Arguments([value]))
        if isinstance(cls.special, Record) and isinstance(value, dict):
            if self.interp.state.blurry(value) is not None:
                return self._lost(node)
            return self.interp.call(cls, Arguments([], {key: item for key, item in value.items() if isinstance(key, str)}))
        if isinstance(value, Object) or any(isinstance(base, BuiltinType) for base in cls.mro[:-1]):
            return self._lost(node)
        return self._refused(node, value) if isinstance(cls.special, Record) else self._lost(node)


def as_it_was(result: Value, value: Value) -> bool:
    """Whether a conversion has left a value alone."""
    return result is value or (type(result) is type(value) and is_known(result) and is_known(value) and bool(result == value))


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_endless(inner: list[ast.expr]) -> bool:
    return len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...


def _text(interp: Interpreter, value: Value) -> Value:
    return value if isinstance(value, str) else NotImplemented  # pydantic 1 makes texts of numbers, 2 refuses them


def _whole(interp: Interpreter, value: Value) -> Value:
    if type(value) is int or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str):
        return int(value) if value.strip().lstrip("+-").isdecimal() else MISSING
    if isinstance(value, float):
        return int(value) if value.is_integer() else NotImplemented  # pydantic 1 cuts it off, 2 refuses it
    return NotImplemented if isinstance(value, bool | Object) else MISSING


def _number(interp: Interpreter, value: Value) -> Value:
    if isinstance(value, bool | Object):
        return NotImplemented
    try:
        return float(value) if isinstance(value, int | float | str) else MISSING
    except ValueError:
        return MISSING


def _truth(interp: Interpreter, value: Value) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return WORDS.get(value.lower(), MISSING)
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else MISSING
    return NotImplemented if isinstance(value, Object) else MISSING


def _moment(interp: Interpreter, value: Value) -> Value:
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time())
    return _iso(datetime.datetime.fromisoformat, value)


def _day(interp: Interpreter, value: Value) -> Value:
    if isinstance(value, datetime.datetime):
        return value.date() if value.time() == datetime.time() and value.tzinfo is None else NotImplemented
    return value if isinstance(value, datetime.date) else _iso(datetime.date.fromisoformat, value)


def _iso(read: Callable[[str], Any], value: Value) -> Value:
    """A date that is written as ISO 8601 says; other forms are left to pydantic."""
    try:
        return read(value) if isinstance(value, str) else NotImplemented
    except ValueError:
        return NotImplemented


def _duration(interp: Interpreter, value: Value) -> Value:
    if isinstance(value, datetime.timedelta):
        return value
    return datetime.timedelta(seconds=value) if isinstance(value, int | float) and not isinstance(value, bool) else NotImplemented


def _path(interp: Interpreter, value: Value) -> Value:
    made = interp.get_attr(interp.import_module("pathlib"), "Path")
    return interp.call(made, Arguments([value])) if isinstance(value, str) else value


def _kind(*kinds: type) -> Callable[[Interpreter, Value], Value]:
    """Takes values of these types as they are, and those of like kinds as copies of the first."""

    def convert(interp: Interpreter, value: Value) -> Value:
        if isinstance(value, kinds[0]):
            return value
        return kinds[0](value) if isinstance(value, kinds[1:]) else NotImplemented if isinstance(value, Object) else MISSING

    return convert


PLAIN: dict[str, Callable[[Interpreter, Value], Value]] = {
    "str": _text, "int": _whole, "float": _number, "bool": _truth, "datetime": _moment, "date": _day, "timedelta": _duration, "Path": _path,
    "list": _kind(list, tuple, set, frozenset), "tuple": _kind(tuple, list, set, frozenset), "set": _kind(set, list, tuple, frozenset), "dict": _kind(dict),
    "bytes": _kind(bytes), "frozenset": _kind(frozenset, list, tuple, set),
}  # fmt: skip
"""What makes a value of a plain type: MISSING where pydantic refuses it, NotImplemented where that is not settled."""
