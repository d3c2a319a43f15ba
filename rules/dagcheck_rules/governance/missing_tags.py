from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.model.values import Unknown
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Option, Rule
from dagcheck.rule.near import nearest
from dagcheck.rule.tasks import is_known


class MissingTags(Rule):
    """DAG without tags, or with one that is not agreed on

    In an installation with hundreds of DAGs tags are how people find theirs. With the option `allowed`, other tags are told, too. Off by default.
    """

    meta = Meta(code="DAG902", name="missing-tags", severity="info", since="0.1.0", default=False)
    options = (Option("allowed", (), "the tags that may be used; empty: any"),)
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales"):  # DAG902
                pass
            """
        ),
        Bad(
            """
            from airflow.sdk import dag

            @dag(tags=[])  # DAG902
            def sales():
                pass

            sales()
            """,
            title="An empty list",
        ),
        Bad(
            """
            from airflow.sdk import DAG

            for region in ("north", "south"):
                with DAG(f"sales_{region}", tags=["finnance", region]):  # DAG902
                    pass
            """,
            config=(("rule", {"missing-tags": {"allowed": ["finance", "north", "south"]}}),),
            title="A slip",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", tags={"finance"}):
                pass
            """
        ),
        Good(
            """
            import os

            from airflow.sdk import DAG

            with DAG("sales", tags=[os.environ["TEAM"]]):
                pass
            """,
            config=(("rule", {"missing-tags": {"allowed": ["finance"]}}),),
            title="Not known",
        ),
        Good(
            """
            from airflow.sdk import DAG
            from company import ARGUMENTS

            with DAG("sales", **ARGUMENTS):
                pass
            """,
            title="Arguments that are not known",
        ),
        Good(
            """
            from airflow.sdk import DAG

            TAGS = ["finance", "daily"]

            with DAG("sales", tags=TAGS):
                pass
            """,
            config=(("rule", {"missing-tags": {"allowed": ["finance", "daily"]}}),),
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG without tags, and one for each tag that is not allowed."""
        argument = dag.arguments.get("tags")
        if argument is not None and (isinstance(argument.value, Unknown) or not is_known(argument.value)):
            return
        if not dag.tags:
            yield Finding("The DAG has no tags.", argument.span if argument else dag.span, dag_id=dag.dag_id, subject="tags")
        allowed = self.option("allowed")
        for tag in dag.tags if allowed and argument is not None else ():
            if tag not in allowed and argument is not None:
                near = nearest(tag, allowed)
                hint = f" Did you mean {near}?" if near else ""
                yield Finding(f"The tag {tag} is not among those agreed on.{hint}", argument.span, dag_id=dag.dag_id, subject=tag)
