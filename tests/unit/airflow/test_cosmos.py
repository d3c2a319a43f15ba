"""dbt projects as Cosmos draws them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dagcheck

HEAD = """
from datetime import datetime
from pathlib import Path
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
from cosmos import DbtDag, DbtTaskGroup, ExecutionConfig, ExecutionMode, LoadMode, ProfileConfig, ProjectConfig, RenderConfig, TestBehavior
from cosmos.operators import DbtRunOperationOperator
from cosmos.profiles import PostgresUserPasswordProfileMapping
HERE = Path(__file__).parent
profile = ProfileConfig(profile_name="p", target_name="t", profile_mapping=PostgresUserPasswordProfileMapping(conn_id="c", profile_args={}))
project = ProjectConfig(manifest_path=HERE / "manifest.json", project_name="shop")
common = dict(project_config=project, profile_config=profile, execution_config=ExecutionConfig(dbt_project_path=HERE))
"""


def node(kind: str, name: str, *parents: str, tags: tuple[str, ...] = (), **config: Any) -> dict[str, Any]:
    path = f"models/{name}.sql"
    return {"resource_type": kind, "original_file_path": path, "depends_on": {"nodes": list(parents)}, "tags": list(tags), "config": config}


NODES = {
    "seed.shop.rates": node("seed", "rates"),
    "model.shop.raw": node("model", "raw", tags=("early",)),
    "model.shop.sums": node("model", "sums", "model.shop.raw", "seed.shop.rates", meta={"owner": "finance"}),
    "model.shop.report": node("model", "report", "model.shop.sums", tags=("late",)),
    "test.shop.sums_are_unique.0": node("test", "sums_are_unique", "model.shop.sums"),
}


def show(folder: Path, code: str, nodes: dict[str, Any] | None = NODES) -> Any:
    if nodes is not None:
        (folder / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    (folder / "dags.py").write_text(HEAD + code)
    return dagcheck.show([folder / "dags.py"], airflow="3.3", config={"roots": [str(folder)]}).files[0].dags[0]


def test_each_node_is_a_task_and_a_tested_one_a_group(tmp_path: Path) -> None:
    dag = show(tmp_path, "dag = DbtDag(dag_id='d', schedule=None, operator_args={'retries': 3}, **common)\n")
    assert dag.exact
    assert {task.task_id: task.operator for task in dag.tasks} == {
        "rates_seed": "DbtSeedLocalOperator",
        "raw_run": "DbtRunLocalOperator",
        "sums.run": "DbtRunLocalOperator",
        "sums.test": "DbtTestLocalOperator",
        "report_run": "DbtRunLocalOperator",
    }
    assert set(dag.edges) == {("rates_seed", "sums.run"), ("raw_run", "sums.run"), ("sums.run", "sums.test"), ("sums.test", "report_run")}
    owners = {task.task_id: (task.owner, task.retries) for task in dag.tasks}
    assert (owners["sums.run"], owners["raw_run"]) == (("finance", 3), ("airflow", 3))


@pytest.mark.parametrize(
    ("render", "tasks"),
    [
        ("select=['tag:late'], test_behavior=TestBehavior.NONE", {"report_run"}),
        ("select=['+sums'], test_behavior=TestBehavior.NONE", {"rates_seed", "raw_run", "sums_run"}),
        ("select=['1+report', 'tag:early'], test_behavior=TestBehavior.NONE", {"raw_run", "sums_run", "report_run"}),
        ("select=['raw+'], exclude=['tag:early'], test_behavior=TestBehavior.NONE", {"sums_run", "report_run"}),
        ("exclude=['raw+'], test_behavior=TestBehavior.AFTER_ALL", {"rates_seed", "shop_test"}),
        ("select=['tag:late'], test_behavior=TestBehavior.BUILD", {"report_model_build"}),
        ("select=['path:models/raw.sql', 'models/report.sql']", {"raw_run", "report_run"}),
        ("select=['path:models'], exclude=['report']", {"rates_seed", "raw_run", "sums.run", "sums.test"}),
        ("select=['report']", {"report_run"}),
    ],
)
def test_what_is_selected_is_drawn(tmp_path: Path, render: str, tasks: set[str]) -> None:
    dag = show(tmp_path, f"dag = DbtDag(dag_id='d', schedule=None, render_config=RenderConfig({render}), **common)\n")
    assert dag.exact
    assert {task.task_id for task in dag.tasks} == tasks


@pytest.mark.parametrize(
    ("render", "nodes"),
    [
        ("", None),
        ("load_method=LoadMode.DBT_LS", NODES),
        ("select=['config.materialized:view']", NODES),
        ("select=['models']", NODES),
        ("select=[name for name in open('/elsewhere')]", NODES),
        ("node_converters={'model': print}", NODES),
        ("", {"model.shop.raw": node("model", "raw", materialized="ephemeral")}),
    ],
)
def test_what_is_not_followed_is_a_doubt_and_the_group_stays_one_node(tmp_path: Path, render: str, nodes: dict[str, Any] | None) -> None:
    code = f"""
with DAG('d', schedule=None) as dag:
    group = DbtTaskGroup(group_id='g', render_config=RenderConfig({render}), **common)
    EmptyOperator(task_id='a') >> group >> EmptyOperator(task_id='z')
"""
    dag = show(tmp_path, code, nodes)
    assert not dag.exact
    inner = [task.task_id for task in dag.tasks if task.task_id.startswith("g.")]
    assert len(inner) == 1
    assert set(dag.edges) == {("a", inner[0]), (inner[0], "z")}


def test_cosmos_operators_alone_are_tasks_like_others(tmp_path: Path) -> None:
    dag = show(tmp_path, "with DAG('d', schedule=None) as dag:\n    DbtRunOperationOperator(task_id='macro', macro_name='m')\n", None)
    assert dag.exact
    assert [(task.task_id, task.operator) for task in dag.tasks] == [("macro", "DbtRunOperationLocalOperator")]


def test_other_execution_modes_name_other_operators(tmp_path: Path) -> None:
    code = (
        "common['execution_config'] = ExecutionConfig(dbt_project_path=HERE, execution_mode=ExecutionMode.KUBERNETES)\n"
        "dag = DbtDag(dag_id='d', schedule=None, render_config=RenderConfig(select=['tag:late']), **common)\n"
    )
    dag = show(tmp_path, code)
    assert [task.operator for task in dag.tasks] == ["DbtRunKubernetesOperator"]


@pytest.mark.parametrize(
    "changed",
    [
        "profile_config=None",
        "execution_config=ExecutionConfig()",
        "project_config=ProjectConfig(HERE, manifest_path=HERE / 'manifest.json')",
        "project_config=ProjectConfig(HERE / 'dbt', manifest_path=HERE / 'manifest.json'), execution_config=ExecutionConfig()",
        "profile_config=ProfileConfig(profile_name='p', target_name='t', profiles_yml_filepath=HERE / 'profiles.yml')",
    ],
)
def test_what_cosmos_would_refuse_is_never_exact(tmp_path: Path, changed: str) -> None:
    dag = show(tmp_path, f"common.update({changed})\ndag = DbtDag(dag_id='d', schedule=None, **common)\n")
    assert not dag.exact


@pytest.mark.parametrize("name", ["env_vars", "dbt_vars"])
def test_each_task_waits_for_the_tasks_that_its_variables_come_from(tmp_path: Path, name: str) -> None:
    dag = show(
        tmp_path,
        f"""
from airflow.sdk import task
@task
def values(): return {{"A": "b"}}
with DAG("d", schedule=None):
    project = ProjectConfig(manifest_path=HERE / "manifest.json", project_name="shop", {name}=values())
    DbtTaskGroup(group_id="g", **{{**common, "project_config": project}})
""",
    )
    assert dag.exact
    assert {second for first, second in dag.edges if first == "values"} == {task.task_id for task in dag.tasks} - {"values"}
