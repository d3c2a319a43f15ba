from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, Task, Wait
from dagcheck.rule import Bad, Finding, Good, Meta, Option, ProjectContext, Related, Rule
from dagcheck.rule.near import letters, nearest


class MissingAwaitedDag(Rule):
    """Sensor that waits for a DAG or task that does not exist

    It waits until its timeout, seven days unless told otherwise. Where the other DAG is in the project, its tasks are known, and a task that it lacks is an error. A
    DAG that is not in the project may be in another repository: then only a likely slip is told, unless the option `complete` says that all DAGs are here.
    """

    meta = Meta(code="DAG821", name="missing-awaited-dag", severity="error", since="0.1.0")
    options = (Option("complete", False, "the project holds every DAG of the Airflow installation"),)
    bad = (
        Bad(
            """
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("report"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales", external_task_id="lod")  # DAG821
                ExternalTaskSensor(task_id="other", external_dag_id="slaes")  # DAG821
            """,
            files=(
                (
                    "dags/sales.py",
                    "from airflow.operators.empty import EmptyOperator\nfrom airflow.sdk import DAG\n\nwith DAG('sales'):\n    EmptyOperator(task_id='load')\n",
                ),
            ),
        ),
        Bad(
            """
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("report"):
                for region in ("north", "south"):
                    ExternalTaskSensor(task_id=region, external_dag_id=f"sales_{region}")  # DAG821
            """,
            config=(("rule", {"missing-awaited-dag": {"complete": True}}),),
            title="The project holds all DAGs",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                with TaskGroup("write"):
                    EmptyOperator(task_id="load")

            with DAG("report"):
                ExternalTaskSensor(task_id="a", external_dag_id="sales", external_task_ids=["write.load", "load"])  # DAG821
                ExternalTaskSensor(task_id="b", external_dag_id="sales", external_task_group_id="writes")  # DAG821
            """,
            title="Groups",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG

            with DAG("report"):
                ExternalTaskSensor(task_id="wait", external_dag_id="warehouse", external_task_id="load")
            """,
            title="A DAG of another repository",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                with TaskGroup("write"):
                    EmptyOperator(task_id="load")

            with DAG("report"):
                ExternalTaskSensor(task_id="a", external_dag_id="sales", external_task_ids=["write.load"])
                ExternalTaskSensor(task_id="b", external_dag_id="sales", external_task_group_id="write")
            """
        ),
        Good(
            """
            from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
            from airflow.sdk import DAG
            from company import add_steps

            with DAG("sales") as sales:
                add_steps(sales)

            with DAG("report"):
                ExternalTaskSensor(task_id="wait", external_dag_id="sales", external_task_id="step_7")
                ExternalTaskSensor(task_id="any", external_dag_id="{{ params.dag }}", external_task_id="{{ params.task }}")
            """,
            title="A DAG whose tasks are not all known, and templates",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each sensor that waits for what is not there."""
        by_id = context.project.by_id
        certain = self.option("complete") and all(dag.id_known for dag in context.dags)
        spelt = frozenset(map(letters, by_id))
        for dag in context.dags:
            tasks = {task.task_id: task for task in dag.tasks} if dag.waits_for else {}
            for wait in dag.waits_for:
                task = tasks.get(wait.task_id)
                if task is None or wait.dag_id is None or "{{" in wait.dag_id:
                    continue
                if wait.dag_id not in by_id:
                    if not certain and letters(wait.dag_id) not in spelt and _has_digit(wait.dag_id):  # `nearest` looks at every id
                        continue
                    near = nearest(wait.dag_id, by_id)
                    if certain or (near and _is_slip(wait.dag_id, near)):
                        hint = f" Did you mean {near}?" if near else ""
                        message = f"The sensor {wait.task_id} waits for the DAG {wait.dag_id}, which the project does not have.{hint}"
                        yield _told(message, task, dag, wait, error=self.option("complete"))
                else:
                    yield from _missing_parts(task, dag, wait, by_id[wait.dag_id])


def _missing_parts(task: Task, dag: Dag, wait: Wait, others: tuple[Dag, ...]) -> Iterator[Finding]:
    """Tasks and groups that the other DAG does not have."""
    if not (wait.task_ids or wait.group_id) or not all(other.complete for other in others):
        return
    ids = {found.task_id for other in others for found in other.tasks}
    groups = {group.group_id for other in others for group in other.groups}
    for name in wait.task_ids:
        if name not in ids and "{{" not in name:
            yield _told(_lacks(wait, "task", name, ids), task, dag, wait, others[0])
    if wait.group_id and wait.group_id not in groups and "{{" not in wait.group_id:
        yield _told(_lacks(wait, "task group", wait.group_id, groups), task, dag, wait, others[0])


def _lacks(wait: Wait, what: str, name: str, known: set[str]) -> str:
    near = nearest(name, known) or next((found for found in sorted(known) if found.rpartition(".")[2] == name), None)
    hint = f" Did you mean {near}?" if near else ""
    return f"The sensor {wait.task_id} waits for the {what} {name} of the DAG {wait.dag_id}, which has none of that name.{hint}"


def _is_slip(name: str, near: str) -> bool:
    """True if two ids differ by a letter or two, not by a word or a number."""
    return letters(name) == letters(near) or (
        abs(len(name) - len(near)) <= 1 and sum(a != b for a, b in zip(letters(name), letters(near))) <= 1 and not _has_digit(name + near)
    )


def _has_digit(name: str) -> bool:
    return any(char.isdigit() for char in name)


def _told(message: str, task: Task, dag: Dag, wait: Wait, other: Dag | None = None, *, error: bool = True) -> Finding:
    related = (Related(other.span, f"the DAG {other.dag_id}"),) if other is not None else ()
    span = task.arguments["external_dag_id"].span if other is None and "external_dag_id" in task.arguments else task.span
    return Finding(
        message,
        span,
        dag_id=dag.dag_id,
        task_id=task.task_id,
        related=related,
        severity=None if error else "warning",
        subject=f"{wait.dag_id} {wait.task_ids}",
    )
