"""Print what one real Airflow is, as JSON: run it with the interpreter of an environment that has that Airflow.

Usage: AIRFLOW_HOME=DIR PYTHON scripts/airflow_facts/core.py

It imports every module of Airflow's core, so that what a name leads to (redirects, lazy imports and all) is what Airflow itself answers. Providers are
read elsewhere, from their source.
"""

from __future__ import annotations

import ast
import datetime
import enum
import importlib
import inspect
import io
import json
import sys
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from names import collect_modules, dotted

VALUES = (str, int, float, bool, type(None))


def plain(value: Any) -> Any:
    """A default value as JSON can hold it: literals as they are, durations in seconds, everything else as its type's name."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, VALUES):
        return value
    if isinstance(value, datetime.timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return {"type": type(value).__name__}


def parameters_of(function: Any) -> dict[str, dict[str, Any]]:
    """The parameters of a callable in order: kind when not ordinary, default when there is one, annotation as written."""
    found = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        entry: dict[str, Any] = {}
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            entry["kind"] = parameter.kind.name.lower()
        if parameter.default is not parameter.empty:
            entry["default"] = plain(parameter.default)
        if parameter.annotation is not parameter.empty:
            entry["type"] = (
                parameter.annotation if isinstance(parameter.annotation, str) else inspect.formatannotation(parameter.annotation)
            )
        found[parameter.name] = entry
    return found


def attrs_parameters(cls: type) -> dict[str, dict[str, Any]]:
    """Parameters of a class; where attrs made its constructor, with the defaults that attrs would fill in."""
    found = parameters_of(cls.__init__)
    for field in getattr(cls, "__attrs_attrs__", ()):
        entry = found.get(field.alias if hasattr(field, "alias") else field.name)
        factory = getattr(field.default, "factory", None)
        if entry is not None and factory is not None:
            entry["default"] = {"type": "computed"} if field.default.takes_self else plain(factory())
    return found


def first(*places: str) -> Any:
    """The first of the dotted places that can be imported."""
    for place in places:
        module, _, name = place.rpartition(".")
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError(f"none of {', '.join(places)} is in this Airflow")


def enum_values(*places: str) -> list[str]:
    """The string values of an enumeration-like class."""
    cls = first(*places)
    values = (
        cls.all_triggers()
        if hasattr(cls, "all_triggers")
        else cls.all_weight_rules()
        if hasattr(cls, "all_weight_rules")
        else [member.value for member in cls]
    )
    return sorted(str(getattr(value, "value", value)) for value in values)


def base_operator_facts() -> dict[str, Any]:
    """Parameters of BaseOperator (with those of abstract parents that only 2.x has), of its `partial`, and of BaseSensorOperator."""
    operator = first("airflow.sdk.BaseOperator", "airflow.models.baseoperator.BaseOperator")
    sensor = first(
        "airflow.sdk.BaseSensorOperator",
        "airflow.sensors.base.BaseSensorOperator",
        "airflow.sensors.base_sensor_operator.BaseSensorOperator",
    )
    return {
        "base_operator": parameters_of(operator.__init__),
        "base_sensor": parameters_of(sensor.__init__),
        "template_fields": list(operator.template_fields),
        "partial": parameters_of(operator.partial) if hasattr(operator, "partial") else {},
    }


def dag_facts() -> dict[str, Any]:
    """Parameters of DAG, of the `dag` decorator and of TaskGroup."""
    dag = first("airflow.sdk.DAG", "airflow.models.dag.DAG", "airflow.models.DAG")
    facts = {"dag": attrs_parameters(dag)}
    for key, places in {
        "dag_decorator": ("airflow.sdk.dag", "airflow.decorators.dag"),
        "task_group": ("airflow.sdk.TaskGroup", "airflow.utils.task_group.TaskGroup"),
    }.items():
        try:
            value = first(*places)
        except ImportError:
            continue
        facts[key] = attrs_parameters(value) if isinstance(value, type) else parameters_of(value)
    return facts


def configuration_facts() -> dict[str, str]:
    """Defaults of the configuration keys that change what a DAG file gives or when it runs."""
    from airflow.configuration import conf

    wanted = {
        "core": (
            "default_timezone",
            "default_task_retries",
            "default_task_retry_delay",
            "max_task_retry_delay",
            "default_task_weight_rule",
            "default_task_execution_timeout",
            "max_active_tasks_per_dag",
            "dag_concurrency",
            "max_active_runs_per_dag",
            "default_pool_task_slot_count",
            "dag_discovery_safe_mode",
            "dag_ignore_file_syntax",
            "dagbag_import_timeout",
            "max_map_length",
            "dags_are_paused_at_creation",
            "parallelism",
            "allowed_deserialization_classes",
        ),
        "operators": (
            "default_owner",
            "default_queue",
            "default_deferrable",
            "default_cpus",
            "default_ram",
            "default_disk",
            "default_gpus",
            "allow_illegal_arguments",
        ),
        "scheduler": (
            "catchup_by_default",
            "create_cron_data_intervals",
            "create_delta_data_intervals",
            "allow_trigger_in_future",
            "max_dagruns_to_create_per_loop",
            "max_dagruns_per_loop_to_schedule",
            "use_job_schedule",
        ),
        "sensors": ("default_timeout",),
        "lineage": ("backend",),
        "email": ("default_email_on_failure", "default_email_on_retry"),
    }
    found = {}
    for section, keys in wanted.items():
        for key in keys:
            value = (
                conf.get(section, key, fallback=None, suppress_warnings=True)
                if "suppress_warnings" in inspect.signature(conf.get).parameters
                else conf.get(section, key, fallback=None)
            )
            if value is not None:
                found[f"{section}.{key}"] = str(value)
    return found


def context_names() -> list[str]:
    """The names that a task's templates and callables find in their context."""
    try:
        context = first("airflow.sdk.definitions.context.Context", "airflow.sdk.Context")
        return sorted(context.__annotations__)
    except ImportError:
        pass
    try:
        return sorted(first("airflow.utils.context.KNOWN_CONTEXT_KEYS"))
    except ImportError:
        return sorted(table_keys(first("airflow.models.TaskInstance").get_template_context))


def table_keys(function: Any) -> set[str]:
    """The literal keys of the largest dictionary in a function's source (older versions have no list of their context's names)."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    tables = [node.keys for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    return {key.value for key in max(tables, key=len) if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def macro_names() -> list[str]:
    """The names under `macros` in a template."""
    for place in ("airflow.sdk.execution_time.macros", "airflow.macros"):
        try:
            macros = importlib.import_module(place)
        except ImportError:
            continue
        return sorted(name for name in vars(macros) if not name.startswith("_") and name not in ("annotations", "TYPE_CHECKING", "Any"))
    return []


def task_decorators() -> dict[str, str]:
    """The kinds under `@task.` that the core itself has, with the class of operator that each makes."""
    try:
        task = first("airflow.sdk.task", "airflow.decorators.task")
    except ImportError:
        return {}
    found = {}
    for kind in sorted(name for name in dir(type(task)) if not name.startswith("_") and name != "override"):
        function = getattr(type(task), kind)
        function = getattr(function, "__func__", function)
        found[kind] = f"{function.__module__}.{getattr(function, '__qualname__', kind)}"
    return found


def attributes() -> dict[str, list[str]]:
    """The public attributes of a plain DAG and of a plain task in it."""
    dag = first("airflow.sdk.DAG", "airflow.models.dag.DAG", "airflow.models.DAG")("plain", start_date=datetime.datetime(2024, 1, 1))
    task = first(
        "airflow.operators.empty.EmptyOperator",
        "airflow.operators.dummy_operator.DummyOperator",
        "airflow.providers.standard.operators.empty.EmptyOperator",
    )(task_id="plain", dag=dag)
    return {
        f"{kind}_attributes": [name for name in dir(one) if name[0] != "_" and _is_there(one, name)]
        for kind, one in (("dag", dag), ("task", task))
    }


def _is_there(one: Any, name: str) -> bool:
    try:
        return hasattr(one, name)
    except Exception:  # noqa: BLE001 - whatever a property raises, it is there
        return True


def subclasses(cls: type) -> Iterator[type]:
    """All classes below a class, of those imported."""
    for child in cls.__subclasses__():
        yield child
        yield from subclasses(child)


def timetables() -> list[str]:
    """The dotted places of all timetable classes of the core."""
    found = set()
    for place in ("airflow.timetables.base.Timetable", "airflow.sdk.bases.timetable.BaseTimetable"):
        try:
            found |= {dotted(child) or "" for child in subclasses(first(place))}
        except ImportError:
            continue
    return sorted(place for place in found if place.startswith("airflow.") and not place.startswith("airflow.example_dags"))


def collect() -> dict[str, Any]:
    """Everything of this Airflow in one value."""
    import airflow

    modules, failed = collect_modules()
    return {
        "airflow": airflow.__version__,
        "python": ".".join(map(str, sys.version_info[:2])),
        "modules": modules,
        "failed": failed,
        **base_operator_facts(),
        **dag_facts(),
        "trigger_rules": enum_values("airflow.sdk.TriggerRule", "airflow.utils.trigger_rule.TriggerRule"),
        "weight_rules": enum_values(
            "airflow.sdk.WeightRule", "airflow.task.weight_rule.WeightRule", "airflow.utils.weight_rule.WeightRule"
        ),
        "configuration": configuration_facts(),
        "context": context_names(),
        "macros": macro_names(),
        "decorators": task_decorators(),
        "timetables": timetables(),
        **attributes(),
    }


def main() -> None:
    """Print the facts; what Airflow itself prints while it is imported goes nowhere."""
    warnings.simplefilter("ignore")
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        facts = collect()
    json.dump(facts, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
