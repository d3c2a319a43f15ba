"""The SQL of callables: which statements, in which order, with what put in."""

from pathlib import Path

import pytest

from dagcheck.commands.workspace import Workspace, each_file
from dagcheck.engine.examine import extract_file
from dagcheck.rule import FileContext
from dagcheck.rule.callable_sql import run_sql

HEAD = """
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import dag, task

@dag
def sales():
    @task
    def load(ds=None, rows=()):
        hook = PostgresHook("shop")
"""
TAIL = """
    load()

sales()
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (['hook.run("INSERT INTO a VALUES (1)")'], [("insert", "a", 10)]),
        (['hook.run(["DELETE FROM a WHERE d = %s", f"INSERT INTO a SELECT \'{ds}\'"])'], [("delete", "a", 10), ("insert", "a", 10)]),
        (['text = "TRUNCATE TABLE a"', "hook.run(text)"], [("truncate", "a", 11)]),
        (["if rows:", '    hook.run("INSERT INTO a VALUES (1)")', '    hook.run("DELETE FROM a")'], [("delete", "a", 12)]),
        (['hook.insert_rows("a", rows)'], [("insert", "a", 10)]),
        (['hook.insert_rows("a", rows, replace=True)'], None),
        (['hook.run("INSERT INTO a VALUES (1)")', "hook.run(rows)"], None),
        (['hook.run("INSERT INTO a VALUES (1)")', "delete_old(hook)"], None),
        (['print("INSERT INTO a VALUES (1)")'], None),
        (['hook.run(f"INSERT INTO {ds} VALUES (1)")'], [("insert", "{{ ds }}", 10)]),
    ],
)
def test_statements_are_read_in_order_unless_something_is_not_known(body: list[str], expected: list[tuple[str, str, int]] | None) -> None:
    text = HEAD + "".join(f"        {line}\n" for line in body) + TAIL
    workspace = Workspace(config={}, texts={Path("dags/sales.py"): text.encode()})
    (scope,) = workspace.scopes([workspace.base / "dags" / "sales.py"])
    ((path, sources),) = each_file(workspace, scope)
    file = extract_file(path, sources, scope.target)
    dag = file.dags[0]
    found = run_sql(dag.tasks[0], dag, FileContext(file, sources, scope.setting))
    told = None if found is None else [(item.kind, item.target, item.span.line if item.span else 0) for item in found.statements]
    assert told == expected
