"""What is remembered of one DAG's schedule is right for the next one with the like."""

from __future__ import annotations

import datetime
from itertools import islice
from typing import Any

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from dagcheck.model.dag import Dag
from dagcheck.rule import Setting
from dagcheck.rule.timing import backlog_of, refusal_of, timing_of
from dagcheck.timetable import build, describe, surprises, zones
from dagcheck.timetable.errors import NoRun
from dagcheck.timetable.run import Run
from dagcheck.timetable.runs import runs
from dagcheck.timetable.zones import micros
from tests.unit.timetable.made import NOW, at, dag, table

SCHEDULES: tuple[Any, ...] = (
    "@daily",
    "0 0 * * *",
    "30 2 * * *",
    "15 * * * 1-5",
    "0 0 30 2 *",
    "61 * * * *",
    "@once",
    "@continuous",
    None,
    datetime.timedelta(days=1),
    datetime.timedelta(hours=5),
    datetime.timedelta(0),
    relativedelta(months=1),
    table("CronTriggerTimetable", "0 6 * * *", timezone="Europe/Berlin"),
    table("CronTriggerTimetable", "0 6 * * *", timezone="UTC", interval=datetime.timedelta(days=1)),
    table("DeltaTriggerTimetable", datetime.timedelta(days=1), interval=datetime.timedelta(hours=1)),
)
STARTS = (at("2025-03-01 00:00"), at("2025-03-01 00:00", "Europe/Berlin"), at("2026-05-01 06:30", "Australia/Lord_Howe"), None)
DAGS = st.builds(
    lambda schedule, start, end, more: dag(schedule=schedule, start_date=start, end_date=end, **more),
    st.sampled_from(SCHEDULES),
    st.sampled_from(STARTS),
    st.sampled_from((None, at("2025-12-01 00:00"))),
    st.fixed_dictionaries({}, optional={"catchup": st.booleans(), "max_active_runs": st.sampled_from((1, 3))}),
)
SETTINGS = st.builds(
    lambda version, settings, later: Setting(version, settings, NOW + datetime.timedelta(days=later)),
    st.sampled_from(("2.2", "2.7", "2.11", "3.3")),
    st.sampled_from(
        (
            {},
            {"scheduler.create_cron_data_intervals": "true"},
            {"scheduler.create_delta_data_intervals": "true"},
            {"core.default_timezone": "Asia/Tokyo"},
        )
    ),
    st.sampled_from((0, 90)),
)


def told(given: Dag, setting: Setting) -> object:
    """All that is said of the schedule of a DAG."""
    timed, now = timing_of(given, setting), micros(setting.now)
    if timed is None:
        return None
    return (
        timed.plan.kind,
        timed.plan.expression,
        timed.plan.zone.name,
        timed.plan.timetable.name,
        backlog_of(timed, now),
        list(surprises.surprises(timed, now, setting.airflow_settings)),
        _first_runs(timed, now),
    )


def _first_runs(timed: Any, now: int) -> list[Run | str]:
    found: list[Run | str] = []
    try:
        found.extend(islice(runs(timed, now), 4))
    except NoRun as failure:
        found.append(str(failure))
    return found


def forget() -> None:
    for remembering in (
        describe._shared,
        build._plan_of_cron,
        build._plan_of_delta,
        build._null,
        surprises._surprises,
        backlog_of,
        zones.fixed,
    ):
        remembering.cache_clear()


@given(st.lists(st.tuples(DAGS, SETTINGS), min_size=2, max_size=6))
def test_a_schedule_is_told_as_if_it_were_the_first_one(several: list[tuple[Dag, Setting]]) -> None:
    remembered = [told(one, setting) for one, setting in several]
    for (one, setting), found in zip(several, remembered, strict=True):
        forget()
        assert told(one, setting) == found


@given(DAGS, SETTINGS)
def test_a_dag_whose_time_is_known_is_not_refused(given: Dag, setting: Setting) -> None:
    assert timing_of(given, setting) is None or refusal_of(given, setting) is None
