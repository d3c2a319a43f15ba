from collections.abc import Iterable, Sequence

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, Finding, Good, Meta, ProjectContext, Related, Rule


class DuplicateDagId(Rule):
    """Two DAGs with one id

    Airflow keeps one DAG of an id. Within a file the last one wins and the others are lost without a word; across files Airflow shows an import error for one of them, and
    which one may change from parse to parse.
    """

    meta = Meta(code="DAG201", name="duplicate-dag-id", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            first = DAG("sales", schedule="@daily")
            second = DAG("sales", schedule="@hourly")  # DAG201
            """
        ),
        Bad(
            """
            from airflow.sdk import DAG

            dag = DAG("sales", schedule="@daily")  # DAG201
            """,
            files=(("dags/a_first.py", 'from airflow.sdk import DAG\n\ndag = DAG("sales")\n'),),
            title="In two files",
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            def build(region, hour):
                with DAG("sales", schedule=f"0 {hour} * * *"):  # DAG201
                    EmptyOperator(task_id=f"load_{region}")

            for hour, region in enumerate(("north", "south")):
                build(region, hour)
            """,
            title="Generated, with what differs left out of the id",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            for region in ("north", "south"):
                globals()[f"sales_{region}"] = DAG(f"sales_{region}", schedule="@daily")
            """
        ),
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily") as dag:
                pass

            same = dag
            every = [dag, same]
            """,
            title="One DAG under two names",
        ),
        Good(
            """
            import os

            from airflow.sdk import DAG

            if os.environ.get("STAGE") == os.environ["PRODUCTION_STAGE"]:
                dag = DAG("sales", schedule="@daily")
            else:
                dag = DAG("sales", schedule=None)
            """,
            title="One or the other",
        ),
    )

    def check_project(self, context: ProjectContext) -> Iterable[Finding]:
        """One finding for each DAG after the first of its id, in the order of files."""
        for dag_id, dags in context.project.by_id.items():
            first = dags[0]
            for dag in dags[1:]:
                if dag.path == first.path and not _sure([first, dag]):
                    continue
                message = _message(dag_id, first, dag)
                yield Finding(message, dag.span, dag_id=dag_id, related=(Related(first.span, "first used here"),), subject=dag_id)


def _sure(dags: Sequence[Dag]) -> bool:
    """False if the DAGs may be two outcomes of one unknown condition, of which Airflow sees one."""
    return not any(doubt.cause == "condition" for dag in dags for doubt in dag.doubts)


def _message(dag_id: str, first: Dag, dag: Dag) -> str:
    if dag.path == first.path:
        return (
            f"The id {dag_id} is already that of the DAG on line {first.line}. Within one file the last one wins, and the others are lost."
        )
    return f"The id {dag_id} is already that of the DAG in {first.path}:{first.line}. Airflow loads one of them and reports the other."
