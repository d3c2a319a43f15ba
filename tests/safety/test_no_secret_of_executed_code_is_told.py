"""What DAG files say of their secrets while they are run, by `rerun --execute` or by a real Airflow for `verify`, is in no output and in nothing that is kept."""

import json
import random
import stat
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Folder, folder
from tests.safety.made_up import forms, machine_made, password

__all__ = ["folder"]

EXECUTED = """\
import os
import sys
from datetime import datetime

from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

password = {password!r}
token = {token!r}
setting = os.environ["SERVICE_PASSWORD"]
variable = Variable.get("service_token")


def say():
    print("password is", password, file=sys.stderr)
    print(token, setting, variable)
    return {{"token": token, "password": password}}


def write(ds):
    with open("out.csv", "a") as file:
        file.write(f"{{ds}},{{password}},{{token}},{{setting}},{{variable}}\\n")


def raise_plainly():
    raise ValueError("cannot log in with " + password)


def raise_deeply():
    try:
        raise LookupError({{"token": token, "setting": setting}})
    except LookupError as error:
        raise RuntimeError(f"{{variable}} {{error!r}} {{password.encode()!r}}") from error


def leave():
    sys.exit("password=" + setting + " token=" + variable)


with DAG("executed", schedule="@daily", start_date=datetime(2024, 1, 1)):
    for function in (say, write, raise_plainly, raise_deeply, leave):
        PythonOperator(task_id=function.__name__, python_callable=function)
"""

LOADED = """\
from airflow import DAG
from airflow.operators.bash import BashOperator

password = {password!r}
with DAG("loaded", schedule=None, tags=[password]) as dag:
    BashOperator(task_id="a", bash_command="curl -u user:" + password, env={{"API_TOKEN": {token!r}}}, pool={token!r})
"""


def made_up(seed: int) -> tuple[list[str], dict[str, str]]:
    """Secrets, and what a DAG file and its configuration say of them."""
    chance = random.Random(seed)
    secrets = [password(chance), machine_made(chance), password(chance), machine_made(chance)]
    return secrets, {"password": secrets[0], "token": secrets[1]}


def configure(folder: Folder, secrets: list[str]) -> None:
    folder.write(
        "dagcheck.toml",
        f'dags = ["dags"]\n[env]\nSERVICE_PASSWORD = {json.dumps(secrets[2])}\n[variables]\nservice_token = {json.dumps(secrets[3])}\n',
    )


def told(text: str, secrets: list[str]) -> list[str]:
    return [form for secret in secrets for form in forms(secret) if form in text]


def kept(path: Path) -> str:
    return "\n".join(file.read_bytes().decode("latin-1") for file in path.rglob("*") if file.is_file())


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_executed_tasks_say_of_secrets_is_not_told_and_not_kept(folder: Folder, form: str) -> None:
    secrets, texts = made_up(7)
    configure(folder, secrets)
    folder.write("dags/executed.py", EXECUTED.format(**texts))
    answer = folder.run("rerun", "--execute", "--examples", "3", "--seconds", "20", "--format", form, "--save", "kept")
    assert answer.status == 1, answer.err
    assert "write" in answer.out
    assert "ValueError" in answer.out
    assert "Traceback" not in answer.err
    assert told(answer.out + answer.err, secrets) == []
    saved = kept(folder.path / "kept")
    assert saved
    assert told(saved, secrets) == []
    for file in (folder.path / "kept").iterdir():
        again = folder.run("rerun", "--execute", "--replay", str(file), "--format", form)
        assert told(again.out + again.err, secrets) == []


def interpreter(folder: Folder, secrets: list[str]) -> str:
    """An interpreter whose Airflow, asked for files, tells their secrets wherever there is room for a text."""
    task = {
        "operator": secrets[1],
        "mapped": False,
        "trigger_rule": secrets[0],
        "retries": 3,
        "pool": secrets[1],
        "owner": secrets[0],
        "setup": False,
        "teardown": False,
    }
    dag = {
        "dag_id": "loaded", "schedule": {"kind": "cron", "expression": secrets[0], "seconds": None, "timetable": secrets[1]}, "timezone": secrets[0],
        "start_date": None, "end_date": None, "catchup": True, "max_active_runs": 1, "tags": [secrets[0], "x" + secrets[1]],
        "tasks": {"a": task, secrets[1]: task}, "edges": [["a", secrets[1]]], "groups": [secrets[0]],
    }  # fmt: skip
    path = folder.path / "python"
    errors = [f"KeyError: password={secrets[0]} token {secrets[1]}"]
    path.write_text(
        f"#!{sys.executable}\nimport json, sys\nasked = json.load(sys.stdin)\nprint({secrets[0]!r}, file=sys.stderr)\n"
        f"files = [{{'path': path, 'dags': [{dag!r}, {dict(dag, dag_id='more-' + secrets[1])!r}], 'errors': {errors!r}}} for path in asked['files']]\n"
        "print(json.dumps({'airflow': '3.3.2', 'files': files}))\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_real_airflow_says_of_the_secrets_of_a_file_is_not_told(folder: Folder, form: str) -> None:
    secrets, texts = made_up(8)
    configure(folder, secrets)
    folder.write("dags/loaded.py", LOADED.format(**texts))
    answer = folder.run("verify", "--python", interpreter(folder, secrets), "--format", form)
    assert answer.status == 1, answer.err
    assert "catchup" in answer.out
    assert "***" in answer.out
    assert told(answer.out + answer.err, secrets) == []


@pytest.mark.parametrize(
    "deed", ["print({0!r}, file=sys.stderr)\nsys.exit({0!r})", "raise ValueError('password=' + {0!r})", "print('password=' + {0!r})"]
)
def test_an_interpreter_that_fails_tells_no_secret(folder: Folder, deed: str) -> None:
    secrets, texts = made_up(9)
    configure(folder, secrets)
    folder.write("dags/loaded.py", LOADED.format(**texts))
    path = folder.path / "python"
    path.write_text(f"#!{sys.executable}\nimport sys\n{deed.format(secrets[0])}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    answer = folder.run("verify", "--python", str(path))
    assert answer.status == 2
    assert 'Traceback (most recent call last):\n  File "/' not in answer.out
    assert told(answer.out + answer.err, secrets) == []
