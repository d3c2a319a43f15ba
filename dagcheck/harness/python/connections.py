"""Stand-ins for databases in the child: hooks, DB-API connections and SQLAlchemy engines, all answered by the harness's own database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dagcheck.harness.python.link import link


class Cursor:
    """A DB-API cursor."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows: list[tuple[Any, ...]] = []
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self.lastrowid = None

    def execute(self, sql: Any, parameters: Any = None) -> Cursor:
        answer = link().ask(
            **{"is": "sql"}, sql=str(sql), parameters=parameters, database=self.connection.database, autocommit=self.connection.autocommit
        )
        if answer.get("error"):
            raise DatabaseError(answer["error"])
        columns = answer.get("columns")
        self.description = [(name, None, None, None, None, None, None) for name in columns] if columns else None
        self.rows = [tuple(row) for row in answer.get("rows") or ()]
        self.rowcount = len(self.rows) if self.rows else answer.get("count", -1)
        return self

    def executemany(self, sql: Any, rows: Iterable[Any]) -> Cursor:
        for parameters in rows:
            self.execute(sql, parameters)
        return self

    def executescript(self, sql: str) -> Cursor:
        return self.execute(sql)

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.rows.pop(0) if self.rows else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self.rows = self.rows, []
        return rows

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        rows, self.rows = self.rows[:size], self.rows[size:]
        return rows

    def scalar(self) -> Any:
        row = self.fetchone()
        return row[0] if row else None

    scalar_one = scalar_one_or_none = scalar
    first = one = one_or_none = fetchone
    all = fetchall

    def scalars(self) -> list[Any]:
        return [row[0] for row in self.fetchall()]

    def mappings(self) -> list[dict[str, Any]]:
        names = [item[0] for item in self.description or ()]
        return [dict(zip(names, row, strict=False)) for row in self.fetchall()]

    def df(self) -> Any:
        return frame(self)

    fetchdf = fetch_pandas_all = df

    def close(self) -> None:
        self.rows = []

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.fetchall())

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class DatabaseError(Exception):
    """The database refused a statement."""


class Connection:
    """A DB-API connection, and as much of a SQLAlchemy one as scripts use."""

    def __init__(self, database: str, *, autocommit: bool = False) -> None:
        self.database, self.autocommit = database, autocommit
        self.closed = False

    def cursor(self, *_: Any, **__: Any) -> Cursor:
        return Cursor(self)

    def execute(self, sql: Any, parameters: Any = None, **more: Any) -> Cursor:
        compiled, bound = _compiled(sql, parameters if parameters is not None else more or None)
        if isinstance(bound, list) and bound and isinstance(bound[0], dict | tuple | list):
            return self.cursor().executemany(compiled, bound)
        return self.cursor().execute(compiled, bound)

    def executemany(self, sql: Any, rows: Iterable[Any]) -> Cursor:
        return self.cursor().executemany(sql, rows)

    def executescript(self, sql: str) -> Cursor:
        return self.cursor().execute(sql)

    def sql(self, sql: str) -> Cursor:
        return self.execute(sql)

    def exec_driver_sql(self, sql: str, parameters: Any = None) -> Cursor:
        return self.cursor().execute(sql, parameters)

    def scalar(self, sql: Any, parameters: Any = None) -> Any:
        return self.execute(sql, parameters).scalar()

    def commit(self) -> None:
        answer = link().ask(**{"is": "commit"})
        if answer.get("error"):
            raise DatabaseError(answer["error"])

    def rollback(self) -> None:
        link().ask(**{"is": "rollback"})

    def begin(self) -> Block:
        return Block(self)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            link().ask(**{"is": "rollback"})

    def set_session(self, autocommit: bool = False, **_: Any) -> None:
        self.autocommit = autocommit

    def execution_options(self, isolation_level: str | None = None, **_: Any) -> Connection:
        self.autocommit = isolation_level == "AUTOCOMMIT"
        return self

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        """As psycopg2 and sqlite3 do it: commit, unless something went wrong."""
        self.rollback() if kind is not None else self.commit()


class Block:
    """`with connection.begin():`, `with engine.begin() as connection:`"""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __enter__(self) -> Connection:
        return self.connection

    def __exit__(self, kind: Any, *_: object) -> None:
        self.connection.rollback() if kind is not None else self.connection.commit()

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()

    close = rollback


class EngineConnection(Connection):
    """A connection of an engine: left without commit, it forgets."""

    def __exit__(self, *_: object) -> None:
        self.close()


class Engine:
    """As much of a SQLAlchemy engine as scripts use."""

    def __init__(self, database: str) -> None:
        self.database = database

    def connect(self) -> Connection:
        return EngineConnection(self.database)

    def raw_connection(self) -> Connection:
        return Connection(self.database)

    def begin(self) -> Block:
        return Block(Connection(self.database))

    def execute(self, sql: Any, *parameters: Any, **more: Any) -> Cursor:
        connection = Connection(self.database, autocommit=True)
        return connection.execute(sql, parameters[0] if parameters else None, **more)

    def dispose(self) -> None:
        """There is no pool."""


def _compiled(sql: Any, parameters: Any) -> tuple[str, Any]:
    """The text and the bound values of a SQLAlchemy clause; anything else as it is."""
    compile_clause = getattr(sql, "compile", None)
    if compile_clause is None:
        return str(sql), parameters
    compiled = compile_clause()
    bound = {name: value for name, value in (compiled.params or {}).items() if value is not None}
    given = parameters if isinstance(parameters, dict) else {}
    return str(compiled), parameters if isinstance(parameters, list) else {**bound, **given} or None


def frame(cursor: Cursor) -> Any:
    """The rows of a cursor as a pandas frame."""
    import pandas

    return pandas.DataFrame(cursor.fetchall(), columns=[item[0] for item in cursor.description or ()])


class DbHook:
    """Any hook of a database: what `DbApiHook` offers."""

    database = "unknown"
    conn_name_attr = "conn_id"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        ids = [value for name, value in kwargs.items() if name.endswith("conn_id")]
        self.conn_id = ids[0] if ids else args[0] if args else "default"
        self.schema = kwargs.get("schema") or kwargs.get("database")

    def get_conn(self) -> Connection:
        return Connection(self.database)

    def get_cursor(self) -> Cursor:
        return self.get_conn().cursor()

    def get_sqlalchemy_engine(self, *_: Any, **__: Any) -> Engine:
        return Engine(self.database)

    sqlalchemy_engine = property(get_sqlalchemy_engine)

    def get_uri(self) -> str:
        return f"{self.database}://stand-in/{self.conn_id}"

    def run(
        self, sql: Any, autocommit: bool = False, parameters: Any = None, handler: Any = None, split_statements: bool = False, **_: Any
    ) -> Any:
        """Execute one or several statements on one connection, and commit at the end unless they were committed one by one."""
        connection = Connection(self.database, autocommit=autocommit)
        results = []
        for statement in [sql] if isinstance(sql, str) else list(sql):
            cursor = connection.cursor().execute(statement, parameters)
            results.append(handler(cursor) if handler is not None else None)
        if not autocommit:
            connection.commit()
        if handler is None:
            return None
        return results[0] if isinstance(sql, str) else results

    def get_records(self, sql: Any, parameters: Any = None, **_: Any) -> list[tuple[Any, ...]]:
        return Connection(self.database).cursor().execute(sql, parameters).fetchall()

    def get_first(self, sql: Any, parameters: Any = None, **_: Any) -> tuple[Any, ...] | None:
        return Connection(self.database).cursor().execute(sql, parameters).fetchone()

    def get_df(self, sql: Any, parameters: Any = None, **_: Any) -> Any:
        return frame(Connection(self.database).cursor().execute(sql, parameters))

    get_pandas_df = get_df

    def insert_rows(
        self,
        table: str,
        rows: Iterable[Any],
        target_fields: Sequence[str] | None = None,
        commit_every: int = 1000,
        replace: bool = False,
        *,
        autocommit: bool = False,
        **more: Any,
    ) -> None:
        """Insert rows one by one, committing after each `commit_every` of them (0: at the end)."""
        connection = Connection(self.database, autocommit=autocommit)
        cursor = connection.cursor()
        verb, fields = "REPLACE INTO" if replace and self.database == "mysql" else "INSERT INTO", list(target_fields or ())
        tail = _conflict(fields, more.get("replace_index")) if replace and verb == "INSERT INTO" else ""
        for number, row in enumerate(rows, 1):
            names = f" ({', '.join(fields)})" if fields else ""
            cursor.execute(f"{verb} {table}{names} VALUES ({', '.join(['%s'] * len(row))}){tail}", tuple(row))
            if commit_every and number % commit_every == 0:
                connection.commit()
        connection.commit()

    def bulk_load(self, table: str, path: str) -> None:
        link().not_played("bulk_load of a hook is not played")

    def copy_expert(self, sql: str, filename: str) -> None:
        link().not_played("copy_expert of a hook is not played")


def _conflict(fields: Sequence[str], index: Any) -> str:
    keys = [index] if isinstance(index, str) else list(index or ())
    rest = [name for name in fields if name not in keys]
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in rest)}"


def to_sql(data: Any, name: str, con: Any = None, schema: str | None = None, if_exists: str = "fail", index: bool = True, **_: Any) -> int:
    """What `DataFrame.to_sql` does, on a stand-in connection: each call commits."""
    rows = data.reset_index() if index else data
    columns = [str(column) for column in rows.columns]
    records = [[None if value != value else value for value in record] for record in rows.astype(object).values.tolist()]
    database = getattr(con, "database", "unknown")
    answer = link().ask(
        **{"is": "frame"},
        table=f"{schema}.{name}" if schema else name,
        columns=columns,
        rows=records,
        if_exists=if_exists,
        database=database,
    )
    if answer.get("error"):
        raise ValueError(answer["error"])
    return len(records)


def read_sql(sql: Any, con: Any = None, params: Any = None, **_: Any) -> Any:
    """What `pandas.read_sql` does."""
    text, bound = _compiled(sql, params)
    if " " not in text.strip():
        text = f"SELECT * FROM {text}"
    return frame(Connection(getattr(con, "database", "unknown")).cursor().execute(text, bound))
