"""What makes a write repeatable."""

from __future__ import annotations

from collections.abc import Sequence

from dagcheck.model.dag import Dag, Task
from dagcheck.rule import FileContext
from dagcheck.rule.callable_sql import run_sql
from dagcheck.rule.relations import Relations
from dagcheck.rule.sql import Statement, table_key

_CLEARS = ("delete", "truncate", "drop", "overwrite")
_CLEARING_WORDS = ("truncate", "delete", "clear", "clean", "drop", "purge", "reset", "empty", "remove", "wipe", "recreate")
_MEANT_TO_GROW = ("log", "logs", "audit", "journal", "events", "history")


def appending(statements: Sequence[Statement]) -> list[Statement]:
    """The INSERTs that add the same rows again when they run again, as far as their own task goes."""
    found = []
    for index, statement in enumerate(statements):
        if statement.kind != "insert" or statement.target is None or meant_to_grow(statement.target):
            continue
        if not any(clears(earlier, statement.target) for earlier in statements[:index]) and not _is_conditional(statement):
            found.append(statement)
    return found


def clears(statement: Statement, target: str) -> bool:
    """True if a statement takes out of a table what a later INSERT puts in, or makes the table anew."""
    if statement.target != target:
        return False
    if statement.kind in _CLEARS:
        return True
    return statement.kind == "create" and (bool(statement.tree.args.get("replace")) or not statement.tree.args.get("exists"))


def is_guarded_upstream(task: Task, target: str, dag: Dag, relations: Relations, context: FileContext) -> bool:
    """True if a task before this one clears the table, or may do so by its name, or if one after it clears it for the next run."""
    for above in relations.before(task.task_id):
        other = relations.tasks.get(above)
        if other is None:
            continue
        sql = run_sql(other, dag, context)
        if sql is not None and any(clears(statement, target) for statement in sql.statements):
            return True
        if sql is None and any(word in above.lower() for word in _CLEARING_WORDS):
            return True
    return any(
        clears(statement, target)
        for below in relations.after(task.task_id)
        if below in relations.tasks and (sql := run_sql(relations.tasks[below], dag, context)) is not None
        for statement in sql.statements
    )


def meant_to_grow(target: str) -> bool:
    """True for a table that is a log by its name."""
    return any(part in _MEANT_TO_GROW for part in target.replace(".", "_").split("_"))


def _is_conditional(statement: Statement) -> bool:
    """True if the INSERT itself passes over rows that are there: a conflict clause, IGNORE, NOT EXISTS, an anti-join with its own target."""
    from sqlglot import exp

    tree = statement.tree
    if tree.args.get("conflict") or tree.args.get("ignore") or tree.args.get("alternative"):
        return True
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    source = tree.args.get("expression")
    if source is None or not isinstance(target, exp.Table):
        return source is None
    own = any(table_key(table) == table_key(target) for table in statement.find(exp.Table, part=source))
    return own and (
        bool(statement.find(exp.Exists, exp.Not, exp.Except, part=source))
        or any(join.side == "LEFT" for join in statement.find(exp.Join, part=source))
    )
