"""A secret in a helper that a checked DAG file reads is told at its own place, once, and hidden in all else that is said."""

import json
from typing import Any

import pytest

from tests.cli.conftest import GOOD, Folder

SECRET = "Heron44" + "11x!"
USING = GOOD.replace("import pendulum", "import pendulum\nfrom settings import PASSWORD").replace(
    '"retries": 2', '"retries": 2, "pw": PASSWORD'
)


def write(folder: Folder, count: int = 3, helper: str = f'HOST = "db"\nPASSWORD = "{SECRET}"\n') -> None:
    folder.write("dags/settings.py", helper)
    for number in range(count):
        folder.write(f"dags/dag_{number:02}.py", USING.replace('"good"', f'"dag_{number}"'))


def told(folder: Folder, *words: str) -> list[tuple[str, str, int]]:
    findings = check(folder, *words)["findings"]
    return [(finding["code"], finding["path"], finding["line"]) for finding in findings]


def check(folder: Folder, *words: str) -> Any:
    return json.loads(folder.run("check", "--format", "json", *words).out) | {"duration_ms": 0}


HERE = [("DAG401", "dags/settings.py", 2)]


def test_it_is_told_once_whatever_the_number_of_dag_files(folder: Folder) -> None:
    write(folder)
    assert told(folder, "dags") == HERE
    assert SECRET not in folder.run("check", "dags").out


def test_the_cache_and_the_number_of_processes_change_nothing(folder: Folder) -> None:
    write(folder, 20)
    said = [check(folder, "dags", *more) for more in (["--no-cache"], ["--no-cache", "--jobs", "2"], [], [])]
    folder.write("dags/dag_07.py", USING.replace('"good"', '"dag_7"').replace("Orders of", "The orders of"))
    said.append(check(folder, "dags"))
    assert said == [said[0]] * 5


def test_it_is_gone_once_the_helper_is_mended(folder: Folder) -> None:
    write(folder)
    assert told(folder, "dags") == HERE
    folder.write("dags/settings.py", 'import os\nPASSWORD = os.environ["DWH_PASSWORD"]\n')
    assert told(folder, "dags") == []


def test_it_is_the_finding_that_is_told_of_the_helper_itself(folder: Folder) -> None:
    write(folder)
    by_dag_files, by_name, by_both = (
        check(folder, *paths)["findings"] for paths in (["dags"], ["dags/settings.py"], ["dags", "dags/settings.py"])
    )
    assert by_dag_files == by_name == by_both


@pytest.mark.parametrize("paths", [["dags/dag_00.py"], ["dags/dag_00.py", "dags/dag_01.py"]])
def test_a_helper_outside_of_the_checked_paths_is_left_alone(folder: Folder, paths: list[str]) -> None:
    write(folder)
    assert told(folder, *paths) == []


def test_a_helper_that_no_dag_file_reads_is_left_alone(folder: Folder) -> None:
    write(folder)
    folder.write("dags/unused.py", f'PASSWORD = "{SECRET}"\n')
    assert told(folder, "dags") == HERE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".gitignore", "settings.py\n"),
        ("dagcheck.toml", 'exclude = ["dags/settings.py"]\n'),
        ("dagcheck.toml", '[per-file-ignores]\n"dags/settings.py" = ["DAG401"]\n'),
        ("dagcheck.toml", 'ignore = ["DAG401"]\n'),
    ],
)
def test_what_is_left_out_by_git_or_the_configuration_is_left_alone(folder: Folder, name: str, text: str) -> None:
    write(folder)
    folder.write(name, text)
    assert told(folder, "dags") == []


def test_a_comment_in_the_helper_suppresses_it(folder: Folder) -> None:
    write(folder, helper=f'PASSWORD = "{SECRET}"  # dagcheck: ignore[DAG401] -- of the test server\n')
    assert told(folder, "dags") == []


def test_a_baseline_holds_it(folder: Folder) -> None:
    write(folder)
    assert folder.run("check", "dags", "--write-baseline", "baseline.json").status == 0
    assert told(folder, "dags", "--baseline", "baseline.json") == []
    assert SECRET not in (folder.path / "baseline.json").read_text(encoding="utf-8")


def test_other_findings_do_not_quote_the_secret_of_a_helper(folder: Folder) -> None:
    write(folder, 1)
    folder.write("dags/dag_00.py", USING.replace('"0 5 * * *"', "PASSWORD"))
    for select in (["--select", "DAG306"], []):
        answer = folder.run("check", "dags", *select)
        assert "DAG306" in answer.out
        assert SECRET not in answer.out + answer.err
