"""Files that would kill, fill or stop the process are one finding each, in little time, and the files beside them are looked at."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import dagcheck
from dagcheck.source.newer import lower
from dagcheck.source.text import SourceError, parse

NEWER = "\ntype X = int\ndef f[T](x: T): pass\n"
"""What makes a file be read by libcst, whose parser has no guard against depth."""

DEEP = {
    "a sum": "(1\n{})".format("+1\n" * 30_000),
    "a conjunction": "(1\n{})".format(" and 1\n" * 30_000),
    "attributes": "(a\n{})".format(".b\n" * 30_000),
    "calls": "(a\n{})".format(".b()\n" * 30_000),
    "subscripts": "(a\n{})".format("[0]\n" * 30_000),
    "conditions": "(1\n{})".format("if x else 1\n" * 30_000),
    "negations": "(\n{}1)".format("-\n" * 30_000),
    "functions": "(\n{}1)".format("lambda:\n" * 30_000),
    "brackets": "[" * 30_000 + "]" * 30_000,
    "continued lines": "1" + "\\\n+1" * 30_000,
    "branches": "if x: pass\n" + "elif x: pass\n" * 3_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_nothing_deep_is_given_to_a_parser_that_dies_of_it(name: str) -> None:
    assert lower(f"{DEEP[name]}{NEWER}") is None


def test_long_lists_of_what_is_not_deep_are_read() -> None:
    text = "x = {\n" + "".join(f'    "key{number}": a.b(c[{number}] + 1), # and or not\n' for number in range(2_000)) + "}\n"
    assert lower(f"{text}{NEWER}") is not None


def test_deep_sources_are_one_finding_each(tmp_path: Path) -> None:
    for number, text in enumerate(DEEP.values()):
        (tmp_path / f"deep{number}.py").write_text(f"# airflow dag\n{text}{NEWER}")
    (tmp_path / "good.py").write_text("from airflow import DAG\ndag = DAG('good', schedule=None)\n")
    done = subprocess.run(
        [sys.executable, "-m", "dagcheck", "check", ".", "--no-cache", "--format", "concise", "--select", "DAG0"],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr[-2000:]
    told = [line.partition(":")[0] for line in done.stdout.splitlines() if line.startswith("deep")]
    assert sorted(told) == sorted(f"deep{number}.py" for number in range(len(DEEP)))
    assert f"Looked at {len(DEEP) + 1} files with 1 DAG" in done.stderr + done.stdout


def test_a_large_file_that_is_too_much_costs_itself_alone(tmp_path: Path) -> None:
    """A run over a few files looks at large ones in a process of its own, too."""
    (tmp_path / "dagcheck.toml").write_text("limits = {seconds = 1}\n")
    (tmp_path / "good.py").write_text("from airflow import DAG\ndag = DAG('good', schedule=None)\n")
    (tmp_path / "endless.py").write_text("# airflow dag\n" + "x = [" + "f(a=1, b='text'), " * 200_000 + "]\n")
    done = subprocess.run(
        [sys.executable, "-m", "dagcheck", "check", ".", "--no-cache", "--format", "concise", "--select", "DAG0"],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr[-2000:]
    assert "endless.py:1:1: error DAG002" in done.stdout
    assert "took longer than 1 seconds" in done.stdout
    assert "Looked at 2 files with 1 DAG" in done.stderr + done.stdout


def test_names_of_many_combining_marks_are_not_given_to_python() -> None:
    with pytest.raises(SourceError, match="combining marks"):
        parse(f"xxä{'中' * 3_000} = 1\na{chr(0x315) + chr(0x300)}{(chr(0x315) + chr(0x300)) * 100_000} = 1\n".encode(), "marks.py")
    assert parse(f"a{chr(0x301) * 500} = '{'中' * 5_000}'\n".encode(), "words.py").tree.body


def test_twenty_thousand_suppressions_are_told_as_far_as_findings_are(tmp_path: Path) -> None:
    path = tmp_path / "many.py"
    path.write_text("from airflow import DAG\ndag = DAG('d', schedule=None)\n" + "x = 1  # dagcheck: ignore[DAG101] -- a\n" * 20_000)
    began = time.process_time()
    found = dagcheck.check([path], select=["unused-suppression", "DAG101"])
    assert time.process_time() - began < 60
    assert sum(finding.name == "unused-suppression" for finding in found.findings) == 1_000
