"""What is drawn: nodes in boxes, and edges between them, apart from any format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagcheck.project.assets import asset_key, read, written
from dagcheck.project.links import Project

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, File


@dataclass(frozen=True, slots=True)
class Node:
    """A task, or a DAG. `kind` is task, sensor, mapped, setup, teardown, dag, missing (a DAG that is not in the project) or asset."""

    id: str
    label: str
    kind: str
    detail: str = ""
    box: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A task group, drawn around its tasks; `parent` is the box that it stands in."""

    id: str
    label: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow; `label` says what kind of tie it is where that is not plain order."""

    upstream: str
    downstream: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One graph: a DAG's tasks, or the DAGs of a project."""

    title: str
    nodes: tuple[Node, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    note: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON can say it."""
        return {
            "title": self.title,
            "note": self.note or None,
            "nodes": [
                {"id": node.id, "label": node.label, "kind": node.kind, "detail": node.detail, "group": node.box} for node in self.nodes
            ],
            "groups": [{"id": box.id, "label": box.label, "parent": box.parent} for box in self.boxes],
            "edges": [{"upstream": edge.upstream, "downstream": edge.downstream, "label": edge.label} for edge in self.edges],
        }


def picture_of_dag(dag: Dag) -> Picture:
    """The tasks of a DAG in their groups."""
    groups = {group.group_id for group in dag.groups}
    nodes = tuple(
        Node(
            task.task_id,
            _label(task.task_id, task.group, task.label),
            _kind(task),
            task.operator,
            task.group if task.group in groups else None,
        )
        for task in dag.tasks
    )
    boxes = tuple(
        Box(group.group_id, group.label or group.group_id, group.parent if group.parent in groups else None) for group in dag.groups
    )
    note = "" if dag.exact else f"not exact: {dag.doubts[0].message}" if dag.doubts else "not exact"
    return Picture(dag.dag_id, nodes, boxes, tuple(Edge(*edge) for edge in dag.edges), note)


def _label(task_id: str, group: str | None, label: str) -> str:
    return label or (task_id.removeprefix(f"{group}.") if group else task_id)


def _kind(task: Any) -> str:
    if task.setup or task.teardown:
        return "setup" if task.setup else "teardown"
    return "mapped" if task.mapped else "sensor" if task.kind == "sensor" else "task"


def picture_of_project(files: Iterable[File]) -> Picture:
    """The DAGs of a project, tied by sensors, triggers and assets."""
    project = Project(files)
    known = {dag.dag_id: Node(dag.dag_id, dag.dag_id, "dag", dag.schedule.expression or dag.schedule.kind) for dag in project.dags}
    edges: dict[Edge, None] = {}
    for link in project.links:
        edges[Edge(link.upstream, link.downstream, "waits" if link.kind == "waits" else "triggers")] = None
    nodes = dict(known)
    for dag_id in sorted({end for edge in edges for end in (edge.upstream, edge.downstream)} - set(known)):
        nodes[dag_id] = Node(dag_id, dag_id, "missing", "not in these files")
    _add_assets(project, nodes, edges)
    return Picture("DAGs", tuple(nodes.values()), (), tuple(edges))


def _add_assets(project: Project, nodes: dict[str, Node], edges: dict[Edge, None]) -> None:
    uses = [(True, use) for use in written(project.dags)] + [(False, use) for use in read(project.dags)]
    for is_output, use in uses:
        key = asset_key(use.asset)
        if key is None:
            continue
        name = f"asset {key}"
        nodes.setdefault(name, Node(name, key, "asset"))
        edges[Edge(use.dag.dag_id, name, "writes") if is_output else Edge(name, use.dag.dag_id, "starts")] = None
