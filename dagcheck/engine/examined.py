"""What is known of one file after its own rules ran."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dagcheck.engine.judge import Crash
from dagcheck.engine.packing import pack, same_bytes, unpack_own
from dagcheck.model.values import Span
from dagcheck.records import dataclass, field, replace
from dagcheck.rule.finding import Finding
from dagcheck.rule.suppression import Suppression
from dagcheck.witness import Stat, token_of

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File


@dataclass(frozen=True, slots=True)
class Reference:
    """A task that needs another DAG: it waits for it, or triggers it."""

    how: Literal["waits", "triggers"]
    target: str
    dag_id: str
    task_id: str
    span: Span


REFERENCE_RULES = {"waits": "DAG821", "triggers": "DAG822"}
"""The rules about references to DAGs that are not there, which mostly keep silent because such a DAG may be in another repository. One that a change removes was here."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run says of a file's DAGs without looking at them again. `unread`: the file could not be read or parsed, so that nobody knows whether it holds a DAG.
    `untold` findings were too many. `fails`: Airflow itself would report the file as broken.
    """

    dag_ids: tuple[str, ...] = ()
    inexact: int = 0
    references: tuple[Reference, ...] = ()
    unread: bool = False
    untold: int = 0
    fails: bool = False


@dataclass(frozen=True)
class Examined:
    """What is known of a file after its own rules ran; holds no secret. Can be pickled, and then holds its model as bytes that are read when somebody asks for it.

    `seen` are the tokens (see `dagcheck.witness`) of all that was read and looked for on the way, by absolute path: as long as they stay the same, so does the answer. `stats`
    are the times and sizes of what was read. Both are empty where nobody asked for them. `digest` is that of the model, where it was packed.
    """

    path: str
    model: File | Callable[[], File] | None
    summary: Summary = Summary()
    findings: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)
    stats: Mapping[str, Stat] = field(default_factory=dict)
    digest: str | None = None
    of_helpers: tuple[Finding, ...] = ()
    """The secrets in modules that the file read, at their own places; of interest where nobody looks at these modules themselves."""
    keepable: bool = True
    """False where the name of something that was looked for holds a secret: then no cache may name it."""

    @cached_property
    def file(self) -> File:
        """The model of the file."""
        found = self.model() if callable(self.model) else self.model
        if found is None:
            raise ValueError(f"the model of {self.path} was left out")
        return found

    def packed(self) -> Examined:
        """The same with the model as bytes. Raises `PackError`."""
        if callable(self.model):
            return self
        return replace(self, model=PackedModel(pack(self.model)), digest=token_of(same_bytes(self.model)))


@dataclass(frozen=True, slots=True)
class PackedModel:
    """A model that a process of our own packed; read when it is asked for."""

    data: bytes

    def __call__(self) -> File:
        found: File = unpack_own(self.data)
        return found


def summary_of(file: File) -> Summary:
    """The summary of a model."""
    return Summary(
        tuple(dag.dag_id for dag in file.dags),
        sum(not dag.exact for dag in file.dags),
        tuple(reference for dag in file.dags for reference in _references(dag)),
        any(error.kind not in ("raises", "import") for error in file.errors),
    )


def _references(dag: Dag) -> Iterator[Reference]:
    """The other DAGs that a DAG needs, as far as they are known."""
    spans = {task.task_id: task.span for task in dag.tasks}
    for wait in dag.waits_for:
        if wait.dag_id is not None:
            yield Reference("waits", wait.dag_id, dag.dag_id, wait.task_id, wait.span or spans.get(wait.task_id, dag.span))
    for trigger in dag.triggers:
        if trigger.dag_id is not None:
            yield Reference("triggers", trigger.dag_id, dag.dag_id, trigger.task_id, trigger.span or spans.get(trigger.task_id, dag.span))
