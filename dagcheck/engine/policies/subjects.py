"""DAGs and tasks as policies see them: fields with values."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dagcheck.config.expressions import UNKNOWN, Truth
from dagcheck.model.values import FunctionRef, NameRef, ObjectRef, Unknown

if TYPE_CHECKING:
    from dagcheck.model.dag import Argument, Dag, Task
    from dagcheck.model.values import Span

_EFFECTIVE = {"retries", "trigger_rule", "pool", "owner"}
"""Fields of a task that have a value even if nobody set them; None in the model means that it is not known."""

_OF_TASK = {"label", "module", "group", "mapped", "setup", "teardown", "kind"}


class TaskSubject:
    """A task with its DAG."""

    def __init__(self, task: Task, dag: Dag) -> None:
        self.task, self.dag = task, dag

    def value(self, field: str) -> Any:
        """See `dagcheck.config.expressions.Subject`."""
        task, dag = self.task, self.dag
        match field:
            case "id" | "task_id":
                return task.task_id if task.id_known else UNKNOWN
            case "dag_id":
                return dag.dag_id if dag.id_known else UNKNOWN
            case "tag" | "tags":
                return tags_of(dag)
            case "path":
                return dag.path
            case "file":
                return PurePosixPath(dag.path).name
            case "operator":
                return (task.operator, *(base.rpartition(".")[2] for base in task.bases))
        if field in _EFFECTIVE:
            value = getattr(task, field)
            return UNKNOWN if value is None else value
        if field in _OF_TASK:
            return getattr(task, field)
        return value_of(self.argument(field), self._may_hide)

    def given(self, field: str) -> Truth:
        """See `dagcheck.config.expressions.Subject`."""
        if field in _EFFECTIVE or self.argument(field) is not None:
            return is_given(self.argument(field), self._may_hide)
        return _is_set(self.value(field))

    def argument(self, field: str) -> Argument | None:
        """The argument that a field is about."""
        return self.task.arguments.get(field.removeprefix("argument."))

    @property
    def span(self) -> Span:
        """The place of the task."""
        return self.task.span

    @property
    def _may_hide(self) -> bool:
        return hides_something(self.dag, self.task.span)


class DagSubject:
    """A DAG."""

    def __init__(self, dag: Dag) -> None:
        self.dag = dag

    def value(self, field: str) -> Any:
        """See `dagcheck.config.expressions.Subject`."""
        dag = self.dag
        match field:
            case "id" | "dag_id":
                return dag.dag_id if dag.id_known else UNKNOWN
            case "tag" | "tags":
                return tags_of(dag)
            case "path":
                return dag.path
            case "file":
                return PurePosixPath(dag.path).name
            case "owner":
                return tuple(sorted({task.owner for task in dag.tasks if task.owner})) + (
                    (UNKNOWN,) if any(task.owner is None for task in dag.tasks) else ()
                )
            case "tasks" | "groups":
                return len(getattr(dag, field)) if dag.exact else UNKNOWN
            case "exact":
                return dag.exact
            case "schedule" | "timetable" | "timezone":
                return self._of_schedule(field)
            case "catchup" | "max_active_runs":
                value = getattr(dag, field)
                return UNKNOWN if value is None else value
        return value_of(self.argument(field), self._may_hide)

    def _of_schedule(self, field: str) -> Any:
        schedule = self.dag.schedule
        if schedule.kind == "unknown":
            return UNKNOWN
        if field != "schedule":
            return getattr(schedule, field)
        return None if schedule.kind == "none" else schedule.expression or schedule.kind

    def given(self, field: str) -> Truth:
        """See `dagcheck.config.expressions.Subject`."""
        if field in ("catchup", "max_active_runs") or self.argument(field) is not None:
            return is_given(self.argument(field), self._may_hide)
        return _is_set(self.value(field))

    def argument(self, field: str) -> Argument | None:
        """The argument that a field is about."""
        name = {"tag": "tags", "id": "dag_id"}.get(field, field)
        return self.dag.arguments.get(name)

    @property
    def span(self) -> Span:
        """The place of the DAG."""
        return self.dag.span

    @property
    def _may_hide(self) -> bool:
        return hides_something(self.dag, self.dag.span)


def tags_of(dag: Dag) -> tuple[Any, ...]:
    """The DAG's tags, with UNKNOWN among them where one is not known."""
    argument = dag.arguments.get("tags")
    if argument is None:
        return (*dag.tags, UNKNOWN) if hides_something(dag, dag.span) and not dag.tags else dag.tags
    value = argument.value
    unsettled = isinstance(value, Unknown) or (isinstance(value, Iterable) and any(isinstance(item, Unknown) for item in value))
    return (*dag.tags, UNKNOWN) if unsettled else dag.tags


def hides_something(dag: Dag, span: Span) -> bool:
    """True if a doubt lies in a call, so that it may have arguments which are not known."""
    return any(
        (doubt.path or dag.path) == span.path and (span.line, span.column) <= (doubt.line, doubt.column) <= (span.end_line, span.end_column)
        for doubt in dag.doubts
    )


def is_given(argument: Argument | None, may_hide: bool) -> Truth:
    """Whether an argument is set to something."""
    if argument is None:
        return None if may_hide else False
    return _is_set(value_of(argument, may_hide))


def _is_set(value: Any) -> Truth:
    if value is UNKNOWN:
        return None
    if isinstance(value, tuple) and UNKNOWN in value:
        return True if len(value) > 1 else None
    return not (value is None or value == "" or value == () or value == {})


def value_of(argument: Argument | None, may_hide: bool) -> Any:
    """An argument's value as policies compare it; a function or class is its name."""
    if argument is None:
        return UNKNOWN if may_hide else None
    return UNKNOWN if argument.origin == "expand" else _comparable(argument.value)


def _comparable(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | datetime.date | datetime.timedelta | dict):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(_comparable(item) for item in value)
    if isinstance(value, FunctionRef):
        return value.name
    if isinstance(value, NameRef | ObjectRef):
        return value.dotted
    return UNKNOWN
