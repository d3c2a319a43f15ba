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
    bad = (Bad('import airflow\n\ndag_name = "sales\0"  # DAG002\n', title="A null byte in the text (shown by a sign here)"),)
    good = (
        Good(
            """
            # -*- coding: latin-1 -*-
            import airflow

            dag_name = "sales"
            """
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for what keeps the file from being read."""
        for error in file.errors:
            if error.kind in ("decode", "unreadable", "hostile"):
                span = Span(file.path, error.line, error.column, error.line, error.column)
                yield Finding(f"The file {error.message}.", span, subject=error.kind)
