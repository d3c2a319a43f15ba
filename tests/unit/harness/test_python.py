"""Python tasks in child processes: what they leave is seen, what they must not do is contained."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import dagcheck
from dagcheck.harness.judge import judged
from dagcheck.harness.python.moving import moves
from dagcheck.harness.python.wire import Broken, Late, Line, plain, value_of
from dagcheck.harness.search import Budget
from dagcheck.harness.setting import Setting
from dagcheck.harness.verdict import DagVerdict

HEAD = """\
import os
from datetime import datetime
from pathlib import Path
from airflow.sdk import DAG, Variable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
"""
SOUND = """
    @task
    def sound(ds=None):
        Path(f"{ds}.txt").write_text(ds)
    sound()
"""


def verdict_of(folder: Path, body: str, examples: int = 0) -> DagVerdict:
    file = folder / "d.py"
    file.write_text(HEAD + body)
    (shown,) = dagcheck.show([file], config={}).files
    (dag,) = shown.dags
    return judged(dag, Setting(execute=True), Budget(examples, 20.0))


def task(body: str) -> str:
    return "\n    @task\n    def bad(ds=None):\n" + "\n".join(f"        {line}" for line in body.splitlines()) + "\n    bad()\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os._exit(7)", "ended its process with status 7"),
        ("block = bytearray(3 * 1024 ** 3)", "MemoryError"),
        ("import socket\nsocket.create_connection(('example.org', 80))", "the harness refuses the network"),
        ("os.system('true')", "the harness refuses another process"),
        ("import subprocess\nsubprocess.run(['true'])", "the harness refuses another process"),
        ("raise ValueError('no rows today')", "ValueError: no rows today (line 13)"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("from airflow.providers.http.hooks.http import HttpHook\nHttpHook().run('/x')", "what HttpHook.run does is not known"),
        ("import package_that_is_nowhere\npackage_that_is_nowhere.Client()", "needs package_that_is_nowhere, which is not installed here"),
        ("PostgresHook('dwh').run('INSERT INTO t VALUES (')", "does not parse"),
        ("Variable.get('of-no-such-name')", "Variable of-no-such-name does not exist"),
    ],
)
def test_a_callable_that_goes_wrong_is_contained_and_the_others_are_played(tmp_path: Path, body: str, reason: str) -> None:
    verdict = verdict_of(tmp_path, task(body) + SOUND)
    words = {found.task_id: found for found in verdict.tasks}
    assert words["bad"].verdict == "not played"
    assert reason in str(words["bad"].reason)
    assert words["sound"].verdict == "held"


def test_a_callable_that_loops_for_ever_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagcheck.harness.python.actor.ATTEMPT_SECONDS", 1.0)
    verdict = verdict_of(tmp_path, task("while True:\n    pass") + SOUND)
    words = {found.task_id: found for found in verdict.tasks}
    assert "did not end within 1 s" in str(words["bad"].reason)
    assert words["sound"].verdict == "held"


def test_a_file_that_cannot_be_read_by_the_child_says_where(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, SOUND + "\n\nif os.getpid():\n    raise RuntimeError('not today')\n")
    (found,) = verdict.tasks
    assert (found.verdict, found.line) == ("not played", 18)
    assert "reading the file fails: RuntimeError: not today" in str(found.reason)


def test_writes_outside_of_the_scratch_root_land_inside(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    body = f"with open({str(outside)!r}, 'a') as file:\n    file.write(ds)\nos.makedirs('/data/dagcheck-test/deep', exist_ok=True)"
    verdict = verdict_of(tmp_path, task(body))
    assert verdict.verdict == "corrupts"
    assert verdict.found is not None
    assert [difference.thing for difference in verdict.found.differences] == [f"file {outside}"]
    assert not outside.exists()
    assert not Path("/data/dagcheck-test").exists()


def test_nothing_that_a_callable_prints_and_no_environment_reaches_the_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "hunter2-is-secret")
    body = "print('hunter2-is-secret')\nos.write(2, b'hunter2-is-secret')\nPath('seen').write_text(os.environ.get('WAREHOUSE_PASSWORD', 'nothing'))"
    verdict = verdict_of(tmp_path, task(body))
    assert "hunter2" not in "".join(capfd.readouterr())
    assert "hunter2" not in verdict.model_dump_json()
    assert verdict.verdict == "held"


def test_the_context_comes_as_arguments_and_by_get_current_context(tmp_path: Path) -> None:
    body = """
    @task
    def write(ds=None, data_interval_end=None, **context):
        now = get_current_context()
        assert now["ds"] == ds == context["ti"].dag_run.logical_date.strftime("%Y-%m-%d"), ds
        assert context["ti"].task_id == "write"
        Path(f"{ds}-{data_interval_end:%H}.txt").write_text(now["run_id"])
    write()
"""
    assert verdict_of(tmp_path, body).verdict == "held"


def test_the_clock_and_chance_are_the_harness_s(tmp_path: Path) -> None:
    clock = "import time\nPath(f'{datetime.now():%Y-%m-%d}').touch()\nassert abs(time.time() - datetime.now().timestamp()) < 1"
    body = f"import random\nimport uuid\n{clock}\nassert datetime.now().year == 2024"
    verdict = verdict_of(tmp_path, task(body))
    assert verdict.verdict == "corrupts"
    again = verdict_of(tmp_path, task(body))
    assert again.found == verdict.found


def test_values_go_from_task_to_task_and_into_templates(tmp_path: Path) -> None:
    body = """
    @task
    def count(ds=None):
        return {"day": ds, "n": 3}
    @task
    def write(found):
        Path(found["day"]).write_text(str(found["n"]))
    found = count()
    write(found)
    found >> SQLExecuteQueryOperator(
        task_id="keep", conn_id="pg_postgres", sql="INSERT INTO kept (day, n) VALUES ('{{ ds }}', {{ ti.xcom_pull(task_ids='count')['n'] }})"
    )
"""
    verdict = verdict_of(tmp_path, body)
    assert {task.task_id: task.verdict for task in verdict.tasks} == {"count": "held", "write": "held", "keep": "corrupts"}


def test_a_skipped_task_skips_what_is_below(tmp_path: Path) -> None:
    body = """
    @task
    def never():
        raise AirflowSkipException("nothing to do")
    @task
    def below():
        with open("log", "a") as file:
            file.write("x")
    never() >> below()
"""
    verdict = verdict_of(tmp_path, body)
    assert verdict.verdict != "corrupts"


def test_a_crash_between_two_commits_is_found(tmp_path: Path) -> None:
    body = """
    @task
    def move(ds=None):
        connection = PostgresHook("dwh").get_conn()
        cursor = connection.cursor()
        cursor.execute("INSERT INTO moved (day) VALUES (%s)", (ds,))
        connection.commit()
        cursor.execute("DELETE FROM moved WHERE day <> %s", (ds,))
        connection.commit()
    move()
"""
    verdict = verdict_of(tmp_path, body)
    assert verdict.verdict == "corrupts"
    assert verdict.found is not None
    assert verdict.found.blame[0].line in (15, 17)


def test_a_temporary_file_is_no_part_of_the_world(tmp_path: Path) -> None:
    body = "import tempfile\nwith tempfile.NamedTemporaryFile('w', delete=False) as file:\n    file.write('x')\nPath(ds).write_text(Path(file.name).read_text())"
    assert verdict_of(tmp_path, task(body)).verdict == "held"


def test_words_of_clock_and_chance_are_looked_for_in_what_a_function_uses(tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_text(
        "import helper\nLIMIT = 3\ndef stamp():\n    return now()\ndef still():\n    return LIMIT\ndef moved():\n    return stamp()\n"
    )
    assert moves(file, 5, 6, ()) == (False, False)
    assert moves(file, 7, 8, ()) == (True, False)
    (tmp_path / "helper.py").write_text("import random\n")
    (tmp_path / "other").mkdir()
    copy = tmp_path / "other" / "m.py"
    copy.write_text(file.read_text())
    assert moves(copy, 5, 6, (tmp_path,)) == (True, True)


def test_messages_keep_their_values() -> None:
    import datetime
    from decimal import Decimal

    values = [
        None,
        True,
        1,
        1.5,
        "x",
        b"\x00",
        Decimal("1.10"),
        datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
        datetime.date(2024, 1, 1),
        (1, [2]),
        {"a": {1: 2}},
    ]
    assert value_of(plain(values)) == values


def test_a_line_that_breaks_or_is_late_says_so() -> None:
    reading, writing = os.pipe()
    line = Line(reading, writing)
    with pytest.raises(Late):
        line.receive(0.01)
    os.close(writing)
    with pytest.raises(Broken):
        line.receive(0.01)
    os.close(reading)


def verdict_of_task(folder: Path, body: str) -> str:
    (verdict,) = verdict_of(folder, task(body)).tasks
    return verdict.verdict


def test_a_folder_is_removed_with_all_that_is_in_it(tmp_path: Path) -> None:
    fresh = (
        "import shutil\nshutil.rmtree(f'/data/{ds}', ignore_errors=True)\nos.mkdir(f'/data/{ds}')\nPath(f'/data/{ds}/a.txt').write_text(ds)"
    )
    assert verdict_of_task(tmp_path, fresh) == "held"


def test_an_empty_folder_is_there_in_the_next_attempt(tmp_path: Path) -> None:
    lock = "os.mkdir('/data/lock')\nPath(f'/data/{ds}.txt').write_text(ds)\nos.rmdir('/data/lock')"
    verdict = verdict_of(tmp_path, task(lock))
    assert verdict.verdict == "corrupts"
    assert verdict.found is not None
    assert "File exists: '/data/lock'" in (verdict.found.error or "")


def test_the_same_pairs_on_a_shelf_are_the_same_file(tmp_path: Path) -> None:
    assert verdict_of_task(tmp_path, "import shelve\nwith shelve.open('state') as shelf:\n    shelf[ds] = [ds]") == "held"
    assert (
        verdict_of_task(tmp_path, "import shelve\nwith shelve.open('state') as shelf:\n    shelf['n'] = shelf.get('n', 0) + 1")
        == "corrupts"
    )


def test_a_table_that_a_callable_looks_into_before_it_writes_is_not_full_already(tmp_path: Path) -> None:
    guarded = """hook = PostgresHook('dwh')
if not hook.get_first("SELECT 1 FROM loads WHERE day = %s", parameters=(ds,)):
    hook.insert_rows("loads", [(ds, 1), (ds, 2)], target_fields=["day", "n"], commit_every=1)"""
    assert verdict_of_task(tmp_path, guarded) == "corrupts"


def test_an_xcom_of_an_earlier_run_is_pulled_only_when_asked_for(tmp_path: Path) -> None:
    pulled = "before = get_current_context()['ti'].xcom_pull(task_ids='bad'{more})\nPath(f'{{ds}}.txt').write_text(str(before))\nreturn ds"
    assert verdict_of_task(tmp_path, pulled.format(more="")) == "held"
    assert verdict_of_task(tmp_path, pulled.format(more=", include_prior_dates=True")) == "corrupts"


def test_what_was_refused_is_told_though_the_callable_hides_it(tmp_path: Path) -> None:
    body = "import socket\ntry:\n    socket.create_connection(('example.org', 80))\nexcept OSError:\n    pass\nPath(f'{ds}.txt').write_text(ds)"
    verdict = verdict_of(tmp_path, task(body))
    assert verdict.verdict == "held"
    assert verdict.notes == ("bad was refused the network (look up example.org), line 15",)


def test_a_callable_that_sleeps_finds_that_the_time_has_passed(tmp_path: Path) -> None:
    body = "import time\nbegan = datetime.now()\ntime.sleep(7200)\nPath(f'{ds}.txt').write_text(str((datetime.now() - began).total_seconds() >= 7200))"
    verdict = verdict_of(tmp_path, task(body + "\nassert Path(f'{ds}.txt').read_text() == 'True'"))
    assert (verdict.verdict, verdict.reason) == ("held", None)


OWN = """
from airflow.sdk import BaseOperator, TaskGroup
class Load(BaseOperator):
    template_fields = ("day",)
    def __init__(self, table, clean=False, day="{{ ds }}", **kwargs):
        super().__init__(**kwargs)
        self.table, self.clean, self.day = table, clean, day
    def execute(self, context):
        self.log.info("loading %s of %s", self.table, context["ds"])
        hook = PostgresHook("dwh")
        if self.clean:
            hook.run(f"DELETE FROM {self.table} WHERE day = %s", parameters=(self.day,))
        hook.run(f"INSERT INTO {self.table} (day, amount) SELECT day, amount FROM sales WHERE day = %s", parameters=(self.day,))
class Tell(BaseOperator):
    def execute(self, context):
        self.notify("done")
class Stored(SQLExecuteQueryOperator):
    pass
class Nothing(BaseOperator):
    pass
@task
def named():
    return "t"
with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
    Load(task_id="plain", table="a")
    for name in ("x", "y"):
        with TaskGroup(name):
            Load(task_id="clean", table=name, clean=True)
    Load(task_id="later", table=named(), day=named())
    Tell(task_id="tell")
    Nothing(task_id="nothing")
"""


def test_a_file_that_is_read_again_may_ask_anything_of_its_operators(tmp_path: Path) -> None:
    body = """
    @task
    def sound(ds=None):
        Path(f"{ds}.txt").write_text(ds)
    SQLExecuteQueryOperator(task_id="before", conn_id="pg", sql="SELECT 1").as_setup() >> sound()
STARTED = datetime.now()
"""
    assert {task.task_id: task.verdict for task in verdict_of(tmp_path, body).tasks} == {"before": "held", "sound": "held"}


def test_operators_of_the_project_s_own_are_executed(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(HEAD.partition("with DAG")[0] + OWN)
    (dag,) = dagcheck.show([tmp_path / "d.py"], config={}).files[0].dags
    tasks = {task.task_id: task for task in judged(dag, Setting(execute=True), Budget(0, 30.0)).tasks}
    assert {name: task.verdict for name, task in tasks.items()} == {
        "plain": "corrupts", "x.clean": "held", "y.clean": "held", "later": "not played", "tell": "not played", "nothing": "not played", "named": "held", "named__1": "held",
    }  # fmt: skip
    assert [tasks[name].reason for name in ("later", "tell", "nothing")] == [
        "its argument day is known at run time only",
        "what Tell.notify is, is not known to the harness",
        "what Nothing does is not known to the harness",
    ]
    plain = {task.task_id: task.reason for task in judged(dag, Setting(), Budget(0, 30.0)).tasks}
    assert plain["plain"] == "Load is an operator of the project's own, which is played only with --execute"
