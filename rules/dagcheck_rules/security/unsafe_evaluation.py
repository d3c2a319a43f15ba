from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.rule import Bad, Finding, Good, Meta, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext


class UnsafeEvaluation(Rule):
    """Data runs as code: `eval`, `exec`, `pickle`, `yaml.load`, a shell.

    Also told: `shell=True` with a value that exists only at run time. Whoever can change the data, a file in a bucket, a row, a response, an upstream task's
    result, runs code with all the worker's connections. `ast.literal_eval`, JSON, `yaml.safe_load` and argument lists without a shell do the same work without
    the risk. Leave it where the data never leaves the worker, with a suppression that says so.
    """

    meta = Meta(code="DAG413", name="unsafe-evaluation", severity="warning", since="0.1", fix="unsafe")
    bad = (
        Bad(
            title="Text that is run, in a PythonOperator",
            source="""
from airflow import DAG
from airflow.operators.python import PythonOperator

def transform(expression, row):
    return eval(expression, {}, row)  # DAG413

with DAG("rules", schedule=None):
    PythonOperator(task_id="transform", python_callable=transform, op_kwargs={"expression": "{{ var.value.rule }}", "row": {}})
""",
        ),
        Bad(
            title="YAML with the loader that makes objects",
            source="""
import yaml
from airflow import DAG

with open("/opt/airflow/dags/config.yaml") as file:
    CONFIG = yaml.load(file, Loader=yaml.Loader)  # DAG413

for name in CONFIG:
    DAG(name, schedule=None)
""",
            fixed="""
import yaml
from airflow import DAG

with open("/opt/airflow/dags/config.yaml") as file:
    CONFIG = yaml.safe_load(file)

for name in CONFIG:
    DAG(name, schedule=None)
""",
        ),
        Bad(
            title="Pickles and shells in TaskFlow tasks",
            source="""
import pickle
import subprocess
from airflow.decorators import dag, task
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

@dag(schedule=None)
def score():
    @task
    def model():
        return len(pickle.loads(S3Hook().read_key("model.pkl", "models")))  # DAG413

    @task
    def run(table):
        subprocess.run("load.sh " + table, shell=True, check=True)  # DAG413

    model() >> run("orders")

score()
""",
        ),
        Bad(
            title="Under other names",
            source="""
from os import popen
from subprocess import check_output as output

from airflow.decorators import dag, task as step

@dag(schedule=None)
def load():
    @step
    def read(path, name):
        popen("ls " + path)  # DAG413
        return output(f"cat {name}", shell=True)  # DAG413

    read("sales", "sales.csv")

load()
""",
            airflow="2.11",
        ),
    )
    good = (
        Good(
            """
            import pickle
            import subprocess

            import pytest

            from airflow.sdk import DAG

            @pytest.mark.parametrize("name", ["sales"])
            def test_a_dag_survives_a_copy(name):
                assert pickle.loads(pickle.dumps(DAG(name))).dag_id == name
                subprocess.run(f"airflow dags show {name}", shell=True, check=True)
            """,
            title="A test",
            path="tests/test_copies.py",
        ),
        Good(
            title="Safe ways to read data",
            source="""
import json
import yaml
from airflow import DAG
from airflow.operators.python import PythonOperator

def read(text):
    return ast.literal_eval(text), json.loads(text), yaml.safe_load(text), yaml.load(text, Loader=yaml.SafeLoader)

with DAG("read", schedule=None):
    PythonOperator(task_id="read", python_callable=read, op_args=["[]"])
""",
        ),
        Good(
            title="Methods that only share a name",
            source="""
from airflow.decorators import dag, task

@dag(schedule=None)
def train():
    @task
    def score(model=None, frame=None, session=None):
        model.eval()
        session.exec("select 1")
        return frame.eval("a + b")

    score()

train()
""",
        ),
        Good(
            title="Shells with fixed or quoted text, for generated tasks",
            source="""
import shlex
import subprocess
from airflow import DAG
from airflow.operators.python import PythonOperator

COMMAND = "df -h | tail -1"

def check(path):
    subprocess.run(COMMAND, shell=True, check=True)
    subprocess.run(f"ls {shlex.quote(path)} | wc -l", shell=True, check=True)
    subprocess.run(["ls", path], check=True)

with DAG("disk", schedule=None):
    for path in ("/data", "/tmp"):
        PythonOperator(task_id=f"check{path.replace('/', '_')}", python_callable=check, op_args=[path])
""",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        from dagcheck_rules.security._flow.evaluation import unsafe_calls
        from dagcheck_rules.security._flow.reach import of_tasks

        for span, (message, advice, fix) in of_tasks(sorted(unsafe_calls(context).items()), context):
            yield Finding(f"{message}.", span, help=advice, fix=fix, subject=message.split(" ")[0])
