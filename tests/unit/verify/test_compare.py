from typing import Any

import pytest

from dagcheck.verify.compare import Difference, compare_file, same_moment, seconds_of

TASK = {
    "operator": "BashOperator",
    "mapped": False,
    "trigger_rule": "all_success",
    "retries": 0,
    "pool": "default_pool",
    "owner": "airflow",
    "setup": False,
    "teardown": False,
}


def ours(**changed: Any) -> dict[str, Any]:
    """A file of ours with one exact DAG of two tasks in a group."""
    dag = {
        "dag_id": "sales",
        "exact": True,
        "line": 3,
        "schedule": {"kind": "cron", "expression": "0 3 * * *", "timetable": "CronTriggerTimetable", "timezone": "UTC"},
        "start_date": "2024-01-01T00:00:00+01:00",
        "start_moves": False,
        "end_date": None,
        "catchup": False,
        "max_active_runs": 16,
        "tags": ["b", "a"],
        "tasks": [{"task_id": "load.get", "line": 5, **TASK}, {"task_id": "load.put", "line": 6, **TASK}],
        "edges": [["load.get", "load.put"]],
        "groups": [{"group_id": "load", "parent": None}],
    }
    return {"path": "dags/sales.py", "errors": [], "dags": [{**dag, **changed}]}


def airflows(**changed: Any) -> dict[str, Any]:
    """The same file as Airflow would tell of it."""
    dag = {
        "dag_id": "sales",
        "schedule": {"kind": "cron", "expression": "0 3 * * *", "seconds": None, "timetable": "CronTriggerTimetable"},
        "timezone": "UTC",
        "start_date": "2023-12-31T23:00:00+00:00",
        "end_date": None,
        "catchup": False,
        "max_active_runs": 16,
        "tags": ["a", "b"],
        "tasks": {"load.get": dict(TASK), "load.put": dict(TASK)},
        "edges": [["load.get", "load.put"]],
        "groups": [["load", None]],
    }
    return {"path": "/dags/sales.py", "errors": [], "dags": [{**dag, **changed}]}


def schedule(**changed: Any) -> dict[str, Any]:
    return {"kind": "cron", "expression": "0 3 * * *", "timetable": "CronTriggerTimetable", "timezone": "UTC", **changed}


def told(**changed: Any) -> dict[str, Any]:
    return {"kind": "cron", "expression": "0 3 * * *", "seconds": None, "timetable": "CronTriggerTimetable", **changed}


def test_the_same_file_on_both_sides_has_no_difference() -> None:
    assert compare_file(ours(), airflows()) == ()


@pytest.mark.parametrize(
    ("mine", "theirs", "attribute", "values"),
    [
        ({"catchup": True}, {}, "catchup", (True, False)),
        ({}, {"max_active_runs": 1}, "max_active_runs", (16, 1)),
        ({"tags": []}, {}, "tags", ([], ["a", "b"])),
        ({"start_date": None}, {}, "start_date", (None, "2023-12-31T23:00:00+00:00")),
        ({}, {"start_date": None}, "start_date", ("2024-01-01T00:00:00+01:00", None)),
        ({"end_date": "2025-01-01T00:00:00+00:00"}, {}, "end_date", ("2025-01-01T00:00:00+00:00", None)),
        ({"edges": []}, {}, "edges", ([], [("load.get", "load.put")])),
        ({"groups": []}, {}, "groups", ([], [("load", None)])),
        ({}, {"groups": [["load", "outer"]]}, "groups", ([("load", None)], [("load", "outer")])),
        ({"tasks": []}, {}, "tasks", ([], ["load.get", "load.put"])),
        ({"schedule": schedule(kind="none")}, {}, "schedule", ("none", "cron")),
        (
            {"schedule": schedule(timetable="CronDataIntervalTimetable")},
            {},
            "timetable",
            ("CronDataIntervalTimetable", "CronTriggerTimetable"),
        ),
        ({"schedule": schedule(expression="0 4 * * *")}, {}, "expression", ("0 4 * * *", "0 3 * * *")),
        ({"schedule": schedule(timezone="Europe/Oslo")}, {}, "timezone", ("Europe/Oslo", "UTC")),
        (
            {"schedule": schedule(kind="interval", expression="PT2H", timetable="DeltaTriggerTimetable")},
            {"schedule": told(kind="interval", expression=None, seconds=3600.0, timetable="DeltaTriggerTimetable")},
            "expression",
            ("PT2H", "3600 seconds"),
        ),
    ],
)
def test_each_attribute_that_differs_is_told(mine: dict[str, Any], theirs: dict[str, Any], attribute: str, values: tuple[Any, Any]) -> None:
    assert compare_file(ours(**mine), airflows(**theirs)) == (Difference("dags/sales.py", "sales", True, attribute, *values, line=3),)


@pytest.mark.parametrize("attribute", sorted(TASK))
def test_each_attribute_of_a_task_that_differs_is_told_with_the_tasks_place(attribute: str) -> None:
    tasks = {"load.get": {**TASK, attribute: "other"}, "load.put": dict(TASK)}
    expected = Difference("dags/sales.py", "sales", True, attribute, TASK[attribute], "other", task_id="load.get", line=5)
    assert compare_file(ours(), airflows(tasks=tasks)) == (expected,)


def test_a_dag_on_one_side_only_is_a_difference_and_only_ours_can_break_a_promise() -> None:
    nothing: dict[str, Any] = {"path": "/dags/sales.py", "errors": [], "dags": []}
    assert compare_file(ours(), nothing) == (Difference("dags/sales.py", "sales", True, "dag", "sales", None, line=3),)
    assert compare_file({**ours(), "dags": []}, airflows()) == (Difference("dags/sales.py", "sales", False, "dag", None, "sales"),)


def test_a_file_that_airflow_could_not_load_is_not_compared() -> None:
    assert compare_file(ours(), {"path": "/dags/sales.py", "errors": ["No module named 'boto3'"], "dags": []}) == ()


def test_a_start_date_that_moves_agrees_with_any_but_none() -> None:
    assert compare_file(ours(start_date=None, start_moves=True), airflows()) == ()
    assert [d.attribute for d in compare_file(ours(start_date="2024-01-01T00:00:00", start_moves=True), airflows(start_date=None))] == [
        "start_date"
    ]


def test_what_airflow_does_not_tell_is_not_compared() -> None:
    assert compare_file(ours(), airflows(schedule=told(expression=None, timetable=None))) == ()


def test_how_airflow_1_10_writes_a_zone_does_not_count() -> None:
    mine = ours(schedule=schedule(timezone="<Timezone [UTC]>"))
    assert compare_file(mine, airflows()) == ()
    (difference,) = compare_file(ours(schedule=schedule(timezone="<Timezone [Europe/Oslo]>")), airflows())
    assert difference.attribute == "timezone"


def test_spaces_in_a_cron_do_not_count() -> None:
    assert compare_file(ours(schedule=schedule(expression="0  3 * * * ")), airflows()) == ()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (None, None, True),
        ("2024-01-01T00:00:00", "2024-01-01T00:00:00+00:00", True),
        ("2024-01-01T00:00:00+01:00", "2023-12-31T23:00:00+00:00", True),
        ("2024-01-01T00:00:00+01:00", "2024-01-01T00:00:00+00:00", False),
    ],
)
def test_moments_are_compared_across_zones(first: str | None, second: str | None, same: bool) -> None:
    assert same_moment(first, second) is same


@pytest.mark.parametrize(
    ("duration", "seconds"), [("P1D", 86400.0), ("PT1H30M", 5400.0), ("-PT1.5S", -1.5), ("P1W", 604800.0), ("P1M", None), (None, None)]
)
def test_durations_have_lengths_unless_they_are_months(duration: str | None, seconds: float | None) -> None:
    assert seconds_of(duration) == seconds
