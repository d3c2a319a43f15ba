"""What well-known libraries do when they are called: reach the network, a database, a process or the disk.

The table is our own, of the public entry points of each library; a name ending in `.` stands for everything below it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dagcheck.evaluate.notes import NoteKind

if TYPE_CHECKING:
    from dagcheck.evaluate.objects import Arguments

EFFECTS: dict[NoteKind, tuple[str, ...]] = {
    "network": (
        "requests.", "httpx.", "urllib3.", "urllib.request.", "http.client.", "aiohttp.", "boto3.", "botocore.session.", "google.cloud.", "google.auth.default",
        "googleapiclient.discovery.", "azure.identity.", "azure.storage.", "azure.keyvault.", "paramiko.", "ftplib.", "smtplib.", "slack_sdk.", "slack.",
        "kubernetes.config.", "gspread.", "hvac.", "wget.", "pysftp.", "tableauserverclient.", "salesforce.", "simple_salesforce.", "websocket.", "grpc.", "hdfs.",
        "kafka.", "confluent_kafka.", "pika.", "consul.", "datahub.emitter.", "openai.", "s3fs.", "gcsfs.", "fsspec.open", "smart_open.open", "github.Github",
    ),
    "database": (
        "psycopg2.connect", "psycopg.connect", "pymysql.connect", "MySQLdb.connect", "mysql.connector.connect", "sqlite3.connect", "pyodbc.connect",
        "cx_Oracle.connect", "oracledb.connect", "snowflake.connector.connect", "pymssql.connect", "redshift_connector.connect", "sqlalchemy.create_engine",
        "sqlalchemy.engine.create_engine", "pymongo.MongoClient", "redis.Redis", "redis.StrictRedis", "redis.from_url", "clickhouse_driver.Client",
        "clickhouse_connect.get_client", "duckdb.connect", "elasticsearch.Elasticsearch", "trino.dbapi.connect", "prestodb.dbapi.connect", "pyhive.hive.connect",
        "databricks.sql.connect", "ibm_db.connect", "vertica_python.connect", "teradatasql.connect", "neo4j.GraphDatabase.driver", "pandas.read_sql",
        "pandas.read_sql_query", "pandas.read_sql_table", "pandas.read_gbq", "airflow.settings.Session",
    ),
    "file-read": ("pandas.read_csv", "pandas.read_json", "pandas.read_excel", "pandas.read_parquet", "polars.read_csv", "polars.read_parquet", "openpyxl.load_workbook"),
    "subprocess": ("sh.", "git.Repo", "docker.from_env", "docker.DockerClient", "multiprocessing.Process", "multiprocessing.Pool", "pexpect.spawn"),
}  # fmt: skip

METHODS: dict[str, frozenset[str]] = {
    "sqlalchemy": frozenset((
        "connect", "begin", "execute", "raw_connection", "scalar", "scalars", "query", "reflect", "create_all", "drop_all", "has_table", "table_names",
        "get_table_names", "get_view_names", "get_schema_names", "get_columns", "get_pk_constraint",
    )),
    "sqlite3": frozenset(("cursor", "execute", "executemany", "executescript")),
    "duckdb": frozenset(("cursor", "execute", "executemany", "sql", "query", "table")),
}  # fmt: skip
"""Methods that go to the database, by library: making its engine, session or connection alone does not, or not far."""

_IN_MEMORY = (":memory:", "")


@lru_cache(maxsize=2048)
def effect_of(dotted: str) -> NoteKind | None:
    """What calling a name does at parse time, or None for nothing that we know of. Exceptions and types of these libraries do nothing."""
    last = dotted.rpartition(".")[2]
    if last.endswith(("Error", "Exception", "Config", "Retry", "Auth", "Timeout", "Warning", "Key")):
        return None
    for kind, names in EFFECTS.items():
        if any(dotted == name or (name.endswith(".") and dotted.startswith(name)) for name in names):
            return kind
    return None


def uses_database(dotted: str, method: str, arguments: Arguments) -> bool:
    """True if a method of what `dotted(*arguments)` made goes to a database; one that sqlite and DuckDB keep in memory is none."""
    library = dotted.partition(".")[0]
    if method.rpartition(".")[2] not in METHODS.get(library, ()):
        return False
    return library == "sqlalchemy" or arguments.get(0, "database", "") not in _IN_MEMORY
