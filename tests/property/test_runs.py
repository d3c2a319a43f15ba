"""Laws that the runs of every schedule obey."""

from __future__ import annotations

import datetime
from itertools import islice, pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dagcheck.timetable.errors import NoRun, Refused
from dagcheck.timetable.run import Run
from dagcheck.timetable.runs import runs, runs_between
from dagcheck.timetable.zones import DAY, micros
from tests.unit.timetable.cron_strategies import expressions
from tests.unit.timetable.made import timed

starts = st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2040, 1, 1)).map(lambda value: value.replace(tzinfo=datetime.UTC))


def taken(version: str, cron: str, start: datetime.datetime, catchup: bool) -> list[Run]:
    """The first runs, as far as Airflow gets; now is a week after the start."""
    now = start + datetime.timedelta(days=7)
    found: list[Run] = []
    try:
        for run in islice(runs(timed(version, now=now, schedule=cron, start_date=start, catchup=catchup), micros(now)), 25):
            found.append(run)
    except Refused:
        assume(False)
    except NoRun:
        pass
    return found


@given(expressions(), starts, st.booleans())
@settings(deadline=None, max_examples=60)
def test_data_intervals_tile_without_gap_or_overlap(cron: str, start: datetime.datetime, catchup: bool) -> None:
    found = taken("2.11", cron, start, catchup)
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(run.start is not None and run.end is not None and run.start < run.end == run.run_after for run in found)


@given(expressions(), starts, st.booleans())
@settings(deadline=None, max_examples=60)
def test_no_run_comes_before_the_start_and_none_twice(cron: str, start: datetime.datetime, catchup: bool) -> None:
    found = [run.run_after for run in taken("3.3", cron, start, catchup)]
    assert found == sorted(set(found))
    assert all(moment >= micros(start) for moment in found)


@given(expressions(), starts, st.integers(0, 20))
@settings(deadline=None, max_examples=60)
def test_a_window_holds_the_runs_between_its_ends(cron: str, start: datetime.datetime, days: int) -> None:
    begin = micros(start)
    try:
        timing = timed("3.3", schedule=cron, start_date=start, catchup=True)
        whole = list(islice(runs_between(timing, begin, begin + 20 * DAY, begin), 200))
        part = list(islice(runs_between(timing, begin, begin + days * DAY, begin), 200))
    except (Refused, NoRun):
        assume(False)
    assert part == [run for run in whole if run.run_after <= begin + days * DAY][: len(part)]
    assert len(part) == 200 or len(part) == sum(run.run_after <= begin + days * DAY for run in whole)
