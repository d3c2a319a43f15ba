from collections.abc import Iterable

from dagcheck.model.dag import File
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class UnparsableFile(Rule):
    """File that Python cannot parse

    Airflow shows an import error for the file and loads none of its DAGs; DAGs that it had loaded from an earlier version disappear. The message says when the file seems
    to be written for another version of Python than the one that dagcheck runs on.
    """

    meta = Meta(code="DAG001", name="unparsable-file", severity="error", since="0.1.0")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily" catchup=False):  # DAG001
                pass
            """
        ),
        Bad(
            """
            from airflow import DAG

            dag = DAG("sales")
            print "loaded"  # DAG001
            """,
            title="Written for Python 2",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load():
                return 1  # DAG001

                load()

            sales()
            """,
            title="TaskFlow: a body that is not indented",
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily", catchup=False):
                pass
            """
        ),
        Good(
            """
            from airflow.sdk import dag, task

            type Rows = list[dict[str, int]]

            @dag(schedule="@daily")
            def sales():
                @task
                def load(rows: Rows):
                    match rows:
                        case []:
                            print("nothing")

                load([])

            sales()
            """,
            title="Words of newer versions of Python",
        ),
        Good(
            """
            from airflow.sdk import DAG

            print('''Not Python, but inside a text:
            with DAG("sales" schedule=) print "loaded"
            ''')

            for region in ("north", "south"):
                with DAG(f"sales_{region}") as dag: pass; dag.doc_md = "short"
            """,
            title="Generated, and hard to read, but Python",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for the first error that Python meets."""
        for error in file.errors:
            if error.kind == "syntax":
                span = Span(file.path, error.line, error.column, error.line, error.column)
                yield Finding(f"The file {error.message}. Airflow loads none of its DAGs.", span, subject="syntax")
