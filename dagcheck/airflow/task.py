"""Operators and tasks: what the metaclass and BaseOperator make of a call."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.defaults import merged_defaults
from dagcheck.airflow.facts import KNOWN_PROVIDERS_SINCE, ClassFacts
from dagcheck.airflow.nodes import Node, relate_tasks
from dagcheck.airflow.signature import Signature
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import MISSING, Arguments, BoundMethod, Class, Descriptor, Function, Instance, Native, NativeClass, Value
from dagcheck.model.values import Span, Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.group import GroupValue
    from dagcheck.evaluate.interpreter import Interpreter

BASE = "BaseOperator"


HOLDS_NOTHING = frozenset({str, int, float, bool, type(None)})
"""Values that hold no task, as most arguments are."""


_PLAIN = ("EmptyOperator", "DummyOperator")
"""Operators that have no attributes but those of every task."""


class TaskValue(Instance, Node):
    """A task. `attrs` holds its attributes as Python code sees them; `given` the arguments of BaseOperator and the class, by name."""

    __slots__ = (
        "alternatives",
        "call_span",
        "dag",
        "downstream",
        "function",
        "given",
        "group",
        "is_mapped",
        "is_setup",
        "is_teardown",
        "label",
        "made",
        "places",
        "task_id",
        "upstream",
    )

    def __init__(self, cls: Value, span: Span | None) -> None:
        super().__init__(cls)
        self.call_span = span
        self.dag: DagValue | None = None
        self.group: GroupValue | None = None
        self.task_id: str | Unknown = ""
        self.label: str | Unknown = ""
        self.given: dict[str, tuple[Value, str]] = {}
        self.places: dict[str, Span] = {}
        self.upstream: dict[TaskValue, None] = {}
        self.downstream: dict[TaskValue, None] = {}
        self.is_mapped = False
        self.is_setup = False
        self.is_teardown = False
        self.made = False
        self.function: Function | None = None

    def describe(self) -> str:
        return f"task {self.task_id}" if isinstance(self.task_id, str) else "a task"

    @property
    def facts(self) -> OperatorClass:
        """The modelled operator class that it is of."""
        native = self.cls.native() if isinstance(self.cls, Class) else self.cls
        assert isinstance(native, OperatorClass)
        return native

    @property
    def operator(self) -> str:
        """Airflow's `task_type`: the name of the class."""
        return str(self.cls.name)

    def roots(self, interp: Interpreter) -> list[TaskValue]:
        return [self]

    def leaves(self, interp: Interpreter) -> list[TaskValue]:
        return [self]

    def relate(self, interp: Interpreter, others: Value, upstream: bool) -> None:
        relate_tasks(interp, [self], others, upstream)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return Node.binary(self, interp, operator, other, reflected)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        if name == "dag":
            if getattr(value, "is_dag", False) and self.dag is None:
                value.add_task(interp, self)
            return
        if name in ("is_setup", "is_teardown") and isinstance(value, bool):
            setattr(self, name, value)
            if self.dag is not None:
                world(interp).doubt_if_uncertain(interp, self.dag)
            return
        if name == "task_group":
            return
        super().set_attr(interp, name, value)
        if self.made and name in template_fields(interp, self):
            depend_on_references(interp, self, value)

    def has_attr(self, interp: Interpreter, name: str) -> bool | None:
        known = None if self.is_mapped else world(interp).facts.has_attribute("task", name)
        is_plain = self.operator in _PLAIN and not isinstance(self.cls, Class)
        set_later = name in self.attrs and self.attrs[name] is not self.given.get(name, (MISSING, ""))[0]
        return known if known or (is_plain and not set_later) else None

    def enter(self, interp: Interpreter) -> Value:
        if self.is_setup or self.is_teardown:
            world(interp).scopes.open([self])
            return world(interp).scopes
        return Instance.enter(self, interp)

    def leave(self, interp: Interpreter) -> None:
        if self.is_setup or self.is_teardown:
            world(interp).scopes.close(interp)
        else:
            Instance.leave(self, interp)

    def text(self, interp: Interpreter) -> str | Unknown:
        return f"<Task({self.operator}): {self.task_id}>" if isinstance(self.task_id, str) else self.task_id


class LoggingMixin(NativeClass):
    """`airflow.utils.log.logging_mixin.LoggingMixin`, of which every operator of Airflow 1 and 2 is one. In Airflow 3 operators have another."""

    __slots__ = ()
    name = "LoggingMixin"
    dotted = "airflow.utils.log.logging_mixin.LoggingMixin"

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        strange = sorted(arguments.kwargs.keys() - {"context"})
        if strange and self is not LOGGING_MIXIN:
            raise interp.raises(TypeError(f"LoggingMixin.__init__() got an unexpected keyword argument {strange[0]!r}"))

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        if owner is None or name not in ("log", "logger"):
            return MISSING
        logger = interp.call_values(interp.get_attr(interp.import_module("logging"), "getLogger"))
        return (
            Descriptor("property", Native("log", lambda i, _: logger))
            if name == "log"
            else BoundMethod(Native(name, lambda i, _: logger), owner)
        )


LOGGING_MIXIN = LoggingMixin()


class OperatorClass(NativeClass):
    """An operator or sensor class of Airflow, a provider or a third party. `known` is None for one that there are no facts of."""

    __slots__ = ("_fields", "_signature", "dotted", "known", "name")

    def __init__(self, dotted: str, known: ClassFacts | None) -> None:
        self.dotted = dotted
        self.name = dotted.rpartition(".")[2]
        self.known = known
        self._fields: tuple[str, ...] | None = None
        self._signature: Signature | None = None

    def tests(self, interp: Interpreter, value: Value) -> bool | Unknown:
        """isinstance(value, this class). A task that is mapped is none of its class, nor of BaseOperator."""
        return isinstance(value, TaskValue) and not value.is_mapped and self.is_above(interp, value.cls)

    def is_above(self, interp: Interpreter, cls: Value) -> bool | Unknown:
        """issubclass(cls, this class)."""
        verdict: bool | Unknown = False
        for one in cls.mro if isinstance(cls, Class) else [cls]:
            if isinstance(one, OperatorClass):
                above = {one.dotted, *(facts.dotted for facts in world(interp).facts.lineage(one.dotted))}
                if one is self or self.name == BASE or self.dotted in above:
                    return True
                if one.known is None or self.known is None:
                    verdict = interp.unknown(f"what {one.name} derives from is not followed")
        return verdict

    def taken(self, interp: Interpreter) -> frozenset[str] | None:
        """The names of all arguments that Airflow does not refuse; None where any may do, or where that is not known."""
        release = world(interp).target.release
        if release < (2, 0) or (release < KNOWN_PROVIDERS_SINCE and self.dotted.startswith("airflow.providers.")):
            return None
        signature = self.signature(interp)
        return None if signature is None else signature.taken

    def parameters(self, interp: Interpreter) -> frozenset[str]:
        """The names of all arguments that it takes, as far as known."""
        signature = self.signature(interp)
        return world(interp).facts.common_parameters if signature is None else signature.parameters

    def signature(self, interp: Interpreter) -> Signature | None:
        """What calling it means; None where there are no facts."""
        if self._signature is None and self.known is not None:
            self._signature = world(interp).facts.signature(self.known)
        return self._signature

    def fields(self, interp: Interpreter) -> tuple[str, ...]:
        """Its templated fields."""
        if self._fields is None:
            signature = self.signature(interp)
            self._fields = () if signature is None else signature.fields
        return self._fields

    def ancestors(self) -> tuple[NativeClass, ...]:
        return (LOGGING_MIXIN,)

    def new(self, interp: Interpreter, cls: Value, arguments: Arguments) -> Value:
        task = TaskValue(cls, arguments.span)
        task.attrs["_arguments"] = arguments
        return task

    def prepare(self, interp: Interpreter, instance: Value, init: Value, arguments: Arguments) -> Arguments:
        """What `apply_defaults` does around the `__init__` of one of the program's own operators."""
        if not isinstance(instance, TaskValue):
            return arguments
        refuse_positions(interp, arguments)
        kwargs = dict(arguments.kwargs)
        defaults = _defaults(interp, kwargs)
        names = [parameter.arg for parameter in (*init.node.args.args[1:], *init.node.args.kwonlyargs)]
        for name in names:
            if name not in kwargs and name in defaults.values:
                kwargs[name] = defaults.values[name]
            elif name not in kwargs and defaults.unknown is not None and name not in ("task_id",):
                kwargs.setdefault(name, defaults.unknown)
        values = dict(defaults.values)
        kwargs["default_args"] = values if defaults.unknown is None else kwargs.get("default_args", values)
        arguments.places.name(instance.places)
        if init.node.args.kwarg is None and "default_args" not in names:
            kwargs.pop("default_args")
        for name in ("dag", "task_group"):
            if init.node.args.kwarg is None and name not in names:
                kwargs.pop(name, None)
        return Arguments(arguments.args, kwargs, arguments.star, arguments.star_star, arguments.span, arguments.places)

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        if isinstance(instance, TaskValue):
            from dagcheck.airflow.construct import construct, doubt_refused
            from dagcheck.airflow.refused import doubt_values

            refuse_positions(interp, arguments)
            doubt_refused(interp, self, arguments)
            construct(interp, instance, self, arguments)
            whole = arguments.unknown_unpacking() is None and _defaults(interp, arguments.kwargs).unknown is None
            doubt_values(interp, instance, self, whole=whole)

    def finish(self, interp: Interpreter, instance: Value) -> Value:
        if isinstance(instance, TaskValue):
            if "task_id" not in instance.attrs or instance.task_id == "":
                _never_constructed(interp, instance)
            instance.made = True
            instance.attrs.pop("_arguments", None)
            for name in template_fields(interp, instance):
                if name in instance.attrs and type(instance.attrs[name]) not in HOLDS_NOTHING:
                    depend_on_references(interp, instance, instance.attrs[name])
        return instance

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        from dagcheck.airflow.members import task_member

        return task_member(interp, self, name, owner)


def refuse_positions(interp: Interpreter, arguments: Arguments) -> None:
    """Operators take keyword arguments alone."""
    if arguments.args and world(interp).target.release >= (2, 0):
        raise interp.raises(TypeError("Use keyword arguments when initializing operators"))


def _never_constructed(interp: Interpreter, task: TaskValue) -> None:
    """The program's `__init__` was not followed down to BaseOperator's, so neither the id nor anything else is known."""
    from dagcheck.airflow.construct import place_task

    known = world(interp)
    why = interp.unknown(f"the constructor of {task.operator} is not followed")
    dag = task.attrs.get("dag", known.current_dag)
    dag = dag if getattr(dag, "is_dag", False) else known.current_dag
    place_task(interp, task, why, dag, known.current_group(dag) if dag is not None else None)


def template_fields(interp: Interpreter, task: TaskValue) -> tuple[str, ...]:
    """The templated fields of a task's class; every argument of a class that nothing is known of."""
    if isinstance(task.cls, Class):
        own = next(
            (cls.namespace["template_fields"] for cls in task.cls.mro if isinstance(cls, Class) and "template_fields" in cls.namespace),
            MISSING,
        )
        if isinstance(own, list | tuple):
            return tuple(item for item in own if isinstance(item, str))
    native = task.facts
    if native.known is None:
        return tuple(name for name in task.attrs if not name.startswith("_"))
    return native.fields(interp)


def _defaults(interp: Interpreter, kwargs: dict[str, Value]) -> Any:
    known = world(interp)
    dag = kwargs.get("dag")
    if dag is None:
        dag = known.current_dag
    if not getattr(dag, "is_dag", False):
        dag = None
    group = kwargs.get("task_group") or (known.current_group(dag) if dag is not None else None)
    return merged_defaults(interp, dag, group, kwargs.get("default_args"))


def references(value: Value) -> list[TaskValue]:
    """The tasks whose XComs a value holds, as Airflow looks for them: in lists, tuples, sets, dicts and templated fields of tasks."""
    found: list[TaskValue] = []
    _gather(value, 12, found)
    return found


def _gather(value: Value, depth: int, found: list[TaskValue]) -> None:
    if depth == 0:
        return
    if isinstance(value, list | tuple | set):
        inner: Iterable[Value] = value
    elif isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, TaskValue):
        inner = [value.attrs.get(name) for name in value.facts._fields or ()]
    else:
        from dagcheck.airflow.xcom import Resolved

        found += value.tasks() if isinstance(value, Resolved) else ()
        return
    for item in inner:
        if type(item) not in HOLDS_NOTHING:
            _gather(item, depth - 1, found)


def depend_on_references(interp: Interpreter, task: TaskValue, value: Value) -> None:
    """The tasks whose XComs a value holds come before the task."""
    found = dict.fromkeys(references(value))
    if found:
        with world(interp).declaring("data"):
            for other in found:
                relate_tasks(interp, [task], other, upstream=True)


def native_method(function: Any, name: str, owner: Value) -> Value:
    """A modelled method bound to its object."""
    return BoundMethod(Native(name, function), owner)


__all__ = ["OperatorClass", "TaskValue", "datetime", "depend_on_references", "native_method", "references", "template_fields"]
