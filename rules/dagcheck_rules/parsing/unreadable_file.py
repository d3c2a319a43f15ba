from collections.abc import Iterable

from dagcheck.model.dag import File
from dagcheck.model.values import Span
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule


class UnreadableFile(Rule):
    """File that cannot be read as Python source

    The file is not text in the encoding that it claims, holds null bytes, may not be read, is far too large, or is nested more deeply than Python itself can read. Airflow
    shows an import error for it, or nothing at all. Save the file as UTF-8, or take it out of the DAG folder.
    """

    meta = Meta(code="DAG002", name="unreadable-file", severity="error", since="0.1.0")
    bad = (
        Bad('import airflow\n\ndag_name = "sales\0"  # DAG002\n', title="A null byte in the text (shown by a sign here)"),
        Bad(
            """
            # -*- coding: utf-9 -*-  # DAG002
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                pass

            sales()
            """,
            title="An encoding that there is not",
        ),
        Bad(
            "\ufeff# -*- coding: latin-1 -*-  # DAG002\nfrom airflow.sdk import DAG\n\ndag = DAG('sales')\n",
            title="A mark of UTF-8 before the first letter, and another encoding in the comment",
        ),
    )
    good = (
        Good(
            """
            # -*- coding: latin-1 -*-
            import airflow

            dag_name = "sales"
            """
        ),
        Good(
            """
            # -*- coding: utf-8 -*-
            from airflow.sdk import dag, task

            @dag(schedule="@daily", doc_md="Umsätze je Région 📈")
            def sales():
                @task
                def load():
                    return "naïve"

                load()

            sales()
            """,
            title="Letters of many languages",
        ),
        Good(
            """
            from airflow.sdk import DAG

            SEPARATOR = "\\x00"

            with DAG("sales", tags=[f"{'(' * 3}nested{')' * 3}"]):
                pass
            """,
            title="A null byte that is written as an escape",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for what keeps the file from being read."""
        for error in file.errors:
            if error.kind in ("decode", "unreadable", "hostile"):
                span = Span(file.path, error.line, error.column, error.line, error.column)
                yield Finding(f"The file {error.message}.", span, subject=error.kind)
