"""Names of files and texts in them can't say anything in the name of dagcheck: no line, no command to the program that reads the log, no escape for the terminal."""

import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagcheck.model.visible import hidden_path, visible, visible_path
from dagcheck.report.formats import FORMATS
from tests.cli.conftest import Folder, folder

__all__ = ["folder"]

COMMAND = re.compile(r"^\s*::|##\[|##vso\[|##teamcity\[", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
FORGED = "error: forged.py:1:1: error DAG001"

NAMES = (
    f"a\n{FORGED} forged.py".encode(),
    b"b\x1b[31mred\x1b]0;title\x07\x1b[2J.py",
    b"c\xff\xfe.py",
    b"d\r\x85\xe2\x80\xa8\xe2\x80\xaex.py",
    b"::error file=x::forged.py",
    b"##vso[task.setvariable]x.py",
    b"g|md`<b>.py",
    b"h\"&<>'.py",
    b"i%0A::error::x.py",
    b"j\n::error::x\n##[error]y.py",
    b"k\\x0ay.py",
    b"--fix.py",
)
DAG = "from airflow import DAG\nwith DAG({!r}, schedule=None) as dag:\n    x = 1\n"
TEXTS = """\
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("texts\\n::error::id\\x1b[8m", schedule="x\\n::error::cron", tags=["a\\n##[error]tag"],
    description="b\\r\\n::error::text", default_args={"owner": "c\\n::error::d"}) as dag:
    BashOperator(task_id="t\\n::error::task", bash_command="x\\n::error::run {{ y\\n::error::z }}", trigger_rule="a\\n::error::rule", retries="e\\n::error::f")
    long = " ".join(["words"] * 15) + " ::error::" + "words " * 30
    BashOperator(task_id=long, bash_command="echo").set_upstream(long)  # dagcheck: ignore[DAG999] -- \x1b[31mred ::error::
"""
RAISES = 'from airflow import DAG\ndag = DAG("raises")\nraise ValueError("a\\n::error::raised\\x1b[8m")\n'


@pytest.fixture
def named(folder: Folder) -> Folder:
    if sys.platform != "linux":
        pytest.skip("other file systems refuse such names")
    os.mkdir("dags")
    for number, name in enumerate(NAMES):
        Path(os.fsdecode(b"dags/" + name)).write_text(DAG.format(f"dag{number}"))
    Path(os.fsdecode(NAMES[4])).write_text(DAG.format("top"))
    return folder


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_of_a_file_forges_nothing_in_any_format(named: Folder, form: str) -> None:
    answer = named.run("check", "--no-cache", "--format", form, "--select", "DAG106,DAG206", "--statistics")
    said = answer.out + answer.err
    assert answer.status == 1
    assert CONTROL.findall(said) == []
    assert not re.search(rf"^\W*{re.escape(FORGED)}", said, re.MULTILINE)
    if form == "github":
        lines = answer.out.splitlines()
        assert {line.partition(" ")[0] for line in lines} == {"::warning", "::notice"}
        assert len({line.partition(",")[0] for line in lines}) == 2 * (len(NAMES) + 1)
    else:
        assert COMMAND.findall(said) == []
    if form in ("json", "sarif", "gitlab"):
        json.loads(answer.out)
    if form == "junit":
        assert len(ET.fromstring(answer.out.encode()).findall(".//testcase")) > len(NAMES)
    if form == "concise":
        assert all(
            re.match(r"\S.*\.py:\d+:\d+: \w+ (DAG106|DAG206) ", line)
            for line in answer.out.splitlines()
            if " DAG" in line and ".py" in line
        )


@pytest.mark.parametrize(
    "words", [("show",), ("show", "--doubts"), ("graph",), ("simulate",), ("rerun", "--examples", "1", "--seconds", "0.1"), ("config",)]
)
def test_a_name_of_a_file_forges_nothing_in_other_commands(named: Folder, words: tuple[str, ...]) -> None:
    answer = named.run(*words)
    assert COMMAND.findall(answer.out + answer.err) == CONTROL.findall(answer.out + answer.err) == []
    assert not re.search(rf"^\W*{re.escape(FORGED)}", answer.out + answer.err, re.MULTILINE)


def test_files_of_odd_names_are_mended_and_shown_as_others(named: Folder) -> None:
    answer = named.run("check", "--no-cache", "--select", "AIR", "--fix", "--unsafe-fixes", "--format", "json", "dags")
    assert json.loads(answer.out)["findings"] == []
    texts = [Path(os.fsdecode(b"dags/" + name)).read_text() for name in NAMES]
    assert len({text.partition("DAG(")[0] for text in texts if "airflow.sdk" in text}) == 1
    assert (
        sum("airflow.sdk" in text for text in texts) >= 8
    )  # ruff is given no names with line ends, and says nothing of those that are no UTF-8
    full = named.run("check", "--no-cache", "--select", "DAG106", "dags")
    assert full.out.count("2 | with DAG(") + full.out.count("3 | with DAG(") == len(NAMES)


@pytest.mark.parametrize(
    "words",
    [
        *(("check", "--no-cache", "--select", "ALL", "--format", form) for form in FORMATS if form != "github"),
        ("check", "--no-cache", "--diff", "--unsafe-fixes"),
        ("show",),
        ("show", "--doubts"),
        ("graph",),
        ("simulate",),
        ("rerun", "--examples", "1", "--seconds", "0.1"),
    ],
    ids=" ".join,
)
def test_a_text_of_a_file_forges_nothing(folder: Folder, words: tuple[str, ...]) -> None:
    folder.write("dags/texts.py", TEXTS)
    folder.write("dags/raises.py", RAISES)
    answer = folder.run(*words)
    said = answer.out + answer.err
    assert "texts" in said
    assert "Traceback" not in answer.err
    assert COMMAND.findall(said) == CONTROL.findall(said) == []


def test_github_gets_commands_for_findings_alone(folder: Folder) -> None:
    folder.write("dags/texts.py", TEXTS)
    folder.write("dags/raises.py", RAISES)
    answer = folder.run("check", "--no-cache", "--select", "ALL", "--format", "github")
    assert all(re.match("::(error|warning|notice) file=dags/(texts|raises).py,line=", line) for line in answer.out.splitlines())
    assert CONTROL.findall(answer.out + answer.err) == COMMAND.findall(answer.err) == []


@given(st.binary(min_size=1, max_size=12).filter(lambda name: b"\\x" not in name))
def test_a_path_is_told_from_how_it_is_shown(name: bytes) -> None:
    path = os.fsdecode(name)
    assert visible_path(path).isprintable()
    assert hidden_path(visible_path(path)) == path


@given(st.text(max_size=12))
def test_what_is_shown_on_one_line_is_printable_and_stays_what_it_is_where_it_was(text: str) -> None:
    assert visible(text).isprintable()
    assert (visible(text) == text) == text.isprintable()
