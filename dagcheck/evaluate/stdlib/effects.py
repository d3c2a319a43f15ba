"""What well-known libraries do when they are called: reach the network, a database, a process or the disk.

The table is our own, of the public entry points of each library; a name ending in `.` stands for everything below it.
"""

from __future__ import annotations

import re
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
        "sqlalchemy.engine.create_engine", "pymongo.MongoClient",
        "clickhouse_connect.get_client", "duckdb.connect", "trino.dbapi.connect", "prestodb.dbapi.connect", "pyhive.hive.connect",
        "databricks.sql.connect", "ibm_db.connect", "vertica_python.connect", "teradatasql.connect", "neo4j.GraphDatabase.driver", "pandas.read_sql",
        "pandas.read_sql_query", "pandas.read_sql_table", "pandas.read_gbq", "airflow.settings.Session",
    ),
    "file-read": ("pandas.read_csv", "pandas.read_json", "pandas.read_excel", "pandas.read_parquet", "polars.read_csv", "polars.read_parquet", "openpyxl.load_workbook"),
    "subprocess": ("sh.", "git.Repo", "docker.from_env", "docker.DockerClient", "multiprocessing.Process", "multiprocessing.Pool", "pexpect.spawn"),
}  # fmt: skip

AT_ONCE = frozenset((
    "ftplib.FTP", "ftplib.FTP_TLS", "smtplib.SMTP", "smtplib.SMTP_SSL", "paramiko.Transport", "pysftp.Connection", "kafka.KafkaProducer", "kafka.KafkaConsumer",
    "kafka.KafkaAdminClient", "kafka.admin.KafkaAdminClient", "pika.BlockingConnection", "simple_salesforce.Salesforce",
))  # fmt: skip
"""Classes of these libraries that connect when they are made; a client of Google's looks for credentials then. Making any other goes nowhere: a session, a schema, a reference."""

METHODS: dict[NoteKind, dict[str, str]] = {
    "database": {
        "sqlalchemy": r"connect|begin|execute|raw_connection|scalars?|query|reflect|create_all|drop_all|has_table|table_names|get_columns|get_\w+_names",
        "sqlite3": r"cursor|execute|executemany|executescript",
        "duckdb": r"cursor|execute|executemany|sql|query|table",
        "redis": r"(?!from_url|connection|pipeline|close|register_script|lock|get_connection_kwargs)[a-z]\w*",
        "elasticsearch": r"search|get|index|bulk|count|exists|info|ping",
        "clickhouse_driver": r"execute\w*|query_dataframe|insert_dataframe",
    },
    "network": {
        "": r"(?:get|list|post|put|patch|delete|head|request|send|options|download|upload|read|fetch|access|query|search|describe|publish|create|open|exec)(?:_\w*)?"
        r"|connect|login|chat_\w*|client|resource"
    },
}
"""Methods that go out, by library (`""`: of each): making its engine, session or client alone does not, or not far."""

_IN_MEMORY = (":memory:", "")


@lru_cache(maxsize=2048)
def effect_of(dotted: str) -> NoteKind | None:
    """What calling a name does at parse time, or None for nothing that we know of. Exceptions and types of these libraries do nothing; what connects when it is used, neither."""
    kind, blanket = _library_effect(dotted)
    if dotted.endswith(("Error", "Exception", "Config", "Retry", "Auth", "Timeout", "Warning", "Key")):
        return None
    owner, _, last = dotted.rpartition(".")
    made = dotted if last[:1].isupper() else owner  # itself, or by a method of its class
    if blanket and kind == "network" and made.rpartition(".")[2][:1].isupper() and made not in AT_ONCE:
        return kind if made.startswith("google.cloud.") and made.endswith("Client") else None
    return kind


def _library_effect(dotted: str) -> tuple[NoteKind | None, bool]:
    """The kind of effect that a name stands for, and whether only its library is listed."""
    for kind, names in EFFECTS.items():
        for name in names:
            if dotted == name or (name.endswith(".") and dotted.startswith(name)):
                return kind, name.endswith(".")
    return None, False


def effect_of_method(dotted: str, method: str, arguments: Arguments) -> NoteKind | None:
    """What a method of the object `dotted(*arguments)` does at parse time; None for nothing, and for a database that sqlite and DuckDB keep in memory.

    What making the object does already is not told again.
    """
    kind = _method_kind(dotted, method.rpartition(".")[2])
    if kind is None or (dotted.startswith(("sqlite3.", "duckdb.")) and arguments.get(0, "database", "") in _IN_MEMORY):
        return None
    return kind


@lru_cache(maxsize=2048)
def _method_kind(dotted: str, method: str) -> NoteKind | None:
    library = dotted.partition(".")[0]
    if library in METHODS["database"]:
        return "database" if re.fullmatch(METHODS["database"][library], method) else None
    if effect_of(dotted) is not None or _library_effect(dotted) != ("network", True):
        return None
    return "network" if re.fullmatch(METHODS["network"][""], method) else None
