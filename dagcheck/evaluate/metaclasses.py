"""Metaclasses of the program, classes made by `type(…)`, `__set_name__` and `__init_subclass__`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dagcheck.evaluate.classes import merge_bases, own
from dagcheck.evaluate.values import MISSING, Arguments, BoundMethod, Class, Function, Instance, Native, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def finish_class(interp: Interpreter, cls: Class, keywords: dict[str, Value]) -> Value:
    """What happens after a class body: bases adopt the class, hooks run, the metaclass has its say. Gives the class."""
    metaclass = keywords.pop("metaclass", None)
    cls.metaclass = metaclass if isinstance(metaclass, Class) else _inherited(cls)
    made: Value = cls
    if isinstance(cls.metaclass, Class):
        made = _by_metaclass(interp, cls.metaclass, cls, keywords)
    if isinstance(made, Class):
        prepare(interp, made, keywords)
        if isinstance(cls.metaclass, Class):
            _run_init(interp, cls.metaclass, made, keywords)
    return made


def prepare(interp: Interpreter, cls: Class, keywords: dict[str, Value]) -> None:
    """Adoption by modelled bases, `__set_name__` of descriptors, and `__init_subclass__` of the parent."""
    for base in cls.mro[1:]:
        adopt = getattr(base, "adopt", None)
        if adopt is not None:
            adopt(interp, cls, keywords)
    for name, value in list(cls.namespace.items()):
        if isinstance(value, Instance) and isinstance(value.cls, Class) and value.cls.find(interp, "__set_name__") is not MISSING:
            interp.call_values(interp.get_attr(value, "__set_name__"), cls, name)
    hook = cls.find(interp, "__init_subclass__", after=cls)
    hook = getattr(hook, "function", hook)
    if isinstance(hook, Function):
        interp.call(BoundMethod(hook, cls), Arguments([], dict(keywords), span=interp.spot))


def _inherited(cls: Class) -> Value:
    return next((base.metaclass for base in cls.mro[1:] if isinstance(base, Class) and base.metaclass is not None), None)


def _by_metaclass(interp: Interpreter, metaclass: Class, cls: Class, keywords: dict[str, Value]) -> Value:
    maker = metaclass.find(interp, "__new__")
    if not isinstance(maker, Function):
        return cls
    interp.making.append(cls)
    try:
        return interp.call(maker, Arguments([metaclass, cls.name, tuple(cls.bases), cls.namespace], dict(keywords), span=interp.spot))
    finally:
        interp.making.pop()


def _run_init(interp: Interpreter, metaclass: Class, cls: Class, keywords: dict[str, Value]) -> None:
    init = metaclass.find(interp, "__init__")
    if isinstance(init, Function):
        interp.call(BoundMethod(init, cls), Arguments([cls.name, tuple(cls.bases), cls.namespace], dict(keywords), span=interp.spot))


def type_attr(interp: Interpreter, metaclass: Class, owner: Value, name: str) -> Value:
    """What `super().name` gives inside a method of a metaclass: what `type` itself does."""
    if name == "__new__":
        return Native(name, _type_new)
    if name == "__call__":
        return Native(name, lambda i, arguments: i.instantiate(owner, arguments))
    return Native(name, lambda i, _: None)


def _type_new(interp: Interpreter, arguments: Arguments) -> Value:
    """`super().__new__(mcs, name, bases, namespace)`: the class whose body was just run, with what the metaclass changed."""
    if not interp.making:
        return dynamic_class(interp, Arguments(arguments.args[1:], arguments.kwargs, span=arguments.span))
    cls = interp.making[-1]
    if len(arguments.args) > 3 and isinstance(arguments.args[3], dict):
        namespace = dict(arguments.args[3])
        cls.namespace.clear()
        cls.namespace.update(namespace)
    if len(arguments.args) > 1 and isinstance(arguments.args[1], str):
        cls.name = arguments.args[1]
    return cls


def call_metaclass(interp: Interpreter, cls: Class, arguments: Arguments) -> Value:
    """What a metaclass's own `__call__` makes of calling the class; MISSING where it has none."""
    found = cls.metaclass.find(interp, "__call__") if isinstance(cls.metaclass, Class) else MISSING
    return interp.call(BoundMethod(found, cls), arguments) if isinstance(found, Function) else MISSING


def dynamic_class(interp: Interpreter, arguments: Arguments) -> Value:
    """`type(name, bases, namespace)`."""
    name, bases, namespace = (arguments.get(index, key) for index, key in enumerate(("name", "bases", "dict")))
    if not isinstance(name, str) or not isinstance(bases, tuple) or not isinstance(namespace, dict):
        return interp.unknown("a class made by type() of unknown arguments")
    why = next((base for base in bases if isinstance(base, Unknown)), None)
    if why is not None or interp.state.blurry(namespace) is not None:
        return interp.unknown("a class made by type() of unknown arguments")
    node = ast.ClassDef(name, [], [], [], [])
    ast.copy_location(node, interp.node) if interp.node is not None and hasattr(interp.node, "lineno") else None
    from dagcheck.evaluate.classes import as_base

    parents = [as_base(interp, base) for base in bases]
    cls = Class(name, node, interp.frame.module, parents, dict(namespace))
    for value in cls.namespace.values():
        own(value, cls)
    cls.mro = [cls, *merge_bases(parents)]
    return finish_class(interp, cls, dict(arguments.kwargs))
