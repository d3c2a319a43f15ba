"""What surprises about schedules, and that nothing surprises about plain ones."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from dagcheck.timetable.surprises import surprises
from dagcheck.timetable.zones import micros, moment
from tests.unit.timetable.made import NOW, at, table, timed

BERLIN = at("2024-01-01 00:00", "Europe/Berlin")
UTC = at("2024-01-01 00:00")


def found(version: str = "3.3", settings: dict[str, str] | None = None, **given: Any) -> dict[str, str]:
    """Each surprise by its kind: its message."""
    given = {"start_date": UTC, "catchup": True, **given}
    return {each.kind: each.message for each in surprises(timed(version, settings=settings, **given), micros(NOW), settings)}


@pytest.mark.parametrize(
    ("kind", "version", "given"),
    [
        ("stall", "2.11", {"schedule": "0 * * * 1-5", "start_date": BERLIN}),
        ("stall", "2.11", {"schedule": "@hourly", "start_date": at("2024-01-01 00:00", "Australia/Lord_Howe")}),
        ("off-grid-after-change", "3.3", {"schedule": "0 * * * 1-5", "start_date": BERLIN}),
        ("anchored-at-first-parse", "3.3", {"schedule": datetime.timedelta(days=1), "catchup": False}),
        ("anchored-at-epoch", "2.11", {"schedule": datetime.timedelta(days=7), "catchup": False}),
        (
            "cron-never-chosen",
            "3.3",
            {
                "schedule": table(
                    "MultipleCronTriggerTimetable", "0 6 * * *", "0 18 * * *", timezone="UTC", interval=datetime.timedelta(days=1)
                ),
                "catchup": False,
            },
        ),
        ("dst-gap", "3.3", {"schedule": "30 2 * * *", "start_date": BERLIN}),
        ("dst-fold", "3.3", {"schedule": "30 2 * * *", "start_date": BERLIN}),
        ("seconds-last", "3.3", {"schedule": "* * * * * *"}),
        ("or-days", "3.3", {"schedule": "0 0 1 * 1"}),
        ("ignored-day", "3.3", {"schedule": "0 0 1 * 1#1"}),
        ("ignored-day", "3.3", {"schedule": "0 0 15W * 1"}),
        ("missing-days", "3.3", {"schedule": "0 0 31 * *"}),
        ("missing-days", "3.3", {"schedule": "0 0 29 * *"}),
        ("uneven-step", "3.3", {"schedule": "*/40 * * * *"}),
        ("uneven-step", "3.3", {"schedule": "0 */7 * * *"}),
        ("uneven-step", "3.3", {"schedule": "5/40 * * * *"}),
        ("uneven-step", "3.3", {"schedule": "*/90 * * * *"}),
        ("uneven-step", "3.3", {"schedule": "0 0 */2 * *"}),
        ("uneven-step", "3.3", {"schedule": "0 0 * * */2"}),
        ("uneven-step", "3.3", {"schedule": "0 0 1 */5 *"}),
        ("missing-days", "3.3", {"schedule": "0 0 15,30 * *"}),
        ("delta-ignores-clocks", "3.3", {"schedule": relativedelta(months=1), "start_date": BERLIN}),
        ("slipping-day", "2.11", {"schedule": relativedelta(months=1), "start_date": BERLIN}),
        ("slipping-day", "3.3", {"schedule": relativedelta(months=1), "start_date": at("2024-01-30 00:00")}),
        ("lost-zero", "3.3", {"schedule": relativedelta(days=1, hour=0)}),
        ("unusual-preset", "3.3", {"schedule": "@Daily"}),
        ("last-year", "3.3", {"schedule": "0 0 1 1 * 0 2020-2030"}),
        ("runs-after-end", "2.11", {"schedule": "@daily", "end_date": at("2026-02-01 00:00")}),
        ("delta-ignores-clocks", "3.3", {"schedule": datetime.timedelta(days=1), "start_date": BERLIN}),
        ("setting-without-effect", "3.3", {"schedule": "@daily", "settings": {"scheduler.create_delta_data_intervals": "True"}}),
    ],
)
def test_what_a_schedule_does_otherwise_than_it_reads_is_told(kind: str, version: str, given: dict[str, Any]) -> None:
    assert kind in found(version, **given)


@pytest.mark.parametrize(
    ("version", "given"),
    [
        ("3.3", {"schedule": "0 6 * * 1-5", "start_date": BERLIN}),
        ("2.11", {"schedule": "0 6 * * *", "start_date": BERLIN}),
        ("2.11", {"schedule": "@hourly", "start_date": BERLIN}),
        ("3.3", {"schedule": "@hourly", "start_date": BERLIN}),
        ("2.11", {"schedule": "0 * * * 1-5", "start_date": BERLIN, "catchup": False}),
        ("3.3", {"schedule": "30 2 * * *"}),
        ("3.3", {"schedule": "*/15 * * * *", "start_date": BERLIN}),
        ("3.3", {"schedule": "0 0 28 * *"}),
        ("3.3", {"schedule": "0 0 28-31 * *"}),
        ("3.3", {"schedule": "0,40 * * * *"}),
        ("3.3", {"schedule": "0 0,10,20 * * *"}),
        ("3.3", {"schedule": "0 8-20/5 * * *"}),
        ("3.3", {"schedule": "7/20 */6 * */3 *"}),
        ("3.3", {"schedule": "*/5 * * * * 0"}),
        ("3.3", {"schedule": "0 0 L * *"}),
        ("3.3", {"schedule": "0 0 31 1,12 *"}),
        ("3.3", {"schedule": datetime.timedelta(days=1)}),
        ("3.3", {"schedule": datetime.timedelta(hours=6), "start_date": BERLIN}),
        ("3.3", {"schedule": relativedelta(months=1)}),
        ("3.3", {"schedule": relativedelta(months=1, day=31), "start_date": at("2024-01-31 00:00")}),
        ("3.3", {"schedule": None}),
        ("3.3", {"schedule": "@once"}),
        ("3.3", {"schedule": table("MultipleCronTriggerTimetable", "0 6 * * *", "0 18 * * *", timezone="UTC"), "catchup": False}),
        ("3.3", {"schedule": "@daily", "end_date": at("2026-02-01 00:00")}),
    ],
)
def test_nothing_surprises_about_a_plain_schedule(version: str, given: dict[str, Any]) -> None:
    assert found(version, **given) == {}


def test_the_first_date_at_which_it_bites_is_told() -> None:
    gap = next(each for each in surprises(timed(schedule="30 2 * * *", start_date=BERLIN), micros(NOW)) if each.kind == "dst-gap")
    assert gap.first is not None
    assert moment(gap.first) == at("2026-03-29 01:30")
    assert "2026-03-29 02:30 (and again on 2027-03-28)" in gap.message
    assert "03:30 instead" in gap.message


@pytest.mark.parametrize(
    ("schedule", "first"),
    [
        ("*/40 * * * *", "2026-01-14 10:00"),
        ("0 */7 * * *", "2026-01-15 00:00"),
        ("0 0 */2 * *", "2026-02-01 00:00"),
        ("0 0 31 * *", "2026-02-01 00:00"),
        ("0 0 15,30 * *", "2026-02-01 00:00"),
        ("0 0 1 * 1", "2026-01-19 00:00"),
        ("0 0 29 * *", "2026-02-01 00:00"),
    ],
)
def test_the_first_date_of_days_and_steps_is_the_one_that_differs(schedule: str, first: str) -> None:
    (told,) = surprises(timed(schedule=schedule, start_date=UTC, catchup=True), micros(NOW))
    assert told.first is not None
    assert moment(told.first) == at(first)
