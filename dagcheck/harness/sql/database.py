"""The tables of a DAG's world: their schemas, their rows, and what attempts of SQL tasks make of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagcheck.harness.history import Run
from dagcheck.harness.sql.engine import ABSENT, Engine, Failed
from dagcheck.harness.sql.facts import Facts, collected
from dagcheck.harness.sql.idioms import swapped_with
from dagcheck.harness.sql.rows import Made, RowMaker
from dagcheck.harness.sql.schema import Policy, Schema, decided
from dagcheck.harness.sql.statements import WRITES, Statement
from dagcheck.harness.sql.translate import translated
from dagcheck.harness.world import LOCATION, Difference, Situation, State, Thing

MANY_TABLES = 60
"""With more tables than this, fewer rows are made."""
REDEFINES = frozenset({"create", "create_as", "drop", "alter"})
AUDIT = re.compile(
    r"(load|insert|creat|updat|modif|process|ingest|etl|dwh?_|audit|sync|extract|refresh|generat|written|stamp|last_|_at$|recorded|imported|arriv|exec|run_)"
)
BATCH = re.compile(r"(batch|load|run|job|etl|audit|trace|request|process)")
STAGING = re.compile(
    r"(^|[._])(stg|stage|staging|tmp|temp|raw|landing|work|wrk|scratch|intermediate|int|delta|load|buffer|incoming|bronze|import|new|l0|src|swap|backup|bak|old)([._]|\d|$)"
)


def thing_of(key: str) -> Thing:
    return ("table", key)


def loads_of(key: str) -> Thing:
    """What a database remembers of the files that it has loaded into a table."""
    return ("loads", key)


@dataclass
class Use:
    """How the statements of a DAG use one table."""

    key: str
    writers: list[str] = field(default_factory=list)
    first_kind: str | None = None
    first_exists: bool = False
    inserted: bool = False
    reset: bool = False
    """Emptied or replaced as a whole by some statement."""
    consumed: bool = False
    """Read by a statement that writes another table."""
    temporary: bool = False
    dropped: bool = False
    watermark: bool = False
    """Read for its largest value by a statement that writes."""


@dataclass
class Database:
    """All tables that the SQL of one DAG's tasks uses, in one engine, for one seed."""

    runs: Sequence[Run]
    seed: int
    policy: Policy = "inferred"
    apart: bool = False
    """See `RowMaker.apart`."""
    density: int = 2
    """Rows of a source for each instant that matters."""
    written: frozenset[str] = frozenset()
    """Tables that code which was not played yet speaks of inserting into: they are no sources."""
    engine: Engine = field(default_factory=Engine)
    facts: Facts = field(default_factory=Facts)
    schema: Schema = field(default_factory=Schema)
    uses: dict[str, Use] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    by_interval: bool = False
    """See `Made.by_interval`."""
    worlds: list[dict[str, int]] = field(default_factory=list)
    """The versions of all tables at the start, for each world."""
    made: list[Made] = field(default_factory=list)
    """The rows that were made for each world."""
    sources: list[str] = field(default_factory=list)
    sql_of: dict[int, list[str]] = field(default_factory=dict)
    texts: dict[tuple[str, str], list[Statement]] = field(default_factory=dict)
    """Statements that Python tasks have sent, by text and dialect."""

    def prepare(self, statements: Sequence[tuple[str, Statement]], extra: Iterable[Statement] = ()) -> None:
        """Decide schemas, and make rows, for these (task id, statement) pairs; `extra` is DDL from elsewhere.

        Raises:
            Failed: DuckDB does not take the tables.
        """
        every = [statement for _, statement in statements]
        self.facts = collected([*extra, *every])
        self.schema = decided(self.facts, self.policy)
        self.uses = _uses(statements)
        used = [key for key in self.schema.tables if key in self.uses]
        self.sources = [
            key
            for key in used
            if key not in self.written and (not self.uses[key].writers or (not self.uses[key].inserted and not self.uses[key].first_kind))
        ]
        targets = [key for key in used if key not in self.sources]
        many = len(used) > MANY_TABLES
        for number in range(1 if many else 2):
            density = 1 if many else self.density
            maker = RowMaker(self.schema, self.facts, self.runs, self.seed * 7 + number, per_moment=density, apart=self.apart)
            made = maker.make(self.sources, targets)
            self.assumptions = [*self.schema.assumptions, *made.assumptions]
            self.by_interval = self.by_interval or made.by_interval
            start = {key: self.engine.created(self.schema.tables[key], made.rows[key] + made.late.get(key, [])) for key in self.sources}
            start |= {key: self._target_at_start(key, made.before[key] if number else []) for key in targets}
            self.worlds.append(start)
            self.made.append(made)
        if many:
            self.assumptions.append(f"{len(used)} tables are many: each has few rows, and what the DAG fills is empty at the start")

    def _target_at_start(self, key: str, rows: list[Any]) -> int:
        use = self.uses[key]
        if use.first_kind in ("create", "create_as") and (use.dropped or not (use.first_exists and rows)):
            return ABSENT
        if use.first_kind == "drop" and use.first_exists and not rows:
            return ABSENT
        return self.engine.created(self.schema.tables[key], rows)

    def state(self, world: int, late: bool) -> dict[Thing, Any]:
        """The tables at the start of a history; `late`: without the rows that turn up late."""
        versions = self.worlds[world]
        if late:
            rows = self.made[world].rows
            versions = {**versions, **{key: self.engine.created(self.schema.tables[key], rows[key]) for key in self.sources}}
        return {thing_of(key): version for key, version in versions.items()}

    def arrived(self, world: int, state: State) -> dict[Thing, Any]:
        """The state with all late rows in the sources."""
        return {**state, **{thing_of(key): self.worlds[world][key] for key in self.sources}}

    @property
    def watermarks(self) -> bool:
        """Whether some statement looks up in a table of the DAG's own how far it has come."""
        return any(use.watermark for use in self.uses.values())

    # -- execution

    def execute(self, statement: Statement, state: State, situation: Situation) -> tuple[dict[Thing, Any], Any]:
        """The state after one statement, and its rows when it is a SELECT.

        Raises:
            Failed: DuckDB refused it.
            Untranslatable: there is no such statement in DuckDB.
        """
        loaded: frozenset[str] = state.get(loads_of(statement.target or ""), frozenset())
        if statement.once is not None and statement.once in loaded:
            return dict(state), None
        sql = self.sql_of.get(id(statement))
        if sql is None:
            sql = self.sql_of[id(statement)] = translated(statement, self.schema.tables.get(statement.target or ""))
        writes = frozenset({statement.target}) if statement.target is not None and statement.kind in WRITES else frozenset()
        names = {*statement.reads, *writes}
        if statement.kind == "alter":
            writes = frozenset(names)
        versions = {key: state.get(thing_of(key), ABSENT) for key in names}
        clock, chance = situation.clock if statement.clock else None, situation.number if statement.chance else None
        try:
            written, rows = self.engine.run(sql, versions, writes, clock, chance, statement.kind in REDEFINES)
        except Failed as problem:
            if statement.target is not None and LOCATION.match(statement.target) and "already exists" in str(problem):
                raise Failed(f"there are files at {statement.target} already, and it does not overwrite them", problem.kind) from None
            raise
        if not written:
            return dict(state), rows
        after = {**state, **{thing_of(key): version for key, version in written.items()}}
        if statement.once is not None:
            after[loads_of(statement.target or "")] = loaded | {statement.once}
        elif statement.kind in ("truncate", "drop", "create", "create_as"):
            after.pop(loads_of(statement.target or ""), None)
        return after, rows

    def knows(self, statement: Statement) -> bool:
        """Whether the schema has every table and column that a statement names."""
        facts = collected([statement])
        for key, used in facts.tables.items():
            table = self.schema.tables.get(key)
            if (
                table is None
                or key not in self.uses
                or (statement.kind in WRITES and key == statement.target and not self.uses[key].writers)
            ):
                return False
            if any(table.column(name) is None for name in used.columns):
                return False
        return True

    def columns_of_last(self) -> tuple[str, ...]:
        """The names of the columns that the last SELECT gave."""
        return self.engine.last_columns

    # -- comparison

    def outputs(self) -> list[str]:
        """The tables that the DAG leaves behind, without those that only serve it on the way."""
        return [key for key, use in self.uses.items() if use.writers and not self.passing(key)]

    def passing(self, key: str) -> bool:
        """Whether a table only carries rows from one statement of the DAG to another."""
        use = self.uses[key]
        return use.temporary or (use.consumed and (use.reset or STAGING.search(key) is not None))

    def difference(self, key: str, mine: int, reference: int) -> Difference | None:
        """How a version of a table differs from that of the reference history, as multisets; columns that tell when or by chance a row was written are left out."""
        if mine == reference:
            return None
        columns, left = self._compared(key, mine)
        _, right = self._compared(key, reference)
        extra, missing = _beyond(left, right), _beyond(right, left)
        if not extra and not missing:
            return None
        return Difference(thing_of(key), tuple(extra[:6]), tuple(missing[:6]), len(extra), len(missing), columns)

    def _compared(self, key: str, version: int) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        content = self.engine.content(version)
        if content is None:
            return (), []
        kept = [i for i, name in enumerate(content.columns) if not self.ignored(key, name)]
        return tuple(content.columns[i] for i in kept), [tuple(row[i] for i in kept) for row in content.rows]

    def ignored(self, key: str, name: str) -> bool:
        """Whether a column is not compared: a serial number, or an audit column that is made from the clock or by chance and that nothing is found by."""
        table = self.schema.tables.get(key)
        column = table.column(name) if table is not None else None
        if table is None or column is None:
            return False
        if not column.filled:
            return True
        keyed = any(name in unique for unique in table.unique) or any(
            upsert.target == key and name in upsert.keys for upsert in self.facts.upserts
        )
        if column.volatile is None or column.compared or keyed:
            return False
        return (BATCH if column.volatile == "chance" else AUDIT).search(name) is not None

    def close(self) -> None:
        self.engine.close()


def _beyond(rows: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    """The rows that `rows` holds more often than `other`."""
    from collections import Counter

    rest = Counter(map(repr, rows)) - Counter(map(repr, other))
    found = []
    for row in rows:
        if rest[repr(row)] > 0:
            rest[repr(row)] -= 1
            found.append(row)
    return found


def _uses(statements: Sequence[tuple[str, Statement]]) -> dict[str, Use]:
    from sqlglot import exp

    uses: dict[str, Use] = {}
    for task_id, statement in statements:
        for key in statement.reads:
            use = uses.setdefault(key, Use(key))
            use.consumed = use.consumed or (statement.target is not None and statement.target != key and statement.kind in WRITES)
        if statement.target is None or statement.kind not in WRITES:
            continue
        use = uses.setdefault(statement.target, Use(statement.target))
        use.consumed = use.consumed or swapped_with(statement.tree) is not None
        if not use.writers:
            use.first_kind = (
                statement.kind
                if statement.kind in ("create", "create_as", "drop")
                else ("" if statement.kind in ("insert", "overwrite", "merge") else None)
            )
            use.first_exists = bool(statement.tree.args.get("exists"))
        use.writers.append(task_id)
        inserts = statement.kind in ("insert", "overwrite", "create_as") or (
            statement.kind == "merge" and statement.tree.find(exp.Insert) is not None
        )
        use.inserted = use.inserted or inserts or statement.kind == "create"
        use.reset = use.reset or _resets(statement)
        use.temporary = use.temporary or statement.temporary
        use.dropped = use.dropped or statement.kind == "drop"
    for _, statement in statements:
        for key in _watermarks(statement) if statement.kind in WRITES else ():
            if key in uses and uses[key].writers:
                uses[key].watermark = True
    return uses


def _resets(statement: Statement) -> bool:
    from sqlglot import exp

    tree = statement.tree
    if statement.kind in ("truncate", "drop"):
        return True
    if statement.kind == "overwrite":
        return tree.find(exp.Partition) is None
    if statement.kind == "delete":
        where = tree.args.get("where")
        return where is None or isinstance(where.this, exp.Boolean) or where.this.sql() in ("1 = 1", "TRUE")
    return statement.kind == "create_as" and bool(tree.args.get("replace"))


def _watermarks(statement: Statement) -> set[str]:
    """Tables whose largest value a statement asks for in a subquery."""
    from sqlglot import exp

    found = set()
    for maximum in statement.tree.find_all(exp.Max):
        query = maximum.parent_select
        if query is not None and isinstance(query.parent, exp.Subquery | exp.CTE | exp.In) and not query.args.get("group"):
            found |= {table.name for table in query.find_all(exp.Table)}
    return found
