"""What a name of Airflow's API is, by its canonical place: modules, and the values that importing from them gives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from dagcheck.airflow.facts import KNOWN_PROVIDERS_SINCE, in_image, is_library, needs_more, provider_of
from dagcheck.airflow.task import OperatorClass
from dagcheck.airflow.world import AirflowWorld, world
from dagcheck.evaluate.imports import in_project
from dagcheck.evaluate.values import MISSING, Arguments, External, Module, Native, NativeClass, Object, Opaque, Raised, Value
from dagcheck.model.values import Unknown

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter

CALLABLE_BY_CLASS_NAME = ("Operator", "Sensor", "SensorAsync", "OperatorAsync")
PASSED_ON: dict[str, tuple[str, str]] = {
    "datetime": ("datetime", "datetime"),
    "timedelta": ("datetime", "timedelta"),
    "date": ("datetime", "date"),
    "relativedelta": ("dateutil.relativedelta", "relativedelta"),
    "pendulum": ("pendulum", ""),
    "json": ("json", ""),
    "os": ("os", ""),
    "re": ("re", ""),
    "Path": ("pathlib", "Path"),
}
"""What modules of Airflow import for themselves, and DAG files then import from them: the module it comes from, and its name there."""
WITH_CORE = (
    "airflow.providers.standard",
    "airflow.providers.common.compat",
    "airflow.providers.common.io",
    "airflow.providers.common.sql",
    "airflow.providers.smtp",
)
"""Providers that Airflow itself requires."""


def airflow_module(known: AirflowWorld, interp: Interpreter, dotted: str) -> Module | None:
    """The module of that name if it is Airflow's; raises ModuleNotFoundError for one that this version does not have."""
    if dotted != "airflow" and not dotted.startswith("airflow."):
        return None
    exists = known.facts.module_exists(dotted)
    if exists is not True and not dotted.startswith("airflow.providers") and in_project(interp, dotted):
        return None
    if exists is False:
        if in_project(interp, dotted):
            return None
        raise Raised(ModuleNotFoundError(f"No module named {dotted!r} in Airflow {known.target.version}"), interp.here)
    _note_provider(known, interp, dotted)
    return Module(dotted, {"__name__": dotted}, resolve=lambda i, name: _resolve(known, i, dotted, name))


def _note_provider(known: AirflowWorld, interp: Interpreter, dotted: str) -> None:
    """Importing from a provider may fail where it is not installed, or not in the release that we know."""
    provider = provider_of(dotted) if dotted.startswith("airflow.providers.") else None
    if provider is None or dotted.startswith(WITH_CORE):
        return
    if not interp.trying:
        known.providers.add(provider)
    if not _has_provider(known, provider) or needs_more(dotted) or known.facts.module_exists(dotted) is None:
        interp.unknowns += 1


def _has_provider(known: AirflowWorld, provider: str) -> bool:
    """Whether a provider is there, in a release like the one that we know: the file itself is a part of it, an import outside of any `try` settled it before,
    or it comes with Airflow's own image. What releases of old the Airflows before 2.11 have is not told.
    """
    return provider in known.providers or (known.target.release >= KNOWN_PROVIDERS_SINCE and in_image(provider))


def _resolve(known: AirflowWorld, interp: Interpreter, module: str, name: str) -> Value:
    """The value of `from module import name`, or MISSING."""
    if name.startswith("__"):
        return value_of(known, f"airflow.{name}") if (module, name) == ("airflow", "__version__") else MISSING
    full = f"{module}.{name}"
    passed_on = PASSED_ON.get(name) if not module.endswith("timezone") else None
    if passed_on is not None and known.facts.has(module, name):
        return interp.get_attr(interp.import_module(passed_on[0]), passed_on[1]) if passed_on[1] else interp.import_module(passed_on[0])
    place = known.facts.resolve(module, name)
    if place is None:
        if known.facts.module_exists(full):
            return interp.import_module(full)
        exists = known.facts.has(module, name)
        interp.unknowns += exists is None
        return MISSING if exists is False else value_of(known, full)
    if known.facts.module_exists(place):
        return interp.import_module(place)
    return value_of(known, place)


def value_of(known: AirflowWorld, dotted: str) -> Value:
    """The modelled value of a canonical place; External where there is no model."""
    if dotted not in known.native:
        maker = _special(dotted)
        if maker is not None:
            known.native[dotted] = maker(known, dotted)
        else:
            known.native[dotted] = operator_class(known, dotted) or External(dotted)
    return known.native[dotted]


@lru_cache(maxsize=2048)
def _special(dotted: str) -> Callable[[AirflowWorld, str], Value] | None:
    from dagcheck.airflow.values import OF_PROVIDERS, SPECIAL

    name = dotted.rpartition(".")[2]
    maker = SPECIAL.get(name)
    return (
        maker
        if maker is not None and dotted.startswith("airflow.") and (name in OF_PROVIDERS or not _is_submodule_of_providers(dotted))
        else None
    )


def _is_submodule_of_providers(dotted: str) -> bool:
    return dotted.startswith("airflow.providers.") and ".standard." not in dotted and ".common.compat." not in dotted


def operator_class(known: AirflowWorld, dotted: str) -> OperatorClass | None:
    """The operator class at a place, by the facts; None where it is none."""
    key = f"class {dotted}"
    if key not in known.native:
        facts = known.facts.operator(dotted)
        known.native[key] = OperatorClass(facts.dotted, facts) if facts is not None and facts.is_task else None
    found: OperatorClass | None = known.native[key]
    return found


def base_class(known: AirflowWorld, external: External) -> NativeClass | None:
    """What a project class derives from when that is an operator or sensor that we know nothing else of."""
    found = operator_class(known, external.dotted)
    if found is None and external.name.endswith(CALLABLE_BY_CLASS_NAME):
        key = f"unknown {external.dotted}"
        found = known.native.setdefault(key, OperatorClass(external.dotted, None))
    return found


class AirflowObject(Opaque):
    """An object of one of Airflow's or its providers' classes that are no tasks: a timetable, hook, trigger, notifier, …"""

    __slots__ = ()

    def truth(self, interp: Interpreter) -> bool | Unknown:
        return True

    def binary(self, interp: Interpreter, operator: str, other: Value, reflected: bool) -> Value:
        """Equal to nothing but such an object."""
        if operator in ("==", "!=") and not isinstance(other, Opaque | Unknown):
            return operator == "!="
        return super().binary(interp, operator, other, reflected)


def call_external(known: AirflowWorld, interp: Interpreter, external: External, arguments: Arguments) -> Value:
    """A call of something that is neither modelled nor in the project: an operator when it is used as one, else an opaque object."""
    is_airflow = external.dotted.startswith("airflow.")
    looks_like_task = external.name.endswith(CALLABLE_BY_CLASS_NAME) and (known.current_dag is not None or "dag" in arguments.kwargs)
    is_hook = is_airflow and not {"hooks", "utils"}.isdisjoint(external.dotted.split("."))
    if external.name[:1].isupper() and not is_hook and ("task_id" in arguments.kwargs or looks_like_task):
        cls = base_class(known, external) or known.native.setdefault(f"unknown {external.dotted}", OperatorClass(external.dotted, None))
        task = interp.instantiate(cls, arguments)
        if getattr(cls, "known", None) is None and not (is_airflow and known.target.release < (3, 0)):
            known.doubt_tasks(
                [task], interp.unknown(f"the operator {external.dotted} is not in the project", "import", name=external.dotted)
            )
        return task
    if not is_airflow:
        escape(known, interp, arguments, external.dotted, external.dotted)
    return (
        AirflowObject(external.dotted, arguments)
        if is_airflow and known.facts.operator(external.dotted)
        else Opaque(external.dotted, arguments)
    )


def escape(known: AirflowWorld, interp: Interpreter, arguments: Arguments, description: str, dotted: str | None = None) -> None:
    """DAGs and tasks that go into unknown code make their DAG inexact; so does unknown code that is called in a DAG's block."""
    from dagcheck.airflow.dag import DagValue
    from dagcheck.airflow.group import GroupValue
    from dagcheck.airflow.task import TaskValue
    from dagcheck.airflow.xcom import XCom

    is_constructor = description.endswith(".__init__")  # of a class that a project class derives from
    top = (dotted or (description if is_constructor else "")).partition(".")[0]
    if top in sys.stdlib_module_names or is_library(top) or top == "airflow":
        return
    why = interp.unknown(f"{description} is not in the project, and may add to the DAG", "import", name=description)
    touched: list[DagValue] = [known.current_dag] if known.current_dag is not None else []
    for value in (*arguments.args, *arguments.kwargs.values()):
        for item in value if isinstance(value, list | tuple) else value.values() if isinstance(value, dict) else [value]:
            if isinstance(item, DagValue):
                touched.append(item)
            elif isinstance(item, TaskValue | GroupValue) and item.dag is not None:
                touched.append(item.dag)
            elif isinstance(item, XCom):
                touched += [task.dag for task in item.sources if task.dag is not None]
    for dag in touched:
        dag.doubt(why)


__all__ = ["Native", "Object", "airflow_module", "base_class", "call_external", "escape", "operator_class", "value_of", "world"]
