from __future__ import annotations

from dagcheck.rule import Bad, Good, Meta
from dagcheck_rules.security._detection.report import _SecretRule
from dagcheck_rules.security._detection.samples import password


class ConnectionStringWithPassword(_SecretRule):
    """A connection URI, DSN or environment value holds a password.

    A URI with a user and a password gives whoever reads the source the whole access at once: where, who, and with what. An environment that a task or
    pod is given shows in the rendered task, in the pod's specification and often in the logs, too.

    Leave it for databases that exist only inside a test, with a suppression that says so.
    """

    meta = Meta(code="DAG402", name="connection-string-with-password", severity="error", since="0.1", secret=True)
    consequence = "everybody who can read the repository can connect"
    advice = "Define an Airflow connection (or a Kubernetes secret for a pod) and name it here; then change the password, because the history keeps it."
    bad = (
        Bad(
            title="An engine's URI in a task",
            source=f"""
from airflow.decorators import dag, task

@dag(schedule=None)
def load():
    @task
    def write():
        from sqlalchemy import create_engine

        create_engine("postgresql://loader:{password()}@dwh.example.org/dw")  # DAG402

    write()

load()
""",
        ),
        Bad(
            title="A URI whose other parts come from variables",
            source=f"""
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

host = Variable.get("dwh_host")
dsn = f"mysql://etl:{password(1)}@{{host}}:3306/shop"  # DAG402

with DAG("copy", schedule=None):
    PythonOperator(task_id="copy", python_callable=print, op_args=[dsn])
""",
        ),
        Bad(
            title="The environment of generated pods",
            source=f'''
from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.utils.task_group import TaskGroup

with DAG("pods", schedule=None):
    with TaskGroup("regions"):
        for region in ("eu", "us"):
            KubernetesPodOperator(
                task_id=f"run_{{region}}",
                image="acme/etl:1.4",
                env_vars={{
                    "DB_HOST": "dwh.example.org",
                    "DB_PASSWORD": "{password(2)}",  # DAG402
                }},
            )
''',
        ),
    )
    good = (
        Good(
            title="URIs without a password, or with one that is put in later",
            source="""
from airflow import DAG
from airflow.datasets import Dataset
from airflow.operators.python import PythonOperator

ORDERS = Dataset("postgres://dwh/prod/auth/passwords")
TEMPLATE = "postgresql://{user}:{password}@{host}/{db}"
MASKED = "mysql://etl:***@dwh.example.org/shop"

with DAG("copy", schedule=[ORDERS]):
    PythonOperator(task_id="copy", python_callable=print, op_args=["postgresql://etl:{{ var.value.dwh_password }}@dwh.example.org/dw"])
""",
        ),
        Good(
            title="An environment that names where the secret is",
            source="""
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("env", schedule=None):
    for stage in ("test", "prod"):
        BashOperator(
            task_id=f"run_{stage}",
            bash_command="python run.py",
            env={"MYSQL_PWD": "{{ conn.mysql_main.password }}", "TOKEN_PATH": "/var/run/token", "SECRET_NAME": "prod/dwh/password"},
        )
""",
        ),
        Good(
            title="Taken from the connection inside the task",
            source="""
from airflow.decorators import dag, task
from airflow.hooks.base import BaseHook

@dag(schedule=None)
def load():
    @task
    def write():
        conn = BaseHook.get_connection("dwh")
        return f"postgresql://{conn.login}:{conn.password}@{conn.host}/dw"[:5]

    write()

load()
""",
        ),
    )
