"""What is told of a DAG in which several things are wrong, and of one with many tasks."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from dagcheck.harness.judge import judged
from dagcheck.harness.patience import Stopwatch
from dagcheck.harness.readying import staged
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.text import dag_lines
from tests.unit.harness.builders import dag_of, verdict_of

THREE = """
first = sql("first", "INSERT INTO a SELECT day, amount FROM sales WHERE day = '{{ ds }}'")
sound = sql("sound", ["DELETE FROM b WHERE day = '{{ ds }}'", "INSERT INTO b SELECT day, amount FROM sales WHERE day = '{{ ds }}'"])
last = sql("last", "UPDATE c SET n = n + 1 WHERE day = '{{ ds }}'")
first >> sound >> last
"""
MANY = """
tasks = [sql("t9", "INSERT INTO t9 SELECT day, amount FROM s9 WHERE day = '{{ ds }}'")]
others = [sql(f"o{i}", [f"DELETE FROM o{i} WHERE day = '{{{{ ds }}}}'", f"INSERT INTO o{i} SELECT day, amount FROM s{i} WHERE day = '{{{{ ds }}}}'"]) for i in range(6)]
for above, below in zip([*tasks, *others], others):
    above >> below
"""


def test_each_task_that_corrupts_has_a_history_that_shows_it() -> None:
    verdict = verdict_of(THREE, examples=0)
    assert {task.task_id: task.verdict for task in verdict.tasks} == {"first": "corrupts", "sound": "held", "last": "corrupts"}
    assert verdict.found is not None
    told = [verdict.found, *(task.found for task in verdict.tasks if task.found is not None)]
    assert sorted(difference.thing for found in told for difference in found.differences) == ["table a", "table c"]
    text = "\n".join(dag_lines(verdict))
    assert "table a: " in text
    assert "table c: 9 rows are not as they should be" in text


def test_of_many_tasks_only_the_writer_is_repeated_and_the_others_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagcheck.harness.sweep.MANY", 1)
    verdict = judged(dag_of(MANY), Setting(), Budget(0, 300.0), frozenset({"t9", "o0"}))
    assert [task.task_id for task in verdict.tasks if task.verdict == "corrupts"] == ["t9"]
    assert verdict.found is not None
    assert [line.task_id for line in verdict.found.timeline if line.kind == "crash"] == ["t9"]
    assert all(line.beside == (line.task_id != "t9") for line in verdict.found.timeline)
    assert "… 6 other attempts, which have no part in it …" in "\n".join(dag_lines(verdict))


def test_what_came_to_its_turn_in_time_is_kept_when_time_is_up() -> None:
    dag = dag_of("\n".join(f"t{i} = sql('t{i}', \"DELETE FROM t{i} WHERE day = '{{{{ ds }}}}'\")" for i in range(6)))
    kept = []
    for deadline in range(0, 400, 12):
        ticks = iter(range(10_000))
        watch = Stopwatch(lambda ticks=ticks: float(next(ticks)), lambda: math.inf)
        watch.worked = 0.0
        stage = staged(dag, Setting(), float(deadline), watch)
        kept.append(len(stage.actors))
        reasons = {unplayed.reason for unplayed in stage.unplayed.values()}
        stage.close()
        assert len(stage.actors) + len(stage.unplayed) == 6
        assert all("the time was up" in reason for reason in reasons)
        if len(stage.actors) == 6:
            break
    assert kept[0] == 0
    assert kept[-1] == 6
    assert kept == sorted(kept)
    assert set(kept) & {1, 2, 3, 4, 5}


def test_a_long_statement_is_told_in_full_once() -> None:
    statement = "INSERT INTO daily_totals (day, total) SELECT day, SUM(amount) AS total FROM sales WHERE day = '{{ ds }}' GROUP BY day"
    text = "\n".join(dag_lines(verdict_of(f'sql("load", "{statement}")', examples=0)))
    timeline = text.partition("compared with")[0]
    assert timeline.count("SELECT day, SUM(amount)") == 1
    assert timeline.count("INSERT INTO daily_totals (day, total) SELECT") == 2


def test_a_template_file_that_asks_for_the_interval_is_played_with_intervals(tmp_path: Path) -> None:
    (tmp_path / "load.sql").write_text(
        "INSERT INTO t SELECT at FROM s WHERE at >= '{{ data_interval_start }}' AND at < '{{ data_interval_end }}'"
    )
    dag = dag_of('sql("load", "load.sql")')
    stage = staged(dag, Setting(base=tmp_path))
    stage.close()
    assert all(run.start < run.end for run in stage.runs)
