"""The class that every rule derives from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from dagcheck.records import dataclass
from dagcheck.rule.finding import Finding, Safety, Severity

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File, Task
    from dagcheck.rule.context import FileContext, ProjectContext
    from dagcheck.rule.suppression import Suppression


@dataclass(frozen=True, slots=True)
class Meta:
    """What is said of a rule: `code` (DAG and three digits), `name` (the bad thing in kebab case), the severity that findings have by default, the version of dagcheck
    that brought it, the safety of its fix (None: it has no fix), and whether it is on by default.

    `secret` says that its findings mark lines that hold secrets: the engine then runs it even where it is not selected, so that no report shows those lines.
    """

    code: str
    name: str
    severity: Severity
    since: str
    fix: Safety | None = None
    default: bool = True
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a rule in `[tool.dagcheck.rule.NAME]`: its name in kebab case, its default, which also gives its type, and what it means.

    `pattern`: its texts are regular expressions; those that are none, or may take very long to match, are refused when the configuration is read.
    """

    name: str
    default: bool | int | float | str | tuple[str, ...]
    doc: str
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """Source that must be flagged: on each line that ends in a comment `# DAGnnn`, and nowhere else. `fixed` is the text after all fixes, where the rule has one.

    `files` are further files of the example's project by path; `path` names the source itself; `airflow` pins the target version; `config` is the `[tool.dagcheck]` table;
    `now` is the clock (ISO 8601) for rules that ask for it.
    """

    source: str
    fixed: str | None = None
    title: str = ""
    path: str = "dags/example.py"
    files: tuple[tuple[str, str], ...] = ()
    airflow: str | None = None
    config: tuple[tuple[str, object], ...] = ()
    now: str = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Good:
    """Source that must not be flagged by the rule, chosen to tempt it."""

    source: str
    title: str = ""
    path: str = "dags/example.py"
    files: tuple[tuple[str, str], ...] = ()
    airflow: str | None = None
    config: tuple[tuple[str, object], ...] = ()
    now: str = "2026-01-01T00:00:00Z"


class Rule:
    """A rule: docstring, `meta`, `bad` and `good` examples, and exactly one of the hooks below overridden.

    `options` are the settings that a configuration may give; `self.option(name)` reads one.
    """

    meta: ClassVar[Meta]
    options: ClassVar[tuple[Option, ...]] = ()
    bad: ClassVar[tuple[Bad, ...]] = ()
    good: ClassVar[tuple[Good, ...]] = ()
    arguments: ClassVar[frozenset[str]] = frozenset()
    """What `check_task` looks at: tasks that were given none of these arguments are passed over. Empty: it looks at all tasks."""

    HOOKS: ClassVar[tuple[str, ...]] = ("check_file", "check_dag", "check_task", "check_suppressions", "check_project")

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._given = dict(given or {})

    def identity(self) -> tuple[str, ...]:
        """What tells the rule from one that would say other things of the same files."""
        return type(self).__module__, type(self).__qualname__, self.meta.code, repr(sorted(self._given.items()))

    def option(self, name: str) -> Any:
        """The value of an option: as configured, else its default."""
        default = next(option.default for option in self.options if option.name == name)
        return self._given.get(name, default)

    def fits(self, name: str, text: str) -> bool | None:
        """Whether the whole text matches the regular expression of an option; None where it would take very long to know."""
        from dagcheck.regex_cost import is_quick

        pattern = str(self.option(name))
        return re.fullmatch(pattern, text) is not None if is_quick(pattern, text) else None

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """Findings of one file as a whole."""
        return ()

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """Findings of one DAG."""
        return ()

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """Findings of one task of one DAG."""
        return ()

    def check_suppressions(self, unused: Sequence[Suppression], context: FileContext) -> Iterable[Finding]:
        """Findings about the suppression comments of one file that suppressed nothing; called last."""
        return ()

    def secrets_in(self, text: str, name: str = "", *, certain: bool = False) -> Iterable[str]:
        """The secrets in a text that is no DAG file: a data file, a setting called `name`, a source that can't be parsed. `certain`: only those that their form alone
        gives away, quickly. Asked of rules whose `meta.secret` is set, so that no output shows what they name; nothing of it is told.
        """
        return ()

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """Findings that need every DAG of the project."""
        return ()
