from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Related, Rule

_METHODS = ("set_upstream", "set_downstream")


class OversizedDag(Rule):
    """DAG that is too large or too tangled to follow

    Hundreds of tasks make the graph unreadable and each parse slow; long chains cost the scheduler's delay at every step; wide fans ask for more slots than there are.
    Mixing `>>` with `set_upstream` makes the order hard to see. Off by default: what is too large is a matter of opinion, and the limits are options.
    """

    meta = Meta(code="DAG116", name="oversized-dag", severity="info", since="0.1.0", default=False)
    options = (
        Option("max-tasks", 100, "the number of tasks that a DAG may have"),
        Option("max-depth", 30, "the number of tasks that may follow each other"),
        Option("max-fan-out", 50, "the number of tasks that may come directly after one task"),
    )
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):  # DAG116
                for number in range(120):
                    EmptyOperator(task_id=f"load_{number}")
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, chain

            with DAG("sales"):  # DAG116
                chain(*[EmptyOperator(task_id=f"load_{number}") for number in range(40)])
            """,
            title="A long chain",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                a, b, c = (EmptyOperator(task_id=name) for name in "abc")
                a >> b
                c.set_upstream(b)  # DAG116
            """,
            title="Two ways of saying it",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                start = EmptyOperator(task_id="start")
                for number in range(40):
                    start >> EmptyOperator(task_id=f"load_{number}")
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, chain

            with DAG("sales"):
                a, b, c = (EmptyOperator(task_id=name) for name in "abc")
                a >> b
                chain(b, c)
            """,
            title="chain beside shifts",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                for number in range(120):
                    EmptyOperator(task_id=f"load_{number}")
            """,
            title="The limit is configured",
            config=(("rule", {"oversized-dag": {"max-tasks": 200}}),),
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for each limit that the DAG passes, and one where it mixes styles."""
        relations = context.relations(dag)
        if len(dag.tasks) > self.option("max-tasks"):
            yield _told(dag, f"The DAG has {len(dag.tasks)} tasks", self.option("max-tasks"), "tasks")
        depth: dict[str, int] = {}
        for task_id in relations.in_order():
            depth[task_id] = 1 + max((depth[above] for above in relations.upstream[task_id] if above in depth), default=0)
        if max(depth.values(), default=0) > self.option("max-depth"):
            yield _told(dag, f"In the DAG {max(depth.values())} tasks follow each other", self.option("max-depth"), "depth")
        widest = max(relations.downstream, key=lambda task_id: len(relations.downstream[task_id]), default=None)
        if widest is not None and len(relations.downstream[widest]) > self.option("max-fan-out"):
            count = len(relations.downstream[widest])
            yield _told(dag, f"{count} tasks come directly after {widest}", self.option("max-fan-out"), "fan-out")
        places = dict.fromkeys(edge.span for edge in dag.declared if edge.how != "data")
        methods = [place for place in places if any(name in context.text(place) for name in _METHODS)]
        shifts = [edge.span for edge in dag.declared if edge.how == "shift" and edge.span not in methods]
        if methods and shifts:
            message = "The DAG says its dependencies in two ways, by methods and by shifts."
            yield Finding(message, methods[0], dag_id=dag.dag_id, related=(Related(shifts[0], "a shift"),), subject="mixed")


def _told(dag: Dag, what: str, limit: int, subject: str) -> Finding:
    return Finding(f"{what}; the limit is {limit}.", dag.span, dag_id=dag.dag_id, subject=subject)
