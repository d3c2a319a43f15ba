from __future__ import annotations

from dagcheck.rule import Bad, Good, Meta
from dagcheck_rules.security._detection.report import _SecretRule
from dagcheck_rules.security._detection.samples import machine_made, password, split


class SecretInCommand(_SecretRule):
    """A secret stands inside a shell command, SQL text, header or URL.

    Beside the repository, commands show in the rendered task and in the machine's list of processes, SQL in the database's own logs, and URLs in the logs of every
    server on the way.
    """

    meta = Meta(code="DAG404", name="secret-in-command", severity="error", since="0.1", secret=True)
    consequence = "it shows in the repository, in the rendered task and in logs"
    advice = "Hand it over by a connection, an environment variable from a secret, or a template such as `{{ conn.id.password }}`; then change it."
    bad = (
        Bad(
            title="Options of a command",
            source=f"""
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("dump", schedule=None):
    BashOperator(
        task_id="dump",
        bash_command="mysqldump -h db.example.org -u etl -p{split(machine_made(16))} shop > /tmp/shop.sql",  # DAG404
    )
""",
        ),
        Bad(
            title="A user made by SQL, in a group",
            source=f"""
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.utils.task_group import TaskGroup

with DAG("users", schedule=None):
    with TaskGroup("setup"):
        SQLExecuteQueryOperator(task_id="create", sql="CREATE USER report WITH PASSWORD '{password()}'")  # DAG404
""",
        ),
        Bad(
            title="A header and a URL in a TaskFlow task",
            source=f"""
import requests
from airflow.decorators import dag, task

@dag(schedule=None)
def call():
    @task
    def ask(day):
        headers = {{"Authorization": "Bearer {split(machine_made(40))}"}}  # DAG404
        return requests.get(f"https://api.example.org/v1/export?date={{day}}&api_key={split(machine_made(32, 1))}", headers=headers).status_code  # DAG404

    ask("2024-01-01")

call()
""",
        ),
    )
    good = (
        Good(
            title="Templates and variables of the shell",
            source="""
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("dump", schedule=None):
    BashOperator(task_id="dump", bash_command="mysqldump -h db.example.org -u etl -p$MYSQL_PWD shop > /tmp/shop.sql")
    BashOperator(task_id="call", bash_command='curl -H "Authorization: Bearer {{ var.value.api_token }}" https://api.example.org')
    BashOperator(task_id="login", bash_command="ssh -p 2222 -i ~/.ssh/id_rsa etl@files.example.org 'run --port 8080'")
""",
        ),
        Good(
            title="SQL about passwords",
            source="""
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("audit", schedule=None):
    for table in ("users", "admins"):
        SQLExecuteQueryOperator(
            task_id=f"audit_{table}",
            sql=f"SELECT id, password, api_token FROM {table} WHERE token IS NOT NULL AND password = 'n/a'",
        )
""",
        ),
        Good(
            title="Tokens that are got at run time",
            source="""
import requests
from airflow.decorators import dag, task

@dag(schedule=None)
def call():
    @task
    def ask(token):
        return requests.post(
            "https://login.example.org/oauth2/token?grant_type=client_credentials", headers={"Authorization": f"Bearer {token}"}
        ).status_code

    ask("{{ ti.xcom_pull(task_ids='login', key='access_token') }}")

call()
""",
        ),
    )
