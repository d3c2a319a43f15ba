from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from dagcheck.airflow.sql_operators import carrier_of, database_of
from dagcheck.harness.history import Run
from dagcheck.harness.lifecycle import Instance
from dagcheck.harness.runs import daily
from dagcheck.harness.sql.facts import collected
from dagcheck.harness.sql.schema import decided
from dagcheck.harness.sql.statements import Untranslatable, parsed
from dagcheck.harness.sql.task import bound, sql_task
from dagcheck.harness.sql.translate import translated
from dagcheck.harness.template import Templates, Unrenderable
from dagcheck.harness.world import Situation
from tests.unit.harness.builders import dag_of

RUNS: tuple[Run, ...] = daily(3)
SITUATION = Situation(Instance(1, "t"), RUNS[1], RUNS[1].run_after + datetime.timedelta(minutes=3), 2, 7, RUNS[0])


def render(text: str, templates: Templates | None = None) -> str:
    return (templates or Templates("d", runs=RUNS)).render(text, SITUATION, lambda *_: None, {}).text


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{{ ds }}", "2024-01-02"),
        ("{{ ds_nodash }}", "20240102"),
        ("{{ ts }}", "2024-01-02T00:00:00+00:00"),
        ("{{ data_interval_start }}", "2024-01-02 00:00:00+00:00"),
        ("{{ data_interval_end | ds }}", "2024-01-03"),
        ("{{ logical_date.strftime('%Y/%m') }}", "2024/01"),
        ("{{ logical_date.subtract(days=1).to_date_string() }}", "2024-01-01"),
        ("{{ prev_ds }} {{ yesterday_ds_nodash }} {{ tomorrow_ds }}", "2024-01-01 20240101 2024-01-03"),
        ("{{ macros.ds_add(ds, -2) }}", "2023-12-31"),
        ("{{ macros.ds_format(ds, '%Y-%m-%d', '%d.%m.') }}", "02.01."),
        ("{{ macros.datetime.now().strftime('%H:%M') }}", "00:03"),
        ("{{ prev_data_interval_end_success }}", "2024-01-02 00:00:00+00:00"),
        ("{{ ti.try_number }} {{ run_id }}", "2 manual__2024-01-02T00:00:00+00:00"),
        ("{{ var.value.target_schema }}.{{ var.json.tables.orders }}", "target_schema.orders"),
        ("{{ var.value.get('limit', 5) }}", "5"),
    ],
)
def test_a_template_sees_what_airflow_gives(template: str, wanted: str) -> None:
    assert render(template) == wanted


def test_known_variables_answer_themselves_and_unknown_ones_are_told() -> None:
    templates = Templates("d", variables={"bucket": "lake"}, runs=RUNS)
    assert render("{{ var.value.bucket }} {{ var.value.other }}", templates) == "lake other"
    assert templates.asked == {"Variable other"}


@pytest.mark.parametrize(
    ("template", "line"), [("a\n{{ nowhere }}", 2), ("{{ ds", 1), ("{{ macros.ds_add('x', 1) }}", 1), ("{{ ''.__class__.__mro__ }}", 1)]
)
def test_a_template_that_cannot_be_rendered_says_where(template: str, line: int) -> None:
    with pytest.raises(Unrenderable) as caught:
        render(template)
    assert caught.value.line == line


def schema_of(sql: str, dialect: str = "postgres") -> dict[str, dict[str, str]]:
    schema = decided(collected(parsed(sql, dialect)))
    return {key: {column.name: column.type for column in table.columns} for key, table in schema.tables.items()}


def test_columns_get_their_types_from_how_they_are_used() -> None:
    sql = """
        INSERT INTO mart.daily SELECT o.order_date, c.region, SUM(o.amount)
        FROM orders o JOIN customers c ON c.id = o.customer_id
        WHERE o.status IN ('paid', 'sent') AND o.created_at >= '2024-01-01 00:00:00' GROUP BY 1, 2
    """
    assert schema_of(sql) == {
        "mart.daily": {"order_date": "DATE", "region": "VARCHAR", "column_3": "BIGINT"},
        "orders": {
            "order_date": "DATE",
            "amount": "DECIMAL(18, 4)",
            "customer_id": "BIGINT",
            "status": "VARCHAR",
            "created_at": "TIMESTAMP",
        },
        "customers": {"region": "VARCHAR", "id": "BIGINT"},
    }


def test_declared_tables_keep_their_types_and_keys() -> None:
    schema = decided(
        collected(parsed("CREATE TABLE t (id SERIAL PRIMARY KEY, day DATE NOT NULL, n NUMERIC(9, 2), UNIQUE (day))", "postgres"))
    )
    table = schema.tables["t"]
    assert [(column.name, column.type, column.filled) for column in table.columns] == [
        ("id", "BIGINT", False),
        ("day", "DATE", True),
        ("n", "DECIMAL(9, 2)", True),
    ]
    assert table.unique == (("id",), ("day",))


def test_a_table_filled_by_star_has_the_columns_of_the_other() -> None:
    assert schema_of("DELETE FROM t WHERE ds = '2024-01-01'; INSERT INTO t SELECT * FROM s WHERE kind = 'a'") == {
        "t": {"kind": "VARCHAR", "ds": "DATE"},
        "s": {"kind": "VARCHAR", "ds": "DATE"},
    }


def test_dates_without_dashes_are_held_as_text_or_number() -> None:
    assert schema_of("DELETE FROM t WHERE day_key = 20240101; DELETE FROM u WHERE ds = '20240101'") == {
        "t": {"day_key": "BIGINT"},
        "u": {"ds": "VARCHAR"},
    }


@pytest.mark.parametrize(
    ("dialect", "sql", "wanted"),
    [
        ("postgres", "TRUNCATE TABLE a.b", ['DELETE FROM "a.b"']),
        (
            "hive",
            "INSERT OVERWRITE TABLE t PARTITION (ds='x') SELECT a FROM s",
            ['DELETE FROM "t" WHERE "ds" = \'x\'', 'INSERT INTO "t" SELECT *, \'x\' AS "ds" FROM (SELECT a FROM "s") AS written'],
        ),
        ("spark", "INSERT OVERWRITE t SELECT a FROM s", ['DELETE FROM "t"', 'INSERT INTO "t" SELECT a FROM "s"']),
        (
            "databricks",
            "INSERT INTO t REPLACE WHERE ds = 'x' SELECT a FROM s",
            ["DELETE FROM \"t\" WHERE ds = 'x'", 'INSERT INTO "t" SELECT a FROM "s"'],
        ),
        (
            "snowflake",
            "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.v = s.v",
            ['MERGE INTO "t" USING "s" ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v'],
        ),
        ("postgres", "VACUUM t", []),
        ("postgres", "SELECT 1 INTO t2", None),
    ],
)
def test_statements_are_said_as_duckdb_says_them(dialect: str, sql: str, wanted: list[str] | None) -> None:
    (statement,) = parsed(sql, dialect)
    schema = decided(collected([statement]))
    found = translated(statement, schema.tables.get(statement.target or ""))
    assert found == (wanted if wanted is not None else ['CREATE TABLE "t2" AS SELECT 1'])


@pytest.mark.parametrize(
    ("sql", "message", "line"),
    [
        ("SELECT 1;\nSELEC FROM", "does not parse", 2),
        ("CALL refresh()", "CALL statements are not played", 1),
        ("CREATE FUNCTION f() RETURNS int AS 'x'", "CREATE FUNCTION is not played", 1),
    ],
)
def test_what_cannot_be_played_says_why_and_where(sql: str, message: str, line: int) -> None:
    with pytest.raises(Untranslatable, match=message) as caught:
        parsed(sql, "postgres")
    assert caught.value.line == line


def test_parameters_are_written_in_as_literals() -> None:
    assert bound("a = %s AND b = ?", ["it's", 2]) == "a = 'it''s' AND b = 2"
    assert bound("a = %(x)s AND b = :y AND c::date = 1", {"x": None, "y": 1.5}) == "a = NULL AND b = 1.5 AND c::date = 1"


def test_operators_are_known_by_their_classes_and_connections_by_their_names() -> None:
    assert carrier_of(("plugins.my.Loader", "airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator")) is not None
    assert carrier_of(("my.own.PostgresOperator",)) is None
    assert database_of("prod_redshift_writer") == "redshift"
    assert database_of("warehouse") is None


def groups_of(options: str, conn_id: str = "pg_postgres") -> list[int]:
    dag = dag_of(f"sql('t', ['DELETE FROM a', 'INSERT INTO a SELECT 1 AS x', 'TRUNCATE b']{options})", conn_id=conn_id)
    task = sql_task(dag.tasks[0], Templates("d", runs=RUNS), {})
    assert task is not None
    return [len(group.statements) for group in task.groups(SITUATION, lambda *_: None)]


@pytest.mark.parametrize(
    ("options", "conn_id", "wanted"),
    [
        ("", "pg_postgres", [3]),
        (", autocommit=True", "pg_postgres", [1, 1, 1]),
        ("", "trino_x", [1, 1, 1]),
        ("", "my_redshift", [2, 1]),
        ("", "mysql_x", [2, 1]),
    ],
)
def test_what_becomes_durable_together_is_as_the_hooks_and_databases_have_it(options: str, conn_id: str, wanted: list[int]) -> None:
    assert groups_of(options, conn_id) == wanted


def test_a_missing_template_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unrenderable, match=r"load\.sql was not found"):
        Templates("d", (tmp_path,)).file("load.sql")


def test_a_template_file_outside_of_the_folders_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.sql").write_text("SELECT 1")
    (tmp_path / "dags").mkdir()
    with pytest.raises(Unrenderable):
        Templates("d", (tmp_path / "dags",)).file("../secret.sql")
