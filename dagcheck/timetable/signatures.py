"""How Airflow's timetable classes are called: the core classes (`airflow.timetables`) and, in Airflow 3, those of `airflow.sdk`.

Source: the constructors in Airflow 2.11.2 and 3.3.2, read in November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagcheck.model.values import ObjectRef
from dagcheck.records import dataclass
from dagcheck.timetable.errors import Refused


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameters by position (a leading `*` collects the rest), then those by name alone; `optional` may be left out."""

    positional: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()


def _signature(positional: str = "", named: str = "", optional: str = "") -> Signature:
    return Signature(tuple(positional.split()), tuple(named.split()), frozenset(optional.split()))


_MULTIPLE = _signature("*crons", "timezone interval run_immediately", "interval run_immediately")
_PARTITION = _signature("cron", "timezone run_offset run_immediately key_format", "run_offset run_immediately key_format")
_SIMPLE = {name: _signature() for name in ("NullTimetable", "OnceTimetable", "ContinuousTimetable", "PartitionedAtRuntime")}
_ASSETS = "assets partition_mapper_config default_partition_mapper"

CORE: dict[str, Signature] = {
    **_SIMPLE,
    "DatasetTriggeredTimetable": _signature("datasets"),
    "AssetTriggeredTimetable": _signature("assets"),
    "CronDataIntervalTimetable": _signature("cron timezone"),
    "DeltaDataIntervalTimetable": _signature("delta"),
    "CronTriggerTimetable": _signature("cron", "timezone interval run_immediately", "interval run_immediately"),
    "DeltaTriggerTimetable": _signature("delta", "interval", "interval"),
    "MultipleCronTriggerTimetable": _MULTIPLE,
    "CronPartitionTimetable": _PARTITION,
    "EventsTimetable": _signature("event_dates restrict_to_events presorted description", "", "restrict_to_events presorted description"),
    "DatasetOrTimeSchedule": _signature("", "timetable datasets"),
    "AssetOrTimeSchedule": _signature("", "timetable assets"),
    "PartitionedAssetTimetable": _signature("", _ASSETS, "partition_mapper_config default_partition_mapper"),
}

SDK: dict[str, Signature] = {
    **CORE,
    "CronDataIntervalTimetable": _signature("expression timezone"),
    "CronTriggerTimetable": _signature("expression timezone", "interval run_immediately", "interval run_immediately"),
    "EventsTimetable": _signature("event_dates", "restrict_to_events presorted description", "restrict_to_events presorted description"),
    "PartitionedAssetTimetable": _signature(_ASSETS, "", "partition_mapper_config default_partition_mapper"),
}

_SINCE_3 = frozenset({"run_immediately"})


def is_sdk(ref: ObjectRef) -> bool:
    """True if the class is that of `airflow.sdk`."""
    return ref.dotted.startswith("airflow.sdk.")


def bound(ref: ObjectRef, *, third: bool) -> Mapping[str, Any]:
    """The arguments of a timetable's call by parameter name.

    Raises:
        Refused: the call does not fit the class, so that Python itself raises a TypeError.
    """
    signature = (SDK if is_sdk(ref) else CORE)[ref.name]
    named = [name for name in signature.named if third or name not in _SINCE_3]
    collects = bool(signature.positional) and signature.positional[0].startswith("*")
    if collects:
        given: dict[str, Any] = {signature.positional[0][1:]: ref.args}
    elif len(ref.args) > len(signature.positional):
        raise _unfit(ref, f"takes {len(signature.positional)} positional arguments, {len(ref.args)} are given")
    else:
        given = dict(zip(signature.positional, ref.args))
    for name, value in ref.kwargs.items():
        if name in given:
            raise _unfit(ref, f"is given {name} twice")
        if name not in named and (collects or name not in signature.positional):
            raise _unfit(ref, f"has no argument {name}")
        given[name] = value
    wanted = [*(() if collects else signature.positional), *named]
    missing = next((name for name in wanted if name not in given and name not in signature.optional), None)
    if missing:
        raise _unfit(ref, f"needs the argument {missing}")
    return given


def _unfit(ref: ObjectRef, what: str) -> Refused:
    return Refused(f"{ref.name} {what}")
