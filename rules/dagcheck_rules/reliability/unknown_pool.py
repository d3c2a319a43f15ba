from collections.abc import Iterable
from typing import Any

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule
from dagcheck.rule.near import nearest

_DEFAULT_POOL = "default_pool"


class UnknownPool(Rule):
    """Pool or queue that there is not, or more slots than it has

    A task in a pool that does not exist is never scheduled, nor one that needs more slots than its pool has; one in a queue that no worker listens to stays queued. Pools and
    queues are known only where Airflow runs: name them in the options, pools with their slots as `name=slots`, and the rule holds the DAGs against them. Without
    options it only looks at the number of slots in the default pool.
    """

    meta = Meta(code="DAG712", name="unknown-pool", severity="warning", since="0.1.0")
    options = (
        Option("pools", (), "the pools that exist, as `name` or `name=slots`; empty: not known"),
        Option("priorities", (), "the values of priority_weight that are agreed on; empty: any"),
        Option("queues", (), "the queues that workers listen to; empty: not known"),
    )
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", pool="warehose")  # DAG712
                BashOperator(task_id="heavy", bash_command="load", pool="warehouse", pool_slots=8)  # DAG712
            """,
            config=(("rule", {"unknown-pool": {"pools": ["warehouse=4"]}}),),
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", pool_slots=200)  # DAG712
            """,
            title="More than the default pool has",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            defaults = {
                "queue": "big",  # DAG712
            }

            @dag(default_args=defaults)
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            config=(("rule", {"unknown-pool": {"queues": ["default", "large"]}}),),
            title="A queue, by default_args",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task(priority_weight=1000)  # DAG712
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: a priority above all others",
            config=(("rule", {"unknown-pool": {"priorities": ["1", "5", "10"]}}),),
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", pool="warehouse", pool_slots=2, queue="large")
            """,
            title="Nothing is known of pools",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", pool="warehouse", pool_slots=4)
                BashOperator(task_id="report", bash_command="load")
            """,
            config=(("rule", {"unknown-pool": {"pools": ["warehouse=4"]}}),),
        ),
        Good(
            """
            import os

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load", pool=os.environ["POOL"])
            """,
            config=(("rule", {"unknown-pool": {"pools": ["warehouse=4"]}}),),
            title="Not known",
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each argument that names or asks for what is not there."""
        pools = _slots(self.option("pools"), context)
        listed, queues = bool(self.option("pools")), self.option("queues")
        if listed and task.pool is not None and task.pool not in pools and "pool" in task.arguments:
            yield _told(
                task, dag, "pool", f"There is no pool {task.pool}{_hint(task.pool, pools)}: the task {task.task_id} is never scheduled."
            )
        slots = task.arguments["pool_slots"].value if "pool_slots" in task.arguments else 1
        size = pools.get(task.pool) if task.pool is not None else None
        if isinstance(slots, int) and size is not None and slots > size:
            message = f"The task {task.task_id} needs {slots} slots, but the pool {task.pool} has {size}: it is never scheduled."
            yield _told(task, dag, "pool_slots", message)
        weight = task.arguments["priority_weight"].value if "priority_weight" in task.arguments else None
        agreed = self.option("priorities")
        if agreed and isinstance(weight, int) and str(weight) not in agreed:
            message = f"The priority {weight} of {task.task_id} is none of those agreed on: {', '.join(agreed)}."
            yield _told(task, dag, "priority_weight", message)
        queue: Any = task.arguments["queue"].value if "queue" in task.arguments else None
        if queues and isinstance(queue, str) and queue not in queues:
            yield _told(
                task, dag, "queue", f"No worker listens to the queue {queue}{_hint(queue, queues)}: the task {task.task_id} stays queued."
            )


def _slots(pools: tuple[str, ...], context: FileContext) -> dict[str, int | None]:
    """The known pools with their sizes, the default pool among them."""
    default = context.setting.airflow_setting("core.default_pool_task_slot_count") or ""
    found: dict[str, int | None] = {_DEFAULT_POOL: int(default) if default.isdigit() else None}
    for entry in pools:
        name, _, size = entry.partition("=")
        found[name.strip()] = int(size) if size.strip().isdigit() else None
    return found


def _hint(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f" (did you mean {near}?)" if near else ""


def _told(task: Task, dag: Dag, name: str, message: str) -> Finding:
    return Finding(message, task.arguments[name].span, dag_id=dag.dag_id, task_id=task.task_id, subject=name)
