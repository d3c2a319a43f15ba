from collections.abc import Iterable

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule
from dagcheck.rule.relations import Relations


class UntiedTeardown(Rule):
    """Setup and teardown that are not tied to each other

    A teardown runs if its setup did, even when the work between them failed; that holds only where the two are tied (`setup >> teardown`, or `as_teardown(setups=…)`). A
    teardown that work waits for is part of the normal flow: failures and clearing then treat it otherwise than the author thinks.
    """

    meta = Meta(code="DAG112", name="untied-teardown", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                make = BashOperator(task_id="make", bash_command="make-cluster").as_setup()  # DAG112
                work = BashOperator(task_id="work", bash_command="load")
                drop = BashOperator(task_id="drop", bash_command="drop-cluster").as_teardown()  # DAG112
                make >> work
                other = BashOperator(task_id="other", bash_command="load")
                other >> drop
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, setup, task, teardown

            @dag
            def sales():
                @setup
                def make_table():
                    pass

                @teardown
                def drop_table():
                    pass

                @task
                def load():
                    pass

                @task
                def report():
                    pass

                make, drop = make_table(), drop_table()  # DAG112
                make >> load() >> drop >> report()
                make >> drop

            sales()
            """,
            title="Work that waits for the teardown",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for region in ("north", "south"):
                    make = EmptyOperator(task_id=f"make_{region}").as_setup()
                    work = EmptyOperator(task_id=f"work_{region}")
                    drop = EmptyOperator(task_id=f"drop_{region}").as_teardown(setups=make)
                    make >> work >> drop
                alone = EmptyOperator(task_id="alone").as_teardown()  # DAG112
                EmptyOperator(task_id="outside") >> alone
            """,
            title="Generated pairs, and one without a setup",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG, TaskGroup

            with DAG("sales"):
                make = BashOperator(task_id="make", bash_command="make-cluster").as_setup()  # DAG112
                with TaskGroup("work") as work:
                    BashOperator(task_id="load", bash_command="load")
                drop = BashOperator(task_id="drop", bash_command="drop-cluster").as_teardown()
                make >> work >> drop
            """,
            title="The teardown comes after the work alone",
        ),
        Bad(
            """
            from airflow.decorators import dag, task, teardown

            @dag(schedule=None)
            def sales():
                @task
                def load():
                    pass

                @teardown
                def drop_table():
                    pass

                load() >> drop_table()  # DAG112

            sales()
            """,
            airflow="2.11",
            title="A teardown in a DAG without setups",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                make = BashOperator(task_id="make", bash_command="make-cluster")
                work = BashOperator(task_id="work", bash_command="load")
                drop = BashOperator(task_id="drop", bash_command="drop-cluster")
                make >> work >> drop.as_teardown(setups=make)
            """
        ),
        Good(
            """
            from airflow.sdk import dag, setup, task, teardown

            @dag
            def sales():
                @setup
                def make_table():
                    pass

                @task
                def load():
                    pass

                @teardown
                def drop_table():
                    pass

                with make_table() >> drop_table():
                    load()

            sales()
            """,
            title="As a block",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                work = BashOperator(task_id="work", bash_command="load")
                drop = BashOperator(task_id="drop", bash_command="drop-cluster", trigger_rule="all_done")
                work >> drop
            """,
            title="A clean-up that is no teardown",
        ),
        Good(
            """
            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                make = BashOperator(task_id="make", bash_command="make-cluster").as_setup()
                work = BashOperator(task_id="work", bash_command="load")
                make >> work
            """,
            title="A setup that needs no teardown",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each setup or teardown that stands wrong."""
        teardowns = [task for task in dag.tasks if task.teardown]
        if not dag.complete or not teardowns:
            return
        relations = context.relations(dag)
        setups = {task.task_id for task in dag.tasks if task.setup}
        if not setups:
            for task in teardowns:
                yield Finding(
                    f"The teardown {task.task_id} has no setup: it only ends the work, and its own failure counts for nothing.",
                    task.span,
                    help="Tie it to what makes the thing that it removes: .as_teardown(setups=…).",
                    dag_id=dag.dag_id,
                    task_id=task.task_id,
                    severity="info",
                    subject="no setups",
                )
        untied = [task for task in teardowns if setups and not setups & relations.before(task.task_id)]
        for task in untied:
            message = f"No setup comes before the teardown {task.task_id}, though the DAG has setups: it is tied to nothing that it could tear down."
            yield Finding(message, task.span, dag_id=dag.dag_id, task_id=task.task_id, subject="no setup")
        ids = {task.task_id for task in teardowns}
        for task_id in sorted(setups) if untied else ():
            if not ids & relations.after(task_id):
                task = relations.tasks[task_id]
                message = f"No teardown comes after the setup {task_id}, though the DAG has a teardown that is tied to no setup."
                yield Finding(message, task.span, dag_id=dag.dag_id, task_id=task_id, subject="no teardown")
        for task_id in sorted(setups):
            far = _far_teardown(task_id, setups, relations)
            if far is not None:
                task = relations.tasks[task_id]
                yield Finding(
                    f"The teardown {far.task_id} comes after the setup {task_id}, but is not tied to it: clearing the work between them makes {task_id} run again "
                    f"without {far.task_id}, and a failure of {task_id} does not keep it from running.",
                    task.span,
                    help=f"Add the edge {task_id} >> {far.task_id}, or write .as_teardown(setups=…).",
                    dag_id=dag.dag_id,
                    task_id=task_id,
                    related=(Related(far.span, "the teardown"),),
                    subject="not tied",
                )
        for task in teardowns:
            work = sorted(relations.downstream[task.task_id] - ids - setups)
            if work:
                message = f"The teardown {task.task_id} stands in the normal flow: {work[0]} waits for it, and does not run when it fails."
                related = (Related(relations.tasks[work[0]].span, "waits for the teardown"),)
                yield Finding(message, task.span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject="flow")


def _far_teardown(setup: str, setups: set[str], relations: Relations) -> Task | None:
    """The one teardown after a setup that has none directly after it, where that teardown has no setup directly before it."""
    if any(relations.tasks[below].teardown for below in relations.downstream[setup]):
        return None
    after = [relations.tasks[task_id] for task_id in sorted(relations.after(setup)) if relations.tasks[task_id].teardown]
    return after[0] if len(after) == 1 and not relations.upstream[after[0].task_id] & setups else None
