"""Schedules in words."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from dagcheck.model.values import AssetRef
from dagcheck.timetable.versions import facts, release_of
from dagcheck.timetable.words import in_words, length_in_words
from tests.unit.timetable.made import at, table, timed


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("0 3 * * *", "At 03:00"),
        ("@weekly", "At 00:00, only on Sunday"),
        ("0 0 1 * 1", "At 00:00, on day 1 of the month; or at 00:00, only on Monday"),
        ("0 12 * * ? 30", "At 12:00:30"),
        ("R * * * *", "r * * * *"),
        (datetime.timedelta(days=1), "Every day"),
        (datetime.timedelta(minutes=90), "Every 90 minutes"),
        (datetime.timedelta(days=1, hours=1), "Every 25 hours"),
        (relativedelta(months=1), "Every month"),
        (relativedelta(months=1, days=2), "Every 1 month 2 days"),
        (relativedelta(days=1, hour=5), "Every day, moved to hour 5"),
        (None, "Never by time, only by hand or through the API"),
        ([AssetRef("a", None)], "When its assets are updated"),
        (table("EventsTimetable", [at("2026-01-01 00:00")]), "On 1 listed date"),
        (table("MultipleCronTriggerTimetable", "0 6 * * *", "0 18 * * *", timezone="UTC"), "At 06:00; At 18:00"),
        (
            table(
                "AssetOrTimeSchedule", timetable=table("CronTriggerTimetable", "0 6 * * *", timezone="UTC"), assets=[AssetRef("a", None)]
            ),
            "At 06:00, and when its assets are updated",
        ),
    ],
)
def test_a_schedule_is_said_in_words(schedule: Any, words: str) -> None:
    assert in_words(timed(schedule=schedule, start_date=at("2026-01-01 00:00")).plan) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (60, "1 minute"),
        (90, "90 seconds"),
        (5400, "90 minutes"),
        (86_400, "1 day"),
        (90_061, "1 day 1 hour"),
        (700_000, "8 days 2 hours"),
    ],
)
def test_a_length_is_said_in_handy_units(seconds: int, words: str) -> None:
    assert length_in_words(datetime.timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("text", ["3.x", "", "three", "3.x.1"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        release_of(text)


def test_the_facts_of_a_version_are_those_of_its_line() -> None:
    assert facts("2.11.2").default_days == facts("1.10").default_days == 1
    assert facts("3.0").default_days is None
    assert facts("3.3.2").settings["scheduler.catchup_by_default"] == "False"
