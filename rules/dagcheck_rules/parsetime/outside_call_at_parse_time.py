from collections.abc import Iterable

from dagcheck.model.dag import Effect, File
from dagcheck.rule import Bad, FileContext, Finding, Good, Meta, Rule

_WHAT = {"network": "goes over the network", "database": "opens a database", "subprocess": "starts a process"}
_LAZY = ("create_engine", "duckdb.connect", "sqlite3.connect")


class OutsideCallAtParseTime(Rule):
    """Network, database or process that is used when the file is parsed

    Airflow parses a file every half minute or so, on a clock of its own: each time this calls out. Where the other side is slow, parsing is, too, up to its timeout; where
    it is down, the DAGs of the file vanish. Move it into a task. Functions that run while the file is parsed count as well.
    """

    meta = Meta(code="DAG602", name="outside-call-at-parse-time", severity="warning", since="0.1.0")
    bad = (
        Bad(
            """
            import requests

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            regions = requests.get("https://shop.example/regions", timeout=10).json()  # DAG602

            with DAG("sales"):
                BashOperator(task_id="load", bash_command=f"load {regions}")
            """
        ),
        Bad(
            """
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            from airflow.sdk import dag, task

            def tables():
                hook = PostgresHook("shop")
                return hook.get_records("SELECT name FROM tables")  # DAG602

            @dag
            def sales():
                @task
                def load(table):
                    pass

                for (table,) in tables():
                    load(table)

            sales()
            """,
            title="A hook, in a function that builds the DAG",
        ),
        Bad(
            """
            import subprocess

            import boto3

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            class LoadOperator(BashOperator):
                def __init__(self, **kwargs):
                    super().__init__(bash_command="load", **kwargs)
                    self.client = boto3.client("s3")  # DAG602

            VERSION = subprocess.check_output(["git", "rev-parse", "HEAD"])  # DAG602

            with DAG("sales"):
                LoadOperator(task_id="load")
            """,
            title="In the constructor of an operator",
        ),
        Bad(
            """
            import sqlite3

            from airflow.sdk import DAG, task
            from sqlalchemy import create_engine
            from sqlalchemy.orm import sessionmaker

            ENGINE = create_engine("postgresql://dwh.example/shop")
            SHOPS = create_engine("postgresql://dwh.example/shop").connect().execute("SELECT name FROM shops").fetchall()  # DAG602
            TABLES = sqlite3.connect("/opt/tables.db").execute("SELECT name FROM tables").fetchall()  # DAG602

            with ENGINE.begin() as connection:  # DAG602
                REGIONS = connection.execute("SELECT name FROM regions").fetchall()

            SESSION = sessionmaker(bind=ENGINE)()
            LAST = SESSION.scalar("SELECT max(day) FROM sales")  # DAG602

            with DAG("sales"):
                @task
                def load(table):
                    pass

                for (table,) in TABLES:
                    load(table)
            """,
            title="A chain of calls on an engine, a connection or a session",
        ),
        Bad(
            """
            import redis
            import requests
            from azure.identity import DefaultAzureCredential

            from airflow.providers.standard.operators.bash import BashOperator
            from airflow.sdk import DAG

            SESSION = requests.Session()
            SESSION.headers.update({"Accept": "application/json"})
            REGIONS = SESSION.get("https://shop.example/regions", timeout=10).json()  # DAG602
            TOKEN = DefaultAzureCredential().get_token("https://shop.example/.default")  # DAG602
            LAST = redis.Redis(host="cache.example").get("last")  # DAG602

            with DAG("sales"):
                BashOperator(task_id="load", bash_command="load")
            """,
            title="A session or client that is used",
        ),
    )
    good = (
        Good(
            """
            import boto3
            import requests

            from airflow.sdk import dag, task

            def fetch(url):
                return requests.get(url, timeout=10).json()

            @dag
            def sales():
                @task
                def load():
                    boto3.client("s3").put_object(Bucket="b", Key="k", Body=str(fetch("https://shop.example")))

                load()

            sales()
            """
        ),
        Good(
            """
            from airflow.providers.postgres.hooks.postgres import PostgresHook
            from airflow.sdk import DAG

            HOOK = PostgresHook("shop")

            with DAG("sales"):
                pass
            """,
            title="A hook that is made but not used opens nothing",
        ),
        Good(
            """
            import duckdb
            from airflow.sdk import DAG, task
            from sqlalchemy import MetaData, Table, create_engine, select
            from sqlalchemy.orm import sessionmaker

            ENGINE = create_engine("postgresql://dwh.example/shop")
            SHOPS = select(Table("shops", MetaData())).where("open")
            make_session = sessionmaker(bind=ENGINE)
            SIZES = duckdb.connect(":memory:").execute("SELECT 1").fetchall()

            with DAG("sales"):
                @task
                def load():
                    with ENGINE.connect() as connection:
                        return make_session().query(connection).all()

                load()
            """,
            title="An engine that is made but not used, and a database in memory",
        ),
        Good(
            """
            import redis
            import requests
            from airflow.sdk import DAG
            from azure.identity import DefaultAzureCredential
            from google.cloud.bigquery import SchemaField, TableReference

            SCHEMA = [SchemaField("day", "DATE"), SchemaField("amount", "NUMERIC")]
            TABLE = TableReference.from_string("shop.sales.orders")
            SESSION = requests.Session()
            SESSION.headers["Accept"] = "application/json"
            CACHE, CREDENTIAL = redis.Redis(host="cache.example"), DefaultAzureCredential()

            with DAG("sales"):
                pass
            """,
            title="Schemas, references, and clients that connect when they are used",
        ),
        Good(
            """
            import requests

            from airflow.sdk import DAG

            SESSION_TIMEOUT = 10

            with DAG("sales"):
                pass

            if __name__ == "__main__":
                print(requests.get("https://shop.example", timeout=SESSION_TIMEOUT).status_code)
            """,
            title="Only when run by hand",
        ),
    )

    def check_file(self, file: File, context: FileContext) -> Iterable[Finding]:
        """One finding for each such call."""
        for effect in file.effects if file.dags else ():
            if effect.kind in _WHAT and not effect.name.endswith(_LAZY):
                yield Finding(_message(effect), effect.span, help="Move it into a task.", subject=effect.name)


def _message(effect: Effect) -> str:
    name = effect.name.removeprefix("airflow.providers.")
    where = ", in a function that runs then" if effect.in_function else ""
    return f"{'.'.join(name.split('.')[-2:])} {_WHAT[effect.kind]} each time the file is parsed{where}."
