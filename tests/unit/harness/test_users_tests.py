"""What users' tests get: the plug-in, `rerun`, the world fixture and strategies."""

from __future__ import annotations

import datetime
import itertools
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given

from dagcheck.harness.history import Run
from dagcheck.testing import DataCorrupted, rerun
from dagcheck.testing.strategies import data_intervals, runs
from dagcheck.testing.world import Corrupted, World
from tests.unit.harness.builders import dag_of

SOURCE = """\
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("sales", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["sales"], doc_md="Sales."):
    SQLExecuteQueryOperator(task_id="load", conn_id="pg_postgres", owner="sales", sql="INSERT INTO t SELECT id FROM s WHERE day = '{{ ds }}'", retries=2)
"""
SOUND = SOURCE.replace('sql="', "sql=\"DELETE FROM t WHERE id IN (SELECT id FROM s WHERE day = '{{ ds }}'); ").replace(
    '"sales", schedule', '"sound", schedule'
)


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "sales.py").write_text(SOURCE)
    (folder / "sound.py").write_text(SOUND)
    (tmp_path / "pyproject.toml").write_text("[tool.dagcheck]\ndags = ['dags']\n")
    return folder


def test_rerun_fails_with_the_timeline(dags: Path) -> None:
    with pytest.raises(DataCorrupted, match="crashes after its last effect") as caught:
        rerun(dags, dag_id="sales", examples=0)
    assert caught.value.report.dags[0].verdict == "corrupts"
    assert rerun(dags, dag_id="sound", examples=5).dags[0].verdict == "held"
    with pytest.raises(LookupError, match="no DAG is called 'other' here; there is sales, sound"):
        rerun(dags, dag_id="other")


def test_the_plug_in_makes_two_tests_of_each_dag_and_shows_no_stack_of_ours(dags: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--dagcheck", "dags", "--dagcheck-examples", "5", "-v"]
    done = subprocess.run(command, cwd=dags.parent, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "sales.py::sales::rerun FAILED" in done.stdout
    assert "sound.py::sound::rerun PASSED" in done.stdout
    assert done.stdout.count("::check ") >= 2
    assert "load of 2024-01-01 crashes after its last effect" in done.stdout
    assert "Traceback" not in done.stdout
    assert "rerunning.py" not in done.stdout


def test_the_world_tells_how_a_rerun_of_any_code_differs(world: World) -> None:
    folder = world.directory()

    def append() -> None:
        with (folder / "log").open("a") as file:
            file.write("line\n")

    with pytest.raises(Corrupted, match="log: too many: line"):
        world.assert_same(append, append)
    world.assert_same(lambda: (folder / "day").write_text("x"), lambda: (folder / "day").write_text("x"))


def test_the_world_looks_at_the_tables_of_a_connection(world: World) -> None:
    connection = world.database(sqlite3.connect(":memory:"), ["t"])
    connection.execute("CREATE TABLE t (day TEXT, n INTEGER)")
    connection.execute("INSERT INTO t VALUES ('before', 1)")

    def insert() -> None:
        connection.execute("INSERT INTO t VALUES ('today', 2)")

    def replace() -> None:
        connection.execute("DELETE FROM t WHERE day = 'today'")
        insert()

    with pytest.raises(Corrupted, match=r"t: too many: \('today', 2\)"):
        world.assert_same(insert, insert)
    connection.execute("DELETE FROM t WHERE day = 'today'")
    world.assert_same(replace, replace, times=3)
    connection.close()


def test_the_world_looks_at_an_fsspec_file_system(world: World) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    store = world.filesystem(MemoryFileSystem(), "/lake")
    number = iter(range(9))
    with pytest.raises(Corrupted, match="/lake/1 is there, and should not be"):
        world.assert_same(lambda: store.pipe_file("/lake/0", b"x"), lambda: store.pipe_file(f"/lake/{next(number) + 1}", b"x"))


@given(data_intervals("0 6 * * *", start=datetime.datetime(2024, 3, 1, tzinfo=datetime.UTC), airflow="2.11"))
def test_data_intervals_are_those_of_the_schedule(interval: tuple[datetime.datetime, datetime.datetime]) -> None:
    start, end = interval
    assert (start.hour, end - start) == (6, datetime.timedelta(days=1))


@given(runs(dag_of("sql('t', 'SELECT 1')"), max_runs=4))
def test_runs_are_the_first_ones_in_order(drawn: tuple[Run, ...]) -> None:
    assert [run.index for run in drawn] == list(range(len(drawn)))
    assert all(one.run_after < other.run_after for one, other in itertools.pairwise(drawn))
