"""Classes of the program: making them, their method resolution order, and making objects of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from dagcheck.evaluate.state import Frame, Scope
from dagcheck.evaluate.values import (
    MISSING,
    Arguments,
    BoundMethod,
    Class,
    Descriptor,
    External,
    Function,
    Instance,
    Native,
    NativeClass,
    Object,
    Opaque,
    Raised,
    Value,
    describe,
)
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


def make_class(interp: Interpreter, node: ast.ClassDef) -> Value:
    """The class that a `class` statement makes, before its decorators."""
    from dagcheck.evaluate.expressions import evaluate
    from dagcheck.evaluate.metaclasses import finish_class
    from dagcheck.evaluate.statements import run_block

    bases = [as_base(interp, evaluate(interp, base)) for base in node.bases if not isinstance(base, ast.Starred)]
    keywords = {keyword.arg: evaluate(interp, keyword.value) for keyword in node.keywords if keyword.arg}
    module = interp.frame.module
    metaclass = keywords.get("metaclass", next((base.metaclass for base in bases if isinstance(base, Class)), None))
    scope = Scope(prepared(interp, metaclass, node.name, bases, keywords), interp.scope, module, kind="class")
    cls = Class(node.name, node, module, bases, scope.vars)
    interp.frames.append(Frame(module, scope))
    try:
        run_block(interp, node.body)
    finally:
        interp.frames.pop()
    for name, value in cls.namespace.items():
        own(value, cls)
        if name in ("__init_subclass__", "__class_getitem__") and isinstance(value, Function):
            cls.namespace[name] = Descriptor("classmethod", value)
    cls.mro = [cls, *merge_bases(bases)]
    if any(getattr(base, "refuses_abstract", False) for base in (*cls.mro, keywords.get("metaclass"))):
        cls.namespace["__abstractmethods__"] = abstract_names(cls)
    made = finish_class(interp, cls, keywords)
    replace = next((base.replace_class for base in bases if hasattr(base, "replace_class")), None)
    return made if replace is None else replace(interp, cls)


def prepared(interp: Interpreter, metaclass: Value, name: str, bases: list[Value], keywords: dict[str, Value]) -> dict[str, Value]:
    """What the names of a class body are kept in at first, as the `__prepare__` of a metaclass of the program gives it."""
    found = metaclass.find(interp, "__prepare__") if isinstance(metaclass, Class) else MISSING
    if found is MISSING:
        return {}
    rest = {key: value for key, value in keywords.items() if key != "metaclass"}
    namespace = interp.call(interp.class_attr(metaclass, "__prepare__"), Arguments([name, tuple(bases)], rest, span=interp.spot))
    if isinstance(namespace, dict):
        return dict(namespace)
    why = namespace if isinstance(namespace, Unknown) else interp.unknown(f"a class body in {describe(namespace)} is not followed")
    interp.doubt(why)
    names: dict[str, Value] = {}
    interp.state.blur(names, why)
    return names


def abstract_names(cls: Class) -> frozenset[str]:
    """The methods and properties of a class that are marked as abstract and that no class below defines."""
    found: set[str] = set()
    for base in reversed(cls.mro):
        for name, value in base.namespace.items() if isinstance(base, Class) else ():
            function = getattr(value, "function", value)
            is_abstract = isinstance(function, Function) and function.attrs.get("__isabstractmethod__") is True
            (found.add if is_abstract else found.discard)(name)
    return frozenset(found)


def own(value: Value, cls: Class) -> None:
    """Tell the functions in a class body which class they belong to, for `super()`."""
    if isinstance(value, Function) and value.owner is None:
        value.owner = cls
    inner = getattr(value, "function", None)
    if isinstance(inner, Function):
        own(inner, cls)


def as_base(interp: Interpreter, base: Value) -> Value:
    """What a class derives from when its base is written so: a model of an external class, or an Unknown for what is no class."""
    if isinstance(base, External):
        return interp.knowledge.base_class(interp, base) or base
    if isinstance(base, Native | Instance):
        return interp.unknown(f"a class that derives from {base.describe()} is not followed")
    return base


def lineage(base: Value) -> list[Value]:
    """A class with its ancestors in method resolution order."""
    if isinstance(base, Class):
        return list(base.mro)
    if isinstance(base, NativeClass):
        return [base, *base.ancestors()]
    if isinstance(base, type):
        return list(base.__mro__)
    return [base]


def merge_bases(bases: list[Value]) -> list[Value]:
    """Python's C3 linearisation; where it has none, depth first."""
    sequences = [lineage(base) for base in bases] + [list(bases)]
    result: list[Value] = []
    while any(sequences):
        sequences = [sequence for sequence in sequences if sequence]
        head = next((s[0] for s in sequences if not any(_holds(other[1:], s[0]) for other in sequences)), sequences[0][0])
        if not _holds(result, head):
            result.append(head)
        sequences = [[item for item in sequence if item is not head] for sequence in sequences]
    return result


def _holds(items: list[Value], wanted: Value) -> bool:
    return any(item is wanted for item in items)


def instantiate(interp: Interpreter, cls: Class | NativeClass, arguments: Arguments) -> Value:
    """The object that calling a class gives."""
    if isinstance(cls, NativeClass):
        instance = cls.new(interp, cls, arguments)
        cls.init(interp, instance, arguments)
        return cls.finish(interp, instance)
    if hasattr(cls.special, "construct"):
        return cls.special.construct(interp, cls, arguments)
    if cls.namespace.get("__abstractmethods__"):
        raise interp.raises(TypeError(f"Can't instantiate abstract class {cls.name}"))
    native = cls.native()
    maker = cls.find(interp, "__new__")
    if isinstance(maker, Function):
        instance = interp.call(maker, arguments.with_first(cls))
        if not isinstance(instance, Instance) or instance.cls is not cls:
            return instance
    else:
        instance = native.new(interp, cls, arguments) if native is not None else _exception(cls, arguments) or Instance(cls)
    if not isinstance(instance, Object) and not hasattr(instance, "evaluator_class"):
        return instance
    interp.call(_init(interp, cls, cls.find(interp, "__init__", owner=None), instance), arguments)
    return native.finish(interp, instance) if native is not None else instance


def _exception(cls: Class, arguments: Arguments) -> Instance | None:
    """An object of one of the program's own exception classes keeps its arguments."""
    if not any(isinstance(base, type) and issubclass(base, BaseException) for base in cls.mro):
        return None
    instance = Instance(cls)
    instance.attrs["args"] = tuple(arguments.args)
    return instance


def _init(interp: Interpreter, cls: Class, found: Value, instance: Value) -> Value:
    """The bound `__init__`; for one of the program's own, with what the modelled metaclass makes of its arguments."""
    if isinstance(found, Function):
        native = cls.native()
        if native is None:
            return BoundMethod(found, instance)
        return Native("__init__", lambda i, arguments: i.call(BoundMethod(found, instance), native.prepare(i, instance, found, arguments)))
    first = next(
        (base for base in cls.mro if isinstance(base, NativeClass) or (isinstance(base, Class) and "__init__" in base.namespace)), None
    )
    if isinstance(first, NativeClass):
        native_class = first
        return Native("__init__", lambda i, arguments: native_class.init(i, instance, arguments))
    if found is not MISSING:
        return BoundMethod(found, instance)
    return Native("__init__", lambda i, _: None)


def super_init(interp: Interpreter, start: Class, cls: Class, owner: Value) -> Value:
    """What `super().__init__` is inside a method of `cls`, for an object (or class) of `start`."""
    is_prepared = False
    for base in start.mro[start.mro.index(cls) + 1 :]:
        is_prepared = is_prepared or (isinstance(base, Class) and _is_prepared(base.native()))
        if isinstance(base, Class) and "__init__" in base.namespace:
            found = base.namespace["__init__"]
            is_mixin = isinstance(found, Function) and not is_prepared  # the modelled metaclass did not see its class
            return BoundMethod(found, owner) if is_mixin else _init(interp, start, found, owner)
        if isinstance(base, NativeClass):
            return Native("__init__", partial(_native_init, base, owner))
        if isinstance(base, External | Unknown):
            return Native("__init__", partial(_outside_init, base, owner))
        if isinstance(base, type) and issubclass(base, BaseException) and isinstance(owner, Instance):
            return BoundMethod(interp.get_attr(base, "__init__"), owner)
    return Native("__init__", lambda i, _: None)


def _is_prepared(native: NativeClass | None) -> bool:
    """Whether the metaclass of a modelled class does something around each `__init__`."""
    return native is not None and type(native).prepare is not NativeClass.prepare


def _native_init(base: NativeClass, owner: Value, interp: Interpreter, arguments: Arguments) -> None:
    base.init(interp, owner, arguments)


def _outside_init(base: External | Unknown, owner: Value, interp: Interpreter, arguments: Arguments) -> None:
    name = f"{base.dotted}.__init__" if isinstance(base, External) else "the constructor of an unknown class"
    interp.escape(arguments.with_first(owner), name)


def class_item(interp: Interpreter, cls: Class, key: Value) -> Value:
    """`cls[key]`: a member of an enum, `__class_getitem__`, or a generic alias, which is the class itself."""
    special = cls.special
    if special is not None and hasattr(special, "member"):
        return special.member(interp, cls, key)
    found = cls.find(interp, "__class_getitem__")
    found = getattr(found, "function", found)
    return interp.call(BoundMethod(found, cls), Arguments([key], span=interp.spot)) if isinstance(found, Function) else cls


def class_items(interp: Interpreter, cls: Class) -> Iterator[Value] | Unknown:
    """The members of an enum class."""
    if cls.special is not None and hasattr(cls.special, "members"):
        members: list[Value] = cls.special.members(cls)
        return iter(members)
    raise interp.raises(TypeError(f"type object {cls.name!r} is not iterable"))


DESCRIPTORS = frozenset({"property", "classmethod", "staticmethod"})


def is_instance(interp: Interpreter, value: Value, cls: Value) -> bool | Unknown:
    """isinstance(value, cls), or Unknown."""
    if isinstance(cls, tuple | list):
        verdicts = [is_instance(interp, value, one) for one in cls]
        if any(verdict is True for verdict in verdicts):
            return True
        return next((verdict for verdict in verdicts if isinstance(verdict, Unknown)), False)
    if isinstance(value, Unknown) or isinstance(cls, Unknown):
        return value if isinstance(value, Unknown) else cls
    tester = getattr(cls, "tests", None)
    if tester is not None:
        verdict: bool | Unknown = tester(interp, value)
        return verdict
    if isinstance(value, Instance):
        return _instance_of(interp, value, cls)
    if isinstance(value, Function | Descriptor) and isinstance(cls, Native) and cls.name in DESCRIPTORS:
        return isinstance(value, Descriptor) and value.kind == cls.name
    if isinstance(value, Object):
        return interp.unknown(f"the type of {value.describe()} is not followed") if not isinstance(cls, type) or cls is object else False
    if isinstance(cls, type):
        return isinstance(value, cls)
    own = getattr(type(value), "evaluator_class", None)
    if own is not None and any(base is cls for base in lineage(own(value))):
        return True
    return False if isinstance(cls, Class | NativeClass) else interp.unknown("isinstance with a class that is not followed")


def _instance_of(interp: Interpreter, value: Instance, cls: Value) -> bool | Unknown:
    found = lineage(value.cls)
    if any(base is cls for base in found) or cls is object:
        return True
    if isinstance(cls, External) and any(isinstance(base, External) and base.dotted == cls.dotted for base in found):
        return True
    unknown = next((base for base in found if isinstance(base, External | Unknown)), None)
    if unknown is not None and not isinstance(cls, type):
        return interp.unknown("isinstance with a class that is not followed")
    return False


def matches_exception(error: Raised, handler: Value) -> bool | Unknown:
    """True if an `except handler` clause catches the error."""
    if isinstance(handler, tuple | list):
        verdicts = [matches_exception(error, one) for one in handler]
        return True if True in verdicts else next((verdict for verdict in verdicts if isinstance(verdict, Unknown)), False)
    if isinstance(handler, Unknown):
        return handler
    if isinstance(error.value, Instance):
        above = lineage(error.value.cls)
        if any(base is handler for base in above):
            return True
        outside = next((base for base in above if isinstance(base, External)), None)
        return False if outside is None else _of_outside(outside.dotted, handler)
    if isinstance(error.value, Opaque):
        return _of_outside(error.value.dotted, handler)
    if isinstance(handler, type) and isinstance(error.value, BaseException):
        return isinstance(error.value, handler)
    return False


def _of_outside(dotted: str, handler: Value) -> bool | Unknown:
    """Whether `except handler` catches an exception of a class that is not followed, or of one derived from it."""
    if handler is Exception or handler is BaseException:
        return True
    if isinstance(handler, External):
        if handler.dotted == dotted:
            return True
        if handler.name == "AirflowException" and dotted.startswith("airflow.") and dotted.rpartition(".")[2] in OF_AIRFLOW:
            return True
        if dotted.rpartition(".")[2] in OF_AIRFLOW and handler.name in OF_AIRFLOW:
            return False
    if isinstance(handler, Class) or (dotted.rpartition(".")[2] == "AirflowException" and isinstance(handler, type)):
        return False
    return Unknown(f"whether {dotted} is caught here", "import", name=dotted)


OF_AIRFLOW = frozenset(
    {"AirflowSkipException", "AirflowFailException", "AirflowSensorTimeout", "AirflowNotFoundException", "AirflowConfigException"}
)
"""Exceptions that derive from AirflowException in every version, and not from one another."""
