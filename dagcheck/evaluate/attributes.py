"""Attributes: of plain values, of instances and classes of the program, of `super()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.evaluate import plain
from dagcheck.evaluate.methods import Method
from dagcheck.evaluate.state import Either
from dagcheck.evaluate.values import (
    MISSING,
    Arguments,
    BoundMethod,
    Class,
    Descriptor,
    Function,
    Instance,
    Native,
    NativeClass,
    Object,
    Value,
    first_of,
)
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def get_attr(interp: Interpreter, value: Value, name: str) -> Value:
    """The value of `value.name`."""
    if isinstance(value, Object):
        return value.get_attr(interp, name)
    if isinstance(value, Unknown):
        interp.unknowns += 1
        return value
    return plain.attribute(interp, value, name)


def set_attr(interp: Interpreter, value: Value, name: str, new: Value) -> None:
    """`value.name = new`; on an unknown value it is lost, without harm unless that is one of several objects."""
    if isinstance(value, Object):
        value.set_attr(interp, name, new)
    elif isinstance(value, Unknown):
        if isinstance(value, Either):
            interp.doubt(value)
    elif isinstance(value, BaseException):
        setattr(value, name, new)
    elif hasattr(type(value), "evaluator_set_attr"):
        value.evaluator_set_attr(interp, name, new)
    else:
        raise interp.raises(AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}"))


def bind(interp: Interpreter, found: Value, owner: Value, cls: Value) -> Value:
    """What reading a class attribute through an instance gives: methods are bound, descriptors asked."""
    if isinstance(found, Function | Method):
        return BoundMethod(found, owner)
    if isinstance(found, Instance) and isinstance(found.cls, Class) and found.cls.find(interp, "__get__") is not MISSING:
        return interp.call_values(interp.get_attr(found, "__get__"), owner, cls)
    if isinstance(found, Descriptor):
        match found.kind:
            case "property":
                return interp.call(found.function, Arguments([owner], span=interp.spot))
            case "cached_property":
                value = interp.call(found.function, Arguments([owner], span=interp.spot))
                if isinstance(owner, Instance):
                    store_attr(interp, owner, getattr(found.function, "name", ""), value)
                return value
            case "classmethod":
                return BoundMethod(found.function, cls)
            case _:
                return found.function
    return found


def instance_attr(interp: Interpreter, instance: Instance, name: str) -> Value:
    """The attribute of an instance as Python would look it up."""
    cls = instance.cls
    found = cls.find(interp, name, owner=instance) if isinstance(cls, Class) else cls.lookup(interp, name, instance)
    if isinstance(found, Descriptor) and found.kind == "property":
        return bind(interp, found, instance, cls)
    if name in instance.attrs:
        return instance.attrs[name]
    if found is not MISSING:
        return bind(interp, found, instance, cls)
    return _fallback(interp, instance, name)


def _fallback(interp: Interpreter, instance: Instance, name: str) -> Value:
    cls = instance.cls
    match name:
        case "__class__":
            return cls
        case "__dict__":
            return instance.attrs
        case "__init__" | "__init_subclass__" | "__post_init__":
            return Native(name, lambda i, _: None)
        case "__doc__" | "__module__":
            return get_attr(interp, cls, name)
    if isinstance(cls, Class):
        getter = cls.find(interp, "__getattr__", owner=instance)
        if getter is not MISSING:
            return interp.call(BoundMethod(getter, instance), Arguments([name], span=interp.spot))
        base = cls.unknown_base()
        if base is not None:
            return interp.unknown(
                f"{name!r} may come from {_base_name(base)}, which is not in the project", "import", name=_base_name(base)
            )
        if cls.native() is not None:
            return interp.unknown(f"the attribute {name!r} of {instance.describe()} is not followed")
        if hasattr(object, name) or name in _slots(cls):
            return interp.unknown(f"{name} of {instance.describe()} is not followed")
        raise interp.raises(AttributeError(f"{cls.name!r} object has no attribute {name!r}"))
    return interp.unknown(f"the attribute {name!r} of {instance.describe()} is not followed")


def _slots(cls: Class) -> set[str]:
    """The names that a class and its ancestors keep a place for; what fills them may do so behind our back."""
    listed = [one.namespace.get("__slots__", ()) for one in cls.mro if isinstance(one, Class)]
    return {name for names in listed if isinstance(names, list | tuple | set) for name in names if isinstance(name, str)}


def _is_abstract(cls: Class) -> bool:
    return any(getattr(one, "refuses_abstract", False) for one in cls.mro)


def _base_name(base: Value) -> str:
    return base.reason if isinstance(base, Unknown) else base.describe()


def set_instance_attr(interp: Interpreter, instance: Instance, name: str, value: Value) -> None:
    """`instance.name = value`, through a property's setter or `__setattr__` where the class has one."""
    if isinstance(instance.cls, Class):
        found = instance.cls.find(interp, name, owner=instance)
        if isinstance(found, Descriptor) and found.kind == "property":
            if found.setter is not None:
                interp.call(found.setter, Arguments([instance, value], span=interp.spot))
            return
        if getattr(instance.cls.special, "frozen", False) and not _in_constructor(interp, instance):
            from dataclasses import FrozenInstanceError

            raise interp.raises(FrozenInstanceError(f"cannot assign to field {name!r}"))
        setter = instance.cls.find(interp, "__setattr__", owner=instance)
        if isinstance(setter, Function):
            interp.call(BoundMethod(setter, instance), Arguments([name, value], span=interp.spot))
            return
    store_attr(interp, instance, name, value)


def _in_constructor(interp: Interpreter, instance: Instance) -> bool:
    return any(frame.owner is instance and frame.function is not None and frame.function.name == "__init__" for frame in interp.frames)


def store_attr(interp: Interpreter, instance: Instance, name: str, value: Value) -> None:
    """Put an attribute into an instance, as `object.__setattr__` does."""
    interp.state.touch(instance.attrs)
    instance.attrs[name] = value


def class_attr(interp: Interpreter, cls: Class, name: str) -> Value:
    """The attribute of a class."""
    found = cls.find(interp, name)
    if found is not MISSING:
        if isinstance(found, Descriptor) and found.kind in ("classmethod", "staticmethod"):
            return bind(interp, found, cls, cls)
        for_class = getattr(found, "for_class", None)
        return found if for_class is None else for_class(cls)
    match name:
        case "__name__" | "__qualname__":
            return cls.name
        case "__module__":
            return cls.module.namespace.get("__name__", cls.module.name)
        case "__doc__":
            import ast

            return ast.get_docstring(cls.node)
        case "__dict__":
            return cls.namespace
        case "__mro__":
            return tuple(_whole_mro(cls))
        case "__bases__":
            return tuple(cls.bases)
        case "__init__":
            return Native(name, lambda i, _: None)
        case "__new__":
            return Native(name, _new)
        case "register" if any(isinstance(one, Class) and one.node.keywords for one in cls.mro) or _is_abstract(cls):
            return Native(name, lambda i, arguments: arguments.get(0, "subclass"))
        case "__subclasses__":
            return Native(name, lambda i, _: list(_subclasses(i, cls)))
        case "mro":
            return Native(name, lambda i, _: _whole_mro(cls))
    if isinstance(cls.metaclass, Class):
        found = cls.metaclass.find(interp, name)
        if found is not MISSING:
            return bind(interp, found, cls, cls.metaclass)
    base = first_of(cls.unknown_base(), cls.native())
    if base is not None:
        return interp.unknown(f"{name!r} may come from {_base_name(base)}, which is not followed", "import")
    if hasattr(type, name) or name in _slots(cls):
        return interp.unknown(f"{name} of a class is not followed")
    raise interp.raises(AttributeError(f"type object {cls.name!r} has no attribute {name!r}"))


def _whole_mro(cls: Class) -> list[Value]:
    """The method resolution order with the `object` at its end, which the evaluator itself leaves out."""
    from dagcheck.evaluate.stdlib.builtin_types import TYPES

    return cls.mro if any(base is object or base is TYPES["object"] for base in cls.mro) else [*cls.mro, TYPES["object"]]


def _subclasses(interp: Interpreter, cls: Class) -> list[Class]:
    found: dict[int, Class] = {}
    for module in interp.modules.values():
        for value in module.namespace.values():
            if isinstance(value, Class) and cls in value.bases:
                found[id(value)] = value
    return list(found.values())


def super_attr(interp: Interpreter, cls: Class, owner: Value, name: str) -> Value:
    """The attribute that `super().name` gives inside a method of `cls` called on `owner`."""
    derived = not isinstance(owner, Object) and hasattr(owner, "evaluator_class")
    start = owner if isinstance(owner, Class) else owner.evaluator_class() if derived else owner.cls if isinstance(owner, Instance) else cls
    if isinstance(start, Class) and cls not in start.mro and (start is cls.metaclass or start.metaclass is not None or _is_metaclass(cls)):
        return _meta_attr(interp, cls, owner, name)
    if _is_metaclass(cls) and name in ("__new__", "__call__", "__init__"):
        return _meta_attr(interp, cls, owner, name)
    if not isinstance(start, Class) or cls not in start.mro:
        return interp.unknown("super() outside of its class")
    if name == "__init__":
        from dagcheck.evaluate.classes import super_init

        return super_init(interp, start, cls, owner)
    if name == "__setattr__" and isinstance(owner, Instance):
        return Native(name, lambda i, arguments: store_attr(i, owner, arguments.args[0], arguments.args[1]))
    if name == "__new__":
        return Native(name, _new)
    found = start.find(interp, name, after=cls, owner=owner)
    if found is not MISSING:
        return bind(interp, found, owner, start)
    if derived:
        return plain.inherited(interp, owner, name)
    if name in ("__init_subclass__", "__post_init__", "__enter__", "__exit__", "__del__"):
        return Native(name, lambda i, _: None)
    if name == "__class_getitem__":
        return Native(name, lambda i, _: start)
    base = first_of(start.unknown_base(), start.native())
    if base is not None:
        return interp.unknown(f"{name!r} of {_base_name(base)} is not followed", "import")
    if hasattr(object, name):
        return interp.unknown(f"{name} of `object` is not followed")
    raise interp.raises(AttributeError(f"'super' object has no attribute {name!r}"))


def _is_metaclass(cls: Class) -> bool:
    return any(getattr(base, "real", None) is type for base in cls.mro)


def _meta_attr(interp: Interpreter, cls: Class, owner: Value, name: str) -> Value:
    """`super().name` in a metaclass: the next metaclass's own, else what `type` does."""
    from dagcheck.evaluate.metaclasses import type_attr

    found = cls.find(interp, name, after=cls)
    return BoundMethod(found, owner) if isinstance(found, Function) else type_attr(interp, cls, owner, name)


def _new(interp: Interpreter, arguments: Arguments) -> Value:
    cls = arguments.get(0, "cls")
    if not isinstance(cls, Class | NativeClass):
        return interp.unknown("__new__ of an unknown class")
    native = cls.native() if isinstance(cls, Class) else cls
    return native.new(interp, cls, arguments) if native is not None else Instance(cls)
