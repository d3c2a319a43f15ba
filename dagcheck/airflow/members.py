"""The attributes and methods of tasks and DAGs that DAG files use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.nodes import relate_tasks
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import MISSING, Arguments, BoundMethod, Class, Native, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.task import OperatorClass, TaskValue
    from dagcheck.evaluate.interpreter import Interpreter

TEARDOWN_RULE = "all_done_setup_success"
OUTPUT_PROPERTIES = {"airflow.providers.yandex.operators.dataproc.DataprocCreateClusterOperator": "cluster_id"}
"""The properties of operators that give the task's output (all releases of all providers, read on 2026-11-22)."""


SET_LATER = frozenset(
    {"pool", "start_date", "end_date", "params", "default_args", "inlets", "outlets", "resources", "task_group", "executor_config"}
)
"""Attributes that a task has another value of than its constructor's default, by itself or from its DAG."""


def task_member(interp: Interpreter, cls: OperatorClass, name: str, owner: Value) -> Value:
    """An attribute of an operator class (`owner` None) or of a task, or MISSING."""
    from dagcheck.airflow.mapping import partial_of
    from dagcheck.airflow.task import TaskValue

    if not isinstance(owner, TaskValue):
        match name:
            case "partial":
                return ClassPartial(cls)
            case "template_fields":
                return tuple(cls.fields(interp))
            case "template_ext" if cls.known is not None:
                return cls.known.template_ext
            case "ui_color" | "ui_fgcolor":
                return "#fff"
        return MISSING
    if name == "partial":
        return Native(name, lambda i, arguments: partial_of(i, owner.cls, cls, arguments))
    method = owner.node_method(interp, name)
    if method is not None:
        return method
    member = TASK_MEMBERS.get("output" if OUTPUT_PROPERTIES.get(cls.dotted) == name else name)
    if member is not None:
        return member(interp, owner)
    if name in owner.attrs:
        return MISSING
    if name == "template_fields":
        return tuple(cls.fields(interp))
    if name in SET_LATER:
        return "default_pool" if name == "pool" else interp.unknown(f"{name} of a task that is not given it is not followed")
    defaults = world(interp).facts.base_operator_defaults
    return defaults[name] if name in defaults and isinstance(defaults[name], str | int | bool | None) else MISSING


class ClassPartial(Native):
    """`Operator.partial`, which belongs to the class that it is read from."""

    __slots__ = ("cls", "native")

    def __init__(self, native: OperatorClass, cls: Value = None) -> None:
        self.native = native
        self.cls = cls or native
        super().__init__("partial", self._run)

    def for_class(self, cls: Value) -> ClassPartial:
        """The same, read from a project class that derives from the operator."""
        return ClassPartial(self.native, cls)

    def _run(self, interp: Interpreter, arguments: Arguments) -> Value:
        from dagcheck.airflow.mapping import partial_of

        return partial_of(interp, self.cls, self.native, arguments)


def as_setup(interp: Interpreter, value: Value, tasks: list[TaskValue]) -> Value:
    """`.as_setup()`."""
    for task in tasks:
        task.is_setup = True
        _doubt_if_uncertain(interp, task)
    return value


def _doubt_if_uncertain(interp: Interpreter, task: TaskValue) -> None:
    if task.dag is not None:
        world(interp).doubt_if_uncertain(interp, task.dag)


def as_teardown(interp: Interpreter, value: Value, tasks: list[TaskValue], arguments: Arguments) -> Value:
    """`.as_teardown(setups=…)`."""
    from dagcheck.airflow.task import TaskValue
    from dagcheck.airflow.xcom import XCom

    setups = arguments.get(None, "setups")
    for task in tasks:
        task.is_teardown = True
        task.attrs["trigger_rule"] = TEARDOWN_RULE
        _doubt_if_uncertain(interp, task)
        items = [setups] if isinstance(setups, TaskValue | XCom) else [] if setups is None else interp.items(setups)
        if isinstance(items, Unknown):
            world(interp).doubt_tasks([task], items)
            continue
        with world(interp).declaring("scope"):
            for one in items:
                for setup in [one] if isinstance(one, TaskValue) else getattr(one, "sources", []):
                    setup.is_setup = True
                    relate_tasks(interp, [setup], task, upstream=False)
    return value


def _output(interp: Interpreter, task: TaskValue) -> Value:
    from dagcheck.airflow.xcom import XCom

    return XCom([task])


TASK_MEMBERS: dict[str, Callable[[Any, Any], Value]] = {
    "output": _output,
    "dag": lambda interp, task: task.dag,
    "dag_id": lambda interp, task: task.dag.dag_id if task.dag is not None else None,
    "task_group": lambda interp, task: task.group,
    "label": lambda interp, task: task.label,
    "node_id": lambda interp, task: task.task_id,
    "task_type": lambda interp, task: task.operator,
    "operator_name": lambda interp, task: task.operator,
    "is_setup": lambda interp, task: task.is_setup,
    "is_teardown": lambda interp, task: task.is_teardown,
    "upstream_task_ids": lambda interp, task: {other.task_id for other in task.upstream},
    "downstream_task_ids": lambda interp, task: {other.task_id for other in task.downstream},
    "upstream_list": lambda interp, task: list(task.upstream),
    "downstream_list": lambda interp, task: list(task.downstream),
    "roots": lambda interp, task: [task],
    "leaves": lambda interp, task: [task],
    "as_setup": lambda interp, task: Native("as_setup", lambda i, arguments: as_setup(i, task, [task])),
    "as_teardown": lambda interp, task: Native("as_teardown", lambda i, arguments: as_teardown(i, task, [task], arguments)),
    "has_dag": lambda interp, task: Native("has_dag", lambda i, arguments: task.dag is not None),
    "get_direct_relatives": lambda interp, task: Native(
        "get_direct_relatives", lambda i, a: list(task.upstream if a.get(0, "upstream", False) else task.downstream)
    ),
    "add_inlets": lambda interp, task: Native("add_inlets", lambda i, arguments: None),
    "add_outlets": lambda interp, task: Native("add_outlets", lambda i, arguments: None),
    "set_xcomargs_dependencies": lambda interp, task: Native("set_xcomargs_dependencies", lambda i, arguments: None),
    "log": lambda interp, task: interp.call_values(interp.get_attr(interp.import_module("logging"), "getLogger")),
}


def _get_task(dag: DagValue) -> Callable[[Interpreter, Arguments], Value]:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        task_id = arguments.get(0, "task_id")
        if isinstance(task_id, Unknown):
            return task_id
        found = dag.find(str(task_id))
        if found is None:
            raise interp.raises(KeyError(task_id))
        return found

    return run


def _set_dependency(dag: DagValue) -> Callable[[Interpreter, Arguments], Value]:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        for why in arguments.args:
            if isinstance(why, Unknown):
                dag.doubt(why)
        first, second = (dag.find(str(arguments.get(index, name))) for index, name in enumerate(("upstream_task_id", "downstream_task_id")))
        if first is not None and second is not None:
            relate_tasks(interp, [first], second, upstream=False)
        return None

    return run


def _add_tasks(dag: DagValue) -> Callable[[Interpreter, Arguments], Value]:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        from dagcheck.airflow.nodes import nodes_of

        given = arguments.get(0, "task", arguments.get(None, "tasks"))
        if isinstance(given, Unknown):
            dag.doubt(given)
        for node in nodes_of(interp, arguments.get(0, "task", arguments.get(None, "tasks")), []):
            for task in node.roots(interp):
                dag.add_task(interp, task)
        return None

    return run


def _parameter(dag: DagValue) -> Callable[[Interpreter, Arguments], Value]:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        from dagcheck.airflow.xcom import DagParameter

        return DagParameter(arguments.get(1, "default"))

    return run


def _nothing(interp: Interpreter, arguments: Arguments) -> Value:
    return None


DAG_METHODS: dict[str, Callable[[Any], Callable[[Any, Arguments], Value]]] = {
    "get_task": _get_task,
    "has_task": lambda dag: lambda interp, arguments: dag.contains(interp, arguments.get(0, "task_id")),
    "set_dependency": _set_dependency,
    "add_task": _add_tasks,
    "add_tasks": _add_tasks,
    "param": _parameter,
    "test": lambda dag: _nothing,
    "cli": lambda dag: _nothing,
    "clear": lambda dag: _nothing,
    "run": lambda dag: _nothing,
    "log": lambda dag: _nothing,
    "__enter__": lambda dag: lambda interp, arguments: dag.enter(interp),
    "__exit__": lambda dag: lambda interp, arguments: dag.leave(interp),
    "topological_sort": lambda dag: lambda interp, arguments: list(dag.tasks),
}


def dag_member(interp: Interpreter, name: str, dag: DagValue) -> Value:
    """An attribute of a DAG, or MISSING."""
    from dagcheck.airflow.taskflow import TaskDecorators

    if name in DAG_METHODS:
        return Native(f"dag.{name}", DAG_METHODS[name](dag))
    match name:
        case "tasks":
            return list(dag.tasks)
        case "task":
            return TaskDecorators()
        case "task_ids":
            return [task.task_id for task in dag.tasks]
        case "task_dict":
            return {task.task_id: task for task in dag.tasks}
        case "task_group":
            return dag.root
        case "roots":
            return [task for task in dag.tasks if not task.upstream]
        case "leaves":
            return [task for task in dag.tasks if not task.downstream]
        case "default_args":
            return dag.defaults.values
        case "dag_id" | "safe_dag_id":
            return dag.dag_id
        case "task_count":
            return len(dag.tasks)
        case "timezone" | "timetable" | "fileloc" | "folder":
            return dag.attrs.get(name, interp.unknown(f"the attribute {name!r} of a DAG is not followed"))
    if name in dag.attrs:
        return MISSING
    if name in world(interp).facts.dag_parameters:
        parameter = world(interp).facts.dag_parameters[name]
        return parameter.default if parameter.known else interp.unknown(f"the default of {name!r}")
    return MISSING


__all__ = ["BoundMethod", "Class", "as_setup", "as_teardown", "dag_member", "task_member"]
