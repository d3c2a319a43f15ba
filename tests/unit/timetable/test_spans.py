"""Runs laid down in stretches are those that come one by one."""

from __future__ import annotations

import datetime
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from dagcheck.timetable.errors import NoRun, Refused
from dagcheck.timetable.run import Run
from dagcheck.timetable.runs import backlog, bounds_of, iterate, runs
from dagcheck.timetable.spans import moments_between, stretches
from dagcheck.timetable.zones import DAY, micros
from tests.unit.timetable.cron_strategies import expressions
from tests.unit.timetable.made import NOW, at, instant, timed

zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"])
crons = (
    st.sampled_from(["0 * * * *", "0 * * * 1-5", "*/20 * * * *", "30 2 * * *", "0 1,2,3 * * *", "0 0 1 * *", "5 */6 * * *", "0 3 * * 0"])
    | expressions()
)


def taken(found: list[Run] | object, count: int) -> list[object]:
    """So many runs, and the failure that ends them."""
    result: list[object] = []
    try:
        result += islice(found, count)  # type: ignore[call-overload]  # any iterable of runs
    except NoRun:
        result.append("fails")
    return result


@given(
    crons,
    zones,
    st.sampled_from(["2.11", "3.3"]),
    st.datetimes(datetime.datetime(2010, 1, 1), datetime.datetime(2027, 1, 1)),
    st.booleans(),
)
@settings(deadline=None, max_examples=40)
def test_stretches_hold_the_runs_that_come_one_by_one(cron: str, zone: str, version: str, start: datetime.datetime, catchup: bool) -> None:
    now = start + datetime.timedelta(days=3)
    given = {"schedule": cron, "start_date": start.replace(tzinfo=at("2020-01-01 00:00", zone).tzinfo), "catchup": catchup}
    try:
        timing = timed(version, now=now.replace(tzinfo=datetime.UTC), **given)
    except Refused:
        return
    clock = micros(now)
    one_by_one = taken(runs(timing, clock), 300)
    assert taken(runs(timing, clock, expected=300), 300) == one_by_one
    until = clock + 120 * DAY
    moments = [
        moment
        for stretch in stretches(timing.plan.timetable, bounds_of(timing, clock), until, listing=True)
        for moment in stretch.moments or []
    ]
    assert sum(stretch.count for stretch in stretches(timing.plan.timetable, bounds_of(timing, clock), until)) == len(moments)
    expected: list[int] = []
    for run in one_by_one:
        if not isinstance(run, Run) or run.run_after > until or (expected and run.run_after <= expected[-1]):
            break
        expected.append(run.run_after)
    assert moments[: len(expected)] == expected[: len(moments)]


@given(st.integers(1, 50_000), st.booleans())
@settings(deadline=None, max_examples=15)
def test_deltas_are_laid_down_as_they_come(minutes: int, catchup: bool) -> None:
    timing = timed(schedule=datetime.timedelta(minutes=minutes), start_date=at("2025-12-01 00:07"), catchup=catchup)
    clock = micros(NOW)
    assert taken(runs(timing, clock, expected=100), 100) == taken(runs(timing, clock), 100)
    assert backlog(timing, clock) == sum(
        run.run_after <= clock for run in islice(runs(timing, clock), 70_000 if minutes < 2 else 40_000) if run.run_after <= clock + DAY
    )


def test_the_moments_of_a_window_start_and_end_within_it() -> None:
    timing = timed(schedule="0 */6 * * *", start_date=at("2020-01-01 00:00", "Europe/Berlin"), catchup=True)
    found = moments_between(timing.plan.timetable, bounds_of(timing, micros(NOW)), instant("2026-03-28 23:00"), instant("2026-03-29 10:00"))
    assert found == [instant("2026-03-28 23:00"), instant("2026-03-29 04:00")]


def test_a_run_can_be_gone_on_from() -> None:
    timing = timed(schedule="@daily", start_date=at("2026-01-01 00:00"), catchup=True)
    first = next(runs(timing, micros(NOW)))
    following = next(iterate(timing.plan.timetable, bounds_of(timing, micros(NOW)), first))
    assert following.run_after == instant("2026-01-02 00:00")
