"""What is said of cron expressions that Airflow refuses."""

from __future__ import annotations

import pytest
from croniter import CroniterBadCronError, croniter

from dagcheck.timetable.cron import read
from dagcheck.timetable.errors import Refused


@pytest.mark.parametrize(
    ("expression", "field", "value", "nearest", "words"),
    [
        ("60 * * * *", "minute", "60", "59 * * * *", "60 is outside of 0 to 59"),
        ("0 24 * * *", "hour", "24", "0 23 * * *", "24 is outside of 0 to 23"),
        ("0 0 0 * *", "day of month", "0", "0 0 1 * *", "0 is outside of 1 to 31"),
        ("0 0 * 1-13 *", "month", "1-13", "0 0 * 1-12 *", "13 is outside of 1 to 12"),
        ("0 0 * * 1,9", "day of week", "9", None, "9 is outside of 0 to 6"),
        ("0 0 * * tues", "day of week", "tues", "0 0 * * tue", "'tues' is no name there"),
        ("0 0 * janu *", "month", "janu", "0 0 * jan *", "'janu' is no name there"),
        ("*/0 * * * *", "minute", "*/0", "*/1 * * * *", "a step must be at least 1"),
        ("-5 * * * *", "minute", "-5", "5 * * * *", "negative"),
        ("H 3 * * *", "minute", "h", None, "no hashed fields"),
        ("0 ? * * *", "hour", "?", None, "question mark"),
        ("0 0 * * 5L", "day of week", "5l", "0 0 * * l5", "the last such day is written L5"),
        ("1,,2 * * * *", "minute", "", "1,2 * * * *", "nothing between two commas"),
        ("0 0 * * mon#1,tue", "day of week", "mon#1,tue", None, "cannot stand together"),
        ("*/a * * * *", "minute", "*/a", "*/1 * * * *", "'a' is no step"),
        ("0 0 * * 1 61", "second", "61", "0 0 * * 1 59", "61 is outside of 0 to 59"),
    ],
)
def test_the_field_the_value_and_the_nearest_valid_one_are_told(
    expression: str, field: str, value: str, nearest: str | None, words: str
) -> None:
    with pytest.raises(Refused, match=words) as caught:
        read(expression)
    assert (caught.value.field, caught.value.value) == (field, value)
    if nearest is not None:
        assert caught.value.nearest == nearest
    if caught.value.nearest is not None:
        croniter(caught.value.nearest)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "is empty"),
        ("0 0 *", "has 3 fields"),
        ("@dayly", "did you mean '@daily'"),
        ("@Once", "did you mean '@once'"),
        ("@reboot", "none of Airflow's presets"),
    ],
)
def test_what_is_no_cron_at_all_is_said_so(expression: str, words: str) -> None:
    with pytest.raises(CroniterBadCronError):
        croniter(expression)
    with pytest.raises(Refused, match=words):
        read(expression)
