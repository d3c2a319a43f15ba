"""One DAG of very many tasks, and one project of very many DAGs: how much processor time the rules take that see them as a whole.

Usage: python benchmarks/large.py
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagcheck
from dagcheck.commands.choosing import Choice, choose, known_rules
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.judge import has_project_hook, judge_file, judge_project
from dagcheck.engine.select import Selected
from dagcheck.model.dag import Dag, File
from dagcheck.project.links import Project
from dagcheck.rule import FileContext, ProjectContext

TASKS = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("large", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    tasks = [EmptyOperator(task_id=f"task_{number}") for number in range(COUNT)]
    for number, task in enumerate(tasks):
        task >> tasks[number + 1 : number + 6]
"""
DAGS = """
from datetime import datetime
from airflow.sdk import DAG, Asset
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor

for number in range(FIRST, LAST):
    with DAG(f"dag_{number}", schedule=f"{number % 60} {number % 24} * * *", start_date=datetime(2024, 1, 1), catchup=False):
        load = EmptyOperator(task_id="load", outlets=[Asset(f"s3://lake/{number}")])
        for back in (24, 120):
            if number >= back:
                ExternalTaskSensor(task_id=f"wait_{back}", external_dag_id=f"dag_{number - back}", external_task_id="load") >> load
        load >> TriggerDagRunOperator(task_id="next", trigger_dag_id=f"dag_{number + 1}")
    with DAG(f"mart_{number}", schedule=[Asset(f"s3://lake/{number}")], start_date=datetime(2024, 1, 1)):
        ExternalTaskSensor(task_id="gone", external_dag_id=f"old_{number}") >> EmptyOperator(task_id="build")
"""


def many_tasks(count: int = 10_000) -> Iterator[str]:
    """All structure rules on one DAG of so many tasks with five edges each."""
    workspace = Workspace(texts={Path("large.py"): TASKS.replace("COUNT", str(count)).encode()}, config={})
    begun = time.process_time()
    (file,) = _files(workspace)
    extracted = time.process_time() - begun
    (dag,) = file.dags
    rules = [selected for selected in _rules(workspace) if selected.rule.meta.code.startswith("DAG1")]
    path = Path(workspace.base / "large.py")
    scope = workspace.scopes([path])[0]
    context = FileContext(file, workspace.sources(path, scope.configuration), scope.setting)
    begun = time.process_time()
    judged = judge_file(file, context, rules)
    seconds = time.process_time() - begun
    told = (
        f"{len(dag.tasks):,} tasks and {len(dag.edges):,} edges ({'exact' if dag.exact else 'not exact'}, extracted in {extracted:.2f} s)"
    )
    yield f"all {len(rules)} structure rules on {told}: {seconds:.2f} s, {len(judged.findings):,} findings (aim: below 2 s)"


def many_dags(count: int = 5_000, a_file: int = 50) -> Iterator[str]:
    """All project rules on so many DAGs that wait for, trigger and feed each other."""
    texts = {
        Path(f"group_{first}.py"): DAGS.replace("FIRST", str(first)).replace("LAST", str(first + a_file)).encode()
        for first in range(0, count // 2, a_file)
    }
    workspace = Workspace(texts=texts, config={})
    files = list(_files(workspace))
    rules = [selected for selected in _rules(workspace) if has_project_hook(selected)]
    path = workspace.base / next(iter(texts))
    scope = workspace.scopes([path])[0]
    context = ProjectContext(Project(files), workspace.sources(path, scope.configuration), scope.setting)
    begun = time.process_time()
    judged = judge_project(context, rules)
    seconds = time.process_time() - begun
    dags = [dag for file in files for dag in file.dags]
    told = f"{len(dags):,} DAGs with {references(dags):,} references between them"
    yield f"all {len(rules)} project rules on {told}: {seconds:.2f} s, {len(judged.findings):,} findings (aim: below 2 s)"


def references(dags: Iterable[Dag]) -> int:
    """Sensors on DAGs and on their tasks, triggers of DAGs, and assets that are written or waited for."""
    uses = (
        len(dag.waits_for) + sum(len(wait.task_ids) for wait in dag.waits_for) + len(dag.triggers) + (dag.schedule.kind == "assets")
        for dag in dags
    )
    return sum(uses)


def _files(workspace: Workspace) -> Iterator[File]:
    for path, text in workspace.texts.items():
        (file,) = dagcheck.show(source=text.decode(), path=path.name).files
        yield file


def _rules(workspace: Workspace) -> tuple[Selected, ...]:
    """Every rule there is."""
    scope = workspace.scopes([next(iter(workspace.texts))])[0]
    return choose(scope, known_rules(), Choice(extend=("DAG",))).running


def main() -> None:
    for line in itertools.chain(many_tasks(), many_dags()):
        print(line)


if __name__ == "__main__":
    main()
