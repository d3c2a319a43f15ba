from collections.abc import Iterable
from itertools import pairwise

from dagcheck.model.dag import Dag, Declared
from dagcheck.project.order import find_cycles
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule

_HOW = {"shift": "", "call": "", "data": " by the data that is passed", "scope": " by setup and teardown"}


class CyclicDependency(Rule):
    """Tasks that depend on each other in a circle

    No task of the circle could ever be the first to run, so Airflow refuses to load the DAG. The circle is told task by task, with the place of each edge; through task
    groups, `chain` and TaskFlow arguments as well.
    """

    meta = Meta(code="DAG101", name="cyclic-dependency", severity="error", since="0.1.0")
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
                report >> extract  # DAG101
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
                def load(rows):
                    pass

                rows = extract()
                load(rows) >> rows  # DAG101

            sales()
            """,
            title="TaskFlow: the data goes one way, the shift the other",
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
                load >> report
            """
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each knot of circles, at the edge that closes its shortest circle."""
        for cycle in find_cycles(dag.edges):
            edges = [_place(dag, upstream, downstream) for upstream, downstream in pairwise([*cycle, cycle[0]])]
            known = [edge for edge in edges if edge is not None]
            closing = max(known, key=dag.declared.index, default=None)
            related = tuple(
                Related(edge.span, f"{edge.upstream} runs before {edge.downstream}{_HOW[edge.how]}")
                for edge in known
                if edge is not closing
            )
            message = f"These tasks wait for each other in a circle: {' → '.join([*cycle, cycle[0]])}. Airflow refuses to load the DAG."
            if closing is not None:
                message += f" The circle closes here, where {closing.upstream} is put before {closing.downstream}."
            yield Finding(
                message,
                closing.span if closing else dag.span,
                dag_id=dag.dag_id,
                related=related,
                subject=" ".join(cycle),
                cycle=tuple(cycle),
            )


def _place(dag: Dag, upstream: str, downstream: str) -> Declared | None:
    """The first place that declares an edge."""
    return next((edge for edge in dag.declared if (edge.upstream, edge.downstream) == (upstream, downstream)), None)
