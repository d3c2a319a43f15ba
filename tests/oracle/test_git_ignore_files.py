"""What `.gitignore` files leave, against git itself."""

import os
import random
import subprocess
from pathlib import Path

from dagcheck.source.discover import Filter, discover

TREE = (
    "a.py",
    "b.py",
    "test_a.py",
    "sub/a.py",
    "sub/c.py",
    "sub/deep/a.py",
    "sub/deep/test_d.py",
    "tests/x.py",
    "other/sub/a.py",
    "other/e.py",
    "x.y/a.py",
)
PATTERNS = (
    *(
        "a.py",
        "/a.py",
        "*.py",
        "!a.py",
        "sub",
        "sub/",
        "/sub/",
        "sub/a.py",
        "**/a.py",
        "sub/**",
        "**/deep/*.py",
        "test_*",
        "!test_a.py",
        "?.py",
        "[ab].py",
    ),
    *(
        "# a comment",
        "a.py # no comment",
        "",
        "*",
        "!sub/",
        "other/*/a.py",
        "deep/",
        "x.y/",
        "tests",
        "!tests/x.py",
        "*/a.py",
        "sub/deep",
        "b.py/",
        "**",
    ),
    *("!*/", "!*.py", "\\#x", "a.py  ", "[!a].py", "sub/*", "!sub/c.py", "/*", "!/sub", "**/", "sub/**/a.py"),
)
CASES = 120


def lay_out(folder: Path, dice: random.Random) -> None:
    for name in TREE:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# airflow dag\n")
    for place in [".", *dice.sample(["sub", "other", "sub/deep"], dice.choice((0, 0, 1, 2)))]:
        lines = [dice.choice(PATTERNS) for _ in range(dice.randint(1, 4))]
        (folder / place / ".gitignore").write_text("\n".join(lines) + "\n")


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
        lay_out(folder, dice)
        ours = sorted(path.relative_to(folder).as_posix() for path in discover([folder], Filter(folder)).files)
        if ours != left_by_git(folder):
            rules = {str(path.relative_to(folder)): path.read_text().splitlines() for path in folder.rglob(".gitignore")}
            wrong.append((rules, sorted(set(ours) ^ set(left_by_git(folder)))))
    assert wrong == []
