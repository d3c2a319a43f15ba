from __future__ import annotations

from collections.abc import Iterator

from dagcheck.rule import Bad, Good, Meta
from dagcheck_rules.security._detection.report import _SecretRule
from dagcheck_rules.security._detection.samples import machine_made, password, split


class HardcodedSecret(_SecretRule):
    """A password, token or key is written into the source.

    Everybody who can read the repository, its forks, its backups or the scheduler's code view has it, and it stays in the history after it is removed. What counts
    is the name that a value fills (argument, key, variable, attribute), what the value looks like, and the public formats of the vendors' tokens; pieces that are
    joined from several strings are judged joined. Placeholders, templates, names and paths of secrets are no secrets.
    Examples in docstrings count only in the form of a private key or of a vendor's token.

    Leave it where the value is public by design, such as the password of a throw-away test database, with a suppression that says so.
    """

    meta = Meta(code="DAG401", name="hardcoded-secret", severity="error", since="0.1", secret=True)
    advice = "Keep it in an Airflow connection, a Variable or the secrets backend and read it when the task runs; then rotate it, because the history keeps it."
    bad = (
        Bad(
            title="An argument of a hook in a TaskFlow task",
            source=f'''
from airflow.decorators import dag, task
from airflow.providers.ssh.hooks.ssh import SSHHook

@dag(schedule=None)
def transfer():
    @task
    def fetch():
        hook = SSHHook(remote_host="files.example.org", username="loader", password="{password()}")  # DAG401
        return hook.remote_host

    fetch()

transfer()
''',
        ),
        Bad(
            title="A key that is joined from two strings",
            source=f'''
from airflow import DAG
from airflow.operators.python import PythonOperator

API_KEY = "{split(machine_made(24))}" + "{machine_made(8, 1)}"  # DAG401

with DAG("report", schedule=None):
    PythonOperator(task_id="send", python_callable=print, op_kwargs={{"api_key": API_KEY}})
''',
        ),
        Bad(
            title="A row of logins that a loop makes tasks of",
            source=f'''
from airflow import DAG
from airflow.operators.python import PythonOperator

SOURCES = [
    ("crm", "crm.internal.example.org", "etl", "{password(1)}"),  # DAG401
    ("shop", "shop.internal.example.org", "etl", "{password(2)}"),  # DAG401
]

with DAG("copy", schedule=None):
    for name, host, user, pw in SOURCES:
        PythonOperator(task_id=f"copy_{{name}}", python_callable=print, op_args=[host, user, pw])
''',
        ),
        Bad(
            title="Default arguments for a group",
            source=f'''
from airflow import DAG
from airflow.utils.task_group import TaskGroup

with DAG("load", schedule=None, default_args={{"db_password": "{password(3)}"}}):  # DAG401
    TaskGroup("stage")
''',
        ),
    )
    good = (
        Good(
            title="Names of secrets, not secrets",
            source="""
from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret

secret = Secret(deploy_type="env", deploy_target="DB_PASSWORD", secret="db-credentials", key="password")

with DAG("pods", schedule=None):
    KubernetesPodOperator(task_id="run", image="acme/etl@sha256:9f86d081884c7d65", secrets=[secret])
""",
        ),
        Good(
            title="Read when the task runs",
            source="""
import os
from airflow.decorators import dag, task
from airflow.models import Variable

@dag(schedule=None)
def export():
    @task
    def push():
        token = Variable.get("crm_token")
        password = os.environ["DWH_PASSWORD"]
        return bool(token and password)

    push()

export()
""",
        ),
        Good(
            title="Placeholders, templates, and names that only speak of secrets",
            source="""
from airflow import DAG
from airflow.operators.python import PythonOperator

PASSWORD_FIELD = "user_password"
TOKEN_URL = "https://login.example.org/oauth2/token"
password = "<password>"
api_key = "YOUR_API_KEY"

with DAG("report", schedule=None, default_args={"conn_id": "crm_api_key"}):
    PythonOperator(task_id="send", python_callable=print, op_kwargs={"password": "{{ conn.crm.password }}", "partition_key": "event_date"})
""",
        ),
        Good(
            title="Digests, ids and keys of objects",
            source="""
from airflow import DAG
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor

COMMIT = "917b4d852e3cfcbf1b033a83c9ffc25ffdc55825"
TENANT = "5d94679b-6c12-4407-89b4-c7bbb7c594e7"

with DAG("wait", schedule=None):
    for table in ("orders", "tokens"):
        S3KeySensor(task_id=f"wait_{table}", bucket_key=f"s3://acme-secrets/{table}/password_export_20240101.parquet")
""",
        ),
        Good(
            title="An example in a docstring, patterns of a lexer, digests of types",
            source=f'''
from airflow.decorators import dag, task

TOKENS = {{"number": [(r"(i8|i16|u32|f64|0[bB]_*[01])+", "value")]}}
SCHEMAS = {{"AWS::IAM::AccessKey": "{split(machine_made(16, letters="0123456789abcdef"))}"}}

@dag(schedule=None)
def sign():
    @task
    def ask():
        """Connects with `crm://etl:{password(1)}@crm.example.org`."""
        return len(TOKENS) + len(SCHEMAS)

    ask()

sign()
''',
        ),
    )

    def secrets_in(self, text: str, name: str = "", *, certain: bool = False) -> Iterator[str]:
        from dagcheck_rules.security._detection import anywhere

        return anywhere.certain(text) if certain else anywhere.anywhere(text, name)
