from collections.abc import Iterable
from math import prod
from typing import Any

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.rule.tasks import is_known

_LENGTH = "core.max_map_length"


class WrongExpansion(Rule):
    """Task that is expanded over nothing, or over too much

    Over an empty list a mapped task is skipped in every run, and all after it with it. Over more values than Airflow's setting `max_map_length` allows (1,024 unless
    configured) it fails.
    """

    meta = Meta(code="DAG114", name="wrong-expansion", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator.partial(task_id="load").expand(bash_command=[])  # DAG114
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            REGIONS = []

            @dag
            def sales():
                @task
                def load(region):
                    pass

                load.expand(region=[f"r{number}" for number in range(2000)])  # DAG114
                load.expand(region=REGIONS)  # DAG114

            sales()
            """,
            title="TaskFlow: too many, and none",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region, day):
                    pass

                load.expand(region=list(range(40)), day=list(range(31)))  # DAG114

            sales()
            """,
            title="The product of two lists",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                BashOperator.partial(task_id="load").expand(bash_command=["echo north", "echo south"])
            """
        ),
        Good(
            """
            import os

            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    pass

                regions = []
                for name in os.environ["REGIONS"].split(","):
                    regions.append(name)
                load.expand(region=regions)

            sales()
            """,
            title="Filled with what is not known",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def regions():
                    return []

                @task
                def load(region):
                    pass

                load.expand(region=regions())

            sales()
            """,
            title="What a task returns",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(region):
                    pass

                load.expand(region=list(range(1500)))

            sales()
            """,
            title="The limit is configured",
            config=(("airflow-settings", {"core.max_map_length": "5000"}),),
        ),
    )

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a task whose number of instances is known and wrong."""
        lengths: dict[str, int | None] = {
            name: _length(argument.value) for name, argument in task.arguments.items() if argument.origin == "expand"
        }
        if not lengths:
            return
        limit = context.setting.airflow_setting(_LENGTH)
        span = next((argument.span for argument in task.arguments.values() if argument.origin == "expand"), task.span)
        if 0 in lengths.values():
            name = next(name for name, length in lengths.items() if length == 0)
            what = "its list" if name == "expand_kwargs" else name
            message = f"The task {task.task_id} is expanded over {what}, which is empty: it is skipped in every run, with all that comes after it."
            yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, subject="empty")
        elif limit is not None and limit.isdigit():
            known = [length for length in lengths.values() if length is not None]
            count = prod(known)
            if len(known) == len(lengths) and count > int(limit):
                message = f"The task {task.task_id} is expanded {count:,} times, but Airflow allows {int(limit):,} ({_LENGTH}): it fails."
                yield Finding(message, span, dag_id=dag.dag_id, task_id=task.task_id, subject="too many")


def _length(value: Any) -> int | None:
    """How many values a known list or dict has; None where that is not known."""
    return len(value) if isinstance(value, list | tuple | dict) and is_known(value, 1) else None
