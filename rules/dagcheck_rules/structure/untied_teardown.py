from collections.abc import Iterable

from dagcheck.model.dag import Dag
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
                drop = BashOperator(task_id="drop", bash_command="drop-cluster").as_teardown()
                work >> drop
            """,
            title="A teardown in a DAG without setups only ends the work",
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
        relations = Relations(dag)
        setups = {task.task_id for task in dag.tasks if task.setup}
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
        for task in teardowns:
            work = sorted(relations.downstream[task.task_id] - ids - setups)
            if work:
                message = f"The teardown {task.task_id} stands in the normal flow: {work[0]} waits for it, and does not run when it fails."
                related = (Related(relations.tasks[work[0]].span, "waits for the teardown"),)
                yield Finding(message, task.span, dag_id=dag.dag_id, task_id=task.task_id, related=related, subject="flow")
