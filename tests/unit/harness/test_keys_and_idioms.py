"""What writes by key take for granted, and statements that do several things at once."""

from __future__ import annotations

import time

import pytest

from dagcheck.harness.judge import judged
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.sql.keys import names_of_key
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
