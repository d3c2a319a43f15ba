"""SQL text as statements that DuckDB can execute: parsed in the operator's dialect, named tables flattened, clock and chance made explicit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dagcheck.harness.sql.bulk import LOADED_ONCE, bulk_statement, bulk_trees
from dagcheck.harness.sql.idioms import plain_trees, prepared

if TYPE_CHECKING:
    from sqlglot import exp

Kind = Literal[
    "insert",
    "overwrite",
    "update",
    "delete",
    "merge",
    "truncate",
    "create",
    "create_as",
    "drop",
    "alter",
    "select",
    "begin",
    "commit",
    "rollback",
    "nothing",
]
WRITES: frozenset[Kind] = frozenset(
    {"insert", "overwrite", "update", "delete", "merge", "truncate", "create", "create_as", "drop", "alter"}
)

CLOCK = "@dagcheck:clock@"
"""Stands in translated SQL for the instant at which the statement runs (`YYYY-MM-DD hh:mm:ss`, UTC)."""
DAY = "@dagcheck:day@"
"""The same for its day."""

DEFAULT_SCHEMAS = frozenset({"public", "dbo", "main", "default"})


class Untranslatable(ValueError):
    """A statement that cannot be played; the message says why, `line` counts from 1 within the task's SQL."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `tree` is flattened sqlglot in its own dialect; tables are named by their keys (`schema.table`, lower case)."""

    text: str
    line: int
    kind: Kind
    tree: exp.Expr
    target: str | None
    reads: frozenset[str]
    temporary: bool = False
    clock: bool = False
    chance: bool = False
    joined: bool = False
    """It is a part of what one statement does, and is durable only with the part that comes next."""
    once: str | None = None
    """The files that it loads, where the database loads a file once however often it is asked to."""


def key_of(table: exp.Table) -> str:
    """The key of a table: its schema, where that is not a default one, and its name, in lower case, without a partition decorator."""
    name = table.name.partition("$")[0].lower()
    schema = table.db.lower()
    return name if not schema or schema in DEFAULT_SCHEMAS else f"{schema}.{name}"


def parsed(sql: str, dialect: str) -> list[Statement]:
    """The statements of a text, in order.

    Raises:
        Untranslatable: it does not parse, or holds something that cannot be played.
    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    found = []
    for piece, line in pieces(sql, dialect):
        try:
            known = bulk_statement(piece, dialect)
            trees = [tree for tree in sqlglot.parse(prepared(piece), read=dialect or None) if tree is not None] if known is None else []
        except SqlglotError as problem:
            raise Untranslatable(f"the SQL does not parse: {first_line(str(problem))}", line + _error_line(problem) - 1) from None
        for plain in [known] if known is not None else [bulk_trees(tree, dialect) or plain_trees(tree) for tree in trees]:
            found += [_statement(part, piece.strip(), line, joined=part is not plain[-1]) for part in plain]
    return found


def first_line(message: str) -> str:
    """The first line of a message, without the terminal's colour codes."""
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", message.strip().splitlines()[0] if message.strip() else "no reason given")


def _error_line(problem: Exception) -> int:
    details = getattr(problem, "errors", None)
    line = details[0].get("line") if details else None
    return line if isinstance(line, int) else 1


def pieces(sql: str, dialect: str) -> Iterator[tuple[str, int]]:
    """The text of each statement with the line on which it starts, split at the semicolons that the dialect's tokenizer sees.

    Raises:
        Untranslatable: the text has no tokens of that dialect (an open quote, say).
    """
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.errors import SqlglotError

    try:
        tokens = Dialect.get_or_raise(dialect or None).tokenize(sql)
    except SqlglotError as problem:
        raise Untranslatable(f"the SQL does not parse: {first_line(str(problem))}") from None
    start, line, length = 0, 0, 0
    for token in tokens:
        if token.token_type.name == "SEMICOLON":
            if length:
                yield sql[start : token.start], line
            start, length = token.end + 1, 0
        else:
            if not length:
                start, line = token.start, token.line
            length += 1
    if length:
        yield sql[start:], line


def _statement(tree: exp.Expr, text: str, line: int, *, joined: bool) -> Statement:
    from sqlglot import exp

    kind = _kind(tree, line)
    target = _target(tree, kind)
    temporary = isinstance(tree, exp.Create) and tree.find(exp.TemporaryProperty) is not None
    _flatten(tree)
    if kind == "create" and isinstance(tree, exp.Create):
        kind = "create_as" if tree.expression is not None else "create"
    clock, chance = _explicit(tree)
    reads = frozenset(table.name for table in base_tables(tree) if table is not _target_node(tree))
    return Statement(text, line, kind, tree, target, reads, temporary, clock, chance, joined, tree.meta.get(LOADED_ONCE))


def _kind(tree: exp.Expr, line: int) -> Kind:
    from sqlglot import exp

    simple: tuple[tuple[type, Kind], ...] = (
        (exp.Update, "update"), (exp.Delete, "delete"), (exp.Merge, "merge"), (exp.TruncateTable, "truncate"), (exp.Query, "select"),
        (exp.Transaction, "begin"), (exp.Commit, "commit"), (exp.Rollback, "rollback"), (exp.Set, "nothing"), (exp.Use, "nothing"), (exp.Comment, "nothing"),
        (exp.Grant, "nothing"), (exp.Revoke, "nothing"), (exp.Analyze, "nothing"), (exp.Describe, "nothing"), (exp.Show, "nothing"), (exp.Pragma, "nothing"),
        (exp.Cache, "nothing"),
    )  # fmt: skip
    if isinstance(tree, exp.Insert):
        return "overwrite" if tree.args.get("overwrite") else "insert"
    if isinstance(tree, exp.Create):
        return _kind_of_ddl(tree, line, "create")
    if isinstance(tree, exp.Drop):
        return _kind_of_ddl(tree, line, "drop")
    if isinstance(tree, exp.Alter):
        return "alter"
    if isinstance(tree, exp.Command):
        return _kind_of_command(tree, line)
    for kind_class, kind in simple:
        if isinstance(tree, kind_class):
            return kind
    raise Untranslatable(f"{tree.key.upper()} statements are not played", line)


def _kind_of_ddl(tree: exp.Expr, line: int, kind: Kind) -> Kind:
    what = str(tree.args.get("kind") or "").upper()
    if what in ("TABLE", "VIEW", "MATERIALIZED VIEW"):
        return kind
    if what in ("SCHEMA", "DATABASE", "INDEX", "SEQUENCE"):
        return "nothing"
    raise Untranslatable(f"{tree.key.upper()} {what} is not played", line)


HOUSEKEEPING = frozenset(
    {"VACUUM", "ANALYZE", "OPTIMIZE", "MSCK", "REFRESH", "SET", "ALTER SESSION", "LOCK", "GRANT", "REVOKE", "REINDEX", "EXPLAIN", "UNLOCK"}
)


def _kind_of_command(tree: exp.Command, line: int) -> Kind:
    word = str(tree.this).upper().split()[0] if str(tree.this).strip() else ""
    if word in HOUSEKEEPING:
        return "nothing"
    if word in ("BEGIN", "START"):
        return "begin"
    if word in ("COMMIT", "END"):
        return "commit"
    raise Untranslatable(f"{word} statements are not played", line)


def _target_node(tree: exp.Expr) -> exp.Table | None:
    from sqlglot import exp

    node = tree.this if isinstance(tree, exp.Insert | exp.Create | exp.Update | exp.Delete | exp.Merge | exp.Drop | exp.Alter) else None
    if isinstance(tree, exp.TruncateTable):
        node = tree.expressions[0] if tree.expressions else None
    if isinstance(node, exp.Schema):
        node = node.this
    return node if isinstance(node, exp.Table) else None


def _target(tree: exp.Expr, kind: Kind) -> str | None:
    node = _target_node(tree) if kind in WRITES else None
    return None if node is None else key_of(node)


def base_tables(tree: exp.Expr) -> list[exp.Table]:
    """The table nodes that name tables, not common table expressions or table functions."""
    from sqlglot import exp

    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = []
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.args.get("db") or table.name.lower() not in named):
            found.append(table)
    return found


def _flatten(tree: exp.Expr) -> None:
    """Name every table by its key, keeping the name that columns are qualified with."""
    from sqlglot import exp

    target = _target_node(tree)
    for table in base_tables(tree):
        key, name = key_of(table), table.name
        table.set("this", exp.to_identifier(key, quoted=True))
        table.set("db", None)
        table.set("catalog", None)
        aliased = table is not target or isinstance(tree, exp.Update | exp.Delete | exp.Merge | exp.Insert)
        if not table.alias and aliased and key != name:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name.partition("$")[0])))
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)


NOW = {
    "now",
    "sysdate",
    "systimestamp",
    "getutcdate",
    "sysdatetime",
    "sysutcdatetime",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "now64",
    "utc_timestamp",
}
TODAY = {"today", "curdate", "utc_date"}
CHANCE = {
    "newid",
    "uuid_generate_v4",
    "uuid_generate_v1",
    "gen_random_uuid",
    "generate_uuid",
    "uuid_string",
    "generateuuidv4",
    "nextval",
    "random",
    "rand",
    "newsequentialid",
}


def _explicit(tree: exp.Expr) -> tuple[bool, bool]:
    """Put stand-ins where a statement asks the clock; returns whether it asks the clock, and whether it draws lots."""
    from sqlglot import exp

    instants = (exp.CurrentTimestamp, exp.CurrentDatetime, exp.Localtimestamp, exp.UtcTimestamp)
    clock = chance = False
    for node in list(tree.walk()):
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        if isinstance(node, exp.Uuid | exp.Rand | exp.Randn) or name in CHANCE:
            chance = True
        elif isinstance(node, instants) or name in NOW:
            clock = _put(node, exp.cast(exp.Literal.string(CLOCK), "timestamp"))
        elif isinstance(node, exp.CurrentDate | exp.UtcDate) or name in TODAY:
            clock = _put(node, exp.cast(exp.Literal.string(DAY), "date"))
        elif name == "yesterday":
            clock = _put(node, exp.cast(exp.Literal.string(DAY), "date") - exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")))
        elif (
            isinstance(node, exp.Literal) and node.is_string and node.name.lower() in ("now", "today") and isinstance(node.parent, exp.Func)
        ):
            clock = _put(node, exp.Literal.string(CLOCK if node.name.lower() == "now" else DAY))
        elif isinstance(node, exp.AtTimeZone):
            node.replace(node.this)
    return clock, chance


def _put(node: exp.Expr, stand_in: exp.Expr) -> bool:
    node.replace(stand_in)
    return True
