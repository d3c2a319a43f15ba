"""What changes while a program is evaluated: scopes, the stack of frames, and what is undone and joined when both sides of an unknown test are taken."""

from __future__ import annotations

import ast
import copy
import datetime
from collections.abc import Callable
from typing import Any

from dagcheck.evaluate.perhaps import Perhaps, joined, perhaps
from dagcheck.evaluate.values import (
    MISSING,
    BoundMethod,
    Class,
    External,
    Function,
    Module,
    Native,
    NativeClass,
    Object,
    Opaque,
    OpaqueMethod,
    Raised,
    Value,
)
from dagcheck.model.values import Unknown
from dagcheck.records import dataclass, field


@dataclass(eq=False, slots=True)
class Scope:
    """The names of one function call, class body, comprehension or module. `parent` is the enclosing scope that Python would look in next."""

    vars: dict[str, Value]
    parent: Scope | None
    module: Module
    kind: str = "function"
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    local_names: frozenset[str] = frozenset()
    """The names that a function assigns: until it has, reading one is an error even where an outer scope has the name."""

    def holder(self, name: str) -> dict[str, Value] | None:
        """The dict that holds the name, or None."""
        if name in self.vars and name not in self.global_names:
            return self.vars
        scope = None if name in self.global_names else self.parent
        while scope is not None:
            if scope.kind != "class" and name in scope.vars:
                return scope.vars
            scope = scope.parent
        return self.module.namespace if name in self.module.namespace else None

    def target(self, name: str) -> dict[str, Value]:
        """The dict that an assignment to the name writes into."""
        if name in self.global_names:
            return self.module.namespace
        if name in self.nonlocal_names:
            scope = self.parent
            while scope is not None:
                if scope.kind != "class" and name in scope.vars:
                    return scope.vars
                scope = scope.parent
        return self.vars


@dataclass(eq=False, slots=True)
class Frame:
    """One call in progress. `pending` is the test on which an earlier return hung, where the sides had to be joined before their ends."""

    module: Module
    scope: Scope
    function: Function | None = None
    yielded: dict[int, Value] = field(default_factory=dict)
    """What the yields of the statement in progress gave, by the node's id."""
    pending: Unknown | None = None
    owner: Value = None
    """The first argument of a method, for `super()`."""
    trying: int = 0
    """How many blocks are being evaluated in this frame of which an error may go no further: `try` with handlers, contexts that may suppress it."""
    site: ast.AST | None = None
    """What called the function, in the frame below."""


@dataclass(slots=True)
class Return:
    """The signal of a `return` statement."""

    value: Value


class _Leave:
    def __init__(self, name: str) -> None:
        self.name = name


BREAK = _Leave("break")
CONTINUE = _Leave("continue")
Touched = dict[int, tuple[Any, Any]]


@dataclass(slots=True)
class Fork:
    """The signal of an unknown test whose sides do not all go on to the same place; the state is that before the test."""

    test: Unknown
    sides: list[Side]


Signal = Return | _Leave | Fork | None


@dataclass(slots=True)
class Side:
    """One side of an unknown test, played: how it ended and what it left in each container that it changed."""

    signal: Signal
    raised: Raised | None
    after: Touched


class State:
    """Mutable containers are journalled while a side of an unknown test is played, undone, and joined at its end."""

    def __init__(self) -> None:
        self.journal: Touched | None = None
        self.uncertain: list[Unknown] = []
        self.forks = 0
        self.stepped: list[Any] = []
        self.blurred: dict[int, tuple[Any, Unknown]] = {}

    def touch(self, container: Any) -> None:
        """To be called before a container is changed in place."""
        if self.journal is not None and id(container) not in self.journal and hasattr(container, "clear"):  # else it refuses the change
            self.journal[id(container)] = (container, copy.copy(container))

    def changed(self, container: Any) -> bool:
        """Whether a container was changed on the side that is being played."""
        return self.journal is not None and id(container) in self.journal

    def forget(self, container: Any) -> None:
        """A container that nobody asks for any more: what was done to it need not be undone or joined."""
        if self.journal is not None:
            self.journal.pop(id(container), None)
        self.blurred.pop(id(container), None)

    def blur(self, container: Any, why: Unknown) -> None:
        """From now on the content of the container is not known, or not these keys of it where it is `Perhaps`."""
        self.blurred[id(container)] = (container, joined(self.doubtful(container), why))

    def blurry(self, value: Any) -> Unknown | None:
        """Why the content of a container is not known as a whole, or None."""
        if not self.blurred:
            return None
        found = self.doubtful(value)
        return found.plain() if isinstance(found, Perhaps) else found

    def doubtful(self, value: Any) -> Unknown | None:
        """What of the content of a container is not known and why: `Perhaps` where that is only some keys of a dict."""
        found = self.blurred.get(id(value)) if self.blurred else None
        return found[1] if found is not None and found[0] is value else None

    def play(self, run: Callable[[], Signal], test: Unknown) -> list[Side]:
        """Run one side, note what it changed, and undo it. A fork inside of it gives several sides."""
        outer, self.journal = self.journal, {}
        stepped, self.stepped = self.stepped, []
        self.uncertain.append(test)
        depth = len(self.uncertain)
        signal, raised = None, None
        try:
            signal = run()
        except Raised as error:
            raised = error
        finally:
            del self.uncertain[depth - 1 :]
            touched, self.journal = self.journal, outer
            after = {key: (container, copy.copy(container)) for key, (container, _) in touched.items()}
            for container, before in touched.values():
                restore(container, before)
            for lazy in self.stepped:
                lazy.lose(condition(test))
            self.stepped = stepped + self.stepped
        if isinstance(signal, Fork):
            return [Side(side.signal, None, {**after, **side.after}) for side in signal.sides]
        return [Side(signal, raised, after)]

    def step(self, lazy: Any) -> None:
        """A lazy iterator is walked; if that happens on one side of a test, what is left of it is not known afterwards."""
        if self.journal is not None:
            self.stepped.append(lazy)

    def merge(self, sides: list[Side], test: Unknown, unbound_is_missing: Callable[[Any], bool]) -> None:
        """Make each container hold what all sides agree on; where they differ, what they hold is not known."""
        keys: dict[int, Any] = {key: container for side in sides for key, (container, _) in side.after.items()}
        for key, container in keys.items():
            self.touch(container)
            versions = [side.after[key][1] if key in side.after else copy.copy(container) for side in sides]
            if isinstance(container, dict):
                self._merge_dict(container, versions, sides, test, unbound_is_missing)
            elif agree(versions, sides):
                restore(container, versions[0])
            else:
                restore(container, max(versions, key=len))
                self.blur(container, condition(test))

    def _merge_dict(
        self, container: dict[Any, Any], versions: list[dict[Any, Any]], sides: list[Side], test: Unknown, is_scope: Callable[[Any], bool]
    ) -> None:
        merged: dict[Any, Any] = {}
        perhaps_there: list[Any] = []
        for version in sorted(versions, key=len, reverse=True):
            for name in version:
                if name in merged:
                    continue
                values = [other.get(name, MISSING) for other in versions]
                first = values[0]
                if first is not MISSING and all(value is first for value in values):
                    merged[name] = first
                    continue
                held = [(value, side) for value, side in zip(values, sides, strict=True) if value is not MISSING]
                if len(held) < len(values):
                    perhaps_there.append(name)
                agreed = agree([value for value, _ in held], [side for _, side in held])
                merged[name] = held[0][0] if agreed else either([value for value, _ in held], test)
        if perhaps_there and not is_scope(container):
            self.blur(container, perhaps(condition(test), frozenset(perhaps_there)))
        restore(container, merged)


def restore(container: Any, content: Any) -> None:
    """Make a container hold exactly `content`, in place."""
    container.clear()
    if isinstance(container, dict | set):
        container.update(content)
    else:
        container.extend(content)


WITHOUT_STATE = (BoundMethod, Class, External, Function, Module, Native, NativeClass, Opaque, OpaqueMethod)
"""Objects that nothing is done to which would matter for a DAG."""


class Either(Unknown):
    """One of several objects, which one is not known: what is done to it may be done to any of them."""

    __slots__ = ()


def either(values: list[Value], test: Unknown) -> Unknown:
    """What may be any of several values, depending on a test."""
    why = condition(test)
    if any(isinstance(value, Either) or (isinstance(value, Object) and not isinstance(value, WITHOUT_STATE)) for value in values):
        return Either(why.reason, why.cause, why.span, why.name)
    return why


def condition(test: Unknown) -> Unknown:
    """The Unknown that stands for "depends on that test"."""
    cause = test.cause if test.cause not in ("clock", "random") else "condition"
    return Unknown(
        f"depends on a test that is not known: {test.reason}" if "depends on a test" not in test.reason else test.reason,
        cause,
        test.span,
        test.name,
    )


def agree(values: list[Value], sides: list[Side]) -> bool:
    """True only if the values that the sides hold are surely the same, each with the content that containers have on its side."""
    return all(same(values[0], value, sides[0].after, side.after) for value, side in zip(values[1:], sides[1:], strict=True))


def same(a: Value, b: Value, left: Touched | None = None, right: Touched | None = None, depth: int = 6) -> bool:
    """True only if two values are surely the same; `left` and `right` are contents that containers in `a` and `b` have in place of their present ones."""
    if a is b:
        return True
    a, b = _content(a, left), _content(b, right)
    if type(a) is not type(b) or depth == 0 or isinstance(a, Object | Unknown):
        return False
    if isinstance(a, datetime.datetime | datetime.time):
        return bool(a == b) and (a.tzinfo is b.tzinfo or str(a.tzinfo) == str(b.tzinfo))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y, left, right, depth - 1) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key], left, right, depth - 1) for key in a)
    try:
        return bool(a == b)
    except (TypeError, ValueError):
        return False


def _content(value: Value, after: Touched | None) -> Value:
    """What a container holds on a side: the copy that was made at its end, or the container itself where the side left it alone."""
    found = after.get(id(value)) if after else None
    return found[1] if found is not None and found[0] is value else value
