"""Stand-ins for the names of Airflow in the child, so that a DAG file can be read and its callables called where Airflow is not installed, and where it is.

A module of Airflow has the names below; any other name in it is a class that can be made, called, subclassed and chained, and that does nothing.
"""

from __future__ import annotations

import types
from typing import Any

from dagcheck.harness.python import connections, objects
from dagcheck.harness.python.link import link
from dagcheck.harness.python.placeholders import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    Anything,
    Decorator,
    Operator,
    Unplayable,
)

DATABASES = (
    ("redshift", "redshift"), ("postgres", "postgres"), ("mysql", "mysql"), ("sqlite", "sqlite"), ("duckdb", "duckdb"), ("mssql", "mssql"), ("oracle", "oracle"),
    ("snowflake", "snowflake"), ("bigquery", "bigquery"), ("trino", "trino"), ("presto", "presto"), ("vertica", "vertica"), ("exasol", "exasol"), ("clickhouse", "clickhouse"),
    ("databricks", "databricks"), ("teradata", "teradata"), ("hiveserver", "hive"), ("dbapi", "unknown"), ("jdbc", "unknown"), ("odbc", "unknown"),
)  # fmt: skip
"""Parts of the names of hooks and connections, and the databases that they speak of."""


_MISSING = object()


class Variable:
    """Airflow Variables, answered by the world."""

    @staticmethod
    def get(key: str, default_var: Any = _MISSING, deserialize_json: bool = False, default: Any = _MISSING, **_: Any) -> Any:
        import json

        from dagcheck.harness.python.link import Link

        values = Link.current.variables if Link.current is not None else LOADED_VARIABLES
        fallback = default if default is not _MISSING else default_var
        if key in values:
            value = values[key]
            return json.loads(value) if deserialize_json and isinstance(value, str) else value
        if fallback is not _MISSING:
            return fallback
        if Link.current is None:
            return key
        raise KeyError(f"Variable {key} does not exist")

    @staticmethod
    def _set(key: str, value: Any, description: str | None = None, serialize_json: bool = False, **_: Any) -> None:
        import json

        link().set_variable(key, json.dumps(value) if serialize_json else str(value))

    @staticmethod
    def delete(key: str, **_: Any) -> None:
        link().delete_variable(key)

    @classmethod
    def setdefault(cls, key: str, default: Any, deserialize_json: bool = False, **_: Any) -> Any:
        value = cls.get(key, default_var=None, deserialize_json=deserialize_json)
        if value is None:
            cls._set(key, default, serialize_json=deserialize_json)
            return default
        return value

    set = update = _set


LOADED_VARIABLES: dict[str, Any] = {}
"""The configured Variables, while the file is read."""


class Connection(Anything):
    """An Airflow connection: what it says of itself are made-up values."""

    def __init__(self, conn_id: str = "stand_in", **given: Any) -> None:
        super().__init__(**given)
        kind = database_of(conn_id)
        self.__dict__.update(
            conn_id=conn_id,
            conn_type=kind or "generic",
            host="stand-in",
            login="stand-in",
            password="stand-in",
            schema="stand_in",
            port=1,
            extra="{}",
            extra_dejson={},
        )

    @classmethod
    def get(cls, conn_id: str) -> Connection:
        return cls(conn_id)

    def get_uri(self) -> str:
        return f"{self.conn_type}://stand-in/{self.conn_id}"

    def get_hook(self, **_: Any) -> Any:
        return hook_class(f"{self.conn_type}Hook")(self.conn_id)

    def get_password(self) -> str:
        return "stand-in"


class BaseHook(Anything):
    """Airflow's base of hooks."""

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        return Connection(conn_id)

    @classmethod
    def get_hook(cls, conn_id: str, **_: Any) -> Any:
        return Connection(conn_id).get_hook()


def database_of(name: str) -> str | None:
    """The database that a name of a hook or connection speaks of."""
    lowered = name.lower().replace("_", "")
    return next((database for part, database in DATABASES if part in lowered), None)


def hook_class(name: str) -> type:
    """The stand-in for a class of that name that ends in Hook."""
    if name == "S3Hook":
        return objects.S3Hook
    if name == "GCSHook":
        return objects.GCSHook
    database = database_of(name)
    if database is not None:
        return type(name, (connections.DbHook,), {"database": database})
    return type(name, (Unplayable,), {"_name": name})


def current_context() -> dict[str, Any]:
    """The context of the running task."""
    from dagcheck.harness.python.attempt import CONTEXT

    if not CONTEXT:
        raise AirflowException("Current context was requested but no context was found")
    return CONTEXT


def _trigger_rule() -> Any:
    return type(
        "TriggerRule",
        (),
        {
            name.upper(): name
            for name in ("all_success", "all_failed", "all_done", "one_success", "one_failed", "one_done", "none_failed", "none_skipped")
        },
    )


KNOWN: dict[str, Any] = {
    "task": Decorator(), "setup": Decorator(), "teardown": Decorator(), "dag": Decorator(runs=True), "task_group": Decorator(runs=True),
    "Variable": Variable, "Connection": Connection, "BaseHook": BaseHook, "get_current_context": current_context, "chain": lambda *_: None, "cross_downstream": lambda *_: None,
    "chain_linear": lambda *_: None, "AirflowException": AirflowException, "AirflowSkipException": AirflowSkipException, "AirflowFailException": AirflowFailException,
    "AirflowNotFoundException": AirflowException, "AirflowTaskTimeout": AirflowException, "ObjectStoragePath": objects.object_path, "TriggerRule": _trigger_rule(),
    "__version__": "3.3.0", "__path__": [],
}  # fmt: skip


OPERATOR_CLASSES: dict[str, type[Operator]] = {}


def attribute(module: str, name: str) -> Any:
    """What a name in a module of Airflow stands for."""
    if name in KNOWN:
        return KNOWN[name]
    if name.startswith("__"):
        raise AttributeError(name)
    if name.endswith("Hook"):
        return hook_class(name)
    if name.endswith(("Operator", "Sensor")):
        return OPERATOR_CLASSES.setdefault(name, type(name, (Operator,), {}))
    if name.endswith(("Exception", "Error", "Skip")):
        return type(name, (AirflowException,), {})
    if name in ("timezone", "dates"):
        return _timezone()
    if name == "days_ago":
        return _timezone().days_ago
    return type(name, (Anything,), {}) if name[:1].isupper() else Anything()


def _timezone() -> Any:
    import datetime

    def days_ago(days: int, **_: Any) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=days)

    now = lambda: datetime.datetime.now(datetime.UTC)  # noqa: E731 - the name that both attributes share
    utc = lambda *args: datetime.datetime(*args).replace(tzinfo=datetime.UTC)  # noqa: E731 - as above
    return types.SimpleNamespace(
        utcnow=now, utc=datetime.UTC, datetime=utc, days_ago=days_ago, parse=datetime.datetime.fromisoformat, now=now
    )
