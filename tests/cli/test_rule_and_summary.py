"""`dagcheck rule` with a family, and the last line of a check whose rules do not say why files fail."""

import json
from pathlib import Path

import pytest

from dagcheck.cli.main import main


def test_the_beginning_of_codes_lists_the_rules_of_the_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "DAG10"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [f"DAG10{number}" for number in range(1, 10)]
    assert main(["rule", "dag9", "--format", "json"]) == 0
    assert {rule["code"][:4] for rule in json.loads(capsys.readouterr().out)} == {"DAG9"}


def test_what_is_no_rule_and_no_family_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "DAG0999"]) == 2
    assert "no rule is called 'DAG0999'" in capsys.readouterr().err


def test_files_that_do_not_load_are_told_where_the_chosen_rules_are_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "good.py").write_text('from airflow.sdk import DAG\n\nwith DAG("good", schedule=None):\n    pass\n')
    (folder / "bad.py").write_text("from airflow.sdk import DAG, nothing_of_this_name\n")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--select", "DAG101", "dags"]) == 0
    assert "No findings by the rules that ran, but 1 file does not load" in "".join(capsys.readouterr())
    (folder / "bad.py").unlink()
    assert main(["check", "--select", "DAG101", "dags"]) == 0
    assert "No findings.\n" in "".join(capsys.readouterr())


WAITING = """
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG

with DAG("report", schedule=None):
    ExternalTaskSensor(task_id="wait", external_dag_id="sales")  # dagcheck: ignore[{code}] -- kept until the report moves
"""


@pytest.mark.parametrize(("code", "status"), [("DAG821", 0), ("missing-awaited-dag", 0), ("DAG822", 1)])
def test_a_suppression_for_a_removed_dag_is_not_unused_in_a_plain_run(
    code: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.py").write_text(WAITING.format(code=code))
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--select", "DAG004,DAG821,DAG822", "--fail-on", "info", "report.py"]) == status


def test_what_ruff_says_of_a_removed_module_where_it_is_used_is_not_said_again_of_its_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "from airflow.sdk import DAG\nfrom airflow.operators.dummy import DummyOperator\n\nwith DAG('a', schedule=None):\n    DummyOperator(task_id='b')\n"
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "old.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--format", "concise", "--airflow", "3.3", "dags"]) == 1
    told = capsys.readouterr().out
    assert "AIR30" in told
    assert "DAG005" not in told
