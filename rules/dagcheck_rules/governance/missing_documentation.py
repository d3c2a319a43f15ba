from collections.abc import Iterable

from dagcheck.model.dag import Dag
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule
from dagcheck.source.nodes import walk


class MissingDocumentation(Rule):
    """DAG without a word of documentation

    Who is called at night reads `doc_md` or the description in the Airflow UI: what the DAG is for, who needs it, what to do when it fails. For `@dag`
    functions the docstring counts. Off by default.
    """

    meta = Meta(code="DAG903", name="missing-documentation", severity="info", since="0.1.0", default=False)
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales"):  # DAG903
                pass
            """
        ),
        Bad(
            """
            from airflow.sdk import dag

            @dag(description="")  # DAG903
            def sales():
                pass

            sales()
            """,
            title="TaskFlow",
        ),
        Bad(
            """
            from airflow.sdk import DAG

            def make(region):
                "Makes a DAG."
                with DAG(f"sales_{region}"):  # DAG903
                    pass

            make("north")
            """,
            title="The docstring of another function",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", description="Loads the sales of each day"):
                pass
            """
        ),
        Good(
            """
            from airflow.sdk import dag

            @dag
            def sales():
                "Loads the sales of each day."

            sales()
            """,
            title="A docstring",
        ),
        Good(
            '''
            """Loads the sales of each day."""

            from airflow.sdk import DAG

            with DAG("sales") as dag:
                dag.doc_md = __doc__
            ''',
            title="Set later",
        ),
    )

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """One finding for a DAG that has neither description nor documentation."""
        told = [dag.arguments[name].value for name in ("doc_md", "description") if name in dag.arguments]
        if all(value is None or (isinstance(value, str) and not value.strip()) for value in told) and not _has_docstring(dag, context):
            message = "The DAG has neither a description nor documentation."
            yield Finding(message, dag.span, help="Give it doc_md, or a docstring to its function.", dag_id=dag.dag_id, subject="doc")


def _has_docstring(dag: Dag, context: FileContext) -> bool:
    """True for a `@dag` function with a docstring."""
    import ast

    source = context.source_of(dag.path)
    for node in walk(source.tree) if source is not None else ():
        if isinstance(node, ast.FunctionDef) and any(dag.line == decorator.lineno for decorator in node.decorator_list):
            return ast.get_docstring(node) is not None
    return False
