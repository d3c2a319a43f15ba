"""DAGs: the class, its blocks, the `@dag` decorator, and the attributes that DAG files read."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.defaults import Defaults
from dagcheck.airflow.group import GroupValue
from dagcheck.airflow.params import params_of
from dagcheck.airflow.world import NOT_TAKEN, Mistake, world
from dagcheck.evaluate.values import MISSING, Arguments, BoundMethod, Class, Function, Instance, Native, NativeClass, Object, Value
from dagcheck.model.values import Span, Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.task import TaskValue
    from dagcheck.evaluate.interpreter import Interpreter


STARTS_WITH_DAG = (2, 8)
"""Since then and until 3.0 the start date is missed when a DAG with a schedule is made; before, when a task is added to it (Airflow's own `dag.py`)."""
SCHEDULES = ("schedule", "schedule_interval", "timetable")

NO_START = "Airflow refuses this: the start date is missing"
"""Why a DAG is not exact whose tasks and edges may all be known."""


class DagValue(Instance):
    """A DAG. `tasks` are in the order in which they were added; `declared` are the edges as the source says them."""

    __slots__ = (
        "by_id", "call_span", "declared", "defaults", "doubts", "given", "mistakes", "places", "root", "style", "tasks", "used_group_ids",
    )  # fmt: skip
    is_dag = True

    def __init__(self, cls: Value, span: Span | None) -> None:
        super().__init__(cls)
        self.call_span = span
        self.given: dict[str, Value] = {}
        self.places: dict[str, Span] = {}
        self.defaults = Defaults()
        self.tasks: list[TaskValue] = []
        self.by_id: dict[str, TaskValue] = {}
        self.declared: list[tuple[TaskValue, TaskValue, Span, str, tuple[str, ...]]] = []
        self.doubts: list[Unknown] = []
        self.mistakes: list[Mistake] = []
        self.used_group_ids: set[str] = set()
        self.style = "assigned"
        self.root = GroupValue(None, self)

    def describe(self) -> str:
        return f"DAG {self.given.get('dag_id')}" if isinstance(self.given.get("dag_id"), str) else "a DAG"

    @property
    def dag_id(self) -> Value:
        return self.given.get("dag_id")

    def doubt(self, why: Unknown) -> None:
        """From now on the DAG is inexact."""
        if not any(known.reason == why.reason and known.span == why.span for known in self.doubts):
            self.doubts.append(why)

    def find(self, task_id: str) -> TaskValue | None:
        """The task of that full id."""
        return self.by_id.get(task_id)

    def add_task(self, interp: Interpreter, task: TaskValue) -> None:
        """Put a task into the DAG; a second one of the same id is a mistake that Airflow refuses."""
        known = world(interp)
        known.doubt_if_uncertain(interp, self)
        if task.dag is self:
            return
        if isinstance(task.task_id, Unknown):
            self.doubt(task.task_id)
        else:
            self._check_id(interp, task, task.task_id)
        task.dag = self
        self.tasks.append(task)
        if known.target.release < STARTS_WITH_DAG:
            self.need_start(interp, task.given.get("start_date", (None, ""))[0])
        if isinstance(task.task_id, str):
            self.by_id.setdefault(task.task_id, task)
        if task in known.stray_tasks:
            known.stray_tasks.remove(task)

    def need_start(self, interp: Interpreter, other: Value) -> None:
        """Where neither the DAG nor `other` is a start date, Airflow 2 and earlier load nothing of the file."""
        starts = self.given.get("start_date"), self.defaults.values.get("start_date"), other
        if self.defaults.unknown is None and not any(_is_given(start) for start in starts) and not interp.state.uncertain:
            interp.doubt(Unknown(NO_START, "error", self.call_span or interp.here))

    def _check_id(self, interp: Interpreter, task: TaskValue, task_id: str) -> None:
        other = None if interp.state.uncertain else self.find(task_id)
        is_group = task_id in self.used_group_ids
        if other is None and not is_group:
            return
        mistake = world(interp).misuse(
            interp, "duplicate-task", f"the task id {task_id!r} is used twice", refused=True, dag=self, span=task.call_span
        )
        mistake.task_id = task_id
        if other is not None and other.call_span is not None:
            mistake.related.append((other.call_span, "first used here"))

    def enter(self, interp: Interpreter) -> Value:
        if isinstance(self.cls, Class) and self.cls.find(interp, "__enter__", owner=None) is not MISSING:
            return super().enter(interp)
        known = world(interp)
        known.dag_stack.append(self)
        self.style = "with" if self.style == "assigned" else self.style
        return self

    def leave(self, interp: Interpreter) -> None:
        known = world(interp)
        if known.dag_stack and known.dag_stack[-1] is self:
            known.dag_stack.pop()
            if known.target.release >= (2, 4) and self.given.get("auto_register", True) is not False and self not in known.registered:
                known.registered.append(self)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        known = world(interp)
        known.doubt_if_uncertain(interp, self)
        if name == "default_args":
            self.defaults = Defaults()
            self.defaults.add(interp, value)
        if name in known.facts.dag_parameters or name in (
            "catchup",
            "schedule",
            "schedule_interval",
            "tags",
            "dag_id",
            "start_date",
            "end_date",
            "max_active_runs",
        ):
            self.given[name] = value
            if interp.here is not None:
                self.places[name] = interp.here
        super().set_attr(interp, name, value)

    def has_attr(self, interp: Interpreter, name: str) -> bool | None:
        known = world(interp).facts.has_attribute("dag", name)
        set_later = name in self.attrs and self.attrs[name] is not self.given.get(name, MISSING)
        return known if known or not (set_later or isinstance(self.cls, Class)) else None

    def contains(self, interp: Interpreter, item: Value) -> Value:
        return item if isinstance(item, Unknown) else self.find(str(item)) is not None

    def text(self, interp: Interpreter) -> str | Unknown:
        return f"<DAG: {self.dag_id}>" if isinstance(self.dag_id, str) else interp.unknown("the text of a DAG")


def _is_given(value: Value) -> bool:
    """Whether an argument may have a value that counts."""
    return isinstance(value, Unknown | Object) or bool(value)


class DagClass(NativeClass):
    """`DAG`."""

    __slots__ = ("dotted", "name")

    def __init__(self, dotted: str) -> None:
        self.dotted = dotted
        self.name = "DAG"

    def new(self, interp: Interpreter, cls: Value, arguments: Arguments) -> Value:
        return DagValue(cls, arguments.span)

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        known = world(interp)
        if not isinstance(instance, DagValue):
            return
        arguments = arguments.settled()
        names = known.facts.dag_names
        for name, value in zip(names, arguments.args):
            instance.given[name] = value
        instance.given.update(arguments.kwargs)
        for name in arguments.kwargs if known.facts.dag_parameters else ():
            if name not in known.facts.dag_parameters:
                where = arguments.places.get(name, arguments.span)
                interp.doubt(Unknown(f"Airflow refuses this: DAG {NOT_TAKEN} {name!r}", "error", where))
        for key, span in arguments.places.each():
            place = names[key] if isinstance(key, int) and key < len(names) else key
            if isinstance(place, str):
                instance.places[place] = span
        instance.attrs.update({name: value for name, value in instance.given.items() if name != "default_args"})
        instance.defaults.add(interp, instance.given.get("default_args"))
        instance.attrs["params"] = params_of(interp, instance.given.get("params"), instance.defaults.values.get("params"))
        why = arguments.unknown_unpacking()
        if why is not None:
            instance.doubt(why)
            instance.given.update({name: why for name in ("dag_id", *known.facts.dag_parameters) if name not in instance.given})
        if "dag_id" not in instance.given:
            instance.given["dag_id"] = interp.unknown("a DAG without an id", "error")
        known.doubt_if_uncertain(interp, instance)
        known.dags.append(instance)
        if STARTS_WITH_DAG <= known.target.release < (3, 0) and any(_is_given(instance.given.get(name)) for name in SCHEDULES):
            instance.need_start(interp, instance.defaults.values.get("start_date"))

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        from dagcheck.airflow.members import dag_member

        return dag_member(interp, name, owner) if isinstance(owner, DagValue) else MISSING


class DagDecorator(Object):
    """`@dag` with its arguments, before it meets the function."""

    __slots__ = ("arguments", "cls")

    def __init__(self, cls: DagClass, arguments: Arguments) -> None:
        self.cls = cls
        self.arguments = arguments

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        factory = DagFactory(self.cls, self.arguments, arguments.get(0, "f"), interp.here)
        world(interp).decorated.append(factory)
        return factory


class DagFactory(Object):
    """A function decorated with `@dag`: calling it makes the DAG."""

    __slots__ = ("arguments", "called", "cls", "function", "span")

    def __init__(self, cls: DagClass, arguments: Arguments, function: Value, span: Span | None) -> None:
        self.cls = cls
        self.arguments = arguments
        self.function = function
        self.span = span
        self.called = False

    def describe(self) -> str:
        return f"@dag function {getattr(self.function, 'name', '')}"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return interp.get_attr(self.function, name)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        from dagcheck.airflow.xcom import DagParameter

        self.called = True
        kwargs = dict(self.arguments.kwargs)
        args = list(self.arguments.args)
        first = kwargs.pop("dag_id_or_func", args.pop(0) if args else None)
        dag_id = kwargs.pop("dag_id", first if isinstance(first, str | Unknown) and first else getattr(self.function, "name", ""))
        call = Arguments(
            [],
            {"dag_id": dag_id, **kwargs},
            self.arguments.star,
            self.arguments.star_star,
            self.arguments.span or arguments.span,
            self.arguments.places,
        )
        dag = self.cls.new(interp, self.cls, call)
        self.cls.init(interp, dag, call)
        dag.style = "decorator"
        inner = Arguments(
            [DagParameter(value) for value in arguments.args],
            {name: DagParameter(value) for name, value in arguments.kwargs.items()},
            span=arguments.span,
        )
        dag.enter(interp)
        try:
            interp.call(_with_parameters(self.function), inner)
        finally:
            dag.leave(interp)
        return dag


def _with_parameters(function: Value) -> Value:
    """The function whose defaults, too, arrive as run-time parameters."""
    from dagcheck.airflow.xcom import DagParameter

    if not isinstance(function, Function):
        return function
    copy = Function(
        function.name,
        function.node,
        function.module,
        function.closure,
        [DagParameter(value) for value in function.defaults],
        {},
        function.owner,
    )
    copy.kw_defaults = {name: DagParameter(value) for name, value in function.kw_defaults.items()}
    return copy


def dag_decorator(cls: DagClass) -> Native:
    """`dag`, used bare or with arguments."""

    def run(interp: Interpreter, arguments: Arguments) -> Value:
        first = arguments.get(0, "dag_id_or_func")
        if isinstance(first, Function | BoundMethod):
            return DagDecorator(cls, Arguments(span=arguments.span)).call(interp, arguments)
        return DagDecorator(cls, arguments)

    return Native("dag", run)


__all__ = ["Any", "DagClass", "DagDecorator", "DagFactory", "DagValue", "ast", "dag_decorator"]
