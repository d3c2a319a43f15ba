"""The search for the next and previous time of a cron expression, held against croniter."""

from __future__ import annotations

import datetime

import pytest
from croniter import CroniterBadCronError, CroniterBadDateError, croniter
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dagcheck.timetable.cron import read
from dagcheck.timetable.errors import NoRun, Refused
from dagcheck.timetable.search import search_of
from dagcheck.timetable.zones import micros
from tests.unit.timetable.cron_strategies import expressions

EPOCH = datetime.datetime(1970, 1, 1)
starts = st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2150, 1, 1))


def ours(expression: str, start: datetime.datetime, forward: bool) -> datetime.datetime | None:
    search = search_of(read(expression))
    try:
        found = search.next(micros(start)) if forward else search.previous(micros(start))
    except NoRun:
        return None
    return EPOCH + datetime.timedelta(microseconds=found)


def theirs(expression: str, start: datetime.datetime, forward: bool) -> datetime.datetime | None:
    cron = croniter(expression, start_time=start)
    try:
        return cron.get_next(datetime.datetime) if forward else cron.get_prev(datetime.datetime)
    except CroniterBadDateError:
        return None


@given(expressions(), starts, st.booleans())
@example("0 0 30 2 *", datetime.datetime(2024, 1, 1), True)
@example("0 0 30 2 1#1", datetime.datetime(2024, 1, 1), True)
@example("0 0 29 2 *", datetime.datetime(2097, 1, 1), True)
@example("0 0 31 * *", datetime.datetime(2024, 3, 1), False)
@example("0 0 L,15 * *", datetime.datetime(2024, 3, 10), False)
@example("0 0 1 1 * 0 2025-2030", datetime.datetime(2025, 1, 1), False)
@settings(deadline=None, max_examples=80)
def test_next_and_previous_times_are_those_of_croniter(expression: str, start: datetime.datetime, forward: bool) -> None:
    try:
        croniter(expression)
    except CroniterBadCronError:
        with pytest.raises(Refused):
            read(expression)
        return
    assert ours(expression, start, forward) == theirs(expression, start, forward)


@given(expressions(), starts)
@settings(deadline=None, max_examples=40)
def test_the_previous_time_of_the_next_time_is_not_after_the_start(expression: str, start: datetime.datetime) -> None:
    try:
        later = ours(expression, start, True)
    except Refused:
        assume(False)
    if later is not None:
        earlier = ours(expression, later, False)
        assert earlier is None or earlier <= start


@pytest.mark.parametrize(
    ("expression", "reads_as"),
    [
        ("@Daily", ("0 0 * * *")),
        ("@MIDNIGHT", ("0 0 * * *")),
        ("0 0 * JAN MON", ("0 0 * 1 1")),
        ("0 0 ? * 7", ("0 0 * * 0")),
        ("0 0-23 * * 0-6", ("0 * * * *")),
        ("0 */1 * 1-12 *", ("0 * * * *")),
    ],
)
def test_other_spellings_mean_the_same(expression: str, reads_as: str) -> None:
    assert read(expression).fields == read(reads_as).fields
