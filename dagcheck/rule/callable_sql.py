"""The SQL that the callable of a task runs through hooks and cursors, statement by statement, with the places."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from dagcheck.airflow.sql_operators import DATABASES, Database, database_of
from dagcheck.patterns import late
from dagcheck.records import replace
from dagcheck.rule.code import argument, constant, keyword, own_calls, own_nodes
from dagcheck.rule.sql import Statement, TaskSql, parsed_sql, sql_of
from dagcheck.source.nodes import walk

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, Task
    from dagcheck.rule.context import FileContext

_METHODS = {"run": "sql", "execute": "sql", "executemany": "sql"}
_RECEIVING = ("hook", "cur", "conn", "engine", "session", "db", "database", "warehouse")
_RECEIVERS = late(r"hook|cursor|\bcur\b|conn|engine|session|\bdb\b|database|warehouse", re.IGNORECASE)
_CLEARING = late(r"delete|truncate|clear|drop_table|drop_partition|purge|wipe|recreate|upsert|merge|replace_", re.IGNORECASE)
_BRANCHES = ast.If | ast.Match | ast.While | ast.ExceptHandler | ast.IfExp
_LARGEST = 100_000


def run_sql(task: Task, dag: Dag, context: FileContext) -> TaskSql | None:
    """The SQL that a task runs: that of its operator, or that of its callable; None where there is none, or where not all of it is known.

    In a callable each statement has a place of its own (`Statement.span`). One that runs only under a condition is left out, unless it clears a table: then it may guard
    the others. A value that is put in or bound stands as a template, `{{ name }}`. `commits_each` is true: a hook commits at the end of each call.
    """
    known: dict[int, TaskSql | None] = context.remembered.setdefault("run_sql", {})
    if id(task) not in known:  # many rules ask
        known[id(task)] = _run_sql(task, dag, context)
    return known[id(task)]


def tasks_with_sql(dag: Dag, context: FileContext) -> Sequence[tuple[Task, TaskSql]]:
    """The tasks of one of the file's DAGs that run SQL, in order, with all of it: see `run_sql`."""
    known: dict[int, list[tuple[Task, TaskSql]]] = context.remembered.setdefault("tasks_with_sql", {})
    if id(dag) not in known:
        known[id(dag)] = [(task, sql) for task in dag.tasks if (sql := run_sql(task, dag, context)) is not None]
    return known[id(dag)]


def _run_sql(task: Task, dag: Dag, context: FileContext) -> TaskSql | None:
    found = sql_of(task, dag, context)
    if found is not None or task.callable is None or task.callable.path != context.file.path or not _speaks_of_databases(context):
        return found
    node = context.function(task.callable)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    known: dict[ast.AST, tuple[Statement, ...] | None] = context.remembered.setdefault("sql_of_callables", {})
    if node not in known:  # several tasks may share the callable
        known[node] = _statements(node, context)
    statements = known[node]
    return TaskSql(statements, statements[0].span or task.span, True) if statements else None


def _speaks_of_databases(context: FileContext) -> bool:
    """True if the file has the words without which no callable in it runs SQL."""
    known: dict[None, bool] = context.remembered.setdefault("speaks_of_databases", {})
    if None not in known:
        source = context.source
        known[None] = source is not None and source.mentions(*_RECEIVING) and source.says(*_METHODS, "insert_rows")
    return known[None]


def _statements(node: ast.FunctionDef | ast.AsyncFunctionDef, context: FileContext) -> tuple[Statement, ...] | None:
    """The SQL that a function runs; None where not all of it is known."""
    calls = [(call, _name(call)) for call in own_calls(node)]
    if not any(name in _METHODS or name == "insert_rows" for _, name in calls) or any(_CLEARING.search(name) for _, name in calls):
        return None
    statements: list[Statement] = []
    bound = {**_assigned(context.tree), **_assigned(node)}
    for call, sure in _in_order([call for call, _ in calls], node):
        name = _name(call)
        text = _text_of(call, name, bound)
        if text is None:
            continue
        parts = parsed_sql(text, _database(call, bound, context).dialect) if text and len(text) < _LARGEST else None
        if parts is None:
            return None
        span = context.span(call)
        statements += [replace(part, span=span) for part in parts if sure or part.kind in ("delete", "truncate", "drop")]
    return tuple(statements)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _in_order(calls: list[ast.Call], node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.Call, bool]]:
    """The calls of a function's own code in the order of the source, each with whether it surely runs."""
    unsure = {id(inner) for branch in own_nodes(node) if isinstance(branch, _BRANCHES) for inner in walk(branch)}
    for call in sorted(calls, key=lambda found: (found.lineno, found.col_offset)):
        yield call, id(call) not in unsure


def _text_of(call: ast.Call, name: str, bound: Mapping[str, ast.expr]) -> str | None:
    """The SQL of a call that runs some, with templates for values; empty where it is not known; None for other calls."""
    if name not in _METHODS and name != "insert_rows":
        return None
    if not isinstance(call.func, ast.Attribute) or not _RECEIVERS.search(ast.unparse(call.func.value)):
        return None
    if name == "insert_rows":
        table = constant(argument(call, 0, "table"))
        repeatable = keyword(call, "replace") is not None
        return f"INSERT INTO {table} VALUES (1)" if isinstance(table, str) and not repeatable else ""
    node = argument(call, 0, _METHODS[name])
    if node is None:
        return None
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    texts = [_written(item, bound) for item in items]
    return ";\n".join(text or "" for text in texts) if all(texts) else ""


def _written(node: ast.expr, bound: Mapping[str, ast.expr], depth: int = 5) -> str | None:
    """A text as far as it is written out; the values in it as templates."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else f"{{{{ {_value(part)} }}}}" for part in node.values]
        return "".join(map(str, parts))
    if isinstance(node, ast.Name) and node.id in bound and depth:
        return _written(bound[node.id], bound, depth - 1)
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("text", "dedent")) and node.args:
        return _written(node.args[0], bound, depth - 1)
    return None


def _value(node: ast.expr) -> str:
    return ast.unparse(node.value if isinstance(node, ast.FormattedValue) else node).replace("}", ")").replace("{", "(")


@lru_cache(maxsize=64)
def _assigned(node: ast.AST) -> Mapping[str, ast.expr]:
    """The names that are bound once, by a plain assignment or in a `with`."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for inner in own_nodes(node):
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(inner, ast.Assign) and len(inner.targets) == 1:
            pairs = [(inner.targets[0], inner.value)]
        elif isinstance(inner, ast.With):
            pairs = [(item.optional_vars, item.context_expr) for item in inner.items]
        for target, value in pairs:
            if isinstance(target, ast.Name):
                twice |= {target.id} & found.keys()
                found[target.id] = value
    return {name: value for name, value in found.items() if name not in twice}


def _database(call: ast.Call, bound: Mapping[str, ast.expr], context: FileContext) -> Database:
    """The database that a hook or cursor speaks to, by the names on the way to it."""
    node: ast.expr = call.func
    for _ in range(8):
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            known = database_of(context.dotted(node.func) or "")
            if known is not None:
                return DATABASES[known]
            node = node.func
        elif isinstance(node, ast.Name) and node.id in bound:
            node = bound[node.id]
        else:
            break
    return DATABASES["unknown"]
