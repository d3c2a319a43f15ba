"""Files of libraries, which make no DAG, go through a check without a crash and without a finding: a sample of Python's own and of what we install."""

import importlib.util
import sysconfig
from pathlib import Path

import pytest

from dagcheck.commands.choosing import Choice
from dagcheck.commands.judging import judge
from dagcheck.commands.workspace import Workspace
from dagcheck.engine.examine import extract_file

STANDARD = (
    "__future__", "ast", "calendar", "codecs", "collections/__init__", "configparser", "contextlib", "csv", "dataclasses", "enum", "fractions", "functools",
    "json/decoder", "multiprocessing/connection", "pathlib", "queue", "string", "threading", "zipfile",
)  # fmt: skip
INSTALLED = ("jinja2/compiler.py", "pygments/token.py", "yaml/constructor.py")
QUICK_TO_LOAD = {
    "an enum of constants": ("signal", "socket", "ssl", "http/__init__"),
    "names that a loop makes": ("turtle", "opcode", "token"),
    "classes of classes": ("abc", "numbers", "selectors", "ipaddress", "optparse"),
}


def _workspace(base: Path) -> Workspace:
    return Workspace(base=base, config={"roots": ["."], "airflow-settings": {"core.dag_discovery_safe_mode": "False"}})


def _standard(names: tuple[str, ...]) -> tuple[Path, list[Path]]:
    base = Path(sysconfig.get_path("stdlib"))
    return base, [path for name in names if (path := base / f"{name}.py").is_file()]


def _holds(base: Path, files: list[Path]) -> None:
    outcome = judge(_workspace(base), files, Choice(ignore=("AIR",)), need_dags=False)
    assert (outcome.crashes, outcome.failures, outcome.dags) == ((), (), 0)
    told = [(told.finding.span.path, told.finding.code, told.finding.message) for told in outcome.findings]
    assert [
        finding for finding in told if finding[1] != "DAG003"
    ] == []  # which says that a file does much when it is imported, and some do


def test_files_of_the_standard_library_have_no_findings() -> None:
    base, files = _standard(STANDARD)
    assert len(files) > 15
    _holds(base, files)


@pytest.mark.parametrize("name", INSTALLED)
def test_files_of_installed_libraries_have_no_findings(name: str) -> None:
    spec = importlib.util.find_spec(name.partition("/")[0])
    assert spec is not None
    assert spec.origin is not None
    base = Path(spec.origin).parents[1]
    _holds(base, [base / name])


@pytest.mark.parametrize("names", QUICK_TO_LOAD.values(), ids=QUICK_TO_LOAD)
def test_what_python_loads_is_not_said_to_raise(names: tuple[str, ...]) -> None:
    base, files = _standard(names)
    workspace = _workspace(base)
    (scope,) = workspace.scopes(files)
    for file in files:
        extracted = extract_file(file, workspace.sources(file, scope.configuration), scope.target)
        assert [error.message for error in extracted.errors if error.kind != "cut"] == []
