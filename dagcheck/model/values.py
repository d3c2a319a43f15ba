"""The values that a model can hold: plain Python data, and these stand-ins for what is no plain data.

Known values are themselves: None, bool, int, float, str, bytes, list, tuple, dict, set, date, datetime (aware ones with a
`zoneinfo.ZoneInfo` or a fixed `timezone`), time, timedelta, relativedelta. Whatever else an argument of a DAG or a task can be is one of
the classes here. They may stand inside lists and dicts, too.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from dagcheck.records import dataclass, field

Cause = Literal[
    "clock", "random", "variable", "connection", "environment", "file", "import", "condition", "runtime", "budget", "unsupported", "error"
]
"""Why a value is unknown.

`clock`: it moves with the time of the parse; `random`: random or unique at each parse; `variable`, `connection`: Airflow's own store; `environment`: the
process environment, arguments, host; `file`: a file that is not there or not readable; `import`: a module that is not in the project and that we do not know;
`condition`: it depends on a test whose outcome is unknown; `runtime`: exists only when a task runs (XCom, context); `budget`: the evaluation was cut short;
`unsupported`: a construct that the evaluator does not follow; `error`: the code would raise here.
"""


class Span(NamedTuple):
    """A stretch of source text. Lines and columns count from 1, columns in characters; the end column is one past the last character."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that the source alone does not tell, with the reason and the place where knowledge ended.

    `name` is what would settle it where that has a name (the Variable, the environment variable, the module, the file).
    `parts` are the known pieces of a text that is known only in part, in order, with None for each gap; empty when nothing is known of it.
    """

    reason: str
    cause: Cause = "unsupported"
    span: Span | None = None
    name: str | None = None
    parts: tuple[str | None, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        raise TypeError(f"the truth of an unknown value was asked: {self.reason}")


@dataclass(frozen=True, slots=True, eq=False)
class ItemOf(Unknown):
    """What one instance of a mapped task group is given: an item of the group's `expanded[position]`, or with a `key` what such an item holds under that."""

    position: int = 0
    key: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function or lambda of the project, as a value: a callable of a task, a callback, a default.

    `parameters` are (name, kind, has_default) with kind one of `positional`, `either`, `keyword`, `star`, `star-star`, in order. `line` is that of `def`
    (or `lambda`), never of a decorator.
    """

    name: str
    path: str
    line: int
    end_line: int
    parameters: tuple[tuple[str, str, bool], ...] = ()
    is_lambda: bool = False
    is_generator: bool = False
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class NameRef:
    """Something that is known by its import path alone: a class or function of Airflow, of a provider or of a third party."""

    dotted: str


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object made by calling `dotted` with known arguments: a timetable, a Param, a Connection, a hook, a Kubernetes pod, …"""

    dotted: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    span: Span | None = None

    @property
    def name(self) -> str:
        return self.dotted.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class XComRef:
    """The output of a task, pulled when the task that holds this runs."""

    task_id: str
    key: str = "return_value"


@dataclass(frozen=True, slots=True)
class TaskRef:
    """A task as a value."""

    task_id: str


@dataclass(frozen=True, slots=True)
class AssetRef:
    """An asset (a Dataset of Airflow 2), an asset alias, or a reference to one."""

    name: str | None
    uri: str | None
    kind: Literal["asset", "alias", "ref"] = "asset"
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class AssetExpression:
    """A condition over assets: `any` for `|`, `all` for `&` and for plain lists."""

    operator: Literal["any", "all"]
    members: tuple[Any, ...]
