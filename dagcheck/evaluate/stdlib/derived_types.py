"""Objects of the program's classes that derive from `dict`, `list` or `str`: real dicts, lists and texts that know their class.

Classes that change how the data itself is read or written (`__getitem__`, `__iter__`, …) are not among them: their objects are not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagcheck.evaluate.values import MISSING, Arguments, BoundMethod, Class, Descriptor, Function, Native, Value

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

CHANGING = (
    "__getitem__",
    "__setitem__",
    "__contains__",
    "__iter__",
    "__len__",
    "__eq__",
    "__hash__",
    "__new__",
    "__delitem__",
    "__getattribute__",
    "__bool__",
)


class Derived:
    """What these objects have beside their data: their class and attributes of their own."""

    cls: Class
    own: dict[str, Value]

    def evaluator_class(self) -> Class:
        return self.cls

    def evaluator_method(self, interp: Interpreter, name: str) -> Value:
        """An attribute that the object or its class gives; MISSING for those of the data's own type."""
        from dagcheck.evaluate.attributes import bind

        if name == "__dict__":
            return self.own
        found = written(self.cls, name)
        if isinstance(found, Descriptor) and found.kind == "property":
            return bind(interp, found, self, self.cls)
        if name in self.own:
            return self.own[name]
        if found is not MISSING:
            return bind(interp, found, self, self.cls)
        getter = written(self.cls, "__getattr__")
        if getter is MISSING or hasattr(type(self).__mro__[2], name):
            return MISSING
        return interp.call(BoundMethod(getter, self), Arguments([name], span=interp.spot))

    def evaluator_set_attr(self, interp: Interpreter, name: str, value: Value) -> None:
        """`self.name = value`."""
        setter = written(self.cls, "__setattr__")
        if isinstance(setter, Function | Native):
            interp.call(BoundMethod(setter, self), Arguments([name, value], span=interp.spot))
            return
        interp.state.touch(self.own)
        self.own[name] = value


class DerivedDict(Derived, dict[Value, Value]):
    """An object of a class that derives from `dict`."""

    def __copy__(self) -> dict[Value, Value]:
        return dict(self)

    def on_missing(self, interp: Interpreter, key: Value) -> Value:
        """What `__missing__` gives for a key. Raises Raised(KeyError) without one."""
        found = written(self.cls, "__missing__")
        if found is MISSING:
            raise interp.raises(KeyError(key))
        return interp.call(BoundMethod(found, self), Arguments([key], span=interp.spot))


class DerivedList(Derived, list[Value]):
    """An object of a class that derives from `list`."""

    def __copy__(self) -> list[Value]:
        return list(self)


class DerivedText(Derived, str):
    """An object of a class that derives from `str`."""


KINDS: dict[type, Any] = {dict: DerivedDict, list: DerivedList, str: DerivedText}


def written(cls: Class, name: str) -> Value:
    """What the program's own classes define under a name; MISSING for nothing."""
    return next((base.namespace[name] for base in cls.mro if isinstance(base, Class) and name in base.namespace), MISSING)


def derive(interp: Interpreter, real: type, cls: Class, arguments: Arguments) -> Value:
    """A fresh object of a class that derives from a built-in type; MISSING where that is not followed."""
    kind = KINDS.get(real)
    if kind is None or any(written(cls, name) is not MISSING for name in CHANGING):
        return MISSING
    made = kind(arguments.args[0]) if real is str and arguments.args and type(arguments.args[0]) is str else kind()
    made.cls, made.own = cls, {}
    return made


def fill(interp: Interpreter, instance: Value, plain: Value) -> None:
    """`dict.__init__` or `list.__init__` of such an object, with the plain value that its arguments make."""
    interp.state.touch(instance)
    if isinstance(instance, DerivedDict) and isinstance(plain, dict):
        instance.update(plain)
    elif isinstance(instance, DerivedList) and isinstance(plain, list):
        instance.extend(plain)
    why = plain if not isinstance(plain, dict | list) else interp.state.blurry(plain)
    if why is not None and not isinstance(instance, DerivedText):
        interp.state.blur(instance, why)
