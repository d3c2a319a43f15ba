"""What code of Airflow and of providers makes or computes when a DAG file calls it: groups with a task of their own, chains of tasks, small functions, start dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagcheck.airflow.extract import extract
from dagcheck.airflow.target import Target
from dagcheck.model.dag import Dag
from dagcheck.source.project import ProjectFiles

HEAD = """
import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.utils.task_group import TaskGroup
START = datetime.datetime(2024, 1, 1)
"""


def extracted(text: str, version: str = "3.3") -> Dag:
    place = Path("/p/dags/main.py")
    project = ProjectFiles([place.parent], base=place.parent, texts={place: (HEAD + text).encode()})
    (dag,) = extract(project.source(place), project, Target(version)).dags
    assert [doubt.message for doubt in dag.doubts] == []
    return dag


def edges(dag: Dag) -> set[str]:
    return {f"{first} > {second}" for first, second in dag.edges}


def test_a_databricks_workflow_launches_before_its_roots() -> None:
    dag = extracted("""
from airflow.providers.databricks.operators.databricks import DatabricksNotebookOperator
from airflow.providers.databricks.operators.databricks_workflow import DatabricksWorkflowTaskGroup
with DAG("d", start_date=START, schedule=None):
    flow = DatabricksWorkflowTaskGroup(group_id="flow", databricks_conn_id="c")
    with flow:
        one = DatabricksNotebookOperator(task_id="one", databricks_conn_id="c", notebook_path="/n", source="WORKSPACE")
        two = DatabricksNotebookOperator(task_id="two", databricks_conn_id="c", notebook_path="/n", source="WORKSPACE")
        one >> two
    flow >> EmptyOperator(task_id="end")
""")
    assert edges(dag) == {"flow.launch > flow.one", "flow.one > flow.two", "flow.two > end"}
    assert {task.task_id: task.operator for task in dag.tasks}["flow.launch"] == "_CreateDatabricksWorkflowOperator"


@pytest.mark.parametrize(("without", "tasks"), [("False", 8), ("True", 7)])
def test_a_dataform_workspace_is_a_chain(without: str, tasks: int) -> None:
    dag = extracted(f"""
from airflow.providers.google.cloud.utils.dataform import make_initialization_workspace_flow
with DAG("d", start_date=START, schedule=None):
    first, last = make_initialization_workspace_flow(
        project_id="p", region="us", repository_id="r", workspace_id="w", without_installation={without}
    )
    EmptyOperator(task_id="a") >> first
    last >> EmptyOperator(task_id="z")
""")
    assert len(dag.tasks) == tasks + 2
    assert len(dag.edges) == tasks + 1
    assert {"a > make-definitions-directory", "make-includes-directory > z"} <= edges(dag)


def test_a_property_that_is_the_output_makes_an_edge() -> None:
    dag = extracted("""
from airflow.providers.yandex.operators.dataproc import DataprocCreateClusterOperator, DataprocDeleteClusterOperator
with DAG("d", start_date=START, schedule=None):
    made = DataprocCreateClusterOperator(task_id="make", zone="z", s3_bucket="b")
    DataprocDeleteClusterOperator(task_id="drop", cluster_id=made.cluster_id)
""")
    assert edges(dag) == {"make > drop"}


def test_small_functions_of_airflow_are_computed() -> None:
    dag = extracted("""
from airflow.utils.helpers import at_most_one, convert_camel_to_snake, exactly_one, is_container, merge_dicts, prune_dict
from airflow.utils.strings import to_boolean
with DAG("d", start_date=START, schedule=None):
    EmptyOperator(task_id=convert_camel_to_snake("LoadTable"))
    assert exactly_one(1, None, []) and not exactly_one(1, 2) and at_most_one(None, 0) and is_container([]) and to_boolean(" Yes ")
    for name in prune_dict({"a": 1, "b": None, "c": {"x": None}, "d": 0}):
        EmptyOperator(task_id=name)
    for name, value in merge_dicts({"x": {"p": 1}, "y": 2}, {"x": {"q": 3}, "y": 4}).items():
        EmptyOperator(task_id=f"{name}{value}".replace("'", "").replace("{", "").replace("}", "").replace(":", "").replace(", ", "").replace(" ", ""))
""")
    assert {task.task_id for task in dag.tasks} == {"load_table", "a", "c", "d", "xp1q3", "y4"}


def test_unique_ids_of_libraries_count_on() -> None:
    dag = extracted(
        """
from airflow.decorators.base import get_unique_task_id
with DAG("d", start_date=START, schedule=None) as dag:
    for _ in range(3):
        EmptyOperator(task_id=get_unique_task_id("t", dag))
    with TaskGroup("g"):
        EmptyOperator(task_id=get_unique_task_id("t"))
""",
        "2.11",
    )
    assert [task.task_id for task in dag.tasks] == ["t", "t__1", "t__2", "g.t"]


@pytest.mark.parametrize(("version", "expected"), [("2.11", set()), ("3.3", {"before > after"})])
def test_only_airflow_3_sees_through_an_empty_group(version: str, expected: set[str]) -> None:
    dag = extracted(
        """
with DAG("d", start_date=START, schedule=None):
    EmptyOperator(task_id="before") >> TaskGroup("g") >> EmptyOperator(task_id="after")
""",
        version,
    )
    assert edges(dag) == expected


CLOCK = 'default_args={"start_date": datetime.datetime.now()}'


@pytest.mark.parametrize(
    ("arguments", "tasks", "start", "moving"),
    [
        ("", ["start_date=datetime.datetime(2020, 1, 1)", "start_date=datetime.datetime(2019, 1, 1)"], "2019-01-01", False),
        ("start_date=START", ["start_date=datetime.datetime(2019, 1, 1)"], "2024-01-01", False),
        (f"start_date=START, {CLOCK}", [""], "2024-01-01", False),
        (CLOCK, [""], None, True),
        ("", ["start_date=datetime.datetime.now()"], None, True),
        ("", [""], None, False),
    ],
)
def test_the_start_is_the_own_one_or_the_earliest_of_the_tasks(arguments: str, tasks: list[str], start: str | None, moving: bool) -> None:
    made = "\n".join(f"    EmptyOperator(task_id='t{number}', {given})" for number, given in enumerate(tasks))
    dag = extracted(f"with DAG('d', schedule=None, {arguments}):\n{made}\n", "2.11")
    assert (dag.start_date.date().isoformat() if dag.start_date else None, dag.start_moves) == (start, moving)


def test_a_class_of_hooks_makes_no_task_even_with_a_task_id() -> None:
    dag = extracted("""
from airflow.providers.google.cloud.hooks.dataproc import DataProcJobBuilder
from airflow.providers.google.cloud.operators.dataproc import DataprocSubmitJobOperator
with DAG("d", start_date=START, schedule=None):
    builder = DataProcJobBuilder(project_id="p", task_id="run", cluster_name="c", job_type="spark_job")
    builder.add_args(["a"])
    DataprocSubmitJobOperator(task_id="run", job=builder.build()["job"], region="r")
""")
    assert [(task.task_id, task.operator) for task in dag.tasks] == [("run", "DataprocSubmitJobOperator")]


def test_a_task_decorator_under_asset_makes_its_own_kind_of_task() -> None:
    dag = extracted("""
from airflow.sdk import asset, task
@asset(schedule="@daily", name="renamed")
@task.bash(retries=3)
def made():
    return "echo"
""")
    assert (dag.dag_id, [(task.task_id, task.operator, task.retries) for task in dag.tasks]) == (
        "renamed",
        [("made", "_BashDecoratedOperator", 3)],
    )


def test_an_output_that_is_set_on_a_template_field_of_the_own_class_makes_an_edge() -> None:
    dag = extracted("""
from airflow.sdk import BaseOperator
class Load(BaseOperator):
    template_fields = ("path",)
    def __init__(self, path=None, other=None, **kwargs):
        super().__init__(**kwargs)
        self.path = path
        self.other = other
with DAG("d", start_date=START, schedule=None):
    first, second, third = Load(task_id="first"), Load(task_id="second"), Load(task_id="third")
    second.path = first.output
    third.other = first.output
""")
    assert edges(dag) == {"first > second"}


def test_a_member_of_an_enumeration_is_an_id_like_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagcheck.model.public.validated", lambda kind, values: pytest.fail(f"{kind.__name__} needed pydantic"))
    dag = extracted("""
from airflow.utils.trigger_rule import TriggerRule
with DAG("d", start_date=START, schedule=None):
    EmptyOperator(task_id=TriggerRule.ALL_SUCCESS, trigger_rule=TriggerRule.ALL_DONE)
""")
    assert [(task.task_id, task.label, task.trigger_rule) for task in dag.tasks] == [("all_success", "all_success", "all_done")]
