"""What Airflow keeps while it loads a file: the DAGs, the stack of `with` blocks, and what was done wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.facts import Facts
from dagcheck.airflow.facts import facts as facts_of
from dagcheck.airflow.target import Target
from dagcheck.evaluate.state import condition
from dagcheck.evaluate.values import Arguments, Class, External, Module, NativeClass, Opaque, Value
from dagcheck.model.values import Span, Unknown

if TYPE_CHECKING:
    import ast

    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.group import GroupValue
    from dagcheck.airflow.setup import SetupScopes
    from dagcheck.airflow.task import TaskValue
    from dagcheck.evaluate.interpreter import Interpreter

GENERATORS = frozenset({"cosmos", "dagfactory"})
"""Top-level names of the libraries that make DAGs out of something else, which `generators` models."""

NOT_TAKEN, BAD_VALUE = "takes no argument", "takes no such value for"
"""In why a DAG is not exact whose tasks and edges may all be known: what Airflow does not take, it refuses, but nothing hangs on it."""


class Mistake:
    """One misuse that was met; `refused` says that Airflow raises there."""

    __slots__ = ("kind", "message", "refused", "related", "span", "task_id", "values")

    def __init__(self, kind: str, message: str, span: Span | None, refused: bool, values: dict[str, Any]) -> None:
        self.kind = kind
        self.message = message
        self.span = span
        self.refused = refused
        self.values = values
        self.related: list[tuple[Span, str]] = []
        self.task_id: str | None = None


class AirflowWorld:
    """The evaluator's knowledge of Airflow, for one file and one target version."""

    def __init__(self, target: Target) -> None:
        from dagcheck.airflow.setup import SetupScopes

        self.target = target
        self.facts: Facts = facts_of(target.version)
        self.dags: list[DagValue] = []
        self.registered: list[DagValue] = []
        self.dag_stack: list[DagValue | None] = []
        self.group_stack: list[GroupValue] = []
        self.scopes: SetupScopes = SetupScopes()
        self.mistakes: list[Mistake] = []
        self.decorated: list[Any] = []
        self.stray_tasks: list[TaskValue] = []
        self.stray_calls: dict[int, Span] = {}
        """The calls in the file of the functions that made stray tasks, by the task's `id()`."""
        self.how = "shift"
        self.providers: set[str] = set()
        self.native: dict[str, Value] = {}
        self.errors: list[tuple[str, Span | None]] = []

    # Where we are

    @property
    def current_dag(self) -> DagValue | None:
        return self.dag_stack[-1] if self.dag_stack else None

    def current_group(self, dag: DagValue | None) -> GroupValue | None:
        """The innermost group block, else the root group of the DAG."""
        if self.group_stack:
            return self.group_stack[-1]
        dag = dag or self.current_dag
        return dag.root if dag is not None else None

    @contextlib.contextmanager
    def declaring(self, how: str) -> Iterator[None]:
        """Edges that are made inside count as declared this way."""
        before, self.how = self.how, how
        try:
            yield
        finally:
            self.how = before

    # Doubts and mistakes

    def doubt_if_uncertain(self, interp: Interpreter, dag: DagValue) -> None:
        """A change to a DAG under an unknown test makes it inexact."""
        if interp.state.uncertain:
            dag.doubt(condition(interp.state.uncertain[-1]))

    def doubt_tasks(self, tasks: Iterable[TaskValue], why: Unknown) -> None:
        """The DAGs of these tasks (or the current one) are inexact."""
        dags = {id(task.dag): task.dag for task in tasks if task.dag is not None}
        for dag in dags.values():
            dag.doubt(why)
        if not dags and self.current_dag is not None:
            self.current_dag.doubt(why)

    def misuse(
        self,
        interp: Interpreter,
        kind: str,
        message: str,
        refused: bool = False,
        dag: DagValue | None = None,
        span: Span | None = None,
        **values: Any,
    ) -> Mistake:
        """Note something that is wrong; one that Airflow refuses makes the DAG (or the file) inexact."""
        mistake = Mistake(kind, message, span or interp.here, refused and not interp.state.uncertain, values)
        owner = dag or self.current_dag
        (owner.mistakes if owner is not None else self.mistakes).append(mistake)
        if mistake.refused:
            why = Unknown(f"Airflow refuses this: {message}", "error", mistake.span)
            interp.doubt(why)  # it raises, so that nothing of the file is loaded
        return mistake

    # What the evaluator asks

    def module(self, interp: Interpreter, dotted: str) -> Module | None:
        from dagcheck.airflow.names import airflow_module

        if dotted.partition(".")[0] in GENERATORS:
            from dagcheck.airflow.generators import generator_module

            return generator_module(self, interp, dotted)
        return airflow_module(self, interp, dotted)

    def call_external(self, interp: Interpreter, external: External, arguments: Arguments) -> Value:
        from dagcheck.airflow.names import call_external

        return call_external(self, interp, external, arguments)

    def base_class(self, interp: Interpreter, external: External) -> NativeClass | None:
        from dagcheck.airflow.names import base_class

        return base_class(self, external)

    def escape(self, interp: Interpreter, arguments: Arguments, description: str, dotted: str | None = None) -> None:
        """DAGs, groups and tasks that are handed to unknown code may be changed by it; so may the DAG whose block it is called in."""
        from dagcheck.airflow.names import escape

        if "Hook()." in description:
            interp.note("network", description.replace("()", ""))
        escape(self, interp, arguments, description, dotted)

    def installed(self, dotted: str) -> bool:
        """The libraries that Airflow and its providers depend on are taken as installed."""
        from dagcheck.airflow.facts import is_installed

        return is_installed(dotted)

    def statement(self, interp: Interpreter, node: ast.Expr, value: Value) -> None:
        """Nothing to say of bare expressions yet beyond what the operators themselves note."""


def world(interp: Interpreter) -> AirflowWorld:
    """The Airflow knowledge of an interpreter."""
    known: Any = interp.knowledge
    found: AirflowWorld = known
    return found


__all__ = ["AirflowWorld", "Class", "Mistake", "Opaque", "world"]
