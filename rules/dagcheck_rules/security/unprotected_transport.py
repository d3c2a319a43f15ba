from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.rule import Bad, Finding, Good, Meta, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext


class UnprotectedTransport(Rule):
    """TLS verification is switched off, or credentials go over plain http.

    Without the check of the certificate anybody on the way can stand in for the server; over plain http a login is readable as it is. A private authority belongs into a bundle
    (`verify="/path/ca.pem"`, `REQUESTS_CA_BUNDLE`). Hosts inside the cluster or on the same machine are left alone.
    """

    meta = Meta(code="DAG414", name="unprotected-transport", severity="warning", since="0.1")
    bad = (
        Bad(
            title="Certificates that are not checked, in a TaskFlow task",
            source="""
import requests
from airflow.decorators import dag, task

@dag(schedule=None)
def fetch():
    @task
    def download():
        return requests.get("https://api.example.org/items", verify=False).status_code  # DAG414

    download()

fetch()
""",
        ),
        Bad(
            title="Options of an operator and of commands",
            source="""
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.http.operators.http import HttpOperator

with DAG("call", schedule=None):
    HttpOperator(task_id="ask", endpoint="items", extra_options={"verify": False})  # DAG414
    BashOperator(task_id="load", bash_command="curl -sk https://api.example.org/items -o /tmp/items.json")  # DAG414
""",
        ),
        Bad(
            title="A login over plain http, for generated tasks in a group",
            source="""
import requests
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.utils.task_group import TaskGroup

def fetch(user, password):
    requests.get("http://files.example.org/report.csv", auth=(user, password))  # DAG414

with DAG("reports", schedule=None):
    with TaskGroup("all"):
        for user in ("a", "b"):
            PythonOperator(task_id=f"fetch_{user}", python_callable=fetch, op_args=[user, "{{ conn.files.password }}"])
""",
        ),
    )
    good = (
        Good(
            title="A private authority",
            source="""
import ssl
import requests
from airflow.decorators import dag, task

@dag(schedule=None)
def fetch():
    @task
    def download(verify=True):
        context = ssl.create_default_context(cafile="/etc/ssl/acme.pem")
        requests.get("https://api.example.org", verify="/etc/ssl/acme.pem")
        return requests.get("https://api.example.org", verify=verify).status_code

    download()

fetch()
""",
        ),
        Good(
            title="Plain http without credentials, or inside the cluster",
            source="""
import requests
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

def fetch(token):
    requests.get("http://data.example.org/open.csv")
    requests.get("http://ml.default.svc.cluster.local/score", headers={"Authorization": token})
    requests.get("http://localhost:8080/health", auth=("a", token))

with DAG("open", schedule=None):
    PythonOperator(task_id="fetch", python_callable=fetch, op_args=["x"])
    BashOperator(task_id="load", bash_command="curl -o /tmp/k.csv http://data.example.org/k.csv")
""",
        ),
        Good(
            title="Other things that are called verify, for generated tasks",
            source="""
from airflow import DAG
from airflow.operators.python import PythonOperator

def check(verify=False, insecure=False):
    return verify

with DAG("check", schedule=None):
    for table in ("orders", "clients"):
        PythonOperator(task_id=f"check_{table}", python_callable=check, op_kwargs={"table": table})
""",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        from dagcheck_rules.security._flow.reach import of_tasks
        from dagcheck_rules.security._flow.transport import weaknesses

        for span, message in of_tasks(sorted(weaknesses(context).items()), context):
            yield Finding(
                f"{message}.",
                span,
                help='Give the authority\'s bundle (`verify="/path/ca.pem"`) and use https.',
                subject=message.split(":")[0],
            )
