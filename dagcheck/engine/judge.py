"""Rules over models: findings, and the rules that crashed. Nothing here reads a file that the model did not name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagcheck.engine.select import Selected
from dagcheck.records import dataclass, replace
from dagcheck.rule import FileContext, Finding, ProjectContext, Rule
from dagcheck.rule.suppression import Suppression

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File, Task


@dataclass(frozen=True, slots=True)
class Crash:
    """A rule, or the extraction, that raised on a file (or on the project, where `path` is empty). `rule` says which, as in `rule DAG101 cyclic-dependency`."""

    rule: str
    path: str
    error: str
    trace: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules said. `hidden` are findings of rules that run only so that their lines are not shown."""

    findings: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()

    def plus(self, other: Judged) -> Judged:
        """Both together."""
        return Judged(self.findings + other.findings, self.hidden + other.hidden, self.crashes + other.crashes)


def judge_file(file: File, context: FileContext, rules: Sequence[Selected]) -> Judged:
    """The findings of all file, DAG and task rules on one file."""
    tasks = [(task, dag) for dag in file.dags for task in dag.tasks]
    return _judge(rules, file.path, lambda rule: _file_findings(rule, file, tasks, context))


def judge_project(context: ProjectContext, rules: Sequence[Selected]) -> Judged:
    """The findings of all project rules."""
    return _judge(rules, "", lambda rule: rule.check_project(context))


def judge_suppressions(unused: Sequence[Suppression], context: FileContext, rules: Sequence[Selected]) -> Judged:
    """The findings on suppressions of one file that suppressed nothing."""
    return _judge(rules, context.file.path, lambda rule: rule.check_suppressions(unused, context))


def has_project_hook(selected: Selected) -> bool:
    """True if the rule judges the project as a whole."""
    return type(selected.rule).check_project is not Rule.check_project


def _file_findings(rule: Rule, file: File, tasks: Sequence[tuple[Task, Dag]], context: FileContext) -> list[Finding]:
    kind: Any = type(rule)
    of_files, of_dags, of_tasks = _hooks(kind)
    found: list[Finding] = []
    if of_files:
        found += rule.check_file(file, context)
    if of_dags:
        for dag in file.dags:
            found += rule.check_dag(dag, context)
    if of_tasks:
        asked = rule.arguments
        for task, dag in tasks:
            if not asked or not asked.isdisjoint(task.arguments):
                found += rule.check_task(task, dag, context)
    return found


@lru_cache(maxsize=1024)
def _hooks(kind: type[Rule]) -> tuple[bool, bool, bool]:
    """Whether a rule judges files, DAGs and tasks."""
    return kind.check_file is not Rule.check_file, kind.check_dag is not Rule.check_dag, kind.check_task is not Rule.check_task


def _judge(rules: Sequence[Selected], path: str, ask: Callable[[Rule], Iterable[Finding]]) -> Judged:
    told: list[Finding] = []
    hidden: list[Finding] = []
    crashes: list[Crash] = []
    for selected in rules:
        meta = selected.rule.meta
        try:
            found = list(ask(selected.rule))
        except Exception as error:  # noqa: BLE001 - a rule is foreign code; its crash is reported, ends in exit status 2, and must not stop the others
            crashes.append(_crash(selected.rule, path, error))
            continue
        if not found:
            continue
        into = hidden if selected.hidden else told
        into.extend(
            replace(finding, code=meta.code, name=meta.name, severity=selected.severity or finding.severity or meta.severity)
            for finding in found
        )
    return Judged(tuple(told), tuple(hidden), tuple(crashes))


def _crash(rule: Rule, path: str, error: Exception) -> Crash:
    """The crash of a rule. Of one that looks for secrets it holds no message: that may quote what the rule was looking at."""
    import traceback

    kind = type(error).__name__
    if rule.meta.secret:
        trace = "".join(traceback.format_tb(error.__traceback__)) + kind
        return Crash(f"rule {rule.meta.code} {rule.meta.name}", path, kind, trace)
    return Crash(f"rule {rule.meta.code} {rule.meta.name}", path, f"{kind}: {error}", "".join(traceback.format_exception(error)))
