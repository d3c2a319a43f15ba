"""The SQL of tasks as statements."""

from pathlib import Path

import pytest

from dagcheck.airflow.target import Target
from dagcheck.engine.examine import extract_file
from dagcheck.rule import FileContext, Setting
from dagcheck.rule.sql import TaskSql, sql_of
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
