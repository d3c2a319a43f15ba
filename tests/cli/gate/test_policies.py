"""Policies of the configuration judge DAGs and tasks like rules."""

import json

import pytest

from tests.cli.gate.project import Project

DAGS = """
from datetime import timedelta

from airflow.models import Variable
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("sales", schedule=None, tags=["finance", "team-a"], default_args={"owner": "data", "retries": 1}):
    BashOperator(task_id="load", bash_command="load", pool="warehouse")
    BashOperator(task_id="send", bash_command="curl x", retries=3, execution_timeout=timedelta(hours=3))
    BashOperator(task_id="hidden", bash_command="x", retries=Variable.get("retries"), pool=Variable.get("pool"))
    EmptyOperator(task_id="end")

with DAG("other", schedule=None):
    EmptyOperator(task_id="only", owner="nobody")
"""


def judged(project: Project, **policy: object) -> list[tuple[str, str | None, int]]:
    """DAG, task and line of each finding of one policy."""
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in {"code": "ORG001", **policy}.items())
    project.write("dagcheck.toml", f"[[policy]]\n{lines}")
    project.write("dags/sales.py", DAGS)
    findings = project.run("check", "dags", "--select", "ORG", "--format", "json").findings
    return [(finding["dag_id"], finding["task_id"], finding["line"]) for finding in findings]


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ({"tasks": "operator == BashOperator", "require": "retries >= 2"}, [("sales", "load", 8)]),
        ({"tasks": "tag == finance", "require": ["pool required"]}, [("sales", "send", 10), ("sales", "end", 12)]),
        ({"tasks": "*", "require": "owner in [data, platform]"}, [("other", "only", 15)]),
        ({"tasks": "execution_timeout required", "require": "execution_timeout <= 2h"}, [("sales", "send", 10)]),
        ({"tasks": "id match ^load", "require": "execution_timeout <= 2h"}, [("sales", "load", 9)]),
        ({"tasks": "argument.bash_command match curl", "require": "queue == internet"}, [("sales", "send", 10)]),
        ({"tasks": "operator in [BaseOperator] and dag_id == other", "require": "retries >= 1"}, [("other", "only", 15)]),
        ({"dags": "*", "require": "tags match ^team-"}, [("other", None, 14)]),
        ({"dags": "path match sales", "require": "tasks <= 2"}, []),
        ({"dags": "owner == nobody", "require": "schedule required"}, [("other", None, 14)]),
        ({"dags": "id == sales", "require": "catchup == false"}, []),
    ],
)
def test_a_policy_flags_what_surely_does_not_meet_it(
    project: Project, policy: dict[str, object], found: list[tuple[str, str | None, int]]
) -> None:
    assert judged(project, **policy) == found


def test_a_policy_has_its_own_message_severity_name_and_explanation(project: Project) -> None:
    judged(
        project,
        tasks="id == load",
        require="retries >= 2",
        message="Loads retry.",
        help="Ask the platform team.",
        severity="error",
        name="too-few-retries",
    )
    ran = project.run("check", "dags", "--select", "ORG", "--format", "json")
    (finding,) = ran.findings
    assert ran.status == 1
    assert (finding["code"], finding["name"], finding["severity"]) == ("ORG001", "too-few-retries", "error")
    assert finding["message"] == "Loads retry. Required: retries >= 2 (but retries is 1)."
    sarif = json.loads(project.run("check", "dags", "--select", "ORG", "--format", "sarif").out)
    assert [rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]] == ["ORG001"]


def test_policies_are_on_by_default_and_can_be_ignored_and_suppressed(project: Project) -> None:
    judged(project, tasks="id == load", require="retries >= 2")
    assert "ORG001" in [code for _, code in project.run("check", "dags", "--format", "json").codes]
    assert "ORG001" not in [code for _, code in project.run("check", "dags", "--ignore", "ORG001", "--format", "json").codes]
    project.write("dags/sales.py", DAGS.replace('"retries": 1}):', '"retries": 1}):  # dagcheck: ignore[ORG001] -- agreed'))
    assert project.run("check", "dags", "--select", "ORG,DAG004").status == 0


def test_a_selector_may_name_a_policy_of_one_of_several_configurations(project: Project) -> None:
    project.write("a/dagcheck.toml", '[[policy]]\ncode = "ORG001"\ntasks = "*"\nrequire = "pool required"\n')
    project.write("a/dags/a.py", DAGS)
    project.write("b/dags/b.py", DAGS)
    ran = project.run("check", "a", "b", "--select", "ORG001", "--format", "json")
    assert (ran.status, {finding["path"] for finding in ran.findings}) == (1, {"a/dags/a.py"})


def test_a_value_that_may_be_private_is_not_told(project: Project) -> None:
    judged(project, tasks="id == send", require="argument.bash_command match ^safe")
    (finding,) = project.run("check", "dags", "--select", "ORG", "--format", "json").findings
    assert "curl" not in finding["message"]
