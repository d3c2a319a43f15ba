"""XCom arguments and other values that exist only when a task runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.nodes import Node, relate_tasks
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Arguments, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.task import TaskValue
    from dagcheck.evaluate.interpreter import Interpreter


_PLAIN = (str, int, float, list, dict)
"""What the default of a parameter mostly is, so that a file may take the parameter itself for one."""


class Resolved(Object):
    """A value that a run resolves; `tasks()` are those whose XComs it needs."""

    __slots__ = ()

    def tasks(self) -> Iterator[TaskValue]:
        """The tasks that it pulls from."""
        return iter(())


class DagParameter(Resolved):
    """A parameter inside a `@dag` function, or `dag.param(…)`: known only at run time, with a default."""

    __slots__ = ("default",)

    def __init__(self, default: Value) -> None:
        self.default = default

    def describe(self) -> str:
        return "a DAG parameter, known only at run time,"

    def _unknown(self, interp: Interpreter) -> Unknown:
        return interp.unknown("a parameter of the DAG is known only at run time", "runtime")

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if any(hasattr(kind, name) and not hasattr(object, name) for kind in _PLAIN):  # as if it were its value
            raise interp.raises(AttributeError(f"'DagParam' object has no attribute {name!r}"))
        return self._unknown(interp)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        raise interp.raises(TypeError("'DagParam' object is not iterable"))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        raise interp.raises(TypeError("'DagParam' object is not subscriptable"))

    def contains(self, interp: Interpreter, item: Value) -> Value:
        raise interp.raises(TypeError("argument of type 'DagParam' is not iterable"))

    def given_to(self, interp: Interpreter, function: Callable[..., Any]) -> Value:
        if function is range:
            raise interp.raises(TypeError("'DagParam' object cannot be interpreted as an integer"))
        if function in (int, float):
            raise interp.raises(TypeError(f"{function.__name__}() argument must be a string or a real number, not 'DagParam'"))
        return super().given_to(interp, function)

    def text(self, interp: Interpreter) -> str | Unknown:
        return self._unknown(interp)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        if operator in ("==", "!="):
            return NotImplemented  # it is equal to itself alone
        if operator in ("%", "is", "is not", "in", "not in") or isinstance(other, Object | Unknown):
            return self._unknown(interp)
        raise interp.raises(TypeError(f"unsupported operand type(s) for {operator}: 'DagParam' and {type(other).__name__!r}"))


class MappedParameter(Resolved):
    """A mapped argument inside a mapped task group: see `ItemOf` of the model."""

    __slots__ = ("key", "position", "sources")

    def __init__(self, sources: list[TaskValue], position: int, key: str | None = None) -> None:
        self.sources, self.position, self.key = sources, position, key

    def describe(self) -> str:
        return "a mapped argument, known only at run time,"

    def _unknown(self, interp: Interpreter) -> Unknown:
        return interp.unknown("a mapped argument is known only at run time", "runtime")

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return self._unknown(interp)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return self._unknown(interp)

    def text(self, interp: Interpreter) -> str | Unknown:
        return self._unknown(interp)

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return self._unknown(interp)

    def tasks(self) -> Iterator[TaskValue]:
        return iter(self.sources)


class XCom(Resolved, Node):
    """The output of a task (`key` None for what `.map`, `.zip` and `.concat` make of several)."""

    __slots__ = ("key", "sources")

    def __init__(self, sources: list[TaskValue], key: str | None = "return_value") -> None:
        self.sources = sources
        self.key = key

    def describe(self) -> str:
        return "an XCom argument"

    def tasks(self) -> Iterator[TaskValue]:
        return iter(self.sources)

    def roots(self, interp: Interpreter) -> list[TaskValue]:
        return list(self.sources)

    def leaves(self, interp: Interpreter) -> list[TaskValue]:
        return list(self.sources)

    def relate(self, interp: Interpreter, others: Value, upstream: bool) -> None:
        relate_tasks(interp, self.sources, others, upstream)

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        if isinstance(key, str | Unknown) and self.key is not None:
            return XCom(self.sources, key if isinstance(key, str) else "?")
        raise interp.raises(ValueError(f"XComArg only supports str lookup, received {type(key).__name__}"))

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        raise interp.raises(TypeError("'XComArg' object is not iterable"))

    def text(self, interp: Interpreter) -> str | Unknown:
        task = self.sources[0]
        dag_id = task.dag.dag_id if task.dag is not None else None
        if not isinstance(task.task_id, str) or not isinstance(dag_id, str) or self.key is None:
            return interp.unknown("the template of an XCom argument", "runtime")
        return f"{{{{ task_instance.xcom_pull(task_ids='{task.task_id}', dag_id='{dag_id}', key='{self.key}') }}}}"

    def enter(self, interp: Interpreter) -> Value:
        return self.sources[0].enter(interp)

    def leave(self, interp: Interpreter) -> None:
        self.sources[0].leave(interp)

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        from dagcheck.airflow.members import as_setup, as_teardown

        found = self.node_method(interp, name)
        if found is not None:
            return found
        match name:
            case "operator" if self.sources:
                return self.sources[0]
            case "key":
                return self.key
            case "map":
                return Native(name, lambda i, arguments: XCom(self.sources, None))
            case "zip" | "concat":
                return Native(name, lambda i, arguments: XCom(_all_sources(self, arguments), None))
            case "filter":
                return Native(name, lambda i, arguments: XCom(self.sources, None))
            case "as_setup":
                return Native(name, lambda i, arguments: as_setup(i, self, self.sources))
            case "as_teardown":
                return Native(name, lambda i, arguments: as_teardown(i, self, self.sources, arguments))
            case "is_setup" | "is_teardown":
                return getattr(self.sources[0], name)
            case "task_id" | "dag" | "task_group" | "node_id" | "dag_id":
                raise interp.raises(AttributeError(f"'PlainXComArg' object has no attribute {name!r}"))
            case "roots" | "leaves":
                return list(self.sources)
            case "iter_references":
                return Native(name, lambda i, _: [(task, self.key) for task in self.sources])
        return super().get_attr(interp, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        if name in ("is_setup", "is_teardown"):
            for task in self.sources:
                task.set_attr(interp, name, value)


def _all_sources(first: XCom, arguments: Arguments) -> list[TaskValue]:
    found = list(first.sources)
    for other in arguments.args:
        if isinstance(other, XCom):
            found += [task for task in other.sources if task not in found]
    return found


def xcom_class(interp: Interpreter, arguments: Arguments) -> Value:
    """`XComArg(operator, key)`."""
    from dagcheck.airflow.task import TaskValue

    task = arguments.get(0, "operator")
    key = arguments.get(1, "key", "return_value")
    if isinstance(task, TaskValue):
        return XCom([task], key if isinstance(key, str) else "?")
    return task if isinstance(task, Unknown) else interp.unknown("an XComArg of something that is no task")


class EdgeLabel(Node):
    """`Label("…")`: waits until both sides are given, then links them."""

    __slots__ = ("behind", "front", "label")

    def __init__(self, label: Value) -> None:
        self.label = label
        self.front: list[Node] = []
        self.behind: list[Node] = []

    def describe(self) -> str:
        return "an edge label"

    def roots(self, interp: Interpreter) -> list[TaskValue]:
        return []

    def leaves(self, interp: Interpreter) -> list[TaskValue]:
        return []

    def relate(self, interp: Interpreter, others: Value, upstream: bool) -> None:
        from dagcheck.airflow.nodes import nodes_of

        nodes = nodes_of(interp, others, [])
        (self.front if upstream else self.behind).extend(nodes)
        if self.front and self.behind:
            self._widen_to_groups(interp)
        for node in self.behind if upstream else self.front:
            node.relate(interp, others, upstream)

    def related_from(self, interp: Interpreter, other: Node, upstream: bool) -> None:
        self.relate(interp, other, upstream)

    def _widen_to_groups(self, interp: Interpreter) -> None:
        """Where the two sides are in different groups, Airflow puts the label on the groups as a whole."""
        if world(interp).target.release < (2, 4):
            return
        groups = {_group_key(node) for node in (*self.front, *self.behind)}
        if len(groups) != 1:
            self.front = [_group_or_self(node) for node in self.front]
            self.behind = [_group_or_self(node) for node in self.behind]

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return self.node_method(interp, name) or (self.label if name == "label" else super().get_attr(interp, name))


def _group_key(node: Node) -> object:
    from dagcheck.airflow.group import GroupValue
    from dagcheck.airflow.task import TaskValue

    task = node.sources[0] if isinstance(node, XCom) and node.sources else node
    if isinstance(task, TaskValue):
        return None if task.group is None else id(task.group) if task.group.label is not None else "root"
    return id(node.parent) if isinstance(node, GroupValue) and node.parent is not None else id(node)


def _group_or_self(node: Node) -> Node:
    from dagcheck.airflow.task import TaskValue

    if isinstance(node, TaskValue) and node.group is not None and node.group.label is not None:
        return node.group
    return node
