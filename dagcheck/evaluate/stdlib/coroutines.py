"""`asyncio` and `await`: a coroutine runs when it is awaited, one after the other, since nothing that it waits for at parse time is followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dagcheck.evaluate.stdlib.modelling import Inert, natives, unknown_names
from dagcheck.evaluate.values import MISSING, Arguments, Class, Instance, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class Awaitable(Object):
    """A coroutine, task or future: `run` gives its result, once."""

    __slots__ = ("result", "run")

    def __init__(self, run: Callable[[Interpreter], Value]) -> None:
        self.run = run
        self.result: Value = MISSING

    def describe(self) -> str:
        return "a coroutine"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name == "result":
            return Native("result", lambda i, _: awaited(i, self))
        if name in ("close", "cancel", "add_done_callback", "set_name"):
            return Inert(name)
        return super().get_attr(interp, name)


def awaited(interp: Interpreter, value: Value) -> Value:
    """The value of `await value`."""
    if isinstance(value, Awaitable):
        if value.result is MISSING:
            value.result = value.run(interp)
        return value.result
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance) and isinstance(value.cls, Class) and value.cls.find(interp, "__await__") is not MISSING:
        return interp.unknown("an object that says itself how it is awaited is not followed")
    if isinstance(value, Object):
        return interp.unknown(f"what awaiting {value.describe()} gives is not followed")
    raise interp.raises(TypeError(f"object {type(value).__name__} can't be used in 'await' expression"))


def _of_first(interp: Interpreter, arguments: Arguments) -> Value:
    """`asyncio.run(…)`, `loop.run_until_complete(…)`."""
    return awaited(interp, arguments.get(0, "main", arguments.get(None, "future")))


def _wait_for(interp: Interpreter, arguments: Arguments) -> Value:
    inner = arguments.get(0, "fut")
    return Awaitable(lambda i: awaited(i, inner))


def _gather(interp: Interpreter, arguments: Arguments) -> Value:
    """All results in order; errors are not collected, so `return_exceptions` is not followed."""
    if arguments.star is not None:
        return arguments.star
    if arguments.kwargs.get("return_exceptions", False) is not False:
        return Awaitable(lambda i: i.unknown("gather() with return_exceptions is not followed"))
    return Awaitable(lambda i: [awaited(i, one) for one in arguments.args])


def _sleep(interp: Interpreter, arguments: Arguments) -> Value:
    return Awaitable(lambda i: arguments.get(1, "result"))


def _to_thread(interp: Interpreter, arguments: Arguments) -> Value:
    function, given = arguments.get(0, "func"), arguments.rest()
    return Awaitable(lambda i: i.call(function, given))


class Loop(Object):
    """An event loop."""

    __slots__ = ()

    def describe(self) -> str:
        return "an event loop"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        functions = {"run_until_complete": _of_first, "create_task": _wait_for}
        if name in functions:
            return Native(name, functions[name])
        return Inert(name) if name in ("close", "stop", "set_debug", "shutdown_asyncgens") else super().get_attr(interp, name)


class TaskGroup(Object):
    """`asyncio.TaskGroup()`: what it was given has run at its end."""

    __slots__ = ("tasks",)

    def __init__(self) -> None:
        self.tasks: list[Awaitable] = []

    def enter(self, interp: Interpreter) -> Value:
        return self

    def leave(self, interp: Interpreter) -> None:
        for task in self.tasks:
            awaited(interp, task)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return Native(name, self._create) if name == "create_task" else super().get_attr(interp, name)

    def _create(self, interp: Interpreter, arguments: Arguments) -> Value:
        inner = arguments.get(0, "coro")
        self.tasks.append(Awaitable(lambda i: awaited(i, inner)))
        return self.tasks[-1]


def asyncio_names(interp: Interpreter) -> dict[str, Value]:
    """The names of `asyncio`."""
    running = dict.fromkeys(("wait_for", "create_task", "ensure_future", "shield"), _wait_for)
    loops = dict.fromkeys(("new_event_loop", "get_event_loop", "get_running_loop"), lambda i, _: Loop())
    quiet = ("Semaphore", "BoundedSemaphore", "Lock", "timeout", "set_event_loop")
    return {
        **natives({"run": _of_first, "gather": _gather, "sleep": _sleep, "to_thread": _to_thread, **running, **loops}),
        **natives({"TaskGroup": lambda i, _: TaskGroup()}),
        **{name: Inert(f"asyncio.{name}") for name in quiet},
        **unknown_names(
            "as_completed wait Queue Event create_subprocess_exec create_subprocess_shell open_connection", "environment", "asyncio"
        ),
    }


__all__ = ["Awaitable", "asyncio_names", "awaited"]
