import ast
from collections.abc import Container, Iterable, Iterator

from dagcheck.airflow.facts import Facts, facts, number, versions
from dagcheck.model.dag import Dag, Task
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.rule.near import nearest
from dagcheck.rule.tasks import own_class_facts
from dagcheck.source.nodes import every

_OLD = frozenset(
    {"provide_context", "schedule_interval_", "dag", "email_on_success", "sla", "task_concurrency", "run_as_user", "resources"}
)


class IgnoredDefaultArg(Rule):
    """Key in `default_args` that no task takes

    Airflow hands `default_args` to the tasks and passes over in silence what they do not take: a slip such as `retry`, or an argument of the DAG such as `catchup`,
    is without any effect there.
    """

    meta = Meta(code="DAG812", name="ignored-default-arg", severity="warning", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            default_args = {
                "owner": "sales",
                "catchup": False,  # DAG812
                "retrys": 2,  # DAG812
            }

            with DAG("sales", default_args=default_args):
                BashOperator(task_id="load", bash_command="load")
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            default_args = {
                "owner": "sales",
                "catchup": False,
                "retries": 2,
            }

            with DAG("sales", default_args=default_args):
                BashOperator(task_id="load", bash_command="load")
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(default_args={"owner": "sales", "max_active_runs": 1})  # DAG812
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="An argument of the DAG",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}", default_args={"retries": 1, "retry_dealy": 60}):  # DAG812
                    BashOperator(task_id="load", bash_command="load")
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}", default_args={"retries": 1, "retry_delay": 60}):
                    BashOperator(task_id="load", bash_command="load")
            """,
            title="A slip",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
            from airflow.sdk import DAG

            with DAG("sales", default_args={"retries": 1, "conn_id": "shop", "poke_interval": 60}):
                SQLExecuteQueryOperator(task_id="load", sql="SELECT 1")
            """,
            title="Arguments of operators and sensors",
        ),
        Good(
            """
            from airflow.sdk import DAG
            from company.operators import LoadOperator

            with DAG("sales", default_args={"region": "north", "max_active_runs": 3}):
                LoadOperator(task_id="load")
            """,
            title="What an unknown operator takes",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            settings = {"owner": "sales", "catchup": False}

            with DAG("sales", catchup=settings["catchup"], default_args={"owner": settings["owner"]}):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="Another dict",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each such key, where it is written."""
        defaults = dag.arguments.get("default_args")
        base = context.facts.base_operator_parameters
        if defaults is None or not isinstance(defaults.value, dict) or not base:
            return
        strange = [key for key in defaults.value if isinstance(key, str) and key not in base and key not in _OLD]
        taken = _taken(dag, context) if strange else None
        if taken is None:
            return
        earlier = frozenset().union(*_all_base_names(context.facts))
        for key in strange:
            if key in earlier or key in taken:
                continue
            near = nearest(key, base)
            of_dag = key in context.facts.dag_parameters
            if not (near or of_dag):
                continue
            span = next(_written(key, base, context), None)
            hint = " It is an argument of the DAG." if of_dag else f" Did you mean {near}?"
            message = f"No task takes {key}, and Airflow passes over it in silence.{hint}"
            fix = None
            if span is not None and near and not of_dag and near not in defaults.value:
                fix = Fix(f"Write {near}", (replace_value(span, f'"{near}"'),))
            yield Finding(message, span or defaults.span, dag_id=dag.dag_id, fix=fix, subject=key)


def _taken(dag: Dag, context: FileContext) -> set[str] | None:
    """All arguments that the DAG's tasks take; None where a task is of a class that is not known, or where there is none."""
    found: set[str] = set(context.facts.base_sensor_parameters)
    for task in dag.tasks:
        own = _parameters(task, context)
        if own is None:
            return None
        found |= own
    return found if dag.complete and dag.tasks else None


def _parameters(task: Task, context: FileContext) -> set[str] | None:
    facts_of = own_class_facts(task, context.facts)
    known = context.facts.parameters(facts_of.dotted) if facts_of is not None else None
    return None if known is None else set(known)


def _all_base_names(current: Facts) -> Iterator[Iterable[str]]:
    """What tasks took in versions up to this one: what was removed is told elsewhere."""
    return (facts(version).base_operator_parameters for version in versions() if number(version) <= number(current.version))


def _written(key: str, base: Container[object], context: FileContext) -> Iterator[Span]:
    """Where the key is written in a dict of this file that looks like default_args."""
    for node in every(context.tree, ast.Dict):
        names = [item.value if isinstance(item, ast.Constant) else None for item in node.keys]
        if key in names and any(name in base for name in names):
            yield from (context.span(item) for item in node.keys if isinstance(item, ast.Constant) and item.value == key)
