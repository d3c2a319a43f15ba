from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class ImpliedDependency(Rule):
    """Dependency that other dependencies already imply

    Where a runs before b and b before c, `a >> c` changes nothing in the order. Off by default: some teams write such edges on purpose, and with trigger rules such as
    `one_failed` a direct edge does mean something.
    """

    meta = Meta(code="DAG104", name="implied-dependency", severity="info", since="0.1.0", default=False)
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                extract >> load >> report
                extract >> report  # DAG104
            """
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    return 1

                @task
                def clean(rows):
                    return rows

                @task
                def load(rows):
                    pass

                rows = extract()
                done = load(clean(rows))
                rows >> done  # DAG104

            sales()
            """,
            title="Implied by the data",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                steps = [EmptyOperator(task_id=f"step_{number}") for number in range(4)]
                for before, after in zip(steps, steps[1:]):
                    before >> after
                steps[0].set_downstream(steps[3])  # DAG104
            """,
            title="Generated",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                extract >> [load, report]
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                alarm = EmptyOperator(task_id="alarm", trigger_rule="one_failed")
                extract >> load >> alarm
                extract >> alarm
            """,
            title="The trigger rule looks at direct neighbours",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    return 1

                @task
                def clean(rows):
                    return rows

                @task
                def load(raw, rows):
                    pass

                raw = extract()
                load(raw, clean(raw))

            sales()
            """,
            title="The data is needed twice",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each written edge that a longer way also gives."""
        relations = context.relations(dag)
        for edge in dag.declared:
            task = relations.tasks.get(edge.downstream)
            if edge.how not in ("shift", "call") or edge.via_group or task is None or task.trigger_rule != "all_success":
                continue
            others = relations.upstream[edge.downstream] - {edge.upstream}
            through = sorted(other for other in others if relations.comes_before(edge.upstream, other))
            if through:
                message = f"{edge.upstream} comes before {edge.downstream} anyway, by way of {through[0]}."
                yield Finding(message, edge.span, dag_id=dag.dag_id, task_id=edge.downstream, subject=f"{edge.upstream} {edge.downstream}")
