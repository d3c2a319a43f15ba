"""Jinja's sandbox with an end: what a template may compute, join, repeat and call is bounded, and nothing is computed while it is only read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from dagcheck.patterns import late

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.runtime import Context

MOST = 8_000_000
"""Bytes, roughly, that the values made by one rendering may have together."""
MOST_ROUNDS = 100_000
"""Rounds of loops, and calls, in one rendering."""
MOST_TEXT = 200_000
"""Characters of a template."""
_DEEPEST = 6
_MOST_BITS = 100_000
_MOST_DEPTH = 150
_LARGE_WIDTH = late(r"\d{6}|\*")


def weight(value: object, depth: int = 0) -> int:
    """About how many bytes a value has or, for a number that is an argument, can cause."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, int):
        return abs(value)
    if isinstance(value, list | tuple | set | frozenset | dict):
        items: Iterable[object] = (part for pair in value.items() for part in pair) if isinstance(value, dict) else value
        total = 0
        for item in items:
            total += 8 + (weight(item, depth + 1) if depth < _DEEPEST and not isinstance(item, int) else 0)
            if total > MOST:
                break
        return total
    return 8


@cache
def bounded_environment(*, mutable: bool = False) -> Any:
    """The class of such environments; `mutable` ones let a template append to lists and the like.

    What goes too far raises `jinja2.sandbox.SecurityError`; `begin` starts the count anew, for the next rendering."""
    from jinja2 import nodes, pass_context
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment

    parent: type[SandboxedEnvironment] = SandboxedEnvironment if mutable else ImmutableSandboxedEnvironment

    class Bounded(parent):  # type: ignore[misc, valid-type]  # one of two classes
        intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)

        def __init__(self, **options: Any) -> None:
            self.begin()
            options.setdefault("finalize", pass_context(lambda context, value: self._said(value)))
            super().__init__(**options)
            self.on_round: Callable[[], None] = lambda: None
            for name, function in list(self.filters.items()):
                self.filters[name] = _bounded(function, self.spend)
            self.filters["bounded_loop"] = self._rounds
            self.filters["bounded_concat"] = _bounded(lambda parts: "".join(map(str, parts)), self.spend)

        def begin(self) -> None:
            """Count anew."""
            self.spent = self.rounds = 0
            self.largest = 0

        def spend(self, *values: object) -> None:
            """Count what a value that is made of these may take: as much as their weights multiplied."""
            product = 1
            for value in values:
                product *= max(weight(value), 1)
            self.spent += product
            if self.spent > MOST:
                raise SecurityError("a template that computes values that are too large")

        def count(self) -> None:
            """Count a round of a loop, or a call; each may say as much as the text of the template has."""
            self.rounds += 1
            self.spent += self.largest // 64
            self.on_round()
            if self.rounds > MOST_ROUNDS or self.spent > MOST:
                raise SecurityError("a template that loops very often")

        def _said(self, value: Any) -> Any:
            """What an expression says, counted."""
            if isinstance(value, str):
                self.spend(value)
            return value

        def _rounds(self, items: Iterable[Any]) -> Iterator[Any]:
            for item in items:
                self.count()
                yield item

        def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
            if isinstance(left, int) and isinstance(right, int):
                bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
                if bits > _MOST_BITS:
                    raise SecurityError("a template that computes values that are too large")
            elif operator == "%" and isinstance(left, str):
                _check_widths(left, right)
                self.spend(left, max(weight(right), 1))
            elif operator == "+":
                self.spend(weight(left) + weight(right) if not isinstance(left, int) else 1)
            else:
                self.spend(left, right)
            return super().call_binop(context, operator, left, right)

        def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 as in the sandbox: a template may use these words as names
            __self.count()
            receiver = getattr(getattr(__obj, "__wrapped__", __obj), "__self__", None)
            if isinstance(receiver, str | bytes | list | tuple):
                if getattr(__obj, "__name__", "") in ("format", "format_map"):
                    _check_widths(str(receiver), [*args, *kwargs.values()])
                __self.spend(receiver, 1 + sum(map(weight, (*args, *kwargs.values()))))
            return super().call(__context, __obj, *args, **kwargs)

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            if len(source) > MOST_TEXT:
                raise SecurityError("a template that is very long")
            self.largest = max(self.largest, len(source))
            tree: nodes.Template = super()._parse(source, name, filename)
            for loop in list(tree.find_all(nodes.For)):
                loop.iter = nodes.Filter(loop.iter, "bounded_loop", [], [], None, None)
            _replace_joins(tree)
            tree.set_environment(self)
            return tree

    return Bounded


def _check_widths(text: str, values: object) -> None:
    from jinja2.exceptions import SecurityError

    given = values if isinstance(values, list | tuple) else [values]
    nested = re.search(r"\{[^{}]*:[^{}]*\{", text)
    if _LARGE_WIDTH.search(text) or (nested and any(isinstance(value, int) and value > MOST for value in given)):
        raise SecurityError("a template that computes values that are too large")


def _bounded(function: Callable[..., Any], spend: Callable[..., None]) -> Callable[..., Any]:
    """A filter that counts what it may make. It asks for the context, so that Jinja does not run it while a template is compiled."""
    from jinja2 import pass_context
    from jinja2.utils import _PassArg

    wanted = _PassArg.from_obj(function)

    @pass_context
    @wraps(function, assigned=("__name__", "__doc__"), updated=())
    def run(context: Context, value: Any = "", *args: Any, **kwargs: Any) -> Any:
        if function.__name__ == "do_format":
            _check_widths(str(value), args)
        if not isinstance(value, int):
            spend(value, 1 + sum(map(weight, (*args, *kwargs.values()))))
        first: dict[Any, Any] = {
            _PassArg.context: context,
            _PassArg.eval_context: context.eval_ctx,
            _PassArg.environment: context.environment,
        }
        return function(*([first[wanted]] if wanted in first else []), value, *args, **kwargs)

    return run


def _replace_joins(node: nodes.Node, depth: int = 0) -> None:
    """Put a filter that counts in the place of each `~`. Deep nesting is refused: the time that Jinja takes for it grows with its third power."""
    from jinja2 import nodes
    from jinja2.exceptions import SecurityError

    if depth > _MOST_DEPTH:
        raise SecurityError("a template that is nested very deeply")

    for field, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, field, [_joined(item) if isinstance(item, nodes.Concat) else item for item in value])
        elif isinstance(value, nodes.Concat):
            setattr(node, field, _joined(value))
    for child in node.iter_child_nodes():
        _replace_joins(child, depth + 1)


def _joined(concat: nodes.Concat) -> nodes.Filter:
    from jinja2 import nodes

    return nodes.Filter(nodes.List(concat.nodes, lineno=concat.lineno), "bounded_concat", [], [], None, None, lineno=concat.lineno)
