"""One statement as what DuckDB executes for it: one or more statements that count as one effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagcheck.harness.sql.bulk import CONDITION, partition_condition
from dagcheck.harness.sql.idioms import swapped_with, template_of
from dagcheck.harness.sql.schema import Table, quoted
from dagcheck.harness.sql.statements import Statement, Untranslatable

if TYPE_CHECKING:
    from sqlglot import exp


CASTS = {"todate": "date", "todatetime": "timestamp", "to_date": "date", "to_timestamp_ntz": "timestamp", "datetime": "timestamp"}
"""Functions of one argument that only convert, and to what."""


def translated(statement: Statement, table: Table | None) -> list[str]:
    """The DuckDB statements; clock stand-ins are still in them. `table` is the target's schema where it is known.

    Raises:
        Untranslatable: DuckDB has no such statement.
    """
    tree = statement.tree.copy()
    _mend(tree)
    _part(tree, statement, table)
    match statement.kind:
        case "nothing" | "begin" | "commit" | "rollback":
            return []
        case "truncate":
            return [f"DELETE FROM {quoted(statement.target or '')}"]
        case "overwrite":
            return _overwrite(tree, statement)
        case "insert":
            return _insert(tree, statement, table)
        case "create" | "create_as":
            return _create(tree, statement, table)
        case "alter" if (other := swapped_with(tree)) is not None:
            return _swap(statement.target or "", other)
        case "drop":
            return [f"DROP TABLE {'IF EXISTS ' if tree.args.get('exists') else ''}{quoted(statement.target or '')}"]
    return [_sql(tree)]


def _sql(tree: exp.Expr) -> str:
    from sqlglot.errors import ErrorLevel

    return tree.sql("duckdb", unsupported_level=ErrorLevel.IGNORE, comments=False)


def _mend(tree: exp.Expr) -> None:
    """What DuckDB wants otherwise: unqualified names left of SET, no time zones, no index and locking hints."""
    from sqlglot import exp

    for node in list(tree.walk()):
        if isinstance(node, exp.Update):
            for assignment in node.expressions:
                if isinstance(assignment, exp.EQ) and isinstance(assignment.this, exp.Column):
                    assignment.this.set("table", None)
        elif isinstance(node, exp.DataType) and node.is_type("timestamptz", "timestampltz", "datetime", "datetime2"):
            node.replace(exp.DataType.build("timestamp"))
        elif isinstance(node, exp.Insert) and isinstance(node.parent, exp.When) and node.this is not None:
            _mend_when(node)
        elif isinstance(node, exp.Date | exp.Anonymous) and _is_sqlite_date(node):
            node.replace(_sqlite_date(node))
        elif isinstance(node, exp.Anonymous) and node.name.lower() in CASTS and len(node.expressions) == 1:
            node.replace(exp.cast(node.expressions[0].copy(), CASTS[node.name.lower()]))
    if isinstance(tree, exp.Delete | exp.Insert | exp.Update | exp.Merge):
        tree.set("returning", None)
    if isinstance(tree, exp.Select):
        tree.set("locks", None)


def _part(tree: exp.Expr, statement: Statement, table: Table | None) -> None:
    """Say in which column the value of a partition stands: the first one that tells when."""
    import sqlglot
    from sqlglot import exp

    for node in [node for node in tree.find_all(exp.Anonymous) if node.name == CONDITION]:
        column = next((column for column in table.columns if column.temporal), None) if table is not None else None
        if column is None:
            raise Untranslatable("by which column the table is partitioned is not known", statement.line)
        node.replace(sqlglot.condition(partition_condition(node.expressions[0].name, column.name, column.type), dialect="duckdb"))


def _mend_when(insert: exp.Insert) -> None:
    from sqlglot import exp

    if isinstance(insert.this, exp.Var) and insert.this.name.upper() == "ROW":
        insert.set("this", exp.Star())
    elif isinstance(insert.this, exp.Tuple):
        for column in insert.this.expressions:
            column.set("table", None)


def _is_sqlite_date(node: exp.Expr) -> bool:
    from sqlglot import exp

    modifiers = (
        node.expressions if isinstance(node, exp.Date) else node.expressions[1:] if node.name.lower() in ("date", "datetime") else []
    )
    named = isinstance(node, exp.Date) or node.name.lower() in ("date", "datetime")
    return (
        named
        and (isinstance(node, exp.Anonymous) or bool(modifiers))
        and all(isinstance(item, exp.Literal) and item.is_string for item in modifiers)
    )


def _sqlite_date(node: exp.Expr) -> exp.Expr:
    """SQLite's `date(x, '-1 day')` and `datetime(x, …)`; only modifiers that move by a fixed time are known."""
    from sqlglot import exp

    is_day = isinstance(node, exp.Date) or node.name.lower() == "date"
    subject, modifiers = (node.this, node.expressions) if isinstance(node, exp.Date) else (node.expressions[0], node.expressions[1:])
    moved: exp.Expr = exp.cast(subject.copy(), "timestamp")
    for modifier in modifiers:
        moved = exp.Add(this=moved, expression=exp.cast(exp.Literal.string(modifier.name.lstrip("+")), "interval"))
    return exp.cast(exp.paren(moved), "date" if is_day else "timestamp")


def _insert(tree: exp.Expr, statement: Statement, table: Table | None) -> list[str]:
    from sqlglot import exp

    before: list[str] = []
    if (where := tree.args.get("where")) is not None:
        before = [f"DELETE FROM {quoted(statement.target or '')} WHERE {_sql(where.this if isinstance(where, exp.Where) else where)}"]
        tree.set("where", None)
    if (partition := tree.find(exp.Partition)) is not None:
        return before + _partitioned(tree, partition, statement, delete=False)
    _mind_keys(tree, table)
    return [*before, _sql(tree)]


def _mind_keys(tree: exp.Expr, table: Table | None) -> None:
    """What happens to rows whose key is there already, as DuckDB says it; a table with no key that is filled takes every row."""
    keys = table.filled_keys() if table is not None else []
    if tree.args.get("ignore"):
        tree.set("ignore", None)
        tree.set("alternative", "IGNORE")
    if not keys:
        tree.set("alternative", None)
        tree.set("conflict", None)
        return
    conflict = tree.args.get("conflict")
    if conflict is None:
        return
    for key in conflict.args.get("conflict_keys") or ():
        if key.key == "ordered":
            key.replace(key.this.this.copy())
    if conflict.args.get("duplicate"):
        _on_duplicate(conflict, keys[0])


def _swap(one: str, other: str) -> list[str]:
    between = quoted("dagcheck between two")
    moves = ((quoted(one), between), (quoted(other), quoted(one)), (between, quoted(other)))
    return [f"ALTER TABLE {source} RENAME TO {target}" for source, target in moves]


def _on_duplicate(conflict: exp.Expr, keys: tuple[str, ...]) -> None:
    """MySQL's ON DUPLICATE KEY UPDATE as ON CONFLICT."""
    from sqlglot import exp

    for node in list(conflict.find_all(exp.Anonymous, exp.Func)):
        if node.sql().upper().startswith("VALUES("):
            name = node.expressions[0].name if node.expressions else node.this.name
            node.replace(exp.column(name, "excluded"))
    conflict.replace(
        exp.OnConflict(
            expressions=[item.copy() for item in conflict.expressions],
            action=exp.var("DO UPDATE"),
            conflict_keys=[exp.to_identifier(key) for key in keys],
        )
    )


def _overwrite(tree: exp.Expr, statement: Statement) -> list[str]:
    from sqlglot import exp

    partition = tree.find(exp.Partition)
    if partition is not None:
        return _partitioned(tree, partition, statement, delete=True)
    return [f"DELETE FROM {quoted(statement.target or '')}", f"INSERT INTO {quoted(statement.target or '')} {_sql(tree.expression)}"]


def _partitioned(tree: exp.Expr, partition: exp.Expr, statement: Statement, *, delete: bool) -> list[str]:
    """INSERT … PARTITION (fixed = value, dynamic): the fixed ones become columns of the result, and an overwrite deletes the partitions that are written."""
    from sqlglot import exp

    target, query = quoted(statement.target or ""), _sql(tree.expression)
    fixed = [part for part in partition.expressions if isinstance(part, exp.EQ)]
    dynamic = [part for part in partition.expressions if not isinstance(part, exp.EQ)]
    extra = "".join(f", {_sql(part.expression)} AS {quoted(part.this.name)}" for part in fixed)
    rows = f"SELECT *{extra} FROM ({query}) AS written" if extra else query
    if not delete:
        return [f"INSERT INTO {target} {rows}"]
    conditions = [f"{quoted(part.this.name)} = {_sql(part.expression)}" for part in fixed]
    if dynamic:
        names = ", ".join(quoted(part.name) for part in dynamic)
        conditions.append(f"({names}) IN (SELECT DISTINCT {names} FROM ({query}) AS written)")
    return [f"DELETE FROM {target} WHERE {' AND '.join(conditions)}", f"INSERT INTO {target} {rows}"]


def _create(tree: exp.Expr, statement: Statement, table: Table | None) -> list[str]:
    from sqlglot import exp

    name = quoted(statement.target or "")
    verb = (
        "CREATE OR REPLACE TABLE"
        if tree.args.get("replace")
        else "CREATE TABLE IF NOT EXISTS"
        if tree.args.get("exists")
        else "CREATE TABLE"
    )
    if tree.expression is not None:
        return [f"{verb} {name} AS {_sql(tree.expression)}"]
    if isinstance(tree.this, exp.Schema) and tree.find(exp.ColumnDef) is not None and table is not None:
        return [table.ddl().replace("CREATE OR REPLACE TABLE", verb, 1)]
    like = template_of(tree)
    if like is None:
        raise Untranslatable("a CREATE TABLE without columns is not played", statement.line)
    return [f"{verb} {name} AS SELECT * FROM {quoted(like)}{'' if tree.args.get('clone') else ' LIMIT 0'}"]
