"""What differs between Airflow versions in scheduling: one table.

Sources: the code of Airflow 2.2.5, 2.7.3, 2.11.2 and 3.3.2 (`airflow/timetables`, `airflow/models/dag.py`, `airflow/sdk/definitions/dag.py`) and, for the versions in which a
class or a setting first appeared, the release notes and API pages of Airflow. Read in November 2026. Versions between those are taken for the later one of their neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from dagcheck.records import dataclass

Release = tuple[int, int]

NEWEST = "3.3"

KEYWORDS: dict[str, tuple[Release, Release]] = {
    "schedule_interval": ((1, 0), (3, 0)),
    "timetable": ((2, 2), (3, 0)),
    "schedule": ((2, 4), (99, 0)),
}
"""The arguments of a DAG that say when it runs: first version that takes it, first version that refuses it."""

TIMETABLES: dict[str, tuple[Release, Release]] = {
    "NullTimetable": ((2, 2), (99, 0)),
    "OnceTimetable": ((2, 2), (99, 0)),
    "ContinuousTimetable": ((2, 6), (99, 0)),
    "DatasetTriggeredTimetable": ((2, 4), (3, 0)),
    "AssetTriggeredTimetable": ((3, 0), (99, 0)),
    "CronDataIntervalTimetable": ((2, 2), (99, 0)),
    "DeltaDataIntervalTimetable": ((2, 2), (99, 0)),
    "CronTriggerTimetable": ((2, 4), (99, 0)),
    "DeltaTriggerTimetable": ((2, 11), (99, 0)),
    "MultipleCronTriggerTimetable": ((3, 0), (99, 0)),
    "CronPartitionTimetable": ((3, 2), (99, 0)),
    "EventsTimetable": ((2, 4), (99, 0)),
    "DatasetOrTimeSchedule": ((2, 9), (3, 0)),
    "AssetOrTimeSchedule": ((3, 0), (99, 0)),
    "PartitionedAssetTimetable": ((3, 2), (99, 0)),
    "PartitionedAtRuntime": ((3, 2), (99, 0)),
}
"""Airflow's own timetable classes: first version that has it, first version that has it no longer."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a version does. `settings` are the defaults of Airflow's own configuration keys that change which runs there are."""

    release: Release
    default_days: int | None
    """Days of the `timedelta` that a DAG without a schedule gets; None: such a DAG has no schedule."""
    asset_word: str
    start_required: bool
    """A schedule needs a start date on the DAG at all; from 3.0 on only catching up does."""
    start_required_of_tasks: bool
    """It is each task that needs a start date, its own or the DAG's, whatever the schedule."""
    default_start_fills: bool
    """The DAG takes its start date from `default_args`."""
    naive_start_yields: bool
    """A naive start date leaves the choice of the zone to the start date in `default_args`."""
    delta_follows_setting: bool
    """`create_cron_data_intervals` decides on the timetable of a `timedelta`, too."""
    steps_past_last: bool
    """A data interval timetable moves on by one step where the next interval would not be later than the last, and fails where that does not help."""
    month_steps_from_start: bool
    """Without catchup, a delta of months or years is stepped from the start date, not laid on a grid from 1970."""
    runs_without_start: bool
    """Trigger, `@once` and `@continuous` timetables give runs without any start date."""
    keyed_dateutil: bool
    """A `dateutil` zone keeps its name (dateutil 4, of which Airflow 3 comes with); before, it is the fixed offset of the start date."""
    elapsed_unless_fixed: bool
    """A cron counts elapsed time over a change of the clocks unless its next two times have one hour and minute; later only a cron of every hour does."""
    floors_deltas: bool
    """Without catchup, deltas are laid on a grid from 1970; before, they are counted back from the clock."""
    events_obey_dates: bool
    """`EventsTimetable` looks at the dates of the DAG and at catchup."""
    settings: Mapping[str, str]


_SETTINGS_2 = {
    "core.default_timezone": "utc",
    "core.max_active_runs_per_dag": "16",
    "scheduler.catchup_by_default": "True",
    "scheduler.create_cron_data_intervals": "True",
}
_SETTINGS_3 = {**_SETTINGS_2, "scheduler.catchup_by_default": "False", "scheduler.create_cron_data_intervals": "False"}


def release_of(version: str) -> Release:
    """`(3, 3)` of `"3.3"` or `"3.3.2"`.

    Raises:
        ValueError: the text is no version.
    """
    head, _, tail = version.strip().partition(".")
    minor = tail.partition(".")[0] or "0"
    if not (head.isdigit() and minor.isdigit()):
        raise ValueError(f"{version!r} is not an Airflow version; write it as 2.11 or 3.3")
    return int(head), int(minor)


@cache
def facts(version: str) -> Facts:
    """What the version does; the nearest known line of the table serves versions between those that were read."""
    release = release_of(version)
    third = release >= (3, 0)
    return Facts(
        release=release,
        default_days=None if third else 1,
        asset_word="asset" if third else "dataset",
        start_required=not third and release >= (2, 8),
        start_required_of_tasks=release < (2, 8),
        default_start_fills=third,
        naive_start_yields=not third,
        delta_follows_setting=third,
        steps_past_last=third,
        month_steps_from_start=third,
        runs_without_start=third,
        keyed_dateutil=third,
        elapsed_unless_fixed=release < (2, 8),
        floors_deltas=release >= (2, 8),
        events_obey_dates=release >= (2, 8),
        settings=_SETTINGS_3 if third else _SETTINGS_2,
    )


def has(table: Mapping[str, tuple[Release, Release]], name: str, release: Release) -> bool:
    """True if the version has the keyword or class of that name."""
    first, gone = table.get(name, ((99, 0), (99, 0)))
    return first <= release < gone


_SINCE: dict[str, Release] = {"scheduler.create_cron_data_intervals": (2, 9)}


def setting(settings: Mapping[str, str], version: str, name: str) -> str:
    """The value of one of Airflow's configuration keys: as given, if the version reads it, else the version's default."""
    told = facts(version)
    return settings.get(name, told.settings[name]) if told.release >= _SINCE.get(name, (1, 0)) else told.settings[name]


def is_on(settings: Mapping[str, str], version: str, name: str) -> bool:
    """A configuration key read as Airflow reads booleans (`t`, `true`, `1`)."""
    return str(setting(settings, version, name)).strip().lower() in ("t", "true", "1")
