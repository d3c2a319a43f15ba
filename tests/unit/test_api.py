"""The Python API gives what the commands say, as models."""

import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest

import dagcheck
from dagcheck.commands.api import InputError, workspace_of
from dagcheck.model.errors import ExplainedError

SOURCE = 'from airflow.sdk import DAG\n\ndag = DAG("sales", schedule="0 25 * * *")\n'


def test_a_text_is_shown_under_its_name() -> None:
    shown = dagcheck.show(source=SOURCE.replace("25", "3"), path="dags/sales.py", airflow="3.3")
    assert [(file.path, [(dag.dag_id, dag.exact) for dag in file.dags]) for file in shown.files] == [("dags/sales.py", [("sales", True)])]
    assert json.loads(json.dumps(shown.model_dump(mode="json")))["version"] == 1


def test_a_text_is_checked_with_the_chosen_rules() -> None:
    found = dagcheck.check(source=SOURCE, select=["DAG306"])
    assert [(finding.code, finding.path, finding.line) for finding in found.findings] == [("DAG306", "dag.py", 3)]
    assert dagcheck.check(source=SOURCE, select="DAG3", ignore=["DAG303", "DAG306"]).findings == ()
    dumped = found.model_dump(mode="json")
    assert (dumped["version"], dumped["files"], dumped["dags"], dumped["findings"][0]["fix"]["safety"]) == (1, 1, 1, "unsafe")


def test_settings_and_configuration_change_the_answer(tmp_path: Path) -> None:
    source = 'import os\nfrom airflow import DAG\ndag = DAG(os.environ["NAME"], schedule=None)\n'
    shown = dagcheck.show(
        source=source, airflow="2.11", settings={"scheduler.catchup_by_default": False}, config={"env": {"NAME": "sales"}}
    )
    (dag,) = shown.files[0].dags
    assert (dag.dag_id, dag.catchup, shown.airflow) == ("sales", False, "2.11")


def test_files_and_folders_are_taken_and_configuration_is_found(tmp_path: Path) -> None:
    (tmp_path / "dagcheck.toml").write_text('airflow = "2.11"\n')
    (tmp_path / "sales.py").write_text(SOURCE.replace("airflow.sdk", "airflow"))
    assert dagcheck.show([tmp_path]).airflow == "2.11"
    assert dagcheck.show(tmp_path / "sales.py", config={}).airflow == "3.3"
    assert [finding.code for finding in dagcheck.check([tmp_path], select=["DAG306"]).findings] == ["DAG306"]


def test_an_input_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        dagcheck.show([tmp_path / "gone"])
    with pytest.raises(InputError, match="no DAG found"):
        dagcheck.check([tmp_path])
    with pytest.raises(TypeError, match="either paths or source"):
        dagcheck.show([tmp_path], source="")


@pytest.mark.parametrize("version", ["newest", "3", ""])
def test_a_version_that_is_none_is_an_error(version: str) -> None:
    for answer in (dagcheck.show, dagcheck.check, dagcheck.simulate):
        with pytest.raises(ExplainedError, match="is not an Airflow version; write it as"):
            answer(source=SOURCE, airflow=version)


def test_importing_dagcheck_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import dagcheck; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.replace("'", '"')))
    assert {name for name in loaded if not name.startswith(("importlib", "_"))} <= {"dagcheck", "dagcheck.version", "warnings"}


def test_the_clock_of_rules_is_the_start_of_the_day_as_for_the_command_line() -> None:
    workspace, _ = workspace_of((), SOURCE, "dag.py", None, None, None)
    assert workspace.now.time() == datetime.time()
    assert workspace.now.tzinfo is datetime.UTC
    assert workspace.now <= datetime.datetime.now(datetime.UTC) < workspace.now + datetime.timedelta(days=2)
