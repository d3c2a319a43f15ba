"""The runs of each kind of schedule, by version of Airflow."""

from __future__ import annotations

import datetime
from itertools import islice
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.runs import backlog, runs, runs_between
from dagcheck.timetable.zones import micros, moment
from tests.unit.timetable.made import NOW, at, instant, said, table, task, timed

DAY = datetime.timedelta(days=1)
CLOCK = micros(NOW)


def first_runs(count: int = 3, **given: Any) -> list[str]:
    return [said(run) for run in islice(runs(timed(**given), CLOCK), count)]


def test_a_cron_is_an_interval_in_airflow_2_and_a_moment_in_airflow_3() -> None:
    given = {"schedule": "0 6 * * *", "start_date": at("2026-01-01 00:00"), "catchup": True}
    assert first_runs(2, version="2.11", **given) == ["2026-01-01 06:00 -> 2026-01-02 06:00", "2026-01-02 06:00 -> 2026-01-03 06:00"]
    assert first_runs(2, version="3.3", **given) == ["2026-01-01 06:00", "2026-01-02 06:00"]


def test_the_setting_swaps_the_two_meanings_of_a_cron() -> None:
    given = {"schedule": "@daily", "start_date": at("2026-01-01 00:00"), "catchup": True}
    key = "scheduler.create_cron_data_intervals"
    assert first_runs(1, version="2.11", settings={key: "False"}, **given) == ["2026-01-01 00:00"]
    assert first_runs(1, version="3.3", settings={key: "True"}, **given) == ["2026-01-01 00:00 -> 2026-01-02 00:00"]


@pytest.mark.parametrize(("version", "first"), [("2.11", "2026-01-13 06:00 -> 2026-01-14 06:00"), ("3.3", "2026-01-14 06:00")])
def test_without_catchup_the_first_run_is_the_latest_complete_one(version: str, first: str) -> None:
    assert first_runs(1, version=version, schedule="0 6 * * *", start_date=at("2020-01-01 00:00"), catchup=False) == [first]


def test_catchup_is_the_default_of_airflow_2_alone() -> None:
    given = {"schedule": "@daily", "start_date": at("2026-01-01 00:00")}
    assert timed("2.11", **given).catchup
    assert not timed("3.3", **given).catchup
    assert not timed("2.11", settings={"scheduler.catchup_by_default": "False"}, **given).catchup


def test_no_schedule_is_daily_in_airflow_2_and_none_in_airflow_3() -> None:
    assert first_runs(1, version="2.11", start_date=at("2026-01-01 05:00")) == ["2026-01-01 05:00 -> 2026-01-02 05:00"]
    assert first_runs(1, version="3.3", start_date=at("2026-01-01 05:00")) == []


def test_a_timedelta_starts_at_the_start_date_with_catchup() -> None:
    given = {"schedule": DAY, "start_date": at("2026-01-01 05:30"), "catchup": True}
    assert first_runs(2, version="3.3", **given) == ["2026-01-01 05:30", "2026-01-02 05:30"]


def test_a_timedelta_without_catchup_starts_now_in_airflow_3_and_on_the_epoch_grid_in_airflow_2() -> None:
    given = {"schedule": datetime.timedelta(days=7), "start_date": at("2020-01-03 05:30"), "catchup": False}
    first = next(runs(timed("3.3", **given), CLOCK))
    assert moment(first.run_after) == NOW
    assert first_runs(1, version="2.11", **given) == ["2026-01-01 00:00 -> 2026-01-08 00:00"]  # a Thursday, as 1970-01-01


def test_months_are_stepped_from_the_start_date_in_airflow_3_alone() -> None:
    given = {"schedule": relativedelta(months=1), "start_date": at("2025-10-31 00:00"), "catchup": False}
    key = {"scheduler.create_cron_data_intervals": "True"}
    assert first_runs(1, version="3.3", settings=key, **given)[0].startswith("2025-11-30")
    assert not first_runs(1, version="2.11", **given)[0].startswith("2025-11-30")


def test_zeros_of_a_relativedelta_are_lost() -> None:
    given = {"schedule": relativedelta(days=1, hour=0), "start_date": at("2026-01-01 05:00"), "catchup": True}
    assert first_runs(2, **given) == ["2026-01-01 05:00", "2026-01-02 05:00"]


def test_a_time_in_a_gap_moves_forward_and_an_ambiguous_one_is_the_second() -> None:
    zone = "Europe/Berlin"
    spring = {"schedule": "30 2 * * *", "start_date": at("2026-03-28 00:00", zone), "catchup": True}
    assert first_runs(3, **spring) == ["2026-03-28 01:30", "2026-03-29 01:30", "2026-03-30 00:30"]
    autumn = {"schedule": "30 2 * * *", "start_date": at("2026-10-25 00:00", zone), "catchup": True}
    assert first_runs(2, **autumn) == ["2026-10-25 01:30", "2026-10-26 01:30"]


def test_half_hour_changes_are_followed() -> None:
    given = {"schedule": "0 2 * * *", "start_date": at("2026-10-03 00:00", "Australia/Lord_Howe"), "catchup": True}
    assert first_runs(2, **given) == ["2026-10-02 15:30", "2026-10-03 15:30"]


def test_an_hourly_cron_of_working_days_stalls_in_airflow_2_when_the_clocks_go_back() -> None:
    given = {"schedule": "0 * * * 1-5", "start_date": at("2026-10-23 20:00", "Europe/Berlin"), "catchup": True}
    found = [run.run_after for run in islice(runs(timed("2.11", **given), CLOCK), 30)]
    assert len(set(found)) < len(found)


def test_both_days_given_are_joined_by_or() -> None:
    assert first_runs(4, schedule="0 0 15 * 1", start_date=at("2026-06-08 00:00"), catchup=True) == [
        "2026-06-08 00:00",
        "2026-06-15 00:00",
        "2026-06-22 00:00",
        "2026-06-29 00:00",
    ]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("0 0 * * 1#2", "2026-06-08 00:00"),
        ("0 0 L * *", "2026-06-30 00:00"),
        ("0 0 * * L5", "2026-06-26 00:00"),
        ("0 0 15W 8 *", "2026-08-14 00:00"),
        ("0 22-2 * * *", "2026-06-01 00:00"),
        ("0 0 1 */5 *", "2026-06-01 00:00"),
        ("0 12 * * fri", "2026-06-05 12:00"),
        ("15 10 2 6 * 0 2020-2030", "2026-06-02 10:15"),
    ],
)
def test_every_form_of_cron_field_is_read(expression: str, first: str) -> None:
    assert first_runs(1, schedule=expression, start_date=at("2026-06-01 00:00"), catchup=True) == [first]


def test_six_fields_have_their_seconds_last() -> None:
    found = [
        moment(run.run_after).second
        for run in islice(runs(timed(schedule="* * * * * 30", start_date=at("2026-01-01 00:00"), catchup=True), CLOCK), 3)
    ]
    assert found == [30, 30, 30]


def test_the_end_date_counts_for_the_start_of_the_interval() -> None:
    given = {"schedule": "@daily", "start_date": at("2026-01-01 00:00"), "end_date": at("2026-01-02 00:00"), "catchup": True}
    assert first_runs(9, version="2.11", **given) == ["2026-01-01 00:00 -> 2026-01-02 00:00", "2026-01-02 00:00 -> 2026-01-03 00:00"]
    assert first_runs(9, version="3.3", **given) == ["2026-01-01 00:00", "2026-01-02 00:00"]


def test_dates_of_tasks_move_the_runs() -> None:
    early = (task("a", start_date=at("2025-12-30 00:00")), task("b"))
    given = {"schedule": "@daily", "default_args": {"start_date": at("2026-01-01 00:00")}, "catchup": True}
    assert first_runs(1, version="2.11", tasks=early, **given) == ["2025-12-30 00:00 -> 2025-12-31 00:00"]
    assert first_runs(1, version="3.3", tasks=early, **given) == ["2026-01-01 00:00"]
    ends = (task("a", end_date=at("2026-01-01 00:00")), task("b", end_date=at("2026-01-02 00:00")))
    assert first_runs(9, tasks=ends, schedule="@daily", start_date=at("2026-01-01 00:00"), catchup=True) == [
        "2026-01-01 00:00",
        "2026-01-02 00:00",
    ]


def test_once_runs_once_at_the_start_date() -> None:
    assert first_runs(5, schedule="@once", start_date=at("2026-03-01 04:05")) == ["2026-03-01 04:05"]
    assert first_runs(5, version="3.3", schedule="@once") == ["2026-01-14 09:17"]


def test_a_trigger_with_an_interval_looks_back() -> None:
    cron = table("CronTriggerTimetable", "0 6 * * *", timezone="UTC", interval=DAY)
    assert first_runs(1, schedule=cron, start_date=at("2026-01-01 00:00"), catchup=True) == ["2025-12-31 06:00 -> 2026-01-01 06:00"]


@pytest.mark.parametrize(
    ("immediately", "first"),
    [
        (True, "2026-01-14 06:00"),
        (False, "2026-01-15 06:00"),
        (None, "2026-01-15 06:00"),
        (datetime.timedelta(hours=4), "2026-01-14 06:00"),
    ],
)
def test_run_immediately_decides_where_there_is_no_start_date(immediately: object, first: str) -> None:
    cron = table("CronTriggerTimetable", "0 6 * * *", timezone="UTC", run_immediately=immediately)
    assert first_runs(1, schedule=cron) == [first]


def test_several_crons_are_one_schedule() -> None:
    crons = table("MultipleCronTriggerTimetable", "0 6 * * *", "0 18 * * 1", timezone="UTC")
    assert first_runs(3, schedule=crons, start_date=at("2026-01-05 00:00"), catchup=True) == [
        "2026-01-05 06:00",
        "2026-01-05 18:00",
        "2026-01-06 06:00",
    ]


def test_events_run_in_order() -> None:
    events = table("EventsTimetable", event_dates=[at("2026-02-01 00:00"), at("2026-01-20 00:00"), at("2025-01-01 00:00")])
    assert first_runs(5, schedule=events, start_date=at("2024-01-01 00:00"), catchup=True) == [
        "2025-01-01 00:00",
        "2026-01-20 00:00",
        "2026-02-01 00:00",
    ]
    assert first_runs(5, schedule=events, start_date=at("2024-01-01 00:00"), catchup=False) == ["2026-01-20 00:00", "2026-02-01 00:00"]


def test_events_without_a_zone_fail_at_each_look() -> None:
    events = table("EventsTimetable", event_dates=[datetime.datetime(2026, 2, 1)])
    with pytest.raises(NoRun, match="no time zone"):
        first_runs(1, schedule=events, start_date=at("2024-01-01 00:00"), catchup=True)


def test_partitions_have_no_logical_date() -> None:
    given = {
        "schedule": table("CronPartitionTimetable", "0 0 * * *", timezone="UTC", run_offset=-1),
        "start_date": at("2026-01-01 00:00"),
        "catchup": True,
    }
    run = next(runs(timed(**given), CLOCK))
    assert (run.logical_date, run.start, run.end) == (None, None, None)
    assert run.run_after == instant("2026-01-01 00:00")
    assert run.partition_date == instant("2025-12-31 00:00")


def test_a_date_that_never_comes_is_no_endless_search() -> None:
    with pytest.raises(NoRun, match="30 2"):
        first_runs(1, schedule="0 0 30 2 *", start_date=at("2026-01-01 00:00"), catchup=True)


def test_a_window_holds_all_runs_between_its_ends_whatever_the_dag_says() -> None:
    given = {"schedule": "@daily", "start_date": at("2026-06-01 00:00"), "catchup": False}
    found = runs_between(timed(**given), instant("2026-01-01 00:00"), instant("2026-01-03 00:00"), CLOCK)
    assert [said(run) for run in found] == ["2026-01-01 00:00", "2026-01-02 00:00", "2026-01-03 00:00"]


@pytest.mark.parametrize(("catchup", "count"), [(True, 14), (False, 1)])
def test_the_backlog_is_what_is_due_when_the_dag_is_switched_on(catchup: bool, count: int) -> None:
    assert backlog(timed(schedule="@daily", start_date=at("2026-01-01 00:00"), catchup=catchup), CLOCK) == count


def test_a_backlog_of_millions_is_counted_at_once() -> None:
    assert backlog(timed(schedule="* * * * *", start_date=at("2016-01-14 09:18"), catchup=True), CLOCK) == 10 * 365 * 1440 + 3 * 1440
