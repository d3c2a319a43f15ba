"""The modules of the Airflow that is installed here, and what every name in them leads to. Runs under the Pythons of old Airflows, too."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import sys
import types
from collections.abc import Iterator
from typing import Any

SKIPPED = (
    "airflow.providers",
    "airflow.migrations",
    "airflow.example_dags",
    "airflow.contrib.example_dags",
    "airflow.alembic",
    "airflow.config_templates",
    "airflow.__main__",
    "airflow.ui",
)
SHALLOW = (  # their modules are listed without the names: Airflow's inside, which no DAG file imports
    "airflow._vendor",
    "airflow.api_connexion",
    "airflow.api_fastapi",
    "airflow.api_internal",
    "airflow.bin",
    "airflow.cli",
    "airflow.dag_processing",
    "airflow.jobs",
    "airflow.sdk.api.datamodels",
    "airflow.sdk.execution_time",
    "airflow.serialization",
    "airflow.ti_deps",
    "airflow.www",
)


def module_names(package: Any) -> Iterator[str]:
    """The dotted names of all modules below Airflow's package that are worth knowing."""
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + ".", onerror=lambda _: None):
        if not info.name.startswith(SKIPPED):
            yield info.name


def dotted(value: Any) -> str | None:
    """The place where a class or function was defined, or a module's own name; None for other values."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, (type, types.FunctionType, functools._lru_cache_wrapper)):
        return f"{value.__module__}.{value.__qualname__}"
    return None


def target_of(module: types.ModuleType, name: str, target: object) -> str | None:
    """The dotted place that an entry of a lazy table means; None when it does not tell one."""
    if not isinstance(target, str) or "." not in target:
        return None
    return f"{module.__name__}{target}.{name}" if target.startswith(".") else target


def lazy_targets(module: types.ModuleType) -> dict[str, str | None]:
    """Names that a module gives only when asked (PEP 562), with the target that its table tells, where one does."""
    getter = module.__dict__.get("__getattr__")
    if getter is None:
        return {}
    found: dict[str, str | None] = dict.fromkeys(getattr(module, "__all__", ()))
    tables = [getter.args[0]] if isinstance(getter, functools.partial) else []
    tables += [
        value
        for name, value in module.__dict__.items()
        if isinstance(value, dict) and name.startswith("_") and name != "__builtins__" and name != "__annotations__"
    ]
    code = getattr(getter, "__code__", None)
    if code is not None:
        parts = [part if isinstance(part, (tuple, frozenset)) else (part,) for part in code.co_consts]
        constants = [text for part in parts for text in part]
        found.update(dict.fromkeys(text for text in constants if isinstance(text, str) and text.isidentifier()))
        tables += [cell.cell_contents for cell in getter.__closure__ or () if isinstance(cell.cell_contents, dict)]
    lists = [value for name, value in module.__dict__.items() if isinstance(value, (set, frozenset, list, tuple)) and name.startswith("_")]
    found.update(dict.fromkeys(text for one in lists for text in one if isinstance(text, str) and text.isidentifier()))
    for table in tables:
        for name, target in table.items():
            if isinstance(name, str) and (name.isidentifier() or name == "*"):
                found[name] = target_of(module, name, target)
    return found


def imports_of(module: types.ModuleType) -> dict[str, str]:
    """The `from … import` statements of a module's source outside of functions: local name to dotted place (for values, which do not tell where they are from)."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):
        return {}
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.col_offset <= 4:
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            found.update({alias.asname or alias.name: f"{source}.{alias.name}" for alias in node.names})
    return found


def names_of(module: types.ModuleType) -> dict[str, str | None]:
    """Every name that can be imported from a module, with the dotted place that it leads to (None: a value)."""
    imported = imports_of(module)
    names = {name: dotted(value) or imported.get(name) for name, value in list(module.__dict__.items()) if not name.startswith("__")}
    for name, target in lazy_targets(module).items():
        if name in names or name.startswith("__"):
            continue
        if name == "*":
            names[name] = target
            continue
        try:
            names[name] = dotted(getattr(module, name)) or target
        except Exception:  # noqa: BLE001 - a redirect to what is not installed here may fail in any way; what counts is where it points
            if target:
                names[name] = target
    return names


def collect_modules() -> tuple[dict[str, dict[str, str | None]], dict[str, str]]:
    """All modules of the core with their names, and those that could not be imported with the reason."""
    import airflow

    failed = {}
    for name in sorted(module_names(airflow)):
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - optional dependencies, `sys.exit` in a script: told, not hidden
            failed[name] = f"{type(error).__name__}: {error}"
    modules = {}
    for name, module in sorted(sys.modules.items()):
        if (name == "airflow" or name.startswith("airflow.")) and not name.startswith(SKIPPED) and isinstance(module, types.ModuleType):
            modules[name] = {} if name.startswith(SHALLOW) else names_of(module)
    return modules, failed
