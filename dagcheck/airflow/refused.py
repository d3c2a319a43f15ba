"""Values that the constructors of operators refuse, so that Airflow loads nothing of the file.

Sources: `BaseOperator.__init__`, `BaseSensorOperator.__init__` and the standard provider of Airflow 2.11.2 and 3.3.2, read on 2026-11-22. Only plain values are judged.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagcheck.airflow.world import BAD_VALUE, world
from dagcheck.evaluate.values import Class, Function, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.airflow.facts import Facts
    from dagcheck.airflow.task import OperatorClass, TaskValue
    from dagcheck.evaluate.interpreter import Interpreter

SINCE = (2, 11)
"""From this version on Airflow holds the arguments of every operator against their types."""
_FLAGS = (
    "email_on_retry", "email_on_failure", "depends_on_past", "ignore_first_depends_on_past", "wait_for_past_depends_before_skipping", "wait_for_downstream",
    "do_xcom_push", "multiple_outputs", "allow_nested_operators",
)  # fmt: skip
_TEXTS = (
    "queue", "pool", "trigger_rule", "run_as_user", "map_index_template", "executor", "doc", "doc_md", "doc_json", "doc_yaml", "doc_rst", "task_display_name",
    "logger_name",
)  # fmt: skip
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(_FLAGS, (bool,)),
    **dict.fromkeys(_TEXTS, (str,)),
    **dict.fromkeys(("priority_weight", "pool_slots", "max_active_tis_per_dag", "max_active_tis_per_dagrun"), (int,)),
    "email": (str, list, tuple, set),
}
_PLAIN = (bool, int, float, str, list, tuple, dict, set)
_DAYS = frozenset(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
_GIVEN = (str, list, tuple, set, datetime.timedelta, Function)
_IDS = ("external_task_id", "external_task_ids", "external_task_group_id")
_EITHER = {
    "ExternalTaskSensor": (*((one, other) for one, other in itertools.combinations(_IDS, 2)), ("execution_delta", "execution_date_fn")),
}
_NO = (None, "")
_STANDARD = ("airflow.operators.", "airflow.sensors.", "airflow.providers.standard.")
_OWN = frozenset({"task_id", "dag", "task_group", "default_args"})
_OF_PYTHON = (
    "PythonOperator",
    "BranchPythonOperator",
    "ShortCircuitOperator",
    "PythonVirtualenvOperator",
    "ExternalPythonOperator",
    "PythonSensor",
)


def doubt_values(interp: Interpreter, task: TaskValue, cls: OperatorClass, *, whole: bool) -> None:
    """Doubt the file for each value of a task's argument that Airflow surely refuses; with `whole` all arguments are known, so that one may be missing."""
    facts, release = world(interp).facts, world(interp).target.release
    if release < SINCE:
        return
    kwargs = {name: value for name, (value, source) in task.given.items() if source != "operator"}
    found = [*_of_every_task(facts, kwargs), *(_of_sensors(kwargs) if _is_sensor(interp, cls) else ())]
    if release >= (3, 0):  # a DAG reads the texts in its `default_args`
        found += [
            (name, "it must be a datetime")
            for name in ("start_date", "end_date")
            if task.given.get(name, _NO)[1] == "call" and isinstance(kwargs[name], str)
        ]
    if not isinstance(task.cls, Class):
        found += _of_class(cls, kwargs)
        found += [(name, "it is missing") for name in (_asked(facts, cls) if whole else ()) if name not in kwargs]
    for name, why in found:
        interp.doubt(
            Unknown(f"Airflow refuses this: {cls.name} {BAD_VALUE} {name!r}: {why}", "error", task.places.get(name, task.call_span))
        )


def _asked(facts: Facts, cls: OperatorClass) -> Iterator[str]:
    """The arguments that the nearest constructor of an operator of Airflow's own cannot do without; those above it may be given theirs by it, and other providers change theirs."""
    if not cls.dotted.startswith(_STANDARD):
        return iter(())
    own = next((known.own_parameters for known in facts.lineage(cls.dotted) if known.own_parameters is not None), None)
    return (name for name, parameter in (own or {}).items() if parameter.required and name not in _OWN)


def _is_sensor(interp: Interpreter, cls: OperatorClass) -> bool:
    signature = cls.signature(interp)
    return signature is not None and any(dotted.endswith(".BaseSensorOperator") for dotted in signature.bases)


def _of_class(cls: OperatorClass, kwargs: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    if cls.name in _OF_PYTHON and isinstance(kwargs.get("python_callable", print), (*_PLAIN, type(None))):
        yield "python_callable", "it must be callable"
    yield from _of_pairs(cls, kwargs)
    yield from _of_weekdays(cls, kwargs)


def _of_every_task(facts: Facts, kwargs: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for name, value in kwargs.items():
        types = _TYPES.get(name)
        if types is not None and isinstance(value, _PLAIN) and value and not isinstance(value, types):
            yield name, f"it must be {' or '.join(kind.__name__ for kind in types)}, not {type(value).__name__}"
    retries = kwargs.get("retries")
    if isinstance(retries, str) and not retries.strip().lstrip("+-").isdigit():
        yield "retries", "it must be a number"
    if isinstance(kwargs.get("retry_delay"), str | list | dict):
        yield "retry_delay", "it must be a duration"
    timeout = kwargs.get("execution_timeout")
    if isinstance(timeout, _PLAIN):
        yield "execution_timeout", "it must be a timedelta"
    rule = kwargs.get("trigger_rule")
    if isinstance(rule, str) and rule not in facts.trigger_rules:
        yield "trigger_rule", "there is no such rule"
    slots = kwargs.get("pool_slots")
    if isinstance(slots, int) and slots < 1:
        yield "pool_slots", "it must be 1 or more"


def _of_sensors(kwargs: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    if isinstance(mode := kwargs.get("mode"), str) and mode not in ("poke", "reschedule"):
        yield "mode", "it must be poke or reschedule"
    for name in ("poke_interval", "timeout"):
        value = kwargs.get(name)
        below = value < datetime.timedelta(0) if isinstance(value, datetime.timedelta) else isinstance(value, int | float) and value < 0
        if below or isinstance(value, str | list | dict):
            yield name, "it must be a duration of zero or more"


def _of_pairs(cls: OperatorClass, kwargs: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Arguments of which only one, or at least one, is to be given."""
    for first, second in _EITHER.get(cls.name, ()):
        if isinstance(kwargs.get(first), _GIVEN) and isinstance(kwargs.get(second), _GIVEN) and kwargs[first] and kwargs[second]:
            yield second, f"not together with {first}"
    if cls.name == "BranchDateTimeOperator" and all(name in kwargs and kwargs[name] is None for name in ("target_lower", "target_upper")):
        yield "target_upper", "it or target_lower must be given"


def _of_weekdays(cls: OperatorClass, kwargs: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    if cls.name not in ("BranchDayOfWeekOperator", "DayOfWeekSensor"):
        return
    given: Any = kwargs.get("week_day")
    days = [given] if isinstance(given, str) else given if isinstance(given, list | tuple | set) else []
    if isinstance(given, int | float) or any(isinstance(day, str) and day.lower() not in _DAYS for day in days):
        yield "week_day", "there is no such day"
