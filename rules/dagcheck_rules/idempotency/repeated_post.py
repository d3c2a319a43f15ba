import ast
import re
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import given, is_known, is_one_of, parts
from dagcheck.source.nodes import every

_KEY = late(r"idempot|request[-_]?id|dedup", re.IGNORECASE)
_HARMLESS = late(r"search|query|graphql|login|oauth|token|auth|webhook|hooks\.|notify|slack|lookup|validate", re.IGNORECASE)
"""What is asked for by POST without changing anything, or may well come twice."""


class RepeatedPost(Rule):
    """HTTP POST that a retry sends again

    When the answer is lost, the service may have done its work: the retry makes it do so twice. Services that care take an idempotency key, a header or field that
    is the same for each attempt: the `run_id` with the task's id serves well.
    """

    meta = Meta(code="DAG511", name="repeated-post", severity="info", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.http.operators.http import HttpOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                HttpOperator(task_id="order", http_conn_id="shop", endpoint="/orders", method="POST", data="{}", retries=3)  # DAG511
            """
        ),
        Bad(
            """
            from airflow.providers.http.operators.http import HttpOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"retries": 1}):
                for region in ("north", "south"):
                    HttpOperator(task_id=region, endpoint=f"/orders/{region}", headers={"Accept": "application/json"})  # DAG511
            """,
            title="POST is the default",
        ),
        Bad(
            """
            from airflow.providers.http.operators.http import SimpleHttpOperator
            from airflow import DAG

            dag = DAG("sales")
            SimpleHttpOperator(task_id="order", endpoint="/orders", method="POST", retries=2, dag=dag)  # DAG511
            """,
            airflow="2.7",
        ),
        Bad(
            """
            import requests

            from airflow.sdk import dag, task

            @dag(default_args={"retries": 2})
            def sales():
                @task
                def order(number):
                    requests.post("https://shop.example/orders", json={"number": number}, timeout=10)  # DAG511

                order(1)

            sales()
            """,
            title="TaskFlow",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.http.operators.http import HttpOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"retries": 2}):
                HttpOperator(task_id="order", endpoint="/orders", headers={"Idempotency-Key": "{{ run_id }}"})
                HttpOperator(task_id="list", endpoint="/orders", method="GET")
                HttpOperator(task_id="put", endpoint="/orders/1", method="PUT")
            """
        ),
        Good(
            """
            from airflow.providers.http.operators.http import HttpOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                HttpOperator(task_id="order", endpoint="/orders", method="POST", retries=0)
            """,
            title="Not retried",
        ),
        Good(
            """
            from airflow.providers.http.operators.http import HttpOperator
            from airflow.sdk import DAG
            from company import HEADERS

            with DAG("sales", default_args={"retries": 2}):
                HttpOperator(task_id="order", endpoint="/orders", headers=HEADERS)
                HttpOperator(task_id="query", endpoint="/search", data={"request_id": "{{ run_id }}"})
            """,
            title="Headers that are not known",
        ),
        Good(
            """
            import requests

            from airflow.sdk import dag, task

            @dag(default_args={"retries": 2})
            def sales():
                @task
                def order(number, run_id=None):
                    requests.post("https://shop.example/search", json={"number": number}, timeout=10)
                    requests.post("https://shop.example/orders", json={"number": number}, headers={"Idempotency-Key": run_id}, timeout=10)

                order(1)

            sales()
            """,
            title="TaskFlow: a search, and an order with a key",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each POST that is retried without a key."""
        if task.retries:
            yield from _in_callable(task, dag, context)
        if not task.retries or not is_one_of(task, ("HttpOperator", "SimpleHttpOperator")) or given(task, "method", "POST") != "POST":
            return
        told = [given(task, name) for name in ("headers", "data", "endpoint")]
        if not is_known(told) or any(not isinstance(value, dict | str | list | None) for value in told):
            return
        keys = [key for value in told if isinstance(value, dict) for key in value]
        words = [*(str(key) for key in keys), *(part for value in told for part in parts(value) if isinstance(part, str))]
        if not any(_KEY.search(word) for word in words):
            message = (
                f"When the answer to this POST is lost, a retry of {task.task_id} sends it once more, without a key to tell the two apart."
            )
            yield Finding(message, task.span, dag_id=dag.dag_id, task_id=task.task_id, subject="post")


def _in_callable(task: Task, dag: Dag, context: FileContext) -> Iterator[Finding]:
    """The POSTs of a callable by `requests` or `httpx`, whose arguments name no key."""
    node = context.callable_of(task, "post")
    for call in every(node, ast.Call) if node is not None else ():
        if context.dotted(call.func) not in ("requests.post", "httpx.post"):
            continue
        known = all(isinstance(item.value, ast.Dict | ast.Constant) for item in call.keywords if item.arg in ("headers", "json", "data"))
        if (
            known
            and not any(item.arg is None for item in call.keywords)
            and not _HARMLESS.search(ast.unparse(call))
            and not _KEY.search(ast.unparse(call))
        ):
            message = (
                f"When the answer to this POST is lost, a retry of {task.task_id} sends it once more, without a key to tell the two apart."
            )
            yield Finding(message, context.span(call), dag_id=dag.dag_id, task_id=task.task_id, subject="post")
