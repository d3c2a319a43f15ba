"""Discovery against the function by which each Airflow itself finds files."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from dagcheck.source.discover import Filter, discover
from dagcheck.source.ignore import IgnoreSyntax
from tests.oracle.environments import python_of, variables_of
from tests.oracle.ignore_trees import CASES, GLOBS, ignore_files, lay_out

ASK = """
import json, sys
try:
    from airflow._shared.module_loading.file_discovery import find_path_from_directory
except ImportError:
    from airflow.utils.file import find_path_from_directory
for line in sys.stdin:
    folder, syntax = json.loads(line)
    print("=" + json.dumps(sorted(p for p in find_path_from_directory(folder, ".airflowignore", syntax) if p.endswith(".py"))))
"""
REGEXPS = (
    "a\\.py",
    "^sub",
    "sub/",
    "test_",
    "^a",
    "deep/.*",
    "(",
    "\\.py$",
    "# comment",
    "^tests/ # why",
    "",
    "sub/[ac]\\.py",
    "x.y",
    "/e",
    "^other/sub",
    "a.py$",
    "^b\\.py$",
)


def ours(folder: Path, syntax: IgnoreSyntax, version: str) -> list[str]:
    found = discover([folder], Filter(folder, syntax, version < "3", dag_folders=(folder,), respect_gitignore=False))
    return sorted(str(path) for path in found.files)


def theirs(python: Path, version: str, asked: list[tuple[Path, IgnoreSyntax]]) -> list[list[str]]:
    lines = "".join(json.dumps([str(folder), syntax]) + "\n" for folder, syntax in asked)
    done = subprocess.run(
        [python, "-W", "ignore", "-c", ASK], input=lines, capture_output=True, text=True, env=variables_of(version), check=True
    )
    return [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("=")]


@pytest.mark.parametrize("version", ["2.11.2", "3.3.2"])
def test_ignore_files_leave_what_airflow_leaves(tmp_path: Path, version: str) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"make it with: python tests/oracle/environments.py {version}")
    dice = random.Random(20261122)
    syntaxes: tuple[IgnoreSyntax, ...] = ("glob", "regexp")
    asked = [(tmp_path / f"{syntax}{number}", syntax) for number in range(CASES) for syntax in syntaxes]
    for folder, syntax in asked:
        lay_out(folder, ".airflowignore", GLOBS if syntax == "glob" else REGEXPS, dice)
    wrong = []
    for (folder, syntax), answer in zip(asked, theirs(python, version, asked), strict=True):
        if ours(folder, syntax, version) != answer:
            wrong.append((ignore_files(folder, ".airflowignore"), sorted(set(answer) ^ set(ours(folder, syntax, version)))))
    assert wrong == []
