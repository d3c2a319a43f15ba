from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

import dagcheck
from dagcheck.harness.history import Attempt, Clear, Elapse, History, Settle, dumped, loaded
from dagcheck.harness.judge import judged, replayed
from dagcheck.harness.readying import staged
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.text import dag_lines
from dagcheck.testing.strategies import histories
from tests.unit.harness.builders import dag_of, verdict_of

APPEND = """sql("load", "INSERT INTO daily SELECT day, SUM(n) AS n FROM events WHERE day = '{{ ds }}' GROUP BY day")"""
SOUND = """sql("load", ["DELETE FROM daily WHERE day = '{{ ds }}'", "INSERT INTO daily SELECT day, SUM(n) AS n FROM events WHERE day = '{{ ds }}' GROUP BY day"])"""


def test_an_insert_corrupts_by_a_crash_and_a_retry() -> None:
    verdict = verdict_of(APPEND.replace('")', '", retries=1)'))
    assert verdict.verdict == "corrupts"
    assert verdict.found is not None
    assert verdict.found.summary == "table daily: 1 row too many"
    assert [line.kind for line in verdict.found.timeline] == ["crash", "attempt"]
    (blame,) = verdict.found.blame
    assert (blame.task_id, blame.line) == ("load", 9)
    assert loaded(verdict.found.replay["history"]) == History(1, (Attempt(0, "load", crash=1),))


def test_a_sound_load_holds_and_says_what_was_played() -> None:
    verdict = verdict_of(SOUND)
    assert (verdict.verdict, [task.verdict for task in verdict.tasks]) == ("held", ["held"])
    assert verdict.histories > 40
    assert {"crash", "clear of a task", "clear of a run", "delay", "runs out of order or mixed"} <= set(verdict.events)


def test_the_same_seed_gives_the_same_verdict() -> None:
    one, other = verdict_of(SOUND, seed=3), verdict_of(SOUND, seed=3)
    assert one.model_copy(update={"seconds": 0.0}) == other.model_copy(update={"seconds": 0.0})


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ('sql("bad", "INSERT INTO t VALUES (")', "the SQL does not parse"),
        ('sql("bad", "INSERT INTO t SELECT \'{{ nothing_of_this_name }}\'")', "'nothing_of_this_name' is undefined"),
        ('sql("bad", "missing.sql")', "the template file missing.sql was not found"),
        ('sql("bad", "CALL refresh_everything()")', "CALL statements are not played"),
        ('sql("bad", open("query.txt").read())', "its SQL is not known"),
        ('sql("bad", "INSERT INTO t SELECT x, no_such_function(x) FROM s")', "its first run fails here"),
        ('BashOperator(task_id="bad", bash_command="echo 1 >> /data/log")', "what BashOperator does is not known"),
        ('PythonOperator(task_id="bad", python_callable=lambda: None)', "only with --execute"),
    ],
)
def test_a_task_that_cannot_be_played_says_why_and_the_others_are_played(task: str, reason: str) -> None:
    verdict = verdict_of(f"{task}\n{SOUND}")
    words = {found.task_id: found for found in verdict.tasks}
    assert words["bad"].verdict == "not played"
    assert reason in str(words["bad"].reason)
    assert words["bad"].line is not None
    assert words["load"].verdict == "held"
    assert "bad" in str(verdict.reason)


def test_a_dag_of_which_nothing_is_played_is_never_said_to_hold() -> None:
    verdict = verdict_of('BashOperator(task_id="bad", bash_command="true")')
    assert (verdict.verdict, verdict.histories) == ("not played", 0)


def test_a_statement_that_finds_no_row_is_not_said_to_hold() -> None:
    assert verdict_of("""sql("load", "DELETE FROM t WHERE 1 = 2")""").verdict == "not played"


def test_a_rerun_that_fails_for_good_corrupts_and_tells_the_error() -> None:
    verdict = verdict_of("""sql("make", "CREATE TABLE out_{{ ds_nodash }} AS SELECT id FROM s")""")
    assert verdict.verdict == "corrupts"
    assert verdict.found is not None
    assert "already exists" in str(verdict.found.error)


def test_only_the_task_that_is_wrong_is_blamed() -> None:
    fine = SOUND.replace('"load"', '"fine"').replace("daily", "other")
    verdict = verdict_of(f"{fine} >> {APPEND}")
    assert {task.task_id: task.verdict for task in verdict.tasks} == {"fine": "held", "load": "corrupts"}


def test_columns_that_only_tell_when_a_row_was_written_are_not_compared() -> None:
    body = """sql("load", ["DELETE FROM t WHERE day = '{{ ds }}'", "INSERT INTO t SELECT day, id, now() AS %s FROM s WHERE day = '{{ ds }}'"])"""
    assert verdict_of(body % "loaded_at").verdict == "held"
    assert verdict_of(body % "event_key").verdict == "corrupts"


def test_mapped_sql_tasks_play_each_instance() -> None:
    body = """
    SQLExecuteQueryOperator.partial(task_id="load", conn_id="pg_postgres").expand(
        sql=["INSERT INTO a SELECT '{{ ds }}' AS day", "DELETE FROM b WHERE day = '{{ ds }}'; INSERT INTO b SELECT '{{ ds }}' AS day"]
    )
    """
    verdict = verdict_of(body)
    assert verdict.verdict == "corrupts"
    assert verdict.found is not None
    assert {difference.thing for difference in verdict.found.differences} == {"table a"}


def test_a_stored_history_plays_again() -> None:
    history = History(2, (Settle(2), Elapse(60), Clear(0, "load")), 1)
    assert loaded(dumped(history)) == history
    assert replayed(dag_of(APPEND), Setting(), history).verdict == "corrupts"
    assert replayed(dag_of(SOUND), Setting(), history).verdict == "held"


@pytest.mark.parametrize("data", [None, {}, {"runs": 1, "steps": [{"kind": "unheard"}]}, {"runs": 1, "steps": [{"kind": "attempt"}]}])
def test_what_is_no_history_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="not a history"):
        loaded(data)


def test_the_configured_database_of_a_connection_decides() -> None:
    dag = dag_of(
        """sql("load", ["DELETE FROM t WHERE day = '{{ ds }}'", "INSERT INTO t SELECT day, n FROM s WHERE day = '{{ ds }}'"])""",
        conn_id="warehouse",
    )
    unknown = judged(dag, Setting(), Budget(0))
    assert any("the database of load is not known" in assumption for assumption in unknown.assumptions)
    assert not judged(dag, Setting(connections={"warehouse": "snowflake"}), Budget(0)).assumptions


def test_the_text_names_the_file_the_rows_and_the_way_to_replay() -> None:
    text = "\n".join(dag_lines(verdict_of(APPEND), {None: Path("kept.json")}))
    assert "dag.py: d corrupts" in text
    assert "crashes after its last effect" in text
    assert "written by load, dag.py:9: INSERT INTO daily" in text
    assert "dagcheck rerun --replay kept.json" in text


@settings(max_examples=25, deadline=None)
@given(histories(dag_of(f"{SOUND.replace('load', 'first')} >> {SOUND}", options="max_active_runs=1"), effects={"first": 1, "load": 1}))
def test_every_drawn_history_is_brought_to_the_success_of_all_its_runs(history: History) -> None:
    stage = staged(dag_of(f"{SOUND.replace('load', 'first')} >> {SOUND}", options="max_active_runs=1"), Setting())
    try:
        played = stage.play(history)
        assert played.stuck is None
        assert not stage.differences(history, played.state, stage.reference(history.runs, history.world).state)
    finally:
        stage.close()


def test_a_sql_function_that_returns_a_text_is_played(tmp_path: Path) -> None:
    file = tmp_path / "d.py"
    file.write_text(
        "from datetime import datetime\nfrom airflow.sdk import DAG, task\n\n"
        "with DAG('d', schedule='@daily', start_date=datetime(2024, 1, 1)):\n"
        "    @task.sql(conn_id='pg_postgres')\n    def load():\n        '''Appends.'''\n"
        "        return \"INSERT INTO t SELECT id FROM s WHERE day = '{{ ds }}'\"\n    load()\n"
    )
    (shown,) = dagcheck.show([file], config={}).files
    verdict = judged(shown.dags[0], Setting(), Budget(0))
    assert (verdict.verdict, verdict.reason) == ("corrupts", None)
    assert verdict.found is not None
    assert verdict.found.blame[0].line == 8


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", "did not end within 1 s"),
        ("INSERT INTO t SELECT '{{ 'x' * 10000000 }}'", "too large"),
        ("INSERT INTO t SELECT {{ 9 ** 99999999 }}", "too large"),
    ],
)
def test_sql_and_templates_that_never_end_are_broken_off(sql: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagcheck.harness.sql.engine.LIMIT_SECONDS", 1.0)
    (found,) = judged(dag_of(f'sql("bad", """{sql}""")'), Setting(), Budget(0)).tasks
    assert found.verdict == "not played"
    assert reason in str(found.reason)


def test_the_dag_s_own_macros_are_given_and_its_functions_are_not() -> None:
    macros = "user_defined_macros={'table': 'daily', 'schema': open('x').read(), 'tomorrow': lambda ds: ds}"
    body = """sql("load", "INSERT INTO {{ schema }}.{{ table }} SELECT day FROM events WHERE day = '{{ ds }}'")\nsql("other", "DELETE FROM t WHERE d = '{{ tomorrow(ds) }}'")"""
    verdict = verdict_of(body, options=macros)
    assert verdict.found is not None
    assert [difference.thing for difference in verdict.found.differences] == ["table schema.daily"]
    assert "macro schema is answered by its own name" in verdict.assumptions
    assert "'tomorrow' is undefined" in str(verdict.tasks[1].reason)
