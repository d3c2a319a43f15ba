"""Runs the command line in this process, in a folder of its own."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagcheck.cli.main import main

GOOD = """\
import pendulum

from airflow.sdk import DAG, task

with DAG(
    "good",
    schedule="0 5 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"owner": "orders", "retries": 2},
    tags=["orders"],
    doc_md="Orders of the day.",
):

    @task
    def load(ds=None):
        print(ds)

    load()
"""


@dataclass
class Answer:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str


class Folder:
    """A project folder that is the working directory."""

    def __init__(self, path: Path, run: Callable[[tuple[str, ...], bytes], Answer]) -> None:
        self.path, self._run = path, run

    def write(self, name: str, text: str | bytes = GOOD) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def run(self, *words: str, stdin: bytes = b"") -> Answer:
        return self._run(words, stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Folder:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(words: tuple[str, ...], stdin: bytes) -> Answer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        try:
            status = main(words)
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capfd.readouterr()
        return Answer(status, said.out, said.err)

    return Folder(tmp_path, run)
