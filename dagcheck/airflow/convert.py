"""Values of the evaluator as values of the model."""

from __future__ import annotations

import ast
import datetime
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.assets import AssetCondition, AssetValue
from dagcheck.airflow.dag import DagValue
from dagcheck.airflow.group import GroupValue
from dagcheck.airflow.params import ParamsValue
from dagcheck.airflow.task import TaskValue
from dagcheck.airflow.taskflow import TaskFactory
from dagcheck.airflow.values import EnumText
from dagcheck.airflow.xcom import DagParameter, MappedParameter, XCom
from dagcheck.evaluate.perhaps import Perhaps
from dagcheck.evaluate.values import (
    Arguments,
    BoundMethod,
    Class,
    External,
    Function,
    Instance,
    Lazy,
    Module,
    Native,
    NativeClass,
    Object,
    Opaque,
    Value,
)
from dagcheck.model.values import FunctionRef, ItemOf, NameRef, ObjectRef, TaskRef, Unknown, XComRef

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

MAX_ITEMS = 5_000
ITSELF = frozenset({str, int, float, bool, bytes, type(None), datetime.datetime, datetime.timedelta})
"""Values that are the same in the model, as most are."""


class Converter:
    """Makes model values of evaluator values, bounded in size: beyond `MAX_ITEMS` parts, what is left is Unknown."""

    def __init__(self, interp: Interpreter) -> None:
        self.interp = interp
        self.left = MAX_ITEMS
        self._functions: dict[Function, FunctionRef] = {}

    def value(self, value: Value, depth: int = 10) -> Any:
        """The model value of one evaluator value."""
        self.left -= 1
        if type(value) in ITSELF:
            return value
        blurred = self.interp.state.doubtful(value)
        if isinstance(blurred, Perhaps) and isinstance(value, dict):
            value = {key: blurred.plain() if key in blurred.keys else item for key, item in value.items()}
        elif blurred is not None:
            return blurred
        if isinstance(value, list | tuple | dict | set | frozenset):
            if depth == 0 or self.left < 0:
                return Unknown("a value that is too large to keep", "budget")
            return self._container(value, depth)
        if isinstance(value, EnumText):
            return str(value)
        return self._object(value, depth) if isinstance(value, Object) else value

    def _container(self, value: Value, depth: int) -> Any:
        if isinstance(value, dict):
            return {self._key(key): self.value(item, depth - 1) for key, item in value.items()}
        items = [self.value(item, depth - 1) for item in value]
        if isinstance(value, tuple):
            return tuple(items)
        return set(items) if isinstance(value, set | frozenset) and all(_hashable(item) for item in items) else items

    def _key(self, key: Value) -> Any:
        return key if not isinstance(key, Object) else key.describe()

    def _object(self, value: Object, depth: int) -> Any:
        match value:
            case TaskValue():
                return TaskRef(value.task_id if isinstance(value.task_id, str) else "?")
            case XCom():
                return XComRef(
                    next((task.task_id for task in value.sources if isinstance(task.task_id, str)), "?"), value.key or "return_value"
                )
            case AssetValue() | AssetCondition():
                return value.model()
            case ParamsValue():
                return self.value(value.held, depth)
            case TaskFactory():
                return self.value(value.function, depth)
            case Function():
                return self.function(value)
            case BoundMethod():
                return self.value(value.function, depth)
            case DagValue() | GroupValue() | Module() | Lazy():
                return ObjectRef(value.describe())
            case MappedParameter():
                return ItemOf(
                    "an item that a mapped group expands over is known only at run time", "runtime", position=value.position, key=value.key
                )
            case DagParameter():
                return Unknown("a parameter of the DAG is known only at run time", "runtime")
            case Opaque():
                return self._opaque(value.dotted, value.arguments, depth)
            case External():
                return NameRef(value.dotted)
            case NativeClass():
                return NameRef(value.dotted)
            case Class():
                return NameRef(f"{value.module.name}.{value.name}")
            case Instance():
                return self._instance(value, depth)
            case Native():
                return NameRef(value.name)
        return Unknown(f"{value.describe()} as a value", "unsupported")

    def function(self, function: Function) -> FunctionRef:
        """A reference to a function of the program."""
        if function not in self._functions:
            self._functions[function] = function_ref(function)
        return self._functions[function]

    def _opaque(self, dotted: str, arguments: Arguments, depth: int) -> Any:
        if depth == 0:
            return ObjectRef(dotted)
        args = tuple(self.value(item, depth - 1) for item in arguments.args)
        kwargs = {name: self.value(item, depth - 1) for name, item in arguments.kwargs.items()}
        return ObjectRef(dotted, args, kwargs, arguments.span)

    def _instance(self, value: Instance, depth: int) -> Any:
        cls = value.cls
        dotted = f"{cls.module.name}.{cls.name}" if isinstance(cls, Class) else getattr(cls, "dotted", "object")
        attrs = {name: self.value(item, depth - 1) for name, item in value.attrs.items()} if depth > 0 else {}
        return ObjectRef(dotted, (), attrs)


def _hashable(item: Any) -> bool:
    try:
        hash(item)
    except TypeError:
        return False
    return True


def function_ref(function: Function) -> FunctionRef:
    """A reference to a function of the program."""
    node = function.node
    source = function.module.source
    path = source.path if source is not None else function.module.path or ""
    return FunctionRef(
        function.name,
        path,
        node.lineno,
        node.end_lineno or node.lineno,
        _parameters(node.args),
        isinstance(node, ast.Lambda),
        function.is_generator,
        isinstance(node, ast.AsyncFunctionDef),
    )


def _parameters(args: ast.arguments) -> tuple[tuple[str, str, bool], ...]:
    positional = [*args.posonlyargs, *args.args]
    first_default = len(positional) - len(args.defaults)
    found = [
        (arg.arg, "positional" if arg in args.posonlyargs else "either", index >= first_default) for index, arg in enumerate(positional)
    ]
    if args.vararg is not None:
        found.append((args.vararg.arg, "star", True))
    found += [(arg.arg, "keyword", default is not None) for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    if args.kwarg is not None:
        found.append((args.kwarg.arg, "star-star", True))
    return tuple(found)
