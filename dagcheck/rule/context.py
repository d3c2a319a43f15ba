"""What a rule may look at beside the model: the source, the target version, the clock, the other DAGs."""

from __future__ import annotations

import ast
import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import FunctionRef, Span
from dagcheck.patterns import late
from dagcheck.project.links import Project
from dagcheck.records import dataclass, field
from dagcheck.rule.relations import Relations
from dagcheck.source.discover import may_hold_dag
from dagcheck.source.nodes import every
from dagcheck.source.project import ProjectFiles, path_below
from dagcheck.source.text import Source, SourceError

if TYPE_CHECKING:
    from dagcheck.airflow.facts import Facts
    from dagcheck.model.dag import Dag, File, Task
    from dagcheck.rule.templates import Pull, Template
    from dagcheck.timetable.describe import Timing
    from dagcheck.timetable.surprise import Surprise

_DAG_MAKERS = ("airflow", "airflow.models", "airflow.decorators", "airflow.sdk")
"""Modules that a file imports whole to write `airflow.DAG` and the like."""

_TEST_NAME = late(r"test_.*|.*_tests?|conftest")
_TEST_LIBRARIES = frozenset({"pytest", "unittest"})

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Setting:
    """What holds for a whole run: the target Airflow version (such as `2.11`), Airflow's own settings by `section.key`, the clock (aware), and the configured DAG folders.

    `airflow_also` are further versions that the same files run on.
    """

    airflow: str
    airflow_settings: Mapping[str, str] = field(default_factory=dict)
    now: datetime.datetime = field(default_factory=_now)
    dag_folders: tuple[Path, ...] = ()
    airflow_also: tuple[str, ...] = ()

    @cached_property
    def release(self) -> tuple[int, int]:
        """The target version as numbers, to compare with."""
        major, minor = self.airflow.split(".")[:2]
        return int(major), int(minor)

    @cached_property
    def instant(self) -> int:
        """The clock in microseconds since 1970 (UTC)."""
        from dagcheck.timetable.zones import micros

        return micros(self.now)

    @property
    def facts(self) -> Facts:
        """What the target version is made of: classes, arguments, defaults, context names."""
        from dagcheck.airflow.facts import facts

        return facts(self.airflow)

    def airflow_setting(self, key: str) -> str | None:
        """One of Airflow's settings by `section.key`: as configured, else the default of the target version; None where it has none."""
        return self.airflow_settings.get(key, self.facts.configuration.get(key))


class FileContext:
    """What rules know beside the model of one file."""

    def __init__(self, file: File, sources: ProjectFiles, setting: Setting) -> None:
        self.file = file
        self.sources = sources
        self.setting = setting
        self._functions: dict[tuple[str, int, str], FunctionNode | None] = {}
        self._said: dict[tuple[str, ...], bool] = {}
        self._timings: dict[int, Timing | None] = {}
        self._surprises: dict[int, tuple[Surprise, ...]] = {}
        self._relations: dict[int, Relations] = {}
        self.remembered: dict[str, dict[Any, Any]] = {}
        """What helpers of rules have found out of this file, each under a name of its own."""
        self._templates: dict[int, Sequence[Template]] = {}
        self._pulls: dict[int, Sequence[tuple[Task, Pull, Span]]] = {}

    @property
    def airflow(self) -> str:
        """The target Airflow version."""
        return self.setting.airflow

    @cached_property
    def facts(self) -> Facts:
        """What the target Airflow version is made of."""
        return self.setting.facts

    @property
    def now(self) -> datetime.datetime:
        """The clock, aware; rules never ask the system's."""
        return self.setting.now

    @cached_property
    def source(self) -> Source | None:
        """The file's source; None where it can't be parsed."""
        return self._read(self.file.path)

    @cached_property
    def is_dag_file(self) -> bool:
        """True if Airflow would run the file to look for DAGs, as far as can be told.

        It runs those that hold both words, "dag" and "airflow", below a DAG folder: a configured one or, where none is configured, one that is called `dags`. A file outside of
        a folder of that name counts if it imports what makes DAGs and is no test.
        """
        if self.source is None or not may_hold_dag(self.source.data):
            return False
        if self.setting.dag_folders:
            return any(path_below(self.source.absolute, folder) is not None for folder in self.setting.dag_folders)
        parts = os.fspath(self.source.absolute).split(os.sep)
        if "dags" in parts and ({"test", "tests"}.isdisjoint(parts[: parts.index("dags")]) or not self.is_test):
            return True
        if self.is_test:
            return False
        return any(
            dotted in _DAG_MAKERS or (dotted.startswith("airflow.") and dotted.endswith((".DAG", ".dag")))
            for dotted in self.imports.values()
        )

    @cached_property
    def is_test(self) -> bool:
        """True for a module of tests: by its name, and by the folder that it is in or by what it imports."""
        *folders, name = self.file.path.split("/")
        if not _TEST_NAME.fullmatch(os.path.splitext(name)[0]):
            return False
        return not {"test", "tests"}.isdisjoint(folders) or any(
            dotted.partition(".")[0] in _TEST_LIBRARIES for dotted in self.imports.values()
        )

    def source_of(self, path: str) -> Source | None:
        """The source of a file of the project by its shown path; None where it can't be read or parsed."""
        return self.source if path == self.file.path else self._read(path)

    def _read(self, path: str) -> Source | None:
        try:
            return self.sources.source(self.sources.locate(path))
        except SourceError:
            return None

    @property
    def tree(self) -> ast.Module:
        """The file's syntax tree; empty where it can't be parsed."""
        return self.source.tree if self.source is not None else ast.Module(body=[], type_ignores=[])

    def text(self, span: Span) -> str:
        """The source text of a span; empty where the file can't be parsed."""
        source = self.source_of(span.path)
        return source.segment(span) if source is not None else ""

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias | ast.excepthandler) -> Span:
        """The place of a node of this file's tree."""
        if self.source is None:
            raise ValueError(f"{self.file.path} has no tree, so the node is of another file")
        return self.source.span(node)

    def function(self, ref: FunctionRef) -> FunctionNode | None:
        """The syntax of a function or lambda of the project; None where it can't be found."""
        key = (ref.path, ref.line, ref.name)
        if key not in self._functions:
            source = self.source_of(ref.path)
            self._functions[key] = None if source is None else _function(source.tree, ref)
        return self._functions[key]

    def callable_of(self, task: Task, *words: str) -> FunctionNode | None:
        """The syntax of a task's callable that stands in this file. None where the file says none of these words (see `Source.says`), and so has nothing to find."""
        ref = task.callable
        if ref is None or ref.path != self.file.path or self.source is None:
            return None
        if words not in self._said:
            self._said[words] = not words or self.source.says(*words)
        return self.function(ref) if self._said[words] else None

    @cached_property
    def dags_by_id(self) -> dict[str, Dag]:
        """The DAGs of the file by their ids."""
        return {dag.dag_id: dag for dag in self.file.dags}

    def timing(self, dag: Dag) -> Timing | None:
        """What decides on the runs of one of the file's DAGs; None for a SubDAG, where Airflow refuses it, and where that is not surely known."""
        if id(dag) not in self._timings:
            from dagcheck.rule.timing import is_sub_dag, timing_of

            self._timings[id(dag)] = None if is_sub_dag(dag, self.dags_by_id) else timing_of(dag, self.setting)
        return self._timings[id(dag)]

    def surprises(self, dag: Dag) -> tuple[Surprise, ...]:
        """What the schedule of one of the file's DAGs does otherwise than it reads, the gravest first."""
        if id(dag) not in self._surprises:
            from dagcheck.rule.timing import surprises_of

            self._surprises[id(dag)] = surprises_of(dag, self)
        return self._surprises[id(dag)]

    def relations(self, dag: Dag) -> Relations:
        """Which tasks of one of the file's DAGs come before which."""
        if id(dag) not in self._relations:
            self._relations[id(dag)] = Relations(dag)
        return self._relations[id(dag)]

    def templates(self, task: Task) -> Sequence[Template]:
        """Every known templated text of one of the file's tasks that has a mark of Jinja in it."""
        if id(task) not in self._templates:
            from dagcheck.rule.templates import templates

            self._templates[id(task)] = tuple(templates(task))
        return self._templates[id(task)]

    def pulls(self, dag: Dag) -> Sequence[tuple[Task, Pull, Span]]:
        """The XComs that tasks of one of the file's DAGs pull from tasks of that DAG, as far as they are written out: who pulls them, and where."""
        if id(dag) not in self._pulls:
            from dagcheck.rule.pulls import pulls_of

            self._pulls[id(dag)] = tuple(pulls_of(dag, self))
        return self._pulls[id(dag)]

    @cached_property
    def imports(self) -> dict[str, str]:
        """What each name that an import binds stands for, as a dotted path: `{"dt": "datetime", "DAG": "airflow.DAG"}`; relative imports keep their dots."""
        return dict(imported_names(self.tree))

    def dotted(self, node: ast.expr) -> str | None:
        """The dotted path that a name or attribute stands for by the file's imports; a bare name that nothing imports stays itself; None for other expressions."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        return ".".join([self.imports.get(node.id, node.id), *reversed(parts)])


class ProjectContext:
    """What project rules know: every extracted file that one configuration holds for."""

    def __init__(self, project: Project, sources: ProjectFiles, setting: Setting) -> None:
        self.project = project
        self.sources = sources
        self.setting = setting

    @property
    def files(self) -> tuple[File, ...]:
        """Every file, in the order of paths."""
        return self.project.files

    @property
    def dags(self) -> tuple[Dag, ...]:
        """Every DAG, in the order of files and of their definition."""
        return self.project.dags

    @property
    def airflow(self) -> str:
        """The target Airflow version."""
        return self.setting.airflow

    @property
    def now(self) -> datetime.datetime:
        """The clock, aware."""
        return self.setting.now


def imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that the imports of a tree bind, with what they stand for."""
    for node in every(tree, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        else:
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield alias.asname or alias.name, f"{module}{'' if module.endswith('.') else '.'}{alias.name}"


def _function(tree: ast.Module, ref: FunctionRef) -> FunctionNode | None:
    if ref.is_lambda:
        return next((node for node in every(tree, ast.Lambda) if node.lineno == ref.line), None)
    name = ref.name.rpartition(".")[2]
    functions = every(tree, ast.FunctionDef, ast.AsyncFunctionDef)
    return next((node for node in functions if node.lineno == ref.line and node.name == name), None)
