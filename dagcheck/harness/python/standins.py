"""Stand-in modules for Airflow and for database drivers in the child: a DAG file can be read and its callables called where Airflow is not installed, and where it is.

A module of Airflow has the names below; any other name in it is a class that can be made, called, subclassed and chained, and that does nothing.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from dagcheck.harness.python import connections, flat, objects
from dagcheck.harness.python.link import link

DATABASES = (
    ("redshift", "redshift"), ("postgres", "postgres"), ("mysql", "mysql"), ("sqlite", "sqlite"), ("duckdb", "duckdb"), ("mssql", "mssql"), ("oracle", "oracle"),
    ("snowflake", "snowflake"), ("bigquery", "bigquery"), ("trino", "trino"), ("presto", "presto"), ("vertica", "vertica"), ("exasol", "exasol"), ("clickhouse", "clickhouse"),
    ("databricks", "databricks"), ("teradata", "teradata"), ("hiveserver", "hive"), ("dbapi", "unknown"), ("jdbc", "unknown"), ("odbc", "unknown"),
)  # fmt: skip
"""Parts of the names of hooks and connections, and the databases that they speak of."""


class AirflowException(Exception):
    """Airflow's own."""


class AirflowSkipException(AirflowException):
    """The task is skipped."""


class AirflowFailException(AirflowException):
    """The task fails, without a retry."""


class Anything:
    """An object of a class that is not known: it takes any argument, has any attribute, can be called, chained and entered, and does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_given"] = kwargs

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in self.__dict__.get("_given", {}):
            return self._given[name]
        return Anything()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if len(args) == 1 and not kwargs and callable(args[0]) else Anything()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Any:
        return iter(())

    def __getitem__(self, key: Any) -> Any:
        return Anything()

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    __rshift__ = __lshift__ = __rrshift__ = __rlshift__ = __or__ = __and__ = __gt__ = __lt__ = lambda self, other: other


class Unplayable(Anything):
    """A hook, client or operator that is not known: it can be made, but what it would do is not played."""

    _name = "this"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: link().not_played(f"what {type(self)._name}.{name} does is not known to the harness")


class Decorator:
    """`@task`, `@dag`, `@task_group` and their variants: the function stays as it is, and calling it while the file is read gives a stand-in for its output."""

    def __init__(self, *, runs: bool = False) -> None:
        self.runs = runs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not kwargs:
            return self._wrapped(args[0])
        return self._wrapped

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Decorator(runs=self.runs)

    def _wrapped(self, function: Callable[..., Any]) -> Any:
        FUNCTIONS.append(function)
        return Decorated(function, runs=self.runs)


FUNCTIONS: list[Callable[..., Any]] = []
"""Every function that was decorated or given to an operator."""


class Decorated(Anything):
    """A decorated function."""

    def __init__(self, function: Callable[..., Any], *, runs: bool) -> None:
        self.__dict__.update(
            _function=function, _runs=runs, function=function, __name__=getattr(function, "__name__", "task"), __wrapped__=function
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._runs:
            import inspect

            needed = [
                p
                for p in inspect.signature(self._function).parameters.values()
                if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            ]
            self._function(*args, *[Anything() for _ in needed[len(args) :] if _.name not in kwargs], **kwargs)
        return Anything()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in ("override", "partial"):
            return lambda *_, **__: self
        return lambda *_, **__: Anything()


class Operator(Anything):
    """Any operator: a callable that it is given is remembered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if callable(kwargs.get("python_callable")):
            FUNCTIONS.append(kwargs["python_callable"])

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        return cls(**kwargs)


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


def attribute(module: str, name: str) -> Any:
    """What a name in a module of Airflow stands for."""
    if name in KNOWN:
        return KNOWN[name]
    if name.startswith("__"):
        raise AttributeError(name)
    if name.endswith("Hook"):
        return hook_class(name)
    if name.endswith(("Operator", "Sensor")):
        return type(name, (Operator,), {})
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


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stand-in for every module of Airflow, and for what is not installed: that one says so when it is used."""

    def __init__(self, prefixes: Sequence[str], *, absent: bool = False) -> None:
        self.prefixes, self.absent = tuple(prefixes), absent

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] in self.prefixes:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = types.ModuleType(spec.name)
        top = spec.name.partition(".")[0]
        module.__getattr__ = (lambda name: _absent(top, name)) if self.absent else (lambda name: attribute(spec.name, name))  # type: ignore[method-assign]  # PEP 562
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to execute."""


def _absent(package: str, name: str) -> Any:
    if name.startswith("__") and name not in ("__version__",):
        raise AttributeError(name)
    if package in DRIVERS and name in ("connect", "connector"):
        return _connector(DRIVERS[package]) if name == "connect" else types.SimpleNamespace(connect=_connector(DRIVERS[package]))
    return type(name, (Missing,), {"_name": package})


class Missing(Anything):
    """Something of a package that is not installed where dagcheck runs."""

    _name = "a package"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        from dagcheck.harness.python.link import Link

        if Link.current is not None:
            link().not_played(f"it needs {type(self)._name}, which is not installed here")


DRIVERS = {
    "psycopg2": "postgres", "psycopg": "postgres", "pymysql": "mysql", "MySQLdb": "mysql", "pymssql": "mssql", "pyodbc": "mssql", "cx_Oracle": "oracle", "oracledb": "oracle",
    "snowflake": "snowflake", "redshift_connector": "redshift", "sqlite3": "sqlite", "duckdb": "duckdb", "trino": "trino",
}  # fmt: skip
"""Modules of database drivers whose `connect` the world answers."""


def _connector(database: str) -> Callable[..., connections.Connection]:
    def connect(*_: Any, **more: Any) -> connections.Connection:
        return connections.Connection(database, autocommit=database == "duckdb" or more.get("isolation_level", "") is None)

    return connect


def install(variables: dict[str, Any]) -> None:
    """Put the stand-ins in place."""
    LOADED_VARIABLES.update(variables)
    for name in [name for name in sys.modules if name.partition(".")[0] == "airflow"]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder(("airflow",)))
    sys.meta_path.append(AbsentFinder())


class AbsentFinder(Finder):
    """The last finder: what nothing else finds gets a stand-in that gives the attempt up when it is used. Modules that lie in the project are never taken."""

    def __init__(self) -> None:
        super().__init__((), absent=True)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        frame = sys._getframe(1)
        while frame is not None and "importlib" in frame.f_code.co_filename:
            if frame.f_back is None:
                return None
            frame = frame.f_back
        if "site-packages" in frame.f_code.co_filename or frame.f_code.co_filename.startswith((sys.base_prefix, sys.prefix, "<frozen")):
            return None
        top = fullname.partition(".")[0]
        if "." in fullname and not isinstance(getattr(sys.modules.get(top), "__loader__", None), AbsentFinder):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)


def patch_libraries() -> None:
    """Answer the connections of libraries that the file has imported: drivers, SQLAlchemy, pandas, boto3, fsspec."""
    import contextlib

    for name, database in DRIVERS.items():
        if name in sys.modules and hasattr(sys.modules[name], "connect"):
            sys.modules[name].connect = _connector(database)  # type: ignore[attr-defined]  # that is where the driver has it
    if "snowflake.connector" in sys.modules:
        sys.modules["snowflake.connector"].connect = _connector("snowflake")  # type: ignore[attr-defined]  # as above
    if "sqlalchemy" in sys.modules:
        sys.modules["sqlalchemy"].create_engine = lambda url="", *_, **__: connections.Engine(database_of(str(url)) or "unknown")  # type: ignore[attr-defined]  # as above
    if "pandas" in sys.modules:
        pandas: Any = sys.modules["pandas"]
        pandas.DataFrame.to_sql = connections.to_sql
        pandas.read_sql = pandas.read_sql_query = pandas.read_sql_table = connections.read_sql
    if "boto3" in sys.modules:
        sys.modules["boto3"].client = lambda service="s3", *_, **__: objects.S3Client() if service == "s3" else Unplayable()  # type: ignore[attr-defined]  # as above
    dbm: Any = importlib.import_module("dbm")
    dbm.open = flat.opened
    with contextlib.suppress(ImportError):
        objects.register()
