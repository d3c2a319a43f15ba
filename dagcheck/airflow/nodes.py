"""What tasks, groups, XCom arguments and labels have in common: they stand in `>>`, and have roots and leaves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dagcheck.evaluate.values import Arguments, BoundMethod, External, Native, Object, Opaque, Value, describe
from dagcheck.model.values import Span, Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.task import TaskValue
    from dagcheck.evaluate.interpreter import Interpreter

COMPARISONS = frozenset({"<", ">", "<=", ">="})
SECONDS_OF_EDGE = 0.000_02
"""How much more time a program has for each edge."""


class Node(Object):
    """Something that can be put upstream or downstream of something else."""

    __slots__ = ()

    def roots(self, interp: Interpreter) -> list[TaskValue]:
        """The tasks that come first in it."""
        raise NotImplementedError

    def leaves(self, interp: Interpreter) -> list[TaskValue]:
        """The tasks that come last in it."""
        raise NotImplementedError

    def relate(self, interp: Interpreter, others: Value, upstream: bool) -> None:
        """`set_upstream(others)` or `set_downstream(others)`."""
        raise NotImplementedError

    def related_from(self, interp: Interpreter, other: Node, upstream: bool) -> None:
        """Told when another node is related to this one, before the tasks are linked."""

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        if operator in ("==", "!="):
            return (self is other) == (operator == "==")
        if operator not in (">>", "<<"):
            return self._comparison(interp, operator, other)
        self.relate(interp, other, upstream=(operator == "<<") != reflected)
        return self if reflected else other

    def _comparison(self, interp: Interpreter, operator: str, other: Value) -> Value:
        if operator in COMPARISONS:
            from dagcheck.airflow.world import world

            world(interp).misuse(interp, "bad-shift", f"`{operator}` between tasks sets no dependency")
            return self
        return NotImplemented

    def node_method(self, interp: Interpreter, name: str) -> Value:
        """The methods that every node has, or None."""
        if name in ("set_upstream", "set_downstream"):
            return BoundMethod(Native(name, set_upstream if name == "set_upstream" else set_downstream), self)
        return None


def set_upstream(interp: Interpreter, arguments: Arguments) -> Value:
    """`node.set_upstream(others)`."""
    node = arguments.args[0]
    others = arguments.get(1, "task_or_task_list", arguments.get(None, "other"))
    node.relate(interp, others, upstream=True)
    return None


def set_downstream(interp: Interpreter, arguments: Arguments) -> Value:
    """`node.set_downstream(others)`."""
    node = arguments.args[0]
    others = arguments.get(1, "task_or_task_list", arguments.get(None, "other"))
    node.relate(interp, others, upstream=False)
    return None


def nodes_of(interp: Interpreter, others: Value, around: Iterable[TaskValue]) -> list[Node]:
    """The nodes in a node, list or tuple; what is not known leaves a doubt on the DAGs of the tasks around it."""
    if isinstance(others, Node):
        return [others]
    items = (
        [others]
        if isinstance(others, Unknown | External | Opaque)
        else interp.items(others)
        if isinstance(others, list | tuple | set | Object)
        else [others]
    )
    if isinstance(items, Unknown):
        items = [items]
    found: list[Node] = []
    for item in items:
        if isinstance(item, Node):
            found.append(item)
        elif isinstance(item, list | tuple):
            found += nodes_of(interp, item, around)
        else:
            _not_a_node(interp, item, around)
    return found


def _not_a_node(interp: Interpreter, item: Value, around: Iterable[TaskValue]) -> None:
    from dagcheck.airflow.world import world

    if isinstance(item, Unknown | Object):
        why = item if isinstance(item, Unknown) else interp.unknown(f"{describe(item)} in a dependency is not followed", "import")
        world(interp).doubt_tasks(around, why)
        return
    world(interp).misuse(interp, "bad-shift", f"a dependency on a {type(item).__name__}, which is no task", refused=True)


def relate_tasks(interp: Interpreter, tasks: list[TaskValue], others: Value, upstream: bool, via: tuple[str, ...] = ()) -> None:
    """Link each of the tasks with the leaves (upstream) or roots (downstream) of the others."""
    nodes = nodes_of(interp, others, tasks)
    for task in tasks:
        for node in nodes:
            node.related_from(interp, task, not upstream)
            group = getattr(node, "group_id", None)
            ways = (*via, group) if isinstance(group, str) else via
            for other in node.leaves(interp) if upstream else node.roots(interp):
                link(interp, *((other, task) if upstream else (task, other)), via=ways)


def link(
    interp: Interpreter,
    upstream: TaskValue,
    downstream: TaskValue,
    how: str | None = None,
    span: Span | None = None,
    via: tuple[str, ...] = (),
) -> None:
    """Make one task directly upstream of another, and note where that was said."""
    from dagcheck.airflow.world import world

    known = world(interp)
    place = span or interp.here
    if upstream.dag is None and downstream.dag is None:
        known.misuse(interp, "task-outside-dag", "a dependency between tasks that belong to no DAG", refused=True)
        return
    if upstream.dag is not None and downstream.dag is not None and upstream.dag is not downstream.dag:
        known.misuse(interp, "cross-dag-edge", "a dependency between tasks of different DAGs", refused=True, dag=upstream.dag)
        known.doubt_tasks([downstream], interp.unknown("a dependency on a task of another DAG", "error"))
        return
    dag = upstream.dag or downstream.dag
    assert dag is not None
    for task in (upstream, downstream):
        if task.dag is None:
            dag.add_task(interp, task)
    if downstream not in upstream.downstream:
        interp.budget.earn(SECONDS_OF_EDGE)
    upstream.downstream[downstream] = None
    downstream.upstream[upstream] = None
    if place is not None:
        dag.declared.append((upstream, downstream, place, how or known.how, via))
    known.doubt_if_uncertain(interp, dag)
