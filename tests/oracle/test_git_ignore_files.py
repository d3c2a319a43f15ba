"""What `.gitignore` files leave, against git itself."""

import os
import random
import subprocess
from pathlib import Path

from dagcheck.source.discover import Filter, discover
from tests.oracle.ignore_trees import CASES, GLOBS, ignore_files, lay_out

PATTERNS = (
    *GLOBS,
    "a.py # no comment",
    "!*/",
    "!*.py",
    "\\#x",
    "a.py  ",
    "[!a].py",
    "sub/*",
    "!sub/c.py",
    "/*",
    "!/sub",
    "**/",
    "sub/**/a.py",
)


def left_by_git(folder: Path) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", "init", "--quiet", folder], check=True, env=environment)
    command = ["git", "-c", "core.excludesFile=", "ls-files", "--others", "--exclude-per-directory=.gitignore", "-z"]
    listed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=environment).stdout
    return sorted(name for name in listed.split("\0") if name.endswith(".py"))


def test_gitignore_files_leave_what_git_leaves(tmp_path: Path) -> None:
    dice = random.Random(20261122)
    wrong = []
    for number in range(CASES):
        folder = tmp_path / str(number)
        lay_out(folder, ".gitignore", PATTERNS, dice)
        ours = sorted(path.relative_to(folder).as_posix() for path in discover([folder], Filter(folder)).files)
        if ours != left_by_git(folder):
            wrong.append((ignore_files(folder, ".gitignore"), sorted(set(ours) ^ set(left_by_git(folder)))))
    assert wrong == []
