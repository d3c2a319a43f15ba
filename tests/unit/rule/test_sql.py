"""The SQL of tasks as statements."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from dagcheck.airflow.target import Target
from dagcheck.engine.examine import extract_file
from dagcheck.rule import FileContext, Setting
from dagcheck.rule.sql import TaskSql, parsed_sql, sql_of
from dagcheck.source.project import ProjectFiles

HEAD = """
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

with DAG("d"):
    SQLExecuteQueryOperator(task_id="t", conn_id="postgres_shop", sql={sql!r})
"""
BASE = Path("/sql-example")


def read(sql: object, files: dict[str, str] | None = None) -> TaskSql | None:
    texts = {BASE / "dag.py": HEAD.format(sql=sql).encode(), **{BASE / name: text.encode() for name, text in (files or {}).items()}}
    sources = ProjectFiles([BASE], BASE, texts)
    file = extract_file(BASE / "dag.py", sources, Target("3.3"))
    dag = file.dags[0]
    return sql_of(dag.tasks[0], dag, FileContext(file, sources, Setting("3.3")))


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("INSERT INTO a SELECT 1", [("insert", "a")]),
        ("DELETE FROM s.a WHERE x = 1; TRUNCATE TABLE b", [("delete", "s.a"), ("truncate", "b")]),
        (["UPDATE public.a SET x = 1", "DROP TABLE IF EXISTS b"], [("update", "a"), ("drop", "b")]),
        ("CREATE TABLE a (id int)", [("create", "a")]),
        ("INSERT INTO {{ params.table }} SELECT '{{ ds }}'", [("insert", "{{ params.table }}")]),
    ],
)
def test_statements_are_told_with_what_they_write(sql: object, kinds: list[tuple[str, str]]) -> None:
    found = read(sql)
    assert found is not None
    assert [(statement.kind, statement.target) for statement in found.statements] == kinds


def test_templates_of_a_part_are_given_back() -> None:
    found = read("DELETE FROM a WHERE day = '{{ ds }}' AND x = {{ params.x }}")
    assert found is not None
    statement = found.statements[0]
    assert statement.templates_in(statement.tree.args["where"]) == {"ds", "params.x"}


def test_a_file_of_the_project_is_read() -> None:
    found = read("load.sql", {"load.sql": "DELETE FROM a"})
    assert found is not None
    assert [statement.kind for statement in found.statements] == ["delete"]


@pytest.mark.parametrize("sql", ["missing.sql", "SELEC FROM WHERE ((", None])
def test_what_is_not_known_or_does_not_parse_is_none(sql: object) -> None:
    assert read(sql) is None


@pytest.mark.parametrize(
    ("sql", "target", "named"),
    [
        ("DELETE FROM a WHERE day = '{{ ds }}01'", "a", {"ds"}),
        ("DELETE FROM a_{{ ds_nodash }}2024 WHERE x = {{ params.x }}", "a_{{ ds_nodash }}2024", {"params.x"}),
        ("DELETE FROM dagcheck_template_7_ WHERE x = '{{ ds }} dagcheck_template_9_'", "dagcheck_template_7_", {"ds"}),
    ],
)
def test_templates_are_told_whatever_stands_around_them(sql: str, target: str, named: set[str]) -> None:
    found = read(sql)
    assert found is not None
    statement = found.statements[0]
    assert statement.target == target
    assert statement.templates_in(statement.tree.args["where"]) == named


_PARTS = st.sampled_from(
    ("'{{ ds }}'", "{{ params.n }}", "'{{ ds }} 00:00'", "CURRENT_DATE", "x + {{ a }}", "CAST('{{ b }}' AS DATE)", "DATE '{{ c }}'", "NULL", "(SELECT MAX({{ d }}) FROM t)")
)  # fmt: skip
_CONDITIONS = st.tuples(
    st.sampled_from(("day", "t.day", "f(x)")),
    st.sampled_from((" = ", " >= ", " IN (1, ", " BETWEEN ", " IS DISTINCT FROM ")),
    _PARTS,
    _PARTS,
)


def _condition(parts: tuple[str, str, str, str]) -> str:
    column, operator, first, second = parts
    end = f" AND {second}" if "BETWEEN" in operator else ")" if "IN (" in operator else ""
    return f"{column}{operator}{first}{end}"


@given(st.lists(_CONDITIONS.map(_condition), min_size=1, max_size=4), st.sampled_from(("postgres", "mysql", "bigquery", "snowflake", "")))
def test_the_templates_of_each_part_are_those_in_its_text(conditions: list[str], dialect: str) -> None:
    for statement in (
        parsed_sql(f"INSERT INTO a SELECT {{{{ x }}}} FROM b AS t WHERE {' AND '.join(conditions)} -- {{{{ y }}}}", dialect) or ()
    ):
        for part in statement.tree.find_all(exp.Where, exp.Condition, exp.Insert):
            written = {statement.templates[int(number)] for number in re.findall(r"dagcheck_template_(\d+)_", part.sql())}
            assert statement.templates_in(part) == written


def test_nodes_are_those_of_sqlglot_in_its_order() -> None:
    found = read("INSERT INTO a (x, y) SELECT x, MAX(y) FROM b JOIN c ON b.i = c.i WHERE x IN (1, 2) GROUP BY x")
    assert found is not None
    statement = found.statements[0]
    assert list(map(id, statement.nodes())) == list(map(id, statement.tree.walk()))
    (where,) = statement.find(exp.Where)
    assert statement.find(exp.Literal, part=where) == list(where.find_all(exp.Literal))
