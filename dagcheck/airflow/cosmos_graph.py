"""A dbt project as Cosmos draws it: the nodes of a `manifest.json`, those that are selected, and the tasks, groups and edges that they become.

Facts of astronomer-cosmos 1.15.1 (its `dbt/graph.py`, `dbt/selector.py` and `airflow/graph.py`), of November 2026.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.task import OperatorClass
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Arguments, Value
from dagcheck.patterns import late
from dagcheck.records import dataclass, field

if TYPE_CHECKING:
    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.group import GroupValue
    from dagcheck.evaluate.interpreter import Interpreter

RUNNERS = {"model": "DbtRun", "seed": "DbtSeed", "snapshot": "DbtSnapshot"}
GRAPH_SELECTOR = late(r"(\d*\+)?([^+@:/*]+)(\+\d*)?")


class NotFollowed(Exception):
    """Something of a project or its rendering that we do not follow; the text says what."""


@dataclass(slots=True)
class DbtNode:
    """One resource of a dbt project. `parents` are unique ids, in the order of the manifest."""

    unique_id: str
    kind: str
    parents: tuple[str, ...]
    tags: frozenset[str]
    config: dict[str, Any]
    file: PurePosixPath
    tested: bool = False

    @property
    def name(self) -> str:
        """What its task or group is called by; the version of a model belongs to it."""
        return self.unique_id.split(".", 2)[2].replace(".", "_")

    @property
    def extra(self) -> dict[str, Value]:
        """Arguments that the project gives this node's tasks."""
        meta = mapping(self.config.get("meta"))
        own = mapping(mapping(meta.get("cosmos")).get("operator_kwargs"))
        owner = {"owner": str(meta["owner"])} if meta.get("owner") else {}
        return {**owner, **own}


@dataclass(slots=True)
class Rendering:
    """How the tasks are made: when tests run, where dbt runs, the arguments that every task gets, and the name of the project."""

    tests: str = "after_each"
    mode: str = "local"
    arguments: dict[str, Value] = field(default_factory=dict)
    project: str = ""

    def operator(self, kind: str) -> OperatorClass:
        """The class of Cosmos for a command such as `DbtRun`."""
        mode = "".join(part.capitalize() for part in self.mode.split("_"))
        return OperatorClass(f"cosmos.operators.{self.mode}.{kind}{mode}Operator", None)


def mapping(value: Any) -> dict[str, Any]:
    """A mapping of the manifest; empty where there is none."""
    return value if isinstance(value, dict) else {}


def nodes_of_manifest(manifest: Any) -> dict[str, DbtNode]:
    """The resources of a manifest that lie in files, by unique id. Raises NotFollowed for what is no manifest."""
    if not isinstance(manifest, dict) or not isinstance(manifest.get("nodes"), dict):
        raise NotFollowed("the manifest holds no nodes")
    found = {}
    for unique_id, entry in manifest["nodes"].items():
        if not isinstance(entry, dict) or not entry.get("original_file_path") or unique_id.count(".") < 2:
            continue
        parents = tuple(mapping(entry.get("depends_on")).get("nodes") or ())
        tags, config = frozenset(entry.get("tags") or ()), mapping(entry.get("config"))
        found[unique_id] = DbtNode(
            unique_id, str(entry.get("resource_type")), parents, tags, config, PurePosixPath(str(entry["original_file_path"]))
        )
    return found


def selected(nodes: dict[str, DbtNode], select: Iterable[str], exclude: Iterable[str]) -> dict[str, DbtNode]:
    """The nodes that are chosen by tag, path or name, also with `+`; each is told whether it is tested. Raises NotFollowed for other ways to choose."""
    wanted = [_matching(nodes, statement) for statement in select]
    chosen = set().union(*wanted) if wanted else set(nodes)
    remaining = {unique_id: node for unique_id, node in nodes.items() if unique_id in chosen}
    for statement in exclude:
        dropped = _matching(remaining, statement)
        chosen -= dropped
    found = {unique_id: node for unique_id, node in nodes.items() if unique_id in chosen}
    for node in nodes.values():
        for parent in node.parents if node.kind == "test" else ():
            if parent in found:
                found[parent].tested = True
    return found


def _matching(nodes: dict[str, DbtNode], statement: str) -> set[str]:
    if statement.startswith("tag:") and not set("+@,* ") & set(statement):
        return {unique_id for unique_id, node in nodes.items() if statement.removeprefix("tag:") in node.tags}
    if (statement.startswith("path:") or "/" in statement) and not set("+@,* ") & set(statement):
        path = PurePosixPath(statement.removeprefix("path:"))
        return {unique_id for unique_id, node in nodes.items() if path == node.file or path in node.file.parents}
    match = GRAPH_SELECTOR.fullmatch(statement)
    is_name = "+" in statement or _is_node_alone(nodes, statement)
    if match is None or not is_name or set(", ") & set(statement):
        raise NotFollowed(f"the selection {statement!r} is not followed")
    before, name, after = match.groups()
    roots = {unique_id for unique_id, node in nodes.items() if node.name == name.replace(".", "_")}
    children: dict[str, set[str]] = {}
    for node in nodes.values():
        for parent in node.parents:
            children.setdefault(parent, set()).add(node.unique_id)
    above = _walk(roots, {unique_id: set(node.parents) for unique_id, node in nodes.items()}, before)
    return (above | _walk(roots, children, after)) & set(nodes)


def _is_node_alone(nodes: dict[str, DbtNode], name: str) -> bool:
    """Whether a bare name is that of a node, and of no folder or package as well, which newer releases of Cosmos choose, too."""
    others = {part for node in nodes.values() for part in (node.unique_id.split(".")[1], *node.file.parts)}
    return name not in others and any(node.name == name for node in nodes.values())


def _walk(roots: set[str], links: dict[str, set[str]], depth: str | None) -> set[str]:
    """The roots and what is reached from them in so many steps (`+` alone: in any number)."""
    digits = (depth or "").strip("+")
    steps = 0 if depth is None else int(digits) if digits else len(links) + 1
    found, generation = set(roots), set(roots)
    while steps and generation:
        generation = {other for one in generation for other in links.get(one, ())} - found
        found |= generation
        steps -= 1
    return found


def draw(interp: Interpreter, dag: DagValue, group: GroupValue | None, nodes: dict[str, DbtNode], rendering: Rendering) -> None:
    """Make the tasks of the nodes in the DAG (and group), and their edges."""
    made: dict[str, Value] = {}
    for unique_id, node in nodes.items():
        if node.kind in RUNNERS:
            made[unique_id] = _draw_node(interp, dag, group, node, rendering)
    if rendering.tests == "after_all" and nodes:
        test = _make(interp, dag, group, f"{rendering.project}_test", rendering.operator("DbtTest"), rendering.arguments)
        inner = {parent for unique_id in made for parent in nodes[unique_id].parents}
        for unique_id in [one for one in made if one not in inner]:
            interp.call_values(interp.get_attr(made[unique_id], "set_downstream"), test)
    for unique_id, task in made.items():
        for parent in nodes[unique_id].parents:
            if parent in made:
                interp.call_values(interp.get_attr(task, "set_upstream"), made[parent])


def _draw_node(interp: Interpreter, dag: DagValue, group: GroupValue | None, node: DbtNode, rendering: Rendering) -> Value:
    from dagcheck.airflow.names import value_of

    command = {"model": "run"}.get(node.kind, node.kind)
    arguments = {**rendering.arguments, **node.extra}
    if rendering.tests == "build":
        return _make(interp, dag, group, f"{node.name}_{node.kind}_build", rendering.operator("DbtBuild"), arguments)
    cls = rendering.operator(RUNNERS[node.kind])
    if node.config.get("materialized") == "ephemeral":
        dag.doubt(interp.unknown(f"releases of Cosmos differ in the operator of the ephemeral model {node.name}"))
    if rendering.tests != "after_each" or not node.tested:
        return _make(interp, dag, group, f"{node.name}_{command}", cls, arguments)
    inner = {"group_id": node.name, "dag": dag, "parent_group": group}
    around = interp.call(value_of(world(interp), "airflow.utils.task_group.TaskGroup"), Arguments([], inner, span=interp.spot))
    run = _make(interp, dag, around, command, cls, arguments)
    test = _make(interp, dag, around, "test", rendering.operator("DbtTest"), arguments)
    interp.call_values(interp.get_attr(run, "set_downstream"), test)
    return around


def _make(
    interp: Interpreter, dag: DagValue, group: GroupValue | None, task_id: str, cls: OperatorClass, arguments: dict[str, Value]
) -> Value:
    given = {**arguments, "task_id": task_id, "dag": dag, "task_group": group}
    return interp.instantiate(cls, Arguments([], given, span=interp.spot))


def draw_as_one(interp: Interpreter, dag: DagValue, group: GroupValue | None, name: str) -> None:
    """One task in the place of all that is not known."""
    _make(interp, dag, group, "dbt", OperatorClass(f"cosmos.{name}", None), {})
