"""`dagcheck show` as a user meets it."""

import json

import pytest

from tests.cli.conftest import GOOD, Folder

SECRET = "vK8tq2Lw" + "x9RmQQz4"
WITH_SECRET = f"""\
from airflow.sdk import DAG, Param, task

KEY = "{SECRET}"

with DAG("keys", schedule=None, default_args={{"owner": "me", "password": "{SECRET}", "uri": "postgresql://bob:{SECRET}@db/x"}}, params={{"api_key": Param(KEY)}}):
    @task
    def load():
        pass

    load()
"""
INEXACT = GOOD.replace("import pendulum\n", "import os\n\nimport pendulum\n").replace('"0 5 * * *"', 'os.environ["WHEN"]')


def test_json_has_the_public_shape(folder: Folder) -> None:
    folder.write("dag.py")
    answer = folder.run("show", "dag.py", "--format", "json")
    shown = json.loads(answer.out)
    (dag,) = shown["files"][0]["dags"]
    assert (answer.status, shown["version"], shown["airflow"], shown["files"][0]["path"]) == (0, 1, "3.3", "dag.py")
    assert set(dag) == {
        *(
            "dag_id",
            "exact",
            "doubts",
            "line",
            "column",
            "schedule",
            "start_date",
            "start_moves",
            "end_date",
            "catchup",
            "max_active_runs",
            "tags",
        ),
        *("default_args", "params", "tasks", "groups", "edges", "inlets", "outlets", "waits_for", "triggers"),
    }
    assert dag["schedule"] == {"kind": "cron", "expression": "0 5 * * *", "timetable": "CronTriggerTimetable", "timezone": "UTC"}
    assert set(dag["tasks"][0]) == {
        *(
            "task_id",
            "operator",
            "module",
            "group",
            "mapped",
            "retries",
            "trigger_rule",
            "pool",
            "owner",
            "setup",
            "teardown",
            "line",
            "column",
        ),
    }


@pytest.mark.parametrize("words", [("--format", "json"), ("--format", "text"), ("--doubts",)])
def test_no_secret_is_shown(folder: Folder, words: tuple[str, ...]) -> None:
    folder.write("keys.py", WITH_SECRET)
    answer = folder.run("show", "keys.py", *words)
    assert answer.status == 0
    assert SECRET not in answer.out + answer.err


def test_what_is_no_secret_stays(folder: Folder) -> None:
    folder.write("keys.py", WITH_SECRET)
    (dag,) = json.loads(folder.run("show", "keys.py", "--format", "json").out)["files"][0]["dags"]
    assert dag["default_args"] == {"owner": "me", "password": "***", "uri": "***"}


def test_one_dag_is_shown_alone(folder: Folder) -> None:
    folder.write("a.py")
    folder.write("b.py", GOOD.replace('"good"', '"other"'))
    assert "  other line 5" in folder.run("show", ".", "--dag", "other").out
    assert "good" not in folder.run("show", ".", "--dag", "other").out
    answer = folder.run("show", ".", "--dag", "nothing")
    assert (answer.status, answer.out, answer.err) == (2, "", "error: no DAG is called 'nothing' here\n")


def test_doubts_are_counted(folder: Folder) -> None:
    folder.write("a.py")
    folder.write("b.py", INEXACT.replace('"good"', '"unsure"'))
    lines = folder.run("show", ".", "--doubts").out.splitlines()
    assert lines[0] == "1 of 2 DAGs are exact"
    assert any("WHEN" in line and "b.py:9" in line for line in lines[1:])


def test_an_environment_variable_is_known_from_the_configuration(folder: Folder) -> None:
    folder.write("dagcheck.toml", '[env]\nWHEN = "15 3 * * *"\n')
    folder.write("b.py", INEXACT)
    assert "15 3 * * * (CronTriggerTimetable, UTC)" in folder.run("show", "b.py").out


def test_output_goes_to_a_file_on_request(folder: Folder) -> None:
    folder.write("dag.py")
    answer = folder.run("show", "dag.py", "--output", "shown.txt")
    assert (answer.status, answer.out) == (0, "")
    assert "good line 5  exact" in (folder.path / "shown.txt").read_text()
