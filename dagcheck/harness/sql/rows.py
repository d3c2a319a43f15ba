"""Rows for the tables that a DAG reads: made from a seed, spread over the intervals so that every filter on dates bites at its edges.

What is assumed of them is told (`Made.assumptions`): which columns are unique, above all.
"""

from __future__ import annotations

import datetime
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dagcheck.harness.history import Run
from dagcheck.harness.sql.facts import Facts
from dagcheck.harness.sql.keys import names_of_key
from dagcheck.harness.sql.schema import ID_NAME, Column, Schema, Table
from dagcheck.harness.world import LOCATION

Row = tuple[Any, ...]
LAGGING = re.compile(r"(updated|modified|loaded|ingested|inserted|processed|arrived|synced|extracted|received)")
ENDING = re.compile(r"(expire|valid_to|valid_until|end_date|ended|_to$)")


@dataclass(frozen=True)
class Place:
    """Where a row stands in time: its instant, and the bucket (the number of the interval; -1 before the first, the number of runs after the last)."""

    instant: datetime.datetime
    bucket: int


@dataclass
class Made:
    """The rows of each table, which of them come late, and what was taken for granted."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    late: dict[str, list[Row]] = field(default_factory=dict)
    before: dict[str, list[Row]] = field(default_factory=dict)
    """Of tables that the DAG fills: rows that an earlier load left, of the time before the first run and of the first interval."""
    assumptions: list[str] = field(default_factory=list)
    by_interval: bool = False
    """Whether some key was taken to be unique within an interval, for want of better knowledge."""


def places_of(runs: Sequence[Run]) -> list[Place]:
    """Instants in and around the data intervals, edges first: the start of each, its middle, its last second, and the same before the first and after the last."""
    found: list[Place] = []
    for run in runs:
        start, width = _utc(run.start), _width(runs)
        for part in (datetime.timedelta(0), width * 0.37, width - datetime.timedelta(seconds=1), width * 0.61):
            found.append(Place(start + part, run.index))
    first, width = _utc(runs[0].start), _width(runs)
    found += [Place(first - width * 0.4, -1), Place(first - datetime.timedelta(seconds=1), -1), Place(first - width * 1.3, -1)]
    after = _utc(runs[-1].start) + width
    found += [Place(after, len(runs)), Place(after + width * 0.5, len(runs))]
    return found


DATED = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_/]?|/?month=|/?m=)(0[1-9]|1[0-2])(?:[-_/]?|/?day=|/?d=)(0[1-9]|[12]\d|3[01])(?!\d)")


def located(key: str, when: Sequence[Place]) -> Sequence[Place]:
    """The instants of the rows that lie at a location: those of the day that it names; of any other table, and where it names none, all of them."""
    found = DATED.search(key) if LOCATION.match(key) else None
    mine = [moment for moment in when if found is not None and moment.instant.strftime("%Y%m%d") == "".join(found.groups())]
    return mine or when


def _utc(instant: datetime.datetime) -> datetime.datetime:
    return instant.astimezone(datetime.UTC).replace(tzinfo=None)


def _width(runs: Sequence[Run]) -> datetime.timedelta:
    width = runs[0].end - runs[0].start
    if width <= datetime.timedelta(0):
        width = runs[1].logical_date - runs[0].logical_date if len(runs) > 1 else datetime.timedelta(days=1)
    return max(width, datetime.timedelta(minutes=1))


@dataclass
class RowMaker:
    """Makes rows; one for each world."""

    schema: Schema
    facts: Facts
    runs: Sequence[Run]
    seed: int
    per_moment: int = 2
    apart: bool = False
    """Whether the keys that are merged by hold a value once in the whole table, not once in an interval."""
    made: Made = field(default_factory=Made)
    seen: dict[tuple[str, bool], set[tuple[Any, ...]]] = field(default_factory=dict)
    """Values of unique columns that a table holds already; the rows that an earlier load left are counted apart."""
    natural: dict[str, str | None] = field(default_factory=dict)
    """What `natural_key` has said of each table."""

    def make(self, sources: Iterable[str], targets: Iterable[str]) -> Made:
        """Rows for `sources` over all intervals, and for `targets` a few that an earlier load left."""
        when = places_of(self.runs)
        for key in sources:
            table = self.schema.tables[key]
            timed = any(column.temporal for column in table.columns)
            here = located(key, when)
            places = [moment for moment in here for _ in range(self.per_moment)] + self._far(table) if timed else here[:8]
            self.made.rows[key] = self._table(table, places, 0)
            if timed:
                late = [moment for moment in here if 0 <= moment.bucket < len(self.runs) - 1][1::4]
                self.made.late[key] = self._table(table, late, 500)
        for key in targets:
            table = self.schema.tables[key]
            self.made.before[key] = self._table(table, [moment for moment in when if moment.bucket in (-1, 0)][::2], 900)
        return self.made

    def _far(self, table: Table) -> list[Place]:
        """Instants on both sides of the dates that a table's columns are compared with, where these lie far from the intervals."""
        first, last, day = _utc(self.runs[0].start), _utc(self.runs[-1].end), datetime.timedelta(days=1)
        found = []
        for literal in dict.fromkeys(literal for column in table.columns if column.temporal for literal in column.literals):
            instant = _instant(literal)
            if instant is not None and not first - 2 * _width(self.runs) <= instant <= last + 2 * _width(self.runs):
                found += [Place(instant - day, -1), Place(instant + day, -1)]
        return found[:8]

    def _table(self, table: Table, places: Sequence[Place], offset: int) -> list[Row]:
        rng = random.Random(f"{self.seed}/{table.key}/{offset}")
        sets = self._unique_sets(table)
        rows: list[Row] = []
        seen = self.seen.setdefault((table.key, offset == 900), set())
        for number, moment in enumerate(places):
            row = tuple(self._value(table, column, moment, number + offset, rng) for column in table.columns)
            marks = [self._mark(table, names, row, moment, by_bucket) for names, by_bucket in sets]
            if not any(mark in seen for mark in marks):
                seen.update(marks)
                rows.append(row)
        return rows

    def _mark(self, table: Table, names: tuple[str, ...], row: Row, moment: Place, by_bucket: bool) -> tuple[Any, ...]:
        place = {column.name: position for position, column in enumerate(table.columns)}
        return (names, moment.bucket if by_bucket else None, *(row[place[name]] for name in names))

    def _unique_sets(self, table: Table) -> list[tuple[tuple[str, ...], bool]]:
        """Sets of columns that hold a value once, in the whole table or (True) in an interval."""
        known = {column.name for column in table.columns}
        sets = [(key, False) for key in table.unique if set(key) <= known]
        natural = self.natural_key(table)
        for upsert in self.facts.upserts:
            names = tuple(cell.name for cell in upsert.sources if cell is not None and cell.table == table.key)
            if len(names) != len(upsert.keys) or upsert.reduced or not set(names) <= known:
                continue
            if natural is None or natural in names:
                plain = tuple(name for name in names if not (column := table.column(name)) or not column.temporal)
                sets.append((plain or names, not self.apart))
                self.made.by_interval = self.made.by_interval or not self.apart
                self._assume(
                    f"{table.key} holds one row for each {', '.join(names)}"
                    + (" in an interval" if plain == names and not self.apart else "")
                )
        return sets

    def natural_key(self, table: Table) -> str | None:
        """The column that is taken to be unique in a table: declared so, or named as its id, unless the SQL itself deduplicates by it."""
        if table.key not in self.natural:
            self.natural[table.key] = self._natural_key(table)
        return self.natural[table.key]

    def _natural_key(self, table: Table) -> str | None:
        repeated = {cell.find() for cell in (*self.facts.deduplicated, *self.facts.grouped)}
        alone = [key[0] for key in table.unique if len(key) == 1]
        for candidate in (*alone, *names_of_key(table.key)):
            column = table.column(candidate)
            if column is not None and (candidate in alone or self.facts.cell(table.key, candidate).find() not in repeated):
                return candidate
        merged = [
            cell
            for upsert in self.facts.upserts
            if not upsert.reduced
            for cell in upsert.sources
            if cell is not None and cell.table == table.key
        ]
        for cell in merged if self.apart else ():
            column = table.column(cell.name)
            if column is not None and not column.temporal:
                return cell.name
        return None

    def _assume(self, text: str) -> None:
        if text not in self.made.assumptions:
            self.made.assumptions.append(text)

    def _value(self, table: Table, column: Column, moment: Place, number: int, rng: random.Random) -> Any:
        if not column.filled:
            return None
        if column.nulls and rng.random() < 0.2:
            return None
        if column.temporal:
            return self._when(column, moment, rng)
        if self.natural_key(table) == column.name and not column.patterns:
            return number + 1 if column.type != "VARCHAR" else f"k{number + 1}"
        return self._plain(column, number, rng)

    def _when(self, column: Column, moment: Place, rng: random.Random) -> Any:
        instant = moment.instant
        if ENDING.search(column.name):
            instant += _width(self.runs)
        elif LAGGING.search(column.name) and rng.random() < 0.3:
            instant += rng.choice((datetime.timedelta(minutes=20), _width(self.runs)))
        if column.form is not None:
            text = instant.strftime(column.form)
            return int(text) if column.type == "BIGINT" else text
        return instant.date() if column.type == "DATE" else instant

    def _plain(self, column: Column, number: int, rng: random.Random) -> Any:
        kind = column.type.upper()
        if column.paths:
            return _json(column, rng)
        if kind == "BOOLEAN":
            return rng.random() < 0.6
        if kind.startswith("VARCHAR"):
            return _text(column, rng)
        numbers = [Decimal(literal) for literal in column.literals if re.fullmatch(r"-?\d+(\.\d+)?", literal)]
        if numbers and rng.random() < 0.7:
            return _fitted(kind, rng.choice(numbers) + rng.choice((-1, 0, 1, 5)))
        if ID_NAME.search(column.name):
            return rng.randint(1, 6)
        if kind.startswith(("DATE", "TIME")):
            return self.runs[0].start
        if kind.startswith(("DECIMAL", "NUMERIC", "DOUBLE", "FLOAT", "REAL")):
            return Decimal(rng.randint(100, 9999)) / 100
        if kind.startswith(("BIGINT", "INT", "SMALLINT", "HUGEINT", "UBIGINT")):
            return rng.randint(1, 99)
        return rng.randint(1, 9) if kind.startswith("TINYINT") else None


def _instant(literal: str) -> datetime.datetime | None:
    try:
        return (
            _utc(datetime.datetime.fromisoformat(literal))
            if "+" in literal
            else datetime.datetime.fromisoformat(literal).replace(tzinfo=None)
        )
    except ValueError:
        return None


def _fitted(kind: str, value: Decimal) -> Any:
    return value if kind.startswith(("DECIMAL", "NUMERIC", "DOUBLE", "FLOAT", "REAL")) else int(value)


def _json(column: Column, rng: random.Random) -> str:
    """A JSON text that holds a small number at every path that is asked for."""
    document: dict[str, Any] = {}
    for path in column.paths:
        inner = document
        for name in path[:-1]:
            inner = inner.setdefault(name, {}) if isinstance(inner.get(name, {}), dict) else {}
        inner[path[-1]] = rng.randint(1, 5)
    return json.dumps(document)


def _text(column: Column, rng: random.Random) -> str:
    if column.patterns and rng.random() < 0.7:
        return rng.choice(column.patterns).replace("%", rng.choice(("", "x"))).replace("_", "a")
    words = [literal for literal in column.literals if literal] + ["a", "b", "c", "d"][: 2 if column.literals else 4]
    return rng.choice(words)
