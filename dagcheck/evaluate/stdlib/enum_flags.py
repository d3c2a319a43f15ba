"""Members of flags that are no numbers: what `|`, `&`, `^`, `~` and `in` make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.values import Arguments, Class, Instance, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter
    from dagcheck.evaluate.stdlib.enumerations import Members


def value_of(member: Value) -> Value:
    """The value of a member of either kind."""
    attrs = member.attrs if isinstance(member, Instance) else member.enum_attrs
    return attrs["value"]


def _flags(cls: Class, number: int) -> Value:
    """The member of a Flag with that value: a named one, or one that stands for several."""
    special: Members = cls.special
    found = next((member for member in special.by_name.values() if value_of(member) == number), None)
    if found is None:
        found = Instance(cls)
        parts = [name for name, member in special.by_name.items() if value_of(member) & number == value_of(member) != 0]
        found.attrs.update(name="|".join(parts) or None, value=number, _name_="|".join(parts) or None, _value_=number)
    return found


def _flag_operator(combine: Callable[[int, int], int]) -> Callable[[Interpreter, Arguments], Value]:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        first, second = arguments.args
        if not isinstance(second, Instance) or second.cls is not first.cls:
            return second if isinstance(second, Unknown) else NotImplemented
        if any(not isinstance(value_of(one), int) for one in first.cls.special.by_name.values()):
            return interp.unknown(f"a member of {first.cls.name} is not known")
        return _flags(first.cls, combine(value_of(first), value_of(second)))

    return run


def _has_flag(interp: Interpreter, arguments: Arguments) -> Value:
    whole, part = (value_of(one) for one in arguments.args)
    if not isinstance(whole, int) or not isinstance(part, int):
        return interp.unknown("a member of these flags is not known")
    return whole & part == part


def _other_flags(interp: Interpreter, arguments: Arguments) -> Value:
    (member,) = arguments.args
    whole = 0
    for one in (member, *member.cls.special.by_name.values()):
        if not isinstance(value_of(one), int):
            return interp.unknown(f"a member of {member.cls.name} is not known")
        whole |= value_of(one)
    return _flags(member.cls, whole & ~value_of(member))


FLAG_METHODS: dict[str, Callable[[Any, Arguments], Value]] = {
    "__or__": _flag_operator(lambda first, second: first | second),
    "__and__": _flag_operator(lambda first, second: first & second),
    "__xor__": _flag_operator(lambda first, second: first ^ second),
    "__invert__": _other_flags,
    "__contains__": _has_flag,
    "__bool__": lambda interp, arguments: bool(value_of(arguments.args[0])),
    "__eq__": lambda interp, arguments: (
        isinstance(arguments.args[1], Instance)
        and arguments.args[1].cls is arguments.args[0].cls
        and value_of(arguments.args[0]) == value_of(arguments.args[1])
    ),
}
