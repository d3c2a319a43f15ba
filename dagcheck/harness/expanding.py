"""Mapped tasks and mapped groups: into how many instances they expand, and what each instance is given.

Source: `DictOfListsExpandInput` and `ListOfDictsExpandInput` of Airflow 3.3: over several arguments every combination is made, the last one changing fastest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagcheck.model.dag import Dag, Group, Task
from dagcheck.model.values import ItemOf, XComRef

MOST = 3
"""More instances than this are not played."""
UNKNOWN_LENGTH = 2
"""How many instances are played of what expands over a list that is known at run time only."""


@dataclass(frozen=True)
class XComItem:
    """The item number `index` of an XCom, or with a `name` what that item holds under it."""

    task_id: str
    key: str
    index: int
    name: str | None = None


@dataclass(frozen=True)
class Own:
    """What the instance of that index of another task in the same mapped group has left."""

    task_id: str
    key: str
    index: int


@dataclass(frozen=True)
class Expansion:
    """What a task expands over, by itself or with the mapped group that it is in. `names` are the arguments of its own, in the order of `sources`."""

    sources: tuple[Any, ...]
    names: tuple[str, ...] = ()
    group: str | None = None
    members: frozenset[str] = frozenset()
    """The tasks of the mapped group."""

    @property
    def known(self) -> bool:
        """Whether the source tells how many instances there are."""
        return bool(self.sources) and all(isinstance(source, list | tuple | dict) for source in self.sources)

    @property
    def count(self) -> int:
        """How many instances there are, as far as that is known."""
        product = 1
        for source in self.sources:
            product *= _length(source)
        return product if self.sources else UNKNOWN_LENGTH

    @property
    def played(self) -> int:
        """How many instances are played."""
        return min(self.count, MOST)

    def item(self, position: int, index: int) -> Any:
        """What the instance gets of the source at this position: a value of the source, or an `XComItem`."""
        for source in self.sources[position + 1 :]:
            index //= max(_length(source), 1)
        source = self.sources[position]
        number = index % max(_length(source), 1) if position else index
        if isinstance(source, XComRef):
            return XComItem(source.task_id, source.key, number)
        items = list(source.items()) if isinstance(source, dict) else source
        return items[number] if isinstance(items, list | tuple) and 0 <= number < len(items) else source

    def given(self, name: str, value: Any, index: int) -> Any:
        """The value of an argument for one instance: an expanded argument is an item, and items of the group's are put in."""
        if index < 0:
            return value
        if name in self.names:
            return self.item(self.names.index(name), index)
        return self.filled(value, index)

    def filled(self, value: Any, index: int) -> Any:
        """A value with the items of the group's sources in the places that stand for them, and the XComs of tasks in the same group narrowed to this instance's."""
        if isinstance(value, ItemOf) and value.position < len(self.sources):
            return _under(self.item(value.position, index), value.key)
        if isinstance(value, XComRef) and value.task_id in self.members:
            return Own(value.task_id, value.key, index)
        if isinstance(value, dict):
            return {key: self.filled(item, index) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.filled(item, index) for item in value]
        return value

    def several(self, index: int) -> XComItem | None:
        """Where the keyword arguments of an instance of `expand_kwargs` come from, when its list is known at run time only."""
        found = self.item(0, index) if self.names == ("expand_kwargs",) and index >= 0 else None
        return found if isinstance(found, XComItem) else None

    def keywords(self, index: int) -> Mapping[str, Any]:
        """The keyword arguments that an instance of `expand_kwargs` gets, where its list is known."""
        found = self.item(0, index) if self.names == ("expand_kwargs",) and index >= 0 else None
        return found if isinstance(found, dict) else {}


def _length(source: Any) -> int:
    return len(source) if isinstance(source, list | tuple | dict) else UNKNOWN_LENGTH


def _under(item: Any, key: str | None) -> Any:
    if key is None:
        return item
    if isinstance(item, XComItem):
        return XComItem(item.task_id, item.key, item.index, key)
    return item.get(key) if isinstance(item, dict) else item


def mapped_group_of(dag: Dag, task: Task) -> Group | None:
    """The closest mapped group around a task."""
    by_id = {group.group_id: group for group in dag.groups}
    group = by_id.get(task.group) if task.group is not None else None
    while group is not None and not group.mapped:
        group = by_id.get(group.parent) if group.parent is not None else None
    return group


def expansion_of(dag: Dag, task: Task) -> Expansion | None:
    """How a task expands; None where it is not mapped."""
    if not task.mapped:
        return None
    group = mapped_group_of(dag, task)
    if group is None:
        own = {name: argument.value for name, argument in task.arguments.items() if argument.origin == "expand" or name == "expand_kwargs"}
        return Expansion(tuple(own.values()), tuple(own))
    inside = (other.task_id for other in dag.tasks if (around := mapped_group_of(dag, other)) is not None and around is group)
    return Expansion(group.expanded, (), group.group_id, frozenset(inside))


def told_of(dag: Dag) -> list[str]:
    """What is taken for granted of the lists that the tasks of a DAG expand over, in words."""
    unknown: dict[str, list[str]] = {}
    found = []
    for task in dag.tasks:
        expansion = expansion_of(dag, task)
        if expansion is None:
            continue
        if not expansion.known:
            unknown.setdefault(expansion.group or task.task_id, []).append(task.task_id)
        elif expansion.count > MOST:
            found.append(f"of the {expansion.count} instances of {task.task_id} the first {MOST} are played")
    return [f"{name} expands over a list that is known at run time only: {UNKNOWN_LENGTH} instances are played" for name in unknown] + found
