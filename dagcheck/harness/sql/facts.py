"""What statements tell about the tables that they use: columns, what each is compared with and copied to, keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from dagcheck.harness.sql.statements import Statement, base_tables

if TYPE_CHECKING:
    from sqlglot import exp

Volatile = Literal["instant", "day", "chance"]
Tag = Literal["number", "fraction", "text", "temporal", "date", "timestamp", "boolean"]


@dataclass(eq=False)
class Cell:
    """One column of one table, joined with the columns that it must be of one type with. Ask the root (`find`) for what is known."""

    table: str
    name: str
    parent: Cell | None = None
    tags: set[str] = field(default_factory=set)
    literals: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    paths: list[tuple[str, ...]] = field(default_factory=list)
    """What is taken out of the JSON that the column holds."""
    declared: str | None = None
    null_matters: bool = False
    volatile: Volatile | None = None
    """What it is made from, when that is the clock or chance alone."""
    compared: bool = False

    def find(self) -> Cell:
        cell = self
        while cell.parent is not None:
            cell = cell.parent
        return cell

    def tag(self, tag: str) -> None:
        self.find().tags.add(tag)


def join(one: Cell, other: Cell) -> None:
    """Make two columns one class: same type, same pool of values."""
    one, other = one.find(), other.find()
    if one is other:
        return
    other.parent = one
    one.tags |= other.tags
    one.literals += other.literals
    one.patterns += other.patterns
    one.paths += other.paths
    one.declared = one.declared or other.declared


@dataclass
class Output:
    """One column of a query's result; `star` instead names a table all of whose columns stand here. `volatile`: what it is made from, when that is the clock or chance alone."""

    name: str | None
    operand: Operand
    star: str | None = None
    volatile: Volatile | None = None


@dataclass
class TableFacts:
    """`columns` that are used by name, in order of appearance; `layouts` are the results that positional INSERTs and CREATE TABLE AS put into it."""

    key: str
    columns: dict[str, Cell] = field(default_factory=dict)
    declared: bool = False
    ddl: exp.Create | None = None
    layouts: list[list[Output]] = field(default_factory=list)
    unique: list[tuple[str, ...]] = field(default_factory=list)
    starred: bool = False


@dataclass(frozen=True)
class Constant:
    """A literal, as the other side of a comparison."""

    value: str
    is_string: bool


Operand = Cell | Constant | str | None
"""What an expression is to its surroundings: a column, a literal, a type, or nothing that matters."""


@dataclass(frozen=True)
class Upsert:
    """A write by key: the target's key columns and the source columns that feed them; `reduced` when the source is grouped or deduplicated on the way."""

    target: str
    keys: tuple[str, ...]
    sources: tuple[Cell | None, ...]
    reduced: bool


class Guard(NamedTuple):
    """A write that minds keys without naming them: the columns that it fills, and those that it sets anew where a row is there."""

    columns: tuple[str, ...]
    assigned: frozenset[str]


@dataclass
class Facts:
    """All tables that some statements use."""

    tables: dict[str, TableFacts] = field(default_factory=dict)
    upserts: list[Upsert] = field(default_factory=list)
    deduplicated: list[Cell] = field(default_factory=list)
    """Columns that the SQL deduplicates by, or groups by: their values repeat."""
    grouped: list[Cell] = field(default_factory=list)
    guards: dict[str, Guard] = field(default_factory=dict)
    """Writes that mind keys without naming them, by their tables."""

    def table(self, key: str) -> TableFacts:
        return self.tables.setdefault(key, TableFacts(key))

    def cell(self, key: str, name: str) -> Cell:
        table = self.table(key)
        return table.columns.setdefault(name.lower(), Cell(key, name.lower()))

    def relate(self, one: Operand, other: Operand) -> None:
        """Note that two expressions are compared with or copied to each other."""
        if not isinstance(one, Cell):
            one, other = other, one
        if not isinstance(one, Cell) or other is None:
            return
        if isinstance(other, Cell):
            join(one, other)
        elif isinstance(other, Constant):
            root = one.find()
            root.literals.append(other.value)
            if not other.is_string:
                root.tags.add("fraction" if "." in other.value else "number")
        else:
            one.tag(other)


def collected(statements: Iterable[Statement]) -> Facts:
    """The facts of all statements; DDL is read first."""
    from dagcheck.harness.sql.keys import repeat_versions
    from dagcheck.harness.sql.reading import Reader
    from dagcheck.harness.sql.writing import read_statement

    facts = Facts()
    ordered = sorted(statements, key=lambda statement: statement.kind != "create")
    for statement in ordered:
        for table in base_tables(statement.tree):
            facts.table(table.name)
        read_statement(Reader(facts), statement)
    repeat_versions(facts)
    return facts
