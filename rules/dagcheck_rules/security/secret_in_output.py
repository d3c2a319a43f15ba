from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.rule import Bad, Finding, Good, Meta, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext


class SecretInOutput(Rule):
    """A secret is printed, logged, pushed as XCom or put into the docs.

    Task logs, XComs and the DAG's documentation are shown to everybody with read access to the web interface, and logs are shipped on. Airflow masks what it knows
    to be secret in logs, but not what code derives from it (a URI, a header, an encoded form), and XComs are kept in the database as they are. Values that are written into the
    source are told by `hardcoded-secret` and its kin where they stand.
    """

    meta = Meta(code="DAG406", name="secret-in-output", severity="warning", since="0.1")
    bad = (
        Bad(
            title="A connection's password in the log",
            source="""
from airflow import DAG
from airflow.hooks.base import BaseHook
from airflow.operators.python import PythonOperator

def connect():
    conn = BaseHook.get_connection("dwh")
    print(f"connecting with {conn.login}:{conn.password}")  # DAG406

with DAG("load", schedule=None):
    PythonOperator(task_id="connect", python_callable=connect)
""",
        ),
        Bad(
            title="A token returned by a TaskFlow task",
            source="""
from airflow.decorators import dag, task
from airflow.models import Variable

@dag(schedule=None)
def call():
    @task
    def get_token():
        token = Variable.get("crm_api_token")
        return token  # DAG406

    get_token()

call()
""",
        ),
        Bad(
            title="A secret echoed by generated commands",
            source="""
import logging
import os
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

log = logging.getLogger(__name__)

def check():
    secret = os.environ["CRM_CLIENT_SECRET"]
    log.info("secret: %s", secret)  # DAG406

with DAG("debug", schedule=None):
    for stage in ("test", "prod"):
        BashOperator(task_id=f"show_{stage}", bash_command="echo {{ conn.crm.password }}")  # DAG406
    PythonOperator(task_id="check", python_callable=check)
""",
        ),
        Bad(
            title="What an operator's function returns",
            source="""
from airflow.sdk import DAG, BaseHook
from airflow.providers.standard.operators.python import PythonOperator

def read_password():
    return BaseHook.get_connection("dwh").password  # DAG406

def login():
    return BaseHook.get_connection("dwh").password

with DAG("load", schedule=None):
    PythonOperator(task_id="read", python_callable=read_password) >> PythonOperator(
        task_id="try", python_callable=login, do_xcom_push=False
    )
""",
        ),
    )
    good = (
        Good(
            title="Messages about secrets",
            source="""
import logging
from airflow import DAG
from airflow.hooks.base import BaseHook
from airflow.operators.python import PythonOperator

log = logging.getLogger(__name__)

def connect():
    conn = BaseHook.get_connection("dwh")
    log.info("password of %s on %s is set: %s", conn.login, conn.host, bool(conn.password))
    log.info("token expires in %d days", 30)

with DAG("load", schedule=None):
    PythonOperator(task_id="connect", python_callable=connect)
""",
        ),
        Good(
            title="A secret that is used and not shown",
            source="""
import requests
from airflow.decorators import dag, task
from airflow.models import Variable

@dag(schedule=None)
def call():
    @task
    def ask():
        token = Variable.get("crm_api_token")
        response = requests.get("https://crm.example.org", headers={"Authorization": f"Bearer {token}"})
        return response.status_code

    ask()

call()
""",
        ),
        Good(
            title="A secret in the environment of a command, in a group",
            source="""
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.utils.task_group import TaskGroup

with DAG("dump", schedule=None):
    with TaskGroup("all"):
        for table in ("orders", "tokens"):
            BashOperator(
                task_id=f"dump_{table}",
                bash_command="echo dumping; mysqldump -u etl shop > /tmp/out.sql; echo password is in the environment",
                env={"MYSQL_PWD": "{{ conn.shop.password }}"},
            )
""",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        from dagcheck_rules.security._flow.outputs import outputs
        from dagcheck_rules.security._flow.reach import of_tasks

        for span, how in of_tasks(sorted(outputs(context).items()), context):
            message = f"A secret is {how}: whoever may read the task's logs or XComs sees it."
            yield Finding(message, span, help="Leave it out, or show only whether it is set.", subject=how)
