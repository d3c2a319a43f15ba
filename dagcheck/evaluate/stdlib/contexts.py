"""`contextlib`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate.classes import matches_exception
from dagcheck.evaluate.generators import throw
from dagcheck.evaluate.stdlib.modelling import InertClass, natives
from dagcheck.evaluate.stdlib.working_directory import move
from dagcheck.evaluate.values import Arguments, Lazy, Native, Object, Raised, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class GeneratorContext(Object):
    """What calling a function behind `@contextmanager` gives: its generator runs to the `yield` and, at the end of the block, on."""

    __slots__ = ("generator",)

    def __init__(self, generator: Value) -> None:
        self.generator = generator

    def describe(self) -> str:
        return "a context manager of the program"

    def enter(self, interp: Interpreter) -> Value:
        return interp.next_item(self.generator, None) if isinstance(self.generator, Lazy) else self.generator

    def leave(self, interp: Interpreter) -> None:
        if isinstance(self.generator, Lazy):
            interp.next_item(self.generator, None)

    def leave_raising(self, interp: Interpreter, error: Raised) -> bool | Unknown:
        return throw(interp, self.generator, error) if isinstance(self.generator, Lazy) else False

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return arguments.get(0, "func")


class ContextFunction(Object):
    """A function behind `@contextmanager`."""

    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function

    def describe(self) -> str:
        return describe(self.function)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return GeneratorContext(interp.call(self.function, arguments))

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.get_attr(self.function, name)


class Suppress(Object):
    """`suppress(…)`."""

    __slots__ = ("suppresses",)

    def __init__(self, kinds: list[Value]) -> None:
        self.suppresses = tuple(kinds)

    def enter(self, interp: Interpreter) -> Value:
        return None

    def leave_raising(self, interp: Interpreter, error: Raised) -> bool | Unknown:
        return matches_exception(error, self.suppresses)


class Held(Object):
    """`nullcontext(x)` and `closing(x)`: a block around a value."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    def enter(self, interp: Interpreter) -> Value:
        return self.value


class ExitStack(Object):
    """`ExitStack`: contexts that are entered one by one and left together, the last one first."""

    __slots__ = ("entered",)

    def __init__(self) -> None:
        self.entered: list[Value] = []

    def enter(self, interp: Interpreter) -> Value:
        return self

    def leave(self, interp: Interpreter) -> None:
        while self.entered:
            last = self.entered.pop()
            if isinstance(last, Arguments):
                interp.call(last.args[0], last.rest())
            else:
                last.leave(interp)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "enter_context":
            return Native(name, self._enter)
        if name == "callback":
            return Native(name, lambda i, arguments: self.entered.append(arguments))
        if name in ("close", "pop_all"):
            return Native(name, lambda i, _: self.leave(i) if name == "close" else self)
        return super().get_attr(interp, name)

    def _enter(self, interp: Interpreter, arguments: Arguments) -> Value:
        manager = arguments.get(0, "cm")
        if not isinstance(manager, Object):
            return manager
        value = manager.enter(interp)
        self.entered.append(manager)
        return value


class Redirect(Object):
    """`redirect_stdout(…)`: without effect."""

    __slots__ = ()

    def enter(self, interp: Interpreter) -> Value:
        return None


def _chdir(interp: Interpreter, arguments: Arguments) -> Value:
    """`contextlib.chdir(…)`: which folder the program is in is not followed from here on."""
    move(interp, None)
    return Redirect()


def contextlib_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `contextlib`."""
    held = dict.fromkeys(("nullcontext", "closing"), lambda i, arguments: Held(arguments.get(0, "thing")))
    redirect = dict.fromkeys(("redirect_stdout", "redirect_stderr"), lambda i, _: Redirect())
    return {
        **natives({"contextmanager": lambda i, arguments: ContextFunction(arguments.get(0, "func")), **held, **redirect}),
        **natives({"suppress": lambda i, arguments: Suppress(arguments.args), "ExitStack": lambda i, _: ExitStack(), "chdir": _chdir}),
        **natives({"asynccontextmanager": lambda i, arguments: ContextFunction(arguments.get(0, "func"))}),
        **{
            name: InertClass(f"contextlib.{name}") for name in ("ContextDecorator", "AbstractContextManager", "AbstractAsyncContextManager")
        },
    }
