"""Statements that load files into tables, write files from queries, and move whole partitions, as plain statements on tables.

What lies at a location (a path, a URL, a stage) is a table of that name; what a date in the location says bounds the rows that are made for it. Sources, read on 2026-11-22:
the databases' documentation of COPY, UNLOAD, COPY INTO, LOAD DATA, EXPORT DATA, EXCHANGE TABLES, RENAME TABLE and ALTER TABLE … PARTITION.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

UNLOAD = re.compile(
    r"^\s*UNLOAD\s*\(\s*(?P<query>'(?:[^']|'')*'|\$\$.*?\$\$|.*?)\s*\)\s*TO\s+'(?P<place>[^']+)'(?P<rest>.*)$", re.IGNORECASE | re.DOTALL
)
INFILE = re.compile(
    r"^\s*LOAD\s+DATA\s+(?:LOCAL\s+|CONCURRENT\s+)*INFILE\s+['\"](?P<place>[^'\"]+)['\"]\s+(?P<how>REPLACE|IGNORE)?\s*INTO\s+TABLE\s+(?P<table>[\w.`]+)",
    re.IGNORECASE,
)
BULK = re.compile(r"^\s*BULK\s+INSERT\s+(?P<table>[\w.\[\]]+)\s+FROM\s+'(?P<place>[^']+)'", re.IGNORECASE)
EXCHANGE = re.compile(r"^\s*EXCHANGE\s+TABLES\s+(?P<one>[\w.`]+)\s+AND\s+(?P<other>[\w.`]+)", re.IGNORECASE)
RENAME = re.compile(r"^\s*RENAME\s+TABLE\s+(?P<pairs>.+)$", re.IGNORECASE | re.DOTALL)
APPEND = re.compile(r"^\s*ALTER\s+TABLE\s+(?P<table>[\w.\"]+)\s+APPEND\s+FROM\s+(?P<source>[\w.\"]+)", re.IGNORECASE)
LOADED_ONCE = "dagcheck:loaded-once"
"""Marks an INSERT of files that are loaded once however often the statement runs."""


REMARKS = re.compile(r"^(?:\s+|--[^\n]*\n|/\*.*?\*/)+", re.DOTALL)
WORDS = re.compile(r"^(?:UNLOAD|LOAD|BULK|EXCHANGE|RENAME|ALTER)\b", re.IGNORECASE)


def bulk_statement(text: str, dialect: str) -> list[exp.Expr] | None:
    """The trees of a statement for which sqlglot has none; None for any other statement."""
    text = REMARKS.sub("", text)
    if WORDS.match(text) is None:
        return None
    return _read(text, dialect) or partition_trees(text, dialect)


def _read(text: str, dialect: str) -> list[exp.Expr] | None:
    if found := UNLOAD.match(text):
        return [_unloaded(found["query"], found["place"], found["rest"], dialect)]
    if found := INFILE.match(text):
        insert = _loaded(_table(found["table"], dialect), found["place"])
        how = (found["how"] or "").upper()
        insert.set("alternative", "REPLACE" if how == "REPLACE" else None)
        insert.set("ignore", how == "IGNORE")
        return [insert]
    if found := BULK.match(text):
        return [_loaded(_table(found["table"], dialect), found["place"])]
    if found := EXCHANGE.match(text):
        return [_swap(_table(found["one"], dialect), _table(found["other"], dialect))]
    if found := RENAME.match(text):
        return _renamed(found["pairs"], dialect)
    if found := APPEND.match(text):
        return _appended(_table(found["table"], dialect), _table(found["source"], dialect))
    return None


def bulk_trees(tree: exp.Expr, dialect: str) -> list[exp.Expr] | None:
    """Plain trees for a bulk load or unload; None for any other statement."""
    from sqlglot import exp

    if isinstance(tree, exp.Copy) and tree.args.get("files"):
        return [_copied(tree, dialect)]
    if isinstance(tree, exp.LoadData):
        return [_load_data(tree)]
    if isinstance(tree, exp.Export):
        return [
            _written(
                tree.this, _options(tree.args["options"]).get("uri", "files"), _options(tree.args["options"]).get("overwrite") == "TRUE"
            )
        ]
    return None


def _copied(tree: exp.Copy, dialect: str) -> exp.Expr:
    from sqlglot import exp

    params = {param.this.name.upper(): str(param.expression or "").strip("'\"()").upper() for param in tree.args.get("params") or ()}
    files = tree.args["files"]
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if isinstance(target, exp.Table) and (place := _location(target)) is not None:
        query = files[0].this if isinstance(files[0], exp.Subquery) else files[0]
        if params.get("INCLUDE_QUERY_ID") == "TRUE":
            return exp.Insert(this=_place(place), expression=_query(query))
        return _written(query, place, params.get("OVERWRITE") == "TRUE")
    if not tree.args.get("kind"):
        return _written(target.this if isinstance(target, exp.Subquery) else target, files[0].name, True)
    place = _location(files[0]) or ""
    for name in ("FILES", "PATTERN"):
        place += f" {params[name].lower()}" if params.get(name) else ""
    insert = _loaded(tree.this, place)
    if dialect in ("snowflake", "databricks") and params.get("FORCE") != "TRUE" and "FORCE=TRUE" not in str(tree).upper().replace(" ", ""):
        insert.set("hint", None)
        insert.meta[LOADED_ONCE] = place
    return insert


def _location(node: exp.Expr) -> str | None:
    """The location that a node names, or None where it names a table."""
    from sqlglot import exp

    if isinstance(node, exp.Literal):
        return str(node.name)
    if isinstance(node, exp.Subquery):
        table = node.find(exp.Table)
        return _location(table) if table is not None else None
    inner = node.this
    if isinstance(inner, exp.Literal | exp.Var) or (isinstance(inner, exp.Identifier) and inner.name.startswith("@")):
        return str(inner.name).strip("'")
    return None


def _load_data(tree: exp.LoadData) -> exp.Expr:
    from sqlglot import exp

    place = tree.args.get("inpath")
    files = tree.args.get("files")
    name = place.name if isinstance(place, exp.Expr) else _options(files).get("uris", "files") if isinstance(files, exp.Expr) else "files"
    target = tree.this.copy()
    if tree.args.get("partition") is not None:
        target.set("partition", tree.args["partition"].copy())
    insert = _loaded(target, name)
    insert.set("overwrite", bool(tree.args.get("overwrite")))
    return insert


def _options(properties: exp.Expr) -> dict[str, str]:
    from sqlglot import exp

    found = {}
    for item in properties.find_all(exp.Property):
        literals = [literal.name for literal in item.find_all(exp.Literal)]
        found[item.name.lower()] = (
            ", ".join(literals) if literals else item.args["value"].sql().upper() if item.args.get("value") is not None else ""
        )
    return found


def _place(name: str) -> exp.Table:
    from sqlglot import exp

    return exp.Table(this=exp.to_identifier(name.lower(), quoted=True))


def _table(name: str, dialect: str) -> exp.Table:
    from sqlglot import exp

    return exp.to_table(name, dialect=dialect or None)


def _query(source: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return source.copy() if isinstance(source, exp.Query) else exp.select("*").from_(source.copy())


def _loaded(target: exp.Expr, place: str) -> exp.Insert:
    """INSERT INTO the target everything that lies at a place: all columns, or those that are named."""
    from sqlglot import exp

    names = [exp.column(item.name) for item in target.expressions] if isinstance(target, exp.Schema) else [exp.Star()]
    return exp.Insert(this=target.copy(), expression=exp.select(*names).from_(_place(place)))


def _written(source: exp.Expr, place: str, replace: bool) -> exp.Create:
    """The files that a query writes: they replace what lies at the place, or the statement fails where something does."""
    from sqlglot import exp

    return exp.Create(this=_place(place), kind="TABLE", replace=replace, expression=_query(source))


def _unloaded(query: str, place: str, rest: str, dialect: str) -> exp.Expr:
    import sqlglot

    text = query[1:-1].replace("''", "'") if query.startswith("'") else query.strip("$") if query.startswith("$$") else query
    return _written(
        sqlglot.parse_one(text, read=dialect or None), place, re.search(r"\b(ALLOWOVERWRITE|CLEANPATH)\b", rest, re.IGNORECASE) is not None
    )


def _swap(one: exp.Table, other: exp.Table) -> exp.Expr:
    from sqlglot import exp

    return exp.Alter(this=one, kind="TABLE", actions=[exp.SwapTable(this=other)])


def _renamed(pairs: str, dialect: str) -> list[exp.Expr]:
    from sqlglot import exp

    found: list[exp.Expr] = []
    for pair in pairs.rstrip("; \n").split(","):
        names = re.split(r"\s+TO\s+", pair.strip(), flags=re.IGNORECASE)
        if len(names) == 2:
            found.append(exp.Alter(this=_table(names[0], dialect), kind="TABLE", actions=[exp.AlterRename(this=_table(names[1], dialect))]))
    return found


def _appended(target: exp.Table, source: exp.Table) -> list[exp.Expr]:
    """Redshift moves the rows: the source is empty afterwards."""
    from sqlglot import exp

    return [exp.Insert(this=target, expression=exp.select("*").from_(source)), exp.Delete(this=source.copy())]


# -- partitions that are named by their value alone

PARTITIONS = re.compile(
    r"^\s*ALTER\s+TABLE\s+(?P<table>[\w.`\"]+)\s+(?P<act>DROP|REPLACE|ATTACH|MOVE|EXCHANGE)\s+PARTITION\s+(?:ID\s+)?"
    r"(?P<part>'[^']*'|\d+|\([^)]*\)|tuple\([^)]*\)|[A-Za-z_]\w*)\s*(?:(?:FROM|TO\s+TABLE|WITH\s+TABLE)\s+(?P<other>[\w.`\"]+))?\s*;?\s*$",
    re.IGNORECASE,
)
CONDITION = "dagcheck_partition"
"""A function that stands for the condition that a row is in a partition: its argument is the partition's value."""


def partition_trees(text: str, dialect: str) -> list[exp.Expr] | None:
    """ALTER TABLE … PARTITION of whole partitions, as DELETE and INSERT; None for any other statement, and for partitions of which the text tells only a name."""
    from sqlglot import exp

    found = PARTITIONS.match(text)
    if found is None or dialect not in ("clickhouse", "hive", "spark", "databricks", "mysql", ""):
        return None
    act, part = found["act"].upper(), found["part"]
    if (act == "DROP" and part.startswith("(")) or re.match(r"[A-Za-z_]\w*$", part):
        return None
    table, other = _table(found["table"], dialect), _table(found["other"], dialect) if found["other"] else None
    inside = _condition(part, dialect)
    emptied = exp.Delete(this=table.copy(), where=exp.Where(this=inside.copy()))
    if act == "DROP":
        return [emptied]
    if other is None:
        return None
    source, target = (table, other) if act == "MOVE" else (other, table)
    moved = exp.Insert(this=target.copy(), expression=exp.select("*").from_(source.copy()).where(inside.copy()))
    gone = exp.Delete(this=source.copy(), where=exp.Where(this=inside.copy()))
    acts: dict[str, list[exp.Expr]] = {
        "REPLACE": [emptied, moved],
        "ATTACH": [moved],
        "MOVE": [moved, gone],
        "EXCHANGE": [moved, gone],
    }
    return acts[act]


def _condition(part: str, dialect: str) -> exp.Expr:
    import sqlglot
    from sqlglot import exp

    if part.startswith("(") and "=" in part:
        return exp.and_(*(sqlglot.condition(item, dialect=dialect or None) for item in part.strip("()").split(",")))
    value = re.sub(r"^tuple\(|^\(|\)$|'", "", part).partition(",")[0].strip()
    return exp.Anonymous(this=CONDITION, expressions=[exp.Literal.string(value)])


def partition_condition(value: str, column: str, kind: str) -> str:
    """The condition in DuckDB that a row is in the partition of that value: of a day, a month, or of equal values."""
    name = '"' + column.replace('"', '""') + '"'
    form = {8: "%Y%m%d", 6: "%Y%m", 10: "%Y-%m-%d", 7: "%Y-%m", 4: "%Y"}.get(len(value))
    if kind in ("DATE", "TIMESTAMP") and form is not None:
        return f"strftime({name}, '{form}') = '{value}'"
    return f"CAST({name} AS VARCHAR) = '{value}'"
