"""Measures how many histories a second the harness plays of a DAG of three SQL tasks over tables of 50 rows, in this process (by
processor time, so that a busy machine does not matter), and how long the default budget takes.

Usage: python benchmarks/rerun.py [--histories N]
"""

from __future__ import annotations

import argparse
import time

from hypothesis import HealthCheck, Phase, given, seed, settings

import dagcheck
from dagcheck.harness.drawing import histories_of
from dagcheck.harness.history import History
from dagcheck.harness.judge import judged
from dagcheck.harness.readying import staged
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.stage import Stage
from dagcheck.model.dag import Dag

SOURCE = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

def step(task_id, sql):
    return SQLExecuteQueryOperator(task_id=task_id, conn_id="dwh_postgres", sql=sql)

with DAG("three_steps", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=True):
    clean = step("clean", [
        "DELETE FROM core.fares WHERE day = '{{ ds }}'",
        "INSERT INTO core.fares (day, trip_id, fare) SELECT day, trip_id, fare FROM taxi.fares WHERE day = '{{ ds }}'",
    ])
    total = step("total", [
        "DELETE FROM mart.days WHERE day = '{{ ds }}'",
        "INSERT INTO mart.days (day, fares) SELECT day, SUM(fare) FROM core.fares WHERE day = '{{ ds }}' GROUP BY day",
    ])
    best = step("best", ["TRUNCATE mart.best", "INSERT INTO mart.best (day, fares) SELECT day, fares FROM mart.days"])
    clean >> total >> best
"""


def prepared() -> tuple[Dag, Stage]:
    """The DAG, ready to be played, with some 50 rows in the table that it reads."""
    (file,) = dagcheck.show(source=SOURCE).files
    (dag,) = file.dags
    stage = staged(dag, Setting(density=3))
    assert stage.database is not None
    content = stage.database.engine.content(stage.database.worlds[0]["taxi.fares"])
    assert content is not None
    print(f"rows in taxi.fares: {len(content.rows)}")
    return dag, stage


def rate(stage: Stage, count: int, *, comparing: bool) -> float:
    """Histories a second of processor time, drawn by hypothesis, played, and compared with the reference."""
    strategy = histories_of(stage.shape, max_runs=3, effects=stage.effects(), worlds=stage.worlds)
    played = 0

    @seed(0)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def play(history: History) -> None:
        nonlocal played
        played += 1
        state = stage.play(history).state
        if comparing:
            assert not stage.differences(history, state, stage.reference(history.runs, history.world).state)

    begun = time.process_time()
    play()
    return played / (time.process_time() - begun)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--histories", type=int, default=1000)
    options = parser.parse_args()
    dag, stage = prepared()
    print(f"drawn, played and compared: {rate(stage, options.histories, comparing=True):,.0f} histories a second (cold)")
    print(f"drawn, played and compared: {rate(stage, options.histories, comparing=True):,.0f} histories a second (warm)")
    assert stage.database is not None
    print(f"statements that DuckDB executed: {stage.database.engine.executed}")
    stage.close()
    begun = time.perf_counter()
    verdict = judged(dag, Setting(), Budget())
    print(f"default budget: {verdict.verdict}, {verdict.histories} histories in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
