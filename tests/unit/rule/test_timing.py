"""What rules are told of the time of a DAG, and where it is not surely known."""

from __future__ import annotations

import datetime

import pytest

from dagcheck.model.dag import Dag, Doubt
from dagcheck.model.values import Unknown
from dagcheck.rule import Setting
from dagcheck.rule.timing import backlog_in_words, backlog_of, hides_arguments, is_sub_dag, refusal_of, start_argument, timing_of, when
from dagcheck.timetable.zones import micros, named
from tests.unit.timetable.made import NOW, at, dag, task

START = at("2025-12-01 00:00")
SETTING = Setting("2.11", now=NOW)


def doubtful(given: Dag, line: int, column: int = 1) -> Dag:
    """The DAG with a doubt at a place of its file."""
    return given.model_copy(update={"doubts": (Doubt(message="?", line=line, column=column),)})


@pytest.mark.parametrize(
    ("given", "hides"),
    [
        (dag(schedule="@daily", start_date=START), False),
        (doubtful(dag(schedule="@daily", start_date=START), line=1), True),
        (doubtful(dag(schedule="@daily", start_date=START), line=9), False),
        (doubtful(dag(schedule=Unknown("?"), start_date=START), line=1), False),
        (dag(schedule="@daily", default_args=Unknown("?")), True),
        (dag(schedule="@daily", default_args=None), False),
        (dag(schedule="@daily", default_args={Unknown("?"): 1, "start_date": START}), True),
        (dag(schedule="@daily", default_args=Unknown("?"), start_date=START), False),
        (doubtful(dag(schedule="@daily", default_args={"start_date": START}), line=9), False),
    ],
)
def test_arguments_are_hidden_where_a_doubt_may_be_about_them(given: Dag, hides: bool) -> None:
    assert hides_arguments(given) is hides


def test_nothing_is_known_of_the_time_of_a_dag_that_is_refused_or_moves() -> None:
    known = dag(schedule="@daily", start_date=START)
    assert timing_of(known, SETTING) is not None
    assert timing_of(dag(schedule="61 * * * *", start_date=START), SETTING) is None
    assert timing_of(known.model_copy(update={"start_moves": True}), SETTING) is None


def test_another_version_decides_otherwise_on_catchup() -> None:
    given = dag(schedule="@daily", start_date=START)
    caught = [timed.catchup for version in ("2.11", "3.3") if (timed := timing_of(given, SETTING, version)) is not None]
    assert caught == [True, False]


def test_a_schedule_is_refused_whether_or_not_the_dates_are_known() -> None:
    refused = refusal_of(dag(schedule=datetime.timedelta(0), start_date=Unknown("?")), SETTING)
    assert refused is not None
    assert "positive" in refused.reason
    assert refusal_of(dag(schedule=Unknown("?"), start_date=START), SETTING) is None
    assert refusal_of(dag(schedule="@daily", start_date=START), SETTING) is None


def test_a_backlog_is_counted_whole_in_stretches_and_to_some_thousands_one_by_one() -> None:
    from dateutil.relativedelta import relativedelta

    now = micros(NOW)
    hourly = timing_of(dag(schedule="@hourly", start_date=at("2000-01-01 00:00")), SETTING)
    assert hourly is not None
    assert backlog_of(hourly, now) == ((NOW - at("2000-01-01 00:00")) // datetime.timedelta(hours=1), True)
    seconds = timing_of(dag(schedule=relativedelta(seconds=1), start_date=at("2000-01-01 00:00")), SETTING)
    assert seconds is not None
    due, whole = backlog_of(seconds, now)
    assert (due, whole) == (5000, False)
    assert backlog_in_words(due, whole, seconds) == "more than 5,000 runs at once, 16 at a time"


def test_a_sub_dag_is_one_that_a_task_of_another_stands_for() -> None:
    parent, part = dag(task("load"), dag_id="sales"), dag(dag_id="sales.load")
    known = {"sales": parent, "sales.load": part}
    assert is_sub_dag(part, known)
    assert not is_sub_dag(dag(dag_id="sales.other"), known)
    assert not is_sub_dag(parent, known)


def test_the_start_date_comes_from_the_dag_or_from_default_args() -> None:
    own = dag(start_date=START, default_args={"start_date": START})
    assert start_argument(own) is own.arguments["start_date"]
    inherited = dag(default_args={"start_date": START})
    assert start_argument(inherited) is inherited.arguments["default_args"]
    assert start_argument(dag(default_args={"owner": "sales"})) is None


def test_an_instant_is_told_on_the_clocks_of_its_zone() -> None:
    assert when(micros(at("2026-03-29 01:30")), named("Europe/Oslo")) == "2026-03-29 03:30 Europe/Oslo"
