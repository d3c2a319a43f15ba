"""A project on the disk, and the command line run in it, in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dagcheck.cli.main import main

CLEAN = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("clean", schedule=None):
    EmptyOperator(task_id="only")
"""

WRONG_CRON = CLEAN.replace("clean", "wrong").replace("None", '"22 45 * * *"')
"""A DAG whose schedule Airflow refuses: DAG306, which has a fix that is not safe."""

CRON = ("--select", "DAG306,DAG004,DAG001")
"""Keeps rules that these tests are not about out of them."""


@dataclass(frozen=True)
class Ran:
    """What a run of the command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of a run with `--format json`."""
        found: list[dict[str, Any]] = json.loads(self.out)["findings"]
        return found

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Path and code of each finding of a run with `--format json`."""
        return [(finding["path"], finding["code"]) for finding in self.findings]


class Project:
    """A folder that is the working directory while its commands run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        monkeypatch.chdir(folder)
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            monkeypatch.delenv(name)
        for name, value in {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}.items():
            monkeypatch.setenv(name, value)

    def write(self, path: str, text: str) -> Path:
        """Write a file; the text's common indentation is taken away."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return target

    def read(self, path: str) -> str:
        """A file's text with its line ends as they are."""
        return (self.folder / path).read_bytes().decode()

    def files(self) -> set[str]:
        """Every file of the project, less those of git."""
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file() and ".git" not in path.parts}

    def run(self, *arguments: str) -> Ran:
        """Run `dagcheck` in this process."""
        self.capsys.readouterr()
        try:
            status = main(list(arguments))
        except SystemExit as stopped:  # argparse ends so
            status = int(stopped.code or 0)
        said = self.capsys.readouterr()
        return Ran(status, said.out, said.err)

    def spawn(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start `dagcheck` in a process of its own."""
        return subprocess.Popen([sys.executable, "-m", "dagcheck", *arguments], cwd=self.folder, stdout=-1, stderr=-1, **options)

    def git(self, *arguments: str) -> str:
        """Run git in the project."""
        identity = [
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.invalid",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "protocol.file.allow=always",
        ]
        done = subprocess.run(["git", *identity, *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, message: str = "Change") -> str:
        """Commit everything, in a new repository where there is none; the commit's id."""
        if not (self.folder / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")
