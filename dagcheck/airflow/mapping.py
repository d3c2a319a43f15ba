"""Dynamic task mapping of classic operators: `.partial(…).expand(…)` and `.expand_kwargs(…)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.airflow.construct import construct, doubt_refused
from dagcheck.airflow.task import TaskValue, depend_on_references, template_fields
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Arguments, Class, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.task import OperatorClass
    from dagcheck.evaluate.interpreter import Interpreter


class Partial(Object):
    """`Operator.partial(…)`, waiting for `.expand`."""

    __slots__ = ("arguments", "cls", "native")

    def __init__(self, cls: Value, native: OperatorClass, arguments: Arguments) -> None:
        self.cls = cls
        self.native = native
        self.arguments = arguments

    def describe(self) -> str:
        return f"{self.native.name}.partial()"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("expand", "expand_kwargs"):
            return Native(name, self.expand)
        if name in ("partial", "map"):
            return Native(name, lambda i, arguments: self)
        return super().get_attr(interp, name)

    def expand(self, interp: Interpreter, expanded: Arguments) -> Value:
        """The mapped task."""
        task = TaskValue(self.cls, self.arguments.span or expanded.span)
        task.is_mapped = True
        for name, value in expanded.kwargs.items():
            task.given[name] = (value, "expand")
        for position, value in enumerate(expanded.args):
            task.given["expand_kwargs" if position == 0 else f"expand_{position}"] = (value, "expand")
        for key, span in expanded.places.items():
            task.places[key if isinstance(key, str) else "expand_kwargs"] = span
        for name, value in self.arguments.kwargs.items():
            task.given[name] = (value, "partial")
        if self.cls is self.native:
            doubt_refused(interp, self.native, self.arguments)
            doubt_refused(interp, self.native, expanded)
        construct(interp, task, self.native, self.arguments)
        _own_defaults(interp, task)
        task.made = True
        depend_on_references(interp, task, [*expanded.args, *expanded.kwargs.values()])
        fields = template_fields(interp, task)
        for name, value in self.arguments.kwargs.items():
            if name in fields:
                depend_on_references(interp, task, value)
        _check_input(interp, task, expanded)
        return task


def _own_defaults(interp: Interpreter, task: TaskValue) -> None:
    """Literal defaults that the program's own operator classes have for arguments of BaseOperator count for a mapped task, too."""
    if not isinstance(task.cls, Class):
        return
    for cls in task.cls.mro:
        init = cls.namespace.get("__init__") if isinstance(cls, Class) else None
        if init is None or not hasattr(init, "kw_defaults"):
            continue
        names = [parameter.arg for parameter in init.node.args.args]
        values = {**dict(zip(names[len(names) - len(init.defaults) :], init.defaults, strict=True)), **init.kw_defaults}
        for name in ("retries", "trigger_rule", "owner"):
            if name in values and name not in task.attrs:
                task.attrs[name] = values[name]


def _check_input(interp: Interpreter, task: TaskValue, expanded: Arguments) -> None:
    for name, value in expanded.kwargs.items():
        if isinstance(value, list | tuple | dict) and not value and interp.state.blurry(value) is None:
            world(interp).misuse(
                interp, "empty-expand", f"the task is expanded over {name}, which is empty: it will always be skipped", dag=task.dag
            )
    if expanded.star_star is not None and task.dag is not None:
        task.dag.doubt(expanded.star_star)


def partial_of(interp: Interpreter, cls: Value, native: OperatorClass, arguments: Arguments) -> Value:
    """`cls.partial(…)`."""
    if isinstance(arguments.star_star, Unknown):
        world(interp).doubt_tasks([], arguments.star_star)
    return Partial(cls, native, arguments)
