"""Task groups: ids with prefixes, roots and leaves, blocks, and the `@task_group` decorator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.airflow.defaults import Defaults
from dagcheck.airflow.nodes import Node, nodes_of, relate_tasks
from dagcheck.airflow.world import world
from dagcheck.evaluate.values import MISSING, Arguments, BoundMethod, Function, Instance, Native, NativeClass, Object, Value
from dagcheck.model.values import Span, Unknown
from dagcheck.patterns import late

if TYPE_CHECKING:
    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.task import TaskValue
    from dagcheck.evaluate.interpreter import Interpreter

SUFFIX = late(r"__\d+$")
LOOKS_UP_WHOLE_IDS = (3, 0)
"""The Airflow since which a group's id is looked up among those that are used with its prefix; before, it was without."""


class GroupValue(Instance, Node):
    """A task group; the root group of a DAG has no id. `children` are its tasks and groups in the order in which they were added."""

    __slots__ = (
        "call_span",
        "children",
        "dag",
        "defaults",
        "expanded",
        "is_mapped",
        "label",
        "outside_upstream",
        "parent",
        "prefix",
        "references",
    )
    is_group = True

    def __init__(
        self,
        label: str | Unknown | None,
        dag: DagValue | None,
        parent: GroupValue | None = None,
        prefix: bool = True,
        span: Span | None = None,
    ) -> None:
        super().__init__(None)
        self.label = label
        self.dag = dag
        self.parent = parent
        self.prefix = prefix
        self.call_span = span
        self.defaults = Defaults()
        self.children: list[TaskValue | GroupValue] = []
        self.is_mapped = False
        self.expanded: list[Value] = []
        """What it expands over, where it is mapped."""
        self.references: list[TaskValue] = []
        self.outside_upstream: dict[TaskValue, None] = {}

    def describe(self) -> str:
        return f"group {self.label}"

    @property
    def group_id(self) -> str | Unknown | None:
        """The id with the prefixes of the groups around it."""
        if self.label is None or self.parent is None or self.parent.label is None:
            return self.label
        return self.parent.child_id(self.label)

    def child_id(self, label: str | Unknown) -> str | Unknown:
        """The full id of a child of that label."""
        own = self.group_id
        if not self.prefix or own is None:
            return label
        if isinstance(own, Unknown) or isinstance(label, Unknown):
            return own if isinstance(own, Unknown) else label
        return f"{own}.{label}"

    def tasks(self) -> Iterator[TaskValue]:
        """All tasks in it, those of inner groups included."""
        for child in self.children:
            if isinstance(child, GroupValue):
                yield from child.tasks()
            else:
                yield child

    def roots(self, interp: Interpreter) -> list[TaskValue]:
        inside = dict.fromkeys(self.tasks())
        return [task for task in inside if not any(other in inside for other in task.upstream)]

    def leaves(self, interp: Interpreter) -> list[TaskValue]:
        inside = dict.fromkeys(self.tasks())
        found: list[TaskValue] = []
        for task in inside:
            if any(other in inside for other in task.downstream):
                continue
            found += [task] if not task.is_teardown else list(_before_teardown(task, inside))
        return found

    def relate(self, interp: Interpreter, others: Value, upstream: bool) -> None:
        leaves = [] if upstream else self._leaves_or_upstream(interp)
        around = list(self.tasks())
        for node in nodes_of(interp, others, around):
            self.related_from(interp, node, upstream)
        via = (self.group_id,) if isinstance(self.group_id, str) else ()
        relate_tasks(interp, self.roots(interp) if upstream else leaves, others, upstream, via)

    def related_from(self, interp: Interpreter, other: Node, upstream: bool) -> None:
        if upstream and not isinstance(other, GroupValue):
            self.outside_upstream.update(dict.fromkeys(other.roots(interp)))

    def _leaves_or_upstream(self, interp: Interpreter) -> list[TaskValue]:
        """The leaves; in Airflow 3, those of an empty group are what was put upstream of it, or the leaves of the group around it."""
        if world(interp).target.release < (3, 0):
            return self.leaves(interp)
        group: GroupValue | None = self
        while group is not None:
            leaves = group.leaves(interp)
            if leaves:
                return leaves
            if group.outside_upstream:
                return list(group.outside_upstream)
            group = group.parent
        return []

    def enter(self, interp: Interpreter) -> Value:
        world(interp).group_stack.append(self)
        return self

    def leave(self, interp: Interpreter) -> None:
        stack = world(interp).group_stack
        if self.is_mapped and self.references:
            with world(interp).declaring("data"):
                self.relate(interp, list(dict.fromkeys(self.references)), upstream=True)
        if stack and stack[-1] is self:
            stack.pop()

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        return Node.binary(self, interp, operator, other, reflected)

    def iterate(self, interp: Interpreter) -> Iterator[Value] | Unknown:
        return iter(list(self.tasks()))

    def get_item(self, interp: Interpreter, key: Value) -> Value:
        for child in self.children:
            if child.label == key:
                return child
        raise interp.raises(KeyError(key))

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        found = self.node_method(interp, name)
        if found is not None:
            return found
        match name:
            case "group_id" | "node_id":
                return self.group_id
            case "label":
                return self.label
            case "dag":
                return self.dag
            case "parent_group" | "task_group":
                return self.parent
            case "children":
                return {child.task_id if not isinstance(child, GroupValue) else child.group_id: child for child in self.children}
            case "roots" | "leaves":
                return self.roots(interp) if name == "roots" else self.leaves(interp)
            case "get_roots" | "get_leaves":
                return Native(name, lambda i, _: self.roots(i) if name == "get_roots" else self.leaves(i))
            case "child_id":
                return Native(name, lambda i, arguments: self.child_id(arguments.get(0, "label")))
            case "get_child_by_label":
                return Native(name, lambda i, arguments: self.get_item(i, arguments.get(0, "label")))
            case "add":
                return Native(name, lambda i, arguments: _adopt(i, self, arguments.get(0, "task")))
            case "default_args":
                return self.defaults.values
            case "iter_tasks":
                return Native(name, lambda i, _: list(self.tasks()))
        if self.cls is not None:
            return interp.instance_attr(self, name)
        return self.attrs[name] if name in self.attrs else super().get_attr(interp, name)

    def set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        interp.state.touch(self.attrs)
        self.attrs[name] = value


def _adopt(interp: Interpreter, group: GroupValue, child: Value) -> Value:
    """`group.add(task)`: the task moves into the group."""
    old = getattr(child, "group", None)
    if old is not None and child in old.children:
        old.children.remove(child)
    if child not in group.children:
        group.children.append(child)
        child.group = group
    return child


def _before_teardown(task: TaskValue, inside: dict[TaskValue, None]) -> Iterator[TaskValue]:
    """The leaves before a teardown that ends a group: the nearest tasks upstream that are no teardown and have nothing else behind them."""
    for other in task.upstream:
        if other not in inside:
            continue
        if other.is_teardown:
            yield from _before_teardown(other, inside)
        elif task.is_teardown and other.is_setup:
            continue
        elif not any(after is not task and after in inside and not after.is_teardown for after in other.downstream):
            yield other


class GroupClass(NativeClass):
    """`TaskGroup`."""

    __slots__ = ("dotted", "name")

    def __init__(self, dotted: str) -> None:
        self.dotted = dotted
        self.name = "TaskGroup"

    def new(self, interp: Interpreter, cls: Value, arguments: Arguments) -> Value:
        group = GroupValue("", None, span=arguments.span)
        group.cls = cls if cls is not self else None
        return group

    def init(self, interp: Interpreter, instance: Value, arguments: Arguments) -> None:
        if isinstance(instance, GroupValue):
            start_group(interp, instance, arguments)

    def lookup(self, interp: Interpreter, name: str, owner: Value) -> Value:
        return MISSING

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.instantiate(self, arguments)


def start_group(interp: Interpreter, group: GroupValue, arguments: Arguments, suffix: bool = False) -> None:
    """The constructor of TaskGroup."""
    known = world(interp)
    label = arguments.get(0, "group_id")
    group.label = label if isinstance(label, str | Unknown) else str(label)
    prefix = arguments.get(1, "prefix_group_id", True)
    settled = interp.truth(prefix)
    group.prefix = settled is True
    dag = arguments.kwargs.get("dag")
    group.dag = dag if getattr(dag, "is_dag", False) else None
    parent = arguments.kwargs.get("parent_group")
    group.parent = parent if isinstance(parent, GroupValue) else known.current_group(group.dag)
    if group.dag is None:
        group.dag = group.parent.dag if group.parent is not None else known.current_dag
    if group.dag is None:
        known.misuse(interp, "task-outside-dag", "a task group outside of any DAG", refused=True)
        return
    group.parent = group.parent or group.dag.root
    for why in (settled, dag, parent):
        if isinstance(why, Unknown):
            group.dag.doubt(why)
    _settle_id(interp, group, suffix or arguments.kwargs.get("add_suffix_on_collision") is True)
    group.defaults = group.parent.defaults.copy()
    group.defaults.add(interp, arguments.kwargs.get("default_args"))
    group.parent.children.append(group)
    known.doubt_if_uncertain(interp, group.dag)
    if group.defaults.unknown is not None:
        group.dag.doubt(group.defaults.unknown)


def _settle_id(interp: Interpreter, group: GroupValue, suffix: bool) -> None:
    """Add `__1`, `__2`, … where the id is taken and a suffix is allowed; else note the collision."""
    assert group.dag is not None
    used = group.dag.used_group_ids
    full = group.group_id
    if isinstance(full, Unknown):
        group.dag.doubt(full)
        return
    if full is None:
        return
    looked_up = full if world(interp).target.release >= LOOKS_UP_WHOLE_IDS else group.label
    taken = looked_up in used or (looked_up == full and group.dag.find(full) is not None)
    if not taken and (full in used or group.dag.find(full) is not None) and not interp.state.uncertain:
        suffix, taken = False, True  # found by the group that it is put into
    if taken and suffix and isinstance(group.label, str):
        base = SUFFIX.split(group.label)[0]
        numbers = [int(match.group(1)) for one in used if (match := re.match(rf"^{re.escape(base)}__(\d+)$", one))]
        group.label = f"{base}__{max(numbers) + 1}" if numbers else f"{group.label}__1"
    elif taken and not interp.state.uncertain:
        mistake = world(interp).misuse(
            interp, "duplicate-group", f"the group id {full!r} is used twice", refused=True, dag=group.dag, span=group.call_span
        )
        mistake.task_id = full
    full = group.group_id
    if isinstance(full, str):
        used.update((full, f"{full}.upstream_join_id", f"{full}.downstream_join_id"))


class GroupDecorator(Object):
    """`@task_group`, with the group's arguments."""

    __slots__ = ("function", "kwargs", "partial_kwargs", "span")

    def __init__(self, function: Value, kwargs: dict[str, Value], partial_kwargs: dict[str, Value], span: Span | None) -> None:
        self.function = function
        self.kwargs = kwargs
        self.partial_kwargs = partial_kwargs
        self.span = span

    def describe(self) -> str:
        return f"@task_group function {getattr(self.function, 'name', '')}"

    def _group(self, interp: Interpreter, span: Span | None) -> GroupValue:
        name = getattr(self.function, "name", "")
        group = GroupValue("", None, span=span)
        start_group(
            interp,
            group,
            Arguments([], {"group_id": name, **self.kwargs}, span=span),
            suffix=self.kwargs.get("add_suffix_on_collision") is not False,
        )
        return group

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        group = self._group(interp, arguments.span or self.span)
        group.enter(interp)
        try:
            value = interp.call(self.function, arguments.but(*arguments.args, **{**self.partial_kwargs, **arguments.kwargs}))
        finally:
            group.leave(interp)
        return group if value is None else value

    def expand(self, interp: Interpreter, arguments: Arguments, whole: bool) -> Value:
        """`.expand(…)` or, with `whole`, `.expand_kwargs(…)`."""
        from dagcheck.airflow.task import references
        from dagcheck.airflow.xcom import MappedParameter

        group = self._group(interp, arguments.span or self.span)
        group.is_mapped = True
        source = arguments.args if whole else list(arguments.kwargs.values())
        group.references = references(source)
        group.expanded = list(source)
        if isinstance(self.function, Function):
            names = [parameter.arg for parameter in (*self.function.node.args.args, *self.function.node.args.kwonlyargs)]
        else:
            names = []
        mapped = [name for name in names if name not in self.partial_kwargs] if whole else list(arguments.kwargs)
        group.enter(interp)
        try:
            items = {
                name: MappedParameter(group.references, 0, name) if whole else MappedParameter(group.references, position)
                for position, name in enumerate(mapped)
            }
            inner = {**self.partial_kwargs, **items}
            value = interp.call(self.function, Arguments([], inner, span=arguments.span))
        finally:
            group.leave(interp)
        return group if value is None else value

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        match name:
            case "override":
                return Native(
                    name,
                    lambda i, arguments: GroupDecorator(
                        self.function, {**self.kwargs, **arguments.kwargs}, self.partial_kwargs, arguments.span
                    ),
                )
            case "partial":
                return Native(
                    name,
                    lambda i, arguments: GroupDecorator(
                        self.function, self.kwargs, {**self.partial_kwargs, **arguments.kwargs}, arguments.span
                    ),
                )
            case "expand" | "expand_kwargs":
                return Native(name, lambda i, arguments: self.expand(i, arguments, name == "expand_kwargs"))
        return interp.get_attr(self.function, name)


def task_group_decorator(interp: Interpreter, arguments: Arguments) -> Value:
    """`task_group`, bare or with arguments."""
    first = arguments.get(0, "python_callable")
    if isinstance(first, Function | BoundMethod):
        return GroupDecorator(first, {}, {}, arguments.span)
    kwargs = dict(arguments.kwargs)
    if isinstance(first, str):
        kwargs.setdefault("group_id", first)
    if arguments.star_star is not None:
        kwargs.setdefault("group_id", arguments.star_star)
    return Native("task_group", lambda i, inner: GroupDecorator(inner.get(0, "f"), kwargs, {}, arguments.span))
