"""The constructor of an operator: defaults, the id with its group's prefix, and its place in the DAG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dagcheck.airflow.defaults import Defaults, merged_defaults
from dagcheck.airflow.signature import ARGUMENTS_OF_AIRFLOW, STRUCTURAL
from dagcheck.airflow.world import NOT_TAKEN, AirflowWorld, world
from dagcheck.evaluate.values import Arguments, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.group import GroupValue
    from dagcheck.airflow.task import OperatorClass, TaskValue
    from dagcheck.evaluate.interpreter import Interpreter


TAKEN_OUT_BEFORE_3 = frozenset({"provide_context"})
"""Arguments that operators take out before BaseOperator sees them: Airflow 2's PythonOperator, and the operators that derive from it."""


def construct(interp: Interpreter, task: TaskValue, cls: OperatorClass, arguments: Arguments) -> None:
    """`__init__` of a modelled operator class, called directly or through `super().__init__`."""
    known = world(interp)
    arguments = arguments.settled()
    kwargs = dict(arguments.kwargs)
    dag = _dag(known, kwargs)
    group = _group(known, kwargs, dag)
    for why in (kwargs.get("dag"), kwargs.get("task_group")):
        if isinstance(why, Unknown):
            interp.doubt(why)
    defaults = merged_defaults(interp, dag, group, kwargs.get("default_args"))
    _fill_defaults(interp, task, cls, kwargs, defaults)
    _apply_class_facts(interp, task, cls, kwargs)
    arguments.places.name(task.places)
    if arguments.star_star is not None or arguments.star is not None:
        _unknown_rest(task, dag, kwargs, arguments)
    for name, value in kwargs.items():
        if name not in ARGUMENTS_OF_AIRFLOW:
            task.attrs[name] = value
            task.given.setdefault(name, (value, "call"))
    if arguments.unknown_unpacking() is None:
        interp.unknowns += 1  # whether Airflow refuses a value is not known
    place_task(interp, task, kwargs["task_id"] if "task_id" in kwargs else _missing_id(interp, task, arguments), dag, group)


def doubt_refused(interp: Interpreter, cls: OperatorClass, arguments: Arguments) -> None:
    """Airflow 2 and later load nothing of a file that gives an operator an argument which it does not take."""
    taken = cls.taken(interp)
    if taken is None:
        return
    old = world(interp).target.release < (3, 0)
    for name in arguments.kwargs:
        if name not in taken and not (old and name in TAKEN_OUT_BEFORE_3):
            place = arguments.places.get(name, arguments.span)
            interp.doubt(Unknown(f"Airflow refuses this: {cls.name} {NOT_TAKEN} {name!r}", "error", place))
    if old and not arguments.kwargs.get("provide_context", True):  # taken out only where it is true
        interp.doubt(Unknown("Airflow refuses this: provide_context=False", "error", arguments.span))


def _dag(known: AirflowWorld, kwargs: dict[str, Value]) -> DagValue | None:
    dag: Any = kwargs.get("dag")
    if getattr(dag, "is_dag", False):
        return cast("DagValue", dag)
    return known.current_dag if dag is None else None


def _group(known: AirflowWorld, kwargs: dict[str, Value], dag: DagValue | None) -> GroupValue | None:
    group: Any = kwargs.get("task_group")
    if getattr(group, "is_group", False):
        return cast("GroupValue", group)
    return known.current_group(dag) if dag is not None else None


def _missing_id(interp: Interpreter, task: TaskValue, arguments: Arguments) -> Value:
    unknown = arguments.unknown_unpacking()
    if unknown is not None:
        return unknown
    return interp.unknown(f"the task id that {describe(task.cls)} gives itself", "unsupported")


def _fill_defaults(interp: Interpreter, task: TaskValue, cls: OperatorClass, kwargs: dict[str, Value], defaults: Defaults) -> None:
    parameters = cls.parameters(interp)
    for name, value in defaults.values.items():
        if name in parameters and name not in kwargs and name not in ARGUMENTS_OF_AIRFLOW:
            kwargs[name] = value
            task.given[name] = (value, "default_args")
            if name in defaults.places:
                task.places[name] = defaults.places[name]
    if defaults.unknown is not None:
        for name in (*STRUCTURAL, "start_date", "end_date"):
            if name in parameters and name not in kwargs:
                kwargs[name] = defaults.unknown
                task.given[name] = (defaults.unknown, "default_args")


def _apply_class_facts(interp: Interpreter, task: TaskValue, cls: OperatorClass, kwargs: dict[str, Value]) -> None:
    """Defaults of the class's own constructor for arguments of BaseOperator, and what the constructor fixes."""
    signature = cls.signature(interp)
    for name, value, always in signature.settings if signature is not None else ():
        if always or name not in kwargs:
            kwargs[name] = value
            task.given[name] = (value, "operator")


def _unknown_rest(task: TaskValue, dag: DagValue | None, kwargs: dict[str, Value], arguments: Arguments) -> None:
    why = arguments.unknown_unpacking()
    assert why is not None
    for name in STRUCTURAL:
        if task.given.get(name, (None, "default_args"))[1] == "default_args":
            kwargs[name] = why
            task.given[name] = (why, "call")
    if dag is not None:
        dag.doubt(why)


def place_task(interp: Interpreter, task: TaskValue, task_id: Value, dag: DagValue | None, group: GroupValue | None) -> None:
    """Give the task its id, with the prefix of its group, and put it into group and DAG."""
    known = world(interp)
    if not isinstance(task_id, str | Unknown):
        known.misuse(interp, "invalid-id", f"a task id must be a text, not {describe(task_id)}", refused=True, dag=dag)
        task_id = interp.unknown("a task id that is no text", "error")
    task.label = task_id
    task.task_id = group.child_id(task_id) if group is not None else task_id
    task.attrs["task_id"] = task.task_id
    task.group = group
    if known.scopes.active:
        known.scopes.note(task)
    if dag is None:
        known.stray_tasks.append(task)
        caller = interp.outermost_call
        if caller is not None:
            known.stray_calls[id(task)] = caller
        return
    dag.add_task(interp, task)
    if group is not None and task.dag is dag:
        group.children.append(task)
        if group.dag is not None and group.dag is not dag:
            known.misuse(interp, "group-of-other-dag", "a task whose DAG is not its group's", refused=True, dag=dag)
