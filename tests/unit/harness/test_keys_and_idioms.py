"""What writes by key take for granted, and statements that do several things at once."""

from __future__ import annotations

import time

import pytest

from dagcheck.harness.judge import judged
from dagcheck.harness.runs import runs_of
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.sql.keys import names_of_key
from dagcheck.harness.sql.rows import located, places_of
from dagcheck.harness.sql.statements import parsed
from dagcheck.harness.sql.task import line_of
from dagcheck.harness.things import difference_of
from dagcheck.model.values import Span
from tests.unit.harness.builders import dag_of, verdict_of


@pytest.mark.parametrize(
    ("table", "key", "foreign"),
    [
        ("shop.orders", "order_id", "shop_id"),
        ("order_items", "item_id", "order_id"),
        ("customer_orders", "order_id", "customer_id"),
        ("orders_raw", "order_id", "raw_id"),
        ("categories", "category_id", "categorie_id"),
        ("addresses", "address_id", "addresse_id"),
    ],
)
def test_the_name_of_a_table_tells_which_column_identifies_its_rows(table: str, key: str, foreign: str) -> None:
    names = list(names_of_key(table))
    assert key in names
    assert foreign not in names


def test_a_key_that_no_ddl_gives_is_taken_for_granted_and_told() -> None:
    insert = "INSERT INTO fares (fare_id, day, n) SELECT fare_id, day, n FROM raw_fares WHERE day = '{{ ds }}' ON CONFLICT DO NOTHING"
    verdict = verdict_of(f'sql("load", "{insert}")', examples=0)
    assert verdict.verdict == "held"
    assert "fares has a unique key on fare_id (no CREATE TABLE of it was found)" in verdict.assumptions


def test_a_serial_key_never_conflicts() -> None:
    make = "CREATE TABLE IF NOT EXISTS fares (id BIGSERIAL PRIMARY KEY, day DATE, n INT)"
    insert = "INSERT INTO fares (day, n) SELECT day, n FROM raw_fares WHERE day = '{{ ds }}' ON CONFLICT DO NOTHING"
    assert verdict_of(f'sql("make", "{make}") >> sql("load", "{insert}")', examples=0).verdict == "corrupts"


def test_a_common_table_expression_that_writes_is_one_effect_with_its_statement() -> None:
    text = "WITH gone AS (DELETE FROM q WHERE day = '2024-01-01' RETURNING id) INSERT INTO t (id) SELECT id FROM gone"
    assert [(item.kind, item.target, item.joined) for item in parsed(text, "postgres")] == [
        ("create_as", "dagcheck_gone", True),
        ("delete", "q", True),
        ("insert", "t", False),
    ]
    moving = "WITH gone AS (DELETE FROM q WHERE day = '{{ ds }}' RETURNING id, day) INSERT INTO t (id, day) SELECT id, day FROM gone"
    assert verdict_of(f'sql("move", "{moving}", autocommit=True)', examples=0).verdict == "held"
    apart = "['INSERT INTO t (id, day) SELECT id, day FROM q WHERE NOT done', 'UPDATE q SET done = TRUE']"
    assert verdict_of(f'sql("move", {apart}, autocommit=True)', examples=0).verdict == "corrupts"


def test_tables_change_places() -> None:
    body = """sql("swap", ["CREATE OR REPLACE TABLE new AS SELECT id, n FROM raw_fares", "ALTER TABLE fares SWAP WITH new", "DROP TABLE new"])"""
    verdict = verdict_of(body, examples=0, conn_id="snowflake", options="max_active_runs=1")
    assert verdict.verdict == "held"
    assert verdict.tasks[0].reason is None


def test_lines_in_another_order_are_the_same_lines() -> None:
    assert difference_of(("file", "a"), b"1\n2\n", b"2\n1\n") is None
    assert difference_of(("file", "a"), b"1\n1\n", b"1\n") is not None


def test_the_line_of_sql_is_where_it_is_written(tmp_path: object) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "d.py"
    file.write_text('def f(sql):\n    return Operator(sql=sql)\n\nf("DELETE FROM a")\nf(\n    """\n    DELETE FROM b\n    """\n)\n')
    helper = Span("d.py", 2, 21, 2, 24)
    assert line_of("DELETE FROM a", file, helper) == 4
    assert line_of("\n    DELETE FROM b\n", file, helper) == 6
    assert line_of("DELETE FROM c", file, helper) == 2


def test_a_dag_never_takes_longer_than_its_time_and_says_what_that_kept_from_being_played() -> None:
    tasks = "\n".join(
        f"""sql("load_{n}", ["DELETE FROM t{n} WHERE day = '{{{{ ds }}}}'", "INSERT INTO t{n} SELECT day, n FROM s{n} WHERE day = '{{{{ ds }}}}'"])"""
        for n in range(60)
    )
    dag = dag_of(tasks)
    begun = time.monotonic()
    verdict = judged(dag, Setting(), Budget(examples=50, seconds=0.4))
    assert time.monotonic() - begun < 5
    assert "the time was up" in " ".join(str(text) for text in (verdict.reason, *verdict.notes, *(task.reason for task in verdict.tasks)))


@pytest.mark.parametrize(
    ("sql", "dialect", "kinds", "target", "reads"),
    [
        ("COPY raw.t FROM 's3://b/2024-01-01/' IAM_ROLE 'x' CSV", "redshift", ["insert"], "raw.t", {"s3://b/2024-01-01/"}),
        ("-- out\nUNLOAD ('SELECT a FROM s') TO 's3://b/x/' IAM_ROLE 'x'", "redshift", ["create_as"], "s3://b/x/", {"s"}),
        ("COPY INTO @st/x FROM s OVERWRITE = TRUE", "snowflake", ["create_as"], "@st/x", {"s"}),
        ("COPY INTO t FROM @st/x PATTERN = '.*a.*'", "snowflake", ["insert"], "t", {"@st/x .*a.*"}),
        ("COPY INTO t FROM 's3://b/x' FILEFORMAT = PARQUET", "databricks", ["insert"], "t", {"s3://b/x"}),
        (
            "LOAD DATA OVERWRITE d.t FROM FILES (format = 'CSV', uris = ['gs://b/f.csv'])",
            "bigquery",
            ["overwrite"],
            "d.t",
            {"gs://b/f.csv"},
        ),
        ("LOAD DATA INFILE '/x.csv' REPLACE INTO TABLE t", "mysql", ["insert"], "t", {"/x.csv"}),
        ("BULK INSERT t FROM 'x.csv'", "tsql", ["insert"], "t", {"x.csv"}),
        ("ALTER TABLE t MOVE PARTITION '2024-01-01' TO TABLE u", "clickhouse", ["insert", "delete"], "u", {"t"}),
        ("ALTER TABLE t EXCHANGE PARTITION (ds = '2024-01-01') WITH TABLE u", "hive", ["insert", "delete"], "t", {"u"}),
        ("ALTER TABLE t APPEND FROM u", "redshift", ["insert", "delete"], "t", {"u"}),
        ("EXCHANGE TABLES a AND b", "clickhouse", ["alter"], "a", {"b"}),
        ("RENAME TABLE a TO b, c TO a", "mysql", ["alter", "alter"], "a", {"b"}),
    ],
)
def test_bulk_loads_and_moves_are_statements_on_tables(sql: str, dialect: str, kinds: list[str], target: str, reads: set[str]) -> None:
    found = parsed(sql, dialect)
    assert ([statement.kind for statement in found], found[0].target, found[0].reads) == (kinds, target, reads)
    assert [statement.joined for statement in found] == [True] * (len(found) - 1) + [False]


def test_the_rows_of_a_location_are_those_of_the_day_that_it_names() -> None:
    when = places_of(runs_of(dag_of("sql('a', 'SELECT 1')")))
    assert {place.instant.date().isoformat() for place in located("s3://b/year=2024/month=01/day=02/x.csv", when)} == {"2024-01-02"}
    assert {place.instant.date().isoformat() for place in located("@stage/20240103", when)} == {"2024-01-03"}
    assert located("s3://b/all/", when) == located("table_20240103", when) == when
