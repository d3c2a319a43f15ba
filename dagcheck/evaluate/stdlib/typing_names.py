"""`typing`: names that only annotate are inert; TYPE_CHECKING is false."""

from __future__ import annotations

import collections.abc
import functools
from typing import TYPE_CHECKING

from dagcheck.evaluate.stdlib.abstract import AbstractType
from dagcheck.evaluate.stdlib.builtin_types import TYPES
from dagcheck.evaluate.stdlib.named_tuples import NamedTupleBase
from dagcheck.evaluate.values import Arguments, Native, NativeClass, Object, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

NAMES = [
    "Any",
    "AnyStr",
    "Annotated",
    "Awaitable",
    "Callable",
    "ClassVar",
    "Collection",
    "Concatenate",
    "Coroutine",
    "Counter",
    "DefaultDict",
    "Deque",
    "Dict",
    "Final",
    "FrozenSet",
    "Generator",
    "Hashable",
    "IO",
    "Iterable",
    "Iterator",
    "List",
    "Literal",
    "LiteralString",
    "Mapping",
    "MutableMapping",
    "MutableSequence",
    "MutableSet",
    "Never",
    "NoReturn",
    "NotRequired",
    "Optional",
    "OrderedDict",
    "ParamSpec",
    "Pattern",
    "Required",
    "Self",
    "Sequence",
    "Set",
    "Sized",
    "SupportsInt",
    "Text",
    "TextIO",
    "Tuple",
    "Type",
    "TypeAlias",
    "TypeGuard",
    "Union",
    "Unpack",
    "AsyncIterator",
    "AsyncGenerator",
    "BinaryIO",
    "Match",
    "ContextManager",
    "AbstractSet",
    "ItemsView",
    "KeysView",
    "ValuesView",
    "ChainMap",
    "TypeVarTuple",
    "ReadOnly",
]


class Annotation(Object):
    """A name that only annotates; `X[...]` and `X | Y` are itself."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        return f"typing.{self.name}"

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return self

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return self if operator == "|" else NotImplemented

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self


class InertBase(Annotation):
    """`Generic`, `Protocol`: a base class that adds nothing."""


class TypedDictBase(NativeClass):
    """`TypedDict`: its classes make dicts."""

    __slots__ = ()
    name = "TypedDict"
    dotted = "typing.TypedDict"

    def new(self, interp: Interpreter, cls: Value, arguments: Arguments) -> Value:
        return TYPES["dict"].make(interp, arguments)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return Annotation("TypedDict")


def _first(interp: Interpreter, arguments: Arguments) -> Value:
    return arguments.get(0, "func")


def _cast(interp: Interpreter, arguments: Arguments) -> Value:
    return arguments.get(1, "val")


def namespace(interp: Interpreter) -> dict[str, Value]:
    """The names of `typing` and `typing_extensions`."""
    return dict(_names())


@functools.cache
def _names() -> dict[str, Value]:
    found: dict[str, Value] = {name: Annotation(name) for name in NAMES}
    found |= {name: AbstractType(name, getattr(collections.abc, name)) for name in NAMES if hasattr(collections.abc, name)}
    found |= {name: TYPES[real] for name, real in (("List", "list"), ("Dict", "dict"), ("Tuple", "tuple"), ("Set", "set"), ("Text", "str"))}
    found |= {"NamedTuple": NamedTupleBase(), "TypedDict": TypedDictBase()}
    found |= {name: InertBase(name) for name in ("Generic", "Protocol", "SupportsFloat", "SupportsIndex")}
    found |= {
        name: Native(name, _first)
        for name in ("overload", "final", "no_type_check", "runtime_checkable", "override", "dataclass_transform")
    }
    found |= {name: Native(name, lambda i, arguments: Annotation("TypeVar")) for name in ("TypeVar",)}
    found["NewType"] = Native("NewType", lambda i, arguments: Native("a type", lambda inner, given: given.get(0, "value")))
    found["cast"] = Native("cast", _cast)
    found["TYPE_CHECKING"] = False
    return found
