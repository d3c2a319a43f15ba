"""Folders with ignore files in them, drawn at random, for holding ours against those who read such files."""

import random
from collections.abc import Sequence
from pathlib import Path

CASES = 120

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
GLOBS = (
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
        "a.py # why",
        "",
        "/",
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
)


def lay_out(folder: Path, ignore_file: str, patterns: Sequence[str], dice: random.Random) -> None:
    """Write the tree, and ignore files with some of the patterns at its top and in up to two of its folders."""
    for name in TREE:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# airflow dag\n")
    for place in [".", *dice.sample(["sub", "other", "sub/deep"], dice.choice((0, 0, 1, 2)))]:
        lines = [dice.choice(patterns) for _ in range(dice.randint(1, 4))]
        (folder / place / ignore_file).write_text("\n".join(lines) + "\n")


def ignore_files(folder: Path, ignore_file: str) -> dict[str, list[str]]:
    """The lines of every ignore file of a folder, by its path."""
    return {str(path.relative_to(folder)): path.read_text().splitlines() for path in folder.rglob(ignore_file)}
