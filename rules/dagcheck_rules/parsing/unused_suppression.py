from collections.abc import Iterable, Sequence
from itertools import groupby

from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import delete, replace_value
from dagcheck.rule.suppression import Suppression
from dagcheck.source.text import Source

_CODES = late(r"(\[)([^\]]*)(\])")


class UnusedSuppression(Rule):
    """Suppression comment that suppresses nothing

    What it was for is mended, or it stands on the wrong line, or it names no rule that exists. Left in place it would silently hide the next finding there. A comment
    holds for its own line and for a call over several lines that begins or ends on it; `ignore-file` belongs above the first statement.
    """

    meta = Meta(code="DAG004", name="unused-suppression", severity="warning", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):  # dagcheck: ignore[DAG306] -- was wrong once  # DAG004
                pass
            """,
            fixed="""
            from airflow.sdk import DAG

            with DAG("sales", schedule="@daily"):
                pass
            """,
        ),
        Bad(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="61 * * * *"):  # dagcheck: ignore[DAG306, DAG0001] -- to be mended  # DAG004
                pass
            """,
            fixed="""
            from airflow.sdk import DAG

            with DAG("sales", schedule="61 * * * *"):  # dagcheck: ignore[DAG306] -- to be mended
                pass
            """,
            title="One of two codes is none of a rule",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                # dagcheck: ignore[DAG306]  # DAG004
                @task
                def load():
                    pass

                load()

            sales()
            """,
            title="TaskFlow: on a line of its own",
            fixed="""
            from airflow.sdk import dag, task

            @dag(schedule="@daily")
            def sales():
                @task
                def load():
                    pass

                load()

            sales()
            """,
        ),
    )
    good = (
        Good(
            """
            from airflow.sdk import DAG

            with DAG("sales", schedule="61 * * * *"):  # dagcheck: ignore[DAG306] -- to be mended
                pass
            """
        ),
        Good(
            """
            # dagcheck: ignore-file[DAG306] -- schedules of a cron of our own
            from airflow.sdk import DAG

            for minute in (61, 62):
                with DAG(f"sales_{minute}", schedule=f"{minute} * * * *"):
                    pass
            """,
            title="Generated: for the whole file",
        ),
        Good(
            """
            from airflow.sdk import dag, task

            @dag(
                schedule="61 * * * *",
            )  # dagcheck: ignore[invalid-schedule] -- to be mended
            def sales():
                @task
                def load():
                    return "# dagcheck: ignore[DAG101]"

                load()

            sales()
            """,
            title="TaskFlow: by name, at the end of a call over several lines",
        ),
    )

    def check_suppressions(self, unused: Sequence[Suppression], context: FileContext) -> Iterable[Finding]:
        """One finding for each comment, with all its codes that suppress nothing."""
        for span, group in groupby(unused, key=lambda item: item.span):
            items = list(group)
            codes = [item.code for item in items]
            yield Finding(_message(items), span, subject=",".join(codes), fix=_fix(context.source, items) if context.source else None)


def _message(items: Sequence[Suppression]) -> str:
    codes = ", ".join(item.code for item in items)
    if not codes:
        return "This suppression names no rule, so it suppresses nothing. Name the code: `# dagcheck: ignore[DAG101]`."
    unknown = [item.code for item in items if not item.known]
    if unknown:
        return f"No rule is called {', '.join(unknown)}, so this comment suppresses nothing by that name."
    if not all(item.head for item in items):
        return f"This `ignore-file` for {codes} stands below the first statement, where it has no effect. Move it to the head of the file."
    if any(item.alone for item in items) and not items[0].whole_file:
        return f"This suppression of {codes} stands on a line of its own, where nothing is found. Put it at the end of the line that it is for."
    return f"Nothing {'in this file' if items[0].whole_file else 'on this line'} is found by {codes}. Remove the comment, lest it hide the next finding."


def _fix(source: Source, items: Sequence[Suppression]) -> Fix | None:
    """Take the codes out of the comment, and the comment away where none is left."""
    span = items[0].span
    text = source.segment(span)
    match = _CODES.search(text)
    dead = {item.code for item in items}
    left = [code for code in (part.strip() for part in match.group(2).split(",")) if code and code not in dead] if match else []
    if match and left:
        return Fix("Remove the unused codes", (replace_value(span, f"{text[: match.start(2)]}{', '.join(left)}{text[match.end(2) :]}"),))
    end = source.offset(span.end_line, span.end_column)
    line = source.line(span.line)
    start = source.offset(span.line, len(line[: span.column - 1].rstrip()) + 1)
    if not line[: span.column - 1].strip():
        end = source.line_starts[span.line] if span.line < len(source.line_starts) else end
        start = source.offset(span.line, 1)
    return Fix("Remove the comment", (delete(source, start, end),))
