"""`dagcheck rerun` from the command line."""

from __future__ import annotations

import json

from tests.cli.conftest import Folder

HEAD = """\
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.python import PythonOperator

"""
BAD = (
    HEAD
    + """\
with DAG("sales", schedule="@daily", start_date=datetime(2024, 1, 1)):
    SQLExecuteQueryOperator(
        task_id="load",
        conn_id="pg_postgres",
        sql=\"\"\"
        INSERT INTO daily (day, total)
        SELECT day, SUM(n) FROM orders WHERE day = '{{ ds }}' GROUP BY day
        \"\"\",
    )
"""
)
GOOD = BAD.replace("INSERT INTO daily", "DELETE FROM daily WHERE day = '{{ ds }}';\n        INSERT INTO daily").replace(
    '"sales"', '"sound"'
)


def test_a_dag_that_corrupts_is_told_stored_and_played_again(folder: Folder) -> None:
    folder.write("dags/sales.py", BAD)
    answer = folder.run("rerun", "dags")
    assert answer.status == 1
    assert "dags/sales.py: sales corrupts" in answer.out
    assert "written by load, dags/sales.py:11: INSERT INTO daily" in answer.out
    stored = folder.path / ".dagcheck" / "rerun" / "sales.json"
    assert json.loads(stored.read_text())["dag_id"] == "sales"
    again = folder.run("rerun", "--replay", str(stored))
    assert again.status == 1
    assert "table daily: 1 row too many" in again.out
    folder.write("dags/sales.py", GOOD.replace('"sound"', '"sales"'))
    assert folder.run("rerun", "--replay", str(stored)).status == 0


def test_a_dag_that_holds_is_exit_status_0_and_says_how_much_was_played(folder: Folder) -> None:
    folder.write("sound.py", GOOD)
    answer = folder.run("rerun", "--examples", "20", "--seed", "4", "sound.py")
    assert (answer.status, answer.err) == (0, "")
    assert "histories with seed 4: " in answer.out
    assert "1 DAG: 1 held" in answer.out


def test_json_is_the_report(folder: Folder) -> None:
    folder.write("sales.py", BAD)
    answer = folder.run("rerun", "--format", "json", "--dag", "sales", "sales.py")
    report = json.loads(answer.out)
    assert (answer.status, report["version"], report["airflow"]) == (1, 1, "3.3")
    (dag,) = report["dags"]
    assert (dag["dag_id"], dag["verdict"]) == ("sales", "corrupts")
    assert dag["found"]["differences"][0]["columns"] == ["day", "total"]
    assert dag["found"]["blame"][0]["line"] == 11


def test_only_the_asked_dag_and_task_are_played(folder: Folder) -> None:
    folder.write("sales.py", BAD)
    folder.write("sound.py", GOOD)
    answer = folder.run("rerun", "--dag", "sound", "--examples", "5")
    assert answer.status == 0
    assert "sales" not in answer.out
    assert folder.run("rerun", "--dag", "nowhere").status == 2
    nearly = folder.run("rerun", "--dag", "soundd")
    assert (nearly.status, nearly.out) == (2, "")
    assert "no DAG is called 'soundd' here; did you mean 'sound'?" in nearly.err
    assert "no task is called 'laod' here; did you mean 'load'?" in folder.run("rerun", "--task", "laod", "sales.py").err
    assert folder.run("rerun", "--task", "load", "--examples", "5", "sales.py").status == 1


def test_python_runs_only_when_asked_in_so_many_words(folder: Folder) -> None:
    mark = folder.path / "it-ran"
    folder.write(
        "py.py",
        HEAD
        + f"""
open({str(mark)!r}, "a").close()
def append(ds):
    with open("log.csv", "a") as file:
        file.write(ds)
with DAG("py", schedule="@daily", start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="append", python_callable=append)
""",
    )
    plain = folder.run("rerun", "py.py")
    assert plain.status == 0
    assert "only with --execute" in plain.out
    executed = folder.run("rerun", "--execute", "--examples", "0", "py.py")
    assert executed.status == 1
    assert "file log.csv" in executed.out
    assert not mark.exists()


def test_bad_usage_and_bad_replay_files_are_exit_status_2(folder: Folder) -> None:
    folder.write("bad.json", "{}")
    assert folder.run("rerun", "--replay", "bad.json").status == 2
    assert folder.run("rerun", "--replay", "nowhere.json").status == 2
    assert folder.run("rerun", "nowhere.py").status == 2
    assert folder.run("rerun", "--examples", "-1").status == 2


def test_a_file_that_does_not_parse_is_named_and_the_others_are_played(folder: Folder) -> None:
    folder.write("dags/broken.py", "from airflow import DAG\nwith DAG(\n")
    folder.write("dags/sound.py", GOOD)
    answer = folder.run("rerun", "--examples", "5", "dags")
    assert answer.status == 2
    assert "dags/broken.py:2" in answer.err
    assert "sound held" in answer.out


def test_the_sql_of_a_template_file_is_found_and_blamed_by_its_own_line(folder: Folder) -> None:
    folder.write(
        "dags/sql/load.sql",
        "-- one row a day\nINSERT INTO daily\nSELECT '{{ ds }}' AS day, COUNT(*) AS n FROM orders WHERE day = '{{ ds }}'\n",
    )
    folder.write(
        "dags/sales.py",
        HEAD
        + """
with DAG("sales", schedule="@daily", start_date=datetime(2024, 1, 1), template_searchpath="sql"):
    SQLExecuteQueryOperator(task_id="load", conn_id="pg_postgres", sql="load.sql")
""",
    )
    answer = folder.run("rerun", "dags")
    assert answer.status == 1
    assert "load.sql:2: INSERT INTO daily" in answer.out


def test_a_configured_connection_decides_on_the_dialect(folder: Folder) -> None:
    folder.write("dagcheck.toml", '[connections]\nwarehouse = "bigquery"\n')
    source = BAD.replace("pg_postgres", "warehouse").replace("INSERT INTO daily (day, total)", "INSERT INTO `shop.mart.daily` (day, total)")
    folder.write("sales.py", source)
    answer = folder.run("rerun", "sales.py")
    assert "table mart.daily" in answer.out
    assert "is not known" not in answer.out


def test_a_secret_in_the_sql_is_not_shown(folder: Folder) -> None:
    secret = "AKIAIOSFODNN7QXZ4T2P"
    folder.write(
        "sales.py", BAD.replace("SELECT day, SUM(n)", f"SELECT '{secret}' AS key, day, SUM(n)").replace("(day, total)", "(key, day, total)")
    )
    for form in ("text", "json"):
        answer = folder.run("rerun", "--format", form, "sales.py")
        assert answer.status == 1
        assert secret not in answer.out + answer.err
        assert "***" in answer.out


def test_dags_of_one_id_and_tasks_with_histories_of_their_own_are_stored_apart(folder: Folder) -> None:
    second = (
        '    SQLExecuteQueryOperator(task_id="add", conn_id="pg_postgres", sql="UPDATE stats SET n = n + 1 WHERE day = \'{{ ds }}\'")\n'
    )
    folder.write("one.py", BAD + second)
    folder.write("two.py", BAD)
    answer = folder.run("rerun", "--examples", "0", "one.py", "two.py")
    folder_of_stored = folder.path / ".dagcheck" / "rerun"
    assert sorted(file.name for file in folder_of_stored.iterdir()) == ["sales.add.json", "sales.json", "sales.two.json"]
    for name, table in (("sales", "table daily: "), ("sales.two", "table daily: "), ("sales.add", "table stats: ")):
        assert f"rerun --replay .dagcheck/rerun/{name}.json" in answer.out.replace("\\", "/")
        assert table in folder.run("rerun", "--replay", str(folder_of_stored / f"{name}.json")).out


def test_a_history_that_cannot_be_played_as_it_was_is_refused(folder: Folder) -> None:
    folder.write("sales.py", BAD)
    folder.run("rerun", "--examples", "0", "sales.py")
    stored = folder.path / ".dagcheck" / "rerun" / "sales.json"
    folder.write("sales.py", BAD.replace('"load"', '"fill"'))
    renamed = folder.run("rerun", "--replay", str(stored))
    assert (renamed.status, renamed.out) == (2, "")
    assert "the history speaks of load, which DAG 'sales' has no more" in renamed.err
    folder.write("sales.py", BAD)
    stored.write_text(json.dumps({**json.loads(stored.read_text()), "execute": True}))
    assert "add --execute" in folder.run("rerun", "--replay", str(stored)).err


def test_what_a_callable_says_of_a_secret_is_not_told(folder: Folder) -> None:
    secret = "hunter2-very-" + "secret-9931"
    folder.write(
        "py.py",
        HEAD
        + f"def act():\n    raise ValueError('password=' + '{secret[:9]}' + '{secret[9:]}')\n\n"
        + 'with DAG("d", schedule=None):\n    PythonOperator(task_id="act", python_callable=act)\n',
    )
    for form in ("text", "json"):
        answer = folder.run("rerun", "--execute", "--format", form, "py.py")
        assert "ValueError: password=***" in answer.out
        assert secret not in answer.out + answer.err
