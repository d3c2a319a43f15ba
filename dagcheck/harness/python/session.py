"""What one attempt of a Python task does to the world: its database session, its files, Variables and XComs, effect by effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagcheck.airflow.sql_operators import DATABASES
from dagcheck.harness.forking import Fork
from dagcheck.harness.python.seal import ABSOLUTE, OBJECTS
from dagcheck.harness.sql.database import Database
from dagcheck.harness.sql.engine import Failed
from dagcheck.harness.sql.statements import WRITES, Statement, Untranslatable, parsed
from dagcheck.harness.sql.task import TRIED, bound
from dagcheck.harness.world import Effect, Situation, State, Thing, Trace


class CannotPlay(RuntimeError):
    """The attempt needs something of the world that is not there; `statement` is SQL on tables that are not known yet."""

    def __init__(self, message: str, path: str | None = None, line: int | None = None, statements: tuple[Statement, ...] = ()) -> None:
        super().__init__(message)
        self.path, self.line, self.statements = path, line, statements


def thing_of_file(path: str) -> Thing:
    """What a file of the scratch root is in the world: a file by its path, an object by its URL, or an empty folder."""
    if path.endswith("/"):
        return ("folder", path)
    first, _, rest = path.partition("/")
    if first == OBJECTS:
        protocol, _, key = rest.partition("/")
        return ("object", f"{protocol}://{key}")
    return ("file", f"/{rest}" if first == ABSOLUTE else path)


def file_of_thing(thing: Thing) -> str | None:
    """The path under the scratch root of a file or object."""
    if thing[0] == "object":
        protocol, _, key = thing[1].partition("://")
        return f"{OBJECTS}/{protocol}/{key}"
    if thing[0] == "folder":
        return thing[1]
    if thing[0] == "file":
        return f"{ABSOLUTE}{thing[1]}" if thing[1].startswith("/") else thing[1]
    return None


class Session:
    """One attempt: `durable` is the world as a crash would leave it, `open` the tables as the session's transaction sees them."""

    def __init__(self, database: Database, situation: Situation, state: State) -> None:
        self.database, self.situation = database, situation
        own = ("xcom", str(situation.instance.run), situation.instance.task, str(situation.instance.index))
        self.durable: dict[Thing, Any] = {thing: value for thing, value in state.items() if thing != own}
        self.own = own
        self.open: dict[Thing, Any] = dict(self.durable)
        self.dirty: list[tuple[str, str | None, int | None]] = []
        self.states: list[State] = [dict(self.durable)]
        self.effects: list[Effect] = []
        self.refused: list[str] = []
        self.reads: frozenset[Thing] = frozenset()
        self.end: dict[str, Any] | None = None
        self.cannot: CannotPlay | None = None

    # -- what the child is given

    @property
    def files(self) -> dict[str, bytes]:
        return {path: value for thing, value in self.durable.items() if (path := file_of_thing(thing)) is not None}

    @property
    def variables(self) -> dict[str, Any]:
        return {thing[1]: value for thing, value in self.durable.items() if thing[0] == "variable"}

    def xcoms(self, run: int) -> dict[str, Any]:
        """The XComs of a run, by task id and key."""
        found: dict[str, Any] = {}
        mine = [thing for thing in self.durable if thing[0] == "xcom" and thing[1] == str(run)]
        for thing in sorted(mine, key=lambda thing: (thing[2], int(thing[3]))):
            for key, kept in _kept(self.durable[thing]).items():
                name = f"{thing[2]}/{key}"
                if thing[3] == "-1":
                    found[name] = kept
                else:
                    found.setdefault(name, {"mapped": []})["mapped"].append([int(thing[3]), kept])
        return found

    # -- what the child says

    def heard(self, message: Mapping[str, Any]) -> dict[str, Any] | None:
        """Take a message in; returns the answer where one is waited for."""
        handler = {
            "effect": self._effect, "sql": self._sql, "commit": self._commit, "rollback": self._rollback, "frame": self._frame,
            "refused": self._refused, "cannot": self._cannot, "done": self._done,
        }[message["is"]]  # fmt: skip
        return handler(message)

    def _effect(self, message: Mapping[str, Any]) -> None:
        for path in message["removed"]:
            self._both(thing_of_file(path), None)
        for path, data in message["files"].items():
            self._both(thing_of_file(path), data)
        if "variables" in message:
            kept = {("variable", name): str(value) for name, value in message["variables"].items()}
            for thing in [thing for thing in self.durable if thing[0] == "variable" and thing not in kept]:
                self._both(thing, None)
            for thing, value in kept.items():
                self._both(thing, value)
        self._note(message["what"], message)

    def _both(self, thing: Thing, value: Any) -> None:
        for state in (self.durable, self.open):
            if value is None:
                state.pop(thing, None)
            else:
                state[thing] = value

    def _note(self, what: str, message: Mapping[str, Any]) -> None:
        self.states.append(dict(self.durable))
        self.effects.append(Effect(what, message.get("path"), message.get("line")))

    def _refused(self, message: Mapping[str, Any]) -> None:
        self.refused.append(f"{message['what']}" + (f", line {message['line']}" if message.get("line") else ""))

    def _cannot(self, message: Mapping[str, Any]) -> None:
        self.cannot = CannotPlay(message["reason"], message.get("path"), message.get("line"))

    def _done(self, message: Mapping[str, Any]) -> None:
        self.end = dict(message)
        self.reads = frozenset(thing_of_file(path) for path in message.get("reads") or ())

    # -- the database

    def _sql(self, message: Mapping[str, Any]) -> dict[str, Any]:
        dialect = DATABASES.get(message["database"], DATABASES["unknown"])
        try:
            statements = self._statements(bound(message["sql"], message["parameters"]), dialect.dialect)
        except Untranslatable as problem:
            return {"error": str(problem)}
        alone = message["autocommit"] or not dialect.transactional
        return self._execute(statements, message, commit_each=alone, commits=dialect.commits)

    def _statements(self, sql: str, dialect: str) -> list[Statement]:
        """The statements of a text; the same text is parsed once."""
        key = (sql, dialect)
        if key not in self.database.texts:
            self.database.texts[key] = _parsed(sql, dialect)
        return self.database.texts[key]

    def _execute(
        self, statements: list[Statement], message: Mapping[str, Any], *, commit_each: bool, commits: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        unknown = [statement for statement in statements if not self.database.knows(statement)]
        if unknown:
            self.cannot = CannotPlay("tables that are not known yet", message.get("path"), message.get("line"), tuple(unknown))
            return {"stop": "the tables have to be made first"}
        answer: dict[str, Any] = {}
        for statement in statements:
            if statement.kind == "commit":
                self._commit(message)
            elif statement.kind == "rollback":
                self._rollback(message)
            try:
                self.open, rows = self.database.execute(statement, self.open, self.situation)
            except (Failed, Untranslatable) as problem:
                self.open = dict(self.durable)
                self.dirty.clear()
                return {"error": str(problem)}
            if rows is not None:
                answer = {"rows": rows, "columns": self.database.columns_of_last()}
            if statement.kind in WRITES:
                self.dirty.append((" ".join(statement.text.split())[:160], message.get("path"), message.get("line")))
            if not statement.joined and (commit_each or statement.kind in commits):
                self._commit(message)
        return answer

    def _commit(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if self.dirty:
            for thing in [*self.durable, *self.open]:
                if thing[0] == "table":
                    self._both(thing, self.open.get(thing))
            what, path, line = self.dirty[-1]
            self.states.append(dict(self.durable))
            self.effects.append(
                Effect(what if len(self.dirty) == 1 else f"{what} (committed with {len(self.dirty) - 1} before it)", path, line)
            )
            self.dirty.clear()
        return {}

    def _rollback(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self.open = dict(self.durable)
        self.dirty.clear()
        return {}

    def _frame(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """`DataFrame.to_sql`: create, or replace, or append to, a table, in one transaction."""
        table, columns, mode = message["table"], message["columns"], message["if_exists"]
        names = ", ".join(f'"{name}"' for name in columns)
        texts = []
        if mode == "replace":
            texts.append(f"DELETE FROM {table}")
        for row in message["rows"]:
            texts.append(bound(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", row))
        statements = [statement for text in texts for statement in self._statements(text, "")]
        if mode == "fail" and any(
            thing == ("table", statement.target) and self._rows_of(thing) for statement in statements[:1] for thing in self.durable
        ):
            return {"error": f"Table '{table}' already exists."}
        answer = self._execute(statements, message, commit_each=False)
        if not answer:
            self.dirty = [
                (f"to_sql of {len(message['rows'])} rows to {table} (if_exists={mode!r})", message.get("path"), message.get("line"))
            ]
            self._commit(message)
        return answer

    def _rows_of(self, thing: Thing) -> bool:
        content = self.database.engine.content(self.durable.get(thing, 0))
        return content is not None and bool(content.rows)

    # -- the end

    def trace(self, status: int, fork: Fork | None = None) -> Trace:
        """The trace of an attempt whose process has ended; `fork` says what its result lets go on.

        Raises:
            CannotPlay: it gave up because of something that is not played.
        """
        if self.cannot is not None:
            raise self.cannot
        if self.end is None:
            return self.failed(_ended_by(status))
        if self.end["outcome"] == "failed":
            place = f" (line {self.end['line']})" if self.end.get("line") else ""
            return self.failed(f"{self.end['error']}{place}")
        pushed = self.end.get("xcoms") or {}
        if pushed:
            self.states[-1] = {**self.states[-1], self.own: Pushed(pushed)}
        followed = fork(self.end.get("result")) if fork is not None else None
        return Trace(tuple(self.states), tuple(self.effects), None, self.end["outcome"], tuple(self.refused), self.reads, followed=followed)

    def failed(self, error: str, *, hopeless: bool = False) -> Trace:
        """The trace of an attempt that failed; `hopeless`: it would take as long, and fail, again."""
        return Trace(tuple(self.states), tuple(self.effects), error, "failed", tuple(self.refused), hopeless=hopeless)


class Pushed:
    """The XComs of a Python task: pickled for other child processes, and as plain values for templates; equal when the pickles are."""

    def __init__(self, pushed: Mapping[str, Any]) -> None:
        self.pickles = tuple(sorted((key, value.get("pickle") or b"") for key, value in pushed.items()))
        self.values = {key: value.get("value") for key, value in pushed.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pushed) and self.pickles == other.pickles

    def __hash__(self) -> int:
        return hash(self.pickles)


def _kept(value: Any) -> dict[str, Any]:
    """What a stored XCom holds by its keys, as a child process is given it; rows of SQL are lists of lists."""
    if isinstance(value, Pushed):
        return {key: {"pickle": data, "value": None} for key, data in value.pickles}
    rows = [list(row) if isinstance(row, tuple) else row for row in value] if isinstance(value, tuple) else value
    return {"return_value": {"pickle": b"", "value": rows}}


def _parsed(sql: str, dialect: str) -> list[Statement]:
    first: Untranslatable | None = None
    for name in (dialect, *(() if dialect else TRIED)):
        try:
            return parsed(sql, name)
        except Untranslatable as problem:
            first = first or problem
    assert first is not None
    raise first


def _ended_by(status: int) -> str:
    if status == -24:
        return "it took more time of the processor than it may"
    if status == -9:
        return "its process was killed"
    if status < 0:
        return f"its process was ended by signal {-status}"
    return f"the callable ended its process with status {status}"
