"""A secret that is made at run time is in no output, whatever goes wrong; neither as it is nor as base64, in a URL or escaped."""

import base64
import json
import random
import string
from pathlib import Path
from urllib.parse import quote

import pytest

from dagcheck.rule import FileContext
from tests.cli.conftest import GOOD, Folder, folder

__all__ = ["folder"]

PLACES = {
    "an argument": "BashOperator(task_id='a', bash_command='true', env={{'DB_PASSWORD': {secret}}})",
    "a variable": "password = {secret}\nBashOperator(task_id='a', bash_command='true', env={{'X': password}})",
    "a dict": "config = {{'password': {secret}, 'user': 'x'}}\nBashOperator(task_id='a', bash_command='true', params=config)",
    "default_args": "DAG('other', schedule=None, default_args={{'password': {secret}}})",
    "a default": "def connect(password={secret}):\n    return password",
    "a command": "BashOperator(task_id='a', bash_command='mysql --password=' + {secret} + ' -e 1')",
    "a URI": "url = 'postgresql://user:' + {secret} + '@host/db'\nBashOperator(task_id='a', bash_command=url)",
    "a joined URI": "password = {secret}\nurl = f'postgresql://user:{{password}}@host/db'\nBashOperator(task_id='a', bash_command=url)",
    "an error": "password = {secret}\nraise ValueError('no ' + password)",
}
COMMANDS = (
    *(
        ("check", "dags", "--no-cache", "--format", form)
        for form in ("full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")
    ),
    ("check", "dags", "--diff", "--unsafe-fixes"),
    ("check", "dags", "--write-baseline", "known.json"),
    ("show", "dags"),
    ("show", "dags", "--format", "json"),
    ("show", "dags", "--doubts"),
    ("graph", "dags"),
    ("simulate", "dags", "--format", "json"),
)


def made_up(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=22)) + "+/é7"


def forms(secret: str) -> set[str]:
    return {
        secret,
        json.dumps(secret)[1:-1],
        ascii(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        base64.b64encode(secret.encode()).decode().rstrip("="),
    }


def project(folder: Folder, place: str, secret: str) -> None:
    body = PLACES[place].format(secret=repr(secret)).replace("\n", "\n    ")
    text = GOOD.replace("from airflow.sdk", "from airflow.providers.standard.operators.bash import BashOperator\nfrom airflow.sdk")
    folder.write("dags/good.py", f"{text}\n    {body}\n")


@pytest.mark.parametrize("place", PLACES)
def test_no_command_tells_a_secret(folder: Folder, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = made_up(random.Random(place))
    cache = folder.path / "cache"
    monkeypatch.setenv("DAGCHECK_CACHE_DIR", str(cache))
    project(folder, place, secret)
    for command in (*COMMANDS, ("check", "dags")):
        answer = folder.run(*command)
        told = [form for form in forms(secret) if form in answer.out + answer.err]
        assert told == [], (command, answer.out, answer.err)
    written = [path for path in (folder.path / "known.json", *cache.rglob("*")) if path.is_file()]
    assert written
    assert [path for path in written for form in forms(secret) if form.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    "rule",
    [
        "dagcheck_rules.structure.cyclic_dependency:CyclicDependency.check_dag",
        "dagcheck_rules.security.hardcoded_secret:HardcodedSecret.check_file",
    ],
)
def test_a_crash_tells_no_secret(folder: Folder, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    secret = made_up(random.Random(rule))
    project(folder, "an argument", secret)
    target = rule.replace(":", ".")

    def crash(self: object, looked_at: object, context: FileContext) -> list[object]:
        raise LookupError(f"not known: {Path(folder.path / 'dags/good.py').read_text()}")

    monkeypatch.setattr(target, crash)
    answer = folder.run("check", "dags", "--no-cache", "--jobs", "1")
    assert answer.status == 2
    assert "LookupError" in answer.err
    assert [form for form in forms(secret) if form in answer.out + answer.err] == []
