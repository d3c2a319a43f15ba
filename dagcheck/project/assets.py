"""Which tasks write the assets of a project, and which DAGs are scheduled on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.model.values import AssetExpression, AssetRef
from dagcheck.records import dataclass

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, Task


@dataclass(frozen=True)
class AssetUse:
    """One asset in one place: written by `task`, read by it (an inlet), or what `dag` is scheduled on (`task` None)."""

    asset: AssetRef
    dag: Dag
    task: Task | None = None


def asset_key(asset: AssetRef) -> str | None:
    """What Airflow tells two assets apart by: the URI, or the name where no URI is known."""
    return asset.uri or asset.name


def assets_in(value: Any) -> Iterator[AssetRef]:
    """Every asset of a schedule, an inlet or an outlet, through lists and conditions."""
    if isinstance(value, AssetRef):
        yield value
    elif isinstance(value, AssetExpression):
        for member in value.members:
            yield from assets_in(member)
    elif isinstance(value, list | tuple | set):
        for member in value:
            yield from assets_in(member)


def written(dags: Iterable[Dag]) -> Iterator[AssetUse]:
    """Every outlet of every task."""
    for dag in dags:
        for task in dag.tasks:
            if task.outlets:
                yield from (AssetUse(asset, dag, task) for asset in assets_in(task.outlets))


def read(dags: Iterable[Dag]) -> Iterator[AssetUse]:
    """Every asset that a DAG is scheduled on, and every inlet."""
    for dag in dags:
        yield from (AssetUse(asset, dag) for asset in assets_in(dag.schedule.given))
        for task in dag.tasks:
            if task.inlets:
                yield from (AssetUse(asset, dag, task) for asset in assets_in(task.inlets))
