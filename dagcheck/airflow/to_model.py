"""One evaluated DAG as its model, with a doubt for each public value that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from dagcheck.airflow.convert import Converter
from dagcheck.airflow.dag import NO_START, DagValue
from dagcheck.airflow.group import GroupValue
from dagcheck.airflow.task import OperatorClass, TaskValue
from dagcheck.airflow.task_links import triggers_of, waits_of
from dagcheck.airflow.world import BAD_VALUE, NOT_TAKEN, AirflowWorld, Mistake
from dagcheck.evaluate.values import Class, External, Function, Value
from dagcheck.model.dag import Argument, Dag, Declared, Doubt, Group, Misuse, Schedule, Task
from dagcheck.model.values import AssetExpression, AssetRef, ObjectRef, Span, Unknown
from dagcheck.timetable.dates import found_dates
from dagcheck.timetable.describe import dag_dates, describe_schedule
from dagcheck.timetable.versions import is_on, setting

if TYPE_CHECKING:
    from dagcheck.evaluate.interpreter import Interpreter


class Settled:
    """Public values of one DAG, and the doubts that gathering them brought up."""

    def __init__(self, interp: Interpreter, world: AirflowWorld, dag: DagValue) -> None:
        self.interp = interp
        self.world = world
        self.dag = dag
        self.convert = Converter(interp)
        self.doubts: list[Unknown] = list(dag.doubts)
        self.names: dict[int, str] = {}
        self.bases: dict[int, tuple[str, ...]] = {}

    def known(self, value: Any, default: Any = None) -> Any:
        """The value; for an Unknown the default, with a doubt."""
        if isinstance(value, Unknown):
            self.doubts.append(value)
            return default
        return value


def dag_model(interp: Interpreter, world: AirflowWorld, dag: DagValue) -> Dag:
    """The model of one DAG that Airflow would find."""
    settled = Settled(interp, world, dag)
    dag_id = settled.known(dag.dag_id)
    span = dag.call_span or Span("", 1, 1, 1, 1)
    arguments = _arguments(settled, dag.given, dag.places, span)
    _add_default_args(settled, arguments, span)
    version, settings = world.target.version, world.target.settings
    own_dates = found_dates(arguments, version, settings)
    schedule = describe_schedule(arguments, version, settings, own_dates=own_dates)
    if _zone_unknown(arguments, schedule):
        schedule = schedule.model_copy(update={"timezone": None})
    _doubt_schedule(settled, arguments, schedule)
    tasks = [_task_model(settled, task) for task in _distinct(dag.tasks)]
    dates = dag_dates(arguments, version, settings, tasks, own_dates)
    if dates.start is None and not dates.moves:
        _doubt_starts(settled, tasks)
    edges = _edges(settled)
    public = _public(settled, arguments, tasks)
    doubts = _doubts(settled, span)
    return Dag(
        dag_id=dag_id if isinstance(dag_id, str) else f"<line {span.line}>",
        id_known=isinstance(dag_id, str),
        complete=all(map(_leaves_structure_known, (*dag.doubts, *interp.doubts))),
        exact=not doubts,
        doubts=tuple(doubts),
        line=span.line,
        column=span.column,
        path=span.path,
        span=span,
        schedule=schedule,
        start_date=dates.start,
        start_moves=dates.moves,
        end_date=dates.end,
        arguments=arguments,
        tasks=tuple(tasks),
        groups=tuple(_groups(settled, dag.root)),
        edges=tuple(edges),
        declared=tuple(_declared(settled)),
        misuses=tuple(misuse_model(mistake) for mistake in dag.mistakes if mistake.span is not None),
        style=cast("Any", dag.style),
        waits_for=tuple(waits_of(tasks)),
        triggers=tuple(triggers_of(tasks)),
        **public,
    )


def _distinct(tasks: list[TaskValue]) -> list[TaskValue]:
    """Each id once: of two tasks with one id, Airflow refuses the second."""
    seen: set[str] = set()
    kept = []
    for task in tasks:
        if isinstance(task.task_id, str):
            if task.task_id in seen:
                continue
            seen.add(task.task_id)
        kept.append(task)
    return kept


def _arguments(settled: Settled, given: dict[str, Value], places: dict[str, Span], span: Span) -> dict[str, Argument]:
    return {
        name: Argument(name=name, value=settled.convert.value(value), span=places.get(name, span))
        for name, value in given.items()
        if name != "default_args"
    }


def _add_default_args(settled: Settled, arguments: dict[str, Argument], span: Span) -> None:
    defaults = settled.dag.defaults
    if "default_args" in settled.dag.given or defaults.values:
        values = {name: settled.convert.value(value) for name, value in defaults.values.items()}
        arguments["default_args"] = Argument(name="default_args", value=values, span=settled.dag.places.get("default_args", span))


def _zone_unknown(arguments: dict[str, Argument], schedule: Schedule) -> bool:
    """True where a start date that is not known would give the schedule its time zone."""
    defaults = arguments["default_args"].value if "default_args" in arguments else {}
    given = (
        arguments["start_date"].value if "start_date" in arguments else defaults.get("start_date") if isinstance(defaults, dict) else None
    )
    by_dag = not isinstance(schedule.given, ObjectRef)
    return by_dag and isinstance(given, Unknown) and given.cause != "clock"


def _doubt_schedule(settled: Settled, arguments: dict[str, Argument], schedule: Schedule) -> None:
    for name in ("schedule", "schedule_interval", "timetable", "end_date", "start_date"):
        argument = arguments.get(name)
        if argument is not None and isinstance(argument.value, Unknown) and not (name == "start_date" and argument.value.cause == "clock"):
            settled.doubts.append(argument.value)
    default_start = settled.dag.defaults.values.get("start_date")
    if "start_date" not in arguments and isinstance(default_start, Unknown) and default_start.cause != "clock":
        settled.doubts.append(default_start)
    if settled.dag.defaults.unknown is not None:
        settled.doubts.append(settled.dag.defaults.unknown)
    if schedule.error is not None:
        settled.doubts.append(Unknown(f"Airflow refuses the schedule: {schedule.error}", "error", schedule.span))
    elif schedule.kind == "unknown":
        settled.doubts.append(Unknown("the schedule is not known", "unsupported", schedule.span))


def _doubt_starts(settled: Settled, tasks: list[Task]) -> None:
    """A start date of a task that is not known counts where the DAG has none itself."""
    for task in tasks:
        start = task.arguments.get("start_date")
        if start is not None and isinstance(start.value, Unknown):
            settled.doubts.append(start.value)


def _public(settled: Settled, arguments: dict[str, Argument], tasks: list[Task]) -> dict[str, Any]:
    given = settled.dag.given
    version, settings = settled.world.target.version, settled.world.target.settings
    catchup = settled.known(given["catchup"] if "catchup" in given else is_on(settings, version, "scheduler.catchup_by_default"))
    runs = given["max_active_runs"] if "max_active_runs" in given else int(setting(settings, version, "core.max_active_runs_per_dag"))
    runs = settled.known(runs)
    tags = settled.known(arguments["tags"].value if "tags" in arguments else (), ())
    tags = [settled.known(tag, "") for tag in tags] if isinstance(tags, list | tuple | set | frozenset) else []
    defaults = arguments["default_args"].value if "default_args" in arguments else {}
    params = arguments["params"].value if "params" in arguments else {}
    return {
        "catchup": None if catchup is None else bool(catchup),
        "max_active_runs": runs if isinstance(runs, int) else None,
        "tags": _tags(tags, each_once=settled.world.target.release >= (3, 0)),
        "default_args": {str(key): value for key, value in defaults.items()} if isinstance(defaults, dict) else {},
        "params": {str(key): value for key, value in params.items()} if isinstance(params, dict) else {},
        "inlets": tuple(item for task in tasks for item in task.inlets),
        "outlets": tuple(item for task in tasks for item in task.outlets),
    }


def _tags(tags: Sequence[Any], *, each_once: bool) -> tuple[str, ...]:
    """The tags that are not empty, sorted, as texts; Airflow 3 keeps a set of them."""
    texts = [str(tag) for tag in tags if tag]
    return tuple(sorted(dict.fromkeys(texts) if each_once else texts))


def _doubts(settled: Settled, span: Span) -> list[Doubt]:
    found: dict[tuple[str, int, int], Doubt] = {}
    for why in (*settled.doubts, *settled.interp.doubts):
        place = why.span or span
        found.setdefault(
            (why.reason, place.line, place.column),
            Doubt(message=why.reason, line=place.line, column=place.column, path=place.path, cause=why.cause, name=why.name),
        )
    return list(found.values())


def _leaves_structure_known(doubt: Unknown) -> bool:
    return doubt.reason == NO_START or (doubt.cause == "error" and (NOT_TAKEN in doubt.reason or BAD_VALUE in doubt.reason))


def _name(settled: Settled, task: TaskValue) -> str:
    """The id of a task, or a stand-in that names its line."""
    if isinstance(task.task_id, str):
        return str(task.task_id)  # a member of an enumeration is a text of its own kind
    if id(task) not in settled.names:
        line = task.call_span.line if task.call_span is not None else 0
        taken = set(settled.names.values())
        name = f"<line {line}>"
        while name in taken:
            name = f"{name[:-1]}'>"
        settled.names[id(task)] = name
    return settled.names[id(task)]


def _task_model(settled: Settled, task: TaskValue) -> Task:
    span = task.call_span or settled.dag.call_span or Span("", 1, 1, 1, 1)
    arguments = _task_arguments(settled, task, span)
    bases = _bases(settled, task)
    native = task.facts
    callable_ = task.function or _callable(task)
    group = task.group.group_id if task.group is not None else None
    return Task(
        task_id=_name(settled, task),
        label=str(task.label) if isinstance(task.label, str) else "",
        id_known=isinstance(task.task_id, str),
        operator=task.operator,
        module=_module(task),
        group=group if isinstance(group, str) else None,
        mapped=task.is_mapped or _in_mapped_group(task),
        retries=_retries(settled, task),
        trigger_rule=_text(settled, task, "trigger_rule", "all_success"),
        pool=_text(settled, task, "pool", "default_pool"),
        owner=_text(settled, task, "owner", "airflow"),
        setup=task.is_setup,
        teardown=task.is_teardown,
        line=span.line,
        column=span.column,
        span=span,
        arguments=arguments,
        callable=settled.convert.function(callable_) if callable_ is not None else None,
        bases=bases,
        kind="taskflow"
        if task.function is not None and native.known is not None and native.known.decorated
        else "sensor"
        if _is_sensor(bases)
        else "operator",
        template_fields=native.fields(settled.interp) or None,
        inlets=_lineage(arguments, "inlets"),
        outlets=_lineage(arguments, "outlets"),
    )


def _in_mapped_group(task: TaskValue) -> bool:
    group = task.group
    while group is not None:
        if group.is_mapped:
            return True
        group = group.parent
    return False


def _callable(task: TaskValue) -> Any:
    value = task.attrs.get("python_callable")
    return value if isinstance(value, Function) else None


def _task_arguments(settled: Settled, task: TaskValue, span: Span) -> dict[str, Argument]:
    found: dict[str, Argument] = {}
    convert, places = settled.convert.value, task.places
    for name, (value, given) in task.given.items():
        origin: Any = given
        found[name] = Argument(name=name, value=convert(value), span=places.get(name, span), origin=origin)
    return found


def _module(task: TaskValue) -> str | None:
    if isinstance(task.cls, Class):
        return task.cls.module.name
    native: OperatorClass = task.cls
    return native.dotted.rpartition(".")[0]


def _bases(settled: Settled, task: TaskValue) -> tuple[str, ...]:
    key = id(task.cls)
    if key not in settled.bases:
        settled.bases[key] = _read_bases(settled, task)
    return settled.bases[key]


def _read_bases(settled: Settled, task: TaskValue) -> tuple[str, ...]:
    found: list[str] = []
    for cls in task.cls.mro if isinstance(task.cls, Class) else [task.cls]:
        if isinstance(cls, Class):
            found.append(f"{cls.module.name}.{cls.name}")
        elif isinstance(cls, OperatorClass):
            signature = cls.signature(settled.interp)
            found += (cls.dotted,) if signature is None else signature.bases
        elif isinstance(cls, External):
            found.append(cls.dotted)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def _is_sensor(bases: tuple[str, ...]) -> bool:
    return any(base.endswith((".BaseSensorOperator", "Sensor")) for base in bases)


def _retries(settled: Settled, task: TaskValue) -> int | None:
    given = task.attrs.get("retries")
    if type(given) is int:
        return given
    default = settled.world.target.settings.get("core.default_task_retries", "0")
    value = settled.known(task.attrs.get("retries", int(default)), None)
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    if isinstance(value, float):
        return int(value)
    return 0 if value is None and not isinstance(task.attrs.get("retries"), Unknown) else None


def _text(settled: Settled, task: TaskValue, name: str, default: str) -> str | None:
    given = task.attrs.get(name, default)
    if type(given) is str:
        return given
    value = settled.known(given, None)
    if value is None:
        return None if isinstance(given, Unknown) else default
    return str(value) if isinstance(value, str) else None


def _lineage(arguments: dict[str, Argument], name: str) -> tuple[Any, ...]:
    value = arguments[name].value if name in arguments else None
    if value is None:
        return ()
    items = value if isinstance(value, list | tuple | set) else [value]
    return tuple(item for item in items if isinstance(item, AssetRef | AssetExpression))


def _edges(settled: Settled) -> list[tuple[str, str]]:
    return sorted({(_name(settled, task), _name(settled, other)) for task in settled.dag.tasks for other in task.downstream})


def _declared(settled: Settled) -> list[Declared]:
    found = []
    for first, second, span, given, via in settled.dag.declared:
        how: Any = given
        groups = tuple([item for item in via if item]) if via else ()
        found.append(Declared(upstream=_name(settled, first), downstream=_name(settled, second), span=span, how=how, via_group=groups))
    return found


def _groups(settled: Settled, root: GroupValue) -> list[Group]:
    found: list[Group] = []
    for child in root.children:
        if isinstance(child, GroupValue) and isinstance(child.group_id, str):
            parent = child.parent.group_id if child.parent is not None else None
            span = child.call_span or Span("", 1, 1, 1, 1)
            found.append(
                Group(
                    group_id=child.group_id,
                    parent=parent if isinstance(parent, str) else None,
                    label=str(child.label),
                    prefix=child.prefix,
                    mapped=child.is_mapped,
                    expanded=tuple(settled.convert.value(item) for item in child.expanded),
                    span=span,
                )
            )
            found += _groups(settled, child)
    return found


def misuse_model(mistake: Mistake) -> Misuse:
    """A mistake that was met, as its model."""
    span = mistake.span or Span("", 1, 1, 1, 1)
    return Misuse(
        kind=mistake.kind,
        message=mistake.message,
        span=span,
        related=tuple(mistake.related),
        task_id=mistake.task_id,
        values=mistake.values,
    )
