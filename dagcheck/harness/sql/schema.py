"""From facts to schemas: the columns of every table, in order, with types that DuckDB knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from dagcheck.harness.sql.facts import Cell, Facts, Output, TableFacts, Volatile, join

Policy = Literal["inferred", "timestamp", "date", "text"]
"""What undeclared columns that hold dates or times are taken to be: `inferred` goes by name and use."""

DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
COMPACT = re.compile(r"^(19|20)\d{2}[01]\d[0-3]\d$")
MONTH = re.compile(r"^\d{4}-\d{2}$")

INSTANT_NAME = re.compile(r"(_at|_ts|_tstamp|timestamp|_time|datetime|_dttm|_utc)$|^(ts|time|created|updated|modified|loaded|timestamp)$")
DATE_NAME = re.compile(
    r"(^|_)(ds|dt|date|day|dte|partition_date|snapshot|asof|month|week)$|date$|^(day|date)_|^partitiondate$|^_partitiondate$"
)
NUMBER_NAME = re.compile(
    r"(^|_)(amount|price|total|value|qty|quantity|score|rate|cost|revenue|balance|count|cnt|num|number|sum|hits|clicks|views|sales|n|fee|tax|discount|units|size|duration|weight|"
    r"points|orders|events|visits|sessions|users|spend|profit|volume|stock|level|amt|rows|minutes|seconds|hours|age|temperature|delta|x|y)$"
)
FRACTION_NAME = re.compile(r"(amount|price|cost|revenue|balance|rate|fee|tax|discount|spend|profit|amt|total)")
ID_NAME = re.compile(r"(^|_)(id|key|sk|pk|no|nr|nbr)$|^(id|pk)_")
TRUTH_NAME = re.compile(r"^(is|has|was|can)_|_flag$|^(active|enabled|deleted|valid)$")


@dataclass(frozen=True)
class Column:
    """`form` is the strftime pattern of a text or number column that holds dates. `pool` identifies columns that share values."""

    name: str
    type: str
    pool: int
    form: str | None = None
    literals: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()
    """What is taken out of the JSON that the column holds; empty: it holds none."""
    temporal: bool = False
    nulls: bool = False
    filled: bool = True
    """False: the database makes its value (a serial number); it stays null and is not compared."""
    volatile: Volatile | None = None
    compared: bool = False


@dataclass(frozen=True)
class Table:
    """A table's columns in order and its unique keys; `declared` when DDL gave them."""

    key: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    declared: bool = False

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def filled_keys(self) -> list[tuple[str, ...]]:
        """The unique keys that statements fill: a key with a serial number in it is always new."""
        return [key for key in dict.fromkeys(self.unique) if all((column := self.column(name)) and column.filled for name in key)]

    def ddl(self, name: str | None = None) -> str:
        """The CREATE TABLE for DuckDB."""
        columns = [f'"{column.name}" {column.type}' for column in self.columns]
        keys = [f"UNIQUE ({', '.join(quoted(name) for name in key)})" for key in self.filled_keys()]
        return f"CREATE OR REPLACE TABLE {quoted(name or self.key)} ({', '.join(columns + keys)})"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass
class Schema:
    """The tables by their keys, and what was taken for granted of them."""

    tables: dict[str, Table] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)


def decided(facts: Facts, policy: Policy = "inferred") -> Schema:
    """Decide the schema of every table that the facts speak of."""
    shared = {output.star for table in facts.tables.values() for layout in table.layouts for output in layout if output.star}
    for table in facts.tables.values():
        mixed = any(output.star for layout in table.layouts for output in layout)
        for layout in table.layouts if table.key in shared or mixed else ():
            for output in layout:
                if output.name:
                    facts.relate(facts.cell(table.key, output.name), output.operand)
    for _ in range(3):
        for table in facts.tables.values():
            _share_stars(facts, table)
    for table in facts.tables.values():
        named = any(output.name for layout in table.layouts for output in layout)
        if table.starred and not table.declared and not named and len(table.columns) < 2:
            for name in ("id", "value"):
                facts.cell(table.key, name)
    for _ in range(2):
        for table in facts.tables.values():
            _share_stars(facts, table)
    orders = {key: _ordered(facts, table) for key, table in facts.tables.items()}
    assumptions = _guess_keys(facts)
    return Schema(
        {
            key: Table(key, _columns(facts, table, orders[key], policy), tuple(table.unique), table.declared)
            for key, table in facts.tables.items()
        },
        assumptions,
    )


def _guess_keys(facts: Facts) -> list[str]:
    """Give a key to each table that a statement writes to as if it had one, though no DDL says which; returns what is thereby taken for granted."""
    from dagcheck.harness.sql.keys import guarded_key

    told = []
    for key, guard in facts.guards.items():
        table = facts.table(key)
        if not table.declared and not table.unique and guard.columns:
            table.unique.append(guarded_key(key, guard, facts))
            told.append(f"{key} has a unique key on {', '.join(table.unique[-1])} (no CREATE TABLE of it was found)")
    return told


def _share_stars(facts: Facts, table: TableFacts) -> None:
    """A table that is filled by `SELECT *` has the columns of the other, and what is used of it is there in the other."""
    for layout in table.layouts:
        stars = [output.star for output in layout if output.star]
        named = {output.name for output in layout if output.name}
        for star in stars:
            for name in list(facts.table(star).columns):
                join(facts.cell(table.key, name), facts.cell(star, name))
        unnamed = any(not output.name and not output.star for output in layout)
        if len(stars) == 1 and not facts.table(stars[0]).declared and not unnamed:
            for name in list(table.columns):
                if name not in named:
                    join(facts.cell(table.key, name), facts.cell(stars[0], name))


def _ordered(facts: Facts, table: TableFacts) -> list[str]:
    """The names of a table's columns in their physical order: that of the first positional INSERT, then the rest."""
    if table.declared or not table.layouts:
        return list(table.columns)
    first = next((layout for layout in table.layouts if not any(output.star for output in layout)), table.layouts[0])
    names = _layout_names(facts, table, first)
    for layout in table.layouts:
        for name, output in zip(names if len(layout) == len(first) else [], layout):
            for single in (name,) if isinstance(name, str) and not output.star else ():
                cell = facts.cell(table.key, single)
                cell.volatile = cell.volatile or output.volatile
                facts.relate(cell, output.operand)
    flat = [single for name in names for single in ((name,) if isinstance(name, str) else name)]
    return list(dict.fromkeys([*flat, *table.columns]))


def _layout_names(facts: Facts, table: TableFacts, layout: list[Output]) -> list[str | tuple[str, ...]]:
    """A name for each position: a column that is used elsewhere but that no position is named for takes the place of a position whose name nothing else uses."""
    names: list[str | tuple[str, ...] | None] = [
        tuple(facts.table(output.star).columns) if output.star else output.name for output in layout
    ]
    present = {single for name in names if name for single in ((name,) if isinstance(name, str) else name)}
    orphans = [name for name in table.columns if name not in present]
    for orphan in orphans:
        free = [i for i, name in enumerate(names) if name is None or (isinstance(name, str) and name not in table.columns)]
        free.sort(key=lambda i: (not _alike(facts, table.key, orphan, layout[i]), names[i] is not None))
        if free and (names[free[0]] is None or _alike(facts, table.key, orphan, layout[free[0]])):
            names[free[0]] = orphan
    return [name if name is not None else f"column_{i + 1}" for i, name in enumerate(names)]


def _alike(facts: Facts, key: str, name: str, output: Output) -> bool:
    """Whether a result column looks like the named column: both hold dates, or both do not."""
    probe = Cell(key, output.name or "", literals=list(facts.cell(key, name).find().literals))
    one = _temporal(facts.cell(key, name).find(), name)
    if isinstance(output.operand, Cell):
        return one == _temporal(output.operand.find(), output.name or output.operand.name)
    probe.literals = []
    facts.relate(probe, output.operand)
    return one == _temporal(probe, output.name or "")


def _columns(facts: Facts, table: TableFacts, order: list[str], policy: Policy) -> tuple[Column, ...]:
    columns = []
    for name in order:
        own = facts.cell(table.key, name)
        root = own.find()
        kind, form, temporal = _decide(root, name, policy)
        filled = not (root.declared and table.declared and _serial(table, name))
        columns.append(
            Column(
                name,
                kind,
                id(root),
                form,
                tuple(dict.fromkeys(root.literals)),
                tuple(dict.fromkeys(root.patterns)),
                tuple(dict.fromkeys(root.paths)),
                temporal,
                own.null_matters,
                filled,
                own.volatile,
                own.compared,
            )
        )
    return tuple(columns) or (Column("value", "BIGINT", id(table)),)


def _serial(table: TableFacts, name: str) -> bool:
    from sqlglot import exp

    for definition in table.ddl.find_all(exp.ColumnDef) if table.ddl is not None else ():
        if definition.name.lower() == name:
            serial = str(definition.args["kind"].sql()).upper().endswith("SERIAL")
            return serial or definition.find(exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint) is not None
    return False


def _dates(literals: Iterable[str]) -> list[str]:
    return [literal for literal in literals if DATE.match(literal) or INSTANT.match(literal)]


def _temporal(cell: Cell, name: str) -> bool:
    if cell.declared:
        return bool(re.match(r"(DATE|TIMESTAMP|DATETIME)", cell.declared.upper()))
    if cell.tags & {"temporal", "date", "timestamp"} or _dates(cell.literals):
        return True
    return (
        not cell.tags & {"number", "text", "boolean"}
        and bool(INSTANT_NAME.search(name) or DATE_NAME.search(name))
        and not NUMBER_NAME.search(name)
    )


def _decide(cell: Cell, name: str, policy: Policy) -> tuple[str, str | None, bool]:
    """The DuckDB type, the strftime form of dates that are held as text or number, and whether the column tells when."""
    if cell.declared:
        kind = _declared_type(cell.declared)
        temporal = kind in ("DATE", "TIMESTAMP")
        held = kind.startswith("VARCHAR") and (bool(_dates(cell.literals)) or any(COMPACT.match(literal) for literal in cell.literals))
        form = _form(cell) if held or (kind == "VARCHAR" and DATE_NAME.search(name)) else None
        return kind, form, temporal or form is not None
    if cell.paths:
        return "VARCHAR", None, False
    if any(COMPACT.match(literal) for literal in cell.literals) and (
        DATE_NAME.search(name) or INSTANT_NAME.search(name) or not cell.tags & {"number"}
    ):
        return ("BIGINT" if "number" in cell.tags else "VARCHAR"), "%Y%m%d", True
    if any(MONTH.match(literal) for literal in cell.literals):
        return "VARCHAR", "%Y-%m", True
    if _temporal(cell, name):
        if policy == "text" or ("text" in cell.tags and policy == "inferred"):
            return "VARCHAR", _form(cell), True
        return _temporal_type(cell, name, policy), None, True
    if "text" in cell.tags or any(not _numeric(literal) for literal in cell.literals):
        return "VARCHAR", None, False
    if cell.tags == {"boolean"} or (not cell.tags and TRUTH_NAME.search(name)):
        return "BOOLEAN", None, False
    if "fraction" in cell.tags or (FRACTION_NAME.search(name) and "text" not in cell.tags):
        return "DECIMAL(18, 4)", None, False
    if "number" in cell.tags or NUMBER_NAME.search(name) or ID_NAME.search(name):
        return "BIGINT", None, False
    return "VARCHAR", None, False


def _temporal_type(cell: Cell, name: str, policy: Policy) -> str:
    if policy != "inferred":
        return {"timestamp": "TIMESTAMP", "date": "DATE"}[policy]
    if INSTANT_NAME.search(name) or "timestamp" in cell.tags or any(INSTANT.match(literal) for literal in cell.literals):
        return "DATE" if DATE_NAME.search(name) and not INSTANT_NAME.search(name) else "TIMESTAMP"
    if "date" in cell.tags or DATE_NAME.search(name) or _dates(cell.literals):
        return "DATE"
    return "TIMESTAMP"


def _form(cell: Cell) -> str:
    if any(COMPACT.match(literal) for literal in cell.literals):
        return "%Y%m%d"
    return "%Y-%m-%dT%H:%M:%S+00:00" if any(INSTANT.match(literal) for literal in cell.literals) else "%Y-%m-%d"


def _numeric(literal: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", literal) is not None


def _declared_type(declared: str) -> str:
    upper = declared.upper()
    if upper.startswith(("TIMESTAMP", "DATETIME")):
        return "TIMESTAMP"
    if upper.endswith("SERIAL"):
        return "BIGINT"
    if upper.startswith(("TEXT", "VARCHAR", "CHAR", "NVARCHAR", "STRING")):
        return "VARCHAR"
    known = (
        "DATE",
        "TIME",
        "BIGINT",
        "INT",
        "SMALLINT",
        "TINYINT",
        "HUGEINT",
        "DECIMAL",
        "NUMERIC",
        "DOUBLE",
        "FLOAT",
        "REAL",
        "BOOLEAN",
        "UUID",
        "BLOB",
        "JSON",
        "UBIGINT",
    )
    return declared if upper.startswith(known) or upper.endswith("[]") else "VARCHAR"
