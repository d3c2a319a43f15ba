from __future__ import annotations

from dagcheck.rule import Bad, Good, Meta
from dagcheck_rules.security._detection.report import _SecretRule
from dagcheck_rules.security._detection.samples import machine_made, password, split


class SecretAsDefault(_SecretRule):
    """A secret is the default of a parameter, Variable or environment value.

    It reads as if the value came from outside, but the source holds a working one. Whoever forgets to set the real value uses it without noticing.
    """

    meta = Meta(code="DAG405", name="secret-as-default", severity="warning", since="0.1", secret=True)
    consequence = "everybody who can read the repository has it, and it is used in silence where nothing is set"
    advice = "Give no default, so that a missing value fails, and set the value in the environment, the Variable or the connection; then change it."
    bad = (
        Bad(
            title="The default of a Variable",
            source=f'''
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

def send():
    return bool(Variable.get("crm_token", default_var="{split(machine_made(40))}"))  # DAG405

with DAG("crm", schedule=None):
    PythonOperator(task_id="send", python_callable=send)
''',
        ),
        Bad(
            title="The default of a parameter of a TaskFlow task",
            source=f'''
from airflow.decorators import dag, task

@dag(schedule=None)
def load():
    @task
    def connect(host="dwh.example.org", password="{password()}"):  # DAG405
        return host

    connect()

load()
''',
        ),
        Bad(
            title="Defaults of params and of the environment",
            source=f'''
import os
from airflow import DAG
from airflow.models.param import Param
from airflow.utils.task_group import TaskGroup

FTP_PASSWORD = os.environ.get("FTP_PASSWORD") or "{password(1)}"  # DAG405

with DAG("push", schedule=None, params={{"api_key": Param(default="{split(machine_made(32, 2))}", type="string")}}):  # DAG405
    TaskGroup("targets")
''',
        ),
    )
    good = (
        Good(
            title="Empty defaults",
            source="""
import os
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

def send(password=None, token=""):
    return os.environ.get("API_TOKEN", "") or Variable.get("api_token", default_var=None)

with DAG("crm", schedule=None):
    PythonOperator(task_id="send", python_callable=send)
""",
        ),
        Good(
            title="A default that names a secret",
            source="""
from airflow.decorators import dag, task

@dag(schedule=None)
def load():
    @task
    def connect(conn_id="api_token_default", secret_name="airflow/dwh", token_field="access_token"):
        return conn_id

    connect()

load()
""",
        ),
        Good(
            title="Params that the user fills in, for generated DAGs",
            source="""
from airflow import DAG
from airflow.models.param import Param

for team in ("sales", "finance"):
    with DAG(f"push_{team}", schedule=None, params={"api_key": Param(default="", type="string"), "password": Param(None, type=["null", "string"])}):
        pass
""",
        ),
    )
