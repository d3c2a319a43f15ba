from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import is_one_of, texts

_HOME = late(r"(?:/(?:home|Users|root)/|[A-Za-z]:\\Users\\)[\w.-]+")
_HOST = late(r"\b(?:localhost|127\.0\.0\.1|10(?:\.\d{1,3}){3}|(?:192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2})\b")
_RESOURCES = ("container_resources", "resources", "full_pod_spec", "pod_template_file", "pod_template_dict")
_READ = (
    "bash_command",
    "command",
    "cwd",
    "filepath",
    "endpoint",
    "filename",
    "sql",
    "application",
    "host",
    "remote_host",
    "op_args",
    "op_kwargs",
)


class MachineBoundTask(Rule):
    """Task that fits one machine only, or takes what it can get of a cluster

    A path in somebody's home, `localhost`, or the address of a machine in a task works where it was written, and nowhere else; workers come and go. A pod without requests and
    limits is put anywhere and evicted first. Off by default, for small installations have one machine.
    """

    meta = Meta(code="DAG714", name="machine-bound-task", severity="info", since="0.1.0", default=False)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="python /home/anna/load.py")  # DAG714
            """
        ),
        Bad(
            """
            from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                KubernetesPodOperator(task_id="load", image="sales:1", name="load")  # DAG714
            """,
            title="A pod without resources",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(url):
                    pass

                for host in ("10.0.3.17", "localhost"):
                    load(f"http://{host}:8080/sales")  # DAG714

            sales()
            """,
            title="TaskFlow",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="python /opt/airflow/load.py --host {{ conn.shop.host }}")
            """
        ),
        Good(
            """
            from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
            from airflow.sdk import DAG
            from kubernetes.client import models as k8s

            with DAG("sales"):
                KubernetesPodOperator(
                    task_id="load", image="sales:1", name="load", container_resources=k8s.V1ResourceRequirements(requests={"cpu": "1"})
                )
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", description="Replaces /home/anna/load.py on localhost"):
                BashOperator(task_id="load", bash_command="load --version 10.0.3", doc_md="See localhost:8080")
            """,
            title="Words for people, and a version",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each argument that names a machine, and one for a pod without resources."""
        for name in _READ:
            argument = task.arguments.get(name)
            for value in texts(argument.value) if argument is not None else ():
                found = _HOME.search(value) or _HOST.search(value)
                if argument is not None and found:
                    message = f"{found.group()} is a thing of one machine; the task {task.task_id} may run on another."
                    yield Finding(message, argument.span, dag_id=dag.dag_id, task_id=task.task_id, subject=name)
                    break
        if is_one_of(task, ("KubernetesPodOperator",)) and not any(name in task.arguments for name in _RESOURCES):
            message = f"The pod of {task.task_id} asks for no resources and has no limits."
            yield Finding(message, task.span, dag_id=dag.dag_id, task_id=task.task_id, subject="resources")
