import ast
from collections.abc import Iterable, Iterator

from dagcheck.model.dag import File
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.rule import Bad, FileContext, Finding, Fix, Good, Meta, Rule
from dagcheck.rule.edits import replace_value
from dagcheck.source.nodes import every

_SHIFTED = late(r"unsupported operand type\(s\) for (?:>>|<<): (.+) and (.+?)\.?$")
"""What Python says of a shift of things that are no tasks; `raising-file` leaves it to this rule."""
_KINDS = ("bad-shift", "chain-length")


class BrokenShift(Rule):
    """Dependency that is written so that it does not hold

    `a > b` compares and ties nothing. `a, b >> c` makes a tuple: only b is tied to c. `[a, b] >> [c, d]` is an error in Python, for two lists know nothing of tasks; use
    `chain` or `cross_downstream`. In `chain`, two lists side by side must be of one length.
    """

    meta = Meta(code="DAG113", name="broken-shift", severity="error", since="0.1.0", fix="safe")
    bad = (
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                extract > load  # DAG113
                extract, load >> report  # DAG113
            """,
            fixed="""
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                extract = EmptyOperator(task_id="extract")
                load = EmptyOperator(task_id="load")
                report = EmptyOperator(task_id="report")
                extract >> load
                [extract, load] >> report
            """,
        ),
        Bad(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, chain

            with DAG("sales"):
                regions = [EmptyOperator(task_id=name) for name in ("north", "south", "west")]
                checks = [EmptyOperator(task_id=f"check_{name}") for name in ("north", "south")]
                chain(regions, checks)  # DAG113
            """,
            title="Lists of different length in chain",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag
            def sales():
                @task
                def extract():
                    pass

                @task
                def load():
                    pass

                [extract(), load()] >> [extract()]  # DAG113

            sales()
            """,
            title="A list before a list",
        ),
        Bad(
            """
            from airflow.sdk import dag, task

            @dag(schedule=None)
            def sales():
                @task
                def extract():
                    pass

                @task
                def load():
                    pass

                extract >> load  # DAG113

            sales()
            """,
            title="Functions that were not called",
        ),
    )
    good = (
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, chain, cross_downstream

            with DAG("sales"):
                a, b, c, d = (EmptyOperator(task_id=name) for name in "abcd")
                [a, b] >> c
                chain([a, b], [c, d])
                cross_downstream([a, b], [d])
            """
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG

            with DAG("sales"):
                tasks = [EmptyOperator(task_id=f"load_{number}") for number in range(5)]
                if len(tasks) > 3 and 8 >> 1 > 2:
                    tasks[0] >> tasks[1:]
            """,
            title="Comparisons and shifts of numbers",
        ),
        Good(
            """
            from airflow.providers.standard.operators.empty import EmptyOperator
            from airflow.sdk import DAG, Label

            with DAG("sales"):
                first = EmptyOperator(task_id="first")
                pair = first, first >> Label("then") >> EmptyOperator(task_id="second")
            """,
            title="A tuple that is kept",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such expression."""
        if not file.dags and not file.errors:
            return
        for dag in file.dags:
            for misuse in dag.misuses:
                if misuse.kind in _KINDS:
                    message = misuse.message[:1].upper() + misuse.message[1:] + "."
                    fix = _shift_for_comparison(misuse.span, context)
                    yield Finding(message, misuse.span, dag_id=dag.dag_id, fix=fix, subject=misuse.kind)
        for error in file.errors if context.is_dag_file else ():
            if error.kind == "raises" and (found := _SHIFTED.search(error.message)) and {found[1], found[2]} != {"list"}:
                span = Span(file.path, error.line, error.column, error.line, error.column)
                message = (
                    f"Neither {found[1]} nor {found[2]} is a task, so nothing can be put before or after it. Airflow cannot load this file."
                )
                yield Finding(message, span, help="Call a @task function to make its task.", subject="no tasks")
        for node in every(context.tree, ast.Expr):
            if isinstance(node.value, ast.Tuple | ast.BinOp):
                yield from _statement(node.value, context)


def _statement(node: ast.expr, context: FileContext) -> Iterator[Finding]:
    """What the syntax alone tells of a bare expression."""
    span = context.span(node)
    if (
        isinstance(node, ast.Tuple)
        and len(node.elts) > 1
        and isinstance(node.elts[-1] if _is_shift(node.elts[-1]) else node.elts[0], ast.BinOp)
    ):
        shifted = [item for item in node.elts if _is_shift(item)]
        plain = [item for item in node.elts if isinstance(item, ast.Name | ast.Attribute)]
        if len(shifted) == 1 and len(plain) == len(node.elts) - 1:
            message = "This is a tuple: only the task next to the shift is tied, the others are not."
            yield Finding(message, span, help="Put the tasks into a list.", fix=_list(node, context), subject="tuple")
    elif isinstance(node, ast.BinOp) and _is_shift(node) and isinstance(node.left, ast.List) and isinstance(node.right, ast.List):
        message = "Python cannot shift a list by a list, so the file does not load."
        yield Finding(message, span, help="Use cross_downstream for every pair, or chain for one to one.", subject="lists")


def _is_shift(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift | ast.LShift)


def _shift_for_comparison(span: Span, context: FileContext) -> Fix | None:
    written = context.text(span)
    for wrong, right in ((" > ", " >> "), (" < ", " << ")):
        if written.count(wrong) == 1 and written.replace(wrong, "").replace(".", "").replace("_", "").isalnum():
            return Fix(f"Write `{right.strip()}`", (replace_value(span, written.replace(wrong, right)),))
    return None


def _list(node: ast.Tuple, context: FileContext) -> Fix | None:
    """`[a, b] >> c` for `a, b >> c`, and `a >> [b, c]` for `a >> b, c`."""
    first, last = node.elts[0], node.elts[-1]
    written = [context.text(context.span(item)) for item in node.elts]
    if _is_shift(last) and isinstance(last, ast.BinOp) and isinstance(last.left, ast.Name | ast.Attribute):
        left = context.text(context.span(last.left))
        text = f"[{', '.join([*written[:-1], left])}]{written[-1][len(left) :]}"
    elif _is_shift(first) and isinstance(first, ast.BinOp) and isinstance(first.right, ast.Name | ast.Attribute):
        right = context.text(context.span(first.right))
        text = f"{written[0][: -len(right)]}[{', '.join([right, *written[1:]])}]"
    else:
        return None
    span = context.span(node)
    return (
        None
        if "#" in context.text(span) or context.text(span).startswith("(")
        else Fix("Put the tasks into a list", (replace_value(span, text),))
    )
