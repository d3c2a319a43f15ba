from collections.abc import Iterable, Iterator
from functools import lru_cache

from dagcheck.airflow.facts import Facts, facts, number, versions
from dagcheck.model.dag import Argument, Dag, File, Task
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import rename_keyword_of
from dagcheck.rule.near import nearest
from dagcheck.rule.tasks import own_class_facts

_CERTAIN = ("airflow.providers.standard.", "airflow.providers.common.sql.")
_OURS = frozenset(
    {
        "dag",
        "task_group",
        "default_args",
        "expand_kwargs",
        "_airflow_apply_defaults_from",
        "multiple_outputs",
        "task_concurrency",
        "provide_context",
    }
)


class UnknownArgument(Rule):
    """Argument that the DAG or operator does not take

    Airflow refuses to load the file: "Invalid arguments were passed". Mostly it is a slip (`retires`, `depend_on_past`), and the nearest valid name is told. Arguments that an
    earlier Airflow had are left to ruff's AIR rules.
    """

    meta = Meta(code="DAG811", name="unknown-argument", severity="error", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedul="@daily"):  # DAG811
                BashOperator(task_id="load", bash_command="load", retires=2)  # DAG811
            """,
            fixed="""
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                BashOperator(task_id="load", bash_command="load", retries=2)
            """,
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(catch_up=False)  # DAG811
            def sales():
                @task(depend_on_past=True)  # DAG811
                def load():
                    pass

                load()

            sales()
            """,
            fixed="""
            from airflow.sdk import dag, task

            @dag(catchup=False)
            def sales():
                @task(depends_on_past=True)
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            dag = DAG("sales")
            for region in ("north", "south"):
                BashOperator(task_id=region, bash_command="load", region=region, dag=dag)  # DAG811
            """,
            title="Nothing like it",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            class LoadOperator(BashOperator):
                def __init__(self, region, **kwargs):
                    super().__init__(bash_command=f"load {region}", **kwargs)

            with DAG("sales"):
                LoadOperator(task_id="load", region="north", retries=2)
            """,
            title="An operator of the project",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def load(retires, catch_up=False):
                    pass

                load.partial(catch_up=True).expand(retires=[1, 2])

            sales()
            """,
            title="Arguments of a TaskFlow call",
        ),
        Good(
            """
            from airflow.sdk import DAG
            from company.operators import LoadOperator

            with DAG("sales"):
                LoadOperator(task_id="load", retires=2)
            """,
            title="An operator that is not known",
        ),
        Good(
            """
            from airflow import DAG
            from airflow.operators.bash import BashOperator

            with DAG("sales", schedule_interval="@daily", concurrency=4):
                BashOperator(task_id="load", bash_command="load", task_concurrency=1)
            """,
            airflow="2.7",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such argument."""
        known = _of_dags(context.facts)
        for dag in file.dags:
            for argument in dag.arguments.values() if context.facts.dag_parameters and not known.issuperset(dag.arguments) else ():
                if argument.name not in known and not any(argument.name in other.dag_parameters for other in _earlier(context)):
                    yield _told(argument, "DAG", known - {"default_args"}, dag, None, context)
            for task in dag.tasks:
                yield from _of_task(task, dag, context)


@lru_cache(maxsize=64)
def _of_dags(known: Facts) -> frozenset[str]:
    """The arguments that a DAG takes."""
    return frozenset({*known.dag_parameters, *known.dag_decorator_parameters, "dag_id", "default_args"})


def _earlier(context: FileContext) -> Iterator[Facts]:
    """The versions before the target: what they took is told elsewhere. Their tables are read only where a name is not known."""
    return (facts(version) for version in versions() if number(version) < number(context.facts.version))


def _of_task(task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
    known_class = own_class_facts(task, context.facts)
    if known_class is None or known_class.name.startswith("BaseOperator"):
        return
    signature = context.facts.signature(known_class)
    if signature.taken is None or signature.taken.issuperset(task.arguments) or not context.facts.base_operator_parameters:
        return
    certain = not known_class.module.startswith("airflow.providers.") or known_class.module.startswith(_CERTAIN)
    for argument in task.arguments.values():
        if argument.name in signature.taken or argument.origin not in ("call", "partial") or argument.name in _OURS:
            continue
        if any(_took(argument.name, task, other) for other in _earlier(context)):
            continue
        near = nearest(argument.name, signature.parameters)
        if near is not None or certain:
            name = "@task" if task.kind == "taskflow" else known_class.name
            yield _told(argument, name, signature.parameters, dag, task, context)


def _took(name: str, task: Task, known: Facts) -> bool:
    """True if a version's operators took an argument, those of every kind or those of the task's own class."""
    operator = known.operator(task.bases[0])
    own = operator.own_parameters if operator is not None else None
    return name in known.base_operator_parameters or name in known.base_sensor_parameters or name in (own or {})


def _told(argument: Argument, owner: str, known: Iterable[str], dag: Dag, task: Task | None, context: FileContext) -> Finding:
    near = nearest(argument.name, known)
    hint = f" Did you mean {near}?" if near else ""
    source = context.source_of(argument.span.path)
    given_too = near is not None and near in (task.arguments if task is not None else dag.arguments)
    edit = rename_keyword_of(source, argument.span, argument.name, near) if source is not None and near and not given_too else None
    fix = Fix(f"Write {near}", (edit,)) if edit is not None else None
    message = f"{owner} takes no argument {argument.name}, so Airflow refuses to load the file.{hint}"
    return Finding(
        message, argument.span, dag_id=dag.dag_id, task_id=task.task_id if task else None, fix=fix, subject=f"{owner} {argument.name}"
    )
