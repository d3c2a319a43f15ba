"""Targets for what stands beside DAG files: configurations, policies, ignore files, and the files that DAG files read."""

from __future__ import annotations

import contextlib
import re
import time
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.fuzz.commands import BrokenPromise, project, run
from tests.fuzz.corpus import DEMO
from tests.fuzz.dag_files import BASE, FILE, NOW, look_at

ROOT = Path(__file__).resolve().parents[2]
_LONG = BASE.joinpath("dags", *"ab" * 30, f"{'a' * 200}.py")
"""A path on which patterns that go back and forth do so for ever."""
_PATIENCE = 15.0
"""Seconds of processor time."""


def configuration(text: str) -> None:
    """A configuration file: read, or refused with a message."""
    import tomllib

    from dagcheck.config.table import ConfigError, Table, from_tables

    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    with contextlib.suppress(ConfigError):
        from_tables([Table(values, BASE / "dagcheck.toml", text)], BASE)


def configured(text: str) -> None:
    """What commands make of a configuration file beside a DAG file."""
    with project({"dags/demo.py": DEMO, "dagcheck.toml": text, "other.toml": 'select = ["DAG1"]\n'}):
        run("config", "dags/demo.py", "--format", "json" if len(text) % 2 else "text")
        run("check", "--no-cache", "--jobs", "1")


def policy(text: str) -> None:
    """Expressions of policies: refused with a message, or asked of every DAG and task."""
    from dagcheck.config.table import ConfigError

    for subject in ("dags", "tasks"):
        for selector, requirement in ((text, "owner = x"), ("*", text)):
            table = {"code": "ORG001", "name": "odd", "message": text, subject: selector, "require": [requirement]}
            with contextlib.suppress(ConfigError):
                look_at(DEMO.encode(), config={"policy": [table]}, ignore=("AIR", "DAG"))


def ignores(text: str) -> None:
    """Ignore files in both syntaxes of Airflow, and git's."""
    from dagcheck.source.ignore import PatternList, is_git_ignored, is_ignored, read_airflowignore

    for syntax in ("regexp", "glob"):
        for second in (False, True):
            rules, _ = read_airflowignore(text, syntax, BASE, BASE, second=second)  # type: ignore[arg-type]  # one of the two words
            for path in (BASE / "dags" / "a.py", _LONG):
                is_ignored(path, False, rules)
    patterns = PatternList(tuple(text.splitlines()), BASE)
    for path in (BASE / "dags", _LONG):
        is_git_ignored(path, True, [patterns])
        patterns.verdict(path, False)


def patterns(text: str) -> None:
    """Regular expressions of a configuration: refused with a message, or matched in little time; the matcher of our own finds what Python's finds."""
    from dagcheck.regex_cost import is_quick, problem_with
    from dagcheck.source.steady import Steady

    for line in text.splitlines():
        if problem_with(line) is not None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a set in a set, for instance
            compiled = re.compile(line)
        for given in ("a" * 200, "ab_" * 80 + "!", "sales_daily", "1 2\n", ""):
            if not is_quick(line, given):
                continue
            began, found = time.process_time(), compiled.search(given)
            if time.process_time() - began > _PATIENCE:
                raise BrokenPromise(f"{line!r} was called quick on {given!r}")
            if compiled.flags == re.UNICODE:
                with contextlib.suppress(ValueError):
                    if Steady(line).search(given) != bool(found):
                        raise BrokenPromise(f"{line!r} is matched otherwise on {given!r}")


def ignored(text: str) -> None:
    """Files that are found where ignore files have their say."""
    from dagcheck.commands.workspace import Workspace

    files = {"dags/demo.py": DEMO, "dags/team/demo.py": DEMO, "dags/.airflowignore": text, ".gitignore": text, ".git/HEAD": "x"}
    with project(files) as base:
        for airflow in ("2.11", "3.3"):
            found = Workspace(base=base, config={}, airflow=airflow, now=NOW).discover([])
            if not set(found.files) <= {base / "dags/demo.py", base / "dags/team/demo.py"}:
                raise BrokenPromise(f"what was found is not there: {found.files}")


FACTORY = """\
import os, yaml
from airflow import DAG
import dagfactory
dagfactory.load_yaml_dags(globals_dict=globals(), config_filepath=os.path.join(os.path.dirname(__file__), 'c.yml'))
for name, conf in yaml.safe_load(open(os.path.join(os.path.dirname(__file__), 'c.yml'))).items():
    globals()[name] = DAG(name, **conf)
"""


def factory(text: str) -> None:
    """YAML that makes DAGs: by dag-factory, and by a loop of one's own."""
    _with_files(FACTORY, {"c.yml": text})


def manifest(text: str) -> None:
    """The manifest of a dbt project that a DAG file draws."""
    _with_files(_dbt_dags(), {"../shop/target/manifest.json": text})


@cache
def _dbt_dags() -> str:
    return (ROOT / "fixtures/projects/cosmos_dbt/dags/dbt_dags.py").read_text(encoding="utf-8")


@cache
def manifests() -> tuple[str, ...]:
    """Manifests of dbt projects."""
    return ((ROOT / "fixtures/projects/cosmos_dbt/shop/target/manifest.json").read_text(encoding="utf-8"),)


READER = """\
import configparser, csv, json, os, pathlib, tomllib, yaml
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
HERE = pathlib.Path(__file__).parent
def safely(read):
    try:
        return read()
    except Exception as error:
        return str(error)
found = {
    "json": safely(lambda: json.loads((HERE / "data.txt").read_text())),
    "yaml": safely(lambda: yaml.safe_load((HERE / "data.txt").read_text())),
    "all": safely(lambda: list(yaml.safe_load_all(open(HERE / "data.txt")))),
    "toml": safely(lambda: tomllib.loads((HERE / "data.txt").read_text())),
    "csv": safely(lambda: list(csv.DictReader(open(HERE / "data.txt")))),
    "lines": safely(lambda: [line.strip().split("=") for line in open(HERE / "data.txt")]),
    "bytes": safely(lambda: (HERE / "data.txt").read_bytes().decode("latin-1")),
}
parser = configparser.ConfigParser()
safely(lambda: parser.read(HERE / "data.txt"))
found["ini"] = safely(lambda: {name: dict(parser[name]) for name in parser.sections()})
with DAG("reader", schedule=None, template_searchpath=str(HERE)) as dag:
    for name, value in found.items():
        for key in list(value)[:5] if isinstance(value, (dict, list)) else [value]:
            BashOperator(task_id=name, bash_command=str(key), env={"A": str(value)})
    SQLExecuteQueryOperator(task_id="sql", conn_id="postgres", sql="data.sql")
    BashOperator(task_id="shell", bash_command="data.sh")
import helper
"""


def read(text: str) -> None:
    """Files that a DAG file reads while it is parsed, templates in files, and modules that it imports."""
    _with_files(READER, {"data.txt": text, "data.sql": text, "data.sh": text, "helper.py": text, "../requirements.txt": text})


def _with_files(program: str, files: Mapping[str, str]) -> None:
    texts = {(FILE.parent / name).resolve(): content.encode("utf-8", "surrogatepass") for name, content in files.items()}
    look_at(program.encode(), texts=texts)
