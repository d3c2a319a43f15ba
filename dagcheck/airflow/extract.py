"""From a file's source to its model: evaluate it, take the DAGs that Airflow would find, and say what is not known."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagcheck.airflow.dag import DagFactory, DagValue
from dagcheck.airflow.facts import provider_of_file
from dagcheck.airflow.target import Target
from dagcheck.airflow.taskflow import TaskFactory
from dagcheck.airflow.to_model import dag_model, misuse_model
from dagcheck.airflow.world import AirflowWorld
from dagcheck.evaluate.budget import Budget, Exhausted
from dagcheck.evaluate.interpreter import Interpreter
from dagcheck.evaluate.values import BoundMethod, Instance, Module, Raised, describe
from dagcheck.model.dag import Dag, Effect, File, FileError, Misuse
from dagcheck.model.values import Span, Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.task import TaskValue
    from dagcheck.source.project import ProjectFiles
    from dagcheck.source.text import Source


def extract(source: Source, project: ProjectFiles, target: Target, budget: Budget | None = None) -> File:
    """The DAGs of one file, as Airflow of the target version would load them; nothing is executed.

    What the program would raise is in `errors`, and so is an evaluation that was cut short: then no DAG of the file is exact, and some may be missing.
    """
    world = AirflowWorld(target)
    own = provider_of_file(source.absolute)
    world.providers.update([own] if own is not None else [])
    interp = Interpreter(project, world, dict(target.env), budget or Budget(seconds=target.seconds, depth=target.depth))
    interp.directory, interp.directory_known = target.directory, target.directory is not None
    interp.budget.start()
    errors: list[FileError] = []
    module = _run(interp, source, errors)
    found = _found(world, module)
    dags = _unambiguous([dag_model(interp, world, dag) for dag in found])
    reads = sorted(project.show(path) for path in project.reads if path != source.absolute)
    return File(
        path=source.path,
        errors=tuple(errors),
        dags=tuple(dags),
        reads=tuple(reads),
        misuses=tuple(_file_misuses(world, found, module)),
        effects=tuple(_effects(interp)),
    )


def _effects(interp: Interpreter) -> list[Effect]:
    """What the program does at parse time, each place and kind once."""
    found: dict[tuple[str, Span], Effect] = {}
    for note in interp.notes:
        if note.span is not None:
            effect = Effect(kind=note.kind, name=note.name, span=note.span, in_function=note.in_function)
            found.setdefault((note.kind, note.span), effect)
    return list(found.values())


def module_name(source: Source) -> str:
    """The name under which Airflow imports a DAG file."""
    from dagcheck.digests import sha1

    digest = sha1(os.fsencode(source.absolute), usedforsecurity=False).hexdigest()
    return f"unusual_prefix_{digest}_{source.absolute.stem}"


def _run(interp: Interpreter, source: Source, errors: list[FileError]) -> Module | None:
    name = module_name(source)
    try:
        return interp.run_module(source, name)
    except Raised as error:
        span = error.span or Span(source.path, 1, 1, 1, 1)
        message = f"Airflow cannot load this file: {describe(error.value)}" + (
            "" if span.path == source.path else f" ({span.path}:{span.line})"
        )
        place = span if span.path == source.path else Span(source.path, 1, 1, 1, 1)
        is_import = isinstance(error.value, ImportError)
        errors.append(FileError(message=message, line=place.line, column=place.column, kind="import" if is_import else "raises"))
        interp.doubt(Unknown(message, "error", span))
    except (Exhausted, RecursionError) as error:
        reason = str(error) if isinstance(error, Exhausted) else "an expression or call that is nested too deeply"
        span = _place_of_cut(interp, source)
        interp.doubt(Unknown(f"the evaluation was cut short: {reason}", "budget", span))
        line, column = (span.line, span.column) if span.path == source.path else (1, 1)
        errors.append(FileError(message=f"dagcheck's evaluation was cut short: {reason}", line=line, column=column, kind="cut"))
    return interp.modules.get(name)


def _place_of_cut(interp: Interpreter, source: Source) -> Span:
    return interp.cut if interp.cut is not None else Span(source.path, 1, 1, 1, 1)


def _found(world: AirflowWorld, module: Module | None) -> list[DagValue]:
    """The DAGs that Airflow finds: those among the module's names, and those whose blocks ended while it was loaded."""
    found: dict[int, DagValue] = {}
    if module is not None:
        for value in list(module.namespace.values()):
            if isinstance(value, DagValue):
                found[id(value)] = value
    for dag in world.registered:
        found.setdefault(id(dag), dag)
    for dag in list(found.values()):
        _add_subdags(dag, found)
    order = {id(dag): index for index, dag in enumerate(world.dags)}
    return sorted(found.values(), key=lambda dag: order.get(id(dag), len(order)))


def _add_subdags(dag: DagValue, found: dict[int, DagValue]) -> None:
    for task in dag.tasks:
        subdag = task.attrs.get("subdag")
        if isinstance(subdag, DagValue) and id(subdag) not in found:
            found[id(subdag)] = subdag
            _add_subdags(subdag, found)


def _unambiguous(dags: list[Dag]) -> list[Dag]:
    """Two DAGs of one id in a file: which of them Airflow keeps is not told, so neither is exact."""
    from dagcheck.model.dag import Doubt

    ids = [dag.dag_id for dag in dags if dag.id_known]
    result = []
    for dag in dags:
        if dag.id_known and ids.count(dag.dag_id) > 1:
            doubt = Doubt(
                message=f"the file has more than one DAG of the id {dag.dag_id!r}", line=dag.line, column=dag.column, cause="error"
            )
            dag = dag.model_copy(update={"exact": False, "doubts": (*dag.doubts, doubt)})
        result.append(dag)
    return result


def _file_misuses(world: AirflowWorld, found: list[DagValue], module: Module | None) -> list[Misuse]:
    misuses = [misuse_model(mistake) for mistake in world.mistakes if mistake.span is not None]
    kept = {id(dag) for dag in found}
    for dag in world.dags:
        if id(dag) not in kept and dag.call_span is not None and dag.tasks and not dag.doubts:
            misuses.append(Misuse(kind="lost-dag", message=f"{dag.describe()} is made, but Airflow will not find it", span=dag.call_span))
    for made in world.decorated:
        if isinstance(made, DagFactory) and not made.called and made.span is not None:
            misuses.append(
                Misuse(kind="uncalled-dag", message=f"the {made.describe()} is never called, so it makes no DAG", span=made.span)
            )
        elif isinstance(made, TaskFactory) and not made.used and made.span is not None and module is not None:
            misuses.append(
                Misuse(kind="uncalled-task", message=f"the {made.describe()} is never called, so it makes no task", span=made.span)
            )
    misuses += (_stray(world, task, task.call_span) for task in world.stray_tasks if task.call_span is not None)
    return misuses


def _stray(world: AirflowWorld, task: TaskValue, span: Span) -> Misuse:
    caller = world.stray_calls.get(id(task))
    return Misuse(
        kind="task-outside-dag",
        message=f"{task.describe()} belongs to no DAG",
        span=span,
        related=() if caller is None else ((caller, "made by this call"),),
        task_id=task.task_id if isinstance(task.task_id, str) else None,
    )


__all__ = ["BoundMethod", "Instance", "extract", "module_name"]
