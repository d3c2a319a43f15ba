"""Placeholders in the child for what is not known of Airflow: objects that take anything and do nothing, decorators and operators that remember their functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, ClassVar

from dagcheck.harness.python.link import link


class AirflowException(Exception):
    """Airflow's own."""


class AirflowSkipException(AirflowException):
    """The task is skipped."""


class AirflowFailException(AirflowException):
    """The task fails, without a retry."""


class Anything:
    """An object of a class that is not known: it takes any argument, has any attribute, can be called, chained and entered, and does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_given"] = kwargs

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in self.__dict__.get("_given", {}):
            return self._given[name]
        return Anything()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if len(args) == 1 and not kwargs and callable(args[0]) else Anything()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Any:
        return iter(())

    def __getitem__(self, key: Any) -> Any:
        return Anything()

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    __rshift__ = __lshift__ = __rrshift__ = __rlshift__ = __or__ = __and__ = __gt__ = __lt__ = lambda self, other: other


class Unplayable(Anything):
    """A hook, client or operator that is not known: it can be made, but what it would do is not played."""

    _name = "this"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: link().not_played(f"what {type(self)._name}.{name} does is not known to the harness")


class Decorator:
    """`@task`, `@dag`, `@task_group` and their variants: the function stays as it is, and calling it while the file is read gives a stand-in for its output."""

    def __init__(self, *, runs: bool = False) -> None:
        self.runs = runs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not kwargs:
            return self._wrapped(args[0])
        return self._wrapped

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Decorator(runs=self.runs)

    def _wrapped(self, function: Callable[..., Any]) -> Any:
        FUNCTIONS.append(function)
        return Decorated(function, runs=self.runs)


def _places() -> tuple[tuple[str, int], ...]:
    """The files and lines of the calls that this one is in."""
    found: list[tuple[str, int]] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and len(found) < 40:
        found.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


FUNCTIONS: list[Callable[..., Any]] = []
"""Every function that was decorated or given to an operator."""


class Decorated(Anything):
    """A decorated function."""

    def __init__(self, function: Callable[..., Any], *, runs: bool) -> None:
        self.__dict__.update(
            _function=function, _runs=runs, function=function, __name__=getattr(function, "__name__", "task"), __wrapped__=function
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._runs:
            import inspect

            needed = [
                p
                for p in inspect.signature(self._function).parameters.values()
                if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            ]
            self._function(*args, *[Anything() for _ in needed[len(args) :] if _.name not in kwargs], **kwargs)
        return Anything()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in ("override", "partial"):
            return lambda *_, **__: self
        if name in ("expand", "expand_kwargs") and self._runs:
            return lambda *_, **__: self()
        return lambda *_, **__: Anything()


OPERATORS: list[tuple[Operator, tuple[tuple[str, int], ...]]] = []
"""Every operator that was made, with the files and lines from which it was."""
HARMLESS = frozenset({"log", "logger", "dag", "dag_id", "owner", "params", "template_fields", "task_group", "retries", "pool", "ui_color"})
"""What an operator's own code may ask of Airflow's base class without an effect on the world."""


class Operator(Anything):
    """Any operator: it is remembered, and so is a callable that it is given."""

    executing: ClassVar[bool] = False
    """Whether an operator of the project's own is executed now: what it asks of itself must be known then, and is of no matter while the file is read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if callable(kwargs.get("python_callable")):
            FUNCTIONS.append(kwargs["python_callable"])
        OPERATORS.append((self, _places()))

    def __getattr__(self, name: str) -> Any:
        known = name in HARMLESS or name.startswith("__") or name in self.__dict__.get("_given", {})
        if known or not Operator.executing:
            return super().__getattr__(name)
        return link().not_played(f"what {type(self).__name__}.{name} is, is not known to the harness")

    def execute(self, context: Any) -> Any:
        """What Airflow's own operator does is not known."""
        return link().not_played(f"what {type(self).__mro__[1].__name__}.execute does is not known to the harness")

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        return cls(**kwargs)
