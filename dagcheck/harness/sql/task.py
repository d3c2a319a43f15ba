"""A task that carries SQL: its texts for a run, its statements, and what of them becomes durable together."""

from __future__ import annotations

import ast
import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dagcheck.airflow.sql_operators import CONNECTION_ARGUMENTS, DATABASES, Carrier, Database, carrier_of, database_of
from dagcheck.harness.expanding import Expansion, Own, XComItem
from dagcheck.harness.sql.statements import WRITES, Statement, Untranslatable, parsed
from dagcheck.harness.template import MOVING, Templates, Unrenderable, XComs
from dagcheck.harness.world import Situation
from dagcheck.model.dag import Task
from dagcheck.model.values import FunctionRef, ObjectRef, Span, Unknown, XComRef

FILE = re.compile(r"^[^\n;]+\.(sql|hql|bql|ddl|dml)$", re.IGNORECASE)
TRIED = ("postgres", "snowflake", "bigquery", "spark", "mysql", "trino", "tsql")
"""Dialects that are tried after the neutral one where the connection's kind is not known."""


class NotPlayed(ValueError):
    """Why a task is not played; the message says it, `line` is a line of the DAG file or of the template file `path`."""

    def __init__(self, message: str, line: int | None = None, path: str | None = None) -> None:
        super().__init__(message)
        self.line, self.path = line, path


@dataclass(frozen=True)
class Text:
    """One SQL text of a task and where it stands: the line of its first line, in which file."""

    sql: str
    path: str
    line: int


@dataclass(frozen=True)
class Group:
    """Statements that become durable together."""

    statements: tuple[Statement, ...]
    path: str
    line: int


@dataclass
class SqlTask:
    """A task of the model that carries SQL."""

    task: Task
    carrier: Carrier
    templates: Templates
    connections: Mapping[str, str] = field(default_factory=dict)
    """Connection ids and the databases that they lead to, where that is configured."""
    index: int = -1
    base: Path = Path()
    """What the paths of the model are relative to."""
    expansion: Expansion | None = None
    database: Database = field(init=False)
    guessed: bool = field(init=False, default=False)
    groups_of: dict[Any, list[Group]] = field(default_factory=dict)
    still: dict[int, list[Group]] = field(default_factory=dict)
    """The statements of runs in which the texts are the same in every attempt."""

    def __post_init__(self) -> None:
        name = self._database_name()
        self.guessed = name is None
        self.database = DATABASES[name or "unknown"]

    def _database_name(self) -> str | None:
        connection = next((self._plain(name) for name in CONNECTION_ARGUMENTS if isinstance(self._plain(name), str)), None)
        if connection is not None and connection in self.connections:
            return self.connections[connection]
        if self.carrier.database is not None:
            return self.carrier.database
        hints = [str(connection or ""), *self.task.bases, self.task.module or ""]
        return next((found for hint in hints if (found := database_of(hint))), None)

    def _plain(self, name: str, default: Any = None) -> Any:
        """What an argument is given; of a list that the task expands over, what this instance gets."""
        several = self.expansion.keywords(self.index) if self.expansion is not None else {}
        if name in several:
            return several[name]
        argument = self.task.arguments.get(name)
        if argument is None:
            return default
        return argument.value if self.expansion is None else self.expansion.given(name, argument.value, self.index)

    @property
    def transactional(self) -> bool:
        return self.database.transactional and not self._plain("autocommit", self.carrier.autocommit)

    # -- texts

    def texts(self) -> list[Text]:
        """The SQL texts as written, templates unrendered, in order.

        Raises:
            NotPlayed: they are not known, or their file is not there.
        """
        argument = self.task.arguments.get(self.carrier.argument) or self.task.arguments.get("expand_kwargs")
        if argument is None and self.task.callable is not None:
            return self._returned(self.task.callable)
        if argument is None:
            raise NotPlayed(f"it was given no {self.carrier.argument}", self.task.line)
        value = self._plain(self.carrier.argument)
        if self.carrier.argument == "configuration":
            value = _query_of(value)
        items = list(value) if isinstance(value, list | tuple) else [value]
        return [self._text(item, argument.span) for item in items]

    def _returned(self, function: FunctionRef) -> list[Text]:
        """The SQL of a `@task.sql` function whose body does nothing but return a text, or a list of texts."""
        path = self.base / function.path
        try:
            tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
        except (OSError, SyntaxError, ValueError):
            raise NotPlayed("the function that gives its SQL cannot be read", function.line) from None
        body = [node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.lineno == function.line]
        said = [node for node in body[0] if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))] if body else []
        value = said[0].value if len(said) == 1 and isinstance(said[0], ast.Return) else None
        items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        texts = [
            Text(item.value, function.path, item.lineno) for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)
        ]
        if len(texts) != len(items):
            raise NotPlayed("the function that gives its SQL does more than return a text", function.line)
        return texts

    def _text(self, item: Any, span: Span) -> Text:
        if isinstance(item, Unknown):
            raise NotPlayed(f"its SQL is not known: {item.reason}", span.line)
        if isinstance(item, XComRef | XComItem | Own):
            raise NotPlayed(f"its SQL comes from the task {item.task_id} at run time", span.line)
        if not isinstance(item, str):
            raise NotPlayed("its SQL is no text", span.line)
        if not FILE.match(item.strip()):
            return Text(item, span.path, line_of(item, self.base / span.path, span))
        name = item.strip()
        try:
            if "{" in name:
                raise NotPlayed(f"the name of its template file, {name}, is itself a template", span.line)
            return Text(self.templates.file(name), str(self.templates.path_of(name) or name), 1)
        except Unrenderable as problem:
            raise NotPlayed(str(problem), span.line) from None

    # -- statements

    def groups(self, situation: Situation, xcoms: XComs) -> list[Group]:
        """The statements of an attempt, by what becomes durable together.

        Raises:
            NotPlayed: a template or a statement cannot be played.
        """
        if situation.run.index in self.still:
            return self.still[situation.run.index]
        rendered, moving = self._rendered(situation, xcoms)
        key = tuple(text.sql for text in rendered)
        if key not in self.groups_of:
            self.groups_of[key] = self._grouped(rendered)
        if not moving:
            self.still[situation.run.index] = self.groups_of[key]
        return self.groups_of[key]

    def is_still(self, situation: Situation) -> bool:
        """Whether every attempt in this run says the same statements."""
        return situation.run.index in self.still

    def _rendered(self, situation: Situation, xcoms: XComs) -> tuple[list[Text], bool]:
        given = self._plain("params")
        params = known_params(given) if isinstance(given, dict) else {}
        texts, moving = [], MOVING.search(repr(self._plain("parameters"))) is not None or pulls(self._plain("parameters"))
        for text in self.texts():
            try:
                rendering = self.templates.render(text.sql, situation, xcoms, params)
                sql = self._bound(rendering.text, situation, xcoms)
            except Unrenderable as problem:
                raise NotPlayed(str(problem), text.line + problem.line - 1, text.path) from None
            texts.append(Text(sql, text.path, text.line))
            moving = moving or rendering.moving
        return texts, moving

    def _bound(self, sql: str, situation: Situation, xcoms: XComs) -> str:
        given = self._plain("parameters")
        if isinstance(given, Unknown):
            return sql
        given = pulled(given, xcoms)
        if not given:
            return sql

        def render(value: Any) -> Any:
            return self.templates.render(value, situation, xcoms, {}).text if isinstance(value, str) else value

        if isinstance(given, dict):
            return bound(sql, {str(name): render(value) for name, value in given.items()})
        return bound(sql, given if isinstance(given, str) else [render(value) for value in given])

    def _grouped(self, texts: Sequence[Text]) -> list[Group]:
        groups: list[Group] = []
        open_group: list[Statement] = []
        explicit = False
        place = texts[0] if texts else Text("", self.task.span.path, self.task.line)

        def close() -> None:
            if open_group:
                groups.append(Group(tuple(open_group), place.path, place.line))
                open_group.clear()

        for place in texts:
            statements = self._parsed(place)
            whole = self._text_is_atomic(statements)
            for statement in statements:
                if statement.kind == "begin":
                    close()
                    explicit = True
                elif statement.kind in ("commit", "rollback"):
                    open_group.clear() if statement.kind == "rollback" else close()
                    explicit = False
                elif statement.kind != "nothing":
                    alone = statement.kind in self.database.commits and not statement.temporary
                    if alone:
                        close()
                    open_group.append(statement)
                    if not statement.joined and (alone or not (explicit or self.transactional or whole)):
                        close()
            if whole and not (explicit or self.transactional):
                close()
        close()
        return groups

    def _text_is_atomic(self, statements: Sequence[Statement]) -> bool:
        """Whether a text of several statements is sent as one, which PostgreSQL takes as one transaction even under autocommit."""
        return self.database.dialect in ("postgres", "redshift") and len(statements) > 1 and not self._plain("split_statements")

    def _parsed(self, text: Text) -> list[Statement]:
        dialects = (self.database.dialect, *TRIED) if self.guessed else (self.database.dialect,)
        first: Untranslatable | None = None
        for dialect in dialects:
            try:
                return parsed(text.sql, dialect)
            except Untranslatable as problem:
                first = first or problem
        assert first is not None
        raise NotPlayed(str(first), text.line + first.line - 1, text.path)

    def only_reads(self, groups: Sequence[Group]) -> bool:
        return not any(statement.kind in WRITES for group in groups for statement in group.statements)


def sql_task(
    task: Task,
    templates: Templates,
    connections: Mapping[str, str],
    index: int = -1,
    base: Path = Path(),
    expansion: Expansion | None = None,
) -> SqlTask | None:
    """The SQL task that a task of the model is, or None when it carries no SQL that is known."""
    dotted = f"{task.module}.{task.operator}" if task.module else task.operator
    carrier = carrier_of((dotted, *task.bases))
    return None if carrier is None else SqlTask(task, carrier, templates, connections, index, base, expansion)


@cache
def _lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8", errors="replace").splitlines()) if path.is_file() else ()


def line_of(text: str, path: Path, span: Span) -> int:
    """The line on which a text begins: where it was given, or, when that place only passes it on, where it is written in the same file."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not first:
        return span.line
    lines = _lines(path)
    skipped = text[: text.index(first)].count("\n")
    given = [number for number in range(span.line, min(span.end_line, len(lines)) + 1) if first in lines[number - 1]]
    written = given or [number for number, line in enumerate(lines, 1) if first in line]
    return max(written[0] - skipped, 1) if given or len(written) == 1 else span.line


def pulls(value: Any) -> bool:
    """Whether an argument holds an XCom."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return isinstance(value, XComRef | XComItem | Own) or any(pulls(item) for item in items)


def pulled(value: Any, xcoms: XComs) -> Any:
    """An argument with the XComs that it holds."""
    match value:
        case XComRef() | Own():
            return xcoms(value.task_id, value.key, value.index if isinstance(value, Own) else None)
        case XComItem():
            found = xcoms(value.task_id, value.key, None)
            items = list(found.items()) if isinstance(found, dict) else found
            item = items[value.index] if isinstance(items, list | tuple) and value.index < len(items) else items
            return item.get(value.name) if value.name is not None and isinstance(item, dict) else item
        case dict():
            return {name: pulled(item, xcoms) for name, item in value.items()}
        case list() | tuple():
            return [pulled(item, xcoms) for item in value]
    return value


MARKS = re.compile(r"%\(\w+\)s|(?<![:\w]):\w+\b(?!:)|(?<!\w)@\w+\b|%s|\?")


def bound(sql: str, parameters: Any) -> str:
    """The SQL with its parameters written in, as literals: by name for a dict (`%(a)s`, `:a`, `@a`), else by position (`%s`, `?`); a text is the value of all of them."""
    if not parameters:
        return sql
    if isinstance(parameters, str):
        return MARKS.sub(_literal(parameters).replace("\\", r"\\"), sql)
    if isinstance(parameters, dict):
        values = {str(name): _literal(value) for name, value in parameters.items()}
        sql = re.sub(r"%\((\w+)\)s", lambda match: values.get(match[1], match[0]), sql)
        return re.sub(r"(?<![:\w]):(\w+)\b(?!:)|(?<!\w)@(\w+)\b", lambda match: values.get(match[1] or match[2], match[0]), sql)
    marks = iter([_literal(value) for value in parameters])
    return re.sub(r"%s|\?", lambda match: next(marks, match[0]), sql)


def known_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """The params whose values are known; asking a template for another one is an error that names it."""
    plain = {name: plain_param(value) for name, value in params.items()}
    return {
        name: value
        for name, value in plain.items()
        if value is None or isinstance(value, str | bool | int | float | list | tuple | dict | datetime.date)
    }


def plain_param(value: Any) -> Any:
    """The default of a Param; any other value as it is."""
    if isinstance(value, ObjectRef) and value.name == "Param":
        return value.kwargs.get("default", value.args[0] if value.args else None)
    return value


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, dict | list):
        value = json.dumps(value, default=str)
    return "'" + str(value).replace("'", "''") + "'"


def _query_of(configuration: Any) -> Any:
    """The SQL of a BigQuery job, with what its destination says: truncate first, or append."""
    query = configuration.get("query") if isinstance(configuration, dict) else None
    text = query.get("query") if isinstance(query, dict) else None
    if isinstance(text, Unknown):
        raise NotPlayed(f"its SQL is not known: {text.reason}")
    if not isinstance(query, dict) or not isinstance(text, str):
        raise NotPlayed("the job is no query")
    destination = query.get("destinationTable")
    if not isinstance(destination, dict):
        return query["query"]
    if not all(isinstance(destination.get(part), str) for part in ("datasetId", "tableId")):
        raise NotPlayed("the table that its result goes to is not known")
    name = ".".join(str(destination[part]) for part in ("datasetId", "tableId") if destination.get(part))
    table, _, partition = name.partition("$")
    disposition = query.get("writeDisposition", "WRITE_EMPTY")
    if disposition == "WRITE_APPEND":
        return f"INSERT INTO `{table}` {query['query']}"
    if disposition != "WRITE_TRUNCATE":
        raise NotPlayed(f"it writes with {disposition}, which refuses a table that holds rows")
    column = (query.get("timePartitioning") or {}).get("field") if isinstance(query.get("timePartitioning"), dict) else None
    if not partition:
        delete, insert = f"DELETE FROM `{table}` WHERE TRUE", f"INSERT INTO `{table}` {query['query']}"
    elif column:
        delete, insert = (
            f"DELETE FROM `{table}` WHERE FORMAT_DATE('%Y%m%d', {column}) = '{partition}'",
            f"INSERT INTO `{table}` {query['query']}",
        )
    else:
        delete = f"DELETE FROM `{table}` WHERE _partition = '{partition}'"
        insert = f"INSERT INTO `{table}` SELECT written.*, '{partition}' AS _partition FROM ({query['query']}) AS written"
    return f"BEGIN TRANSACTION; {delete}; {insert}; COMMIT TRANSACTION;"
