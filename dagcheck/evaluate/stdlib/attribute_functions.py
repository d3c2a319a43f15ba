"""The built-in functions that ask for attributes by a name, or for all names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate.assignment import delete_attr
from dagcheck.evaluate.classes import lineage
from dagcheck.evaluate.stdlib.later_names import may_be_missing
from dagcheck.evaluate.stdlib.modelling import taken
from dagcheck.evaluate.values import Arguments, Class, Instance, Module, Object, Raised, Value, describe
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def getattr_of(interp: Interpreter, arguments: Arguments) -> Value:
    """`getattr(object, name, default)`."""
    owner, given = taken(interp, arguments, 2)
    name = _name_of(interp, given)
    if isinstance(owner, Unknown) or isinstance(name, Unknown):
        return owner if isinstance(owner, Unknown) else name
    if len(arguments.args) > 2 and isinstance(owner, Object):
        if owner.has_attr(interp, name) is False:
            return arguments.args[2]
        if isinstance(owner, Module) and may_be_missing(owner.name, name):
            return _of_python(interp)
    try:
        return interp.get_attr(owner, name)
    except Raised as error:
        if len(arguments.args) > 2 and isinstance(error.value, AttributeError):
            return arguments.args[2]
        raise


def _name_of(interp: Interpreter, name: Value) -> str | Unknown:
    """The name of an attribute. Raises what the program would raise for a value that is none."""
    if isinstance(name, str | Unknown):
        return name
    if isinstance(name, Object):
        return interp.unknown(f"an attribute that {describe(name)} names is not followed")
    raise interp.raises(TypeError(f"attribute name must be string, not {describe(name)}"))


def hasattr_of(interp: Interpreter, arguments: Arguments) -> Value:
    """`hasattr(object, name)`."""
    owner, given = taken(interp, arguments, 2)
    name = _name_of(interp, given)
    known = owner.has_attr(interp, name) if isinstance(owner, Object) and isinstance(name, str) else None
    if known is not None:
        return known
    if isinstance(owner, Module) and isinstance(name, str) and may_be_missing(owner.name, name):
        return _of_python(interp)
    try:
        value = getattr_of(interp, Arguments([owner, name], span=arguments.span))
    except Raised:
        return False
    return value if isinstance(value, Unknown) else True


def _of_python(interp: Interpreter) -> Unknown:
    return interp.unknown("the version of Python", "environment", name="sys.version_info")


def setattr_of(interp: Interpreter, arguments: Arguments) -> Value:
    """`setattr(object, name, value)`."""
    owner, given, value = taken(interp, arguments, 3)
    name = _name_of(interp, given)
    if isinstance(name, str):
        interp.set_attr(owner, name, value)
    return None


def delattr_of(interp: Interpreter, arguments: Arguments) -> Value:
    """`delattr(object, name)`."""
    owner, given = taken(interp, arguments, 2)
    name = _name_of(interp, given)
    if isinstance(name, str):
        delete_attr(interp, owner, name)
    return None


def dir_of(interp: Interpreter, arguments: Arguments) -> Value:
    """`dir()` and `dir(object)`: names in order."""
    if not arguments.args:
        return sorted(name for name in interp.scope.vars if isinstance(name, str))
    value = arguments.args[0]
    classes = lineage(value.cls if isinstance(value, Instance) else value)
    seen = [each for each in (value, *classes) if getattr(each, "name", "") != "object"]
    found = [
        getattr(each, "namespace", None) or getattr(each, "attrs", None) or {}
        for each in seen
        if isinstance(each, Class | Instance | Module)
    ]
    if len(found) < len(seen) or not any(found):
        return interp.unknown("dir() of this value is not followed")
    return sorted({name for namespace in found for name in namespace})
