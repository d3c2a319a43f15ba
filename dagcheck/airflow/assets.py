"""Assets (Datasets in Airflow 2), aliases, conditions over them, and the `@asset` decorator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dagcheck.airflow.world import world
from dagcheck.evaluate.values import Arguments, Native, Object, Value
from dagcheck.model.values import AssetExpression, AssetRef, Span, Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

Kind = Literal["asset", "alias", "ref"]


class AssetCondition(Object):
    """`a | b`, `a & b`, AssetAny(…), AssetAll(…)."""

    __slots__ = ("members", "operator")

    def __init__(self, operator: Literal["any", "all"], members: list[Value]) -> None:
        self.operator: Literal["any", "all"] = operator
        self.members = members

    def describe(self) -> str:
        return "a condition over assets"

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        if operator not in ("|", "&"):
            return NotImplemented
        kind: Literal["any", "all"] = "any" if operator == "|" else "all"
        return AssetCondition(kind, [other, self] if reflected else [self, other])

    def model(self) -> AssetExpression:
        """As a model value."""
        return AssetExpression(
            self.operator, tuple(member.model() if isinstance(member, AssetCondition | AssetValue) else member for member in self.members)
        )


class AssetValue(Object):
    """An asset, an alias, or a reference to one by name or URI."""

    __slots__ = ("arguments", "kind", "name", "span", "uri")

    def __init__(self, name: Value, uri: Value, kind: Kind, span: Span | None, arguments: Arguments) -> None:
        self.name = name
        self.uri = uri
        self.kind: Kind = kind
        self.span = span
        self.arguments = arguments

    def describe(self) -> str:
        return "an asset"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        match name:
            case "uri":
                return self.uri
            case "name":
                return self.name
            case "extra" | "group":
                return self.arguments.kwargs.get(name, {} if name == "extra" else "asset")
        return super().get_attr(interp, name)

    def text(self, interp: Interpreter) -> str | Unknown:
        return interp.unknown("the text of an asset")

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        if operator in ("==", "!="):
            same = isinstance(other, AssetValue) and (other.name, other.uri, other.kind) == (self.name, self.uri, self.kind)
            return same == (operator == "==")
        return (
            AssetCondition("any" if operator == "|" else "all", [other, self] if reflected else [self, other])
            if operator in ("|", "&")
            else NotImplemented
        )

    def model(self) -> AssetRef:
        """As a model value; what is not known is None."""
        name = self.name if isinstance(self.name, str) else None
        uri = self.uri if isinstance(self.uri, str) else None
        return AssetRef(name, uri, self.kind, self.span)


def make_asset(interp: Interpreter, arguments: Arguments) -> Value:
    """`Asset(name, uri)` of Airflow 3, `Dataset(uri)` of Airflow 2; a single positional value is both."""
    name, uri = arguments.kwargs.get("name"), arguments.kwargs.get("uri")
    if arguments.args:
        if world(interp).target.release >= (3, 0) and len(arguments.args) > 1:
            name, uri = arguments.args[0], arguments.args[1]
        else:
            uri = uri if uri is not None else arguments.args[0]
            name = name if name is not None else arguments.args[0]
    return AssetValue(uri if name is None else name, name if uri is None else uri, "asset", arguments.span, arguments)


def make_alias(interp: Interpreter, arguments: Arguments) -> Value:
    """`AssetAlias(name)`."""
    return AssetValue(arguments.get(0, "name"), None, "alias", arguments.span, arguments)


def make_reference(interp: Interpreter, arguments: Arguments) -> Value:
    """`Asset.ref(name=…)` or `Asset.ref(uri=…)`."""
    return AssetValue(
        arguments.kwargs.get("name", arguments.args[0] if arguments.args else None),
        arguments.kwargs.get("uri"),
        "ref",
        arguments.span,
        arguments,
    )


def make_condition(operator: Literal["any", "all"]) -> Native:
    """`AssetAny` and `AssetAll`."""
    return Native(f"Asset{operator.title()}", lambda interp, arguments: AssetCondition(operator, list(arguments.args)))


class AssetName(Native):
    """`Asset` or `Dataset` as a name: callable, with `ref`."""

    __slots__ = ()

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return Native("Asset.ref", make_reference) if name == "ref" else super().get_attr(interp, name)


def asset_decorator(interp: Interpreter, arguments: Arguments) -> Value:
    """`@asset(schedule=…)`: a DAG of one task that makes the asset."""

    def decorate(inner_interp: Interpreter, inner: Arguments) -> Value:
        return _asset_dag(inner_interp, inner.get(0, "f"), arguments)

    return Native("asset", decorate)


def multi_asset_decorator(interp: Interpreter, arguments: Arguments) -> Value:
    """`@asset.multi(outlets=[…], schedule=…)`: a DAG of one task that makes several assets."""
    return Native("asset.multi", lambda i, inner: _asset_dag(i, inner.get(0, "f"), arguments))


class AssetDecorator(Native):
    """`asset`, with `asset.multi`."""

    __slots__ = ()

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return Native("asset.multi", multi_asset_decorator) if name == "multi" else super().get_attr(interp, name)


_DAG_ARGUMENTS = frozenset(
    {
        "schedule",
        "tags",
        "start_date",
        "end_date",
        "default_args",
        "catchup",
        "description",
        "params",
        "owner_links",
        "access_control",
        "max_active_runs",
        "is_paused_upon_creation",
        "doc_md",
    }
)


def _asset_dag(interp: Interpreter, function: Value, arguments: Arguments) -> Value:
    from dagcheck.airflow.names import value_of
    from dagcheck.airflow.taskflow import TaskFactory

    known = world(interp)
    plain = function.function if isinstance(function, TaskFactory) else function
    name = arguments.kwargs.get("name", getattr(plain, "name", ""))
    asset = AssetValue(name, arguments.kwargs.get("uri", name), "asset", arguments.span, arguments)
    outlets = arguments.kwargs.get("outlets", [asset])
    kwargs = {key: value for key, value in arguments.kwargs.items() if key in _DAG_ARGUMENTS}
    dag_class = value_of(known, "airflow.sdk.definitions.dag.DAG")
    dag = interp.call(
        dag_class,
        Arguments(
            [],
            {"dag_id": arguments.kwargs.get("dag_id", name), **kwargs},
            arguments.star,
            arguments.star_star,
            arguments.span,
            arguments.places,
        ),
    )
    dag.style = "decorator"
    dag.enter(interp)
    try:
        if isinstance(function, TaskFactory):
            function.kwargs["outlets"] = outlets
            function.call(interp, Arguments([], {}, span=arguments.span))
        else:
            _main_task(interp, function, outlets, arguments)
    finally:
        dag.leave(interp)
    return asset


def _main_task(interp: Interpreter, function: Value, outlets: Value, arguments: Arguments) -> None:
    """The task of a plain function under `@asset`."""
    from dagcheck.airflow.construct import construct
    from dagcheck.airflow.names import operator_class
    from dagcheck.airflow.task import OperatorClass, TaskValue

    dotted = "airflow.sdk.definitions.asset.decorators._AssetMainOperator"
    cls = operator_class(world(interp), dotted) or OperatorClass(dotted, None)
    task = TaskValue(cls, arguments.span)
    task.function = function if hasattr(function, "node") else None
    construct(interp, task, cls, Arguments([], {"task_id": getattr(function, "name", ""), "outlets": outlets}, span=arguments.span))
