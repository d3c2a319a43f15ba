"""The SQL of tasks as statements: what each writes, and under which condition. sqlglot is loaded where a task has SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dagcheck.airflow.sql_operators import CONNECTION_ARGUMENTS, DATABASES, Carrier, Database, carrier_of, database_of
from dagcheck.model.values import Span
from dagcheck.patterns import late
from dagcheck.records import dataclass, field
from dagcheck.rule.tasks import given

if TYPE_CHECKING:
    from sqlglot import exp

    from dagcheck.model.dag import Dag, Task
    from dagcheck.rule.context import FileContext, ProjectContext

    Node = TypeVar("Node", bound=exp.Expr)

_TEMPLATE = late(r"\{\{(.*?)\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BOUND = late(r"%\((\w+)\)s|%s(?!\w)")
"""Values that the driver binds; they stand as templates."""
_TOKEN = late(r"dagcheck_template_(\d{1,6})_")
_READS = late(r"\s*(?:select|with)\b", re.IGNORECASE)
_WRITES = late(r"insert|update|delete|merge|truncate|create|drop|alter|replace|into|copy|call|exec|begin|declare|load", re.IGNORECASE)
_LARGEST = 200_000


@dataclass(frozen=True)
class Statement:
    """One statement of a task, parsed in the dialect of its operator.

    `kind` is insert, overwrite, update, delete, merge, truncate, create, drop, alter or other; `target` is the table that it writes, as `schema.table` in lower case,
    with templates as they are written.
    Templates stand in `tree` as names; `templates_in` gives their text back. `span` is the place of the call that runs it, for a statement of a callable.
    """

    kind: str
    target: str | None
    tree: exp.Expr
    templates: tuple[str, ...]
    span: Span | None = None
    _below: dict[int, list[exp.Expr]] = field(default_factory=dict, repr=False, compare=False)

    def nodes(self, part: exp.Expr | None = None) -> list[exp.Expr]:
        """Every node of the statement or of a part of its tree, in the order of `find_all`. The list is shared: it must not be changed."""
        root = self.tree if part is None else part
        found = self._below.get(id(root))
        if found is None:
            self._below[id(root)] = found = _nodes(root)
        return found

    def find(self, *kinds: type[Node], part: exp.Expr | None = None) -> list[Node]:
        """The nodes of these classes in the statement or a part of its tree."""
        return [node for node in self.nodes(part) if isinstance(node, kinds)]

    def templates_in(self, node: exp.Expr | None) -> frozenset[str]:
        """The templates (the text between their braces, stripped) inside a part of the statement."""
        if node is None or not self.templates:
            return frozenset()
        numbers = [int(number) for inner in self.nodes(node) for text in _texts_of(inner) for number in _TOKEN.findall(text)]
        return frozenset(self.templates[number] for number in numbers if number < len(self.templates))


def _nodes(root: exp.Expr) -> list[exp.Expr]:
    from sqlglot.expressions import Expr

    found = [root]
    for node in found:  # grows on the way
        for value in node.args.values():
            if isinstance(value, Expr):
                found.append(value)
            elif type(value) is list:
                found += [item for item in value if isinstance(item, Expr)]
    return found


def _texts_of(node: exp.Expr) -> Iterator[str]:
    """The texts that a node itself holds, as names and literals do."""
    for value in node.args.values():
        if type(value) is str:
            yield value
        elif type(value) is list:
            yield from (item for item in value if type(item) is str)
    yield from node.comments or ()


@dataclass(frozen=True)
class TaskSql:
    """All SQL of one task, in order. `span` is the argument; `commits_each` says that every statement is made durable by itself."""

    statements: tuple[Statement, ...]
    span: Span
    commits_each: bool


def sql_of(task: Task, dag: Dag, context: FileContext | ProjectContext) -> TaskSql | None:
    """The SQL that a task runs; None where it carries none, or none that is known and can be parsed. Files of the project are read."""
    carrier = carrier_of(task.bases)
    argument = task.arguments.get(carrier.argument) if carrier is not None else None
    if carrier is None or carrier.reads or argument is None or argument.origin == "expand":
        return None
    database = _database(task, carrier)
    texts = list(_texts(argument.value, dag, context))
    if not texts or any(text is None or len(text) > _LARGEST for text in texts):
        return None
    statements: list[Statement] = []
    for text in texts:
        found = parsed_sql(text or "", database.dialect)
        if found is None:
            return None
        statements += found
    autocommit = given(task, "autocommit")
    return TaskSql(tuple(statements), argument.span, autocommit is True or carrier.autocommit or not database.transactional)


def _database(task: Task, carrier: Carrier) -> Database:
    if carrier.database is not None:
        return DATABASES[carrier.database]
    hints = [given(task, name) for name in CONNECTION_ARGUMENTS]
    found = next((database for hint in hints if isinstance(hint, str) and (database := database_of(hint))), "unknown")
    return DATABASES.get(found, DATABASES["unknown"])


def _texts(value: Any, dag: Dag, context: FileContext | ProjectContext) -> Iterator[str | None]:
    """Each text of SQL; None for one that is not known."""
    if isinstance(value, dict):
        query = value.get("query") if isinstance(value.get("query"), dict) else None
        value = query.get("query") if query is not None else None
    for item in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(item, str):
            yield None
        elif item.endswith((".sql", ".hql")) and not any(char in item for char in " \n{"):
            yield _file(item, dag, context)
        else:
            yield item


def _file(name: str, dag: Dag, context: FileContext | ProjectContext) -> str | None:
    from dagcheck.source.project import OutsideRoots
    from dagcheck.source.text import SourceError

    try:
        return context.sources.read_bytes((context.sources.base / Path(dag.path)).parent / name, _LARGEST).decode("utf-8", "replace")
    except (OutsideRoots, SourceError):
        return None


@lru_cache(maxsize=256)  # many rules ask for the SQL of the same task
def parsed_sql(text: str, dialect: str) -> list[Statement] | None:
    """The statements of a text in one of sqlglot's dialects; None where it does not parse. A query that surely writes nothing has none, and is not parsed."""
    if _READS.match(text) and not _WRITES.search(text):
        return []
    import logging

    import sqlglot
    from sqlglot.errors import SqlglotError

    templates: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return " "
        templates.append(match.group(1).strip())
        return f"dagcheck_template_{len(templates) - 1}_"

    plain = _TEMPLATE.sub(stand_in, _BOUND.sub(lambda found: f"{{{{ {found[1] or 'bound'} }}}}", text))
    logger = logging.getLogger("sqlglot")
    level, logger.level = logger.level, logging.CRITICAL
    try:
        trees = sqlglot.parse(plain, read=dialect or None)
    except (SqlglotError, RecursionError):
        return None
    finally:
        logger.level = level
    return [_statement(tree, tuple(templates)) for tree in trees if tree is not None]


def _statement(tree: exp.Expr, templates: tuple[str, ...]) -> Statement:
    from sqlglot import exp

    kinds: tuple[tuple[type[exp.Expr], str], ...] = (
        (exp.Insert, "insert"),
        (exp.Update, "update"),
        (exp.Delete, "delete"),
        (exp.Merge, "merge"),
        (exp.TruncateTable, "truncate"),
        (exp.Create, "create"),
        (exp.Drop, "drop"),
        (exp.Alter, "alter"),
    )
    kind = next((name for cls, name in kinds if isinstance(tree, cls)), "other")
    if isinstance(tree, exp.Insert) and (tree.args.get("overwrite") or tree.args.get("alternative") in ("REPLACE", "OVERWRITE")):
        kind = "overwrite"
    target = _target(tree)
    named = None if target is None else _TOKEN.sub(lambda found: _written(found, templates), target)
    return Statement(kind, named, tree, templates)


def _written(found: re.Match[str], templates: tuple[str, ...]) -> str:
    """The template that a name stands for, as it is written."""
    number = int(found[1])
    return f"{{{{ {templates[number]} }}}}" if number < len(templates) else found[0]


def _target(tree: exp.Expr) -> str | None:
    from sqlglot import exp

    many = tree.expressions if isinstance(tree, exp.TruncateTable) else tree.args.get("tables") if isinstance(tree, exp.Drop) else None
    node = many[0] if many else tree.this
    if isinstance(node, exp.Schema):
        node = node.this
    return table_key(node) if isinstance(node, exp.Table) else None


def table_key(table: exp.Table) -> str:
    """A table's schema and name in lower case; the schemas that databases use by default are left out."""
    schema = table.db.lower()
    return table.name.lower() if schema in ("", "public", "dbo", "main", "default") else f"{schema}.{table.name.lower()}"
