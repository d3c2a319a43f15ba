"""Dicts whose items are attributes too: `attrdict`, `munch`, `box`, `addict`, `easydict`, `dotmap`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from dagcheck.evaluate.stdlib.builtin_types import TYPES, BuiltinType
from dagcheck.evaluate.values import MISSING, Arguments, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class AttributeDict(dict[str, Value]):
    """A dict that gives its items as attributes, dicts inside of it likewise."""

    def evaluator_method(self, interp: Interpreter, name: str) -> Value:
        """The item of that name; MISSING leaves the dict's own methods."""
        if name not in self:
            return MISSING
        value = self[name]
        if type(value) is dict:
            value = AttributeDict(value)
            interp.state.touch(self)
            self[name] = value
        return value

    def evaluator_set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        """`d.name = value`."""
        interp.state.touch(self)
        self[name] = value

    def __copy__(self) -> Self:
        return type(self)(self)


def _make(interp: Interpreter, arguments: Arguments) -> Value:
    plain = TYPES["dict"].make(interp, arguments)
    if isinstance(plain, Unknown):
        return plain
    why = interp.state.blurry(plain)
    made = AttributeDict(plain)
    if why is not None:
        interp.state.blur(made, why)
    return made


CLASS = BuiltinType(AttributeDict, _make)


def attribute_dict_names(interp: Interpreter) -> dict[str, Value]:
    """The names under which these libraries have their class."""
    return dict.fromkeys(("AttrDict", "Munch", "DefaultMunch", "Box", "Dict", "EasyDict", "DotMap", "munchify"), CLASS)
