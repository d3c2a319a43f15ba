from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.rule import Bad, Finding, Good, Meta, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext


class ExcessivePrivileges(Rule):
    """A container is privileged, mounts its host or has the docker socket.

    Whoever gets into such a container, through a package, an image or the data, owns the host and every other container on it. Give the one capability that is needed, a
    persistent volume instead of a folder of the host, and a remote builder instead of the socket. The address of the daemon that `DockerOperator` itself talks to is left alone.
    """

    meta = Meta(code="DAG415", name="excessive-privileges", severity="warning", since="0.1")
    bad = (
        Bad(
            title="A privileged pod with a folder of its host",
            source="""
from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from kubernetes.client import models as k8s

with DAG("pods", schedule=None):
    KubernetesPodOperator(
        task_id="scan",
        image="acme/scan:1.0",
        container_security_context=k8s.V1SecurityContext(privileged=True),  # DAG415
        volumes=[k8s.V1Volume(name="root", host_path=k8s.V1HostPathVolumeSource(path="/var/log"))],  # DAG415
    )
""",
        ),
        Bad(
            title="The docker socket in TaskFlow containers",
            source="""
from airflow.decorators import dag, task
from docker.types import Mount

@dag(schedule=None)
def build():
    @task.docker(
        image="acme/build:1.0",
        mounts=[Mount(source="/var/run/docker.sock", target="/var/run/docker.sock", type="bind")],  # DAG415
        network_mode="host",  # DAG415
    )
    def image():
        return 1

    image()

build()
""",
        ),
        Bad(
            title="A specification as a dictionary, and commands, for generated tasks in a group",
            source="""
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.utils.task_group import TaskGroup

SPEC = {"spec": {"hostNetwork": True, "containers": []}}  # DAG415

with DAG("tools", schedule=None):
    with TaskGroup("all"):
        for tool in ("a", "b"):
            BashOperator(task_id=f"run_{tool}", bash_command="docker run --rm --privileged acme/tool:1.0")  # DAG415
""",
        ),
    )
    good = (
        Good(
            title="A pod that gives rights up",
            source="""
from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from kubernetes.client import models as k8s

with DAG("pods", schedule=None):
    KubernetesPodOperator(
        task_id="scan",
        image="acme/scan:1.0",
        container_security_context=k8s.V1SecurityContext(
            privileged=False, allow_privilege_escalation=False, capabilities=k8s.V1Capabilities(drop=["ALL"])
        ),
        volumes=[k8s.V1Volume(name="data", persistent_volume_claim=k8s.V1PersistentVolumeClaimVolumeSource(claim_name="data"))],
    )
""",
        ),
        Good(
            title="The daemon that an operator talks to, and a data folder",
            source="""
from airflow import DAG
from airflow.providers.docker.operators.docker import DockerOperator
from docker.types import Mount

with DAG("docker", schedule=None):
    for name in ("a", "b"):
        DockerOperator(
            task_id=f"run_{name}",
            image="acme/etl:1.0",
            docker_url="unix://var/run/docker.sock",
            network_mode="bridge",
            mounts=[Mount(source="/data/in", target="/in", type="bind")],
        )
""",
        ),
        Good(
            title="Names that only look alike, in a TaskFlow task",
            source="""
from airflow.decorators import dag, task

@dag(schedule=None)
def report():
    @task
    def users(privileged=True):
        return {"privileged": privileged, "network_mode": "bridge", "path": "/etc/hosts"}

    users()

report()
""",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        from dagcheck_rules.security._flow.privileges import privileges
        from dagcheck_rules.security._flow.reach import of_tasks

        for span, message in of_tasks(sorted(privileges(context).items()), context):
            yield Finding(
                f"{message[0].upper()}{message[1:]}: who gets into the task gets at the host and at all that runs there.",
                span,
                help="Give only the rights that the task needs.",
                subject=message,
            )
