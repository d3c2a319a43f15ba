"""The DAGs of a project together: by id, and who waits for, triggers or feeds whom."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from dagcheck.model.values import Span
from dagcheck.records import dataclass

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File

LinkKind = Literal["waits", "triggers"]


@dataclass(frozen=True, slots=True)
class Link:
    """A task of one DAG that names another DAG. `upstream` runs before `downstream`; `task_id` is the sensor or trigger and stands in the DAG at `span`."""

    kind: LinkKind
    upstream: str
    downstream: str
    task_id: str
    span: Span | None


class Project:
    """All files that were extracted together, in the order of their paths."""

    def __init__(self, files: Iterable[File]) -> None:
        self.files: tuple[File, ...] = tuple(sorted(files, key=lambda file: file.path))

    @cached_property
    def dags(self) -> tuple[Dag, ...]:
        """Every DAG, in the order of files and of their definition."""
        return tuple(dag for file in self.files for dag in file.dags)

    @cached_property
    def by_id(self) -> dict[str, tuple[Dag, ...]]:
        """The DAGs of each known id."""
        found: dict[str, list[Dag]] = {}
        for dag in self.dags:
            if dag.id_known:
                found.setdefault(dag.dag_id, []).append(dag)
        return {dag_id: tuple(dags) for dag_id, dags in found.items()}

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Sensors on and triggers of other DAGs, where the other DAG's id is known."""
        found: list[Link] = []
        for dag in self.dags:
            found.extend(Link("waits", wait.dag_id, dag.dag_id, wait.task_id, wait.span) for wait in dag.waits_for if wait.dag_id)
            found.extend(
                Link("triggers", dag.dag_id, trigger.dag_id, trigger.task_id, trigger.span) for trigger in dag.triggers if trigger.dag_id
            )
        return tuple(found)
