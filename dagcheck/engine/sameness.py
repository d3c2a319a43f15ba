"""What a fix changed beside what it is for: the DAGs of a file before and after, compared."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dagcheck.model.plain import plain
from dagcheck.records import dataclass
from dagcheck.rule import Finding
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.model.dag import Argument, Dag, File, Task
    from dagcheck.model.values import Span

_DAG_FIELDS = (
    "schedule",
    "start_date",
    "start_moves",
    "end_date",
    "catchup",
    "max_active_runs",
    "tags",
    "default_args",
    "params",
    "inlets",
    "outlets",
)
_TASK_FIELDS = ("retries", "trigger_rule", "pool", "owner", "setup", "teardown", "mapped", "group")
_CLASS_FIELDS = ("operator", "module")


@dataclass(frozen=True)
class Aim:
    """What fixes are about: their findings, and whether one of their edits changes an import, which may give a class another home."""

    findings: tuple[Finding, ...]
    imports: bool = False

    @property
    def spans(self) -> Iterator[Span]:
        """The places that are edited, as they were before."""
        return (edit.span for finding in self.findings if finding.fix for edit in finding.fix.edits)

    def may_restructure(self, dag: Dag) -> bool:
        """True if an unsafe fix is about this DAG, so that its tasks and edges may change."""
        return any(finding.fix is not None and finding.fix.safety == "unsafe" and self._names(finding, dag) for finding in self.findings)

    def is_about(self, dag: Dag, *spans: Span) -> bool:
        """True if a finding names the DAG, or an edit lies in one of the given places."""
        return any(self._names(finding, dag) for finding in self.findings) or any(
            _overlap(edit, span) for edit in self.spans for span in spans
        )

    def _names(self, finding: Finding, dag: Dag) -> bool:
        return finding.dag_id == dag.dag_id or (finding.dag_id is None and finding.span.path == dag.path)


def edits_imports(tree: ast.Module, findings: Iterable[Finding], path: str) -> bool:
    """True if a fix edits a line of an import statement of the file, or puts a new import in."""
    lines = {
        line
        for node in walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    edits = [edit for finding in findings if finding.fix for edit in finding.fix.edits if edit.span.path == path]
    return any("import " in edit.text or not lines.isdisjoint(range(edit.span.line, edit.span.end_line + 1)) for edit in edits)


def unwanted_changes(before: File, after: File, aim: Aim) -> Iterator[str]:
    """What is different in a file's DAGs beyond what the fixes are about: a sentence for each difference.

    A DAG that was exact must stay so, with the same tasks, groups and edges; of one that was not, nothing that was known may go. Arguments may change where a finding
    or an edit is about their DAG or task.
    """
    if len(after.errors) > len(before.errors):
        yield f"a new error: {after.errors[-1].message}"
    left = {dag.dag_id: dag for dag in after.dags}
    for dag in before.dags:
        if not dag.id_known:
            continue
        if dag.dag_id not in left:
            if not aim.may_restructure(dag):
                yield f"DAG {dag.dag_id} would be gone"
        elif dag.exact and not left[dag.dag_id].exact:
            yield f"DAG {dag.dag_id} could no longer be known exactly"
        else:
            yield from _structure(dag, left[dag.dag_id], aim)
            yield from _arguments(dag, left[dag.dag_id], aim)
    if not before.errors and all(dag.exact for dag in before.dags) and len(after.dags) > len(before.dags) and not aim.imports:
        yield "there would be a new DAG"


def _structure(before: Dag, after: Dag, aim: Aim) -> Iterator[str]:
    """Tasks, groups and edges that came or went."""
    if aim.may_restructure(before):
        return
    edited = {(edge.upstream, edge.downstream) for edge in before.declared if any(_overlap(edge.span, span) for span in aim.spans)}
    for name, old, new in (
        ("task", [task.task_id for task in before.tasks if task.id_known], [task.task_id for task in after.tasks]),
        ("group", [group.group_id for group in before.groups], [group.group_id for group in after.groups]),
        ("edge", [edge for edge in before.edges if edge not in edited], [edge for edge in after.edges if edge not in edited]),
    ):
        gone, come = set(old) - set(new), set(new) - set(old)
        if gone:
            yield f"{name} {min(map(_said, gone))} of DAG {before.dag_id} would be gone"
        if come and before.exact:
            yield f"DAG {before.dag_id} would have a new {name} {min(map(_said, come))}"


def _said(name: Any) -> str:
    return " → ".join(name) if isinstance(name, tuple) else str(name)


def _arguments(before: Dag, after: Dag, aim: Aim) -> Iterator[str]:
    """What is set differently on the DAG or on a task that no fix is about."""
    if not aim.is_about(before, before.span, *_spans(before.arguments.values())):
        for field in _changed(before, after, _DAG_FIELDS, before.exact):
            yield f"{field} of DAG {before.dag_id} would change"
    tasks = {task.task_id: task for task in after.tasks}
    for task in before.tasks:
        if task.task_id in tasks:
            yield from _of_task(task, tasks[task.task_id], before, aim)


def _of_task(before: Task, after: Task, dag: Dag, aim: Aim) -> Iterator[str]:
    if aim.is_about(dag, before.span, *_spans(before.arguments.values())):
        return
    fields = _TASK_FIELDS if aim.imports else (*_TASK_FIELDS, *_CLASS_FIELDS)
    changed = [*_changed(before, after, fields, dag.exact)]
    changed += [name for name, argument in before.arguments.items() if _value(argument) != _value(after.arguments.get(name)) and dag.exact]
    for field in dict.fromkeys(changed):
        yield f"{field} of task {before.task_id} of DAG {dag.dag_id} would change"


def _changed(before: Any, after: Any, fields: Sequence[str], exact: bool) -> Iterator[str]:
    for field in fields:
        old, new = _plain(getattr(before, field)), _plain(getattr(after, field))
        if old != new and (exact or old is not None):
            yield field


def _plain(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump else plain(value)


def _value(argument: Argument | None) -> Any:
    return None if argument is None else plain(argument.value)


def _spans(arguments: Iterable[Argument]) -> Iterator[Span]:
    return (argument.span for argument in arguments)


def _overlap(one: Span, other: Span) -> bool:
    """True if two spans of one file share text or touch."""
    return (
        one.path == other.path
        and (one.line, one.column) <= (other.end_line, other.end_column)
        and (other.line, other.column) <= (one.end_line, one.end_column)
    )
