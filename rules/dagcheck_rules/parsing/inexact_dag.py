from collections.abc import Iterable, Iterator

from dagcheck.model.dag import Dag, File
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Related, Rule

_RELATED = 10
_CUT = "Compute less while the file is parsed, or give the evaluation of a file more time: `evaluation-seconds` in [tool.dagcheck.limits]."


class InexactDag(Rule):
    """DAG that the source alone does not settle

    Something that Airflow would see of the DAG hangs on a value that exists only where Airflow runs: a Variable, an environment variable, a file that is not in the
    repository, the network. Rules stay silent about what is not known, so such a DAG is checked less well. The configuration can give values (`env`, `variables`); often
    it is better to take the value when a task runs, not when the file is parsed.
    """

    meta = Meta(code="DAG003", name="inexact-dag", severity="info", since="0.1.0")
    bad = (
        Bad(
            """
            import os

            from airflow.sdk import DAG

            with DAG("sales", schedule=os.environ["SALES_SCHEDULE"]):  # DAG003
                pass
            """
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Variable

            with DAG("sales"):
                for region in Variable.get("regions").split(","):  # DAG003
                    EmptyOperator(task_id=f"load_{region}")
            """,
            title="How many tasks there are is in Airflow's database",
        ),
        Bad(
            """
            from airflow.sdk import DAG
            from company import build  # a package that is not in the project

            with DAG("sales") as dag:
                build(dag)  # DAG003
            """,
            title="Code that is elsewhere adds to it",
        ),
        Bad(
            """
            from airflow.sdk import DAG

            total = 0
            for first in range(90_000):
                for second in range(90_000):
                    total += first * second  # DAG003

            with DAG(f"sales_{total}"):
                pass
            """,
            title="So much work that its evaluation is given up; what comes after it is not known, which is a warning",
            config=(("limits", {"evaluation-seconds": 0.2}),),
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="0 25 * * *"):
                pass
            """,
            title="A mistake that the source settles: it has a rule of its own",
        ),
        Good(
            """
            from airflow.sdk import DAG

            NAMES = [f"sales_{region}" for region in ("north", "south")]

            for name in NAMES:
                with DAG(name, schedule="@daily"):
                    pass
            """,
            title="Generated, but from what is known",
        ),
        Good(
            """
            import datetime

            from airflow.sdk import dag, task

            @dag(start_date=datetime.datetime.now() - datetime.timedelta(days=1))
            def sales():
                @task
                def load():
                    return open("/data/sales.csv").read()

                load()

            sales()
            """,
            title="A start date that is known to move, and work inside a task",
        ),
        Good(
            """
            import os

            from airflow.sdk import DAG

            with DAG("sales", schedule=os.environ.get("SALES_SCHEDULE", "@daily")):
                pass
            """
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each DAG, at its first doubt, and one where the evaluation was cut short. What Airflow refuses is told by the rules for it."""
        for error in file.errors:
            if error.kind == "cut":
                span = Span(file.path, error.line, error.column, error.line, error.column)
                message = f"What comes after this is not known: {error.message}. Airflow does this work at each parse, too."
                yield Finding(message, span, severity="warning", help=_CUT, subject="cut")
        for dag in file.dags:
            yield from _unsettled(dag)


def _unsettled(dag: Dag) -> Iterator[Finding]:
    doubts = [doubt for doubt in dag.doubts if doubt.cause != "error"]
    if dag.exact or not doubts:
        return
    spans = [Span(doubt.path or dag.path, doubt.line, doubt.column, doubt.line, doubt.column) for doubt in doubts]
    related = tuple(Related(span, doubt.message) for span, doubt in zip(spans[1:_RELATED], doubts[1:], strict=False))
    message = f"The DAG is not settled by the source: {doubts[0].message}."
    yield Finding(message, spans[0], dag_id=dag.dag_id if dag.id_known else None, related=related, subject="inexact")
