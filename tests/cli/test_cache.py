"""`dagcheck cache` shows and clears what earlier runs found."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Folder


def test_the_cache_is_shown_and_cleared(folder: Folder, cache_folder_of_the_test: Path) -> None:
    folder.write("dags/a.py")
    assert folder.run("cache").out.splitlines()[1:3] == ["runs     0", "answers  0"]
    folder.run("check")
    (cache_folder_of_the_test / "of-somebody-else").write_text("")
    shown = folder.run("cache").out.splitlines()
    assert shown[0] == f"folder   {cache_folder_of_the_test / 'checks-1'}"
    assert shown[1] == "runs     1"
    assert shown[2] == "answers  3"  # of the file, of ruff, of the project
    assert shown[3].startswith("size     0.")
    assert folder.run("cache", "--clear").status == 0
    assert os.listdir(cache_folder_of_the_test) == ["of-somebody-else"]
    assert folder.run("cache", "--clear").status == 0


def test_runs_are_not_kept_without_end(folder: Folder, cache_folder_of_the_test: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagcheck.cache.runs._MOST_RUNS", 3)
    folder.write("dags/a.py")
    for number in range(6):
        folder.run("check", "--select", f"DAG{number}")
        for path in cache_folder_of_the_test.rglob("runs/*.json"):
            os.utime(path, (path.stat().st_atime - 10, path.stat().st_mtime - 10))
    assert folder.run("cache").out.splitlines()[1] == "runs     3"
