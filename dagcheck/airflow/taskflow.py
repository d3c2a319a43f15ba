"""TaskFlow: `@task` and its kinds, calls, `.override`, `.partial`, `.expand`, and the ids that they give."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.construct import construct
from dagcheck.airflow.task import OperatorClass, TaskValue, depend_on_references
from dagcheck.airflow.world import world
from dagcheck.airflow.xcom import XCom
from dagcheck.evaluate.values import Arguments, BoundMethod, External, Function, Native, Object, Value, describe
from dagcheck.model.values import Span, Unknown
from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

SUFFIX = late(r"__\d+$")
TEARDOWN_RULE = "all_done_setup_success"


class TaskFactory(Object):
    """A function decorated with `@task`: calling it makes a task and gives its output."""

    __slots__ = ("cls", "function", "is_setup", "is_teardown", "kwargs", "places", "span", "used")

    def __init__(
        self, function: Value, cls: OperatorClass, kwargs: dict[str, Value], span: Span | None, places: Mapping[Any, Span] | None = None
    ) -> None:
        self.function = function
        self.cls = cls
        self.kwargs = kwargs
        self.places = dict(places or {})
        self.span = span
        self.is_setup = False
        self.is_teardown = False
        self.used = False

    def describe(self) -> str:
        return f"@task function {getattr(self.function, 'name', '')}"

    def _copy(self, kwargs: dict[str, Value], places: Mapping[Any, Span] | None = None) -> TaskFactory:
        copy = TaskFactory(self.function, self.cls, kwargs, self.span, {**self.places, **(places or {})})
        copy.is_setup, copy.is_teardown = self.is_setup, self.is_teardown
        self.used = True
        return copy

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        op_kwargs = (
            {**(self.kwargs.get("op_kwargs") or {}), **arguments.kwargs}
            if isinstance(self.kwargs.get("op_kwargs"), dict | None)
            else arguments.kwargs
        )
        return self._make(interp, arguments, {"op_args": list(arguments.args), "op_kwargs": op_kwargs}, mapped=False)

    def expand(self, interp: Interpreter, arguments: Arguments) -> Value:
        """`.expand(…)` and `.expand_kwargs(…)`: a mapped task."""
        return self._make(interp, arguments, {}, mapped=True)

    def _make(self, interp: Interpreter, arguments: Arguments, extra: dict[str, Value], mapped: bool) -> Value:
        self.used = True
        task = TaskValue(self.cls, arguments.span or self.span)
        task.is_mapped = mapped
        task.function = _plain_function(self.function)
        kwargs = {"task_id": getattr(self.function, "name", None) or interp.unknown("the name of a function"), **self.kwargs, **extra}
        kwargs["task_id"] = _unique_id(interp, kwargs["task_id"], kwargs)
        kwargs["python_callable"] = self.function
        for key, span in arguments.places.each():
            task.places[f"op_args[{key}]" if isinstance(key, int) else key] = span
        for key, span in self.places.items():
            if isinstance(key, str):
                task.places.setdefault(key, span)
        if mapped:
            for name, value in arguments.kwargs.items():
                task.given[name] = (value, "expand")
            if arguments.args:
                task.given["expand_kwargs"] = (arguments.args[0], "expand")
        if self.is_teardown:
            kwargs["trigger_rule"] = TEARDOWN_RULE
        task.is_setup, task.is_teardown = self.is_setup, self.is_teardown
        construct(interp, task, self.cls, Arguments([], kwargs, span=arguments.span or self.span))
        task.made = True
        depend_on_references(
            interp, task, [task.attrs.get("op_args"), task.attrs.get("op_kwargs"), *arguments.args, *arguments.kwargs.values()]
        )
        for name in self.cls.fields(interp):
            if name not in ("op_args", "op_kwargs") and name in task.attrs:
                depend_on_references(interp, task, task.attrs[name])
        return XCom([task])

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        match name:
            case "override":
                return Native(name, lambda i, arguments: self._copy({**self.kwargs, **arguments.kwargs}, arguments.places))
            case "partial":
                return Native(
                    name,
                    lambda i, arguments: self._copy(
                        {**self.kwargs, "op_kwargs": {**(self.kwargs.get("op_kwargs") or {}), **arguments.kwargs}}
                    ),
                )
            case "expand" | "expand_kwargs":
                return Native(name, self.expand)
            case "function" | "__wrapped__":
                return self.function
            case "kwargs":
                return self.kwargs
        return interp.get_attr(self.function, name)


def _plain_function(function: Value) -> Function | None:
    while True:
        if isinstance(function, Function):
            return function
        inner = getattr(function, "function", None)
        if inner is None or inner is function:
            return None
        function = inner


def _unique_id(interp: Interpreter, task_id: Value, kwargs: dict[str, Value]) -> Value:
    """The id with the `__1`, `__2`, … that Airflow adds where it is taken."""
    known = world(interp)
    dag = kwargs.get("dag") if getattr(kwargs.get("dag"), "is_dag", False) else known.current_dag
    if dag is None or not isinstance(task_id, str):
        return task_id
    group = kwargs.get("task_group") if getattr(kwargs.get("task_group"), "is_group", False) else known.current_group(dag)
    full = group.child_id(task_id) if group is not None else task_id
    if isinstance(full, Unknown) or dag.find(full) is None:
        return task_id
    prefix = SUFFIX.split(full)[0]
    numbers = [
        int(match.group(1))
        for task in dag.tasks
        if isinstance(task.task_id, str) and (match := re.match(rf"^{re.escape(prefix)}__(\d+)$", task.task_id))
    ]
    return f"{SUFFIX.split(task_id)[0]}__{max(numbers, default=0) + 1}"


def unique_task_id(interp: Interpreter, arguments: Arguments) -> Value:
    """`get_unique_task_id(task_id, dag, task_group)`: what libraries with decorators of their own call."""
    given = {"dag": arguments.get(1, "dag"), "task_group": arguments.get(2, "task_group")}
    return _unique_id(interp, arguments.get(0, "task_id"), given)


class TaskDecorators(Object):
    """`task`: `@task`, `@task(…)`, `@task.<kind>(…)`."""

    __slots__ = ()

    def describe(self) -> str:
        return "@task"

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return decorate(interp, "python", arguments)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("run_if", "skip_if"):
            return Native(f"task.{name}", lambda i, arguments: Native(name, lambda j, inner: inner.get(0, "func")))
        if name == "__call__":
            return self
        return Native(f"task.{name}", lambda i, arguments: decorate(i, name, arguments))


def decorate(interp: Interpreter, kind: str, arguments: Arguments) -> Value:
    """`@task.<kind>`, bare or with arguments."""
    cls = _decorated_class(interp, kind)
    first = arguments.get(0, "python_callable")
    if isinstance(first, Function | BoundMethod | TaskFactory | External) or (isinstance(first, Native) and not arguments.kwargs):
        return _factory(interp, first, cls, dict(arguments.kwargs), arguments.span, arguments.places)
    kwargs = {name: value for name, value in arguments.kwargs.items() if name != "python_callable"}
    if arguments.star_star is not None:
        for name in ("task_id", "retries", "trigger_rule", "pool", "owner"):
            kwargs.setdefault(name, arguments.star_star)
    return Native(f"task.{kind}", lambda i, inner: _factory(i, inner.get(0, "f"), cls, kwargs, i.here, arguments.places))


def _factory(
    interp: Interpreter, function: Value, cls: OperatorClass, kwargs: dict[str, Value], span: Span | None, places: Mapping[Any, Span]
) -> Value:
    factory = TaskFactory(function, cls, dict(kwargs), span, places)
    if isinstance(function, TaskFactory):
        factory = TaskFactory(function.function, cls, {**function.kwargs, **kwargs}, span, {**function.places, **places})
        factory.is_setup, factory.is_teardown = function.is_setup, function.is_teardown
    world(interp).decorated.append(factory)
    return factory


def _decorated_class(interp: Interpreter, kind: str) -> OperatorClass:
    from dagcheck.airflow.names import operator_class

    known = world(interp)
    facts = known.facts.decorator(kind)
    if facts is None or facts.operator is None:
        return OperatorClass(f"airflow.decorators.{kind}.{kind}", None)
    return operator_class(known, facts.operator) or OperatorClass(facts.operator, None)


def setup_decorator(kind: str) -> Native:
    """`@setup` and `@teardown`."""

    def mark(interp: Interpreter, function: Value, kwargs: dict[str, Value]) -> Value:
        factory = function if isinstance(function, TaskFactory) else decorate(interp, "python", Arguments([function], span=interp.here))
        if not isinstance(factory, TaskFactory):
            return interp.unknown(f"@{kind} of {describe(function)}")
        factory.is_setup, factory.is_teardown = kind == "setup", kind == "teardown"
        return factory

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        first = arguments.get(0, "_func")
        if first is not None:
            return mark(interp, first, {})
        return Native(kind, lambda i, inner: mark(i, inner.get(0, "func"), arguments.kwargs))

    return Native(kind, run)
