"""What the library models here are made of: pure functions, values that nobody can know, and objects without effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.calls import call_pure, pure
from dagcheck.evaluate.notes import NoteKind
from dagcheck.evaluate.values import Arguments, Lost, Module, Native, NativeClass, Object, Value
from dagcheck.model.values import Cause, Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Maker = Callable[["Interpreter", Arguments], Value]


def natives(functions: dict[str, Maker]) -> dict[str, Value]:
    """Names with the functions that give their values."""
    return {name: Native(name, function) for name, function in functions.items()}


def pure_names(module: ModuleType, names: str | Iterable[str]) -> dict[str, Value]:
    """Functions and constants of a real module that depend on nothing but their arguments. `names` are separated by spaces."""
    found: dict[str, Value] = {}
    for name in names.split() if isinstance(names, str) else names:
        value = getattr(module, name, None)
        if value is not None:
            found[name] = pure(f"{module.__name__}.{name}", value) if callable(value) and not isinstance(value, type) else value
    return found


def unknown_names(names: str, cause: Cause, prefix: str, note: NoteKind | None = None) -> dict[str, Value]:
    """Functions whose result nobody can know before they run."""
    return {name: unknown_function(f"{prefix}.{name}", cause, note) for name in names.split()}


def unknown_function(dotted: str, cause: Cause, note: NoteKind | None = None) -> Native:
    """A function whose result nobody can know; a call is noted where `note` says what it does."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        if note is not None:
            interp.note(note, dotted)
        return interp.unknown(f"{dotted}() {REASONS[cause]}", cause, name=dotted)

    return Native(dotted, run)


REASONS: dict[Cause, str] = {
    "clock": "moves with the clock",
    "random": "differs at each parse",
    "environment": "depends on the machine",
    "file": "depends on files that are not known",
    "unsupported": "is not followed",
    "runtime": "is known only when a task runs",
    "import": "is not in the project",
}
"""How a reason goes on after the name of a function whose result is not known."""


def first_problem(arguments: Arguments) -> Unknown | None:
    """The Unknown that keeps a call from being known, or None: an unknown unpacking or argument."""
    return arguments.problem()


def taken(interp: Interpreter, arguments: Arguments, count: int) -> list[Value]:
    """The first `count` positional arguments. Raises what the program would raise where there are fewer, and `Lost` where an unknown unpacking may hold them."""
    if len(arguments.args) < count:
        if arguments.star is not None:
            raise Lost(arguments.star)
        raise interp.raises(TypeError(f"expected {count} argument{'' if count == 1 else 's'}, got {len(arguments.args)}"))
    return arguments.args[:count]


def bounded_names(module: ModuleType, names: str, limit: int = 100_000) -> dict[str, Value]:
    """Functions of a real module that are pure and slow over long texts."""

    def too_long(*args: Any, **kwargs: Any) -> bool:
        return any(isinstance(arg, str | bytes | list | tuple) and len(arg) > limit for arg in args)

    return {name: guarded(name, getattr(module, name), too_long) for name in names.split()}


def guarded(name: str, function: Callable[..., Any], too_big: Callable[..., bool]) -> Native:
    """A pure function that is not called where `too_big` says that its result would be huge."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        if first_problem(arguments) is None and not any(isinstance(arg, Object) for arg in arguments.args):
            try:
                refused = too_big(*arguments.args, **arguments.kwargs)
            except TypeError:
                refused = False
            if refused:
                return interp.unknown(f"a very large result of {name}()", "budget")
        return call_pure(interp, function, arguments)

    return Native(name, run)


class Inert(Object):
    """Something whose use has no effect that matters: attributes and calls of it give itself."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        return self.name

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return Inert(f"{self.name}.{name}")

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return self

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        return self

    def enter(self, interp: Interpreter) -> Value:
        return self

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return iter(())


class InertClass(NativeClass):
    """A class whose objects do nothing that matters; the program's own classes may derive from it."""

    __slots__ = ("dotted", "name")

    def __init__(self, dotted: str) -> None:
        self.dotted = dotted
        self.name = dotted.rpartition(".")[2]

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        return Inert(f"{self.name}.{name}")


def submodule(interp: Interpreter, dotted: str) -> Module | Unknown:
    """Another modelled module, to be reached as an attribute."""
    found = interp.import_module(dotted)
    return found if isinstance(found, Module) else interp.unknown(f"{dotted} is not followed")
