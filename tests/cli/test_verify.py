import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from dagcheck.cli.main import main

DAG = """\
import datetime

from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator

with DAG("sales", schedule="0 3 * * *", start_date=datetime.datetime(2024, 1, 1), tags=["finance"]):
    BashOperator(task_id="get", bash_command="get") >> BashOperator(task_id="put", bash_command="put", retries=2)
"""
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
LOADED = {
    "dag_id": "sales",
    "schedule": {"kind": "cron", "expression": "0 3 * * *", "seconds": None, "timetable": "CronTriggerTimetable"},
    "timezone": "UTC",
    "start_date": "2024-01-01T00:00:00+00:00",
    "end_date": None,
    "catchup": False,
    "max_active_runs": 16,
    "tags": ["finance"],
    "tasks": {"get": dict(TASK), "put": {**TASK, "retries": 2}},
    "edges": [["get", "put"]],
    "groups": [],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one DAG file, as the working directory."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "sales.py").write_text(DAG)
    (tmp_path / "dagcheck.toml").write_text('dags = ["dags"]\n[env]\nCITY = "Oslo"\n[variables]\nlimit = 3\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def interpreter(folder: Path, dags: list[dict[str, Any]], errors: tuple[str, ...] = (), airflow: str = "3.3.2") -> str:
    """A stand-in for an interpreter whose Airflow makes these DAGs of every file; it writes what it was asked to `asked.json`."""
    path = folder / "python"
    path.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nasked = json.load(sys.stdin)\n"
        f"asked['env'] = {{name: os.environ.get(name) for name in ('CITY', 'AIRFLOW_VAR_LIMIT')}}\n"
        f"open({str(folder / 'asked.json')!r}, 'w').write(json.dumps(asked))\n"
        f"files = [{{'path': path, 'dags': {dags!r}, 'errors': {list(errors)!r}}} for path in asked['files']]\n"
        f"print(json.dumps({{'airflow': {airflow!r}, 'files': files}}))\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_agreement_is_told_and_is_exit_status_0(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--python", interpreter(project, [LOADED])]) == 0
    assert capsys.readouterr().out == "1 files, 1 DAGs loaded by Airflow 3.3.2; 1 of the 1 that we call exact agree\n"


def test_a_difference_in_an_exact_dag_is_told_with_its_place_and_is_exit_status_1(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = {**LOADED, "catchup": True, "tasks": {"get": dict(TASK), "put": dict(TASK)}}
    assert main(["verify", "dags", "--python", interpreter(project, [loaded])]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "dags/sales.py: sales  (called exact)",
        "  line 6: catchup is False, Airflow has True",
        "  line 7: task put: retries is 2, Airflow has 0",
        "1 files, 1 DAGs loaded by Airflow 3.3.2; 0 of the 1 that we call exact agree",
    ]


def test_a_dag_that_only_airflow_has_is_told_and_breaks_no_promise(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--python", interpreter(project, [LOADED, {**LOADED, "dag_id": "more"}])]) == 0
    assert "dags/sales.py: more\n  only Airflow has this DAG\n" in capsys.readouterr().out


def test_the_json_form_has_every_difference_and_what_was_not_loaded(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--python", interpreter(project, [{**LOADED, "max_active_runs": 1}]), "--format", "json"]) == 1
    difference = {
        "path": "dags/sales.py",
        "dag_id": "sales",
        "exact": True,
        "attribute": "max_active_runs",
        "ours": 16,
        "airflows": 1,
        "task_id": None,
        "line": 6,
    }
    expected = {
        "version": 1,
        "airflow": "3.3.2",
        "files": 1,
        "dags": 1,
        "exact": 1,
        "agreeing": 0,
        "differences": [difference],
        "not_loaded": [],
    }
    assert json.loads(capsys.readouterr().out) == expected


def test_a_file_that_airflow_could_not_load_is_told_and_not_compared(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--python", interpreter(project, [], ("ModuleNotFoundError: No module named 'boto3'",))]) == 0
    assert "dags/sales.py: not compared, Airflow could not load it: ModuleNotFoundError: No module named 'boto3'" in capsys.readouterr().out


def test_airflow_gets_the_configured_environment_variables_and_roots(project: Path) -> None:
    main(["verify", "--python", interpreter(project, [LOADED]), "--quiet"])
    asked = json.loads((project / "asked.json").read_text())
    assert asked["env"] == {"CITY": "Oslo", "AIRFLOW_VAR_LIMIT": "3"}
    assert asked["files"] == [str(project / "dags" / "sales.py")]
    assert str(project / "dags") in asked["roots"]


def test_our_side_is_extracted_for_the_version_that_answered(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "dags" / "sales.py").write_text(DAG.replace("airflow.sdk", "airflow").replace("airflow.providers.standard", "airflow"))
    loaded = {**LOADED, "catchup": True, "schedule": {**LOADED["schedule"], "timetable": "CronDataIntervalTimetable"}}
    assert main(["verify", "--python", interpreter(project, [loaded], airflow="2.11.2")]) == 0
    assert "1 of the 1 that we call exact agree" in capsys.readouterr().out


def test_an_interpreter_without_an_answer_and_a_path_that_is_not_there_are_exit_status_2(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--python", str(project / "nothing")]) == 2
    assert "can't be run" in capsys.readouterr().err
    assert main(["verify", "no-such-folder", "--python", interpreter(project, [])]) == 2
    assert "no-such-folder" in capsys.readouterr().err


def test_the_interpreter_must_be_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["verify", "dags"])
    assert ended.value.code == 2
    assert "--python" in capsys.readouterr().err


def test_the_answer_can_go_to_a_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--python", interpreter(project, [LOADED]), "--output", "answer.txt"]) == 0
    assert capsys.readouterr().out == ""
    assert (project / "answer.txt").read_text().endswith("agree\n")
