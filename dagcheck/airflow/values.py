"""Makers of the values behind Airflow's names that need a model of their own, by the last part of their canonical place."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dagcheck.airflow import assets, chaining, provider_flows, pure_functions, xcom
from dagcheck.airflow.dag import DagClass, dag_decorator
from dagcheck.airflow.group import GroupClass, task_group_decorator
from dagcheck.airflow.params import make_params
from dagcheck.airflow.task import LOGGING_MIXIN, LoggingMixin
from dagcheck.airflow.taskflow import TaskDecorators, setup_decorator, unique_task_id
from dagcheck.airflow.world import AirflowWorld, world
from dagcheck.evaluate.calls import call_pure
from dagcheck.evaluate.values import Arguments, External, Native, Object, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

PATCH = {"1.10": "1.10.15", "2.2": "2.2.5", "2.7": "2.7.3", "2.11": "2.11.2", "3.3": "3.3.2"}
"""The patch release that `airflow.__version__` gives for a target that names only major and minor (the newest known of November 2026)."""

Maker = Callable[[AirflowWorld, str], Value]


class Constants(Object):
    """An enumeration of texts such as TriggerRule: `TriggerRule.ALL_DONE` is `"all_done"`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        return self.name

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name.isupper():
            return EnumText(name.lower())
        return super().get_attr(interp, name)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        value = arguments.get(0, "value")
        return EnumText(value) if type(value) is str else value


class EnumText(str):
    """A member of an enumeration of texts: the text itself, with `.value` and `.name`."""

    __slots__ = ()

    def evaluator_attribute(self, interp: Interpreter, name: str) -> Value:
        """`.value`, `.name`, and the methods of a text."""
        from dagcheck.evaluate import plain

        if name in ("value", "name"):
            return str(self) if name == "value" else str(self).upper()
        return plain.attribute(interp, str(self), name)


class VariableName(Object):
    """`Variable`: values come from the configuration; else they are unknown, or the default that the call gives where the configuration allows that."""

    __slots__ = ()

    def describe(self) -> str:
        return "Variable"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("get", "setdefault"):
            return Native(f"Variable.{name}", _variable)
        if name in ("set", "delete", "update"):
            return Native(f"Variable.{name}", lambda i, arguments: None)
        return super().get_attr(interp, name)

    def call(self, interp: Interpreter, arguments: Arguments) -> Value:
        return interp.unknown("a Variable object is not followed")


def _variable(interp: Interpreter, arguments: Arguments) -> Value:
    target = world(interp).target
    key = arguments.get(0, "key")
    interp.note("variable", key if isinstance(key, str) else "?")
    if isinstance(key, Unknown):
        return key
    if key in target.variables:
        return _deserialised(interp, arguments, target.variables[key])
    default = arguments.kwargs.get(
        "default_var", arguments.kwargs.get("default", arguments.args[1] if len(arguments.args) > 1 else MISSING_DEFAULT)
    )
    if target.variable_defaults and default is not MISSING_DEFAULT:
        return default
    return interp.unknown(f"the Variable {key!r} is not known", "variable", name=str(key))


def _deserialised(interp: Interpreter, arguments: Arguments, value: Any) -> Value:
    import json

    if arguments.get(2, "deserialize_json") is True and isinstance(value, str):
        return call_pure(interp, json.loads, Arguments([value]))
    return value


MISSING_DEFAULT: Any = object()


class Configuration(Object):
    """`conf`: Airflow's configuration; settings that are configured here or have a documented default are known."""

    __slots__ = ()

    def describe(self) -> str:
        return "airflow.configuration.conf"

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        readers: dict[str, Callable[[str], Any]] = {
            "get": str,
            "getint": int,
            "getfloat": float,
            "getboolean": lambda text: text.strip().lower() in ("t", "true", "1"),
        }
        if name not in readers:
            return super().get_attr(interp, name)
        return Native(f"conf.{name}", lambda i, arguments: _setting(i, arguments, readers[name]))


def _setting(interp: Interpreter, arguments: Arguments, read: Callable[[str], Any]) -> Value:
    key = f"{arguments.get(0, 'section')}.{arguments.get(1, 'key')}".lower()
    known = world(interp)
    found = known.target.settings.get(key, known.facts.configuration.get(key))
    if found is None:
        return interp.unknown(f"the Airflow setting {key} is not known", "environment", name=key)
    return call_pure(interp, read, Arguments([found]))


def _clock(name: str) -> Maker:
    return lambda known, dotted: Native(name, lambda interp, arguments: interp.unknown(f"{name}() moves with the clock", "clock"))


def _utc_datetime(interp: Interpreter, arguments: Arguments) -> Value:
    """`airflow.utils.timezone.datetime(…)`: aware, in the default zone."""
    zone = zoneinfo.ZoneInfo(_default_zone(interp))
    return call_pure(interp, lambda *args, **kwargs: datetime.datetime(*args, **{"tzinfo": zone, **kwargs}), arguments)


def _default_zone(interp: Interpreter) -> str:
    name = world(interp).target.settings.get("core.default_timezone", "utc")
    return "UTC" if name.lower() in ("utc", "system") else name


def _parse_date(interp: Interpreter, arguments: Arguments) -> Value:
    """`airflow.utils.timezone.parse(text)`."""

    def parse(text: str, *_: Any, **__: Any) -> datetime.datetime:
        value = datetime.datetime.fromisoformat(text)
        return value if value.tzinfo else value.replace(tzinfo=zoneinfo.ZoneInfo(_default_zone(interp)))

    return call_pure(interp, parse, arguments)


def _make_aware(interp: Interpreter, arguments: Arguments) -> Value:
    def make(value: datetime.datetime, timezone: Any = None) -> datetime.datetime:
        zone = zoneinfo.ZoneInfo(timezone) if isinstance(timezone, str) else timezone or zoneinfo.ZoneInfo(_default_zone(interp))
        return value if value.tzinfo else value.replace(tzinfo=zone)

    return call_pure(interp, make, arguments)


def _connection(name: str) -> Callable[[Interpreter, Arguments], Value]:
    def run(interp: Interpreter, arguments: Arguments) -> Value:
        key = arguments.get(0, "conn_id")
        interp.note("connection", key if isinstance(key, str) else "?")
        return interp.unknown(f"the connection {key!r} is not known", "connection", name=str(key) if isinstance(key, str) else None)

    return run


class ConnectionName(External):
    """`Connection`, `BaseHook`: reading a connection is known only at run time; making one is an opaque object."""

    __slots__ = ()

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        if name in ("get", "get_connection", "get_connection_from_secrets", "get_hook", "get_connections"):
            return Native(f"{self.name}.{name}", _connection(name))
        return super().get_attr(interp, name)


def _runtime(name: str) -> Maker:
    return lambda known, dotted: Native(
        name, lambda interp, arguments: interp.unknown(f"{name}() is known only when a task runs", "runtime")
    )


def _native(name: str, function: Callable[[Any, Arguments], Value]) -> Maker:
    return lambda known, dotted: Native(name, function)


def _parsing_context(interp: Interpreter, arguments: Arguments) -> Value:
    """`get_parsing_context()`: while the DAG processor parses, it names no DAG and no task."""
    return ParsingContext()


class ParsingContext(Object):
    """Both ids are None while all DAGs are wanted."""

    __slots__ = ()

    def get_attr(self, interp: Interpreter, name: str) -> Value:
        return None if name in ("dag_id", "task_id") else super().get_attr(interp, name)


SPECIAL: dict[str, Maker] = {
    "DAG": lambda known, dotted: DagClass(dotted),
    "dag": lambda known, dotted: dag_decorator(DagClass("airflow.models.dag.DAG")),
    "TaskGroup": lambda known, dotted: GroupClass(dotted),
    "task_group": _native("task_group", task_group_decorator),
    "task": lambda known, dotted: TaskDecorators(),
    "setup": lambda known, dotted: setup_decorator("setup"),
    "teardown": lambda known, dotted: setup_decorator("teardown"),
    "setup_task": lambda known, dotted: setup_decorator("setup"),
    "teardown_task": lambda known, dotted: setup_decorator("teardown"),
    "chain": _native("chain", chaining.chain),
    "chain_linear": _native("chain_linear", chaining.chain_linear),
    "cross_downstream": _native("cross_downstream", chaining.cross_downstream),
    "Label": _native("Label", lambda interp, arguments: xcom.EdgeLabel(arguments.get(0, "label"))),
    "EdgeModifier": _native("EdgeModifier", lambda interp, arguments: xcom.EdgeLabel(arguments.get(0, "label"))),
    "XComArg": _native("XComArg", xcom.xcom_class),
    "Asset": lambda known, dotted: assets.AssetName("Asset", assets.make_asset),
    "Dataset": lambda known, dotted: assets.AssetName("Dataset", assets.make_asset),
    "AssetAlias": _native("AssetAlias", assets.make_alias),
    "DatasetAlias": _native("DatasetAlias", assets.make_alias),
    "AssetAny": lambda known, dotted: assets.make_condition("any"),
    "AssetAll": lambda known, dotted: assets.make_condition("all"),
    "DatasetAny": lambda known, dotted: assets.make_condition("any"),
    "DatasetAll": lambda known, dotted: assets.make_condition("all"),
    "asset": lambda known, dotted: assets.AssetDecorator("asset", assets.asset_decorator),
    "Variable": lambda known, dotted: VariableName(),
    "conf": lambda known, dotted: Configuration(),
    "Connection": lambda known, dotted: ConnectionName(dotted),
    "BaseHook": lambda known, dotted: ConnectionName(dotted),
    "days_ago": _clock("days_ago"),
    "utcnow": _clock("utcnow"),
    "datetime": lambda known, dotted: Native("timezone.datetime", _utc_datetime) if ".timezone" in dotted else External(dotted),
    "parse": lambda known, dotted: Native("timezone.parse", _parse_date) if ".timezone" in dotted else External(dotted),
    "make_aware": _native("make_aware", _make_aware),
    "utc": lambda known, dotted: zoneinfo.ZoneInfo("UTC") if ".timezone" in dotted else External(dotted),
    "TriggerRule": lambda known, dotted: Constants("TriggerRule"),
    "WeightRule": lambda known, dotted: Constants("WeightRule"),
    "TaskInstanceState": lambda known, dotted: Constants("TaskInstanceState"),
    "DagRunState": lambda known, dotted: Constants("DagRunState"),
    "State": lambda known, dotted: Constants("State"),
    "get_current_context": _runtime("get_current_context"),
    "get_parsing_context": _native("get_parsing_context", _parsing_context),
    "ParamsDict": _native("ParamsDict", make_params),
    "DagParam": _native("DagParam", lambda interp, arguments: xcom.DagParameter(arguments.get(2, "default"))),
    "__version__": lambda known, dotted: PATCH.get(known.target.version, f"{known.target.version}.0"),
    "apply_defaults": _native("apply_defaults", lambda interp, arguments: arguments.get(0, "func")),
    "provide_session": _native("provide_session", lambda interp, arguments: arguments.get(0, "func")),
    "extend_global_openlineage_emission_policy": _native(
        "extend_global_openlineage_emission_policy", lambda interp, arguments: arguments.get(0, "obj")
    ),
    "disable_lineage": _native("disable_lineage", lambda interp, arguments: arguments.get(0, "obj")),
    "enable_lineage": _native("enable_lineage", lambda interp, arguments: arguments.get(0, "obj")),
    "is_venv_installed": _native("is_venv_installed", lambda interp, arguments: True),
    "LoggingMixin": lambda known, dotted: LOGGING_MIXIN if known.target.release < (3, 0) else LoggingMixin(),
    "get_unique_task_id": _native("get_unique_task_id", unique_task_id),
    "exactly_one": _native("exactly_one", pure_functions.exactly_one),
    "at_most_one": _native("at_most_one", pure_functions.at_most_one),
    **{name: _native(name, pure_functions.pure_function(name)) for name in pure_functions.PURE},
    "DatabricksWorkflowTaskGroup": lambda known, dotted: provider_flows.WorkflowGroupClass(dotted),
    "make_initialization_workspace_flow": _native("make_initialization_workspace_flow", provider_flows.workspace_flow),
    "AIRFLOW_VERSION": lambda known, dotted: PATCH.get(known.target.version, f"{known.target.version}.0"),
}
OF_PROVIDERS = frozenset(
    {
        "extend_global_openlineage_emission_policy",
        "disable_lineage",
        "enable_lineage",
        "DatabricksWorkflowTaskGroup",
        "make_initialization_workspace_flow",
    }
)
"""Names of providers' modules that a maker above models; all others count only in Airflow's own modules."""
