"""Runs in a real Airflow's interpreter: makes DAGs of the shapes in a JSON file, runs each with `dag.test()`, and prints the final states of all task instances.

It is at the same time the DAG file that Airflow's bundle reads, so the shapes come through the environment variable DAGCHECK_SHAPES.
"""

import json
import os
import sys
from datetime import datetime, timedelta

from airflow.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk import DAG, task, task_group


def act(outcome, failures=0, **context):
    if outcome == "failed" or (failures and context["ti"].try_number <= failures):
        raise RuntimeError("as wanted") if outcome != "fail-fast" else AirflowFailException("as wanted")
    if outcome == "skipped":
        raise AirflowSkipException("as wanted")


def choose(followed):
    return followed


def act_in_group(outcomes, index):
    act(outcomes[index])


def build_group(group_id, items, made):
    """The tasks of a mapped group, with as many instances as its items have outcomes."""

    @task_group(group_id=group_id)
    def group(index):
        for item in items:
            given = {"task_id": item["task_id"].partition(".")[2], "trigger_rule": item["trigger_rule"]}
            made[item["task_id"]] = task(act_in_group, **given)(item["outcomes"], index)

    group.expand(index=list(range(len(items[0]["outcomes"]))))


def build(shape):
    with DAG(shape["dag_id"], schedule=None, start_date=datetime(2024, 1, 1)) as dag:
        made = {}
        groups = {}
        for item in shape["tasks"]:
            groups.setdefault(item.get("together"), []).append(item)
        for group_id in set(groups) - {None}:
            build_group(group_id, groups[group_id], made)
        for item in groups[None]:
            given = {"task_id": item["task_id"], "trigger_rule": item["trigger_rule"], "retries": item.get("retries", 0)}
            decorated = task(act, retry_delay=timedelta(0), **given)
            if "followed" in item:
                made[item["task_id"]] = task.branch(choose, **given)(item["followed"])
            elif "lets_on" in item:
                made[item["task_id"]] = task.short_circuit(choose, ignore_downstream_trigger_rules=item["cuts"], **given)(item["lets_on"])
            elif "outcomes" in item:
                made[item["task_id"]] = decorated.expand(outcome=item["outcomes"])
            else:
                made[item["task_id"]] = decorated(item["outcome"], item.get("failures", 0))
            if item.get("setup"):
                made[item["task_id"]].operator.is_setup = True
            if item.get("teardown"):
                made[item["task_id"]].operator.is_teardown = True
                made[item["task_id"]].operator.on_failure_fail_dagrun = item.get("fails_run", False)
        for item in shape["tasks"]:
            for above in item["upstream"]:
                made[above] >> made[item["task_id"]]
    return dag


with open(os.environ["DAGCHECK_SHAPES"]) as file:
    DAGS = [build(shape) for shape in json.load(file)]
for made in DAGS:
    globals()[made.dag_id] = made

if __name__ == "__main__":
    answers = {}
    for dag in DAGS:
        run = dag.test(logical_date=datetime.fromisoformat("2024-01-01T00:00:00+00:00"))
        states = [[ti.task_id, ti.map_index, str(ti.state)] for ti in run.get_task_instances()]
        answers[dag.dag_id] = {"run": str(run.state), "states": sorted(states)}
    with open(sys.argv[1], "w") as file:
        json.dump(answers, file)
