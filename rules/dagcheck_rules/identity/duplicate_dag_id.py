from __future__ import annotations

from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.records import dataclass
from dagcheck.rule import Bad, Finding, Good, Meta, ProjectContext, Related, Rule
from dagcheck_rules.identity._folders import DagFolders
from dagcheck_rules.identity._loops import loop_around

_MOST_SHOWN = 60


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
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            REGIONS = ["north", "south", "west", "north"]

            for region in REGIONS:
                with DAG(f"sales_{region}", schedule="@daily"):  # DAG201
                    EmptyOperator(task_id="load")
            """,
            title="A loop over a list that holds a value twice",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            dag = DAG("sales", schedule="@daily")
            """,
            path="growth/dags/sales.py",
            files=(("risk/dags/sales.py", 'from airflow.sdk import DAG\n\ndag = DAG("sales")\n'),),
            title="Two teams, each with a DAG folder and an Airflow of its own",
        ),
        Good(
            """
            from airflow.sdk import DAG

            dag = DAG("sales", schedule="@daily")
            """,
            path="exports/dags/2.10.5/sales.py",
            files=(("exports/dags/3.0/sales.py", 'from airflow.sdk import DAG\n\ndag = DAG("sales")\n'),),
            title="One file for each version of Airflow, of which one is deployed",
        ),
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
        places: dict[str, list[_Place]] = {}
        for file in context.files:
            for dag in file.dags:
                if dag.id_known:
                    places.setdefault(dag.dag_id, []).append(_Place(file.path, dag))
        folders = DagFolders(context)
        for dag_id, found in places.items():
            for index, place in enumerate(found):
                first = next((earlier for earlier in found[:index] if _collide(earlier, place, folders)), None)
                if first is not None:
                    related = (Related(first.dag.span, "first used here"),) if first.dag.span != place.dag.span else ()
                    yield Finding(_message(first, place, context), place.dag.span, dag_id=dag_id, related=related, subject=dag_id)


@dataclass(frozen=True)
class _Place:
    """A DAG, and the file by which Airflow comes to it."""

    path: str
    dag: Dag


def _collide(first: _Place, second: _Place, folders: DagFolders) -> bool:
    """True if Airflow surely meets both. Of two outcomes of one unknown condition it sees one."""
    if first.path == second.path:
        return not any(doubt.cause == "condition" for place in (first, second) for doubt in place.dag.doubts)
    return folders.share(first.path, second.path)


def _message(first: _Place, second: _Place, context: ProjectContext) -> str:
    dag_id, line = second.dag.dag_id, first.dag.line
    if first.path != second.path:
        if first.dag.span == second.dag.span:
            return f"Both {first.path} and {second.path} make the DAG {dag_id}. Airflow loads one of them and reports the other."
        return f"The id {dag_id} is already that of the DAG in {first.path}:{line}. Airflow loads one of them and reports the other."
    if first.dag.span != second.dag.span:
        return f"The id {dag_id} is already that of the DAG on line {line}. Within one file the last one wins, and the others are lost."
    source = context.sources.source(context.sources.locate(second.dag.span.path))
    loop = loop_around(source, second.dag.span)
    how = f"each pass of the loop on line {loop.span.line} (`{loop.head}`) makes it again" if loop else "it is made again and again here"
    twice = loop.repeated() if loop else None
    why = f", for {twice} comes twice" if twice else _difference(first.dag, second.dag)
    return f"The id {dag_id} does not tell the DAGs apart: {how}{why}. Within one file the last one wins, and the others are lost."


def _difference(first: Dag, second: Dag) -> str:
    """What the two were given that differs, with the values where they are short."""
    for name, argument in second.arguments.items():
        other = first.arguments.get(name)
        values = [other.value if other else None, argument.value]
        if all(isinstance(value, str | int | float | None) for value in values) and values[0] != values[1]:
            shown = " and ".join(repr(value) for value in values)
            return f", with {name} {shown}" if len(shown) <= _MOST_SHOWN else f", with another {name}"
    return ""
