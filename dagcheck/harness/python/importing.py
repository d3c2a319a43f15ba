"""How the child imports: every module of Airflow is a stand-in, what is not installed says so when it is used, and the connections of libraries are answered by the world."""

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
from dagcheck.harness.python.placeholders import Anything, Unplayable
from dagcheck.harness.python.standins import LOADED_VARIABLES, attribute, database_of


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
