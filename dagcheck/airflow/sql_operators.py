"""Which operators carry SQL, in which argument and dialect, and what their hooks make durable when.

Sources, read on 2026-11-22: the operators and hooks of Airflow's provider packages (common-sql 1.3x: `DbApiHook.run` executes all statements on one connection and commits once
at the end unless `autocommit`), and the documentation of the databases for statements that commit by themselves.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from dagcheck.records import dataclass


@dataclass(frozen=True)
class Database:
    """How a database behaves: sqlglot's name of its dialect, whether a connection without autocommit keeps DML in a transaction, and which statements commit by themselves."""

    dialect: str
    transactional: bool = True
    commits: frozenset[str] = frozenset()


DDL = frozenset({"create", "create_as", "drop", "alter", "truncate"})
DDL_BUT_TRUNCATE = DDL - {"truncate"}

DATABASES: dict[str, Database] = {
    "postgres": Database("postgres"),
    "redshift": Database("redshift", commits=frozenset({"truncate"})),
    "mysql": Database("mysql", commits=DDL),
    "sqlite": Database("sqlite"),
    "duckdb": Database("duckdb", transactional=False),
    "mssql": Database("tsql"),
    "oracle": Database("oracle", commits=DDL),
    "snowflake": Database("snowflake", commits=DDL_BUT_TRUNCATE),
    "bigquery": Database("bigquery", transactional=False),
    "trino": Database("trino", transactional=False),
    "presto": Database("presto", transactional=False),
    "athena": Database("athena", transactional=False),
    "hive": Database("hive", transactional=False),
    "spark": Database("spark", transactional=False),
    "databricks": Database("databricks", transactional=False),
    "clickhouse": Database("clickhouse", transactional=False),
    "teradata": Database("teradata"),
    "exasol": Database("exasol"),
    "drill": Database("drill", transactional=False),
    "vertica": Database("postgres"),
    "unknown": Database("", transactional=True),
}
"""`unknown` stands for a connection whose kind is not known: a neutral dialect, and the transaction that DB-API hooks give."""

HINTS: tuple[tuple[str, str], ...] = (
    ("redshift", "redshift"), ("postgres", "postgres"), ("pg_", "postgres"), ("_pg", "postgres"), ("alloydb", "postgres"), ("cockroach", "postgres"), ("mysql", "mysql"),
    ("mariadb", "mysql"), ("sqlite", "sqlite"), ("duckdb", "duckdb"), ("motherduck", "duckdb"), ("mssql", "mssql"), ("sqlserver", "mssql"), ("synapse", "mssql"),
    ("oracle", "oracle"), ("snowflake", "snowflake"), ("bigquery", "bigquery"), ("google_cloud", "bigquery"), ("gcp", "bigquery"), ("trino", "trino"), ("starburst", "trino"),
    ("presto", "presto"), ("athena", "athena"), ("hive", "hive"), ("spark", "spark"), ("databricks", "databricks"), ("clickhouse", "clickhouse"), ("teradata", "teradata"),
    ("exasol", "exasol"), ("vertica", "vertica"), ("drill", "drill"),
)  # fmt: skip
"""A part of a connection id or of a dotted class name, and the database that it speaks of."""


class Carrier(NamedTuple):
    """An operator that carries SQL: the argument, the database (None: the connection decides), whether its hook commits
    each statement unless told otherwise, and whether it only reads."""

    argument: str
    database: str | None = None
    autocommit: bool = False
    reads: bool = False


CARRIERS: dict[str, Carrier] = {
    "SQLExecuteQueryOperator": Carrier("sql"),
    "SQLCheckOperator": Carrier("sql", reads=True),
    "SQLValueCheckOperator": Carrier("sql", reads=True),
    "SQLThresholdCheckOperator": Carrier("sql", reads=True),
    "BranchSQLOperator": Carrier("sql", reads=True),
    "SqlSensor": Carrier("sql", reads=True),
    "_SQLDecoratedOperator": Carrier("sql"),
    "PostgresOperator": Carrier("sql", "postgres"),
    "MySqlOperator": Carrier("sql", "mysql"),
    "SqliteOperator": Carrier("sql", "sqlite"),
    "DuckDBOperator": Carrier("sql", "duckdb"),
    "MsSqlOperator": Carrier("sql", "mssql"),
    "OracleOperator": Carrier("sql", "oracle"),
    "SnowflakeOperator": Carrier("sql", "snowflake", autocommit=True),
    "SnowflakeSqlApiOperator": Carrier("sql", "snowflake", autocommit=True),
    "RedshiftSQLOperator": Carrier("sql", "redshift", autocommit=True),
    "RedshiftDataOperator": Carrier("sql", "redshift"),
    "BigQueryOperator": Carrier("sql", "bigquery"),
    "BigQueryExecuteQueryOperator": Carrier("sql", "bigquery"),
    "BigQueryInsertJobOperator": Carrier("configuration", "bigquery"),
    "BigQueryCheckOperator": Carrier("sql", "bigquery", reads=True),
    "BigQueryValueCheckOperator": Carrier("sql", "bigquery", reads=True),
    "CloudSQLExecuteQueryOperator": Carrier("sql", None),
    "TrinoOperator": Carrier("sql", "trino"),
    "PrestoOperator": Carrier("sql", "presto"),
    "AthenaOperator": Carrier("query", "athena"),
    "AWSAthenaOperator": Carrier("query", "athena"),
    "HiveOperator": Carrier("hql", "hive"),
    "SparkSqlOperator": Carrier("sql", "spark"),
    "DatabricksSqlOperator": Carrier("sql", "databricks"),
    "ClickHouseOperator": Carrier("sql", "clickhouse"),
    "TeradataOperator": Carrier("sql", "teradata"),
    "ExasolOperator": Carrier("sql", "exasol"),
    "VerticaOperator": Carrier("sql", "vertica"),
    "JdbcOperator": Carrier("sql"),
    "DrillOperator": Carrier("sql", "drill"),
}
"""Operators by class name; see `carrier_of` for how a class is recognised."""

CONNECTION_ARGUMENTS = (
    "conn_id", "postgres_conn_id", "mysql_conn_id", "sqlite_conn_id", "mssql_conn_id", "oracle_conn_id", "snowflake_conn_id", "redshift_conn_id", "trino_conn_id",
    "presto_conn_id", "gcp_conn_id", "hive_cli_conn_id", "databricks_conn_id", "teradata_conn_id", "jdbc_conn_id", "vertica_conn_id", "gcp_cloudsql_conn_id", "aws_conn_id",
)  # fmt: skip


@lru_cache(maxsize=1024)  # a project has many tasks of few classes
def carrier_of(names: tuple[str, ...]) -> Carrier | None:
    """The SQL that an operator with these dotted class names carries, most derived first: the first that the table knows and that comes from Airflow or a provider."""
    for dotted in names:
        module, _, name = dotted.rpartition(".")
        if name in CARRIERS and (not module or module.startswith("airflow") or "provider" in module):
            return CARRIERS[name]
    return None


def database_of(hint: str) -> str | None:
    """The database that a connection id or a dotted name speaks of, or None."""
    lowered = hint.lower()
    return next((database for part, database in HINTS if part in lowered), None)
