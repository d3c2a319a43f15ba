"""Nothing that is read is ever a pipe, a device or a socket: a run that met one would wait for it, or fill the memory, for ever."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagcheck import witness
from tests.cli.conftest import GOOD, Folder, folder

__all__ = ["folder"]

READING = """\
import json, os, pathlib, yaml
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from dotenv import load_dotenv
import helper

here = os.path.dirname(__file__)
load_dotenv(os.path.join(here, ".env"))
with DAG("reading", schedule=None, template_searchpath=[here]) as dag:
    BashOperator(task_id="a", bash_command="script.sh")
    SQLExecuteQueryOperator(task_id="b", conn_id="c", sql="query.sql")
settings = yaml.safe_load(open(os.path.join(here, "settings.yml")))
manifest = json.loads(pathlib.Path(here, "manifest.json").read_text())
"""

PLACES = {
    "a DAG file": "dags/other.py",
    "a helper": "dags/helper.py",
    "a data file": "dags/settings.yml",
    "a manifest": "dags/manifest.json",
    "an environment file": "dags/.env",
    "a template": "dags/query.sql",
    "a script": "dags/script.sh",
    "Airflow's ignore file": "dags/.airflowignore",
    "git's ignore file": ".gitignore",
    "git's folder": ".git",
    "requirements": "requirements.txt",
    "the configuration": "dagcheck.toml",
    "the project's file": "pyproject.toml",
}

COMMANDS = (
    ("check", "dags", "--no-cache", "--jobs", "1"),
    ("show", "dags"),
    ("rerun", "dags", "--examples", "1", "--seconds", "0.1"),
)


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """Waiting ends the test, and not the whole suite with it."""

    def ring(*_: object) -> None:
        raise AssertionError("waited for a pipe or a device")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(path.parent)  # the names of sockets are short
        try:
            server.bind(path.name)
        finally:
            os.chdir(before)


KINDS: dict[str, Callable[[Path], None]] = {"pipe": pipe, "device": device, "socket": listening}


@pytest.mark.parametrize("kind", KINDS)
def test_no_command_waits_for_what_is_no_file(folder: Folder, kind: str) -> None:
    for number, place in enumerate(PLACES.values()):
        base = f"project{number}"
        for name, text in {"dags/good.py": GOOD, "dags/reading.py": READING, "dags/helper.py": "", place: ""}.items():
            folder.write(f"{base}/{name}", text)
        (folder.path / base / place).unlink()
        KINDS[kind](folder.path / base / place)
    answer = folder.run("check", *(f"project{number}/dags" for number in range(len(PLACES) - 2)), "--no-cache", "--jobs", "1")
    assert answer.status in (1, 2)
    assert "project0/dags/other.py" not in answer.out  # Airflow looks at regular files alone
    for number, what in list(enumerate(PLACES))[-2:]:
        refused = folder.run("check", f"project{number}/dags", "--no-cache", "--jobs", "1")
        assert (refused.status, what, "is no regular file" in refused.err) == (2, what, True), refused.err


@pytest.mark.parametrize("kind", KINDS)
def test_show_and_rerun_wait_for_nothing(folder: Folder, kind: str) -> None:
    folder.write("dags/reading.py", READING)
    folder.write("dags/rendering.py", READING.partition("settings =")[0])
    for place in list(PLACES.values())[1:8]:
        KINDS[kind](folder.path / place)
    for command in COMMANDS[1:]:
        answer = folder.run(*command)
        assert "rendering" in answer.out
        assert "Traceback" not in answer.err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "command",
    [
        ("check", "dags", "--config", "thing"),
        ("check", "dags", "--no-cache", "--baseline", "thing"),
        ("rerun", "--replay", "thing"),
        ("config", "dags", "--config", "thing"),
        ("check", "thing", "--no-cache"),
    ],
    ids=" ".join,
)
def test_what_is_named_and_is_no_file_is_refused(folder: Folder, kind: str, command: tuple[str, ...]) -> None:
    folder.write("dags/good.py")
    KINDS[kind](folder.path / "thing")
    answer = folder.run(*command)
    assert answer.status in (1, 2)
    assert "Traceback" not in answer.err
    assert any(words in answer.out + answer.err for words in ("regular file", "no such device"))


def test_a_regular_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert witness.read_regular(path, 100)[1] == b"x" * 100
    with pytest.raises(witness.NotRegular):
        witness.read_regular(path, 99)
    with pytest.raises(IsADirectoryError):
        witness.read_regular(tmp_path)


def test_a_configuration_that_is_too_large_is_refused(folder: Folder) -> None:
    folder.write("dags/good.py")
    with open(folder.path / "dagcheck.toml", "wb") as file:
        file.truncate(witness.LARGEST + 1)
    answer = folder.run("check", "dags", "--no-cache")
    assert answer.status == 2
    assert "is larger than" in answer.err
