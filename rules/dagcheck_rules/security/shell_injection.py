from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagcheck.rule import Bad, Finding, Good, Meta, Rule

if TYPE_CHECKING:
    from dagcheck.model.dag import File
    from dagcheck.rule.context import FileContext


class ShellInjection(Rule):
    """What the caller of a run chooses becomes part of a shell command.

    Whoever may trigger the DAG, by the web interface, the API or another DAG, chooses `params` and `dag_run.conf`; in a command's text they can end the command
    and start another on the worker. Quotes around the template do not help, because the value can hold quotes as well. Hand the value over in the environment and use
    it quoted there (`"$name"`), or pass it through `shlex.quote`. Params that a schema holds to numbers, listed values or a pattern are safe.
    """

    meta = Meta(code="DAG411", name="shell-injection", severity="error", since="0.1")
    bad = (
        Bad(
            title="A template in a command",
            source="""
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("greet", schedule=None, params={"name": "world"}):
    BashOperator(
        task_id="greet",
        bash_command="echo 'hello {{ params.name }}'",  # DAG411
    )
""",
        ),
        Bad(
            title="The configuration of a run in TaskFlow tasks",
            source="""
import subprocess
from airflow.decorators import dag, task

@dag(schedule=None)
def fetch():
    @task
    def download(**context):
        url = context["dag_run"].conf["url"]
        subprocess.run(f"curl -O {url}", shell=True, check=True)  # DAG411

    @task.bash
    def unpack(params=None):
        return "tar xf " + params["file"]  # DAG411

    download() >> unpack()

fetch()
""",
        ),
        Bad(
            title="A generated command over SSH, in a group",
            source="""
from airflow import DAG
from airflow.providers.ssh.operators.ssh import SSHOperator
from airflow.utils.task_group import TaskGroup

COMMAND = "deploy.sh {{ dag_run.conf['version'] }}"  # DAG411

with DAG("deploy", schedule=None):
    with TaskGroup("hosts"):
        for host in ("a", "b"):
            SSHOperator(task_id=f"deploy_{host}", ssh_conn_id=host, command=COMMAND)
""",
        ),
    )
    good = (
        Good(
            title="Handed over in the environment",
            source="""
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("greet", schedule=None, params={"name": "world"}):
    BashOperator(task_id="greet", bash_command='echo "hello $NAME on {{ ds }}"', env={"NAME": "{{ params.name }}"})
""",
        ),
        Good(
            title="Quoted, or no text at all",
            source="""
import shlex
import subprocess
from airflow.decorators import dag, task

@dag(schedule=None)
def fetch():
    @task
    def download(**context):
        url = shlex.quote(context["dag_run"].conf["url"])
        tries = int(context["params"]["tries"])
        subprocess.run(f"curl --retry {tries} -O {url}", shell=True, check=True)
        subprocess.run(["curl", "-O", context["params"]["url"]], check=True)

    download()

fetch()
""",
        ),
        Good(
            title="Params that a schema holds",
            source="""
from airflow import DAG
from airflow.models.param import Param
from airflow.operators.bash import BashOperator

for team in ("sales", "finance"):
    with DAG(
        f"load_{team}",
        schedule=None,
        params={"days": Param(7, type="integer"), "mode": Param("full", enum=["full", "delta"])},
    ):
        BashOperator(task_id="load", bash_command="load.sh --days {{ params.days }} --mode {{ params.mode }} {% if params.dry_run %}--dry{% endif %}")
""",
        ),
        Good(
            title="Params of another name, in variables, and in a dict that is filled later",
            source="""
from airflow import DAG, models
from airflow.models.param import Param as Choice
from airflow.operators.bash import BashOperator

DAYS = Choice(7, type="integer")
PARAMS = dict(mode=Choice("full", enum=["full", "delta"]), days=DAYS)
PARAMS["step"] = models.Param(1, type="number")

with DAG("load", schedule=None, params=PARAMS):
    BashOperator(task_id="load", bash_command="load.sh --days {{ params.days }} --mode {{ params.mode }} --step {{ params.step }}")

with DAG("check", schedule=None, params={"days": DAYS}):
    BashOperator(task_id="check", bash_command="check.sh --days {{ params.days }}")
""",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterator[Finding]:
        from dagcheck_rules.security._flow.reach import of_tasks
        from dagcheck_rules.security._flow.shells import injections

        if context.source is None:
            return
        for span, what in of_tasks(sorted(injections(context)), context):
            message = f"{what} part of a shell command: whoever triggers the DAG can run commands on the worker."
            yield Finding(
                message, span, help="Pass it by `env` and use it as a quoted shell variable, or quote it with `shlex.quote`.", subject=what
            )
